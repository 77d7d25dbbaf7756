// Rows of reference tables as trades in markets of their own.
#pragma once

#include <cmath>

#include "dojima/pricing/payoff.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {

/// n times at equal distances from first to last.
std::vector<double> spaced(double first, double last, int n);
/// The same without 0.
inline std::vector<double> dates_to(double last, int n) { return spaced(last / n, last, n); }

/// Contracts have dates, rows have times. A value depends on rates, variances and intensities times time alone, so the market
/// of a row lives at a pace of its own, at which all times of the row are whole days: those nearest to 365 to the year, where a
/// simulation has steps, that their length is what the process states.
class calendar {
public:
  /// `not_valued` where no pace of up to 100,000 days does.
  explicit calendar(const std::vector<double>& times);
  explicit calendar(double maturity) : calendar(std::vector{maturity}) {}

  /// Years of the market in a year of the row.
  double pace() const { return days_ / 365; }
  double rate(double of_row) const { return of_row / pace(); }
  double volatility(double of_row) const { return of_row / std::sqrt(pace()); }
  date day(double time) const;
  std::vector<date> days(const std::vector<double>& times) const;
  std::vector<fixing_date> fixings(const std::vector<double>& times, std::optional<double> past = {}) const;
  /// One stock X in one currency, the base. `not_valued` where ln X has a deviation above 2.4: its mean is then made by paths
  /// that are seldom drawn, and the spread of a sample says little about it.
  market stock(double spot, double rate, double yield, double sigma) const;
  market stock(const reference_row& r) const;
  /// The same under another model.
  market stock(double spot, double rate, double yield, model dynamics) const;
  market stock(const reference_row& r, model dynamics) const;

private:
  double last_; ///< time of the row
  double days_; ///< in a year of the row
};

/// Pays what `amount` makes of the last observation of X.
custom_option pays(const std::function<path_value(const observation&)>& amount, date expiry);

} // namespace dojima
