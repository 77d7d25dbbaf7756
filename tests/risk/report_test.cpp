#include "dojima/risk/report.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support.hpp"

namespace dojima {
namespace {

market_data demo_market() { return read_market(test::data_directory() / "market"); }
portfolio_data demo_positions(const market& m) { return read_portfolio(test::data_directory() / "portfolio.csv", m); }

risk_report demo_report(const device& where, const risk_settings& settings) {
  market_data data = demo_market();
  portfolio_data positions = demo_positions(data.snapshot);
  return compute_risk(std::move(data), std::move(positions), settings, stream(where));
}

risk_settings small_settings() {
  risk_settings s;
  s.window = 250;
  s.backtest_days = 60;
  s.monte_carlo.scenarios = 200;
  s.pricing.asian_paths = 64;
  return s;
}

/// One column of prices.csv, read here with no help from the library.
std::vector<double> closes(const std::string& ticker) {
  std::ifstream in(test::data_directory() / "market" / "prices.csv");
  std::string line, cell;
  std::getline(in, line);
  std::stringstream header(line);
  int column = -1;
  for (int i = 0; std::getline(header, cell, ','); ++i)
    if (cell == ticker) column = i;
  std::vector<double> values;
  while (std::getline(in, line)) {
    std::stringstream row(line);
    for (int i = 0; i <= column; ++i) std::getline(row, cell, ',');
    values.push_back(std::stod(cell));
  }
  return values;
}

TEST(report, single_stock_var_equals_hand_computation_to_the_cent) {
  // 1,000 shares of AAPL, 1,000 one-day scenarios: VaR 99 % is the 990th of the losses 1000 S (1 - S_t / S_{t-1}), sorted
  // upwards.
  const std::vector<double> s = closes("AAPL");
  std::vector<double> losses;
  for (std::size_t t = s.size() - 1000; t < s.size(); ++t) losses.push_back(1000 * s.back() * (1 - s[t] / s[t - 1]));
  std::sort(losses.begin(), losses.end());
  double tail = 0;
  for (std::size_t i = 990; i < 1000; ++i) tail += losses[i] / 10;

  market_data data = demo_market();
  portfolio_data positions;
  positions.trades.push_back({"1", "book", "AAPL", 1000, stock{}});
  risk_settings settings;
  settings.methods = {"historical"};
  const risk_report r = compute_risk(std::move(data), std::move(positions), settings, stream(device::cpu()));
  for (const measure_row& m : r.measures)
    if (m.level == 0.99 && m.horizon_days == 1) {
      EXPECT_NEAR(m.tail.var, losses[989], 0.005);
      EXPECT_NEAR(m.tail.es, tail, 0.005);
      std::cout << "VaR of 1,000 AAPL: " << m.tail.var << ", by hand " << losses[989] << "\n";
    }
  EXPECT_NEAR(r.market_value, 1000 * s.back(), 0.005);
}

TEST(report, parts_add_up) {
  const risk_report r = demo_report(device::cpu(), small_settings());
  ASSERT_GE(r.books.size(), 3u);
  double value = 0;
  for (const book_section& b : r.books) value += b.market_value;
  EXPECT_NEAR(value, r.market_value, 1e-9 * std::abs(r.market_value));
  for (const distribution& d : r.distributions)
    for (std::size_t s = 0; s < d.pnl.size(); ++s) {
      double sum = 0;
      for (const auto& [name, pnl] : d.books) sum += pnl[s];
      EXPECT_NEAR(sum, d.pnl[s], 1e-6 + 1e-9 * std::abs(d.pnl[s]));
    }
  const tail_measures tail = measure_tail(r.distributions.front().pnl, r.settings.component_level);
  for (const std::string& grouping : r.settings.groupings) {
    double var = 0, es = 0;
    for (const component_row& c : r.components)
      if (c.grouping == grouping) var += c.component_var, es += c.component_es;
    EXPECT_NEAR(var, tail.var, 1e-6 * tail.var) << grouping;
    EXPECT_NEAR(es, tail.es, 1e-6 * tail.es) << grouping;
  }
  ASSERT_TRUE(r.backtest);
  EXPECT_EQ(r.backtest->series.size(), 60u);
  EXPECT_EQ(r.backtest->exceptions,
            static_cast<std::size_t>(std::count_if(r.backtest->series.begin(), r.backtest->series.end(),
                                                   [](const backtest_day& d) { return d.pnl < -d.var; })));
  for (std::size_t i = 1; i < r.worst.size(); ++i) EXPECT_LE(r.worst[i - 1].pnl, r.worst[i].pnl);
  EXPECT_EQ(r.worst.front().pnl, *std::min_element(r.distributions.front().pnl.begin(), r.distributions.front().pnl.end()));
}

TEST(report, direct_horizon_revalues_longer_moves) {
  risk_settings s = small_settings();
  s.methods = {"historical", "monte_carlo"};
  s.backtest_days = 0;
  const risk_report scaled = demo_report(device::cpu(), s);
  s.direct_horizon = true;
  const risk_report direct = demo_report(device::cpu(), s);
  for (std::size_t i = 0; i < scaled.measures.size(); ++i) {
    const double a = scaled.measures[i].tail.var, b = direct.measures[i].tail.var;
    if (scaled.measures[i].horizon_days == 1) EXPECT_EQ(a, b);
    else EXPECT_TRUE(b != a && b > 0.3 * a && b < 3 * a) << a << " " << b;
  }
}

TEST(report, same_bits_on_every_device) {
  const risk_settings s = small_settings();
  const risk_report reference = demo_report(device::cpu(), s);
  std::size_t others = 0;
  for (const device& where : test::all_devices()) {
    if (where == device::cpu()) continue;
    const risk_report r = demo_report(where, s);
    double worst = 0;
    std::size_t differ = 0, compared = 0;
    for (std::size_t d = 0; d < r.distributions.size(); ++d)
      for (std::size_t i = 0; i < r.distributions[d].pnl.size(); ++i) {
        const double a = reference.distributions[d].pnl[i], b = r.distributions[d].pnl[i];
        ++compared;
        if (!test::same_bits(a, b)) ++differ;
        worst = std::max(worst, std::abs(a - b) / std::max(std::abs(a), 1.0));
      }
    std::cout << test::label(where) << " against " << test::label(device::cpu()) << ": " << compared << " P&L figures, "
              << differ << " differ, worst relative " << worst << "\n";
    if (where.bitwise() && device::cpu().bitwise()) EXPECT_EQ(differ, 0u);
    else EXPECT_LE(worst, 1e-9);
    if (where.is_cuda()) ++others;
  }
  if (others == 0) GTEST_SKIP() << "no GPU here (" << device::cuda_status() << "); the CPU's instruction sets agree";
}

TEST(report, one_position_and_no_history_for_backtest) {
  market_data data = demo_market();
  portfolio_data positions;
  positions.trades.push_back({"1", "book", "EURUSD", 1e6, fx_forward{1.05, *parse_date("2023-06-30")}});
  risk_settings s = small_settings();
  s.window = 4200;
  s.backtest_days = 500;
  const risk_report r = compute_risk(std::move(data), std::move(positions), s, stream(device::cpu()));
  EXPECT_EQ(r.backtest->series.size(), 4277u - 4200u - 1u);
  EXPECT_TRUE(
      std::any_of(r.rejected.begin(), r.rejected.end(), [](const rejection& x) { return x.id == "backtest" && x.warning; }));
}

TEST(report, a_position_without_any_history_is_left_out) {
  market_data data = demo_market();
  std::erase_if(data.history, [](const factor_series& s) { return s.name == "AAPL"; });
  portfolio_data positions;
  positions.trades = {{"1", "book", "AAPL", 1000, stock{}}, {"2", "book", "MSFT", 1000, stock{}}};
  const risk_report r = compute_risk(std::move(data), std::move(positions), small_settings(), stream(device::cpu()));
  EXPECT_EQ(r.positions, 1u);
  EXPECT_TRUE(std::any_of(r.rejected.begin(), r.rejected.end(), [](const rejection& x) { return x.id == "1" && !x.warning; }));
}

TEST(report, asian_whose_last_fixing_is_today) {
  const market m = test::one_stock_market(100, 0.03, 0.0, 0.2);
  const asian_option a{option_type::call, 95, test::after(m, 30), {{m.as_of, std::nullopt}}};
  const estimate e = test::value_of(a, m);
  EXPECT_EQ(e.status, "");
  EXPECT_NEAR(e.value, 5 * std::exp(-0.03 * 30 / 365), 1e-6);
}

TEST(report, incomplete_markets_are_named) {
  market m = test::one_stock_market(100, 0.03, 0.0, 0.2);
  m.curves.clear();
  EXPECT_NE(test::value_of(stock{}, m).status.find("USD"), std::string::npos);
  m = test::one_stock_market(0, 0.03, 0.0, 0.2);
  EXPECT_NE(test::value_of(stock{}, m).status.find("spot"), std::string::npos);
}

TEST(report, refuses_a_window_longer_than_history) {
  risk_settings s = small_settings();
  s.window = 1'000'000;
  EXPECT_THROW(demo_report(device::cpu(), s), input_error);
}

} // namespace
} // namespace dojima
