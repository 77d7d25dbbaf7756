// Payoffs as text: an expression such as `max(mean(S) - K, 0)`, or a short program with loops over dates. docs/payoffs.md
// describes the language.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dojima/pricing/trade.hpp"

namespace dojima {

/// An asset by its name in the text, and the market's underlying that it is.
struct script_asset {
  std::string name, underlying = name;
};

/// Prices seen on days that have passed: of each asset, in their order.
using seen_prices = std::map<date, std::vector<double>>;

/// The payoff of a text, paid at expiry. Its names stand for assets, for parameters (trades that differ in their values share
/// kernels) and for schedules, whose dates increase and end at expiry at the latest. Dates that have passed need what was seen.
/// input_error shows the line and points at the character that does not fit.
custom_option scripted_payoff(std::string_view text, const std::vector<script_asset>& assets,
                              const std::map<std::string, double>& parameters,
                              const std::map<std::string, std::vector<date>>& schedules, date expiry,
                              const seen_prices& seen = {});

} // namespace dojima
