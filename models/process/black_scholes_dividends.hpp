// Black-Scholes with cash dividends that lower the spot at their dates (the spot model: between dividends as black_scholes.hpp,
// with the volatility of the spot):
//
//   S(t + h) = S(t) exp(growth - variance / 2 + sqrt(variance) Z) - dividend, at least 0.
//
// The step is exact: no bias, whatever its length, where dividends fall on ends of steps.
#pragma once

#include "models/process/process.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct black_scholes_dividends {
  static constexpr int states = 2, normals = 1, observables = 3; // S, S before the dividend
  static constexpr int correlated = 1;
  static constexpr double largest_step = infinity;
  /// drift and deviation in powers of two; variance of ln S.
  template <class T> struct step { T drift, deviation, dividend, variance; };

#ifndef __CUDACC_RTC__
  /// variances: of ln S over each step.
  static prepared<black_scholes_dividends> prepare(double spot, std::span<const grid_step> grid,
                                                   std::span<const double> variances) {
    prepared<black_scholes_dividends> p{{spot, spot}, {}, {}};
    for (std::size_t i = 0; i < grid.size(); ++i)
      p.steps.push_back(
          {(grid[i].growth - 0.5 * variances[i]) * log2_e, std::sqrt(variances[i]) * log2_e, grid[i].dividend, variances[i]});
    return p;
  }
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T*) {
    x[1] = x[0] * power_of_two(fma(Real(c.deviation), d.z[0], Real(c.drift)));
    x[0] = max(x[1] - c.dividend, Real(0.0));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = x[0];
    out[1] = Real(c.variance);
    out[2] = x[1];
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
