#include "dojima/risk/scenario.hpp"

#include "dojima/risk/revalue.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

using test::after;

/// Two factors on consecutive days.
factor_panel small_panel(std::vector<double> a, std::vector<double> b) {
  factor_panel p;
  p.factors = {{"A", factor_class::equity, "", 0}, {"R", factor_class::rate, "USD", 1.0}};
  for (std::size_t i = 0; i < a.size(); ++i) p.dates.push_back(*parse_date("2022-01-03") + std::chrono::days{i});
  p.levels = std::move(a);
  p.levels.insert(p.levels.end(), b.begin(), b.end());
  return p;
}

TEST(historical, moves_by_type_and_horizon) {
  const factor_panel p = small_panel({100, 110, 99, 120}, {0.01, 0.02, 0.015, 0.03});
  const scenario_set daily = historical_scenarios(p, {}, 2);
  EXPECT_DOUBLE_EQ(daily.shock(0, 0), 99.0 / 110 - 1);
  EXPECT_DOUBLE_EQ(daily.shock(0, 1), 120.0 / 99 - 1);
  EXPECT_DOUBLE_EQ(daily.shock(1, 1), 0.015);
  EXPECT_EQ(daily.dates.back(), p.dates.back());
  shock_types logs;
  logs.equity = shock_type::log;
  EXPECT_DOUBLE_EQ(historical_scenarios(p, logs, 1, 3).shock(0, 0), std::log(1.2));
  EXPECT_THROW(historical_scenarios(p, {}, 4), input_error);
}

TEST(filtered, scales_by_today_over_then) {
  const factor_panel p = small_panel({100, 101, 100, 104, 103}, {0.01, 0.01, 0.01, 0.01, 0.01});
  const double lambda = 0.9;
  std::vector<double> r;
  double start = 0;
  for (int i = 0; i < 4; ++i) r.push_back(p.level(0, i + 1) / p.level(0, i) - 1), start += r[i] * r[i] / 4;
  std::vector<double> variance{start};
  for (const double x : r) variance.push_back(lambda * variance.back() + (1 - lambda) * x * x);
  const scenario_set s = filtered_historical_scenarios(p, {}, 3, lambda);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(s.shock(0, i), r[i + 1] * std::sqrt(variance[4] / variance[i + 1]), 1e-15);
  EXPECT_EQ(s.shock(1, 2), 0.0) << "a factor that never moves stays still";
}

/// A panel of two correlated factors, 400 days.
factor_panel long_panel() {
  std::vector<double> a{100}, b{0.02};
  unsigned state = 7;
  const auto next = [&state] { return (state = state * 1664525u + 1013904223u) / 4294967296.0 - 0.5; };
  for (int i = 0; i < 400; ++i) {
    const double x = next(), y = next();
    a.push_back(a.back() * (1 + 0.03 * x));
    b.push_back(b.back() + 0.001 * (0.6 * x + 0.8 * y));
  }
  return small_panel(a, b);
}

TEST(monte_carlo, has_the_ewma_covariance) {
  const factor_panel p = long_panel();
  const scenario_set daily = historical_scenarios(p, {}, 400);
  double expected[2][2] = {{0, 0}, {0, 0}}, total = 0, weight = 1;
  for (std::size_t back = 0; back < 400; ++back, weight *= 0.97) {
    total += weight;
    for (std::size_t f = 0; f < 2; ++f)
      for (std::size_t g = 0; g < 2; ++g) expected[f][g] += weight * daily.shock(f, 399 - back) * daily.shock(g, 399 - back);
  }
  for (const int degrees : {0, 6})
    for (const device& where : test::all_devices()) {
      const std::size_t n = 200'000;
      const scenario_set s = monte_carlo_scenarios(p, {}, {n, 400, 0.97, degrees, 11}, 10, stream(where));
      for (std::size_t f = 0; f < 2; ++f)
        for (std::size_t g = 0; g < 2; ++g) {
          double mean = 0, squares = 0;
          for (std::size_t i = 0; i < n; ++i) {
            const double x = s.shock(f, i) * s.shock(g, i);
            mean += x / static_cast<double>(n);
            squares += x * x / static_cast<double>(n);
          }
          const estimate seen{mean, std::sqrt((squares - mean * mean) / static_cast<double>(n)), "", ""};
          EXPECT_WITHIN_STDERR(seen, 10 * expected[f][g] / total, 4) << test::label(where) << " degrees " << degrees;
        }
    }
}

TEST(monte_carlo, scenario_17_is_scenario_17) {
  const factor_panel p = long_panel();
  const stream on(device::cpu());
  const scenario_set few = monte_carlo_scenarios(p, {}, {100, 400, 0.97, 0, 3}, 1, on),
                     many = monte_carlo_scenarios(p, {}, {1000, 400, 0.97, 0, 3}, 1, on);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(test::same_bits(few.shock(1, i), many.shock(1, i)));
  EXPECT_NE(monte_carlo_scenarios(p, {}, {100, 400, 0.97, 0, 4}, 1, on).shock(0, 0), few.shock(0, 0));
}

TEST(states, pairs_follow_their_currencies) {
  market m = test::one_stock_market(100, 0.03, 0.0, 0.2);
  for (const char* c : {"EUR", "GBP"}) m.curves.emplace(c, curve::flat(0.02));
  m.fx["EUR"] = 1.1;
  m.fx["GBP"] = 1.3;
  underlying pair;
  pair.name = "EURGBP", pair.kind = asset_class::fx, pair.currency = "GBP", pair.foreign = "EUR", pair.spot = 1.1 / 1.3;
  m.underlyings["EURGBP"] = pair;
  const state_layout layout(m);
  scenario_set s{"historical", 1, {{"EUR", factor_class::fx, "", 0}, {"GBP", factor_class::fx, "", 0}},
                 {},           2, {0.01, 0.05, -0.02, 0.05}};
  scenario_states states = shocked_states(m, layout, s, {});
  EXPECT_DOUBLE_EQ(states.at(layout.spot("EURGBP"), 0), 1.1 * 1.01 / (1.3 * 0.98));
  EXPECT_DOUBLE_EQ(states.at(layout.spot("EURGBP"), 1), 1.1 / 1.3);
  EXPECT_DOUBLE_EQ(states.at(layout.spot("X"), 0), 100);
}

TEST(states, volatility_and_rates) {
  market m = test::one_stock_market(100, 0.03, 0.0, 0.2);
  m.curves.clear();
  m.curves.emplace("USD", curve::from_zero_rates(std::vector{1.0, 2.0, 5.0}, std::vector{0.03, 0.03, 0.03}));
  m.underlyings["X"].volatility_factor = "VIX";
  m.underlyings["X"].volatility_beta = 0.5;
  const state_layout layout(m);
  const scenario_set s{"historical",
                       1,
                       {{"VIX", factor_class::volatility, "", 0},
                        {"USD 1Y", factor_class::rate, "USD", 1.0},
                        {"USD 3Y", factor_class::rate, "USD", 3.0}},
                       {},
                       1,
                       {0.44, 0.01, 0.02}};
  scenario_states states = shocked_states(m, layout, s, {});
  EXPECT_NEAR(std::exp(states.at(layout.volatility_log("X"), 0)), 1.2, 1e-15);
  EXPECT_NEAR(-states.at(layout.curve_node("USD", 0), 0) / 1.0, 0.04, 1e-15);
  EXPECT_NEAR(-states.at(layout.curve_node("USD", 1), 0) / 2.0, 0.045, 1e-15);
  EXPECT_NEAR(-states.at(layout.curve_node("USD", 2), 0) / 5.0, 0.05, 1e-15) << "flat beyond the last tenor";
}

} // namespace
} // namespace dojima
