// Digital options with a knock-in or knock-out barrier, paid at expiry, continuous monitoring: Reiner and Rubinstein (1991),
// "Unscrambling the binary code", Risk 4(9), binaries 13 to 28. Host only.
#pragma once

#include "models/closed_form/one_touch.hpp"

namespace dojima {

/// One unit of cash, or of the asset, at `time` if sign (S - strike) > 0 then and the barrier has been hit (knock_in) or not.
/// Error 1e-14 of what is paid.
inline double binary_barrier_value(const lognormal_asset& asset, double strike, double barrier, double time, double sign,
                                   bool up, bool knock_in, bool pays_asset) {
  const double mean = asset.log_mean(time, pays_asset), deviation = asset.deviation(time), k = log(strike / asset.spot);
  const double low = sign > 0 ? k : -infinity, high = sign > 0 ? infinity : k;
  const double out =
      is_hit(asset, barrier, up) ? 0 : survival_probability(mean, deviation, log(barrier / asset.spot), low, high);
  const double probability = knock_in ? interval_probability(0, mean, deviation, low, high) - out : out;
  return (pays_asset ? asset.prepaid(time) : asset.discount(time)) * probability;
}

} // namespace dojima
