// The roads to a reference value, from the most accurate to the most general. Values are of one unit, in the underlying's
// currency.
#pragma once

#include <functional>
#include <optional>

#include "dojima/quantlib/references.hpp"
#include "quantlib/reference_asset.hpp"

namespace dojima::quantlib {

struct valued_trade {
  const trade& t;
  const market& m;
  const reference_settings& settings;
  asset a; ///< the trade's underlying
};

/// The strike at which Black-Scholes takes its volatility; 0: the spot.
double volatility_strike(const contract& terms);

/// QuantLib's formulas and quadratures, and its finite-difference engines for vanilla options.
std::optional<reference> by_engine(const valued_trade& p);
/// Backward recursion on QuantLib's finite-difference operators.
std::optional<reference> by_finite_differences(const valued_trade& p);
/// Paths of QuantLib's processes; throws no_reference, with the reason, where it has none.
reference by_monte_carlo(const valued_trade& p);

/// A European option under any model for which QuantLib has an engine. `cash`: a digital option that pays it.
struct european_terms {
  option_type type;
  double strike;
  date expiry;
  enum { vanilla, cash_or_nothing, asset_or_nothing } pays = vanilla;
};
std::optional<reference> european_value(const asset& a, const european_terms& c);
/// Of one exercised at any time.
std::optional<reference> american_value(const asset& a, const american_option& c);
/// An arithmetic average under Black-Scholes.
reference asian_value(const valued_trade& p, const asian_option& c);
/// Two assets under Black-Scholes.
std::optional<reference> basket_value(const valued_trade& p, const basket_option& c);
/// Engines of Black-Scholes for contracts that are no vanilla options.
std::optional<reference> exotic_value(const valued_trade& p);

/// Of the returns of two underlyings; input_error where the market has none.
double correlation_of(const market& m, const std::string& one, const std::string& other);

/// The finer of two calculations; they differ by the error.
reference refined(const char* engine, const std::function<double(int fineness)>& value);

} // namespace dojima::quantlib
