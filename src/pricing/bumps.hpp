// Markets moved for sensitivities.
#pragma once

#include "pricing/valuation.hpp"

namespace dojima {

/// Sizes of the moves: a part of the spot, volatility, rate, and a day but for a moment, so that what ends tomorrow still has
/// one.
inline constexpr double spot_move = 0.01, volatility_move = 0.01, rate_move = 1e-3, day = (1 - 1e-6) / 365;

valuation with_spot(valuation v, const std::string& underlying, double factor);
/// Every volatility of an underlying, also those of its model, plus `shift`.
valuation with_volatility(valuation v, const std::string& underlying, double shift);
/// Every zero rate plus `shift`.
valuation with_rates(valuation v, double shift);
valuation later(valuation v, double years);

} // namespace dojima
