// Cash-or-nothing, asset-or-nothing and gap options.
#include "models/payoff/digital.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::digital;

TEST(digital, pays_beyond_the_strike_only) {
  const calendar end = calendar(1).at_end(0);
  EXPECT_EQ(paid_on(spots({101}), end, digital<double>({100, 1, 7, 0})), 7);
  EXPECT_EQ(paid_on(spots({100}), end, digital<double>({100, 1, 7, 0})), 0);
  EXPECT_EQ(paid_on(spots({99}), end, digital<double>({100, -1, 0, 1})), 99);
  EXPECT_EQ(paid_on(spots({101}), end, digital<double>({100, 1, -105, 1})), -4); // a gap call
}

TEST(digital, reference_rows) {
  const calendar end = calendar(1).at_end(0);
  const auto row = [&](const char* id, digital<double>::terms t, lognormal asset, double rate, double time, double expected) {
    expect_row(id, simulated(digital<double>(t), {asset}, end, time, rate, 80000), expected);
  };
  row("digital_0001", {80, -1, 10, 0}, {100, 0.0, 0.35}, 0.06, 0.75, 2.671);
  row("digital_0002", {65, -1, 0, 1}, {70, 0.02, 0.27}, 0.07, 0.5, 20.2069);
  row("digital_0003", {100, 1, 1, 0}, {100, 0.03, 0.2}, 0.05, 1, 0.4945810910532235);
  row("digital_0015", {100, -1, 0, 1}, {100, 0.03, 0.2}, 0.05, 1, 39.33475271719913);
  row("digital_0027", {110, 1, -115.5, 1}, {100, 0.03, 0.3}, 0.03, 0.5, 3.5384250419805725);
  row("digital_0038", {110, -1, 115.5, -1}, {100, 0.03, 0.3}, 0.03, 0.5, 17.31885406613431);
}

} // namespace
} // namespace dojima::test
