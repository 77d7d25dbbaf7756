// One-factor Hull-White (1990, Rev. Financial Studies 3), the short rate fitted to a discount curve:
//
//   r(t) = x(t) + phi(t),  dx = -a x dt + sigma dW,  x(0) = 0,
//   exp(-integral of r over (0, t)) = P(0, t) exp(-I(t) - Var I(t) / 2),  I = integral of x,
//
// a per year, sigma in rate per square root of a year (Brigo and Mercurio 2006, "Interest Rate Models", section 3.3). x and I
// are jointly normal and step as they are: no bias, whatever the step. For a >= 0; a = 0 is Ho and Lee (1986).
#pragma once

#include "models/process/process.hpp"

#ifndef __CUDACC_RTC__
#include "models/closed_form/short_rate.hpp"
#endif

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct hull_white {
  static constexpr int states = 2, normals = 2, observables = 2; // x, I -> x, the discount factor of the path
  static constexpr int correlated = 1;
  static constexpr double largest_step = infinity;
  template <class T> struct step {
    T decay, loading;         ///< E x(t + h) = decay x, E I(t + h) = I + loading x
    T deviation, along, rest; ///< of x; of I along and beside x's normal
    T log_discount;           ///< ln P(0, t + h) - Var I(t + h) / 2
  };

#ifndef __CUDACC_RTC__
  /// log_discounts: ln P(0, t) at the ends of the steps.
  static prepared<hull_white> prepare(const hull_white_model& m, std::span<const grid_step> grid,
                                      std::span<const double> log_discounts) {
    prepared<hull_white> p{{0.0, 0.0}, {}, {}};
    const double a = m.mean_reversion, sigma = m.volatility;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const double h = grid[i].end - grid[i].start, b = mean_reversion_factor(a, h);
      const double deviation = sigma * std::sqrt(mean_reversion_factor(2.0 * a, h));
      const double along = deviation > 0.0 ? 0.5 * sigma * sigma * b * b / deviation : 0.0;
      p.steps.push_back({std::exp(-a * h), b, deviation, along,
                         std::sqrt(std::max(0.0, integral_variance(m, h) - along * along)),
                         log_discounts[i] - 0.5 * integral_variance(m, grid[i].end)});
    }
    return p;
  }

  /// ln P(t, T) = ln P(0, T) / P(0, t) + constant - slope x(t).
  struct bond {
    double constant, slope;
  };
  static bond bond_at(const hull_white_model& m, double t, double maturity) {
    const double b = mean_reversion_factor(m.mean_reversion, maturity - t), b_t = mean_reversion_factor(m.mean_reversion, t);
    const double variance = m.volatility * m.volatility;
    return {-0.5 * variance * b * (b * mean_reversion_factor(2.0 * m.mean_reversion, t) + b_t * b_t), b};
  }

private:
  /// Var I(t) = sigma^2 times the integral of B(a, u)^2.
  static double integral_variance(const hull_white_model& m, double t) {
    const auto square = [&](double u) { return std::pow(m.volatility * mean_reversion_factor(m.mean_reversion, u), 2); };
    return integrate(square, 0.0, t, 1e-15 * m.volatility * m.volatility * t * t * t);
  }

public:
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T*) {
    x[1] = fma(Real(c.loading), x[0], x[1]) + fma(Real(c.along), d.z[0], c.rest * d.z[1]);
    x[0] = fma(Real(c.decay), x[0], c.deviation * d.z[0]);
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = x[0];
    out[1] = exp(c.log_discount - x[1]);
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
