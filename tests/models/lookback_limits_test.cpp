// Closed forms of lookback options where their terms are singular or their windows shrink to nothing.
#include <gtest/gtest.h>

#include <cmath>

#include "models/closed_form/lookback.hpp"

namespace dojima {
namespace {

// The formulas of the books divide by r - q; here the value passes through zero carry, and from one form to the other.
TEST(lookback_formula, without_carry) {
  for (const double sign : {1.0, -1.0}) {
    const auto value = [&](double carry) {
      return lookback_floating_value({100, 0.03, 0.03 - carry, 0.2}, 100 - 5 * sign, 0.5, sign);
    };
    const double h = 1e-3;
    EXPECT_NEAR(value(0), (4 * (value(h) + value(-h)) - value(2 * h) - value(-2 * h)) / 6, 1e-9);
    const double change = 0.1 / std::sqrt(0.5); // 2 (r - q) sqrt(T) / sigma = 1
    EXPECT_NEAR(value(change * (1 + 1e-13)), value(change * (1 - 1e-13)), 1e-11);
  }
}

// A window that covers all the life of the option, or next to nothing of it.
TEST(lookback_formula, partial_windows_at_their_limits) {
  const lognormal_asset asset{100, 0.06, 0.01, 0.2};
  for (const double sign : {1.0, -1.0}) {
    const double floating = lookback_floating_value(asset, 100, 1, sign),
                 fixed = lookback_fixed_value(asset, 105, 100, 1, sign);
    EXPECT_NEAR(lookback_partial_floating_value(asset, 1 - 1e-10, 1, sign), floating, 1e-7);
    EXPECT_NEAR(lookback_partial_floating_value(asset, 1e-14, 1, sign), asset.vanilla(100, 1, sign), 1e-5);
    EXPECT_NEAR(lookback_partial_fixed_value(asset, 105, 1e-14, 1, sign), fixed, 1e-5);
    EXPECT_NEAR(lookback_partial_fixed_value(asset, 105, 1 - 1e-14, 1, sign), asset.vanilla(105, 1, sign), 1e-5);
  }
}

} // namespace
} // namespace dojima
