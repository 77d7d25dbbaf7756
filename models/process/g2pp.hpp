// The two-factor Gaussian short rate G2++ (Brigo and Mercurio 2006, "Interest Rate Models", section 4.2), fitted to a curve:
//
//   r(t) = x(t) + y(t) + phi(t),  dx = -a x dt + sigma dW1,  dy = -b y dt + eta dW2,  d<W1, W2> = rho dt,  x(0) = y(0) = 0,
//   exp(-integral of r over (0, t)) = P(0, t) exp(-I(t) - Var I(t) / 2),  I = integral of x + y,
//
// a and b per year, sigma and eta in rate per square root of a year. x, y and I are jointly normal and step as they are: no
// bias, whatever the step. For a, b >= 0.
#pragma once

#include "models/process/process.hpp"

#ifndef __CUDACC_RTC__
#include "models/closed_form/short_rate.hpp"
#endif

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct g2pp {
  static constexpr int states = 3, normals = 3, observables = 3; // x, y, I -> x, y, the path's discount factor
  static constexpr int correlated = 1;
  static constexpr double largest_step = infinity;
  template <class T> struct step {
    T decay_x, decay_y, loading_x, loading_y; ///< the mean of x and y is decayed, that of I grows by loading_x x + loading_y y
    T xx, yx, yy, ix, iy, ii;                 ///< x, y and I along the three normals: a lower triangle
    T log_discount;                           ///< ln P(0, t + h) - Var I(t + h) / 2
  };

#ifndef __CUDACC_RTC__
  /// log_discounts: ln P(0, t) at the ends of the steps.
  static prepared<g2pp> prepare(const g2pp_model& m, std::span<const grid_step> grid, std::span<const double> log_discounts) {
    prepared<g2pp> p{{0.0, 0.0, 0.0}, {}, {}};
    const auto ratio = [](double c, double deviation) { return deviation > 0.0 ? c / deviation : 0.0; };
    const auto root = [](double variance) { return std::sqrt(std::max(0.0, variance)); };
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const double h = grid[i].end - grid[i].start;
      const covariance v = covariance_at(m, h);
      step<double> c;
      c.decay_x = std::exp(-m.a * h);
      c.decay_y = std::exp(-m.b * h);
      c.loading_x = mean_reversion_factor(m.a, h);
      c.loading_y = mean_reversion_factor(m.b, h);
      c.xx = root(v.xx);
      c.yx = ratio(v.xy, c.xx);
      c.yy = root(v.yy - c.yx * c.yx);
      c.ix = ratio(v.xi, c.xx);
      c.iy = ratio(v.yi - c.yx * c.ix, c.yy);
      c.ii = root(v.ii - c.ix * c.ix - c.iy * c.iy);
      c.log_discount = log_discounts[i] - 0.5 * covariance_at(m, grid[i].end).ii;
      p.steps.push_back(c);
    }
    return p;
  }

  /// ln P(t, T) = ln P(0, T) / P(0, t) + constant - slope_x x(t) - slope_y y(t).
  struct bond {
    double constant, slope_x, slope_y;
  };
  static bond bond_at(const g2pp_model& m, double t, double maturity) {
    const double x = mean_reversion_factor(m.a, maturity - t), y = mean_reversion_factor(m.b, maturity - t);
    const covariance v = covariance_at(m, t);
    return {-0.5 * (x * x * v.xx + y * y * v.yy) - x * y * v.xy - x * v.xi - y * v.yi, x, y};
  }

private:
  /// Of x, y and I after time t from 0.
  struct covariance {
    double xx, xy, yy, xi, yi, ii;
  };
  static covariance covariance_at(const g2pp_model& m, double t) {
    const double vx = m.sigma * m.sigma, vy = m.eta * m.eta, vxy = m.rho * m.sigma * m.eta;
    const auto loading = [](double k, double u) { return mean_reversion_factor(k, u); };
    const auto mixed = [&](double k, double other) { // integral of e^(-k u) B(other, u)
      return integrate([&](double u) { return std::exp(-k * u) * loading(other, u); }, 0.0, t, 1e-15 * t * t);
    };
    const auto variance = [&](double u) {
      const double x = loading(m.a, u), y = loading(m.b, u);
      return vx * x * x + vy * y * y + 2.0 * vxy * x * y;
    };
    return {vx * loading(2.0 * m.a, t),
            vxy * loading(m.a + m.b, t),
            vy * loading(2.0 * m.b, t),
            0.5 * vx * std::pow(loading(m.a, t), 2) + vxy * mixed(m.a, m.b),
            0.5 * vy * std::pow(loading(m.b, t), 2) + vxy * mixed(m.b, m.a),
            integrate(variance, 0.0, t, 1e-15 * (vx + vy) * t * t * t)};
  }

public:
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T*) {
    const Real grown = fma(Real(c.loading_x), x[0], fma(Real(c.loading_y), x[1], x[2]));
    x[2] = fma(Real(c.ix), d.z[0], fma(Real(c.iy), d.z[1], fma(Real(c.ii), d.z[2], grown)));
    x[0] = fma(Real(c.decay_x), x[0], c.xx * d.z[0]);
    x[1] = fma(Real(c.decay_y), x[1], fma(Real(c.yx), d.z[0], c.yy * d.z[1]));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = x[0];
    out[1] = x[1];
    out[2] = exp(c.log_discount - x[2]);
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
