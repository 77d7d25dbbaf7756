// Discount curves.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dojima/market/date.hpp"

namespace dojima {

/// ln of a discount factor as a weighted sum of the curve's node values, so that shocked curves need no look-up.
struct curve_weights {
  int lo = 0, hi = 0; ///< node indices
  double weight_lo = 0, weight_hi = 0;
};

/// What is linear in time between the nodes of a curve.
enum class curve_interpolation {
  log_discount, ///< ln DF, from ln 1 at time 0
  zero_rate     ///< the continuous zero rate, which is flat before the first node
};

/// A discount curve. The last zero rate goes on beyond the end.
class curve {
public:
  /// times: years from the valuation date, increasing, above 0; log_discounts: ln DF at those times.
  curve(std::vector<double> times, std::vector<double> log_discounts,
        curve_interpolation linear = curve_interpolation::log_discount);

  /// Continuously compounded zero rates (decimals) at the times.
  static curve from_zero_rates(std::span<const double> times, std::span<const double> rates);
  /// A flat continuously compounded rate, with a node at one year.
  static curve flat(double rate) { return curve({1.0}, {-rate}); }
  /// Bootstrap from par yields quoted semi-annually (bond-equivalent, as the US Treasury quotes them): simple interest up to
  /// half a year, then par bonds with coupons every half year counted back from maturity. input_error where no discount factor
  /// fits.
  static curve from_par_yields(std::span<const double> times, std::span<const double> yields);

  double log_discount(double time) const; ///< 0 for time <= 0
  double discount(double time) const;
  double zero_rate(double time) const; ///< continuous
  curve_weights weights(double time) const;

  const std::vector<double>& times() const { return times_; }
  const std::vector<double>& log_discounts() const { return log_discounts_; }
  curve_interpolation linear() const { return linear_; }

private:
  std::vector<double> times_, log_discounts_;
  curve_interpolation linear_;
};

} // namespace dojima
