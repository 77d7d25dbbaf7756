// Arithmetic-average Asian option on one pair of antithetic paths of a lognormal asset, with its geometric twin as control.
//
// At fixing k a path is S_k = exp(a_k + sigma W_k), a_k = ln F(t_k) - sigma^2 t_k / 2. The average over all fixings is
// past + weight * mean_k S_k, so the payoff is max(sign (weight * mean - strike), 0) with the past moved into the strike.
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// Payoff less its control, averaged over the paths +W and -W; undiscounted. `level(k)` = e^(a_k), `w(k)`: Brownian path;
/// `geometric` = e^(mean of a).
template <class Real, class Level, class Path>
DOJIMA_FN Real asian_pair_residual(int fixings, Real sigma, double weight, double strike, double sign, Real geometric,
                                   const Level& level, const Path& w) {
  Real up = 0.0, down = 0.0, sum_moves = 0.0, plus, minus;
  for (int k = 0; k < fixings; ++k) {
    const Real move = sigma * w(k);
    exp_both(move, plus, minus);
    up = fma(level(k), plus, up);
    down = fma(level(k), minus, down);
    sum_moves = sum_moves + move;
  }
  const double inverse = 1.0 / fixings;
  exp_both(sum_moves * inverse, plus, minus);
  const Real arithmetic_scale = weight * inverse;
  const Real geometric_scale = weight * geometric;
  const Real arithmetic =
      max(sign * (arithmetic_scale * up - strike), Real(0.0)) + max(sign * (arithmetic_scale * down - strike), Real(0.0));
  const Real control =
      max(sign * (geometric_scale * plus - strike), Real(0.0)) + max(sign * (geometric_scale * minus - strike), Real(0.0));
  return 0.5 * (arithmetic - control);
}

} // namespace DOJIMA_ISA
} // namespace dojima
