// European options that end when either of two flat barriers is met, continuous monitoring: Ikeda and Kunitomo (1992), Math.
// Finance 2; the double-no-touch is that of Hui (1996), "One-touch double barrier binary option values", Appl. Financial Econ.
// 6, summed over images instead of sines. Host only.
#pragma once

#include "models/closed_form/barrier_probability.hpp"
#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// One unit of cash at `time` unless lower or upper was met. Error 1e-14.
inline double double_no_touch_value(const lognormal_asset& asset, double lower, double upper, double time) {
  const double a = log(lower / asset.spot), b = log(upper / asset.spot);
  return asset.discount(time) * survival_probability(asset.log_mean(time), asset.deviation(time), a, b, a, b);
}

/// A vanilla option that ends when lower or upper is met, without rebate; a knock-in is the vanilla option less it. Error 1e-14
/// of spot and strike.
inline double double_knock_out_value(const lognormal_asset& asset, double strike, double lower, double upper, double time,
                                     double sign) {
  const double a = log(lower / asset.spot), b = log(upper / asset.spot), k = log(strike / asset.spot);
  const double low = sign > 0 ? k : a, high = sign > 0 ? b : k;
  const auto paying = [&](bool asset_numeraire) {
    return survival_probability(asset.log_mean(time, asset_numeraire), asset.deviation(time), a, b, low, high);
  };
  return sign * (asset.prepaid(time) * paying(true) - strike * asset.discount(time) * paying(false));
}

} // namespace dojima
