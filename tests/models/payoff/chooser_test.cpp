// Choosers.
#include "models/payoff/chooser.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::complex_chooser, payoffs::simple_chooser;

TEST(chooser, keeps_to_the_choice) {
  const calendar days = calendar(2).on(1, 0, 1).at_end(0);
  EXPECT_EQ(paid_on(spots({101, 120}), days, simple_chooser<double>({100, 1})), 20);
  EXPECT_EQ(paid_on(spots({101, 80}), days, simple_chooser<double>({100, 1})), 0);
  EXPECT_EQ(paid_on(spots({101, 80}), days, simple_chooser<double>({100, 0.9})), 20); // the forward is below the strike
}

TEST(chooser, takes_the_dearer_option) {
  const calendar end = calendar(1).at_end(0);
  const complex_chooser<double> form({100, 1.02, 0.98, 0.2, 100, 1.02, 0.98, 0.2});
  EXPECT_NEAR(paid_on(spots({1000}), end, form), 0.98 * (1020 - 100), 1e-10);
  EXPECT_NEAR(paid_on(spots({1}), end, form), 0.98 * (100 - 1.02), 1e-10);
  EXPECT_NEAR(paid_on(spots({0}), end, form), 98, 1e-10);
  const double at_the_money = 0.98 * 100 * (2 * norm_cdf(0.1) - 1);
  EXPECT_NEAR(paid_on(spots({100 / 1.02}), end, form), at_the_money, 1e-10);
}

TEST(chooser, reference_rows_of_one_strike) {
  const auto row = [](const char* id, double strike, lognormal asset, double rate, double choice, double time,
                      double expected) {
    const int steps = static_cast<int>(std::lround(time / choice * 2)), at = 1; // the choice falls on the second step
    const simple_chooser<double> form({strike, std::exp(asset.growth * (time - choice))});
    const calendar days = calendar(steps).on(1, at, at + 1).at_end(0);
    expect_row(id, simulated(form, {asset}, days, time, rate, 80000), expected);
  };
  row("chooser_0001", 50, {50, 0.08, 0.25}, 0.08, 0.25, 0.5, 6.1071);
  row("chooser_0002", 90, {100, 0.03, 0.4}, 0.03, 0.25, 2, 31.145505023190044);
  row("chooser_0003", 1.35, {1.3, -0.01, 0.1}, 0.01, 0.5, 0.75, 0.09555401787719685);
}

TEST(chooser, reference_rows_of_two_strikes) {
  const double rate = 0.02, growth = -0.01, volatility = 0.35, choice = 0.1;
  const complex_chooser<double> form({58, std::exp(growth * 0.5), std::exp(-rate * 0.5), volatility * std::sqrt(0.5), 62,
                                      std::exp(growth * 0.3), std::exp(-rate * 0.3), volatility * std::sqrt(0.3)});
  expect_row("chooser_0004", simulated(form, {{60, growth, volatility}}, calendar(1).at_end(0), choice, rate, 80000),
             9.733701226524708);
}

} // namespace
} // namespace dojima::test
