// Parameters and terms at the edge of what a simulation can carry: a value within its error, or a reason why there is none.
#include <cmath>

#include "dojima/pricing/script.hpp"
#include "models/closed_form/heston.hpp"
#include "models/closed_form/jump_diffusion.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

constexpr double rate = 0.03;

market market_under(const model& followed) {
  market m = test::one_stock_market(100, rate, 0, 0.2);
  m.underlyings["X"].dynamics = followed;
  return m;
}
european_option call(const market& m, int days = 365) { return {option_type::call, 100, test::after(m, days)}; }
pricing_settings with_paths(std::int64_t paths) {
  pricing_settings s;
  s.paths = paths;
  return s;
}
void expect_status(const estimate& e, const char* part) { EXPECT_NE(e.status.find(part), std::string::npos) << e.status; }

TEST(limits, fast_mean_reversion_shortens_steps) {
  using scheme = heston_model::scheme;
  for (const double kappa : {40.0, 300.0})
    for (const scheme with : {scheme::qe_m, scheme::full_truncation}) {
      const market m = market_under(heston_model{0.04, kappa, 0.04, 0.5, -0.7, with});
      const double exact = heston_european({0.04, kappa, 0.04, 0.5, -0.7}, 100 * std::exp(rate), 100, 1.0, std::exp(-rate), 1);
      const estimate e = test::value_of(call(m), m, with_paths(1 << 15));
      ASSERT_EQ(e.status, "");
      EXPECT_WITHIN_STDERR(e, exact, 4) << kappa;
    }
}

TEST(limits, many_double_exponential_jumps_take_more_steps) {
  for (const double p : {0.5, 0.0}) {
    const market m = market_under(kou_model{0.2, 300, p, 10, 10});
    const double exact = kou_european(0.2, {300, p, 10, 10}, 100 * std::exp(rate), 100, 1.0, std::exp(-rate), 1);
    const estimate e = test::value_of(call(m), m, with_paths(1 << 15));
    ASSERT_EQ(e.status, "");
    EXPECT_WITHIN_STDERR(e, exact, 4) << p;
  }
}

TEST(limits, grids_without_end_are_refused_before_they_are_made) {
  pricing_settings s;
  s.largest_step = 1e-6;
  s.method = pricing_method::monte_carlo;
  const market m = market_under(black_scholes_model{});
  expect_status(test::value_of(call(m), m, s), "1000000 steps to 1 years (at most 100000 in one simulation)");
  s.largest_step = 1e-9;
  EXPECT_NE(test::message_of<input_error>([&] { test::value_of(call(m), m, s); }).find("pricing.largest_step = 1e-09"),
            std::string::npos);

  const market rough = market_under(rough_bergomi_model{0.04, 1.9, 0.07, -0.9});
  expect_status(test::value_of(call(rough, 100 * 365), rough), "31200 steps to 100 years (at most 4096 under rough_bergomi");
  const market fast = market_under(heston_model{0.04, 1e6, 0.04, 0.5, -0.7});
  expect_status(test::value_of(call(fast), fast), "2000000 steps to 1 years");

  s.largest_step = 0;
  s.points = sampling::sobol;
  asian_option daily{option_type::call, 100, test::after(m, 22000), {}};
  for (int day = 1; day <= 22000; ++day) daily.fixings.push_back({test::after(m, day), {}});
  expect_status(test::value_of(daily, m, s), "22000 random numbers a path (Sobol points have at most 21201)");
}

bool warns(const estimate& e, const std::string& what) { return e.warning.find(what) != std::string::npos; }

TEST(limits, a_sample_that_loses_its_forward_says_so) {
  const auto value_under = [](const model& followed) {
    const market m = market_under(followed);
    return test::value_of(call(m), m, with_paths(1 << 16));
  };
  const estimate lost = value_under(merton_model{0.2, 10, 1, 1}); // the closed form is 100.00
  EXPECT_TRUE(warns(lost, "does not carry the forward")) << lost.value << " +- " << lost.standard_error;
  EXPECT_TRUE(value_under(merton_model{0.2, 0.5, -0.3, 0.3}).warning.empty());
  EXPECT_TRUE(value_under(heston_model{0.04, 1, 0.04, 0.5, -0.7}).warning.empty());
}

TEST(limits, a_sensitivity_that_fails_does_not_cost_the_value) {
  pricing_settings s = with_paths(4096);
  s.greeks = true;
  for (const model& narrow : {model{cev_model{0.005, 1}}, model{sabr_model{0.005, 1, 0.3, -0.5}},
                              model{rough_bergomi_model{2.5e-5, 1.9, 0.07, -0.9}}}) {
    const market m = market_under(narrow);
    const estimate e = test::value_of(call(m, 30), m, s);
    ASSERT_EQ(e.status, "") << model_name(narrow);
    EXPECT_TRUE(std::isfinite(e.greeks->vega.value)) << model_name(narrow);
  }
  market m = market_under(black_scholes_model{});
  m.underlyings["X"].spot = 0.01;
  const estimate e = test::value_of(scripted_payoff("2e153 * S^2", {{"S", "X"}}, {}, {}, test::after(m, 30)), m, s);
  ASSERT_EQ(e.status, "");
  EXPECT_TRUE(std::isfinite(e.greeks->delta[0].value));
  EXPECT_TRUE(std::isnan(e.greeks->gamma[0].value));
  EXPECT_TRUE(warns(e, "no finite gamma"));
}

TEST(limits, an_error_beyond_doubles_is_no_error) {
  const market m = market_under(black_scholes_model{});
  const custom_option power = scripted_payoff("S^80", {{"S", "X"}}, {}, {}, test::after(m, 365));
  expect_status(test::value_of(power, m), "no finite standard error");
}

TEST(limits, variance_is_infinite_where_the_price_reaches_zero) {
  const auto swap_on = [](const market& m) {
    variance_swap swap{0.04, false, {}, 12};
    for (int month = 1; month <= 12; ++month) swap.fixings.push_back({test::after(m, 30 * month), {}});
    return test::value_of(swap, m, with_paths(4096));
  };
  expect_status(swap_on(market_under(cev_model{10, 0.5})), "paths reach 0");
  EXPECT_EQ(swap_on(market_under(cev_model{2, 0.5})).status, "");
  market paying = market_under(black_scholes_model{});
  paying.underlyings["X"].dividends = {{test::after(paying, 100), 120}};
  expect_status(swap_on(paying), "paths reach 0");
}

TEST(limits, an_american_option_names_what_its_formula_lacks) {
  const american_option put{option_type::put, 100, *parse_date("2023-12-28")};
  const market heston = market_under(heston_model{0.04, 1, 0.04, 0.5, -0.7});
  expect_status(test::value_of(put, heston), "X follows heston");
  market paying = market_under(black_scholes_model{});
  paying.underlyings["X"].dividends = {{test::after(paying, 100), 2}};
  expect_status(test::value_of(put, paying), "X pays cash dividends");
}

TEST(limits, an_underlying_stands_once_in_a_basket) {
  const market m = market_under(black_scholes_model{});
  const basket_option twice{option_type::call, 100, test::after(m, 365), basket_kind::sum, {{"X", 0.5}, {"X", 0.5}}};
  expect_status(test::value_of(twice, m), "X stands twice");
  const custom_option spread = scripted_payoff("A - B", {{"A", "X"}, {"B", "X"}}, {}, {}, test::after(m, 365));
  expect_status(test::value_of(spread, m), "X stands twice");
}

TEST(limits, prices_are_known_up_to_today) {
  const market m = market_under(black_scholes_model{});
  const auto reset = [&](int days, std::optional<double> value) {
    return test::value_of(forward_start_option{option_type::call, 1, {test::after(m, days), value}, test::after(m, 365)}, m)
        .status;
  };
  EXPECT_NE(reset(182, 50).find("with a value (it lies after the valuation date"), std::string::npos) << reset(182, 50);
  EXPECT_NE(reset(-30, -50).find("reset value -50 (must be above 0)"), std::string::npos) << reset(-30, -50);
  EXPECT_NE(reset(-30, 0).find("reset value 0"), std::string::npos);
  EXPECT_EQ(reset(-30, 90), "");
  const date later = test::after(m, 30);
  const custom_option seen = scripted_payoff("mean(S, days)", {{"S", "X"}}, {}, {{"days", {later, test::after(m, 60)}}},
                                             test::after(m, 60), {{later, {105}}});
  expect_status(test::value_of(seen, m), "price seen on 2023-01-27");
}

TEST(limits, rebates_of_double_barriers_are_not_negative) {
  const market m = market_under(black_scholes_model{});
  double_barrier_option o{option_type::call, 100, test::after(m, 365), false, 80, 120, -1};
  expect_status(test::value_of(o, m), "rebate -1 (must not be negative)");
}

} // namespace
} // namespace dojima
