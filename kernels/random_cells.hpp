// One cell of each random kernel, over any Real.
#pragma once

#include "kernels/arguments.hpp"
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

} // namespace DOJIMA_ISA
} // namespace dojima
