// The elementary functions over every double: subnormals, signed zeros, infinities and NaN as in IEEE 754 and C99, with gradual
// underflow. Like models/real.hpp they are built from the operations of a Real alone, so each backend gives the same bits (a
// NaN counts as one number); they have no branch but the one to huge angles. Models, whose ranges are known, use the faster
// functions of real.hpp.
//
// Largest errors seen, in units of the last place of the exact result, also among subnormal ones:
//   exp 0.97  expm1 1.25  log 0.86  log1p 0.82  cbrt 0.51  pow 0.88  sin, cos 0.85  tan 0.97  tanh 1.2
//   erf 0.99  erfc 0.86  norm_cdf 0.87  inverse_norm_cdf 3.5
// tests/models/elementary_test.cpp holds them to little more.
//
// Polynomials without a source were fitted here by Chebyshev interpolation in 60-digit arithmetic.
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {
namespace ieee {

// ---- numbers in two parts (T. J. Dekker 1971, "A floating-point technique for extending the available precision") -----------

/// The unevaluated sum hi + lo.
template <class Real> struct twin { Real hi, lo; };

/// a + b exactly, for |a| >= |b|.
template <class Real> DOJIMA_FN twin<Real> ordered_sum(Real a, Real b) {
  const Real s = a + b;
  return {s, b - (s - a)};
}
/// a + b exactly.
template <class Real> DOJIMA_FN twin<Real> exact_sum(Real a, Real b) {
  const Real s = a + b, other = s - a;
  return {s, (a - (s - other)) + (b - other)};
}
/// a * b exactly.
template <class Real> DOJIMA_FN twin<Real> exact_product(Real a, Real b) {
  const Real p = a * b;
#ifdef DOJIMA_NO_FMA
  const Real wide_a = a * 134217729.0, wide_b = b * 134217729.0; // 2^27 + 1 splits a number in halves
  const Real a1 = wide_a - (wide_a - a), b1 = wide_b - (wide_b - b);
  const Real a2 = a - a1, b2 = b - b1;
  return {p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2};
#else
  return {p, fma(a, b, -p)};
#endif
}
/// c - a * b with one rounding where the two nearly cancel.
template <class Real> DOJIMA_FN Real residual(Real c, Real a, Real b) {
#ifdef DOJIMA_NO_FMA
  const twin<Real> p = exact_product(a, b);
  return (c - p.hi) - p.lo;
#else
  return fma(-a, b, c);
#endif
}
/// a / b with about one rounding.
template <class Real> DOJIMA_FN Real quotient(twin<Real> a, twin<Real> b) {
  const Real inverse = 1.0 / b.hi;
  const Real q = a.hi * inverse;
  return fma((residual(a.hi, q, b.hi) + a.lo) - q * b.lo, inverse, q);
}

/// `magnitude` >= 0 with the sign of x.
template <class Real> DOJIMA_FN Real with_sign_of(Real x, Real magnitude) {
  return bits_or(magnitude, bits_and(x, Real(-0.0)));
}

// ---- exponentials -----------------------------------------------------------------------------------------------------------

/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2, relative error below 1e-18.
template <class Real> DOJIMA_FN Real exp_series(Real r) {
  Real p = 2.0914696114722443e-09;
  p = fma(p, r, 2.510522981321569e-08);
  p = fma(p, r, 2.755727362113095e-07);
  p = fma(p, r, 2.7557255369427714e-06);
  p = fma(p, r, 2.4801587325565073e-05);
  p = fma(p, r, 0.00019841269874844894);
  p = fma(p, r, 0.0013888888888883744);
  p = fma(p, r, 0.008333333333326129);
  p = fma(p, r, 0.04166666666666667);
  p = fma(p, r, 0.1666666666666667);
  return fma(p, r, 0.5);
}

/// p * 2^n for |n| < 1100 and p of order 1, rounded once: in two steps, so that the result may leave the normal numbers.
template <class Real> DOJIMA_FN Real scale(Real p, Real n) {
  const Real magic = fma(n, 0.5, round_magic);
  return p * scale2(Real(1.0), magic) * scale2(Real(1.0), (n - (magic - round_magic)) + round_magic);
}

/// Beyond these e^x is 0 and infinity.
template <class Real> DOJIMA_FN Real within_exponential(Real x) { return min(max(x, Real(-746.0)), Real(710.0)); }

/// The r of split_exponential in two parts.
template <class Real> DOJIMA_FN twin<Real> exponential_rest(Real x, Real& n, Real& magic) {
  Real r;
  split_exponential(x, n, magic, r);
  return {r, fma(n, -ln2_lo, fma(n, -ln2_hi, x) - r)};
}

/// e^(x.hi + x.lo) = (p.hi + p.lo) 2^n with p in [0.7, 1.42]; relative error below 2^-56. A NaN stays.
template <class Real> DOJIMA_FN twin<Real> exp_parts(twin<Real> x, Real& n) {
  Real magic;
  const twin<Real> r = exponential_rest(within_exponential(x.hi), n, magic);
  const Real rest = r.lo + x.lo;
  const Real curved = r.hi * r.hi * exp_series(r.hi);
  const twin<Real> linear = ordered_sum(Real(1.0), r.hi);
  return ordered_sum(linear.hi, linear.lo + (curved + fma(rest, r.hi + curved, rest)));
}

template <class Real> DOJIMA_FN Real exp(Real x) {
  Real n, magic, r;
  split_exponential(within_exponential(x), n, magic, r);
  return scale(fma(r * r, exp_series(r), r) + 1.0, n);
}

/// (e^x - 1) / 2, which ends at the same x as e^x; NaN stays.
template <class Real> DOJIMA_FN twin<Real> half_expm1(Real x) {
  Real n, magic;
  const twin<Real> r = exponential_rest(min(max(x, Real(-40.0)), Real(710.0)), n, magic);
  const Real half = scale2(Real(0.5), magic);
  return {fma(half, r.hi, half - 0.5), half * fma(r.hi * r.hi, exp_series(r.hi), r.lo)};
}

template <class Real> DOJIMA_FN Real expm1(Real x) {
  const twin<Real> half = half_expm1(x);
  return select(abs(x) < 1e-17, x, 2.0 * (half.hi + half.lo));
}

template <class Real> DOJIMA_FN Real tanh(Real x) {
  twin<Real> e = half_expm1(2.0 * min(abs(x), Real(22.0))); // tanh x = e / (e + 1)
  e = ordered_sum(e.hi, e.lo);
  const twin<Real> divisor = exact_sum(Real(1.0), e.hi);
  return with_sign_of(x, quotient(e, twin<Real>{divisor.hi, divisor.lo + e.lo}));
}

// ---- logarithms -------------------------------------------------------------------------------------------------------------

/// As split_exponent, for subnormal x too.
template <class Real> DOJIMA_FN void split_any_exponent(Real x, Real& mantissa, Real& exponent) {
  const auto tiny = x < 2.2250738585072014e-308;
  split_exponent(select(tiny, x * 18014398509481984.0, x), mantissa, exponent); // 2^54
  exponent = select(tiny, exponent - 54.0, exponent);
}

/// k ln 2 + ln(1 + f) + rest for 1 + f in [sqrt(1/2), sqrt(2)]; form: the C library FreeBSD msun, K. C. Ng 1993.
template <class Real> DOJIMA_FN Real log_sum(Real k, Real f, Real rest) {
  const Real s = f / (f + 2.0);
  const Real z = s * s;
  Real p = 0.14616585424888623; // (2 artanh(s) - 2s) / s^3
  p = fma(p, z, 0.15331710618210773);
  p = fma(p, z, 0.18182889455674947);
  p = fma(p, z, 0.22222211130259878);
  p = fma(p, z, 0.2857142862600327);
  p = fma(p, z, 0.39999999999899444);
  p = fma(p, z, 0.666666666666667);
  const Real square = 0.5 * f * f;
  const Real tail = fma(s, fma(p, z, square), fma(k, ln2_lo, rest));
  return fma(k, ln2_hi, f - (square - tail));
}

template <class Real> DOJIMA_FN Real log(Real x) {
  Real m, k;
  split_any_exponent(x, m, k);
  const Real y = log_sum(k, m - 1.0, Real(0.0));
  return select(x > 0.0, select(x < infinity, y, x), select(x == 0.0, Real(-infinity), Real(not_a_number)));
}

template <class Real> DOJIMA_FN Real log1p(Real x) {
  const twin<Real> u = exact_sum(Real(1.0), x);
  Real m, k;
  split_exponent(u.hi, m, k);
  const auto near = (x > -0.29) & (x < 0.41);
  const Real f = select(near, x, m - 1.0);
  // Away from 0 the rounding of 1 + x is made good: ln(u.hi + u.lo) = ln u.hi + u.lo / u.hi, where 1 / m is 1 - f + f^2 nearly.
  const Real rest = u.lo * scale2(Real(1.0), round_magic - k) * fma(f, f - 1.0, 1.0);
  const Real y = log_sum(select(near, Real(0.0), k), f, select(near | (k > 60.0), Real(0.0), rest));
  const Real finite = select(abs(x) < 1e-17, x, y);
  return select(x > -1.0, select(x < infinity, finite, x), select(x == -1.0, Real(-infinity), Real(not_a_number)));
}

// ---- powers -----------------------------------------------------------------------------------------------------------------

template <class Real> DOJIMA_FN Real cbrt(Real x) {
  const Real size = abs(x);
  Real m, k;
  split_any_exponent(size, m, k);
  const Real magic = fma(k, 0.3333333333333333, round_magic);
  const Real third = magic - round_magic, rest = k - 3.0 * third; // -1, 0 or 1
  Real y = 0.12474055895636721;                                   // m^(-1/3)
  y = fma(y, m, -0.6869060714891523);
  y = fma(y, m, 1.5369933614033604);
  y = fma(y, m, -1.845190787795483);
  y = fma(y, m, 1.8703346450078002);
  const auto up = rest > 0.0, down = rest < 0.0;
  const Real a = m * select(up, Real(2.0), select(down, Real(0.5), Real(1.0)));
  y = y * select(up, Real(0.7937005259840998), select(down, Real(1.2599210498948732), Real(1.0)));
  const Real h = fma(-a * y, y * y, 1.0); // the next y has the cube of its relative error
  y = fma(y * h, fma(h, 0.2222222222222222, 0.3333333333333333), y);
  const Real t = a * y * y;
  const twin<Real> square = exact_product(t, t);
  const Real excess = residual(a, square.hi, t) - square.lo * t;
  const Real root = fma(excess * 0.3333333333333333, y * y, t);
  return select((size > 0.0) & (size < infinity), with_sign_of(x, scale2(root, magic)), x);
}

/// Nearest whole number, halves to even.
template <class Real> DOJIMA_FN Real whole(Real x) {
  const Real size = abs(x);
  return select(size < 4503599627370496.0, with_sign_of(x, (size + 4503599627370496.0) - 4503599627370496.0), x);
}

/// ln x in two parts for x > 0, relative error below 2^-65.
template <class Real> DOJIMA_FN twin<Real> log_parts(Real x) {
  Real m, k;
  split_any_exponent(x, m, k);
  // s = (m - 1) / (m + 1) and its cube
  const Real f = m - 1.0;
  const twin<Real> d = exact_sum(m, Real(1.0));
  const Real inverse = 1.0 / d.hi;
  const Real s = f * inverse;
  const Real s_lo = (residual(f, s, d.hi) - s * d.lo) * inverse;
  const twin<Real> z = exact_product(s, s);
  const Real z_lo = fma(2.0 * s, s_lo, z.lo);
  const twin<Real> cube = exact_product(z.hi, s);
  const Real cube_lo = fma(z.hi, s_lo, fma(z_lo, s, cube.lo));
  Real p = 0.11723178623876518; // (2 artanh(s) / s - 2 - 2/3 s^2) / s^4
  p = fma(p, z.hi, 0.11706236339491206);
  p = fma(p, z.hi, 0.1333480469384731);
  p = fma(p, z.hi, 0.1538459496251843);
  p = fma(p, z.hi, 0.18181818335392802);
  p = fma(p, z.hi, 0.22222222221655885);
  p = fma(p, z.hi, 0.28571428571429364);
  p = fma(p, z.hi, 0.4);
  twin<Real> factor = ordered_sum(Real(0.6666666666666666), p * z.hi); // 2 artanh(s) = 2 s + factor s^3
  factor.lo = factor.lo + 3.700743415417188e-17;
  const twin<Real> third = exact_product(cube.hi, factor.hi);
  const Real third_lo = fma(cube.hi, factor.lo, fma(cube_lo, factor.hi, third.lo));
  // k ln 2 (its first part is exact) + 2 s + third
  const twin<Real> first = ordered_sum(0.6931471805598903 * k, 2.0 * s);
  const twin<Real> second = exact_sum(first.hi, third.hi);
  const Real low = fma(k, 5.497923018708371e-14, fma(2.0, s_lo, third_lo) + first.lo) + second.lo;
  return ordered_sum(second.hi, low);
}

/// x^y; the special cases are those of C99, annex F.
template <class Real> DOJIMA_FN Real pow(Real x, Real y) {
  const Real size = abs(x);
  twin<Real> l = log_parts(size);
  l.hi = select(size == 0.0, Real(-infinity), select(size < infinity, l.hi, size));
  const Real product = y * l.hi;
  const auto small = abs(product) < 800.0; // elsewhere the result is 0 or infinity, and the low part means nothing
  const Real low = select(small, fma(y, l.lo, exact_product(y, l.hi).lo), Real(0.0));
  Real n;
  const twin<Real> p = exp_parts(twin<Real>{product, low}, n);
  Real power = scale(p.hi + p.lo, n);
  power = select((size == 1.0) & (y == y), Real(1.0), power); // also for infinite y
  const auto integer = whole(y) == y;
  const Real half = 0.5 * y;
  const auto odd = integer & (whole(half) != half);
  power = select((x < 0.0) & (x > -infinity) & !integer, Real(not_a_number), power);
  power = select(odd, bits_xor(power, bits_and(x, Real(-0.0))), power);
  return select((x == 1.0) | (y == 0.0), Real(1.0), power);
}

// ---- angles -----------------------------------------------------------------------------------------------------------------

/// x = quarter pi/2 + r with |r| <= pi/4; the whole number `quarter` stands in the low bits of `magic`.
template <class Real> struct angle {
  twin<Real> r;
  Real magic;
};

/// Upper half of a 128-bit product.
DOJIMA_FN std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
#ifdef __CUDA_ARCH__
  return __umul64hi(a, b);
#else
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
#endif
}
DOJIMA_FN int leading_zeros(std::uint64_t a) {
#ifdef __CUDA_ARCH__
  return __clzll(static_cast<long long>(a));
#else
  return __builtin_clzll(a);
#endif
}

/// Angles of 2^20 and more, finite (M. Payne and R. Hanek 1983, "Radian reduction for trigonometric functions"): the mantissa
/// is multiplied with those 192 bits of 2/pi that decide the quarter and its fraction.
DOJIMA_RARE angle<double> reduce_huge(double x) {
  // clang-format off
  static constexpr std::uint64_t two_over_pi[20] = {
      0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
      0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
      0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
      0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};
  // clang-format on
  const std::uint64_t bits = to_bits(abs(x));
  const std::uint64_t mantissa = (bits & 0xfffffffffffffu) | 0x10000000000000u; // |x| = mantissa 2^(exponent - 1075)
  const int first = static_cast<int>(bits >> 52) - 1013;                        // bits further up add multiples of 4 quarters
  const int word = first / 64, shift = first % 64;
  std::uint64_t w[3];
  DOJIMA_UNROLL
  for (int i = 0; i < 3; ++i) w[i] = two_over_pi[word + i] << shift | two_over_pi[word + i + 1] >> 1 >> (63 - shift);
  // The product modulo 2^192, from the highest word down: two bits of the quarter, then its fraction.
  std::uint64_t low = w[2] * mantissa;
  const std::uint64_t carried = multiply_high(w[2], mantissa);
  std::uint64_t middle = w[1] * mantissa + carried;
  std::uint64_t high = w[0] * mantissa + multiply_high(w[1], mantissa) + (middle < carried ? 1u : 0u);
  double quarter = static_cast<double>((high >> 62) + (high >> 61 & 1u)); // to the nearest
  high = high << 2 | middle >> 62;
  middle = middle << 2 | low >> 62;
  low <<= 2;
  const bool beyond = (high >> 63) != 0; // the fraction is above one half: what is missing to the next quarter
  if (beyond) high = ~high, middle = ~middle, low = ~low;
  const bool far = high == 0; // no double is nearer to a multiple of pi/2 than 2^-62
  if (far) high = middle, middle = low, low = 0;
  const int zeros = leading_zeros(high | 1u);
  const std::uint64_t top = high << zeros | middle >> 1 >> (63 - zeros), next = middle << zeros | low >> 1 >> (63 - zeros);
  const double unit = from_bits(static_cast<std::uint64_t>(1023 - 53 - zeros - (far ? 64 : 0)) << 52);
  const double upper = static_cast<double>(top >> 11) * unit;
  const double lower = static_cast<double>((top & 0x7ffu) << 42 | next >> 22) * (unit * 1.1102230246251565e-16); // 2^-53
  const twin<double> product = exact_product(upper, 1.5707963267948966);
  const double rest = fma(upper, 6.123233995736766e-17, fma(lower, 1.5707963267948966, product.lo));
  twin<double> r = ordered_sum(product.hi, rest);
  if (beyond != (x < 0.0)) r = {-r.hi, -r.lo};
  if (x < 0.0) quarter = -quarter;
  return {r, quarter + round_magic};
}

/// The relative error of r is below 2^-70 (W. J. Cody and W. Waite 1980: pi/2 in four parts, whose products with a quarter
/// below 2^20 are exact); NaN for infinite x.
template <class Real> DOJIMA_FN angle<Real> reduce_angle(Real x) {
  const Real magic = fma(x, 0.6366197723675814, round_magic);
  const Real quarter = magic - round_magic;
  const Real a = fma(quarter, -1.5707963267341256, x);
  const twin<Real> b = exact_sum(a, quarter * -6.077100506303966e-11);
  const twin<Real> c = exact_sum(b.hi, quarter * -2.0222662487111665e-21);
  angle<Real> result{ordered_sum(c.hi, fma(quarter, -8.4784276603689e-32, b.lo + c.lo)), magic};
  const Real size = abs(x);
  const auto huge = (size > 1048576.0) & (size < infinity);
  if (any(huge)) {
    constexpr int n = sizeof(Real) / sizeof(double);
    double in[n], hi[n], lo[n], turn[n];
    store(in, x);
    store(hi, result.r.hi);
    store(lo, result.r.lo);
    store(turn, result.magic);
    for (int i = 0; i < n; ++i)
      if (abs(in[i]) > 1048576.0 && abs(in[i]) < infinity) {
        const angle<double> exact = reduce_huge(in[i]);
        hi[i] = exact.r.hi, lo[i] = exact.r.lo, turn[i] = exact.magic;
      }
    result = {{load<Real>(hi), load<Real>(lo)}, load<Real>(turn)};
  }
  return result;
}

/// sin r and cos r for |r| <= pi/4, in two parts that want one addition.
template <class Real> DOJIMA_FN twin<Real> sin_parts(twin<Real> r) {
  const Real z = r.hi * r.hi;
  Real p = 1.5918115263265974e-10;
  p = fma(p, z, -2.505113165023518e-08);
  p = fma(p, z, 2.7557316101617874e-06);
  p = fma(p, z, -0.00019841269836756774);
  p = fma(p, z, 0.008333333333330948);
  p = fma(p, z, -0.16666666666666666);
  return {r.hi, fma(r.hi * z, p, fma(-0.5 * z, r.lo, r.lo))};
}
template <class Real> DOJIMA_FN twin<Real> cos_parts(twin<Real> r) {
  const twin<Real> square = exact_product(r.hi, r.hi);
  const Real z = square.hi;
  Real p = -1.1382623647474604e-11;
  p = fma(p, z, 2.087614614655861e-09);
  p = fma(p, z, -2.7557317271145144e-07);
  p = fma(p, z, 2.480158729876456e-05);
  p = fma(p, z, -0.0013888888888887398);
  p = fma(p, z, 0.041666666666666664);
  const twin<Real> start = ordered_sum(Real(1.0), -0.5 * z);
  return {start.hi, fma(z * z, p, start.lo - fma(r.hi, r.lo, 0.5 * square.lo))};
}

/// sin of the angle, plus `quarters` more.
template <class Real> DOJIMA_FN Real sin_of(Real x, double quarters) {
  const angle<Real> a = reduce_angle(x);
  const Real turn = bits_left(a.magic + quarters, 62); // its sign and its next bit are the two lowest of the quarter
  const twin<Real> s = sin_parts(a.r), c = cos_parts(a.r);
  const Real size = select(bits_and(turn, Real(2.0)) > 0.0, c.hi + c.lo, s.hi + s.lo);
  return select(abs(x) < infinity, bits_xor(size, bits_and(turn, Real(-0.0))), Real(not_a_number));
}

template <class Real> DOJIMA_FN Real sin(Real x) { return select(abs(x) < 1e-9, x, sin_of(x, 0.0)); }
template <class Real> DOJIMA_FN Real cos(Real x) { return sin_of(x, 1.0); }

template <class Real> DOJIMA_FN Real tan(Real x) {
  const angle<Real> a = reduce_angle(x);
  const Real turn = bits_and(bits_left(a.magic, 62), Real(2.0));
  const auto odd = turn > 0.0; // then -cos / sin
  twin<Real> s = sin_parts(a.r), c = cos_parts(a.r);
  s = ordered_sum(s.hi, s.lo);
  c = ordered_sum(c.hi, c.lo);
  const Real ratio = quotient(twin<Real>{select(odd, c.hi, s.hi), select(odd, c.lo, s.lo)},
                              twin<Real>{select(odd, -s.hi, c.hi), select(odd, -s.lo, c.lo)});
  return select(abs(x) < infinity, select(abs(x) < 1e-9, x, ratio), Real(not_a_number));
}

// ---- the normal law ---------------------------------------------------------------------------------------------------------
// Below, Phi is the standard normal distribution function; erf and erfc are 2 Phi(sqrt(2) x) - 1 and 2 Phi(-sqrt(2) x).

/// Phi(y) - 1/2 for |y| <= 0.71, relative error below 2^-56.
template <class Real> DOJIMA_FN twin<Real> normal_centre(twin<Real> y) {
  const Real z = y.hi * y.hi;
  Real p = -1.014947669431606e-10;
  p = fma(p, z, 2.2623016153209517e-09);
  p = fma(p, z, -4.122071313312367e-08);
  p = fma(p, z, 6.659674998946716e-07);
  p = fma(p, z, -9.444655920921996e-06);
  p = fma(p, z, 0.00011543468758133754);
  p = fma(p, z, -0.0011873282154786593);
  p = fma(p, z, 0.00997355701003578);
  p = fma(p, z, -0.06649038006690544);
  const twin<Real> linear = exact_product(y.hi, Real(0.3989422804014327));
  const Real rest = fma(y.hi, -2.49232720227773e-17, fma(y.lo, 0.3989422804014327, linear.lo));
  return {linear.hi, fma(y.hi * z, p, rest)};
}

/// `factor` Phi(-y) for y in [0.69, 40], where `exponent` is -y^2/2: e^exponent P(t) / (y + 3/4) with t = (y - 4) / (y + 4).
/// The polynomial stays within [0.406, 0.464], so that its rounding counts little.
template <class Real> DOJIMA_FN Real normal_tail(twin<Real> y, twin<Real> exponent, double factor) {
  const Real t = (y.hi - 4.0) / (y.hi + 4.0);
  const Real z = t * t;
  Real even = 1.6487579898053388e-08;
  even = fma(even, z, -1.1598672328722619e-07);
  even = fma(even, z, 5.803439395382026e-07);
  even = fma(even, z, -2.7817372923354866e-06);
  even = fma(even, z, 1.4704138248208573e-05);
  even = fma(even, z, -9.501559998185661e-05);
  even = fma(even, z, 0.0007416932193322466);
  even = fma(even, z, -0.005129269113686851);
  even = fma(even, z, -0.03991403845450405);
  even = fma(even, z, -0.01709517911039305);
  Real odd = -9.130449491596493e-09;
  odd = fma(odd, z, 1.2819418532880367e-09);
  odd = fma(odd, z, 3.6040136203264114e-07);
  odd = fma(odd, z, -3.227335031788349e-06);
  odd = fma(odd, z, 2.0092668122676064e-05);
  odd = fma(odd, z, -8.304159070703206e-05);
  odd = fma(odd, z, -0.0004453265572681553);
  odd = fma(odd, z, 0.02005912135013794);
  odd = fma(odd, z, 0.04652721588798303);
  odd = fma(odd, z, -0.054104046939411905);
  Real n;
  const twin<Real> e = exp_parts(exponent, n);
  const twin<Real> polynomial = ordered_sum(Real(0.4484505461843524), fma(odd, t, fma(even, z, 2.6057988e-17)));
  twin<Real> top = exact_product(e.hi, polynomial.hi);
  top.lo = fma(e.hi, polynomial.lo, fma(e.lo, polynomial.hi, top.lo));
  twin<Real> divisor = exact_sum(y.hi, Real(0.75));
  divisor.lo = divisor.lo + y.lo;
  return scale(factor * quotient(top, divisor), n);
}

template <class Real> DOJIMA_FN Real norm_cdf(Real x) {
  const Real size = min(abs(x), Real(40.0));
  const twin<Real> square = exact_product(size, size);
  const Real tail = normal_tail(twin<Real>{size, Real(0.0)}, twin<Real>{-0.5 * square.hi, -0.5 * square.lo}, 1.0);
  const twin<Real> c = normal_centre(twin<Real>{x, Real(0.0)});
  const twin<Real> centre = ordered_sum(Real(0.5), c.hi);
  return select(size < 0.7, centre.hi + (centre.lo + c.lo), select(x > 0.0, 1.0 - tail, tail));
}

/// sqrt(2) x in two parts.
template <class Real> DOJIMA_FN twin<Real> times_root_two(Real x) {
  const twin<Real> p = exact_product(x, Real(1.4142135623730951));
  return {p.hi, fma(x, -9.667293313452913e-17, p.lo)};
}
/// erfc(x) for x in [1/2, 28].
template <class Real> DOJIMA_FN Real erfc_tail(Real x) {
  const twin<Real> square = exact_product(x, x);
  return normal_tail(times_root_two(x), twin<Real>{-square.hi, -square.lo}, 2.0);
}

template <class Real> DOJIMA_FN Real erf(Real x) {
  const Real size = min(abs(x), Real(28.0));
  const twin<Real> c = normal_centre(times_root_two(x));
  const Real outside = with_sign_of(x, 1.0 - erfc_tail(size));
  const Real centre = select(size < 1e-10, fma(x, 0.1283791670955126, x), 2.0 * (c.hi + c.lo)); // 2 / sqrt(pi) - 1
  return select(size < 0.5, centre, outside);
}

template <class Real> DOJIMA_FN Real erfc(Real x) {
  const Real size = min(abs(x), Real(28.0));
  const Real tail = erfc_tail(size);
  const twin<Real> c = normal_centre(times_root_two(x));
  const twin<Real> centre = ordered_sum(Real(1.0), -2.0 * c.hi);
  return select(size < 0.5, centre.hi + (centre.lo - 2.0 * c.lo), select(x > 0.0, tail, 2.0 - tail));
}

/// p * u + c without rounding.
template <class Real> DOJIMA_FN twin<Real> horner_step(twin<Real> p, Real u, Real c) {
  const twin<Real> product = exact_product(p.hi, u);
  const twin<Real> sum = exact_sum(product.hi, c);
  return {sum.hi, fma(p.lo, u, product.lo) + sum.lo};
}

/// Phi^-1(p) (M. J. Wichura 1988, "Algorithm AS 241", Appl. Statist. 37): three rational functions.
template <class Real> DOJIMA_FN Real inverse_norm_cdf(Real p) {
  const Real q = p - 0.5;
  const Real square = -ieee::log(select(q < 0.0, p, 1.0 - p));
  const Real r = sqrt(square);
  const auto centre = abs(q) <= 0.425, middle = r <= 5.0;
  const Real u = select(centre, fma(-q, q, 0.180625), select(middle, r - 1.6, r - 5.0));
  const auto choose = [&](double a, double b, double c) { return select(centre, Real(a), select(middle, Real(b), Real(c))); };
  Real top = choose(2.5090809287301226727e3, 7.74545014278341407640e-4, 2.01033439929228813265e-7);
  top = fma(top, u, choose(3.3430575583588128105e4, 2.27238449892691845833e-2, 2.71155556874348757815e-5));
  top = fma(top, u, choose(6.7265770927008700853e4, 2.41780725177450611770e-1, 1.24266094738807843860e-3));
  top = fma(top, u, choose(4.5921953931549871457e4, 1.27045825245236838258, 2.65321895265761230930e-2));
  top = fma(top, u, choose(1.3731693765509461125e4, 3.64784832476320460504, 2.96560571828504891230e-1));
  top = fma(top, u, choose(1.9715909503065514427e3, 5.76949722146069140550, 1.78482653991729133580));
  Real bottom = choose(5.2264952788528545610e3, 1.05075007164441684324e-9, 2.04426310338993978564e-15);
  bottom = fma(bottom, u, choose(2.8729085735721942674e4, 5.47593808499534494600e-4, 1.42151175831644588870e-7));
  bottom = fma(bottom, u, choose(3.9307895800092710610e4, 1.51986665636164571966e-2, 1.84631831751005468180e-5));
  bottom = fma(bottom, u, choose(2.1213794301586595867e4, 1.48103976427480074590e-1, 7.86869131145613259100e-4));
  bottom = fma(bottom, u, choose(5.3941960214247511077e3, 6.89767334985100004550e-1, 1.48753612908506148525e-2));
  bottom = fma(bottom, u, choose(6.8718700749205790830e2, 1.67638483018380384940, 1.36929880922735805310e-1));
  // The last two steps without rounding, and what the root was rounded by: the slope in r lies between 1.41 and 1.71.
  twin<Real> numerator = horner_step(twin<Real>{top, Real(0.0)}, u,
                                     choose(1.3314166789178437745e2, 4.63033784615654529590, 5.46378491116411436990));
  numerator = horner_step(numerator, u, choose(3.3871328727963666080, 1.42343711074968357734, 6.65790464350110377720));
  twin<Real> denominator = horner_step(twin<Real>{bottom, Real(0.0)}, u,
                                       choose(4.2313330701600911252e1, 2.05319162663775882187, 5.99832206555887937690e-1));
  denominator = horner_step(denominator, u, Real(1.0));
  const Real rounding = 0.75 * residual(square, r, r) / r;
  numerator.lo = fma(select(centre, Real(0.0), rounding), denominator.hi, numerator.lo);
  const Real ratio = quotient(numerator, denominator);
  const Real y = select(centre, q * ratio, with_sign_of(q, ratio));
  return select((p > 0.0) & (p < 1.0), y,
                select(p == 0.0, Real(-infinity), select(p == 1.0, Real(infinity), Real(not_a_number))));
}

} // namespace ieee
} // namespace DOJIMA_ISA
} // namespace dojima
