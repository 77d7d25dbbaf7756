// Contracts beyond one option on one price: against closed forms.
#include "models/closed_form/chooser.hpp"
#include "models/closed_form/quanto.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

TEST(products, choosers_of_two_options_meet_their_integral) {
  market m = test::one_stock_market(50, 0.1, 0.05, 0.35);
  pricing_settings s;
  s.paths = 1 << 17;
  const date choice = test::after(m, 90), call = test::after(m, 180), put = test::after(m, 210);
  const auto years = [&](date d) { return m.time_to(d); };
  const lognormal_asset asset{50, 0.1, 0.05, 0.35};
  const estimate both = test::value_of(chooser_option{choice, 55, call, 48, put}, m, s);
  ASSERT_EQ(both.status, "");
  EXPECT_WITHIN_STDERR(both, chooser_value(asset, years(choice), 55, years(call), 48, years(put)), 4);
  EXPECT_WITHIN_STDERR(test::value_of(chooser_option{choice, 55, call, {}, put}, m, s),
                       chooser_value(asset, years(choice), 55, years(call), 55, years(put)), 4);
  EXPECT_WITHIN_STDERR(test::value_of(chooser_option{choice, 55, call}, m, s),
                       chooser_value(asset, years(choice), 55, years(call), 55, years(call)), 4);
  EXPECT_NE(test::value_of(chooser_option{choice, 55, call, {}, choice}, m, s).status.find("choice date"), std::string::npos);
  m.underlyings["X"].dynamics = merton_model{0.2, 0.5, -0.1, 0.15};
  EXPECT_NE(test::value_of(chooser_option{choice, 55, call, 48}, m, s).status.find("use black_scholes"), std::string::npos);
}

/// The stock X in euros, the dollar the base, both pairs' volatility 12 %.
market euro_stock(const char* pair, const char* foreign, const char* quoted, double correlation) {
  market m = test::one_stock_market(100, 0.05, 0.02, 0.2);
  m.curves.emplace("EUR", curve::flat(0.01));
  m.fx["EUR"] = 1.1;
  m.underlyings["X"].currency = "EUR";
  underlying fx = m.underlyings["X"];
  fx.name = pair, fx.kind = asset_class::fx, fx.foreign = foreign, fx.currency = quoted;
  fx.spot = 1.1, fx.dividend_yield = 0, fx.surface = flat_volatility{0.12};
  m.underlyings[pair] = fx;
  m.correlations[std::minmax(std::string("X"), std::string(pair))] = correlation;
  return m;
}

TEST(products, quantos_meet_the_formula_of_reiner) {
  pricing_settings s;
  s.paths = 1 << 17;
  for (const auto& [m, correlation] : {std::pair{euro_stock("EURUSD", "EUR", "USD", 0.4), 0.4}, // of X with the euro in dollars
                                       std::pair{euro_stock("USDEUR", "USD", "EUR", 0.4), -0.4}}) {
    const lognormal_asset asset = quanto_asset(100, 0.05, 0.01, 0.02, 0.2, 0.12, correlation);
    const date end = test::after(m, 365);
    for (const option_type type : {option_type::call, option_type::put}) {
      const trade t{"1", "b", "X", 3.0, european_option{type, 105, end}, quanto_payment{"USD", 1.25}};
      const estimate e = price({t}, m, s).front();
      ASSERT_EQ(e.status, "");
      EXPECT_WITHIN_STDERR(e, 3 * 1.25 * asset.vanilla(105, 1, sign_of(type)), 4) << correlation;
    }
    // Shared dates, other drift: the two do not share paths, and a control has the forward of the quanto.
    const portfolio book{
        {"1", "b", "X", 1, barrier_option{option_type::call, 100, end, false, false, 60, 0, {end}}, quanto_payment{"USD", 1}},
        {"2", "b", "X", 1, barrier_option{option_type::call, 100, end, false, false, 60, 0, {end}}}};
    const auto found = price(book, m, s);
    EXPECT_NEAR(found[0].value, asset.vanilla(100, 1, 1), 4 * found[0].standard_error + 0.01);
    const lognormal_asset own{100, 0.01, 0.02, 0.2};
    EXPECT_NEAR(found[1].value, 1.1 * own.vanilla(100, 1, 1), 4 * found[1].standard_error + 0.01);
  }
}

TEST(products, quantos_say_what_they_miss) {
  const market m = euro_stock("EURUSD", "EUR", "USD", 0.4);
  const auto status = [&](const market& of, const char* currency, double rate = 1) {
    return price({{"1", "b", "X", 1, european_option{option_type::call, 100, test::after(m, 365)},
                   quanto_payment{currency, rate}}},
                 of)
        .front()
        .status;
  };
  EXPECT_EQ(status(m, "USD"), "");
  EXPECT_NE(status(m, "GBP").find("no curve or exchange rate for GBP"), std::string::npos);
  EXPECT_NE(status(m, "EUR").find("is quoted in it"), std::string::npos);
  EXPECT_NE(status(m, "USD", -1).find("must be above 0"), std::string::npos);
  market other = m;
  other.correlations.clear();
  EXPECT_NE(status(other, "USD").find("no correlation of X and EURUSD"), std::string::npos);
  other.underlyings["EURUSD"].surface.reset();
  EXPECT_NE(status(other, "USD").find("no volatility of EUR in USD"), std::string::npos);
  other = m;
  other.underlyings["X"].dynamics = merton_model{0.2, 0.5, -0.1, 0.15};
  EXPECT_NE(status(other, "USD").find("use black_scholes for X"), std::string::npos);
}

} // namespace
} // namespace dojima
