// An immutable snapshot of the market on one day. The valuation date is in it; nothing is global.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dojima/market/curve.hpp"
#include "dojima/market/volatility.hpp"
#include "dojima/pricing/model.hpp"

namespace dojima {

enum class asset_class { equity, fx };
std::string to_string(asset_class c);

/// Cash paid for one unit of an equity, in its currency; the spot falls by it on the day.
struct cash_dividend {
  date day;
  double amount;
};

/// Something that trades refer to: a stock, an index, or a currency pair such as EURUSD (US dollars per euro).
struct underlying {
  std::string name;
  asset_class kind = asset_class::equity;
  std::string currency; ///< in which the spot is quoted; the second of a pair
  std::string foreign;  ///< the first currency of a pair; empty for equities
  double spot = 0;
  double dividend_yield = 0;         ///< continuous, equities; unless there is a dividend curve
  std::optional<volatility> surface; ///< needed by options
  std::string history;               ///< the equity factor that moves the spot; empty for pairs
  std::string volatility_factor;     ///< the factor that moves the surface; empty for none
  double volatility_beta = 1;        ///< elasticity of the surface to that factor
  std::vector<cash_dividend> dividends =
      {};                                   ///< known ones to come, beside the yield; simulations under black_scholes take them
  model dynamics = black_scholes_model{};   ///< what simulations follow
  std::optional<curve> dividend_curve = {}; ///< of equities: discount factors of the dividend yield, in place of a constant one
};

struct market {
  date as_of;
  std::string base_currency;
  std::map<std::string, curve> curves; ///< by currency
  std::map<std::string, double> fx;    ///< base currency for one unit; the base itself is 1
  std::map<std::string, underlying> underlyings;
  std::map<std::pair<std::string, std::string>, double> correlations = {}; ///< of returns, by names in alphabetical order

  double elapsed = 0; ///< years since the start of the valuation date; it ends what is due on later days
  std::map<std::string, std::map<date, double>> fixings = {}; ///< past prices by underlying, for trades that name dates alone

  /// Years from now (Act/365F), the clock of all volatilities and curves.
  double time_to(date day) const { return std::max(year_fraction(as_of, day, day_count::act_365f) - elapsed, 0.0); }
  /// ln of the discount factor of what holding `u` earns: the foreign rate of a pair, the dividend yield of an equity. The
  /// forward is the spot times its exponential over the discount factor of the currency.
  double log_carry(const underlying& u, double time) const;
};

} // namespace dojima
