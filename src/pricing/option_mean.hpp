// What European options pay in the mean: known under several models, and so the control of what pays like them.
#pragma once

#include <functional>

#include "pricing/valuation.hpp"

namespace dojima {

/// E[max(sign (S(T) - strike), 0)] of an underlying under what it follows, and for strike 0 its forward, which every model
/// reproduces.
using option_mean = std::function<double(const valuation&)>;

/// smile: the strike at which Black-Scholes takes its volatility. Empty where no formula is known: other models, cash
/// dividends.
option_mean mean_of_option(const underlying& u, date expiry, double strike, double sign, double smile);

} // namespace dojima
