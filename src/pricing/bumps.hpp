// Markets moved for sensitivities.
#pragma once

#include "pricing/valuation.hpp"

namespace dojima {

/// Sizes of the moves: the largest of a spot, as a part of it, and of a volatility; a rate; and a day but for a moment, so that
/// what ends tomorrow still has one.
inline constexpr double largest_move = 0.01, rate_move = 1e-3, day = (1 - 1e-6) / 365;

/// How far spot and volatility are moved for a trade: not far on the scale on which its value bends.
struct move_sizes {
  double spot;       ///< part of the spot
  double volatility; ///< below the volatility, so that the one moved down is above 0

  /// By parts of the deviation of ln S at the trade's last date, and of the volatility.
  static move_sizes of(double volatility, double time, double part_of_deviation, double part_of_volatility) {
    const double sigma = std::max(volatility, 1e-6), deviation = sigma * std::sqrt(std::max(time, 1e-8));
    return {std::min(largest_move, part_of_deviation * deviation), std::min(largest_move, part_of_volatility * sigma)};
  }
};

/// The volatility of an underlying: Black-Scholes' up to a time at a strike (0: at the money), of another model the one of its
/// price today, without jumps.
double scale_of_volatility(const underlying& u, double time, double strike);

valuation with_spot(valuation v, const std::string& underlying, double factor);
/// Every volatility of an underlying, also those of its model, plus `shift`.
valuation with_volatility(valuation v, const std::string& underlying, double shift);
/// Every zero rate plus `shift`.
valuation with_rates(valuation v, double shift);
valuation later(valuation v, double years);

} // namespace dojima
