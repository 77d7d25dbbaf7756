// What a market says over time: its variances on paths, the drift of quantos, and what a move of the spot leaves as it is.
#include "pricing/valuation.hpp"

#include "models/closed_form/black.hpp"
#include "models/elementary.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

std::vector<fixing_date> monthly(const market& m, int months) {
  std::vector<fixing_date> all;
  for (int i = 1; i <= months; ++i) all.push_back({test::after(m, 30 * i), {}});
  return all;
}

TEST(valuation, trades_whose_total_variance_falls_are_refused) {
  market m = test::one_stock_market(100, 0, 0, 0.2);
  m.underlyings["X"].surface = term_volatility{{0.25, 1.0}, {0.4, 0.15}};
  const date quarter = test::after(m, 91), year = test::after(m, 365);
  const european_option call{option_type::call, 100, year};
  const portfolio book{{"1", "b", "X", 1, call},
                       {"2", "b", "X", 1, asian_option{option_type::call, 100, year, monthly(m, 12)}},
                       {"3", "b", "X", 1, compound_option{option_type::call, 5, quarter, option_type::call, 100, year}},
                       {"4", "b", "X", 1, chooser_option{quarter, 100, year, 90, test::after(m, 300)}},
                       {"5", "b", "X", 1, forward_start_option{option_type::call, 1, {test::after(m, 30), {}}, quarter}},
                       {"6", "b", "X", 1, european_option{option_type::call, 100, quarter}}};
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  const std::vector<estimate> found = price(book, m, s);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NE(found[i].status.find("total variance of X at strike 100 falls from 0.04 on 2023-03-29 to 0.0225 on 2023-12-28"),
              std::string::npos)
        << i << ": " << found[i].status;
  }
  EXPECT_EQ(found[4].status, "");
  EXPECT_WITHIN_STDERR(found[5], black_value(100.0, 100.0, 0.0, 0.4 * std::sqrt(91 / 365.0), 1.0, 1.0), 4);
  // A formula takes the volatility of one expiry.
  EXPECT_NEAR(test::value_of(call, m).value, black_value(100.0, 100.0, 0.0, 0.15, 1.0, 1.0), 1e-12);
  // A market that falls later is refused by what was made before.
  market rising = m;
  rising.underlyings["X"].surface = flat_volatility{0.2};
  pricer made({book[0]}, rising, s);
  EXPECT_EQ(made.price(rising).front().status, "");
  EXPECT_NE(made.price(m).front().status.find("falls from"), std::string::npos);
}

TEST(valuation, the_strike_of_the_trade_decides) {
  market m = test::one_stock_market(100, 0, 0, 0.2);
  m.underlyings["X"].surface = surface_volatility{{{0.25, {80, 100}, {0.6, 0.3}}, {1.0, {80, 100}, {0.25, 0.2}}}};
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  const auto status = [&](double strike) {
    return test::value_of(european_option{option_type::put, strike, test::after(m, 365)}, m, s).status;
  };
  EXPECT_EQ(status(100), "");
  EXPECT_NE(status(80).find("at strike 80 falls from 0.09"), std::string::npos);
  m.underlyings["X"].surface.reset();
  EXPECT_NE(test::value_of(stock{}, m, s).status.find("no volatility for X"), std::string::npos);
}

TEST(valuation, variance_never_falls) {
  market m = test::one_stock_market(100, 0, 0, 0.2);
  m.underlyings["X"].surface = term_volatility{{0.25, 1.0, 2.0}, {0.4, 0.15, 0.2}};
  const valuation v{m};
  const underlying& u = m.underlyings["X"];
  EXPECT_DOUBLE_EQ(v.variance(u, 0.2, 100), 0.16 * 0.2);
  EXPECT_DOUBLE_EQ(v.variance(u, 1.0, 100), 0.04);
  EXPECT_DOUBLE_EQ(v.variance(u, 2.0, 100), 0.08);
  EXPECT_THROW(v.refuse_falling_variance(u, 100, 0.3), input_error);
  v.refuse_falling_variance(u, 100, 0.25);
  m.underlyings["X"].surface = term_volatility{{0.25, 1.0}, {0.4, 0.2}}; // no variance between
  valuation{m}.refuse_falling_variance(m.underlyings["X"], 100, 1.0);
}

/// A stock in euros whose volatility falls from 40 to 10 % after half a year, while that of the euro rises from 5 to 20 %.
market crossing(double correlation) {
  market m = test::one_stock_market(100, 0.03, 0, 0.2);
  m.curves.emplace("EUR", curve::flat(0.01));
  m.fx["EUR"] = 1.1;
  const auto falling = [](double first, double second) {
    return term_volatility{{0.5, 1.0}, {first, std::sqrt(0.5 * (first * first + second * second))}};
  };
  underlying& x = m.underlyings["X"];
  x.currency = "EUR";
  x.surface = falling(0.4, 0.1);
  underlying pair = x;
  pair.name = "EURUSD", pair.kind = asset_class::fx, pair.foreign = "EUR", pair.currency = "USD", pair.spot = 1.1;
  pair.surface = falling(0.05, 0.2);
  m.underlyings["EURUSD"] = pair;
  m.correlations[{"EURUSD", "X"}] = correlation;
  return m;
}

TEST(valuation, the_drift_of_a_quanto_is_the_integral_of_both_volatilities) {
  const market m = crossing(-0.8);
  const date end = test::after(m, 365);
  const valuation v{m, 0, "USD"};
  EXPECT_NEAR(v.quanto_shift(v.of("X"), 1.0), -0.8 * 0.5 * (0.4 * 0.05 + 0.1 * 0.2), 1e-15);
  EXPECT_NEAR(v.quanto_shift(v.of("X"), 0.75), -0.8 * (0.5 * 0.4 * 0.05 + 0.25 * 0.1 * 0.2), 1e-15);
  pricing_settings s;
  s.paths = 1 << 17;
  const estimate e =
      price({{"1", "b", "X", 1, european_option{option_type::call, 105, end}, quanto_payment{"USD", 1}}}, m, s)[0];
  const double forward = 100 * std::exp(0.01 + 0.016), deviation = std::sqrt(0.5 * (0.16 + 0.01));
  EXPECT_WITHIN_STDERR(e, black_value(forward, 105.0, std::log(forward / 105.0), deviation, std::exp(-0.03), 1.0), 4);
}

TEST(valuation, quantos_of_impossible_correlations_are_refused) {
  market m = crossing(-0.9);
  underlying y = m.underlyings["X"];
  y.name = "Y";
  m.underlyings["Y"] = y;
  m.correlations[{"X", "Y"}] = 0.9; // possible alone, but not beside -0.9 and 0.9 with the euro
  m.correlations[{"EURUSD", "Y"}] = 0.9;
  const trade both{"1",
                   "b",
                   "X",
                   1,
                   basket_option{option_type::call, 200, test::after(m, 365), basket_kind::sum, {{"X", 1}, {"Y", 1}}},
                   quanto_payment{"USD", 1}};
  pricing_settings s;
  EXPECT_NE(price({both}, m, s)[0].status.find("not positive semi-definite"), std::string::npos);
  s.repair_correlation = true;
  EXPECT_EQ(price({both}, m, s)[0].status, "");
  m.correlations[{"EURUSD", "Y"}] = -0.9;
  s.repair_correlation = false;
  EXPECT_EQ(price({both}, m, s)[0].status, "");
}

TEST(valuation, a_move_of_the_spot_leaves_local_volatility_where_it_is) {
  // dS = r S dt + s (S - b(t)) dW, b(t) = b e^(r t): S - b(t) is lognormal (Rubinstein 1983, "Displaced diffusion option
  // pricing").
  const double rate = 0.03, s = 0.1, b = -100, strike = 102, spot = 100;
  market m = test::one_stock_market(spot, rate, 0, 0.2);
  local_volatility_model local{{1.0}, {}, {{}}};
  for (int j = -150; j <= 150; ++j) {
    local.log_moneyness.push_back(0.01 * j);
    local.values[0].push_back(s * (1 - b / spot * std::exp(-0.01 * j)));
  }
  m.underlyings["X"].dynamics = local;
  pricing_settings settings;
  settings.greeks = true;
  const estimate e = test::value_of(european_option{option_type::call, strike, test::after(m, 365)}, m, settings);
  ASSERT_EQ(e.status, "");
  const double d = std::log((spot - b) / (strike * std::exp(-rate) - b)) / s + 0.5 * s;
  EXPECT_WITHIN_STDERR(e.greeks->delta[0], 0.5 * std::erfc(-d / std::sqrt(2.0)), 4);
  EXPECT_WITHIN_STDERR(e.greeks->gamma[0], std::exp(-0.5 * d * d) / (std::sqrt(2 * M_PI) * (spot - b) * s), 4);
  EXPECT_LT(e.greeks->delta[0].standard_error, 0.005);
}

} // namespace
} // namespace dojima
