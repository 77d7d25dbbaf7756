// Positions by closed forms and spectral collocation.
#pragma once

#include "dojima/pricing/price.hpp"

namespace dojima {

/// Values positions that have a formula and no problem in this market; with `greeks` also their sensitivities, by central
/// differences over 1/128 of a deviation and of the volatility at most, 1/16 for American options. Where time's move leads out
/// of the formula's range, theta is not a number.
std::vector<estimate> price_exactly(const portfolio& positions, const market& m, const pricing_settings& settings,
                                    const stream& on);

} // namespace dojima
