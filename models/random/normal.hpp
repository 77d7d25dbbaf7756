// Standard normal numbers (Box and Muller 1958, Ann. Math. Stat. 29) and Student-t numbers.
#pragma once

#include "models/random/uniform.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// The four normals of draws 4 * block .. 4 * block + 3 of a path, from 32-bit uniforms: they end at 6.76 standard deviations.
DOJIMA_FN void normals_at(std::uint64_t seed, std::uint32_t stream, std::uint64_t path, std::uint32_t block, double (&z)[4]) {
  const philox_words r = philox_at(seed, stream, path, block);
  DOJIMA_UNROLL
  for (int pair = 0; pair < 2; ++pair) {
    const double u = fma(static_cast<double>(r.w[2 * pair]), 2.3283064365386963e-10, 1.1641532182693481e-10); // (w + 1/2) 2^-32
    const double radius = sqrt(-2.0 * log(u));
    double sine, cosine;
    sincos_turn(r.w[2 * pair + 1], sine, cosine);
    z[2 * pair] = radius * cosine;
    z[2 * pair + 1] = radius * sine;
  }
}

/// sin and cos of the angle 2 pi u for u in [0, 1]; absolute error below 3e-16.
template <class Real> DOJIMA_FN void sincos_of_turn(Real u, Real& sine, Real& cosine) {
  const Real quarters = 4.0 * u;
  const Real magic = quarters + round_magic;
  const Real a = (quarters - (magic - round_magic)) * 1.5707963267948966; // |a| <= pi/4
  const Real z = a * a;
  Real s = -7.647163731819816e-13; // Taylor
  s = fma(s, z, 1.605904383682161e-10);
  s = fma(s, z, -2.505210838544172e-08);
  s = fma(s, z, 2.755731922398589e-06);
  s = fma(s, z, -1.984126984126984e-04);
  s = fma(s, z, 8.333333333333333e-03);
  s = fma(s, z, -1.6666666666666666e-01);
  s = fma(s * z, a, a);
  Real c = 4.779477332387385e-14;
  c = fma(c, z, -1.1470745597729725e-11);
  c = fma(c, z, 2.08767569878681e-09);
  c = fma(c, z, -2.755731922398589e-07);
  c = fma(c, z, 2.48015873015873e-05);
  c = fma(c, z, -1.388888888888889e-03);
  c = fma(c, z, 4.1666666666666664e-02);
  c = fma(c, z, -0.5);
  c = fma(c, z, 1.0);
  using Word = word_of<Real>;
  const Word quadrant = to_bits(magic), s_bits = to_bits(s), c_bits = to_bits(c);
  const Word exchanged = (s_bits ^ c_bits) & spread_lowest_bit(quadrant);
  const Word second = Word(2u);
  sine = from_bits(s_bits ^ exchanged ^ ((quadrant & second) << 62));
  cosine = from_bits(c_bits ^ exchanged ^ (((quadrant + Word(1u)) & second) << 62));
}

/// The two normals of one block of four words, from 53-bit uniforms U, V: sqrt(-2 ln(1 - U)) times cos and sin of 2 pi V. They
/// end at 8.57 standard deviations.
template <class Real> DOJIMA_FN void normal_pair(const word_of<Real> (&w)[4], Real& first, Real& second) {
  const Real radius = sqrt(-2.0 * log(1.0 - uniform53(w[0], w[1])));
  Real sine, cosine;
  sincos_of_turn(uniform53(w[2], w[3]), sine, cosine);
  first = radius * cosine;
  second = radius * sine;
}

/// e^x - 1 for x >= 0. Error below 2 ulp; held at x = 709.
template <class Real> DOJIMA_FN Real expm1_positive(Real x) {
  const Real c = min(x, Real(709.0));
  const Real t = fma(c, 1.4426950408889634, round_magic);
  const Real n = t - round_magic;
  Real r = fma(n, -6.93147180369123816490e-01, c);
  r = fma(n, -1.90821492927058770002e-10, r);
  Real p = 1.6059043836821613e-10; // (e^r - 1 - r) / r^2 by Taylor to r^13
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
  p = fma(p, r, 0.5);
  const Real scale = scale2(Real(1.0), t);
  return fma(scale, fma(p * r, r, r), scale - 1.0);
}

/// The Student-t number of one block of four words (Bailey 1994, "Polar generation of random variates with the t-distribution",
/// Math. Comp. 62): sqrt(nu (W^(-2/nu) - 1)) cos(2 pi V) with W = 1 - U. It is exact for every nu > 0 and takes no rejection.
/// With h = W^(-1/nu) - 1 the root is sqrt(nu) sqrt(h) sqrt(h + 2), which neither cancels for large nu nor overflows. Below nu
/// = 0.052 the far tails, beyond 1e307, are cut.
template <class Real> DOJIMA_FN Real student_number(const word_of<Real> (&w)[4], double root_nu, double inverse_nu) {
  const Real h = expm1_positive(-inverse_nu * log(1.0 - uniform53(w[0], w[1])));
  Real sine, cosine;
  sincos_of_turn(uniform53(w[2], w[3]), sine, cosine);
  return root_nu * (sqrt(h) * sqrt(h + 2.0)) * cosine;
}

} // namespace DOJIMA_ISA
} // namespace dojima
