// Local volatility (Dupire 1994, "Pricing with a smile", Risk 7): dS / S = mu dt + sigma(S, t) dW, with sigma a function of the
// log-moneyness x = ln S / F(t), per square root of a year. Write s(x)^2 for the integral of sigma(x, u)^2 over a step; then
//
//   x(t + h) = x(t) + s Z + b Z^2 - c,   s = (s+ + s-) / 2,  b = (s+ - s-) / sqrt(8),
//   s+, s- = s(x - 3/4 s(x)^2 +- s(x) / sqrt(2)),   c = s^2 / (2 - 4b) - ln(1 - 2b) / 2.
//
// The two points stand for the spread and the drift of sigma along the step, so that the mean of e^x and the second and third
// moments of x's increment are those of the diffusion up to h^3: a simplified Ito-Taylor scheme of weak order 2 (Kloeden and
// Platen 1992, "Numerical Solution of Stochastic Differential Equations", section 14.2). c makes S / F a martingale whatever
// the step; b is held within 1/4. Between the nodes of the model's grid sigma is linear in x, outside it is flat, and the
// integral over time is exact, as sigma is constant between the model's times.
//
// At steps of largest_step options of half a year and more are within 0.001% of the spot for the smooth sigma of
// tests/models/process/local_volatility_test.cpp. Where sigma has a kink at t = 0, as that of a power-law skew, the order is 1:
// implied volatilities are within 0.002 at three months and 0.0006 at a year. No cash dividends.
#pragma once

#include "models/process/gather.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct local_volatility {
  static constexpr int states = 2, normals = 1, observables = 2; // ln S / F(t), variance of the last step
  static constexpr int correlated = 1;
  static constexpr double largest_step = 1.0 / 52;
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
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T* table) {
    const Real here = deviation(c, table, x[0]), ahead = fma(-0.75 * here, here, x[0]), apart = 0.7071067811865476 * here;
    const Real up = deviation(c, table, ahead + apart), down = deviation(c, table, ahead - apart);
    const Real s = 0.5 * (up + down), b = min(max(0.35355339059327379 * (up - down), Real(-0.25)), Real(0.25));
    const Real left = 1.0 - 2.0 * b;
    x[0] = x[0] + d.z[0] * fma(b, d.z[0], s) + 0.5 * (log(left) - s * s / left);
    x[1] = 0.5 * (up * up + down * down);
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = c.forward * exp(x[0]);
    out[1] = x[1];
  }

private:
  template <class T> static DOJIMA_FN Real deviation(const step<T>& c, const T* table, const Real& x) {
    return gather_linear(table, Real(c.row), Real(c.last), fma(Real(c.scale), x, Real(c.position)));
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
