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
  Real s, c;
  sincos_taylor(a, s, c);
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
  Real n, t, r;
  split_exponential(min(x, Real(709.0)), n, t, r);
  const Real scale = scale2(Real(1.0), t);
  return fma(scale, fma(exp_taylor(r) * r, r, r), scale - 1.0);
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
