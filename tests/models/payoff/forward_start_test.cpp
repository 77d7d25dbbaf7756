// Forward-start options.
#include "models/payoff/forward_start.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::forward_start;

TEST(forward_start, strikes_at_the_start) {
  const calendar days = calendar(2).on(1, 0, 1).at_end(0), started = calendar(2).at_end(0);
  EXPECT_EQ(paid_on(spots({80, 100}), days, forward_start<double>({0.5, 1, 1}, false)), 60);
  EXPECT_EQ(paid_on(spots({80, 100}), days, forward_start<double>({0.5, 1, 1}, true)), 0.75);
  EXPECT_EQ(paid_on(spots({80, 100}), started, forward_start<double>({1, -1, 200}, false)), 100);
  EXPECT_EQ(paid_on(spots({80, 100}), started, forward_start<double>({1, -1, 200}, true)), 0.5);
}

TEST(forward_start, reference_rows) {
  const auto row = [](const char* id, forward_start<double>::terms t, bool performance, lognormal asset, double rate,
                      double time, int steps, double expected) {
    const calendar days = calendar(steps).on(1, 0, 1).at_end(0); // starts at the first step
    expect_row(id, simulated(forward_start<double>(t, performance), {asset}, days, time, rate, 80000), expected);
  };
  row("forward_start_0001", {1.1, -1, 1}, false, {60, 0.04, 0.3}, 0.08, 1, 4, 8.2971);
  row("forward_start_0002", {1, 1, 1}, false, {100, 0.03, 0.2}, 0.05, 1, 2, 6.244873136512814);
  row("forward_start_0004", {1, -1, 1}, true, {100, 0.03, 0.2}, 0.05, 1, 2, 0.047142999123999524);
  row("forward_start_0006", {1.2, 1, 1}, false, {50, -0.03, 0.5}, 0.01, 3, 12, 10.476640797608907);
  row("forward_start_0007", {1.2, 1, 1}, true, {50, -0.03, 0.5}, 0.01, 3, 12, 0.21111021994270968);
}

} // namespace
} // namespace dojima::test
