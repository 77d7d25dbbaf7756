// European vanilla and digital options on a lognormal forward: Black (1976); with F = S e^((r-q)T) this is
// Black-Scholes-Merton (1973) and Garman-Kohlhagen (1983).
//   d1 = ln(F/K)/v + v/2,  d2 = d1 - v,  v = sigma sqrt(T)
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// Value of a vanilla option from its two discounted legs: asset = F P, cash = K P; log_moneyness = ln(F/K), deviation =
/// sigma sqrt(T) > 0; sign +1 call, -1 put. One density serves both legs: F phi(d1) = K phi(d2).
template <class Real> DOJIMA_FN Real black_legs(Real asset, Real cash, Real log_moneyness, Real deviation, double sign) {
  const Real d1 = log_moneyness / deviation + 0.5 * deviation;
  const Real d2 = d1 - deviation;
  const Real density = asset * norm_pdf(d1);
  Real ratio1, ratio2;
  mills_ratios(min(abs(d1), Real(40.0)), min(abs(d2), Real(40.0)), ratio1, ratio2);
  const Real tail1 = density * ratio1, tail2 = density * ratio2;
  const Real asset_leg = select(sign * d1 > 0.0, asset - tail1, tail1);
  const Real cash_leg = select(sign * d2 > 0.0, cash - tail2, tail2);
  return sign * (asset_leg - cash_leg);
}

/// The same from price and discount: forward, strike in price units; discount: factor to payment.
template <class Real>
DOJIMA_FN Real black_value(Real forward, Real strike, Real log_moneyness, Real deviation, Real discount, double sign) {
  return black_legs(forward * discount, strike * discount, log_moneyness, deviation, sign);
}

/// Undiscounted probability that a digital pays: Phi(sign d2), or, weighted with the asset, Phi(sign d1).
template <class Real> DOJIMA_FN Real digital_probability(Real log_moneyness, Real deviation, double sign, bool asset) {
  const double half = asset ? 0.5 : -0.5;
  return norm_cdf(sign * (log_moneyness / deviation + half * deviation));
}

} // namespace DOJIMA_ISA
} // namespace dojima
