// A market as simulations see it: today's, or one that was moved for a sensitivity.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima {

/// The part of a market that some underlyings need: cheap to copy and to move.
inline market part_of(const market& m, const std::vector<std::string>& names, const std::string& paid = "") {
  market part{m.as_of, m.base_currency, {}, {}, {}, {}, m.elapsed};
  for (const std::string& name : names) {
    const underlying& u = m.underlyings.at(name);
    part.underlyings.emplace(name, u);
    for (const std::string& currency : {u.currency, u.kind == asset_class::fx ? u.foreign : u.currency}) {
      part.curves.emplace(currency, m.curves.at(currency));
      part.fx.emplace(currency, m.fx.at(currency));
    }
    if (paid.empty()) continue;
    const underlying& pair = *pair_between(m, u.currency, paid);
    const auto key = std::minmax(name, pair.name);
    part.underlyings.emplace(pair.name, pair);
    part.correlations[key] = m.correlations.at(key);
    part.curves.emplace(paid, m.curves.at(paid));
    part.fx.emplace(paid, m.fx.at(paid));
  }
  return part;
}

struct valuation {
  market m;
  double tilt = 0; ///< drift that ln S has beside its own, per unit of its variance (importance.hpp)

  std::string paid = {}; ///< the currency of payment where it is another than that of the underlyings (quanto)

  double time_to(date day) const { return m.time_to(day); }
  const underlying& of(const std::string& name) const { return m.underlyings.at(name); }
  double discount(const std::string& currency, double time) const { return m.curves.at(currency).discount(time); }
  double fx(const std::string& currency) const { return m.fx.at(currency); }

  const std::string& currency_of(const std::string& name) const { return paid.empty() ? of(name).currency : paid; }

  /// ln F(t) / S under the measure of the currency of payment.
  double growth(const underlying& u, double time) const {
    return m.log_carry(u, time) - m.curves.at(u.currency).log_discount(time) - (paid.empty() ? 0.0 : quanto_shift(u, time));
  }
  /// Covariance of ln S with the logarithm of the price of its currency in that of payment, by their volatilities at the money:
  /// the integral of rho sigma_S sigma_X.
  double quanto_shift(const underlying& u, double time) const;
  double correlation(const std::string& a, const std::string& b) const {
    return a == b ? 1.0 : m.correlations.at(std::minmax(a, b));
  }
  double forward(const underlying& u, double time) const { return u.spot * std::exp(growth(u, time)); }
  /// Variance of ln S up to a time, at a strike. It never falls: where quotes do, as those lowered for vega may, it stays.
  double variance(const underlying& u, double time, double strike) const;
  /// Throws input_error where the market's total variance at a strike falls before a time.
  void refuse_falling_variance(const underlying& u, double strike, double until) const;
  /// Whether interest, growth and variance up to a time are spread over it in proportion, to rounding, so that those of its end
  /// are constants of a clock that runs with the variance. Barriers and early exercise have formulas under such alone.
  bool has_constants(const underlying& u, double time, double strike) const;
};

/// What one trade sees of a market.
inline valuation seen_by(const trade& t, const market& m) {
  const std::string paid = t.paid ? t.paid->currency : "";
  return {part_of(m, underlyings_of(t), paid), 0, paid};
}
/// How much of the base currency it pays for one of its contract's.
inline double units_of(const trade& t, const valuation& v) {
  return t.quantity * (t.paid ? t.paid->rate : 1.0) * v.fx(v.currency_of(t.underlying));
}

} // namespace dojima
