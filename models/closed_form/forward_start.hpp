// Forward-start options, whose strike is a multiple of the price at a later time: Rubinstein (1991), "Pay now, choose later",
// Risk 4(2). Host only.
#pragma once

#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// max(sign (S_T - moneyness S_t), 0) at T = `time`, t = reset_time < T. Exact up to rounding.
inline double forward_start_value(const lognormal_asset& asset, double moneyness, double reset_time, double time, double sign) {
  return asset.prepaid(reset_time) * asset.with_spot(1).vanilla(moneyness, time - reset_time, sign);
}

/// The same over S_t: max(sign (S_T / S_t - moneyness), 0), per unit of notional.
inline double forward_performance_value(const lognormal_asset& asset, double moneyness, double reset_time, double time,
                                        double sign) {
  return asset.discount(reset_time) * asset.with_spot(1).vanilla(moneyness, time - reset_time, sign);
}

} // namespace dojima
