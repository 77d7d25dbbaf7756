// The rough Bergomi model (Bayer, Friz and Gatheral 2016, "Pricing under rough volatility", Quantitative Finance 16):
//
//   dS / S = mu dt + sqrt(v) dW,  v(t) = xi exp(eta Y(t) - eta^2 Var Y(t) / 2),  d<W, Z> = rho dt,
//   Y(t) = sqrt(2H) integral over (0, t) of (t - u)^(H - 1/2) dZ(u),  Var Y(t) = t^(2H),
//
// by the hybrid scheme with kappa = 1 (Bennedsen, Lunde and Pakkanen 2017, "Hybrid scheme for Brownian semistationary
// processes", Finance and Stochastics 21), here on any grid: Y at a step's end is the exact integral over that step plus, for
// each step before, the increment of Z times the kernel's mean over it, which is their optimal point (Proposition 2.8). Y is a
// linear map of the normals of all steps, so prepare gives the map. Covariances of Y and Z are exact; the variance of Y comes
// out low by 0.2% of h^(2H) at most, and v is normalised with what comes out, so that its mean is xi.
//
// ln S takes Euler steps with v at their start: S / F is a martingale whatever the step. What the step leaves out of the
// correlation of S and v flattens short skews: at steps of largest_step, H = 0.07, eta = 1.9 and rho = -0.9, three-month
// implied volatilities are off by 0.005 in the far wing (0.01 at three times that step), at the money and for rho = 0 by 0.001.
// Range: H in (0, 1/2], where 1/2 is taken for 1/2 - 1e-9. No cash dividends.
#pragma once

#include "models/process/process.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct rough_bergomi {
  static constexpr int states = 3, normals = 3, observables = 2; // ln S, v, variance of the last step
  static constexpr int correlated = 3;
  static constexpr double largest_step = 1.0 / 312;
  template <class T> struct step {
    T growth; ///< of the forward
    T length;
    T rho, rest;            ///< rest = sqrt(1 - rho^2)
    T log_mean, vol_of_vol; ///< v = 2^(log_mean + vol_of_vol z[2]) at the end
  };

#ifndef __CUDACC_RTC__
  /// z[0] drives the part of W that is independent of Z, z[1] is Z's increment in deviations, and z[2], after the map, is Y at
  /// the step's end in deviations of what the increments of Z leave open.
  static prepared<rough_bergomi> prepare(const rough_bergomi_model& m, double spot, std::span<const grid_step> grid) {
    prepared<rough_bergomi> p{{std::log(spot), m.xi, 0.0}, {}, {}};
    const std::size_t n = grid.size();
    const double power = m.hurst + 0.5, root = std::sqrt(2.0 * m.hurst);
    p.map.resize(n * n);
    for (std::size_t i = 0; i < n; ++i) {
      const double h = grid[i].end - grid[i].start;
      const double open = std::pow(h, m.hurst) * std::max(0.5 - m.hurst, 1e-9) / power; // the map divides by it
      double variance = open * open;
      for (std::size_t j = 0; j <= i; ++j) {
        const double from = grid[i].end - grid[j].start, to = j < i ? grid[i].end - grid[j].end : 0.0;
        const double weight = root * (std::pow(from, power) - std::pow(to, power)) / (power * std::sqrt(from - to));
        p.map[i * n + j] = weight / open;
        variance += weight * weight;
      }
      p.steps.push_back({grid[i].growth, h, m.rho, std::sqrt(1.0 - m.rho * m.rho),
                         std::log2(m.xi) - 0.5 * m.eta * m.eta * variance * log2_e, m.eta * open * log2_e});
    }
    return p;
  }
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T*) {
    x[2] = c.length * x[1];
    const Real w = fma(Real(c.rho), d.z[1], c.rest * d.z[0]);
    x[0] = x[0] + fma(sqrt(x[2]), w, fma(Real(-0.5), x[2], Real(c.growth)));
    x[1] = power_of_two(fma(Real(c.vol_of_vol), d.z[2], Real(c.log_mean)));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>&, Real (&out)[observables]) {
    out[0] = exp(x[0]);
    out[1] = x[2];
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
