// Daily histories of risk factors.
#pragma once

#include <string>
#include <vector>

#include "dojima/market/date.hpp"

namespace dojima {

enum class factor_class { equity, fx, volatility, rate };
std::string to_string(factor_class c);

/// One risk factor through time. Dates increase; values are finite.
struct factor_series {
  std::string name; ///< unique within its class: a stock, a currency, VIX, "USD 10Y"
  factor_class kind;
  std::string currency; ///< of a rate's curve
  double time = 0;      ///< of a rate, in years
  std::vector<date> dates;
  std::vector<double> values; ///< fx: base currency for one unit; volatility and rate: decimals
  std::string file{};         ///< where it was read, for messages; may be empty
  std::vector<long> lines{};  ///< the line of each value in that file; may be empty
};

/// The last value on or before `day` that is at most `max_age` business days old; NaN when there is none.
double value_on(const factor_series& series, date day, int max_age = 5);

} // namespace dojima
