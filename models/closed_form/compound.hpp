// Options on options: Geske (1979), "The valuation of compound options", J. Financial Econ. 7. Host only.
#pragma once

#include "models/closed_form/gated_option.hpp"

namespace dojima {

/// At `mother_time` the mother gives the right to buy (mother_sign +1) or to sell (-1), for mother_strike, the daughter, a
/// vanilla option of daughter_sign that expires at daughter_time. Geske's formula for all four kinds. Error 1e-13 of spot
/// and strike.
inline double compound_value(const lognormal_asset& asset, double mother_strike, double mother_time, double mother_sign,
                             double daughter_strike, double daughter_time, double daughter_sign) {
  const auto gain = [&](double spot) { // of the call on the daughter, at mother_time
    return asset.with_spot(spot).vanilla(daughter_strike, daughter_time - mother_time, daughter_sign) - mother_strike;
  };
  if (gain(asset.at(mother_time, 50 * daughter_sign)) <= 0) // the daughter is never worth mother_strike
    return mother_sign > 0
               ? 0
               : mother_strike * asset.discount(mother_time) - asset.vanilla(daughter_strike, daughter_time, daughter_sign);
  const double side = mother_sign * daughter_sign; // of the critical price, where the daughter is worth mother_strike
  const double critical = critical_price(asset, mother_time, gain);
  return mother_sign * (gated_vanilla_value(asset, critical, mother_time, side, daughter_strike, daughter_time, daughter_sign) -
                        mother_strike * gated_cash_value(asset, critical, mother_time, side));
}

} // namespace dojima
