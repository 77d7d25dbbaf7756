// Options on several assets.
#include "models/payoff/basket.hpp"

#include "models/payoff/exchange.hpp"
#include "models/payoff/spread.hpp"
#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::basket, payoffs::blend, payoffs::exchange, payoffs::spread;

const calendar at_expiry = calendar(1).at_end(0);

/// Every pair of assets with the same correlation.
std::vector<double> equal_correlation(std::size_t assets, double rho) {
  std::vector<double> c(assets * assets, rho);
  for (std::size_t i = 0; i < assets; ++i) c[i * assets + i] = 1.0;
  return c;
}

TEST(basket, blends_its_assets) {
  const std::vector<asset_path> path{{{110, 0}}, {{50, 0}}, {{40, 0}}};
  const auto worth = [&](double strike, double sign, blend how) {
    return paid_on(path, at_expiry, basket<double>({strike, sign, {1, 2, 3}}, 3, how));
  };
  EXPECT_EQ(worth(300, 1, blend::sum), 30);
  EXPECT_EQ(worth(100, 1, blend::best), 20);
  EXPECT_EQ(worth(115, -1, blend::worst), 15);
  EXPECT_EQ(paid_on(path, at_expiry, spread<double>({50, 1})), 10);
  EXPECT_EQ(paid_on(path, at_expiry, exchange<double>({1, 2})), 10);
}

TEST(basket, takes_64_assets) {
  std::vector<asset_path> path;
  basket<double>::terms t{0, 1, {}};
  for (int i = 0; i < payoffs::max_assets; ++i) {
    path.push_back({{i + 1.0, 0}});
    t.weights[static_cast<std::size_t>(i)] = 0.5;
  }
  EXPECT_EQ(paid_on(path, at_expiry, basket<double>(t, payoffs::max_assets, blend::sum)), 1040);
}

TEST(basket, reference_rows_of_sums) {
  const auto krekel = [](const char* id, double strike, double rho, double expected) {
    const std::vector<lognormal> assets(4, {100, 0, 0.4});
    const basket<double> form({strike, 1, {0.25, 0.25, 0.25, 0.25}}, 4, blend::sum);
    expect_row(id, simulated(form, assets, at_expiry, 5, 0, 40000, equal_correlation(4, rho)), expected);
  };
  krekel("basket_multi_asset_0001", 50, 0.5, 54.310176050381855);
  krekel("basket_multi_asset_0006", 120, 0.5, 21.762578867170934);
  krekel("basket_multi_asset_0011", 100, 0.95, 33.918687433807804);
  const auto two_short = [](const char* id, double strike, double volatility, double expected) {
    const std::vector<lognormal> assets{{150, 0.05, volatility}, {60, 0.05, volatility}, {50, 0.05, volatility}};
    const basket<double> form({strike, 1, {1, -1, -1}}, 3, blend::sum);
    expect_row(id, simulated(form, assets, at_expiry, 0.2493150684931507, 0.05, 40000, {1, 0.2, 0.8, 0.2, 1, 0.4, 0.8, 0.4, 1}),
               expected);
  };
  two_short("basket_multi_asset_0021", 30, 0.3, 13.567035546746487);
  two_short("basket_multi_asset_0026", 50, 0.6, 10.914015484036913);
  const basket<double> put({15, -1, {2, 1, -1, -1.5}}, 4, blend::sum);
  expect_row("basket_multi_asset_0031",
             simulated(put, {{80, 0.02, 0.3}, {120, 0, 0.4}, {100, -0.04, 0.2}, {100, -0.01, 0.35}}, at_expiry,
                       1.5013698630136987, 0.03, 40000,
                       {1, 0.5, 0.35, 0.35, 0.5, 1, 0.5, 0.6, 0.35, 0.5, 1, -0.1, 0.35, 0.6, -0.1, 1}),
             15.81293112893055);
}

TEST(basket, reference_rows_of_the_best_and_the_worst) {
  const auto row = [](const char* id, blend how, double sign, double strike, const std::vector<lognormal>& assets, double rate,
                      double rho, double time, double expected) {
    const basket<double> form({strike, sign, {1, 1, 1, 1, 1}}, static_cast<int>(assets.size()), how);
    expect_row(id, simulated(form, assets, at_expiry, time, rate, 40000, equal_correlation(assets.size(), rho)), expected);
  };
  row("rainbow_two_asset_0001", blend::worst, 1, 100, {{100, 0.05, 0.3}, {100, 0.05, 0.3}}, 0.05, 0.7, 1, 8.483);
  row("rainbow_two_asset_0021", blend::best, 1, 98, {{100, 0.05, 0.11}, {105, 0.05, 0.16}}, 0.05, 0.63, 0.5, 11.6323);
  row("rainbow_two_asset_0035", blend::worst, -1, 70, {{60, -0.01, 0.4}, {75, 0.02, 0.25}}, 0.02, -0.6, 0.75,
      17.371932253301587);
  row("rainbow_two_asset_0042", blend::worst, -1, 105, {{100, 0.03, 0.3}, {120, -0.02, 0.5}}, 0.03, 0.5, 2, 29.296325755359845);
  row("rainbow_multi_asset_0048", blend::best, 1, 100, std::vector<lognormal>(5, {100, 0.05, 0.2}), 0.05, 0, 1,
      29.75232187557673);
}

TEST(spread, reference_rows) {
  const auto row = [](const char* id, double sign, double strike, const std::vector<lognormal>& assets, double rate, double rho,
                      double time, double expected) {
    const spread<double> form({strike, sign});
    expect_row(id, simulated(form, assets, at_expiry, time, rate, 40000, equal_correlation(2, rho)), expected);
  };
  row("spread_two_asset_0018", 1, 3, {{122, 0, 0.2}, {120, 0, 0.2}}, 0.1, 0, 0.5, 8.701403328953582);
  row("spread_two_asset_0030", -1, 2.8, {{100, 0.05, 0.2}, {96, 0.05, 0.1}}, 0.1, 0.5, 1, 5.905529429073141);
  row("spread_two_asset_0048", 1, 20, {{110, 0.05, 0.3}, {90, 0.05, 0.2}}, 0.05, 0.6, 2, 15.692747722844292);
}

TEST(exchange, reference_rows) {
  const std::vector<lognormal> assets{{22, 0.04, 0.2}, {20, 0.06, 0.15}};
  expect_row("exchange_two_asset_0049", simulated(exchange<double>({1, 1}), assets, at_expiry, 0.5, 0.1, 40000), 2.479);
}

} // namespace
} // namespace dojima::test
