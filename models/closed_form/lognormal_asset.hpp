// An asset of Black, Scholes and Merton (1973) with constant coefficients: dS = (r - q) S dt + sigma S dW. Exotic options of
// this folder take it; host only.
#pragma once

#include "models/closed_form/black.hpp"

namespace dojima {

/// spot in currency; rate r, yield q continuously compounded per year; volatility sigma per square root of a year. Times are in
/// years from today; sign is +1 for a call, -1 for a put.
struct lognormal_asset {
  double spot, rate, yield, volatility;

  double discount(double time) const { return exp(-rate * time); }
  double forward(double time) const { return spot * exp((rate - yield) * time); }
  double deviation(double time) const { return volatility * sqrt(time); }
  /// What the asset delivered at `time` is worth today.
  double prepaid(double time) const { return spot * exp(-yield * time); }
  /// Mean of ln S_t / S_0 with cash as numeraire, or with the asset.
  double log_mean(double time, bool asset_numeraire = false) const {
    return (rate - yield + (asset_numeraire ? 0.5 : -0.5) * volatility * volatility) * time;
  }
  /// Price at `time` when the standard normal variable that drives it is z, with cash as numeraire.
  double at(double time, double z) const { return spot * exp(log_mean(time) + deviation(time) * z); }
  lognormal_asset with_spot(double other) const { return {other, rate, yield, volatility}; }
  double vanilla(double strike, double time, double sign) const {
    return black_value(forward(time), strike, log(spot / strike) + (rate - yield) * time, deviation(time), discount(time),
                       sign);
  }
};

} // namespace dojima
