// Autocallable notes.
#include "models/payoff/autocallable.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::autocallable, payoffs::protection;
using note = autocallable<double>;

/// Observed at every step, in units of the payment date; protection dates are all steps.
calendar observed(int steps) {
  return calendar(steps).on_all(0).at_end(1).on_all(2).column(std::vector(static_cast<std::size_t>(steps), 1.0));
}

/// Notional 100, coupon 0.05 above 0.8, called at 1.0, protected to 0.7; reference 100.
note::terms usual(double missed = 0) { return {100, 0.05, 0.8, 1.0, 0.7, missed, infinity, {0.01}}; }

double worth(std::initializer_list<double> path, bool memory, protection p = protection::at_maturity, double missed = 0) {
  return paid_on(spots(path), observed(static_cast<int>(path.size())), note(usual(missed), 1, memory, p));
}

TEST(autocallable, is_called_once) {
  EXPECT_DOUBLE_EQ(worth({101, 50, 150}, false), 105);
  EXPECT_DOUBLE_EQ(worth({90, 101, 50}, false), 110);
}

TEST(autocallable, remembers_missed_coupons) {
  EXPECT_DOUBLE_EQ(worth({75, 75, 100}, false), 105);
  EXPECT_DOUBLE_EQ(worth({75, 75, 100}, true), 115);
  EXPECT_DOUBLE_EQ(worth({75, 90, 75}, true), 110);
  EXPECT_DOUBLE_EQ(worth({90, 75, 75}, true, protection::at_maturity, 2), 115);
}

TEST(autocallable, is_protected_at_maturity_or_on_the_way) {
  EXPECT_DOUBLE_EQ(worth({60, 75, 75}, false), 100);
  EXPECT_DOUBLE_EQ(worth({60, 75, 75}, false, protection::observed), 75);
  EXPECT_DOUBLE_EQ(worth({75, 75, 60}, false), 60);
  EXPECT_DOUBLE_EQ(worth({71, 75, 75}, false, protection::observed), 100);
}

TEST(autocallable, looks_at_the_worst_asset_and_accrues_what_is_paid_early) {
  const std::vector<asset_path> path{{{120, 0}, {90, 0}}, {{45, 0}, {65, 0}}};
  const calendar days = calendar(2).on_all(0).at_end(1).column({1.1, 1.0});
  const note form({100, 0.05, 0.8, 1.1, 0.7, 0, infinity, {0.01, 0.02}}, 2, false, protection::at_maturity);
  EXPECT_DOUBLE_EQ(paid_on(path, days, form), 5 * 1.1 + 5 + 100);
}

TEST(autocallable, reference_rows) {
  // All coupons are paid when called: with memory, and the coupon barrier at the call level.
  const auto row = [](const char* id, double level, double coupon, double guard, int observations, double rate, lognormal asset,
                      double time, double expected) {
    const note form({100, coupon, level, level, guard, 0, infinity, {0.01}}, 1, true, protection::at_maturity);
    const calendar days = calendar(observations).on_all(0).at_end(1).accrual(rate, time);
    expect_row(id, simulated(form, {asset}, days, time, rate, 40000), expected);
  };
  row("autocallable_0001", 1, 0.02, 0.7, 4, 0.03, {100, 0.02, 0.2}, 1, 99.40111186137922);
  row("autocallable_0002", 1, 0.04, 0.6, 6, 0.02, {100, -0.01, 0.25}, 3, 95.23004192720448);
  row("autocallable_0003", 1.05, 0.01, 0.75, 24, 0.025, {100, 0.005, 0.35}, 2, 93.60837805150784);
}

} // namespace
} // namespace dojima::test
