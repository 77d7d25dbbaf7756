// European options under constant elasticity of variance, dS = (r - q) S dt + sigma S^beta dW: Cox (1975), Schroder (1989).
// Host only.
#pragma once

#include "models/closed_form/noncentral_chi_squared.hpp"

#include <utility>

namespace dojima {

/// Price of a call (sign +1) or put (-1), beta != 1. sigma: in price^(1 - beta) per square root of a year, growth: r - q, time
/// in years, discount to payment. For beta < 1 zero absorbs. For beta > 1 the forward is a strict local martingale: the put is
/// the expected payoff, and the call follows by parity, above its expected payoff. Absolute error 1e-13 of forward and strike.
inline double cev_european(double sigma, double beta, double growth, double forward, double strike, double time,
                           double discount, double sign) {
  const double power = 2.0 * (1.0 - beta), rate = growth * power;
  const double clock = sigma * sigma * (rate == 0 ? time : std::expm1(rate * time) / rate); // of the forward, a martingale
  const double scale = 4.0 / (power * power * clock), nu = 2.0 / std::abs(power);
  const double x = scale * std::pow(forward, power), y = scale * std::pow(strike, power);
  double asset = forward, cash = strike;
  if (beta > 1) std::swap(asset, cash), sign = -sign;
  const double q = 1.0 - noncentral_chi_squared_cdf(y, 2.0 + nu, x);
  const double p = noncentral_chi_squared_cdf(x, nu, y);
  return discount * (sign > 0 ? asset * q - cash * p : cash * (1.0 - p) - asset * (1.0 - q));
}

} // namespace dojima
