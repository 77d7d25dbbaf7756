// Lookback options at dates, and with the shift towards continuous monitoring.
#include "models/payoff/lookback.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::fixed_lookback, payoffs::floating_lookback, payoffs::monitoring;

TEST(lookback, looks_back) {
  const auto path = spots({90, 120, 100});
  const calendar days = calendar(3).on_all(1).at_end(0), fixed = calendar(3).on_all(0);
  EXPECT_EQ(paid_on(path, days, floating_lookback<double>({infinity, 1}, true)), 10);
  EXPECT_EQ(paid_on(path, days, floating_lookback<double>({85, 1}, true)), 15);
  EXPECT_EQ(paid_on(path, days, floating_lookback<double>({0, 1}, false)), 20);
  EXPECT_EQ(paid_on(path, days, floating_lookback<double>({0, 0.75}, false)), 0);
  EXPECT_EQ(paid_on(path, fixed, fixed_lookback<double>({105, 100}, true)), 15);
  EXPECT_EQ(paid_on(path, fixed, fixed_lookback<double>({105, 130}, true)), 25);
  EXPECT_EQ(paid_on(path, fixed, fixed_lookback<double>({105, infinity}, false)), 15);
  const calendar window = calendar(3).on(1, 0, 1).at_end(0); // the first date only
  EXPECT_EQ(paid_on(path, window, floating_lookback<double>({0, 1}, false)), 0);
}

TEST(lookback, shift_follows_the_variance_of_each_step) {
  const std::vector<asset_path> path{{{100, 0.01}, {99, 0.04}}};
  const double shifted = 99 * std::exp(0.5825971579390107 * 0.2);
  EXPECT_NEAR(paid_on(path, calendar(2).on_all(0), fixed_lookback<double>({0, 0}, true, monitoring::shifted)), shifted, 1e-12);
  const std::vector<asset_path> dividend{{{100, 0.01, 104}}}; // the price before it counts, on dates that after it
  const double before = 104 * std::exp(0.5825971579390107 * 0.1);
  EXPECT_NEAR(paid_on(dividend, calendar(1).on_all(0), fixed_lookback<double>({0, 0}, true, monitoring::shifted)), before,
              1e-12);
  EXPECT_EQ(paid_on(dividend, calendar(1).on_all(0), fixed_lookback<double>({0, 0}, true)), 100);
}

TEST(lookback, reference_rows_at_dates) {
  const auto floating = [](const char* id, bool call, double past, lognormal asset, double rate, double time, int dates,
                           double expected) {
    const calendar days = calendar(dates).on_all(1).at_end(0);
    expect_row(id, simulated(floating_lookback<double>({past, 1}, call), {asset}, days, time, rate, 64000), expected);
  };
  floating("lookback_discrete_0003", false, 100, {100, 0.1, 0.3}, 0.1, 0.5, 12, 11.699920514725232);
  floating("lookback_discrete_0013", false, 110, {100, 0.05, 0.3}, 0.05, 1, 5, 18.538618656740947);
  floating("lookback_discrete_0016", true, 100, {100, 0.05, 0.3}, 0.05, 1, 12, 20.260521755317313);
  floating("lookback_discrete_0050", true, 46.5, {50, 0.02, 0.45}, 0.06, 0.25, 5, 7.368166658610065);
  const auto fixed = [](const char* id, bool call, double strike, lognormal asset, double rate, int dates, double expected) {
    const calendar days = calendar(dates).on_all(0);
    expect_row(id, simulated(fixed_lookback<double>({strike, 100}, call), {asset}, days, 1, rate, 64000), expected);
  };
  fixed("lookback_discrete_0018", true, 105, {100, 0.05, 0.3}, 0.05, 12, 18.910895682913008);
  fixed("lookback_discrete_0019", false, 98, {100, 0.05, 0.3}, 0.05, 12, 13.831331311525531);
  fixed("lookback_discrete_0030", true, 105, {100, 0.02, 0.2}, 0.03, 5, 9.358271554700423);
}

TEST(lookback, reference_rows_of_continuous_monitoring) {
  constexpr int steps = 256;
  const auto row = [](const char* id, bool call, double strike, lognormal asset, double rate, double time, double expected) {
    const auto form = fixed_lookback<double>({strike, asset.spot}, call, monitoring::shifted);
    expect_row(id, simulated(form, {asset}, calendar(steps).on_all(0), time, rate, 16000), expected);
  };
  row("lookback_continuous_0005", true, 95, {100, 0.1, 0.2}, 0.1, 0.5, 18.9263);
  row("lookback_continuous_0020", false, 100, {100, 0.1, 0.3}, 0.1, 0.5, 13.1579);
  const auto call = floating_lookback<double>({100, 1}, true, monitoring::shifted);
  const calendar days = calendar(steps).on_all(1).at_end(0), early = calendar(steps).on(1, 0, steps * 3 / 4).at_end(0);
  expect_row("lookback_continuous_0035", simulated(call, {{100, 0.03, 0.35}}, days, 0.5, 0.03, 16000), 18.88592337917248);
  const auto put = floating_lookback<double>({90, 1}, false, monitoring::shifted);
  expect_row("lookback_partial_0018", simulated(put, {{90, 0.06, 0.2}}, early, 1, 0.06, 16000), 11.0362);
}

} // namespace
} // namespace dojima::test
