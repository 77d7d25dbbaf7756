// Closed forms where their terms are singular, windows shrink to nothing, or a model becomes another.
#include <gtest/gtest.h>

#include <cmath>

#include "models/closed_form/black_sensitivities.hpp"
#include "models/closed_form/cev.hpp"
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

// On both sides of beta = 1, where it is Black-Scholes; beyond it the roles of price and strike change.
TEST(cev_formula, becomes_lognormal) {
  const lognormal_asset asset{100, 0.05, 0.02, 0.2};
  for (const double strike : {60.0, 100.0, 170.0})
    for (const double sign : {1.0, -1.0})
      for (const double h : {-1e-3, 1e-3}) {
        const double value =
            cev_european(0.2 * std::pow(100, -h), 1 + h, 0.03, asset.forward(2), strike, 2, asset.discount(2), sign);
        EXPECT_NEAR(value, asset.vanilla(strike, 2, sign), 0.02) << strike << ' ' << sign << ' ' << h;
      }
}

// beta = 3/2: 1/S is a square-root process, whose law is known; far from the money both options are bounded by what they pay.
TEST(cev_formula, is_within_its_bounds_beyond_one) {
  for (const double strike : {30.0, 80.0, 120.0, 300.0}) {
    const double put = cev_european(0.02, 1.5, 0, 100, strike, 1, 1, -1),
                 call = cev_european(0.02, 1.5, 0, 100, strike, 1, 1, 1);
    EXPECT_GE(put, std::max(strike - 100, 0.0) - 1e-12);
    EXPECT_LE(put, strike);
    EXPECT_NEAR(call - put, 100 - strike, 1e-11);
  }
}

// Against differences of the value.
TEST(vanilla_formula, sensitivities_are_derivatives) {
  const lognormal_asset a{100, 0.05, 0.02, 0.2};
  const double strike = 110, time = 0.7, h = 1e-4;
  for (const double sign : {1.0, -1.0}) {
    const auto value = [&](double ds, double dsigma, double dr, double dq, double dt, double dk) {
      return lognormal_asset{a.spot + ds, a.rate + dr, a.yield + dq, a.volatility + dsigma}.vanilla(strike + dk, time - dt,
                                                                                                    sign);
    };
    const auto slope = [&](auto f, double step) { return (f(step) - f(-step)) / (2 * step); };
    const auto delta = [&](double dsigma, double dt) {
      return slope([&](double x) { return value(x, dsigma, 0, 0, dt, 0); }, 1e-2);
    };
    const auto vega = [&](double dsigma) { return slope([&](double x) { return value(0, dsigma + x, 0, 0, 0, 0); }, h); };
    const vanilla_sensitivities g = vanilla_sensitivities_of(a, strike, time, sign);
    EXPECT_NEAR(g.delta, delta(0, 0), 1e-7);
    EXPECT_NEAR(g.gamma, (value(1e-2, 0, 0, 0, 0, 0) - 2 * value(0, 0, 0, 0, 0, 0) + value(-1e-2, 0, 0, 0, 0, 0)) / 1e-4, 1e-7);
    EXPECT_NEAR(g.vega, vega(0), 1e-5);
    EXPECT_NEAR(g.volga, slope(vega, 3e-4), 1e-3);
    EXPECT_NEAR(g.vanna, slope([&](double x) { return delta(x, 0); }, h), 1e-5);
    EXPECT_NEAR(g.rho, slope([&](double x) { return value(0, 0, x, 0, 0, 0); }, h), 1e-5);
    EXPECT_NEAR(g.yield_rho, slope([&](double x) { return value(0, 0, 0, x, 0, 0); }, h), 1e-5);
    EXPECT_NEAR(g.theta, slope([&](double x) { return value(0, 0, 0, 0, x, 0); }, h), 1e-5);
    EXPECT_NEAR(g.charm, slope([&](double x) { return delta(0, x); }, h), 1e-5);
    EXPECT_NEAR(g.strike, slope([&](double x) { return value(0, 0, 0, 0, 0, x); }, 1e-2), 1e-7);
  }
}

} // namespace
} // namespace dojima
