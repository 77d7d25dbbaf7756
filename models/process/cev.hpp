// Constant elasticity of variance (Cox 1975; Schroder 1989, J. Finance 44), absorbed at 0:
//
//   dS = mu S dt + sigma S^beta dW,  0 <= beta <= 1,
//
// simulated as the forward F to the last date, S(t) = F(t) S-forward(t) / F(0), with dF = sigma G^(1 - beta) F^beta dW, where G
// is the growth of the forward from t to the last date. The end of a step has mean F and variance w F^2, with
//
//   s^2 = sigma^2 F^(2 beta - 2) times the integral of G^(2 - 2 beta) over the step,
//
//   w = s^2 (1 + beta (1 - beta) s^2)^((2 beta - 1) / (2 - 2 beta)),
//
// which is right to the second order in h, exact for beta = 1/2 and for beta = 0 until absorption, and has the power of F that
// the exact variance has near 0. Its law is, in the manner of Andersen (2008, J. Computational Finance 11),
//
//   F (1 + gamma (Z^2 - 1) + sqrt(w - 2 gamma^2) Z)   where w < 3/2,
//   a mass at 0 and an exponential tail               elsewhere.
//
// gamma is Milstein's, beta w / 2, where s is below 1/7, so that no normal below 7 leads under 0, and elsewhere 1 - sqrt(1 -
// w / 2), which makes the first a square.
//
// F is a martingale whatever the step. At steps of 1/16 and a volatility sigma F^(beta - 1) of 40% European options of a year
// are within 0.03% of the forward of the closed form, for strikes of 0.7, 1 and 1.3 forwards and beta from 0 to 1; the error
// grows where the deviation s of a step exceeds 1/7. No cash dividends.
#pragma once

#include "models/process/process.hpp"

#ifndef __CUDACC_RTC__
#include <algorithm>
#endif

namespace dojima {
inline namespace DOJIMA_ISA {

/// The powers of F in a step's variance; log s^2 = power ln F + ln(sigma^2 h).
template <class T> struct cev_powers {
  T power;           ///< 2 beta - 2
  T curve, exponent; ///< beta (1 - beta), (2 beta - 1) / (2 - 2 beta)
  T half_beta;
};

#ifndef __CUDACC_RTC__
inline cev_powers<double> powers_of(double beta) {
  const double below = std::min(beta, 0.99); // the exponent ends here, where its power is an exponential within 1e-2 s^4
  return {2.0 * beta - 2.0, below * (1.0 - below), (2.0 * below - 1.0) / (2.0 - 2.0 * below), 0.5 * beta};
}
#endif

#ifndef __CUDACC_RTC__
/// ln of the integral of G^(2 - 2 beta) over a step.
inline double log_growth_integral(const grid_step& g, double last_forward, double beta) {
  const double power = 2.0 - 2.0 * beta, end = power * std::log(last_forward / g.forward), span = power * g.growth;
  const double mean = std::abs(span) < 1e-9 ? 1.0 + 0.5 * span : std::expm1(span) / span;
  return end + std::log(mean * (g.end - g.start));
}
#endif

/// w from ln s^2; ln w is shifted. Both end at e^20, where next to nothing stays alive.
template <class Real, class T> DOJIMA_FN Real cev_variance(Real log_s2, const cev_powers<T>& c, Real shift) {
  const Real l = min(log_s2, Real(20.0));
  return exp(min(fma(Real(c.exponent), log(fma(Real(c.curve), exp(l), Real(1.0))), l + shift), Real(20.0)));
}

/// The end of a step from F with relative variance w by a normal z, and gamma below 1/7. There a part `tilt` of the deviation
/// may depend on another normal y: the factor of z is then tilt y more.
template <class Real> DOJIMA_FN Real cev_end(Real f, Real w, Real gamma, Real z, Real tilt, Real y) {
  const auto small = w < 1.0 / 49;
  const Real g = select(small, gamma, 1.0 - sqrt(max(1.0 - 0.5 * w, Real(0.0))));
  const Real t = select(small, tilt, Real(0.0));
  const Real slope = fma(t, y, sqrt(max(w - 2.0 * g * g - t * t, Real(0.0))));
  const Real near = fma(g, fma(z, z, Real(-1.0)), fma(slope, z, Real(1.0)));
  const Real alive = 2.0 / (w + 1.0); // the probability
  const Real far = max(log(alive / norm_cdf(-z)), Real(0.0)) / alive;
  return f * select(w < 1.5, max(near, Real(0.0)), far);
}

template <class Real> struct cev {
  static constexpr int states = 2, normals = 1, observables = 2; // F, variance of the last step
  static constexpr int correlated = 1;
  static constexpr double largest_step = 1.0 / 32;
  template <class T> struct step {
    cev_powers<T> powers;
    T log_variance; ///< ln of sigma^2 times the integral
    T ratio;        ///< spot to forward
  };

#ifndef __CUDACC_RTC__
  /// The forwards of the grid stand for the spot.
  static prepared<cev> prepare(const cev_model& m, double /*spot*/, std::span<const grid_step> grid) {
    prepared<cev> p{{grid.back().forward, 0.0}, {}, {}};
    for (const grid_step& g : grid)
      p.steps.push_back({powers_of(m.beta), 2.0 * std::log(m.sigma) + log_growth_integral(g, grid.back().forward, m.beta),
                         g.forward / grid.back().forward});
    return p;
  }
#endif

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T*) {
    x[1] = cev_variance(fma(Real(c.powers.power), log(max(x[0], Real(1e-30))), Real(c.log_variance)), c.powers, Real(0.0));
    x[0] = cev_end(x[0], x[1], Real(c.powers.half_beta * x[1]), d.z[0], Real(0.0), Real(0.0));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = c.ratio * x[0];
    out[1] = x[1];
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
