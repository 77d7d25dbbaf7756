// Quantos, paid in domestic currency at a fixed exchange rate: Reiner (1992), "Quanto mechanics", Risk 5(3). Host only.
#pragma once

#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// The foreign asset as it is valued in domestic currency at the rate 1: its drift is r_f - q - rho sigma sigma_x. Every
/// formula on a lognormal asset prices the quanto from it, times the fixed rate. correlation: of the asset with the price of
/// the foreign currency.
inline lognormal_asset quanto_asset(double spot, double domestic_rate, double foreign_rate, double yield, double volatility,
                                    double fx_volatility, double correlation) {
  return {spot, domestic_rate, domestic_rate - foreign_rate + yield + correlation * volatility * fx_volatility, volatility};
}

} // namespace dojima
