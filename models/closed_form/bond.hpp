// Bonds with equal coupons at equal periods, from their yield (Fabozzi 2012, "The Handbook of Fixed Income Securities"). Host
// only.
#pragma once

#include <cmath>

namespace dojima {

struct bond_measures {
  double price;             ///< of the cash flows, no interest accrued
  double macaulay_duration; ///< years
  double modified_duration; ///< -dP/dy / P
  double convexity;         ///< d2P/dy2 / P
};

/// `rate` is the coupon per year; `payments` a year, `count` to come, the next in 1 / payments years. The yield is compounded
/// with the payments, or continuously.
inline bond_measures bond_of(double face, double rate, int payments, int count, double yield, bool continuous) {
  const double m = payments, growth = continuous ? yield : m * std::log1p(yield / m); // continuous, per year
  double price = 0, time = 0, square = 0;
  for (int i = 1; i <= count; ++i) {
    const double t = i / m, worth = (face * rate / m + (i == count ? face : 0)) * std::exp(-growth * t);
    price += worth, time += worth * t, square += worth * t * (continuous ? t : t + 1 / m);
  }
  const double per_yield = continuous ? 1 : 1 + yield / m;
  return {price, time / price, time / price / per_yield, square / price / (per_yield * per_yield)};
}

} // namespace dojima
