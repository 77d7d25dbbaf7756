// The vocabulary of the array layer: element types with NumPy's promotion, extents, the names of the elementwise operations,
// and the figures of a pool of memory. Plain data; public headers and kernels share it.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "dojima/error.hpp"

namespace dojima {

/// Element types, in order of promotion. `raw` is any other trivially copyable type: it can be stored and moved, not computed.
enum class dtype : std::uint8_t { boolean, int32, uint32, int64, float32, float64, complex64, complex128, raw };

constexpr std::size_t size_of(dtype type) {
  constexpr std::size_t sizes[] = {1, 4, 4, 8, 4, 8, 8, 16, 0};
  return sizes[static_cast<int>(type)];
}
/// NumPy's name: "bool", "int32", "float64", "complex128", ...
constexpr const char* name_of(dtype type) {
  constexpr const char* names[] = {"bool", "int32", "uint32", "int64", "float32", "float64", "complex64", "complex128", "raw"};
  return names[static_cast<int>(type)];
}
constexpr bool is_complex(dtype type) { return type == dtype::complex64 || type == dtype::complex128; }
constexpr bool is_floating(dtype type) { return type == dtype::float32 || type == dtype::float64; }
constexpr bool is_integer(dtype type) { return type == dtype::int32 || type == dtype::uint32 || type == dtype::int64; }

/// The type of `a op b` for two arrays, as NumPy's result_type: int32 with uint32 gives int64, any integer with float32 gives
/// float64, float64 with complex64 gives complex128.
constexpr dtype promote(dtype a, dtype b) {
  if (a == b) return a;
  const dtype low = a < b ? a : b, high = a < b ? b : a;
  if (low == dtype::boolean) return high;
  if (is_integer(high)) return dtype::int64;
  if (high == dtype::float32) return dtype::float64; // with an integer
  if (high == dtype::complex64) return low == dtype::float32 ? dtype::complex64 : dtype::complex128;
  return high;
}

template <class T> inline constexpr dtype dtype_of = dtype::raw;
template <> inline constexpr dtype dtype_of<bool> = dtype::boolean;
template <> inline constexpr dtype dtype_of<std::int32_t> = dtype::int32;
template <> inline constexpr dtype dtype_of<std::uint32_t> = dtype::uint32;
template <> inline constexpr dtype dtype_of<std::int64_t> = dtype::int64;
template <> inline constexpr dtype dtype_of<float> = dtype::float32;
template <> inline constexpr dtype dtype_of<double> = dtype::float64;
template <> inline constexpr dtype dtype_of<std::complex<float>> = dtype::complex64;
template <> inline constexpr dtype dtype_of<std::complex<double>> = dtype::complex128;

namespace detail {
template <dtype> struct cpp_type;
template <> struct cpp_type<dtype::boolean> { using type = bool; };
template <> struct cpp_type<dtype::int32> { using type = std::int32_t; };
template <> struct cpp_type<dtype::uint32> { using type = std::uint32_t; };
template <> struct cpp_type<dtype::int64> { using type = std::int64_t; };
template <> struct cpp_type<dtype::float32> { using type = float; };
template <> struct cpp_type<dtype::float64> { using type = double; };
template <> struct cpp_type<dtype::complex64> { using type = std::complex<float>; };
template <> struct cpp_type<dtype::complex128> { using type = std::complex<double>; };
} // namespace detail

/// The C++ type of a dtype.
template <dtype type> using type_of = typename detail::cpp_type<type>::type;

/// An element type that can be computed with.
template <class T>
concept element = static_cast<int>(dtype_of<T>) != static_cast<int>(dtype::raw);

/// Sizes, strides or indices of up to eight dimensions; a small value that allocates nothing.
class extents {
public:
  static constexpr std::size_t max_rank = 8;

  constexpr extents() = default;
  constexpr extents(std::initializer_list<std::int64_t> values) : extents(std::span(values.begin(), values.size())) {}
  constexpr explicit extents(std::span<const std::int64_t> values) {
    for (const std::int64_t value : values) push_back(value);
  }
  extents(const std::vector<std::int64_t>& values) : extents(std::span<const std::int64_t>(values)) {}
  constexpr extents(std::size_t rank, std::int64_t value) {
    for (std::size_t i = 0; i < rank; ++i) push_back(value);
  }

  constexpr std::size_t size() const { return rank_; }
  constexpr bool empty() const { return rank_ == 0; }
  constexpr std::int64_t& operator[](std::size_t i) { return values_[i]; }
  constexpr std::int64_t operator[](std::size_t i) const { return values_[i]; }
  constexpr std::int64_t* begin() { return values_.data(); }
  constexpr std::int64_t* end() { return values_.data() + rank_; }
  constexpr const std::int64_t* begin() const { return values_.data(); }
  constexpr const std::int64_t* end() const { return values_.data() + rank_; }
  constexpr std::int64_t back() const { return values_[rank_ - 1u]; }
  constexpr void push_back(std::int64_t value) {
    if (rank_ == max_rank) throw input_error("more than 8 dimensions");
    values_[rank_++] = value;
  }
  constexpr void insert(std::size_t at, std::int64_t value) {
    push_back(value);
    for (std::size_t i = rank_ - 1u; i > at; --i) values_[i] = values_[i - 1];
    values_[at] = value;
  }
  constexpr void erase(std::size_t at) {
    for (std::size_t i = at; i + 1 < rank_; ++i) values_[i] = values_[i + 1];
    --rank_;
  }
  friend constexpr bool operator==(const extents& a, const extents& b) {
    if (a.rank_ != b.rank_) return false;
    for (std::size_t i = 0; i < a.rank_; ++i)
      if (a.values_[i] != b.values_[i]) return false;
    return true;
  }

private:
  std::array<std::int64_t, max_rank> values_{};
  std::uint8_t rank_ = 0;
};

/// NumPy's way to write a shape: "()", "(3,)", "(3,4)".
std::string to_string(const extents& shape);

// Elementwise operations: name, number of arguments. Names are NumPy's; `kernels/elementwise.hpp` says what each does.
// clang-format off
#define DOJIMA_OPERATIONS(X) \
  X(add, 2) X(subtract, 2) X(multiply, 2) X(divide, 2) X(floor_divide, 2) X(remainder, 2) X(power, 2) X(minimum, 2) \
  X(maximum, 2) X(negative, 1) X(absolute, 1) X(sign, 1) X(conj, 1) X(real, 1) X(imag, 1) \
  X(bitwise_and, 2) X(bitwise_or, 2) X(bitwise_xor, 2) X(invert, 1) \
  X(less, 2) X(less_equal, 2) X(greater, 2) X(greater_equal, 2) X(equal, 2) X(not_equal, 2) \
  X(logical_and, 2) X(logical_or, 2) X(logical_xor, 2) X(logical_not, 1) X(isnan, 1) X(isinf, 1) X(isfinite, 1) \
  X(where, 3) X(fma, 3) X(floor, 1) X(ceil, 1) X(trunc, 1) X(rint, 1) X(sqrt, 1) X(cbrt, 1) \
  X(exp, 1) X(expm1, 1) X(log, 1) X(log1p, 1) X(sin, 1) X(cos, 1) X(tan, 1) X(tanh, 1) \
  X(erf, 1) X(erfc, 1) X(norm_cdf, 1) X(inverse_norm_cdf, 1)
// clang-format on

#define DOJIMA_OPERATION_NAME(name, arity) name,
enum class op : std::uint8_t { cast, DOJIMA_OPERATIONS(DOJIMA_OPERATION_NAME) count };
#undef DOJIMA_OPERATION_NAME

/// What a reduction does with the elements.
enum class reduction : std::uint8_t { sum, prod, min, max, argmin, argmax, any, all };

constexpr const char* name_of(op code) {
#define DOJIMA_OPERATION_TEXT(name, arity) #name,
  constexpr const char* names[] = {"cast", DOJIMA_OPERATIONS(DOJIMA_OPERATION_TEXT)};
#undef DOJIMA_OPERATION_TEXT
  return names[static_cast<int>(code)];
}
/// Number of arguments.
constexpr int arity_of(op code) {
#define DOJIMA_OPERATION_ARITY(name, arity) arity,
  constexpr int arities[] = {1, DOJIMA_OPERATIONS(DOJIMA_OPERATION_ARITY)};
#undef DOJIMA_OPERATION_ARITY
  return arities[static_cast<int>(code)];
}
constexpr const char* name_of(reduction what) {
  constexpr const char* names[] = {"sum", "prod", "min", "max", "argmin", "argmax", "any", "all"};
  return names[static_cast<int>(what)];
}

/// Figures of a pool of memory, in bytes.
struct memory_statistics {
  std::size_t in_use = 0;        ///< lent to arrays
  std::size_t reserved = 0;      ///< taken from the system: in use, or kept for the next allocation
  std::size_t peak = 0;          ///< largest `in_use` so far
  std::size_t cap = 0;           ///< largest `in_use` that is allowed; 0: no cap
  std::uint64_t allocations = 0; ///< how many there were
};

} // namespace dojima
