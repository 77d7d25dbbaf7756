// Single precision as a Real: half the width of double, so twice the numbers in a register, and the special-function unit of
// the GPU. `single` is the scalar type; register packs of floats share its functions.
//
// On the CPU a function is a polynomial over any Real of single precision, with the error stated at it; equal operations give
// equal bits in every pack and in `single`. On the GPU it is the instruction of the special-function unit, whose bits differ:
// largest errors 2 ulp for power_of_two, 2 + 1.2 |x| ulp for exp, 2^-22 for log below 2 and 3 ulp above, 2^-20 for sin and cos.
//
// The words beside a single are 32 bits wide.
#pragma once

#include "models/process/process.hpp"
#include "models/random/words.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

struct single {
  float v;

  single() = default;
  DOJIMA_FN constexpr single(float x) : v(x) {}
  /// For constants: at run time it would cost an instruction of double precision.
  DOJIMA_FN constexpr single(double x) : v(static_cast<float>(x)) {}
  DOJIMA_FN constexpr explicit operator float() const { return v; }

  friend DOJIMA_FN single operator+(single a, single b) { return a.v + b.v; }
  friend DOJIMA_FN single operator-(single a, single b) { return a.v - b.v; }
  friend DOJIMA_FN single operator*(single a, single b) { return a.v * b.v; }
  friend DOJIMA_FN single operator/(single a, single b) {
#ifdef __CUDA_ARCH__
    float r;
    asm("div.approx.ftz.f32 %0, %1, %2;" : "=f"(r) : "f"(a.v), "f"(b.v));
    return r;
#else
    return a.v / b.v;
#endif
  }
  friend DOJIMA_FN single operator-(single a) { return -a.v; }
  friend DOJIMA_FN bool operator<(single a, single b) { return a.v < b.v; }
  friend DOJIMA_FN bool operator<=(single a, single b) { return a.v <= b.v; }
  friend DOJIMA_FN bool operator>(single a, single b) { return a.v > b.v; }
  friend DOJIMA_FN bool operator>=(single a, single b) { return a.v >= b.v; }
  friend DOJIMA_FN bool operator==(single a, single b) { return a.v == b.v; }
  friend DOJIMA_FN bool operator!=(single a, single b) { return a.v != b.v; }

  friend DOJIMA_FN single fma(single a, single b, single c) {
#ifdef DOJIMA_NO_FMA
    return a.v * b.v + c.v;
#else
    return ::fmaf(a.v, b.v, c.v);
#endif
  }
  friend DOJIMA_FN single sqrt(single a) {
#ifdef __CUDA_ARCH__
    float r;
    asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(a.v));
    return r;
#else
    return ::sqrtf(a.v);
#endif
  }
  friend DOJIMA_FN single abs(single a) { return ::fabsf(a.v); }
  friend DOJIMA_FN single select(bool mask, single yes, single no) { return mask ? yes : no; }
#ifdef __CUDA_ARCH__ // one instruction, which prefers numbers to NaN
  friend DOJIMA_FN single min(single a, single b) { return ::fminf(a.v, b.v); }
  friend DOJIMA_FN single max(single a, single b) { return ::fmaxf(a.v, b.v); }
#else
  friend DOJIMA_FN single min(single a, single b) { return b.v < a.v ? b : a; }
  friend DOJIMA_FN single max(single a, single b) { return a.v < b.v ? b : a; }
#endif
};

template <> struct uniform_type<single> { using type = float; };
template <> struct word_lanes<single> {
  using type = std::uint32_t;
  static DOJIMA_FN std::uint32_t numbers() { return 0; }
};
/// A Real that holds floats.
template <class Real>
concept single_precision = sizeof(uniform_of<Real>) == sizeof(float);

DOJIMA_FN single from_bits(std::uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  return std::bit_cast<float>(bits);
#endif
}
DOJIMA_FN std::uint32_t to_bits(single x) {
#ifdef __CUDA_ARCH__
  return __float_as_uint(x.v);
#else
  return std::bit_cast<std::uint32_t>(x.v);
#endif
}

template <class Real> DOJIMA_FN Real load(const float* p);
template <> DOJIMA_FN single load<single>(const float* p) { return *p; }
DOJIMA_FN void store(float* p, single x) { *p = x.v; }
/// table[index], where the index is a whole number held in a Real.
DOJIMA_FN single gather(const float* table, single index) { return table[static_cast<int>(index.v)]; }

/// A word as a number, rounded to nearest.
DOJIMA_FN single real_of_word(std::uint32_t w) { return static_cast<float>(w); }
DOJIMA_FN single real_of_signed_word(std::uint32_t w) { return static_cast<float>(static_cast<std::int32_t>(w)); }

// ---- elementary functions -----------------------------------------------------------------------------------------------

/// (2^r - 1) / r for |r| <= 1/2, fitted so that 2^r has a relative error below 2e-9.
template <single_precision Real> DOJIMA_FN Real power_polynomial(Real r) {
  Real p = 0.00015475901;
  p = fma(p, r, 0.0013399614);
  p = fma(p, r, 0.009618005586);
  p = fma(p, r, 0.0555033003);
  p = fma(p, r, 0.2402265133);
  return fma(p, r, 0.6931472046);
}

/// 1.5 * 2^23: adding it rounds to a whole number, which then stands in the low bits of the sum.
inline constexpr double single_round_magic = 12582912.0;

/// 2^(n + r) for |r| <= 1/2, where n stands in the low bits of `magic` = n + single_round_magic.
template <single_precision Real> DOJIMA_FN Real power_of_two(Real r, Real magic) {
  return from_bits(to_bits(fma(power_polynomial(r), r, 1.0)) + (to_bits(magic) << 23));
}

/// 2^x for |x| < 126. Error below 1 ulp.
template <single_precision Real> DOJIMA_FN Real power_of_two(Real x) {
#ifdef __CUDA_ARCH__
  float r;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x.v));
  return r;
#else
  const Real magic = x + single_round_magic;
  return power_of_two(Real(x - (magic - single_round_magic)), magic);
#endif
}

/// e^x. Error below 1.3 ulp on [-87, 88]; 0 below, infinity above.
template <single_precision Real> DOJIMA_FN Real exp(Real x) {
#ifdef __CUDA_ARCH__
  return power_of_two(log2_e * x);
#else
  const Real magic = fma(min(max(x, -87.0), 88.0), log2_e, single_round_magic);
  const Real n = magic - single_round_magic;
  const Real r = fma(n, 2.12194440e-4, fma(n, -0.693359375, x)); // ln 2 in two parts: the first has ten bits
  return select(x < -87.0, Real(0.0), select(x > 88.0, Real(infinity), power_of_two(Real(log2_e * r), magic)));
#endif
}

/// a ln x for positive normal x. Error of the logarithm below 1.2 ulp.
template <single_precision Real> DOJIMA_FN Real scaled_log(double a, Real x) {
#ifdef __CUDA_ARCH__
  float r;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x.v));
  return Real(0.6931471805599453 * a) * Real(r);
#else
  using Word = word_of<Real>;
  const Word power = (to_bits(x) - Word(0x3f3504f3u)) & Word(0xff800000u); // 2^23 k, where x = m 2^k with m >= sqrt(1/2)
  const Real f = from_bits(to_bits(x) - power) - 1.0;                      // m - 1 in [-0.293, 0.415]
  Real p = 0.08734841103; // (ln(1 + f) - f) / f^2; ln(1 + f) has a relative error below 3e-8
  p = fma(p, f, -0.1430752096);
  p = fma(p, f, 0.1491797394);
  p = fma(p, f, -0.1657050828);
  p = fma(p, f, 0.1996207211);
  p = fma(p, f, -0.2500175525);
  p = fma(p, f, 0.3333395022);
  p = fma(p, f, -0.4999999161);
  return Real(a) * fma(real_of_signed_word(power), 8.262958294867817e-08, fma(f * f, p, f)); // ln(2) / 2^23
#endif
}

/// ln x. Error below 1.2 ulp for positive normal x below infinity; NaN for x <= 0 and NaN.
template <single_precision Real> DOJIMA_FN Real log(Real x) { return select(x > 0.0, scaled_log(1.0, x), Real(not_a_number)); }

/// As in double precision, of degree 9: relative error below 2e-8, so that norm_cdf has one below 5e-7 down to x = -13.
template <single_precision Real> DOJIMA_FN Real mills_polynomial(Real t) {
  Real p = -0.0004014776847;
  p = fma(p, t, 0.0003245282026);
  p = fma(p, t, 0.003936883878);
  p = fma(p, t, -0.008712698728);
  p = fma(p, t, -0.01884287836);
  p = fma(p, t, 0.1513877315);
  p = fma(p, t, -0.4675498955);
  p = fma(p, t, 0.9704101276);
  p = fma(p, t, -1.523770531);
  return fma(p, t, 1.893219051);
}

/// sin and cos of the angle 2 pi w / 2^32, with their zeros as factors: sin = t (1/4 - t^2) s, cos = (1/16 - t^2) c with
/// polynomials s, c in t^2 - 1/8. Absolute error below 2.1e-7.
template <single_precision Real, class Word> DOJIMA_FN void sincos_of_word(const Word& w, Real& sine, Real& cosine) {
#ifdef __CUDA_ARCH__ // the upper 23 bits, in half a turn less: the signs turn
  const Real a = fma(from_bits((w >> 9) + 0x3f800000u), 6.283185307179586, -9.42477796076938);
  asm("sin.approx.ftz.f32 %0, %1;" : "=f"(sine.v) : "f"(a.v));
  asm("cos.approx.ftz.f32 %0, %1;" : "=f"(cosine.v) : "f"(a.v));
  sine = -sine;
  cosine = -cosine;
#else
  const Real t = real_of_signed_word(w) * 2.3283064365386963e-10;                            // turns in [-1/2, 1/2]
  const Real y = fma(t, t, -0.125);
  Real s = -3.193371812;
  s = fma(s, y, 12.06964666);
  s = fma(s, y, -31.96463112);
  s = fma(s, y, 53.8961221);
  s = fma(s, y, -49.76525769);
  s = fma(s, y, 18.0044819);
  sine = s * (t * (0.125 - y));
  Real c = -6.541756394;
  c = fma(c, y, 21.4796148);
  c = fma(c, y, -46.81014307);
  c = fma(c, y, 62.09437319);
  c = fma(c, y, -41.93366057);
  c = fma(c, y, 9.691197912);
  cosine = c * (-0.0625 - y);
#endif
}

} // namespace DOJIMA_ISA
} // namespace dojima
