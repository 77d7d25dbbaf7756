// Arrays in NumPy's files: one in an .npy, several by name in an .npz. Every error is an input_error that names the file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dojima/array/array.hpp"

namespace dojima {

/// An array, or the value of an expression, whose element type is known at run time.
class any_array {
public:
  template <operand A> any_array(const A& x) : tensor_(detail::evaluate(detail::to_node(x))) {}
  explicit any_array(detail::tensor tensor, std::string origin = {}) : tensor_(std::move(tensor)), origin_(std::move(origin)) {}

  dtype type() const { return tensor_.type; }
  const extents& shape() const { return tensor_.shape; }
  const detail::tensor& raw() const { return tensor_; } ///< for the library's own code

  /// The array as what it is; input_error that names both types for another T.
  template <element T> array<T> get() const {
    expect(dtype_of<T>);
    return array<T>(tensor_);
  }

private:
  void expect(dtype type) const;
  detail::tensor tensor_;
  std::string origin_; ///< where it comes from, for errors
};

/// The arrays of an .npz file by name. Each is read when it is asked for.
class npz_file {
public:
  /// Reads the table of contents.
  explicit npz_file(std::filesystem::path path, const stream& on = stream::current());

  /// In the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const;
  any_array operator[](std::string_view name) const;
  template <element T> array<T> get(std::string_view name) const { return (*this)[name].get<T>(); }

private:
  std::filesystem::path path_;
  stream on_;
  std::vector<std::string> names_;
};

/// The array of an .npy file, with the type that it has there: bool, int32, uint32, int64, float32, float64, complex64 or
/// complex128, in either byte order. Arrays in Fortran order come as transposed views.
any_array load(const std::filesystem::path& path, const stream& on = stream::current());
/// Types are not converted: input_error that names both when the file holds another one. Use `load(path)` to ask.
template <element T> array<T> load(const std::filesystem::path& path, const stream& on = stream::current()) {
  return load(path, on).get<T>();
}
inline npz_file load_npz(const std::filesystem::path& path, const stream& on = stream::current()) { return npz_file(path, on); }

/// Waits for the array. The file appears under its name only once it is complete; one that was there before is replaced.
void save(const std::filesystem::path& path, const any_array& x);

enum class npz_storage { plain, deflated };
/// `save_npz("f.npz", {{"paths", x}, {"weights", w}})`; as `save`.
void save_npz(const std::filesystem::path& path, const std::vector<std::pair<std::string, any_array>>& arrays,
              npz_storage how = npz_storage::plain);

} // namespace dojima
