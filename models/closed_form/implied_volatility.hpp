// The volatility at which Black (1976) gives a price. Host only.
#pragma once

#include "models/closed_form/black.hpp"

#include <cmath>

namespace dojima {

/// Implied volatility, per square root of a year, of a call (sign +1) or put (-1) whose price lies strictly between its bounds.
/// Newton's method on the logarithm of the price out of the money, which is increasing and concave in sigma sqrt(T), with
/// bisection where a step leaves the bracket. Error: a few ulp of the price over its vega.
inline double implied_volatility(double price, double forward, double strike, double time, double discount, double sign) {
  const double k = std::log(forward / strike), side = k < 0 ? 1.0 : -1.0;
  const double target = price - (side == sign ? 0.0 : discount * sign * (forward - strike)); // by parity, out of the money
  double low = 0, high = 0, v = std::fmax(std::sqrt(2.0 * std::abs(k)), 0.01); // the inflection: Manaster and Koehler (1982)
  for (int i = 0; i < 200; ++i) {
    const double value = black_value(forward, strike, k, v, discount, side);
    (value < target ? low : high) = v;
    const double vega = discount * forward * norm_pdf(k / v + 0.5 * v);
    double next = v + std::log(target / value) * value / vega;
    if (!(next > low && (high == 0 || next < high))) next = high == 0 ? 2.0 * v : 0.5 * (low + high);
    if (std::abs(next - v) <= 1e-15 * v) break;
    v = next;
  }
  return v / std::sqrt(time);
}

} // namespace dojima
