// Local volatility (Dupire 1994, "Pricing with a smile", Risk 7): dS / S = mu dt + sigma(S, t) dW, with sigma a function of the
// log-moneyness x = ln S / F(t), per square root of a year. By Euler's step for x,
//
//   x(t + h) = x(t) + s Z - s^2 / 2,   s^2 = integral over the step of sigma(x(t), u)^2 du,
//
// under which S / F is a martingale whatever the step. Between the nodes of the model's grid sigma is linear in x, outside it
// is flat, and the integral over time is exact, as sigma is constant between the model's times.
//
// The weak error is proportional to h (Talay and Tubaro 1990): at steps of largest_step European options of half a year and
// more are within 0.015% of the spot where sigma falls by 0.25 over ln S, and 0.03% at twice that step. No cash dividends.
#pragma once

#include "models/process/gather.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct local_volatility {
  static constexpr int states = 2, normals = 1, uniforms = 0, observables = 2; // ln S / F(t), variance of the last step
  static constexpr double largest_step = 1.0 / 100;
  template <class T> struct step {
    T forward;         ///< F(t + h)
    T row, last;       ///< the table's entries row .. row + last hold s at the grid's nodes
    T position, scale; ///< the node of x is position + scale x
  };

#ifndef __CUDACC_RTC__
  /// The forwards of the grid stand for the spot.
  static prepared<local_volatility> prepare(const local_volatility_model& m, double /*spot*/, std::span<const grid_step> grid) {
    prepared<local_volatility> p{{0.0, 0.0}, {}, {}};
    const std::size_t nodes = m.log_moneyness.size();
    const double last = static_cast<double>(nodes - 1), scale = last / (m.log_moneyness.back() - m.log_moneyness.front());
    for (const grid_step& g : grid) {
      p.steps.push_back({g.forward, static_cast<double>(p.table.size()), last, -m.log_moneyness.front() * scale, scale});
      for (std::size_t j = 0; j < nodes; ++j) p.table.push_back(std::sqrt(variance(m, j, g.start, g.end)));
    }
    return p;
  }

private:
  /// Integral of sigma^2 at node j; before the first time and after the last the nearest row holds.
  static double variance(const local_volatility_model& m, std::size_t j, double start, double end) {
    double sum = 0.0;
    for (std::size_t i = 0; i < m.times.size() && start < end; ++i) {
      const double until = i + 1 < m.times.size() ? std::min(m.times[i], end) : end;
      if (until <= start) continue;
      sum += m.values[i][j] * m.values[i][j] * (until - start);
      start = until;
    }
    return sum;
  }

public:
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals, uniforms>& d, const T* table) {
    const Real s = gather_linear(table, Real(c.row), Real(c.last), fma(Real(c.scale), x[0], Real(c.position)));
    x[0] = fma(s, fma(Real(-0.5), s, d.z[0]), x[0]);
    x[1] = s * s;
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = c.forward * exp(x[0]);
    out[1] = x[1];
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
