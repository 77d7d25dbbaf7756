// Single and double barriers, at dates and at all times.
#include "models/payoff/barrier.hpp"

#include "models/payoff/asian_price.hpp"
#include "models/payoff/digital.hpp"
#include "models/payoff/forward.hpp"
#include "models/payoff/vanilla.hpp"
#include "models/process/local_volatility.hpp"
#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::knock, payoffs::vanilla;
using dates = payoffs::barrier<double, vanilla<double>, payoffs::date_monitor<double>>;
using bridge = payoffs::barrier<double, vanilla<double>, payoffs::bridge_monitor<double>>;
using double_dates = payoffs::barrier<double, vanilla<double>, payoffs::double_date_monitor<double>>;
using double_bridge = payoffs::barrier<double, vanilla<double>, payoffs::double_bridge_monitor<double>>;

calendar watched(int steps) { return calendar(steps).at_end(0).on_all(1); }

TEST(barrier, at_dates_counts_a_touch) {
  const auto path = spots({115, 120, 108});
  EXPECT_EQ(paid_on(path, watched(3), dates({{100, 1}, {121}, 3}, knock::out, true)), 8);
  EXPECT_EQ(paid_on(path, watched(3), dates({{100, 1}, {120}, 3}, knock::out, true)), 3);
  EXPECT_EQ(paid_on(path, watched(3), dates({{100, 1}, {120}, 3}, knock::in, true)), 8);
  EXPECT_EQ(paid_on(path, watched(3), dates({{100, 1}, {100}, 3}, knock::in, false)), 3);
  const calendar window = calendar(3).at_end(0).on(1, 2, 3); // sees the last date only
  EXPECT_EQ(paid_on(path, window, dates({{100, 1}, {120}, 3}, knock::out, true)), 8);
  const calendar with_rebate = watched(3).column({1.2, 1.1, 1.0});
  EXPECT_DOUBLE_EQ(paid_on(path, with_rebate, dates({{100, 1}, {120}, 3}, knock::out_at_hit, true)), 3.3);
  EXPECT_EQ(paid_on(path, watched(3), double_dates({{100, 1}, {107, 121}, 3}, knock::out)), 8);
  EXPECT_EQ(paid_on(path, watched(3), double_dates({{100, 1}, {110, 121}, 3}, knock::out)), 3);
}

TEST(barrier, an_asian_option_may_be_knocked_out) {
  using asian = payoffs::barrier<double, payoffs::asian_price<double>, payoffs::date_monitor<double>>;
  const calendar days = calendar(3).on_all(0).on_all(1);
  EXPECT_DOUBLE_EQ(paid_on(spots({90, 100, 140}), days, asian({{100, 1, 0, 1.0 / 3}, {150}, 0}, knock::out, true)), 10);
  EXPECT_EQ(paid_on(spots({90, 100, 140}), days, asian({{100, 1, 0, 1.0 / 3}, {130}, 0}, knock::out, true)), 0);
}

TEST(barrier, bridge_uses_the_variance_of_each_step) {
  const std::vector<asset_path> path{{{110, 0.04}, {105, 0.01}}};
  const double first = 1 - std::exp(-2 * std::log(1.2) * std::log(120 / 110.0) / 0.04);
  const double second = 1 - std::exp(-2 * std::log(120 / 110.0) * std::log(120 / 105.0) / 0.01);
  const bridge out({{100, 1}, {120, std::log(1.2)}, 0}, knock::out, true);
  EXPECT_NEAR(paid_on(path, watched(2), out), 5 * first * second, 1e-13);
  const calendar window = calendar(2).at_end(0).on(2, 0, 1).on(1, 1, 2); // opens at the first date
  EXPECT_NEAR(paid_on(path, window, out), 5 * second, 1e-13);
  EXPECT_EQ(paid_on(spots({110, 119}), watched(2), out), 19); // no variance: no touch between dates
  EXPECT_EQ(paid_on(spots({121, 119}), watched(2), out), 0);
}

TEST(barrier, bridge_ends_before_a_jump_and_begins_after_it) {
  const std::vector<asset_path> path{{{105, 0.04, 118}, {112, 0.01, 112}}};
  const double first = 1 - std::exp(-2 * std::log(1.2) * std::log(120 / 118.0) / 0.04);
  const double second = 1 - std::exp(-2 * std::log(120 / 105.0) * std::log(120 / 112.0) / 0.01);
  const bridge one({{100, 1}, {120, std::log(1.2)}, 0}, knock::out, true);
  const double_bridge two({{100, 1}, {10, std::log(12.0), std::log(10.0)}, 0}, knock::out);
  EXPECT_NEAR(paid_on(path, watched(2), one), 12 * first * second, 1e-13);
  EXPECT_NEAR(paid_on(path, watched(2), two), 12 * first * second, 1e-12);
  // Out and in again, and out at the end.
  for (const double last : {112.0, 125.0}) {
    const std::vector<asset_path> out{{{last == 112 ? 121.0 : 112.0, 0.04, 110}, {last, 0.01, 112}}};
    EXPECT_EQ(paid_on(out, watched(2), one), 0) << last;
    EXPECT_EQ(paid_on(out, watched(2), two), 0) << last;
  }
}

TEST(barrier, two_bridges_meet_one_when_the_other_barrier_is_far) {
  const std::vector<asset_path> path{{{110, 0.04}, {105, 0.01}}};
  const double one = paid_on(path, watched(2), bridge({{100, 1}, {120, std::log(1.2)}, 0}, knock::out, true));
  const double two = paid_on(path, watched(2), double_bridge({{100, 1}, {10, std::log(12.0), std::log(10.0)}, 0}, knock::out));
  EXPECT_NEAR(one, two, 1e-13);
  // A step of any variance keeps a probability, and a spot outside is out.
  for (const double v : {1e-300, 1e-4, 0.01, 0.1, 1.0}) {
    payoffs::double_bridge_monitor<double> m({90, std::log(110 / 90.0), std::log(100 / 90.0)});
    const std::vector<asset_path> inside{{{95, v}, {89, v}}};
    const calendar days(2);
    m.observe(path_observation{&inside, &days, 0});
    EXPECT_GE(m.alive(), 0.0) << v;
    EXPECT_LE(m.alive(), 1.0) << v;
    m.observe(path_observation{&inside, &days, 1});
    EXPECT_EQ(m.alive(), 0.0) << v;
  }
}

TEST(barrier, reference_rows_at_dates) {
  const auto row = [](const char* id, bool up, knock k, vanilla<double>::terms t, double level, lognormal asset, double rate,
                      double time, int steps, int pairs, double expected) {
    expect_row(id, simulated(dates({t, {level}, 0}, k, up), {asset}, watched(steps), time, rate, pairs), expected);
  };
  row("barrier_discrete_0003", true, knock::out, {100, 1}, 135, {110, 0.1, 0.3}, 0.1, 0.2, 50, 30000, 8.959);
  row("barrier_discrete_0015", false, knock::out, {100, 1}, 97, {100, 0.1, 0.3}, 0.1, 0.2, 50, 30000, 3.834);
  row("barrier_discrete_0024", true, knock::in, {1.28, -1}, 1.4, {1.3, 0.003, 0.09}, 0.004, 1, 52, 64000,
      0.0010058735807672442);
  row("barrier_discrete_0027", true, knock::out, {100, -1}, 105, {100, 0.04, 0.3}, 0.08, 0.5, 26, 30000, 4.553011835619794);
  const double_dates in({{100, -1}, {70, 130}, 0}, knock::in);
  expect_row("double_barrier_0066", simulated(in, {{100, 0.1, 0.25}}, watched(26), 0.5, 0.1, 30000), 0.6448239871474435);
}

TEST(barrier, reference_rows_at_all_times) {
  const auto row = [](const char* id, bool up, knock k, vanilla<double>::terms t, double level, double volatility,
                      double expected) {
    const lognormal asset{100, 0.04, volatility};
    const int steps = k == knock::out_at_hit ? 64 : 2; // but for the time of the rebate, any number is exact
    const calendar days = watched(steps).accrual(0.08, 0.5, 0.5);
    const bridge form({t, {level, std::abs(std::log(level / 100))}, 3}, k, up);
    expect_row(id, simulated(form, {asset}, days, 0.5, 0.08, k == knock::out_at_hit ? 30000 : 80000), expected);
  };
  row("barrier_continuous_0001", false, knock::out_at_hit, {100, 1}, 95, 0.25, 6.7924);
  row("barrier_continuous_0006", true, knock::out_at_hit, {110, 1}, 105, 0.25, 2.3453);
  row("barrier_continuous_0022", false, knock::out_at_hit, {90, -1}, 95, 0.25, 2.2798);
  row("barrier_continuous_0026", true, knock::out_at_hit, {100, -1}, 105, 0.25, 5.4932);
  row("barrier_continuous_0010", true, knock::in, {90, 1}, 105, 0.25, 14.1112);
  row("barrier_continuous_0018", false, knock::in, {100, 1}, 95, 0.3, 5.137);
  row("barrier_continuous_0030", false, knock::in, {110, -1}, 95, 0.25, 11.9752);
  row("barrier_continuous_0034", true, knock::in, {100, -1}, 105, 0.25, 3.3721);
}

TEST(barrier, reference_rows_of_two_barriers_at_all_times) {
  const auto row = [](const char* id, knock k, vanilla<double>::terms t, double lower, double upper, lognormal asset,
                      double rate, double time, double expected) {
    const double_bridge form({t, {lower, std::log(upper / lower), std::log(asset.spot / lower)}, 0}, k);
    expect_row(id, simulated(form, {asset}, watched(4), time, rate, 80000), expected);
  };
  row("double_barrier_0012", knock::out, {100, 1}, 70, 130, {100, 0.1, 0.25}, 0.1, 0.5, 4.0004);
  row("double_barrier_0018", knock::out, {100, 1}, 90, 110, {100, 0.1, 0.15}, 0.1, 0.25, 1.2055);
  row("double_barrier_0030", knock::out, {100, -1}, 60, 140, {100, 0.1, 0.25}, 0.1, 0.5, 4.6236);
  row("double_barrier_0054", knock::in, {100, 1}, 90, 110, {100, 0.1, 0.25}, 0.1, 0.25, 5.9447);
  row("double_barrier_0060", knock::out, {100, 1}, 80, 130, {100, 0.02, 0.2}, 0.03, 1, 3.016735857497908);
}

TEST(barrier, reference_rows_of_digitals_with_a_barrier) {
  using form = payoffs::barrier<double, payoffs::digital<double>, payoffs::bridge_monitor<double>>;
  const auto row = [](const char* id, bool up, knock k, payoffs::digital<double>::terms t, double spot, double expected) {
    const form f({t, {100, std::abs(std::log(100 / spot))}, 0}, k, up);
    expect_row(id, simulated(f, {{spot, 0.1, 0.2}}, watched(2), 0.5, 0.1, 80000), expected);
  };
  row("binary_barrier_0004", false, knock::in, {102, -1, 15, 0}, 105, 4.4314);
  row("binary_barrier_0008", false, knock::out, {98, 1, 15, 0}, 105, 4.9081);
  row("binary_barrier_0020", true, knock::in, {98, 1, 0, 1}, 95, 54.9262);
}

TEST(barrier, reference_rows_of_an_asset_at_expiry) {
  using form = payoffs::barrier<double, payoffs::forward<double>, payoffs::bridge_monitor<double>>;
  const form down({{0}, {100, std::log(1.05)}, 0}, knock::in, false);
  expect_row("one_touch_0015", simulated(down, {{105, 0.1, 0.2}}, watched(2), 0.5, 0.1, 80000), 64.8426);
}

// A down-and-out call where volatility depends on the spot, against explicit finite differences in S.
TEST(barrier, bridge_works_where_volatility_depends_on_the_spot) {
  constexpr double rate = 0.03, time = 0.5, strike = 100, level = 90, width = 0.5;
  const auto volatility = [](double s) { return 0.25 - 0.1 * std::tanh((s - 100) / 40); };

  std::vector<double> v, next;
  for (int i = 0; i <= 420; ++i) v.push_back(std::max(level + width * i - strike, 0.0));
  v[0] = 0;
  constexpr int layers = 20000;
  for (int k = 0; k < layers; ++k) {
    next = v;
    for (std::size_t i = 1; i + 1 < v.size(); ++i) {
      const double s = level + width * static_cast<double>(i), spread = std::pow(volatility(s) * s / width, 2);
      next[i] +=
          time / layers *
          (0.5 * spread * (v[i + 1] - 2 * v[i] + v[i - 1]) + 0.5 * rate * s / width * (v[i + 1] - v[i - 1]) - rate * v[i]);
    }
    next.back() = 2 * next[v.size() - 2] - next[v.size() - 3];
    v.swap(next);
  }
  const double exact = v[static_cast<std::size_t>((100 - level) / width)];

  constexpr int steps = 26;
  local_volatility_model m;
  for (int j = 0; j <= 200; ++j) m.log_moneyness.push_back(-1.0 + 0.01 * j);
  for (int i = 0; i < steps; ++i) {
    m.times.push_back(time * (i + 1) / steps);
    m.values.emplace_back();
    for (const double x : m.log_moneyness)
      m.values.back().push_back(volatility(100 * std::exp(rate * time * (i + 0.5) / steps + x)));
  }
  const std::vector processes{local_volatility<double>::prepare(m, 100, equal_steps(100, rate, time, steps))};
  const bridge form({{strike, 1}, {level, std::log(100 / level)}, 0}, knock::out, false);
  const payoff_mean mean =
      simulated(form, processes, watched(steps), 100 * std::exp(rate * time), std::exp(-rate * time), 20000);
  expect_row("finite differences", mean, exact);
}

} // namespace
} // namespace dojima::test
