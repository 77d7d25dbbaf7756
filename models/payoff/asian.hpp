// Arithmetic-average Asian option on one pair of antithetic paths of a lognormal asset, with its geometric twin as control.
//
// At fixing k a path is S_k = exp(a_k + sigma W_k), a_k = ln F(t_k) - sigma^2 t_k / 2. The average over all fixings is
// past + weight * mean_k S_k, so the payoff is max(sign (weight * mean - strike), 0) with the past moved into the strike.
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// Payoff less its control, averaged over the paths +W and -W; undiscounted. `a(k)`: the drift row; `w(k)`: Brownian path.
template <class Real, class Drift, class Path>
DOJIMA_FN Real asian_pair_residual(int fixings, Real sigma, double weight, double strike, double sign, const Drift& a,
                                   const Path& w) {
  Real up = 0.0, down = 0.0, mean_a = 0.0, mean_w = 0.0;
  for (int k = 0; k < fixings; ++k) {
    const Real drift = a(k);
    const Real move = sigma * w(k);
    up = up + exp(drift + move);
    down = down + exp(drift - move);
    mean_a = mean_a + drift;
    mean_w = mean_w + move;
  }
  const double inverse = 1.0 / fixings;
  mean_a = mean_a * inverse;
  mean_w = mean_w * inverse;
  const double scale = weight * inverse;
  auto residual = [&](const Real& sum, const Real& log_geometric) {
    return max(sign * (scale * sum - strike), Real(0.0)) - max(sign * (weight * exp(log_geometric) - strike), Real(0.0));
  };
  return 0.5 * (residual(up, mean_a + mean_w) + residual(down, mean_a - mean_w));
}

} // namespace DOJIMA_ISA
} // namespace dojima
