// The number type of every model, and the elementary functions that give the same bits everywhere.
//
// A model is a template over `Real`: `double` on the GPU and in host code, a register pack of doubles in the CPU kernels.
// A Real has + - * /, comparisons that give a mask (with & | ! and any), and the functions of the scalar section below: fma,
// sqrt, abs, min, max, select, scale2, split_exponent, bits_*. Everything else is built from these, operation by operation, so
// that each backend rounds alike; compile with contraction off (-ffp-contract=off, -fmad=false).
#pragma once

#ifdef __CUDACC_RTC__ // compiled at run time: there is no standard library
namespace std {
using int32_t = int;
using uint32_t = unsigned int;
using int64_t = long;
using uint64_t = unsigned long;
} // namespace std
#else
#include <bit>
#include <cstdint>
#include <math.h>
#endif

// DOJIMA_FN marks every function that runs on all backends, DOJIMA_RARE one for rare arguments that is better called than
// inlined.
#if defined(__CUDACC_RTC__)
#define DOJIMA_FN __device__ __forceinline__
#define DOJIMA_RARE inline __device__ __noinline__
#define DOJIMA_UNROLL _Pragma("unroll")
#elif defined(__CUDACC__)
#define DOJIMA_FN __host__ __device__ __forceinline__
#define DOJIMA_RARE inline __host__ __device__ __noinline__
#define DOJIMA_UNROLL _Pragma("unroll")
#else
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DOJIMA_FN inline // forced inlining makes sanitized builds take hours
#else
#define DOJIMA_FN inline __attribute__((always_inline))
#endif
#define DOJIMA_RARE inline __attribute__((noinline))
#define DOJIMA_UNROLL _Pragma("GCC unroll 16")
#endif

// Inlined code lives in a namespace named after its instruction set, so that the linker can never mix two builds of it.
#ifndef DOJIMA_ISA
#define DOJIMA_ISA generic
#endif

namespace dojima {
inline namespace DOJIMA_ISA {

// ---- scalar double: the primitive operations ------------------------------------------------------------------------

DOJIMA_FN double from_bits(std::uint64_t bits) {
#ifdef __CUDA_ARCH__
  return __longlong_as_double(static_cast<long long>(bits));
#else
  return std::bit_cast<double>(bits);
#endif
}

DOJIMA_FN std::uint64_t to_bits(double x) {
#ifdef __CUDA_ARCH__
  return static_cast<std::uint64_t>(__double_as_longlong(x));
#else
  return std::bit_cast<std::uint64_t>(x);
#endif
}

/// a * b, which is rounded before it goes into a sum. GCC 12 and later vectorise x * y - z * w beside x * w + z * y, as in
/// products of complex numbers, to multiply-adds of alternating sign, also where contraction is off; the barrier keeps them
/// apart.
template <class T> DOJIMA_FN T rounded_product(T a, T b) {
#if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) && !defined(__CUDACC__)
  return __builtin_assoc_barrier(a * b);
#else
  return a * b;
#endif
}

DOJIMA_FN double fma(double a, double b, double c) {
#ifdef DOJIMA_NO_FMA
  return a * b + c;
#else
  return ::fma(a, b, c);
#endif
}
DOJIMA_FN double sqrt(double x) { return ::sqrt(x); }
DOJIMA_FN double abs(double x) { return ::fabs(x); }
DOJIMA_FN double select(bool mask, double yes, double no) { return mask ? yes : no; }
/// Smaller and larger of two; a NaN in the first argument stays.
DOJIMA_FN double min(double a, double b) { return b < a ? b : a; }
DOJIMA_FN double max(double a, double b) { return a < b ? b : a; }

inline constexpr double infinity = __builtin_bit_cast(double, 0x7ff0000000000000);
inline constexpr double not_a_number = __builtin_bit_cast(double, 0x7ff8000000000000);

/// 1.5 * 2^52: adding it rounds to an integer, which then stands in the low bits of the sum.
inline constexpr double round_magic = 6755399441055744.0;

/// p * 2^n, where n stands in the low bits of `magic` = n + round_magic.
DOJIMA_FN double scale2(double p, double magic) { return from_bits(to_bits(p) + (to_bits(magic) << 52)); }

/// x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)); x positive and normal.
DOJIMA_FN void split_exponent(double x, double& mantissa, double& exponent) {
  const std::uint64_t bits = to_bits(x);
  const std::uint64_t k = (bits + (0x4000000000000000u - 0x3fe6a09e667f3bcdu)) >> 52;
  mantissa = from_bits(bits - (k << 52) + 0x4000000000000000u);
  exponent = from_bits(0x4330000000000000u | k) - 4503599627371520.0;
}

/// Whether a mask holds for any number of a Real.
DOJIMA_FN bool any(bool mask) { return mask; }

// The bits of a number as of a 64-bit word.
DOJIMA_FN double bits_and(double a, double b) { return from_bits(to_bits(a) & to_bits(b)); }
DOJIMA_FN double bits_or(double a, double b) { return from_bits(to_bits(a) | to_bits(b)); }
DOJIMA_FN double bits_xor(double a, double b) { return from_bits(to_bits(a) ^ to_bits(b)); }
DOJIMA_FN double bits_left(double a, int n) { return from_bits(to_bits(a) << n); }

template <class Real> DOJIMA_FN Real load(const double* p);
template <> DOJIMA_FN double load<double>(const double* p) { return *p; }
DOJIMA_FN void store(double* p, double x) { *p = x; }

// ---- elementary functions over any Real -----------------------------------------------------------------------------

// ln 2 in two parts: the first times a whole number below 2^20 is exact.
inline constexpr double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;

/// x = n ln 2 + r with a whole number n and |r| <= ln(2)/2, |x| < 1076 ln 2; n also stands in the low bits of `magic`.
template <class Real> DOJIMA_FN void split_exponential(Real x, Real& n, Real& magic, Real& r) {
  magic = fma(x, 1.4426950408889634, round_magic);
  n = magic - round_magic;
  r = fma(n, -ln2_lo, fma(n, -ln2_hi, x));
}

/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2 by Taylor to r^13 in e^r, whose remainder is below 5e-18.
template <class Real> DOJIMA_FN Real exp_taylor(Real r) {
  Real p = 1.6059043836821613e-10;
  p = fma(p, r, 2.0876756987868099e-09);
  p = fma(p, r, 2.5052108385441719e-08);
  p = fma(p, r, 2.7557319223985891e-07);
  p = fma(p, r, 2.7557319223985893e-06);
  p = fma(p, r, 2.4801587301587302e-05);
  p = fma(p, r, 1.9841269841269841e-04);
  p = fma(p, r, 1.3888888888888889e-03);
  p = fma(p, r, 8.3333333333333332e-03);
  p = fma(p, r, 4.1666666666666664e-02);
  p = fma(p, r, 1.6666666666666666e-01);
  return fma(p, r, 0.5);
}

/// e^x. Error below 1 ulp on [-708, 709.7]; 0 below, infinity above.
template <class Real> DOJIMA_FN Real exp(Real x) {
  Real n, t, r;
  split_exponential(Real(min(max(x, -708.0), 709.7)), n, t, r);
  const Real y = scale2(fma(fma(exp_taylor(r), r, 1.0), r, 1.0), t);
  return select(x < -708.0, Real(0.0), select(x > 709.7, Real(infinity), y));
}

/// e^x and e^-x for the price of one: the even and odd parts of the series are shared. Errors below 2.1 ulp; x is held within
/// [-700, 700].
template <class Real> DOJIMA_FN void exp_both(Real x, Real& plus, Real& minus) {
  Real n, t, r;
  split_exponential(min(max(x, Real(-700.0)), Real(700.0)), n, t, r);
  const Real z = r * r;
  Real even = 2.0876756987868099e-09; // 1 + z/2! + z^2/4! + ...
  even = fma(even, z, 2.7557319223985893e-07);
  even = fma(even, z, 2.4801587301587302e-05);
  even = fma(even, z, 1.3888888888888889e-03);
  even = fma(even, z, 4.1666666666666664e-02);
  even = fma(even, z, 0.5);
  even = fma(even, z, 1.0);
  Real odd = 1.6059043836821613e-10; // 1 + z/3! + z^2/5! + ...
  odd = fma(odd, z, 2.5052108385441719e-08);
  odd = fma(odd, z, 2.7557319223985891e-06);
  odd = fma(odd, z, 1.9841269841269841e-04);
  odd = fma(odd, z, 8.3333333333333332e-03);
  odd = fma(odd, z, 1.6666666666666666e-01);
  odd = fma(odd, z, 1.0);
  plus = scale2(fma(r, odd, even), t);
  minus = scale2(fma(-r, odd, even), round_magic - n);
}

/// ln x. Error below 2.5 ulp for positive normal x below infinity; NaN for x <= 0 and NaN.
template <class Real> DOJIMA_FN Real log(Real x) {
  Real m, k;
  split_exponent(x, m, k);
  const Real s = (m - 1.0) / (m + 1.0);
  const Real z = s * s;
  Real p = 2.0 / 21.0; // 2 artanh(s) = 2s (1 + z/3 + z^2/5 + ...), |s| <= 0.172
  p = fma(p, z, 2.0 / 19.0);
  p = fma(p, z, 2.0 / 17.0);
  p = fma(p, z, 2.0 / 15.0);
  p = fma(p, z, 2.0 / 13.0);
  p = fma(p, z, 2.0 / 11.0);
  p = fma(p, z, 2.0 / 9.0);
  p = fma(p, z, 2.0 / 7.0);
  p = fma(p, z, 2.0 / 5.0);
  p = fma(p, z, 2.0 / 3.0);
  const Real tail = fma(k, ln2_lo, p * z * s);
  const Real y = fma(k, ln2_hi, s + (s + tail));
  return select(x > 0.0, y, Real(not_a_number));
}

/// (x + 4) times the Mills ratio as a polynomial of degree 24 in t = (x - 4) / (x + 4); coefficients fitted here by Chebyshev
/// interpolation in 50-digit arithmetic (form: Shepherd and Laframboise 1981, Math. Comp. 36).
template <class Real> DOJIMA_FN Real mills_polynomial(Real t) {
  const Real z = t * t; // even and odd powers side by side: half the chain of dependent operations
  Real even = 8.527568783283065e-10;
  even = fma(even, z, -9.349407553464102e-09);
  even = fma(even, z, 5.370605493716977e-08);
  even = fma(even, z, -2.1773459603552753e-07);
  even = fma(even, z, 6.829565240919864e-07);
  even = fma(even, z, -1.5787623559323664e-06);
  even = fma(even, z, 1.79639540493042e-06);
  even = fma(even, z, -4.783263800675406e-06);
  even = fma(even, z, 0.00033424461615548626);
  even = fma(even, z, -0.008722295274252468);
  even = fma(even, z, 0.15139176231244308);
  even = fma(even, z, 0.9704095548675884);
  even = fma(even, z, 1.8932190633084853);
  Real odd = -3.0085355680288726e-10;
  odd = fma(odd, z, -1.4716457552008188e-09);
  odd = fma(odd, z, 4.4728972243652046e-08);
  odd = fma(odd, z, -4.004916293547034e-07);
  odd = fma(odd, z, 2.568753280968906e-06);
  odd = fma(odd, z, -1.4843276516249534e-05);
  odd = fma(odd, z, 8.809573077638571e-05);
  odd = fma(odd, z, -0.0005792693045442477);
  odd = fma(odd, z, 0.004087855681185054);
  odd = fma(odd, z, -0.018900450861710057);
  odd = fma(odd, z, -0.46754096299833253);
  odd = fma(odd, z, -1.5237709108199835);
  return fma(odd, t, even);
}

/// Mills ratio of the standard normal law, Phi(-x) / phi(x), for x in [0, 40]; relative error below 1e-15.
template <class Real> DOJIMA_FN Real mills_ratio(Real x) {
  const Real r = 1.0 / (x + 4.0);
  return mills_polynomial((x - 4.0) * r) * r;
}

/// The Mills ratios of two numbers for one division.
template <class Real> DOJIMA_FN void mills_ratios(Real x, Real y, Real& ratio_x, Real& ratio_y) {
  const Real inverse = 1.0 / ((x + 4.0) * (y + 4.0));
  const Real rx = inverse * (y + 4.0), ry = inverse * (x + 4.0);
  ratio_x = mills_polynomial((x - 4.0) * rx) * rx;
  ratio_y = mills_polynomial((y - 4.0) * ry) * ry;
}

inline constexpr double inv_sqrt_2pi = 0.3989422804014327;

/// Standard normal density; x^2 is carried in two parts, so that the tail keeps its relative accuracy.
template <class Real> DOJIMA_FN Real norm_pdf(Real x) {
  const Real square = x * x;
  const Real rest = fma(x, x, -square);
  const Real e = exp(-0.5 * square);
  return inv_sqrt_2pi * fma(-0.5 * rest, e, e);
}

/// Standard normal distribution function given the density at x; relative error below 1e-15 down to x = -37.5, where it leaves
/// the normal numbers. x must be finite.
template <class Real> DOJIMA_FN Real norm_cdf(Real x, Real density) {
  const Real tail = density * mills_ratio(min(abs(x), 40.0));
  return select(x > 0.0, 1.0 - tail, tail);
}

template <class Real> DOJIMA_FN Real norm_cdf(Real x) { return norm_cdf(x, norm_pdf(x)); }

/// sin a and cos a for |a| <= pi/4 by Taylor.
template <class Real> DOJIMA_FN void sincos_taylor(Real a, Real& sine, Real& cosine) {
  const Real z = a * a;
  Real s = -7.647163731819816e-13;
  s = fma(s, z, 1.605904383682161e-10);
  s = fma(s, z, -2.505210838544172e-08);
  s = fma(s, z, 2.755731922398589e-06);
  s = fma(s, z, -1.984126984126984e-04);
  s = fma(s, z, 8.333333333333333e-03);
  s = fma(s, z, -1.6666666666666666e-01);
  sine = fma(s * z, a, a);
  Real c = 4.779477332387385e-14;
  c = fma(c, z, -1.1470745597729725e-11);
  c = fma(c, z, 2.08767569878681e-09);
  c = fma(c, z, -2.755731922398589e-07);
  c = fma(c, z, 2.48015873015873e-05);
  c = fma(c, z, -1.388888888888889e-03);
  c = fma(c, z, 4.1666666666666664e-02);
  c = fma(c, z, -0.5);
  cosine = fma(c, z, 1.0);
}

/// sin and cos of the angle 2 pi w / 2^32; absolute error below 2e-16.
DOJIMA_FN void sincos_turn(std::uint32_t w, double& sine, double& cosine) {
  const std::uint32_t quadrant = (w + 0x20000000u) >> 30;
  const double a = static_cast<double>(static_cast<std::int32_t>(w - (quadrant << 30))) * 1.4629180792671596e-09;
  double s, c;
  sincos_taylor(a, s, c);
  const bool swap = (quadrant & 1u) != 0;
  const double s1 = swap ? c : s;
  const double c1 = swap ? s : c;
  sine = (quadrant & 2u) != 0 ? -s1 : s1;
  cosine = ((quadrant + 1u) & 2u) != 0 ? -c1 : c1;
}

} // namespace DOJIMA_ISA
} // namespace dojima
