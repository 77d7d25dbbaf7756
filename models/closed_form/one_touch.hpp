// One-touch and no-touch options, continuous monitoring: Reiner and Rubinstein (1991), "Unscrambling the binary code", Risk
// 4(9), binaries 1 to 12. A barrier at or beyond the spot has been hit. Errors 1e-14 of what is paid. Host only.
#pragma once

#include "models/closed_form/barrier_probability.hpp"
#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// `up`: the barrier is above the spot, else below it.
inline bool is_hit(const lognormal_asset& asset, double barrier, bool up) {
  return up ? asset.spot >= barrier : asset.spot <= barrier;
}

/// One unit of cash when the barrier is hit, if before `time`; times the barrier it is the asset at hit:
///   E e^(-r tau) = (H/S)^((m - m') / v^2) P'(tau < T),  m'^2 = m^2 + 2 r T v^2,  m = (r - q - sigma^2/2) T,  v = sigma sqrt(T)
/// where P' has drift m'. Rates below zero need m^2 + 2 r T v^2 >= 0; NaN otherwise.
inline double one_touch_at_hit_value(const lognormal_asset& asset, double barrier, double time, bool up) {
  if (is_hit(asset, barrier, up)) return 1;
  const double v = asset.deviation(time), m = asset.log_mean(time), eta = up ? -1 : 1, h = log(barrier / asset.spot);
  const double faster = std::sqrt(m * m + 2 * asset.rate * time * v * v);
  return scaled_cdf((m - faster) * h / (v * v), eta * (h - faster) / v) +
         scaled_cdf((m + faster) * h / (v * v), eta * (h + faster) / v);
}

/// One unit of cash, or of the asset, at `time` if the barrier has been hit by then.
inline double one_touch_at_expiry_value(const lognormal_asset& asset, double barrier, double time, bool up, bool pays_asset) {
  const double all = pays_asset ? asset.prepaid(time) : asset.discount(time);
  if (is_hit(asset, barrier, up)) return all;
  return all * hit_probability(asset.log_mean(time, pays_asset), asset.deviation(time), log(barrier / asset.spot), up);
}

/// One unit of cash, or of the asset, at `time` if the barrier has not been hit by then.
inline double no_touch_value(const lognormal_asset& asset, double barrier, double time, bool up, bool pays_asset) {
  if (is_hit(asset, barrier, up)) return 0;
  return (pays_asset ? asset.prepaid(time) : asset.discount(time)) *
         survival_probability(asset.log_mean(time, pays_asset), asset.deviation(time), log(barrier / asset.spot), -infinity,
                              infinity);
}

} // namespace dojima
