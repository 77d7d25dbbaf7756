// American vanilla options: the spectral collocation of Andersen, Lake and Offengenden (2016), "High-performance American
// option pricing", J. Comput. Finance 20(1), fixed-point system A, with a fixed number of nodes and iterations, so that every
// scenario runs the same instructions. The start is the trigger of Bjerksund and Stensland (1993).
//
// For a put with exercise boundary B(tau), X = K min(1, r/q) and h(tau) = ln(X / B(tau)) >= 0:
//   B = K e^(-(r-q) tau) N / D, where N and D are integrals over the boundary at earlier times. h^2 is interpolated in
//   sqrt(tau) at Chebyshev nodes. The value is the European one plus the early-exercise premium of Kim (1990).
// A call is a put with S <-> K and r <-> q (McDonald and Schroder 1998).
// Largest error: 3e-5 of spot over data/reference/american_vanilla.csv, 6e-5 for volatilities from 10 % and rates up to 8 %
// over three years, 5e-4 at 2 % volatility, 15 % rates and ten years (docs/risk.md).
#pragma once

#include "models/closed_form/black.hpp"

namespace dojima {

/// Quadrature and interpolation tables; they depend on the sizes alone and are made once on the host.
struct american_scheme {
  static constexpr int nodes = 4; ///< collocation points after tau = 0
  static constexpr int inner = 5; ///< Gauss-Legendre points of the boundary's integrals
  static constexpr int iterations = 3;
  static constexpr int outer = 9;        ///< Gauss-Legendre points of the premium
  double x[nodes];                       ///< sqrt(tau_i / T)
  double inner_y[inner], inner_w[inner]; ///< points (1 + y) / 2 on [0, 1] and their weights for the measure dy on [-1, 1]
  double inner_h[nodes][inner][nodes];   ///< h^2 at the points from h^2 at the nodes
  double outer_y[outer], outer_w[outer];
  double outer_h[outer][nodes];
};

inline namespace DOJIMA_ISA {

/// Value for one unit. rate, yield: continuous zero rates to expiry; time T in years; sign +1 call, -1 put. Where exercise can
/// pay at two boundaries (put: yield < rate < 0; call: rate < yield < 0) the value is the larger of European and intrinsic.
template <class Real>
DOJIMA_FN Real american_value(Real spot, Real strike_in, Real rate, Real yield, Real sigma, double time, double sign,
                              const american_scheme& scheme) {
  constexpr int n = american_scheme::nodes;
  const bool call = sign > 0;
  const Real S = call ? strike_in : spot;
  const Real K = call ? spot : strike_in;
  const Real q = call ? rate : yield;
  const Real r_in = call ? yield : rate;
  const Real r = select(r_in < 0.0, r_in, select(q < 0.0, max(r_in, Real(1e-9)), r_in)); // q < 0 = r: a limit, taken from above

  const double root_time = sqrt(time);
  const Real b = r - q;
  const Real log_sk = log(S / K);
  const Real deviation = sigma * root_time;
  const Real european = black_value(S * exp(b * time), K, log_sk + b * time, deviation, exp(-(r * time)), -1.0);
  const Real intrinsic = max(K - S, Real(0.0));

  const Real ratio = select(q > r, r / q, Real(1.0));
  const Real log_x = log(ratio);
  const Real inv_sigma = 1.0 / sigma;
  const Real variance = sigma * sigma;
  const Real half_less = 0.5 - b / variance;
  const Real beta = half_less - sqrt(half_less * half_less + 2.0 * r / variance);
  const Real perpetual = beta / (beta - 1.0);  // over K, as ratio is
  const Real highest = log_x - log(perpetual); // the boundary is never below the perpetual one
  const Real speed = ratio / (ratio - perpetual);

  Real h[n], h2[n];
  DOJIMA_UNROLL
  for (int i = 0; i < n; ++i) {
    const double root = root_time * scheme.x[i];
    const Real decay = exp(min((b * (root * root) - 2.0 * sigma * root) * speed, Real(0.0)));
    const Real start = perpetual + (ratio - perpetual) * decay;
    h[i] = max(log_x - log(start), Real(0.0));
    h2[i] = h[i] * h[i];
  }

  for (int iteration = 0; iteration < american_scheme::iterations; ++iteration) {
    Real next[n];
    DOJIMA_UNROLL
    for (int i = 0; i < n; ++i) {
      const double root = root_time * scheme.x[i];
      const double tau = root * root;
      const Real dev = sigma * root;
      const Real d_plus = (log_x - h[i] + b * tau) / dev + 0.5 * dev;
      const Real d_minus = d_plus - dev;
      const Real density_plus = norm_pdf(d_plus);
      Real numerator = 0.0;
      Real denominator = density_plus / dev + norm_cdf(d_plus, density_plus);
      for (int j = 0; j < american_scheme::inner; ++j) {
        const double y = scheme.inner_y[j];
        const double v = tau * (y * y);
        const double u = tau - v;
        const double weight = tau * y * scheme.inner_w[j];
        Real hu2 = 0.0;
        DOJIMA_UNROLL
        for (int k = 0; k < n; ++k) hu2 = fma(h2[k], scheme.inner_h[i][j][k], hu2);
        const Real hu = sqrt(max(hu2, Real(0.0)));
        const Real inv_dev = inv_sigma * (1.0 / (root * y));
        const Real dev_v = sigma * (root * y);
        const Real plus = (hu - h[i] + b * v) * inv_dev + 0.5 * dev_v;
        const Real grow = exp(q * u);
        const Real density = norm_pdf(plus) * grow;
        // e^(ru) phi(d-) = e^(qu) phi(d+) e^(b tau + h(u) - h_i): the node's own part waits outside the sum.
        numerator = numerator + (weight * r) * density * exp(hu) * inv_dev;
        const Real tail = density * mills_ratio(min(abs(plus), Real(40.0)));
        denominator = denominator + (weight * q) * (select(plus > 0.0, grow - tail, tail) + density * inv_dev);
      }
      numerator = norm_pdf(d_minus) / dev + numerator * exp(b * tau - h[i]);
      const Real log_b = log(max(numerator, Real(1e-300)) / max(denominator, Real(1e-300))) - b * tau; // ln(B / K)
      next[i] = min(max(log_x - log_b, Real(0.0)), highest);
    }
    DOJIMA_UNROLL
    for (int i = 0; i < n; ++i) {
      h[i] = i > 0 ? max(next[i], h[i - 1]) : next[i];
      h2[i] = h[i] * h[i];
    }
  }

  Real premium = 0.0;
  for (int p = 0; p < american_scheme::outer; ++p) {
    const double root = root_time * scheme.outer_y[p];
    const double u = root * root;
    const double weight = root_time * root * scheme.outer_w[p];
    Real hu2 = 0.0;
    DOJIMA_UNROLL
    for (int k = 0; k < n; ++k) hu2 = fma(h2[k], scheme.outer_h[p][k], hu2);
    const Real hu = sqrt(max(hu2, Real(0.0)));
    const Real dev = sigma * root;
    const Real plus = (log_sk - log_x + hu + b * u) / dev + 0.5 * dev;
    const Real minus = plus - dev;
    premium = premium + weight * (r * K * exp(-(r * u)) * norm_cdf(-minus) - q * S * exp(-(q * u)) * norm_cdf(-plus));
  }
  const Real alive = max(european + max(premium, Real(0.0)), intrinsic);
  const auto exercised = log_sk <= log_x - h[n - 1];
  const Real value = select(exercised, intrinsic, alive);
  return select(r > 1e-12, value, max(european, select(q < r, intrinsic, european)));
}

} // namespace DOJIMA_ISA
} // namespace dojima
