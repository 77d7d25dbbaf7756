// The random numbers of a step by their address. A path's words are counted in blocks of four (one call of Philox):
//
//   block = (group of steps * assets + asset) * blocks per group + b
//
// where a process that needs one or two words a step takes four or two steps from one block, and others whole blocks for each
// step. The words of a step make its normals in pairs (Box and Muller 1958), then its uniforms.
#pragma once

#include "models/process/process.hpp"
#include "models/random/normal.hpp"
#include "models/single.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// How the draws of a process lie in the blocks: words of a step, steps of a group, blocks of a group.
DOJIMA_FN constexpr int words_of_step(int normals, int uniforms) {
  return normals <= 1 && uniforms == 0 ? 1 : (normals + 1) / 2 * 2 + uniforms;
}
DOJIMA_FN constexpr int steps_of_group(int words) { return words <= 1 ? 4 : words <= 2 ? 2 : 1; }
DOJIMA_FN constexpr int blocks_of_group(int words) { return (words * steps_of_group(words) + 3) / 4; }
template <int normals, int uniforms> struct draw_layout {
  static constexpr int words = words_of_step(normals, uniforms);
  static constexpr int steps = steps_of_group(words), blocks = blocks_of_group(words);
};

/// (w + 1/2) 2^-32, in (0, 1).
template <class Real, class Word> DOJIMA_FN Real uniform32(const Word& w) {
  return fma(real_of_low_half(w), Real(2.3283064365386963e-10), Real(1.1641532182693481e-10));
}
/// The same rounded, in (0, 1].
template <single_precision Real, class Word> DOJIMA_FN Real uniform32_rounded(const Word& w) {
  return fma(real_of_word(w), Real(2.3283064365386963e-10), Real(1.1641532182693481e-10));
}
template <single_precision Real, class Word> DOJIMA_FN Real uniform32(const Word& w) {
  return min(uniform32_rounded<Real>(w), Real(0.99999994039535522)); // 1 - 2^-24
}

/// Two normals from two words: they end at 6.76 standard deviations.
template <class Real, class Word> DOJIMA_FN void box_muller(const Word& w0, const Word& w1, Real& first, Real& second) {
  const Real radius = sqrt(-2.0 * log(uniform32<Real>(w0)));
  Real sine, cosine;
  sincos_of_turn(Real(real_of_low_half(w1) * 2.3283064365386963e-10), sine, cosine);
  first = radius * cosine;
  second = radius * sine;
}

template <single_precision Real, class Word>
DOJIMA_FN void box_muller(const Word& w0, const Word& w1, Real& first, Real& second) {
  const Real radius = sqrt(scaled_log(-2.0, uniform32_rounded<Real>(w0)));
  Real sine, cosine;
  sincos_of_word(w1, sine, cosine);
  first = radius * cosine;
  second = radius * sine;
}

/// The draws of all steps of a group from its words.
template <class Real, int normals, int uniforms, class Word>
DOJIMA_FN void make_draws(const Word (&w)[4 * draw_layout<normals, uniforms>::blocks],
                          draws<Real, normals, uniforms> (&d)[draw_layout<normals, uniforms>::steps]) {
  using layout = draw_layout<normals, uniforms>;
  if constexpr (layout::steps == 4) {
    box_muller(w[0], w[1], d[0].z[0], d[1].z[0]);
    box_muller(w[2], w[3], d[2].z[0], d[3].z[0]);
  } else {
    DOJIMA_UNROLL
    for (int s = 0; s < layout::steps; ++s) {
      DOJIMA_UNROLL
      for (int k = 0; k < normals; k += 2) {
        Real unused;
        box_muller(w[s * layout::words + k], w[s * layout::words + k + 1], d[s].z[k], k + 1 < normals ? d[s].z[k + 1] : unused);
      }
      DOJIMA_UNROLL
      for (int k = 0; k < uniforms; ++k) d[s].u[k] = uniform32<Real>(w[s * layout::words + (normals + 1) / 2 * 2 + k]);
    }
  }
}

} // namespace DOJIMA_ISA
} // namespace dojima
