// Black-Scholes with rate, dividend yield and volatility of each step (Black and Scholes 1973; Merton 1973):
//
//   S(t + h) = S(t) exp(growth - variance / 2 + sqrt(variance) Z).
//
// The step is exact: no bias, whatever its length. Cash dividends: black_scholes_dividends.hpp.
#pragma once

#include "models/process/process.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct black_scholes {
  static constexpr int states = 1, normals = 1, observables = 2;
  static constexpr int correlated = 1;
  static constexpr double largest_step = infinity;
  /// drift and deviation in powers of two; variance of ln S.
  template <class T> struct step {
    T drift, deviation, variance;
    T unused; ///< so that a step is one load of a GPU
  };

#ifndef __CUDACC_RTC__
  /// variances: of ln S over each step.
  static prepared<black_scholes> prepare(double spot, std::span<const grid_step> grid, std::span<const double> variances) {
    prepared<black_scholes> p{{spot}, {}, {}};
    for (std::size_t i = 0; i < grid.size(); ++i)
      p.steps.push_back({(grid[i].growth - 0.5 * variances[i]) * log2_e, std::sqrt(variances[i]) * log2_e, variances[i], 0.0});
    return p;
  }
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T*) {
    x[0] = x[0] * power_of_two(fma(Real(c.deviation), d.z[0], Real(c.drift)));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = x[0];
    out[1] = Real(c.variance);
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
