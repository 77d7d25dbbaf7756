// Black-Scholes with lognormal jumps (Merton 1976, J. Financial Economics 3): jumps of ln S come at rate lambda a year and are
// N(mean, deviation^2) each, so that over a step with N of them
//
//   S(t + h) = S(t) exp(growth - sigma^2 h / 2 - lambda h (E e^J - 1) + sigma sqrt(h) Z + N mean + sqrt(N) deviation Y),
//
// The step is exact: no bias, whatever its length, for lambda h < 350. Watched at all times (process.hpp), touches are off by
// 0.001 of their payment at twenty jumps a year. No cash dividends.
#pragma once

#include "models/process/poisson.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct merton {
  static constexpr int states = 2;                   // S; the jumps of the last step, of ln S in powers of two
  static constexpr int normals = 3, observables = 3; // z: diffusion, jump sizes, number of jumps
  static constexpr int correlated = 1;
  /// No bias at any: a year bounds the jumps of a step.
  static constexpr double largest_step = 1.0;
  /// In powers of two but for the variance of ln S; the thresholds of the number of jumps are `count` entries from `row`.
  template <class T> struct step {
    T drift, deviation, jump_mean, jump_deviation, row, count, variance;
    T unused; ///< so that a step is loads of 16 bytes on a GPU
  };

#ifndef __CUDACC_RTC__
  static double watched_step(const merton_model& m) { return watched_step_of(m.intensity); }
  static prepared<merton> prepare(const merton_model& m, double spot, std::span<const grid_step> grid) {
    prepared<merton> p{{spot, 0.0}, {}, {}};
    const double excess = std::expm1(m.jump_mean + 0.5 * m.jump_deviation * m.jump_deviation);
    for (const grid_step& g : grid) {
      const double h = g.length(), variance = m.volatility * m.volatility * h;
      const std::size_t row = p.table.size();
      append_jump_thresholds(m.intensity * g.jump_length(), p.table);
      p.steps.push_back({(g.growth - 0.5 * variance - m.intensity * h * excess) * log2_e, std::sqrt(variance) * log2_e,
                         m.jump_mean * log2_e, m.jump_deviation * log2_e, static_cast<double>(row),
                         static_cast<double>(p.table.size() - row), variance, 0.0});
    }
    return p;
  }
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T* table) {
    const Real n = jump_count(d.z[2], table + static_cast<int>(c.row), static_cast<int>(c.count));
    x[1] = fma(Real(c.jump_mean), n, c.jump_deviation * sqrt(n) * d.z[1]);
    x[0] = x[0] * power_of_two(fma(Real(c.deviation), d.z[0], c.drift + x[1]));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = x[0];
    out[1] = Real(c.variance);
    out[2] = x[0] * power_of_two(-x[1]);
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
