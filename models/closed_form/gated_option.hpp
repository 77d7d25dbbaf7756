// A vanilla option that lives on only if the price is on one side of a gate at an earlier time: the second-order options of
// Buchen (2004), "The pricing of dual-expiry exotics", Quant. Finance 4, of which compound and chooser options are made. Host
// only.
#pragma once

#include "models/closed_form/bivariate_normal.hpp"
#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// max(sign (S_T - strike), 0) at T = `time` if side (S_t - gate) > 0 at t = `gate_time` < T; side is +1 or -1:
///   sign [S e^(-qT) M(side a1, sign b1; rho) - K e^(-rT) M(side a2, sign b2; rho)],  rho = side sign sqrt(t/T)
///   a2 = (ln(S/gate) + (r - q - sigma^2/2) t) / (sigma sqrt(t)),  a1 = a2 + sigma sqrt(t);  b of strike and T alike
/// Error 1e-14 of spot and strike.
inline double gated_vanilla_value(const lognormal_asset& asset, double gate, double gate_time, double side, double strike,
                                  double time, double sign) {
  const double gate_deviation = asset.deviation(gate_time), deviation = asset.deviation(time);
  const double a2 = (log(asset.spot / gate) + asset.log_mean(gate_time)) / gate_deviation;
  const double b2 = (log(asset.spot / strike) + asset.log_mean(time)) / deviation;
  const double rho = side * sign * gate_deviation / deviation;
  return sign * (asset.prepaid(time) * bivariate_normal_cdf(side * (a2 + gate_deviation), sign * (b2 + deviation), rho) -
                 strike * asset.discount(time) * bivariate_normal_cdf(side * a2, sign * b2, rho));
}

/// e^(-rt) times the probability of the gate alone.
inline double gated_cash_value(const lognormal_asset& asset, double gate, double time, double side) {
  return asset.discount(time) * norm_cdf(side * (log(asset.spot / gate) + asset.log_mean(time)) / asset.deviation(time));
}

/// The price at `time` where f(price), rising or falling, is zero; 50 standard deviations off where it is zero nowhere nearer.
template <class Function> double critical_price(const lognormal_asset& asset, double time, const Function& f) {
  return asset.at(time, monotone_root([&](double z) { return f(asset.at(time, z)); }, -50, 50));
}

} // namespace dojima
