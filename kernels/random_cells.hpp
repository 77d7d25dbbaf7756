// One cell of each random kernel, over any Real.
#pragma once

#include "kernels/arguments.hpp"
#include "models/elementary.hpp"
#include "models/process/draws.hpp"
#include "models/random/normal.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

namespace k = dojima::kernels;

template <class Real> DOJIMA_FN void column_words(const k::random_target& to, std::int64_t s, word_of<Real> (&w)[4]) {
  using Word = word_of<Real>;
  stream_words(to.seed, to.stream, Word(to.first_block + static_cast<std::uint64_t>(s)) + lane_numbers<Real>(), w);
}

template <class Real> DOJIMA_FN void put_pairs(const k::random_target& to, std::int64_t s, const Real& a, const Real& b) {
  if (to.narrow) store_pairs(static_cast<float*>(to.out) + 2 * s, a, b);
  else store_pairs(static_cast<double*>(to.out) + 2 * s, a, b);
}

template <class Real> DOJIMA_FN void run(const k::random_bits& c, std::int64_t, std::int64_t s) {
  word_of<Real> w[4];
  column_words<Real>(c.to, s, w);
  store_pairs(static_cast<std::uint64_t*>(c.to.out) + 2 * s, low_half(w[0]) | (w[1] << 32), low_half(w[2]) | (w[3] << 32));
}

template <class Real> DOJIMA_FN void run(const k::random_uniform& c, std::int64_t, std::int64_t s) {
  word_of<Real> w[4];
  column_words<Real>(c.to, s, w);
  const auto scaled = [&](const Real& u) { return c.low + c.width * u; };
  if (c.to.narrow)
    store_fours(static_cast<float*>(c.to.out) + 4 * s, scaled(uniform24(w[0])), scaled(uniform24(w[1])),
                scaled(uniform24(w[2])), scaled(uniform24(w[3])));
  else store_pairs(static_cast<double*>(c.to.out) + 2 * s, scaled(uniform53(w[0], w[1])), scaled(uniform53(w[2], w[3])));
}

template <class Real> DOJIMA_FN void run(const k::random_normal& c, std::int64_t, std::int64_t s) {
  word_of<Real> w[4];
  column_words<Real>(c.to, s, w);
  Real a, b;
  normal_pair<Real>(w, a, b);
  a = c.mean + c.deviation * a;
  b = c.mean + c.deviation * b;
  if (c.exponential) a = exp(a), b = exp(b);
  put_pairs(c.to, s, a, b);
}

template <class Real> DOJIMA_FN void run(const k::random_student& c, std::int64_t, std::int64_t s) {
  word_of<Real> w[4];
  column_words<Real>(c.to, s, w);
  const Real x = c.location + c.scale * student_number<Real>(w, c.root_degrees, c.inverse_degrees);
  if (c.to.narrow) store(static_cast<float*>(c.to.out) + s, x);
  else store(static_cast<double*>(c.to.out) + s, x);
}

template <class Real> DOJIMA_FN void run(const k::random_integers& c, std::int64_t, std::int64_t s) {
  using Word = word_of<Real>;
  Word w[4];
  column_words<Real>(c.to, s, w);
  const Word low(static_cast<std::uint64_t>(c.low));
  const Word a = low + integer_below(c.range, w[0], w[1]), b = low + integer_below(c.range, w[2], w[3]);
  if (c.to.narrow) store(static_cast<std::uint64_t*>(c.to.out) + s, low_half(a) | (b << 32));
  else store_pairs(static_cast<std::uint64_t*>(c.to.out) + 2 * s, a, b);
}

template <class Real> DOJIMA_FN void run(const k::sobol_points& c, std::int64_t i, std::int64_t s) {
  using Word = word_of<Real>;
  const std::uint32_t index = c.first + static_cast<std::uint32_t>(s);
  const Word lane = Word(std::uint64_t{index & 63u}) + lane_numbers<Real>();
  const Word x = sobol_at(c.dimensions[i], c.scramble, index & ~63u, lane);
  store(c.out + i * c.stride + s, sobol_number(x, c.scramble));
}

template <class Real> DOJIMA_FN void run(const k::path_draws& c, std::int64_t i, std::int64_t s) {
  using Word = word_of<Real>;
  const int normals = c.normals, words = words_of_step(normals), group = steps_of_group(words), blocks = blocks_of_group(words);
  const std::int64_t step = i / c.assets, asset = i % c.assets;
  const std::uint64_t path = static_cast<std::uint64_t>(c.first_path + s);
  Word w[12] = {};
  for (int b = 0; b < blocks; ++b) {
    Word x[4];
    set_counter(x, Word(static_cast<std::uint32_t>(path)) + lane_numbers<Real>(), path,
                static_cast<std::uint32_t>((step / group * c.assets + asset) * blocks + b), c.stream);
    philox_rounds(x, static_cast<std::uint32_t>(c.seed), static_cast<std::uint32_t>(c.seed >> 32));
    for (int k = 0; k < 4; ++k) w[4 * b + k] = x[k];
  }
  const int within = static_cast<int>(step % group);
  double* to = c.draws.data + i * normals * c.draws.stride + s;
  Real first, second;
  if (words == 1) {
    box_muller(w[within / 2 * 2], w[within / 2 * 2 + 1], first, second);
    store(to, within % 2 == 0 ? first : second);
    return;
  }
  for (int k = 0; k < normals; k += 2) {
    box_muller(w[within * words + k], w[within * words + k + 1], first, second);
    store(to + k * c.draws.stride, first);
    if (k + 1 < normals) store(to + (k + 1) * c.draws.stride, second);
  }
}

template <class Real> DOJIMA_FN void run(const k::sobol_draws& c, std::int64_t i, std::int64_t s) {
  using Word = word_of<Real>;
  const std::uint32_t index = c.first + static_cast<std::uint32_t>(s);
  const Word lane = Word(std::uint64_t{index & 63u}) + lane_numbers<Real>();
  const auto u = sobol_number(sobol_at(c.dimensions[i], sobol_scramble::owen, index & ~63u, lane), sobol_scramble::owen);
  store(c.draws.data + i * c.draws.stride + s, ieee::inverse_norm_cdf(u));
}

template <class Real> DOJIMA_FN void run(const k::map_draws& c, std::int64_t i, std::int64_t s) {
  const std::int64_t step = i / c.assets, asset = i % c.assets;
  double* to = c.to.data + ((step * c.assets + asset) * c.numbers + c.number) * c.to.stride + s;
  Real sum = c.add ? load<Real>(to) : Real(0.0);
  const std::int64_t end = c.lower ? step + 1 : c.steps;
  for (std::int64_t j = 0; j < end; ++j)
    sum = fma(Real(c.map[step * c.steps + j]),
              load<Real>(c.from.data + ((j * c.assets + asset) * c.numbers + c.source) * c.from.stride + s), sum);
  store(to, sum);
}

} // namespace DOJIMA_ISA
} // namespace dojima
