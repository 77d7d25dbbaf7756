// Fourier transforms with numpy.fft's names and conventions, and convolutions. float32 and complex64 are transformed in single
// precision, everything else in double. Results are dense and live on the array's stream. The CPU needs no library for these, a
// GPU opens cuFFT on first use.
#pragma once

#include <optional>

#include "dojima/array/in_memory.hpp"

namespace dojima {

/// Where a transform is divided by its length n: the inverse by n, both by sqrt(n), or the forward one by n.
enum class fft_norm { backward, ortho, forward };

/// Which part of a convolution: all of it; as long as the longer array, centred; or only where the arrays overlap completely.
enum class convolve_mode { full, same, valid };

/// How it is computed. `direct` sums the products, with the same bits on every device and exactly for integers. `fft` is faster
/// for two long arrays; its error is that of the largest sum, and one NaN or infinity spoils every element. `automatic` is
/// direct unless both have at least 512 elements of a floating-point or complex type (measured: the two cost the same there on
/// one core with AVX2, for lengths of the longer one from 1,000 to 1,000,000).
enum class convolve_method { automatic, direct, fft };

namespace detail {
enum class transform { forward, inverse, real_forward, real_inverse };
/// x holds complex elements, or real ones for real_forward.
tensor transformed(transform kind, const tensor& x, std::optional<std::int64_t> n, std::int64_t axis, fft_norm norm);
tensor convolve(const tensor& a, const tensor& v, convolve_mode mode, convolve_method method);
tensor correlate(const tensor& a, const tensor& v, convolve_mode mode, convolve_method method);
tensor convolve2d(const tensor& x, const tensor& kernel, convolve_mode mode);

constexpr bool is_single(dtype type) { return type == dtype::float32 || type == dtype::complex64; }
template <operand A>
using complex_of = std::conditional_t<is_single(dtype_of<value_t<A>>), std::complex<float>, std::complex<double>>;
template <operand A> using real_side_of = typename complex_of<A>::value_type;
} // namespace detail

/// sum over j of x[j] e^(-2 pi i j k / n) along an axis, which is first cut to n points or filled up with zeros.
template <operand A>
auto fft(const A& x, std::optional<std::int64_t> n = none, std::int64_t axis = -1, fft_norm norm = fft_norm::backward) {
  using C = detail::complex_of<A>;
  return array<C>(detail::transformed(detail::transform::forward, detail::tensor_of<C>(x), n, axis, norm));
}
/// The inverse of `fft`.
template <operand A>
auto ifft(const A& x, std::optional<std::int64_t> n = none, std::int64_t axis = -1, fft_norm norm = fft_norm::backward) {
  using C = detail::complex_of<A>;
  return array<C>(detail::transformed(detail::transform::inverse, detail::tensor_of<C>(x), n, axis, norm));
}
/// The first n / 2 + 1 values of the transform of a real array; the others are their conjugates.
template <operand A>
auto rfft(const A& x, std::optional<std::int64_t> n = none, std::int64_t axis = -1, fft_norm norm = fft_norm::backward) {
  static_assert(!is_complex(dtype_of<value_t<A>>), "rfft takes real input; use fft");
  using R = detail::real_side_of<A>;
  return array<std::complex<R>>(detail::transformed(detail::transform::real_forward, detail::tensor_of<R>(x), n, axis, norm));
}
/// The inverse of `rfft`: n real values, by default 2 (m - 1) of m.
template <operand A>
auto irfft(const A& x, std::optional<std::int64_t> n = none, std::int64_t axis = -1, fft_norm norm = fft_norm::backward) {
  using C = detail::complex_of<A>;
  using R = detail::real_side_of<A>;
  return array<R>(detail::transformed(detail::transform::real_inverse, detail::tensor_of<C>(x), n, axis, norm));
}

/// sum over m of a[m] v[k - m], of two vectors.
template <operand A, operand V>
auto convolve(const A& a, const V& v, convolve_mode mode = convolve_mode::full,
              convolve_method method = convolve_method::automatic) {
  using T = type_of<promote(dtype_of<value_t<A>>, dtype_of<value_t<V>>)>;
  return array<T>(detail::convolve(detail::tensor_of<T>(a), detail::tensor_of<T>(v), mode, method));
}

/// sum over m of a[m + k] conj(v[m]), of two vectors.
template <operand A, operand V>
auto correlate(const A& a, const V& v, convolve_mode mode = convolve_mode::valid,
               convolve_method method = convolve_method::automatic) {
  using T = type_of<promote(dtype_of<value_t<A>>, dtype_of<value_t<V>>)>;
  return array<T>(detail::correlate(detail::tensor_of<T>(a), detail::tensor_of<T>(v), mode, method));
}

/// sum over p, q of kernel[p, q] x[i - p, j - q], of a matrix and a small kernel; outside x counts as zero. Direct, with the
/// same bits on every device. `same` has the shape of x.
template <operand A, operand K> auto convolve2d(const A& x, const K& kernel, convolve_mode mode = convolve_mode::full) {
  using T = type_of<promote(dtype_of<value_t<A>>, dtype_of<value_t<K>>)>;
  return array<T>(detail::convolve2d(detail::tensor_of<T>(x), detail::tensor_of<T>(kernel), mode));
}

} // namespace dojima
