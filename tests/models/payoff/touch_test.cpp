// One-touch and no-touch.
#include "models/payoff/touch.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::touched;
using dates = payoffs::touch<double, payoffs::date_monitor<double>>;
using bridge = payoffs::touch<double, payoffs::bridge_monitor<double>>;
using double_bridge = payoffs::touch<double, payoffs::double_bridge_monitor<double>>;

TEST(touch, pays_once) {
  const auto path = spots({105, 121, 125});
  const calendar days = calendar(3).on_all(0).column({1.2, 1.1, 1.0});
  EXPECT_DOUBLE_EQ(paid_on(path, days, dates({10, {120}}, touched::at_hit, true)), 11);
  EXPECT_EQ(paid_on(path, days, dates({10, {120}}, touched::at_end, true)), 10);
  EXPECT_EQ(paid_on(path, days, dates({10, {120}}, touched::never, true)), 0);
  EXPECT_EQ(paid_on(path, days, dates({10, {100}}, touched::never, false)), 10);
  const calendar window = calendar(3).on(1, 1, 2).on(0, 2, 3).column({1.2, 1.1, 1.0}); // opens beyond the barrier
  EXPECT_DOUBLE_EQ(paid_on(path, window, bridge({10, {120, 0}}, touched::at_hit, true)), 11);
}

TEST(touch, reference_rows) {
  const auto row = [](const char* id, touched when, bool up, double cash, lognormal asset, double level, double rate,
                      double time, double expected) {
    const int steps = when == touched::at_hit ? 64 : 2;
    const calendar days = calendar(steps).on_all(0).accrual(rate, time, 0.5);
    const bridge form({cash, {level, std::abs(std::log(level / asset.spot))}}, when, up);
    expect_row(id, simulated(form, {asset}, days, time, rate, when == touched::at_hit ? 30000 : 80000), expected);
  };
  row("one_touch_0001", touched::at_hit, false, 15, {105, 0.1, 0.2}, 100, 0.1, 0.5, 9.7264);
  row("one_touch_0005", touched::at_hit, true, 15, {95, -0.1, 0.2}, 100, 0.1, 0.5, 8.9109);
  row("one_touch_0009", touched::at_hit, true, 100, {95, 0.1, 0.2}, 100, 0.1, 0.5, 77.7017); // the asset, worth the barrier
  row("one_touch_0012", touched::at_end, false, 15, {105, 0.1, 0.2}, 100, 0.1, 0.5, 9.3604);
  row("one_touch_0036", touched::at_end, true, 1, {50, 0.06, 0.45}, 80, 0.06, 2, 0.36954952191030194);
  const auto two = [](const char* id, touched when, double lower, double upper, double volatility, double expected) {
    const double_bridge form({10, {lower, std::log(upper / lower), std::log(100 / lower)}}, when);
    expect_row(id, simulated(form, {{100, 0.03, volatility}}, calendar(4).on_all(0), 0.25, 0.05, 80000), expected);
  };
  two("double_no_touch_0001", touched::never, 80, 120, 0.2, 8.9307);
  two("double_no_touch_0003", touched::never, 80, 120, 0.5, 1.9094);
  two("double_no_touch_0008", touched::never, 90, 110, 0.3, 0.796);
  two("double_no_touch_0016", touched::at_end, 85, 115, 0.3, 6.1658);
}

} // namespace
} // namespace dojima::test
