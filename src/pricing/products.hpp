// Contracts as payoffs on paths.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dojima/pricing/trade.hpp"
#include "pricing/tape.hpp"
#include "pricing/valuation.hpp"

namespace dojima {

/// Numbers of a date in a market, column by column; the step that ends at `time` begins at `step_start`.
using path_numbers = std::function<std::vector<double>(const valuation&, double time, double step_start)>;

/// When a payoff observes.
struct path_schedule {
  std::vector<date> dates;   ///< after the valuation date, increasing
  bool every_step = false;   ///< all steps of the simulation up to the last date instead
  path_numbers numbers = {}; ///< empty for none
};

/// A trade as a simulation sees it.
struct path_trade {
  std::vector<std::string> assets;
  double strike = 0; ///< at which Black-Scholes takes its volatility; 0: the spot
  std::string paid;  ///< quanto: the currency of payment
  double tilt = 0;   ///< of the paths (importance.hpp)
  std::vector<path_schedule> schedules;
  std::vector<std::pair<double, date>> volatilities = {}; ///< that the terms take beside those of the paths: strike, expiry
  /// The payoff on a tape, with its terms in each of the markets.
  std::function<std::unique_ptr<payoff>(tape&, std::span<const valuation>)> form;
  /// A payoff on the same schedules whose undiscounted mean is known.
  std::function<std::unique_ptr<payoff>(tape&, std::span<const valuation>)> control = {};
  std::function<double(const valuation&, std::span<const double> steps)> control_mean = {}; ///< steps: their ends, in years
  std::string control_name = {};
  date payment;
};

/// The last date that a trade observes; long ago where there is none.
date last_date(const path_trade& t);

/// The trade on paths. input_error where this contract cannot be simulated in this market.
path_trade on_paths(const trade& t, const market& m);
/// input_error where a total variance that the trade needs falls in time, as that of `on_paths` does not.
void check_variances(const path_trade& t, const valuation& v);

} // namespace dojima
