// A market as simulations see it: today's, or one that was moved for a sensitivity.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dojima/market/market.hpp"

namespace dojima {

/// The part of a market that some underlyings need: cheap to copy and to move.
inline market part_of(const market& m, const std::vector<std::string>& names) {
  market part{m.as_of, m.base_currency, {}, {}, {}, {}, m.elapsed};
  for (const std::string& name : names) {
    const underlying& u = m.underlyings.at(name);
    part.underlyings.emplace(name, u);
    for (const std::string& currency : {u.currency, u.kind == asset_class::fx ? u.foreign : u.currency}) {
      part.curves.emplace(currency, m.curves.at(currency));
      part.fx.emplace(currency, m.fx.at(currency));
    }
  }
  return part;
}

struct valuation {
  market m;
  double tilt = 0; ///< drift that ln S has beside its own, per unit of its variance (importance.hpp)

  double time_to(date day) const { return m.time_to(day); }
  const underlying& of(const std::string& name) const { return m.underlyings.at(name); }
  double discount(const std::string& currency, double time) const { return m.curves.at(currency).discount(time); }
  double fx(const std::string& currency) const { return m.fx.at(currency); }

  /// ln F(t) / S.
  double growth(const underlying& u, double time) const {
    return m.log_carry(u, time) - m.curves.at(u.currency).log_discount(time);
  }
  double correlation(const std::string& a, const std::string& b) const {
    return a == b ? 1.0 : m.correlations.at(std::minmax(a, b));
  }
  double forward(const underlying& u, double time) const { return u.spot * std::exp(growth(u, time)); }
  /// Variance of ln S up to a time, at a strike; increasing in time.
  double variance(const underlying& u, double time, double strike) const {
    const double sigma = volatility_at(*u.surface, time, strike);
    return sigma * sigma * time;
  }
};

} // namespace dojima
