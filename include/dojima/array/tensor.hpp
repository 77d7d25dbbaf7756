// What an array is made of, with its element type known at run time. `array<T>` is a typed handle on it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/array/types.hpp"
#include "dojima/error.hpp"

namespace dojima::detail {

/// Memory of one device, made by `std::make_shared`. It is given back in its home stream's order, after all work that was
/// queued on it elsewhere.
class storage : public std::enable_shared_from_this<storage> {
public:
  storage(std::size_t bytes, const stream& home);
  /// Memory that somebody else owns; `owner` is dropped at the end, once the work that was queued on the memory has ended.
  storage(void* data, const stream& home, std::shared_ptr<void> owner);
  ~storage();
  storage(const storage&) = delete;
  storage& operator=(const storage&) = delete;

  void* data() const { return data_; }
  const stream& home() const { return home_; }

  /// Call before `on` is given work with this memory: `on` waits for what the other streams do with it. Streams that only read
  /// do not wait for one another, except for the home stream, whose work is not told apart.
  void before_use(const stream& on, bool writes = true);
  /// Call after `on` was given work with this memory, so that the others wait for it.
  void after_use(const stream& on, bool writes = true);

private:
  struct use {
    stream on;
    event mark;
    bool wrote;
  };
  void settle(const stream& on, bool writes);
  void keep_for_graph(const stream& on, bool writes);

  void* data_;
  stream home_;
  std::shared_ptr<void> owner_;
  bool of_graph_ = false; ///< allocated inside a capture
  std::mutex guard_;
  std::atomic<bool> used_elsewhere_ = false;
  std::vector<use> elsewhere_; ///< last use on each stream other than home
};

/// A strided view of storage. Strides and offset count elements.
struct tensor {
  dtype type = dtype::float64;
  std::size_t item = sizeof(double); ///< bytes of an element
  std::shared_ptr<storage> memory;
  std::int64_t offset = 0;
  extents shape, strides;

  std::int64_t size() const;
  bool is_dense() const; ///< row major without gaps
  void* data() const { return static_cast<char*>(memory->data()) + offset * static_cast<std::int64_t>(item); }
  const stream& home() const { return memory->home(); }
};

/// Number of elements; input_error for a negative extent or more bytes than 2^63.
std::int64_t checked_size(const extents& shape, std::size_t item);
extents row_major(const extents& shape);

/// Memory of arrays comes in whole multiples of this many bytes.
inline constexpr std::size_t memory_unit = 512;
constexpr std::size_t round_up(std::size_t bytes, std::size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }

/// Uninitialised, dense. An error that names `operation` inside a graph capture.
tensor allocate(dtype type, std::size_t item, const extents& shape, const stream& on, const char* operation = "empty");
inline tensor allocate(dtype type, const extents& shape, const stream& on, const char* operation = "empty") {
  return allocate(type, size_of(type), shape, on, operation);
}
/// The same for results on the way, which a graph may hold.
tensor scratch(dtype type, std::size_t item, const extents& shape, const stream& on, const char* operation);
/// The tensor itself when it is row major without gaps, else a dense copy on its home stream.
tensor dense(const tensor& x);

/// Copies between a tensor's elements and dense host memory, in the order of the tensor's home stream. `upload` returns once
/// the source may be reused, without waiting for earlier work of the stream; `download` waits for the home stream.
void upload(const tensor& to, const void* from);
void download(void* to, const tensor& from);
/// to[...] = from[...] for equal shapes and types, across streams and devices; ordered, not waited for.
void copy(const tensor& to, const tensor& from);

// ---- views: same storage ---------------------------------------------------------------------------------------------
tensor reshape(const tensor& x, const extents& shape); ///< a view where strides allow it, else a copy; one extent may be -1
tensor transpose(const tensor& x, const extents& order);
tensor broadcast_to(const tensor& x, const extents& shape);

/// The shape of `a op b`; input_error in NumPy's words with both shapes.
extents broadcast(const extents& a, const extents& b);
/// Axis counted from the end when negative; input_error in NumPy's words when out of bounds.
std::size_t normal_axis(std::int64_t axis, std::size_t rank);

} // namespace dojima::detail
