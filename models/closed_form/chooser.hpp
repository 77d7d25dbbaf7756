// Chooser options, at `choice_time` whichever of a call and a put is worth more: Rubinstein (1991), "Options for the
// undecided", Risk 4(4), simple and complex ones. Host only.
#pragma once

#include "models/closed_form/gated_option.hpp"

namespace dojima {

/// The call expires at call_time, the put at put_time, both after choice_time. Error 1e-13 of spot and strikes.
inline double chooser_value(const lognormal_asset& asset, double choice_time, double call_strike, double call_time,
                            double put_strike, double put_time) {
  const double critical = critical_price(asset, choice_time, [&](double spot) {
    const lognormal_asset then = asset.with_spot(spot);
    return then.vanilla(call_strike, call_time - choice_time, 1) - then.vanilla(put_strike, put_time - choice_time, -1);
  });
  return gated_vanilla_value(asset, critical, choice_time, 1, call_strike, call_time, 1) +
         gated_vanilla_value(asset, critical, choice_time, -1, put_strike, put_time, -1);
}

} // namespace dojima
