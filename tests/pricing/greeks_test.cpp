// Sensitivities of closed forms: against the tables, and beside those of simulations.
#include "dojima/pricing/price.hpp"
#include "models/closed_form/black_sensitivities.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

using test::reference_row, test::reference_rows;

/// A row's market, in which its maturity, seldom a whole number of days, ends at the end of a day.
struct row_market {
  market m;
  date expiry;

  explicit row_market(const reference_row& r)
      : m(test::one_stock_market(r.number("spot"), r.number("rate"), r.number("dividend_yield"), r.number("volatility"))) {
    const double maturity = r.number("maturity");
    const int days = static_cast<int>(std::ceil(365 * maturity));
    expiry = test::after(m, days);
    m.elapsed = days / 365.0 - maturity;
  }
};

const std::map<std::string, std::function<double(const sensitivities&)>> quantities{
    {"delta", [](const sensitivities& g) { return g.delta[0].value; }},
    {"gamma", [](const sensitivities& g) { return g.gamma[0].value; }},
    {"vega", [](const sensitivities& g) { return g.vega.value; }},
    {"rho", [](const sensitivities& g) { return g.rho.value; }},
    {"theta", [](const sensitivities& g) { return g.theta.value; }}};

option_type type_of(const reference_row& r) { return r["option_type"] == "call" ? option_type::call : option_type::put; }

/// Checks all sensitivities of a table. `unit`: what the contract pays where it is at the money. A difference is off by the
/// square of its move in widths of the distribution, `part` at most, theta by the day over the time left; `noise`: of the
/// method, a part of the value.
template <class Make, class Unit>
void check_table(const std::string& table, const Make& contract_of, const Unit& unit_of, double part = 1.0 / 128,
                 double noise = 0) {
  reference_rows rows(table);
  pricing_settings s;
  s.greeks = true;
  rows.for_each([&](const reference_row& r) {
    const auto wanted = quantities.find(r["quantity"]);
    if (wanted == quantities.end()) return rows.skip(r["quantity"]);
    const row_market in(r);
    const std::optional<contract> terms = contract_of(r, in.expiry);
    if (!terms) return rows.skip("contract");
    const estimate e = test::value_of(*terms, in.m, s);
    ASSERT_EQ(e.status, "") << r["id"];
    ASSERT_EQ(e.standard_error, 0);
    ASSERT_TRUE(e.greeks);
    const double sigma = r.number("volatility"), time = r.number("maturity"), width = sigma * std::sqrt(time);
    const double spot = r.number("spot"), unit = unit_of(r, width);
    const auto square = [](double x) { return x * x; };
    const std::map<std::string, double> bias{{"delta", square(part) * unit / (spot * width)},
                                             {"gamma", square(part) * unit / square(spot * width)},
                                             {"vega", square(part) * unit / sigma},
                                             {"rho", square(1e-5 * time / width) * unit * time / width + 1e-8 * unit},
                                             {"theta", 1 / (365 * time) * unit / time}};
    rows.expect_near(r, wanted->second(*e.greeks),
                     r.number("abs_tolerance") + bias.at(wanted->first) + noise * std::abs(r.number("expected")));
  });
}
double of_option(const reference_row& r, double width) { return r.number("spot") * width; }

TEST(greeks, of_europeans_are_those_of_the_table) {
  check_table(
      "european_bsm",
      [](const reference_row& r, date expiry) -> std::optional<contract> {
        return european_option{type_of(r), r.number("strike"), expiry};
      },
      of_option);
}

TEST(greeks, of_barriers_are_those_of_the_table) {
  check_table(
      "barrier_continuous",
      [](const reference_row& r, date expiry) -> std::optional<contract> {
        const std::string kind = r["barrier_type"];
        return barrier_option{type_of(r),          r.number("strike"), expiry, kind.starts_with("up"), kind.ends_with("in"),
                              r.number("barrier"), r.number("rebate")};
      },
      of_option);
}

TEST(greeks, of_digitals_are_those_of_the_table) {
  check_table(
      "digital",
      [](const reference_row& r, date expiry) -> std::optional<contract> {
        if (r["payoff"] == "cash_or_nothing") return digital_option{type_of(r), r.number("strike"), expiry, r.number("cash")};
        if (r["payoff"] == "asset_or_nothing") return digital_option{type_of(r), r.number("strike"), expiry, {}};
        return {};
      },
      [](const reference_row& r, double) { return r["payoff"] == "cash_or_nothing" ? r.number("cash") : r.number("spot"); });
}

TEST(greeks, of_americans_are_those_of_the_table) {
  check_table(
      "american_vanilla",
      [](const reference_row& r, date expiry) -> std::optional<contract> {
        return american_option{type_of(r), r.number("strike"), expiry};
      },
      of_option, 1.0 / 16, 1e-3);
}

TEST(greeks, of_pairs_move_both_rates) {
  market m = test::one_stock_market(1.1, 0.03, 0, 0.1);
  m.curves.emplace("EUR", curve::flat(0.01));
  m.fx["EUR"] = 1.1;
  m.underlyings["X"].kind = asset_class::fx;
  m.underlyings["X"].foreign = "EUR";
  pricing_settings s;
  s.greeks = true;
  const sensitivities g = *test::value_of(fx_forward{1.05, test::after(m, 365)}, m, s).greeks;
  EXPECT_NEAR(g.delta[0].value, std::exp(-0.01), 1e-10);
  EXPECT_NEAR(g.gamma[0].value, 0, 1e-8);
  EXPECT_NEAR(g.rho.value, 1.05 * std::exp(-0.03) - 1.1 * std::exp(-0.01), 1e-6);
  EXPECT_NEAR(g.theta.value, 0.01 * 1.1 * std::exp(-0.01) - 0.03 * 1.05 * std::exp(-0.03), 1e-4);
}

// Moves of a hundredth, whatever the deviation, gave a gamma of 0.594 for the day's, and a vega of 31.7 at 0.6 %.
TEST(greeks, of_short_times_and_small_volatilities_are_exact) {
  for (const auto& [days, sigma] : {std::pair{1, 0.1}, {7, 0.1}, {365, 0.006}, {365, 0.3}}) {
    const market m = test::one_stock_market(100, 0, 0, sigma);
    const vanilla_sensitivities exact = vanilla_sensitivities_of({100, 0, 0, sigma}, 100, days / 365.0, 1);
    pricing_settings s;
    s.greeks = true;
    s.paths = 1 << 18;
    const european_option at_the_money{option_type::call, 100, test::after(m, days)};
    const sensitivities formula = *test::value_of(at_the_money, m, s).greeks;
    EXPECT_NEAR(formula.delta[0].value / exact.delta, 1, 1e-4) << days;
    EXPECT_NEAR(formula.gamma[0].value / exact.gamma, 1, 1e-4) << days;
    EXPECT_NEAR(formula.vega.value / exact.vega, 1, 1e-4) << days;
    EXPECT_NEAR(formula.rho.value / exact.rho, 1, 1e-4) << days;
    s.method = pricing_method::monte_carlo;
    const sensitivities paths = *test::value_of(at_the_money, m, s).greeks;
    const auto near = [](const sensitivity& found, double wanted, double bias) {
      EXPECT_NEAR(found.value, wanted, 4 * found.standard_error + bias * wanted);
      EXPECT_LT(found.standard_error, 0.02 * wanted);
    };
    near(paths.delta[0], exact.delta, 0.002);
    near(paths.gamma[0], exact.gamma, 0.006); // a move of a quarter of a deviation is off by 1/192
    near(paths.vega, exact.vega, 0.002);
  }
}

TEST(greeks, of_formulas_and_simulations_agree) {
  const market m = test::one_stock_market(100, 0.04, 0.01, 0.25);
  const portfolio book{{"1", "b", "X", -3, european_option{option_type::call, 105, test::after(m, 200)}},
                       {"2", "b", "X", 2, digital_option{option_type::put, 95, test::after(m, 200), 10.0}},
                       {"3", "b", "X", 1, european_option{option_type::put, 100, test::after(m, 1)}}};
  pricing_settings s;
  s.greeks = true;
  s.paths = 1 << 18;
  const auto exact = price(book, m, s);
  s.method = pricing_method::monte_carlo;
  const auto simulated = price(book, m, s);
  for (std::size_t i = 0; i < book.size(); ++i) {
    ASSERT_EQ(simulated[i].status, "");
    const sensitivities &g = *exact[i].greeks, &h = *simulated[i].greeks;
    EXPECT_WITHIN_STDERR(h.delta[0], g.delta[0].value, 4) << i;
    EXPECT_WITHIN_STDERR(h.gamma[0], g.gamma[0].value, 4) << i;
    EXPECT_WITHIN_STDERR(h.vega, g.vega.value, 4) << i;
    EXPECT_WITHIN_STDERR(h.rho, g.rho.value, 4) << i;
    EXPECT_WITHIN_STDERR(h.theta, g.theta.value, 4) << i;
    EXPECT_EQ(g.delta[0].standard_error, 0);
  }
}

} // namespace
} // namespace dojima
