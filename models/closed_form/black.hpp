// European vanilla and digital options on a lognormal forward: Black (1976); with F = S e^((r-q)T) this is
// Black-Scholes-Merton (1973) and Garman-Kohlhagen (1983).
//   d1 = ln(F/K)/v + v/2,  d2 = d1 - v,  v = sigma sqrt(T)
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// Undiscounted probabilities of a lognormal forward F against K with total standard deviation v.
template <class Real> struct black_terms {
  Real asset; ///< Phi(sign d1): F times this is the undiscounted asset-or-nothing value
  Real cash;  ///< Phi(sign d2)
};

/// `log_moneyness` = ln(F/K), `deviation` = sigma sqrt(T) > 0; sign +1 call, -1 put.
template <class Real> DOJIMA_FN black_terms<Real> black_probabilities(Real log_moneyness, Real deviation, double sign) {
  const Real d1 = sign * (log_moneyness / deviation + 0.5 * deviation);
  const Real d2 = d1 - sign * deviation;
  return {norm_cdf(d1), norm_cdf(d2)};
}

/// Value of a vanilla option. forward, strike: price units; discount: factor to payment; sign +1 call, -1 put.
template <class Real, class Strike>
DOJIMA_FN Real black_value(Real forward, Strike strike, Real log_moneyness, Real deviation, Real discount, double sign) {
  const black_terms<Real> p = black_probabilities(log_moneyness, deviation, sign);
  return discount * (sign * (forward * p.asset - strike * p.cash));
}

} // namespace DOJIMA_ISA
} // namespace dojima
