#include "dojima/market/market.hpp"

#include <algorithm>
#include <limits>

#include "dojima/market/history.hpp"

namespace dojima {

std::string to_string(asset_class c) { return c == asset_class::equity ? "equity" : "fx"; }

double market::log_carry(const underlying& u, double time) const {
  if (u.kind == asset_class::fx) return curves.at(u.foreign).log_discount(time);
  return u.dividend_curve ? u.dividend_curve->log_discount(time) : -u.dividend_yield * time;
}

std::string to_string(factor_class c) {
  switch (c) {
  case factor_class::equity: return "equity";
  case factor_class::fx: return "fx";
  case factor_class::volatility: return "volatility";
  case factor_class::rate: return "rate";
  }
  return "unknown";
}

double value_on(const factor_series& series, date day, int max_age) {
  const auto after = std::upper_bound(series.dates.begin(), series.dates.end(), day);
  if (after == series.dates.begin()) return std::numeric_limits<double>::quiet_NaN();
  const auto last = after - 1;
  if (day - *last > std::chrono::days{7 * (max_age / 5 + 1)} || business_days(*last, day) > max_age)
    return std::numeric_limits<double>::quiet_NaN();
  return series.values[static_cast<std::size_t>(last - series.dates.begin())];
}

} // namespace dojima
