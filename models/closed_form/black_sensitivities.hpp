// Derivatives of European options on a lognormal asset (Black and Scholes 1973; Haug 2007, chapter 2), and options on a normal
// forward (Bachelier 1900).
#pragma once

#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// Partial derivatives, in full units: per unit of price, per 1.00 of volatility or rate, per year of calendar time.
struct vanilla_sensitivities {
  double delta, gamma; ///< to the spot
  double vega, volga;  ///< to the volatility, first and second
  double vanna;        ///< to spot and volatility
  double rho, yield_rho;
  double theta, charm; ///< of value and delta to calendar time: less that to maturity
  double strike;
};

/// sign +1 call, -1 put; volatility and time above 0. With d1, d2 as in black.hpp, A = S e^(-qT), C = K e^(-rT), v = sigma
/// sqrt(T). Relative error of each term 1e-15 (1 + d1^2).
inline vanilla_sensitivities vanilla_sensitivities_of(const lognormal_asset& a, double strike, double time, double sign) {
  const double v = a.deviation(time), growth = a.rate - a.yield;
  const double d1 = (log(a.spot / strike) + growth * time) / v + 0.5 * v, d2 = d1 - v;
  const double asset = a.prepaid(time), cash = strike * a.discount(time), carry = asset / a.spot;
  const double n1 = norm_cdf(sign * d1), n2 = norm_cdf(sign * d2), density = norm_pdf(d1);
  vanilla_sensitivities g;
  g.delta = sign * carry * n1;
  g.gamma = carry * density / (a.spot * v);
  g.vega = asset * density * sqrt(time);
  g.volga = g.vega * d1 * d2 / a.volatility;
  g.vanna = -carry * density * d2 / a.volatility;
  g.rho = sign * time * cash * n2;
  g.yield_rho = -sign * time * asset * n1;
  g.theta = -0.5 * asset * density * a.volatility / sqrt(time) + sign * (a.yield * asset * n1 - a.rate * cash * n2);
  g.charm = a.yield * g.delta - carry * density * (growth / v - 0.5 * d2 / time);
  g.strike = -sign * a.discount(time) * n2;
  return g;
}

/// An option on a forward that is normal with deviation v = sigma sqrt(T) > 0, sigma in price per square root of a year:
///   value = P [sign (F - K) Phi(sign d) + v phi(d)],  d = (F - K) / v
struct bachelier_option {
  double forward, strike, deviation, discount, sign;

  double moneyness() const { return (forward - strike) / deviation; }
  double value() const {
    return discount * (sign * (forward - strike) * norm_cdf(sign * moneyness()) + deviation * norm_pdf(moneyness()));
  }
  double delta() const { return sign * discount * norm_cdf(sign * moneyness()); } ///< to the forward
  double gamma() const { return discount * norm_pdf(moneyness()) / deviation; }
  double vega(double time) const { return discount * sqrt(time) * norm_pdf(moneyness()); }
};

} // namespace dojima
