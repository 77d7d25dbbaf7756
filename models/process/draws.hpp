// The random numbers of a step by their address. A path's words are counted in blocks of four (one call of Philox):
//
//   block = (group of steps * assets + asset) * blocks per group + b
//
// where a process that needs one or two words a step takes four or two steps from one block, and others whole blocks for each
// step. The words of a step make its normals in pairs (Box and Muller 1958).
//
// Where one word is all that a path needs (one step of one asset, draws that do not go through memory), four paths share a
// block: path p takes normal k = p / 128 mod 4 of block 0 of path p - 128 k.
#pragma once

#include "models/process/process.hpp"
#include "models/random/normal.hpp"
#include "models/single.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// How the draws of a process lie in the blocks: words of a step, steps of a group, blocks of a group.
DOJIMA_FN constexpr int words_of_step(int normals) { return normals == 1 ? 1 : (normals + 1) / 2 * 2; }
DOJIMA_FN constexpr int steps_of_group(int words) { return words == 1 ? 4 : words == 2 ? 2 : 1; }
DOJIMA_FN constexpr int blocks_of_group(int words) { return (words * steps_of_group(words) + 3) / 4; }
template <int normals> struct draw_layout {
  static constexpr int words = words_of_step(normals);
  static constexpr int steps = steps_of_group(words), blocks = blocks_of_group(words);
};

/// (w + 1/2) 2^-32, rounded to (0, 1].
template <single_precision Real, class Word> DOJIMA_FN Real uniform32(const Word& w) {
  return fma(real_of_word(w), Real(2.3283064365386963e-10), Real(1.1641532182693481e-10));
}

/// (-2 ln(1 + f) + 2 f) / f^2 on [sqrt(1/2), sqrt(2)] - 1; the logarithm has a relative error below 6e-17.
DOJIMA_COEFFICIENTS log_coefficients[] = {0.056600836459898565, -0.12650255834351418, 0.1357414302321645,  -0.11947065125258091,
                                          0.12082235175227096,  -0.1324321370259411,  0.14320522214715165, -0.15395421528082537,
                                          0.16665104028409083,  -0.18181166578088098, 0.20000036377298666, -0.22222244036544833,
                                          0.24999999659488018,  -0.2857142817433483,  0.333333333325345,   -0.40000000003483493,
                                          0.5000000000002474,   -0.6666666666665619,  0.9999999999999994};

/// -2 ln(x 2^-shift) for positive normal x below infinity; error below 2 ulp.
template <class Real> DOJIMA_FN Real minus_two_log(const Real& x, int shift) {
  constexpr double two_ln2 = 1.3862943611198906;
  Real m, k;
  split_exponent(x, m, k);
  const Real f = m - 1.0;
  return fma(f * f, polynomial(log_coefficients, f), fma(f, -2.0, fma(k, -two_ln2, shift * two_ln2)));
}
template <class Real> DOJIMA_FN Real minus_two_log(const Real& x) { return minus_two_log(x, 0); }
template <single_precision Real> DOJIMA_FN Real minus_two_log(const Real& x) { return scaled_log(-2.0, x); }

/// The square root of positive normal numbers; on the GPU without a branch for others.
template <class Real> DOJIMA_FN Real root_of_positive(const Real& x) { return sqrt(x); }
#ifdef __CUDA_ARCH__
DOJIMA_FN double root_of_positive(double x) { // rounded to nearest, as everywhere
  double y;
  asm("rsqrt.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(x));
  const double e = fma(-(y * y), x, 1.0);
  y = fma(fma(e, 0.375, 0.5), y * e, y);
  const double root = x * y;
  return fma(fma(-root, root, x), from_bits(to_bits(y) - (std::uint64_t{1} << 52)), root);
}
#endif

// sin(c t) / t and (cos(c t) - 1) / t^2 in powers of t^2, where c = 2 pi / 2^32 and |t| <= 2^29; errors below 1e-17 and 6e-17
// in the sine and cosine.
DOJIMA_COEFFICIENTS sine_coefficients[] = {2.2325207786233174e-125, -1.6452662787580613e-105, 8.45701129524081e-86,
                                           -2.8451784651350133e-66, 5.583657738821571e-47,    -5.218056424438241e-28,
                                           1.4629180792671596e-09};
DOJIMA_COEFFICIENTS cosine_coefficients[] = {1.9825077620171137e-115, -1.237100999555006e-95, 5.2028270362863006e-76,
                                             -1.3614056407489365e-56, 1.908397270479244e-37,  -1.0700646533233468e-18};

/// sin and cos of the angle 2 pi w / 2^32; absolute error below 2e-16.
template <class Real, class Word> DOJIMA_FN void sincos_of_low_half(const Word& w, Real& sine, Real& cosine) {
  const Word turned = w + Word(0x20000000u), quadrant = turned >> 30;
  const Real t = from_bits((turned & Word(0x3fffffffu)) | Word(0x4330000000000000u)) - 4503600164241408.0; // 2^52 + 2^29
  const Real z = t * t;
  const Real s = t * polynomial(sine_coefficients, z), c = fma(polynomial(cosine_coefficients, z), z, 1.0);
  const Word s_bits = to_bits(s), c_bits = to_bits(c), second = Word(2u);
  const Word exchanged = (s_bits ^ c_bits) & spread_lowest_bit(quadrant);
  sine = from_bits(s_bits ^ exchanged ^ ((quadrant & second) << 62));
  cosine = from_bits(c_bits ^ exchanged ^ (((quadrant + Word(1u)) & second) << 62));
}

/// A point of the plane whose coordinates are normal, from two words: its squared distance from the origin, which ends at 6.76
/// squared, and its direction.
template <class Real, class Word> DOJIMA_FN Real squared_radius(const Word& w) {
  return minus_two_log(from_bits(low_half(w) | Word(0x4330000000000000u)) - 4503599627370495.5, 32); // w + 1/2
}
template <single_precision Real, class Word> DOJIMA_FN Real squared_radius(const Word& w) {
  return scaled_log(-2.0, uniform32<Real>(w));
}
template <class Real, class Word> DOJIMA_FN void direction(const Word& w, Real& cosine, Real& sine) {
  if constexpr (single_precision<Real>) sincos_of_word(w, sine, cosine);
  else sincos_of_low_half(w, sine, cosine);
}

/// Two normals from two words: they end at 6.76 standard deviations.
template <class Real, class Word> DOJIMA_FN void box_muller(const Word& w0, const Word& w1, Real& first, Real& second) {
  Real radius = squared_radius<Real>(w0), cosine, sine;
#ifdef __CUDA_ARCH__ // the same operations: this order saves registers here, the other one time on the CPU
  radius = root_of_positive(radius);
  direction(w1, cosine, sine);
#else
  direction(w1, cosine, sine);
  radius = root_of_positive(radius);
#endif
  first = radius * cosine;
  second = radius * sine;
}

/// Normal k as one number, and from one number.
template <class Real, int normals, bool polar> DOJIMA_FN Real normal(const draws<Real, normals, polar>& d, int k) {
  if constexpr (polar) return root_of_positive(d.square[k]) * d.z[k];
  else return d.z[k];
}
template <class Real, int normals, bool polar> DOJIMA_FN void set_normal(draws<Real, normals, polar>& d, int k, const Real& z) {
  d.z[k] = z;
  if constexpr (polar) d.square[k] = Real(1.0);
}

/// A process with `rho` (process.hpp).
template <class Process>
concept has_rho = requires(const typename Process::template step<double>& c) {
  Process::rho(c);
};
/// From the spot's own normal in z[0] and an independent one in z[1] the pair that `advance` takes: a turn of the plane.
template <class Real, int normals, bool polar> DOJIMA_FN void turn(draws<Real, normals, polar>& d, const Real& rho) {
  const Real rest = sqrt(max(fma(-rho, rho, Real(1.0)), Real(0.0))), own = normal(d, 0), other = normal(d, 1);
  set_normal(d, 0, fma(rest, own, -(rho * other)));
  set_normal(d, 1, fma(rho, own, rest * other));
}

/// The draws of all steps of a group from its words.
template <class Real, int normals, bool polar, class Word>
DOJIMA_FN void make_draws(const Word (&w)[4 * draw_layout<normals>::blocks],
                          draws<Real, normals, polar> (&d)[draw_layout<normals>::steps]) {
  using layout = draw_layout<normals>;
  if constexpr (layout::words == 1) {
    box_muller(w[0], w[1], d[0].z[0], d[1].z[0]);
    box_muller(w[2], w[3], d[2].z[0], d[3].z[0]);
  } else {
    DOJIMA_UNROLL
    for (int s = 0; s < layout::steps; ++s) {
      DOJIMA_UNROLL
      for (int k = 0; k < normals; k += 2) {
        Real unused;
        const Word &w0 = w[s * layout::words + k], &w1 = w[s * layout::words + k + 1];
        Real& second = k + 1 < normals ? d[s].z[k + 1] : unused;
        if constexpr (polar) {
          d[s].square[k] = squared_radius<Real>(w0);
          if (k + 1 < normals) d[s].square[k + 1] = d[s].square[k];
          direction(w1, d[s].z[k], second);
        } else {
          box_muller(w0, w1, d[s].z[k], second);
        }
      }
    }
  }
}

} // namespace DOJIMA_ISA
} // namespace dojima
