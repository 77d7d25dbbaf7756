// Payoffs paid at a fixed exchange rate.
#include "models/payoff/quanto.hpp"

#include "models/payoff/barrier.hpp"
#include "models/payoff/forward_start.hpp"
#include "models/payoff/vanilla.hpp"
#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::forward_start, payoffs::knock, payoffs::quanto, payoffs::vanilla;
using vanilla_quanto = quanto<double, vanilla<double>>;

/// Drift under the measure of payment: rate_foreign - yield - correlation volatility fx_volatility.
lognormal quanto_asset(double spot, double foreign, double yield, double volatility, double fx_volatility, double correlation) {
  return {spot, foreign - yield - correlation * volatility * fx_volatility, volatility};
}

TEST(quanto, pays_at_the_fixed_rate) {
  EXPECT_EQ(paid_on(spots({110}), calendar(1).at_end(0), vanilla_quanto(vanilla_quanto::terms{{100, 1}, 1.5})), 15);
}

TEST(quanto, reference_rows) {
  const auto row = [](const char* id, double strike, double sign, double fx, lognormal asset, double rate, double time,
                      double expected) {
    const vanilla_quanto form(vanilla_quanto::terms{{strike, sign}, fx});
    expect_row(id, simulated(form, {asset}, calendar(1).at_end(0), time, rate, 80000), expected);
  };
  const lognormal haug = quanto_asset(100, 0.05, 0.04, 0.2, 0.1, 0.3);
  row("quanto_0001", 105, 1, 1.5, haug, 0.08, 0.5, 5.328);
  row("quanto_0002", 105, -1, 1, haug, 0.08, 0.5, 8.1636);
  row("quanto_0007", 100, -1, 1, quanto_asset(100, 0.01, 0.02, 0.25, 0.12, -0.4), 0.03, 1, 9.566476888661287);
  row("quanto_0008", 2600, 1, 0.01, quanto_asset(2500, 0.005, 0.015, 0.18, 0.1, 0.5), 0.05, 0.5, 0.7439962653786816);

  const calendar days = calendar(2).on(1, 0, 1).at_end(0);
  const quanto<double, forward_start<double>> later({{1.05, -1, 1}, 1}, false);
  expect_row("quanto_0003", simulated(later, {haug}, days, 0.5, 0.08, 80000), 6.7296);

  using double_barrier = payoffs::barrier<double, vanilla<double>, payoffs::double_bridge_monitor<double>>;
  const quanto<double, double_barrier> out({{{100, 1}, {90, std::log(110 / 90.0), std::log(100 / 90.0)}, 0}, 1}, knock::out);
  expect_row("quanto_0004",
             simulated(out, {quanto_asset(100, 0.05, 0, 0.15, 0.2, 0.3)}, calendar(4).at_end(0).on_all(1), 0.5, 0.1, 40000),
             0.5236);
}

} // namespace
} // namespace dojima::test
