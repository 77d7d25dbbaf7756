// Importance sampling under Black-Scholes: paths drift to where a trade pays, and its payoff carries the likelihood ratio
// (Glasserman, Heidelberger and Shahabuddin 1999, "Asymptotically optimal importance sampling and stratification for pricing
// path-dependent options", Mathematical Finance 9). Of their directions this is the one along a constant drift: ln S gains
// `tilt` per unit of its variance, so that the ratio depends on the last price alone.
#pragma once

#include "dojima/array/stream.hpp"
#include "dojima/pricing/settings.hpp"
#include "pricing/products.hpp"

namespace dojima {

/// The trade on paths with this tilt. Its control is the payoff without the ratio: the mean of their product is the second
/// moment that plain paths would have.
path_trade tilted(path_trade t, double tilt);

/// For trades that share paths: the tilts with the smallest errors in a pilot of 16,384 paths at each of 17 drifts, up to 6
/// deviations of ln S to either side. 0 where the variance, with the trade's control, would not fall to a tenth, and for
/// anything but one asset under Black-Scholes without cash dividends.
std::vector<double> best_tilts(const std::vector<path_trade>& trades, const std::vector<double>& quantities, const market& m,
                               const pricing_settings& settings, const stream& on);

} // namespace dojima
