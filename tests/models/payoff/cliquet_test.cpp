// Cliquets and ratchets.
#include "models/payoff/cliquet.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::cliquet, payoffs::ratchet;

TEST(cliquet, clips_each_period_and_the_sum) {
  const auto path = spots({110, 99, 108.9});
  const calendar days = calendar(3).on_all(0);
  const auto worth = [&](cliquet<double>::terms t) { return paid_on(path, days, cliquet<double>(t)); };
  EXPECT_NEAR(worth({100, -infinity, infinity, -infinity, infinity, 0, 100}), 10, 1e-12);
  EXPECT_NEAR(worth({100, -0.03, 0.08, -infinity, infinity, 0.02, 100}), 15, 1e-12);
  EXPECT_NEAR(worth({100, -0.03, 0.08, 0, 0.05, 0.02, 100}), 5, 1e-12);
  EXPECT_NEAR(worth({100, -infinity, 0, 0, 0.05, 0, 100}), 0, 1e-12);
  const calendar later = calendar(3).on(1, 0, 1).on(0, 1, 3); // the first reset is to come
  EXPECT_NEAR(paid_on(path, later, cliquet<double>({1, -0.05, 0.2, 0, 1, 0, 1})), 0.05, 1e-12);
}

TEST(ratchet, pays_each_period) {
  const calendar days = calendar(2).on_all(0).column({1.1, 1.0});
  EXPECT_NEAR(paid_on(spots({110, 130}), days, ratchet<double>({1, 1, 100})), 31, 1e-12);
  EXPECT_NEAR(paid_on(spots({90, 99}), days, ratchet<double>({1, -1, 100})), 11, 1e-12);
}

TEST(cliquet, reference_rows) {
  const auto row = [](const char* id, cliquet<double>::terms t, lognormal asset, double rate, double time, int periods,
                      double expected) {
    const auto mean = simulated(cliquet<double>(t), {asset}, calendar(periods).on_all(0), time, rate, 30000);
    expect_row(id, mean, expected);
  };
  row("cliquet_0006", {100, -0.03, 0.03, 0, 0.2, 0, 100}, {100, 0.02, 0.3}, 0.02, 3, 36, 4.647513083346417);
  row("cliquet_0007", {100, -infinity, 0.05, 0, infinity, 0, 100}, {100, 0.02, 0.2}, 0.04, 1, 4, 2.5340005266710888);
  row("cliquet_0008", {100, 0, 0.02, -infinity, infinity, 0, 100}, {100, 0.01, 0.15}, 0.01, 1, 12, 9.721085183406185);
}

TEST(ratchet, reference_rows) {
  const auto row = [](const char* id, ratchet<double>::terms t, lognormal asset, double rate, double time, int periods,
                      double expected) {
    const calendar days = calendar(periods).on_all(0).accrual(rate, time);
    expect_row(id, simulated(ratchet<double>(t), {asset}, days, time, rate, 40000), expected);
  };
  const calendar one = calendar(4).on(1, 0, 1).at_end(0).accrual(0.08, 1);
  expect_row("cliquet_0001", simulated(ratchet<double>({1.1, 1, 1}), {{60, 0.04, 0.3}}, one, 1, 0.08, 40000), 4.4064);
  row("cliquet_0002", {1, 1, 100}, {100, 0.03, 0.2}, 0.05, 1, 4, 17.214221436058537);
  row("cliquet_0003", {0.95, 1, 100}, {100, 0.02, 0.3}, 0.03, 1, 12, 78.21854715899055);
  row("cliquet_0004", {0.95, -1, 100}, {100, 0.02, 0.3}, 0.03, 1, 12, 16.654251551267436);
  row("cliquet_0005", {1.05, 1, 50}, {50, 0.02, 0.4}, 0.02, 3, 3, 21.996156218825305);
}

} // namespace
} // namespace dojima::test
