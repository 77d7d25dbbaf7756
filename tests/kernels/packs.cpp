// Register packs beside scalars, lane by lane; compiled for each instruction set with the flags of the kernels.
#include "kernels/cpu/gather.hpp"
#include "models/process/black_scholes.hpp"
#include "models/process/draws.hpp"
#include "models/process/gather.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {
namespace {

using reporter = void (*)(const char* what, int differing);

/// How many lanes of f(pack) differ in any bit from f(scalar); f takes numbers of `from` to `to` and their lanes' words.
template <class Pack, class Scalar, class F> int differing(double from, double to, F f) {
  using T = uniform_of<Pack>;
  constexpr int width = Pack::width, rounds = 64;
  int count = 0;
  for (int r = 0; r < rounds; ++r) {
    T x[width], y[width];
    for (int i = 0; i < width; ++i) x[i] = static_cast<T>(from + (to - from) * (r * width + i + 0.25) / (rounds * width));
    const auto lane = static_cast<std::uint32_t>(r * width);
    store(y, f(load<Pack>(x), word_of<Pack>(lane) + lane_numbers<Pack>()));
    for (int i = 0; i < width; ++i) {
      T z;
      store(&z, f(Scalar(x[i]), word_of<Scalar>(lane + static_cast<std::uint32_t>(i))));
      count += __builtin_memcmp(&y[i], &z, sizeof(T)) != 0;
    }
  }
  return count;
}

/// The draws of a path with two normals a step.
template <class Real> draws<Real, 2> draws_of(const word_of<Real>& path) {
  using Word = word_of<Real>;
  Word w[4] = {path, Word(5u), Word(0u), Word(3u)};
  philox_rounds(w, 42u, 7u);
  draws<Real, 2> d[2];
  make_draws(w, d);
  return d[1];
}

template <class Real> Real entry_of(Real x) {
  static constexpr uniform_of<Real> table[] = {1, 2, 4, 8, 16, 32};
  return gather(table, nearest_whole(x));
}

template <class Real> Real step_of(Real spot, const word_of<Real>& path) {
  using T = uniform_of<Real>;
  Real x[] = {spot};
  const typename black_scholes<Real>::template step<T> c{T(0.001), T(0.02), T(1), T(0)};
  black_scholes<Real>::advance(x, c, {{draws_of<Real>(path).z[0]}}, static_cast<const T*>(nullptr));
  return x[0];
}

template <class Pack, class Scalar> void compare(reporter report) {
#define DOJIMA_COMPARE(from, to, expression)                                    \
  report(#expression, differing<Pack, Scalar>(from, to, [](auto x, auto path) { \
           using Real = decltype(x);                                            \
           (void)path;                                                          \
           return Real(expression);                                             \
         }))
  DOJIMA_COMPARE(-4, 4, -x + 2.0 * x / (x - 0.5));
  DOJIMA_COMPARE(-4, 4, fma(x, x, -0.75 * x));
  DOJIMA_COMPARE(0, 4, sqrt(x));
  DOJIMA_COMPARE(0, 4, root_of_positive(x));
  DOJIMA_COMPARE(0, 1e-12, root_of_positive(x));
  DOJIMA_COMPARE(0, 1e200, root_of_positive(x));
  DOJIMA_COMPARE(-4, 4, abs(min(max(x, -3.0), 3.0)));
  DOJIMA_COMPARE(-4, 4, select((x > 1.0) | !(x >= -1.0), x, Real(0.5)));
  DOJIMA_COMPARE(-90, 90, exp(x));
  DOJIMA_COMPARE(-1, 9, log(x));
  DOJIMA_COMPARE(-100, 100, power_of_two(x));
  DOJIMA_COMPARE(-9, 9, norm_cdf(x));
  DOJIMA_COMPARE(0, 1, draws_of<Real>(path).z[0]);
  DOJIMA_COMPARE(0, 1, draws_of<Real>(path).z[1]);
  DOJIMA_COMPARE(0, 5, entry_of(x));
  DOJIMA_COMPARE(50, 150, step_of(x, path));
#undef DOJIMA_COMPARE
}

} // namespace

void compare_packs(reporter report_double, reporter report_single);
void compare_packs(reporter report_double, reporter report_single) {
  compare<pack, double>(report_double);
  compare<pack_single, single>(report_single);
}

} // namespace DOJIMA_ISA
} // namespace dojima
