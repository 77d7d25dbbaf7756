// The arithmetic of order and scans that both backends share: keys that sort as unsigned integers, quantiles between two
// elements, the bin of a number, and the operations of a scan.
//
// The shape of a scan depends on the length of the row alone. A row is cut into chunks of 32 elements and tiles of 32 chunks:
//   1. in a chunk, running totals c_0 = x_0, c_i = c_(i-1) + x_i; its total is the last of them;
//   2. in a tile, running totals of the chunks' totals, in sequence in the same way; the tile's total is the last of them;
//   3. over the tiles' totals, this same scan, recursively;
//   4. the result is base + c_i, where base = (running total of the tiles before) + (running total of the tile's chunks
//   before);
//      what has nothing before it is left out, not added as zero.
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "kernels/order.hpp"
#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

// ---- keys -----------------------------------------------------------------------------------------------------------------

template <class T> using key_type = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <class T> inline constexpr key_type<T> highest_key = ~key_type<T>{0};
/// Bits in which two keys of a type can differ.
template <class T> inline constexpr int key_bits = std::is_same_v<T, bool> ? 1 : static_cast<int>(8 * sizeof(key_type<T>));

template <class T> DOJIMA_FN bool is_nan(T x) { return x != x; }

template <class To, class From> DOJIMA_FN To same_bits(From x) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, x);
}

/// The key of x: keys compare as NumPy orders elements, NaN highest. `flip` is 0, or all ones for the opposite order (with NaN
/// highest still).
template <class T> DOJIMA_FN key_type<T> to_key(T x, key_type<T> flip = 0) {
  using K = key_type<T>;
  constexpr K sign = K{1} << (8 * sizeof(K) - 1);
  if constexpr (std::is_floating_point_v<T>) {
    const K bits = same_bits<K>(x);
    const K key = bits ^ ((K{0} - (bits >> (8 * sizeof(K) - 1))) | sign);
    return is_nan(x) ? highest_key<T> : key ^ flip;
  } else if constexpr (std::is_same_v<T, bool>) {
    return static_cast<K>(x) ^ (flip & 1u);
  } else if constexpr (std::is_signed_v<T>) {
    return (static_cast<K>(x) ^ sign) ^ flip;
  } else {
    return x ^ flip;
  }
}

/// As `to_key`, with equal keys for -0.0 and 0.0.
template <class T> DOJIMA_FN key_type<T> to_tie_key(T x, key_type<T> flip = 0) {
  if constexpr (std::is_floating_point_v<T>) return to_key<T>(x + T(0), flip);
  else return to_key<T>(x, flip);
}

template <class T> DOJIMA_FN T from_key(key_type<T> key, key_type<T> flip = 0) {
  using K = key_type<T>;
  constexpr K sign = K{1} << (8 * sizeof(K) - 1);
  if constexpr (std::is_floating_point_v<T>) {
    const K k = key ^ flip;
    const T x = same_bits<T>(static_cast<K>(k ^ ((K{0} - (~k >> (8 * sizeof(K) - 1))) | sign)));
    return key == highest_key<T> ? std::numeric_limits<T>::quiet_NaN() : x;
  } else if constexpr (std::is_same_v<T, bool>) {
    return ((key ^ flip) & 1u) != 0;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<T>(key ^ flip ^ sign);
  } else {
    return static_cast<T>(key ^ flip);
  }
}

template <class T> DOJIMA_FN key_type<T> flip_of(bool descending) { return descending ? highest_key<T> : key_type<T>{0}; }

// ---- quantiles ------------------------------------------------------------------------------------------------------------

template <class T> using quantile_type = std::conditional_t<std::is_same_v<T, float>, float, double>;

/// NumPy's interpolation: from the nearer end, so that it is monotone and exact at both.
template <class T> DOJIMA_FN quantile_type<T> between(T a, T b, double weight, kernels::quantile_rule rule) {
  const double low = static_cast<double>(a), high = static_cast<double>(b);
  if (rule == kernels::quantile_rule::take) return static_cast<quantile_type<T>>(low);
  if (rule == kernels::quantile_rule::mean) return static_cast<quantile_type<T>>((low + high) / 2.0);
  double width;
  if constexpr (std::is_same_v<T, std::int64_t>)
    width = static_cast<double>(static_cast<std::int64_t>(static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a)));
  else width = high - low;
  const double value = weight >= 0.5 ? high - width * (1.0 - weight) : low + width * weight;
  return static_cast<quantile_type<T>>(value);
}

// ---- histogram ------------------------------------------------------------------------------------------------------------

/// The bin of x, or -1 outside the edges. With uniform edges it is estimated and then corrected by one, as NumPy does, which
/// gives NumPy's counts also where rounding puts x beside an edge.
DOJIMA_FN std::int64_t bin_of(double x, const double* edges, std::int64_t bins, bool uniform) {
  const double first = edges[0], last = edges[bins];
  if (!(x >= first && x <= last)) return -1;
  if (uniform) {
    std::int64_t bin = static_cast<std::int64_t>((x - first) / (last - first) * static_cast<double>(bins));
    if (bin >= bins) bin = bins - 1;
    if (x < edges[bin]) --bin;
    if (bin != bins - 1 && x >= edges[bin + 1]) ++bin;
    return bin;
  }
  std::int64_t low = 0, high = bins; // the last edge that is not above x
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    if (edges[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/// The first place in sorted keys whose key is not below (left), or above (right), `key`.
template <class T> DOJIMA_FN std::int64_t place_of(T value, const T* sorted, std::int64_t size, bool right) {
  const key_type<T> key = to_tie_key<T>(value);
  std::int64_t low = 0, high = size;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const key_type<T> other = to_tie_key<T>(sorted[middle]);
    if (other < key || (right && other == key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

// ---- scans ----------------------------------------------------------------------------------------------------------------

inline constexpr int scan_chunk = 32;                     ///< elements
inline constexpr int scan_tile = scan_chunk * scan_chunk; ///< elements

/// A pair of doubles or floats with std::complex's layout, usable on the GPU.
template <class T> struct complex_pair { T re, im; };

/// What a scan accumulates in, from the type of the elements.
template <class T> struct scan_types {
  using sum = std::int64_t;
  using result = std::int64_t;
};
template <> struct scan_types<float> {
  using sum = double;
  using result = float;
};
template <> struct scan_types<double> {
  using sum = double;
  using result = double;
};
template <class T> struct scan_types<complex_pair<T>> {
  using sum = complex_pair<double>;
  using result = complex_pair<T>;
};

template <class Sum, class T> DOJIMA_FN Sum widen(T x) { return static_cast<Sum>(x); }
template <class Sum, class T> DOJIMA_FN Sum widen(complex_pair<T> x) {
  return {static_cast<double>(x.re), static_cast<double>(x.im)};
}
template <class Result> DOJIMA_FN Result narrow(std::int64_t x) { return x; }
template <class Result> DOJIMA_FN Result narrow(double x) { return static_cast<Result>(x); }
template <class Result> DOJIMA_FN Result narrow(complex_pair<double> x) {
  using T = decltype(Result::re);
  return {static_cast<T>(x.re), static_cast<T>(x.im)};
}

struct scan_sum {
  DOJIMA_FN std::int64_t operator()(std::int64_t a, std::int64_t b) const { // wraps around, as NumPy's
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
  DOJIMA_FN double operator()(double a, double b) const { return a + b; }
  DOJIMA_FN complex_pair<double> operator()(complex_pair<double> a, complex_pair<double> b) const {
    return {a.re + b.re, a.im + b.im};
  }
};
struct scan_product {
  DOJIMA_FN std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
  DOJIMA_FN double operator()(double a, double b) const { return a * b; }
  DOJIMA_FN complex_pair<double> operator()(complex_pair<double> a, complex_pair<double> b) const {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
};

// ---- from a dtype to the type ---------------------------------------------------------------------------------------------

template <class T> struct of_type { using type = T; };

/// Calls f with the C++ type of a real dtype.
template <class F> void with_real(dtype type, F&& f) {
  switch (type) {
  case dtype::boolean: return f(of_type<bool>());
  case dtype::int32: return f(of_type<std::int32_t>());
  case dtype::uint32: return f(of_type<std::uint32_t>());
  case dtype::int64: return f(of_type<std::int64_t>());
  case dtype::float32: return f(of_type<float>());
  case dtype::float64: return f(of_type<double>());
  default: throw std::invalid_argument(std::string(name_of(type)) + " has no order");
  }
}

} // namespace DOJIMA_ISA
} // namespace dojima
