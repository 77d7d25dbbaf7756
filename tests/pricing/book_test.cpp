// Books priced by simulation: against closed forms, shared paths, sensitivities, errors.
#include <set>

#include "dojima/pricing/price.hpp"
#include "models/closed_form/black.hpp"
#include "models/closed_form/discrete_dividend.hpp"
#include "models/closed_form/heston.hpp"
#include "models/closed_form/lookback.hpp"
#include "models/closed_form/rainbow.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

constexpr double spot = 100, rate = 0.05, yield = 0.02, sigma = 0.25;

market stock_market() { return test::one_stock_market(spot, rate, yield, sigma); }

double black_value_of(double strike, double days, double sign) {
  const double t = days / 365, forward = spot * std::exp((rate - yield) * t);
  return black_value(forward, strike, std::log(forward / strike), sigma * std::sqrt(t), std::exp(-rate * t), sign);
}

pricing_settings simulated(std::int64_t paths = 1 << 17) {
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = paths;
  return s;
}

TEST(book, europeans_are_within_their_errors_on_every_device) {
  const market m = stock_market();
  portfolio book;
  for (const double strike : {80.0, 100.0, 120.0})
    for (const int days : {30, 365, 730})
      for (const option_type type : {option_type::call, option_type::put})
        book.push_back({"x", "b", "X", 1.0, european_option{type, strike, test::after(m, days)}});
  std::vector<estimate> first;
  for (const device& d : test::all_devices()) {
    const auto found = price(book, m, simulated(), stream(d));
    for (std::size_t i = 0; i < book.size(); ++i) {
      const auto& o = std::get<european_option>(book[i].terms);
      ASSERT_EQ(found[i].status, "");
      EXPECT_WITHIN_STDERR(found[i], black_value_of(o.strike, (o.expiry - m.as_of).count(), sign_of(o.type)), 4);
      EXPECT_EQ(found[i].method, "monte_carlo");
    }
    if (!d.bitwise()) continue;
    if (first.empty()) first = found;
    for (std::size_t i = 0; i < book.size(); ++i) {
      EXPECT_TRUE(test::same_bits(found[i].value, first[i].value)) << test::label(d);
      EXPECT_TRUE(test::same_bits(found[i].standard_error, first[i].standard_error)) << test::label(d);
    }
  }
}

TEST(book, every_way_of_sampling_agrees) {
  const market m = stock_market();
  const portfolio book{{"x", "b", "X", 2.0, european_option{option_type::call, 110, test::after(m, 365)}}};
  const double exact = 2 * black_value_of(110, 365, 1);
  pricing_settings s = simulated();
  double plain = 0;
  for (const bool antithetic : {false, true})
    for (const sampling points : {sampling::philox, sampling::sobol}) {
      s.antithetic = antithetic;
      s.points = points;
      const estimate e = price(book, m, s, stream(device::cpu())).front();
      EXPECT_WITHIN_STDERR(e, exact, 4) << antithetic << e.variance_reduction;
      if (plain == 0) plain = e.standard_error;
      else EXPECT_LT(e.standard_error, plain) << e.variance_reduction;
    }
  for (const simulation_precision p : {simulation_precision::single, simulation_precision::mixed}) {
    pricing_settings other = simulated();
    other.format = p;
    const estimate e = price(book, m, other, stream(device::cpu())).front();
    EXPECT_WITHIN_STDERR(e, exact, 4);
  }
}

TEST(book, sensitivities_are_those_of_black_and_scholes) {
  const market m = stock_market();
  const double t = 1, forward = spot * std::exp((rate - yield) * t), deviation = sigma;
  const double d1 = std::log(forward / 100) / deviation + 0.5 * deviation, d2 = d1 - deviation;
  const double density = norm_pdf(d1), carry = std::exp(-yield), discount = std::exp(-rate);
  pricing_settings s = simulated(1 << 18);
  s.greeks = true;
  const estimate e =
      price({{"x", "b", "X", 1.0, european_option{option_type::call, 100, test::after(m, 365)}}}, m, s, stream(device::cpu()))
          .front();
  ASSERT_EQ(e.status, "");
  ASSERT_TRUE(e.greeks);
  const auto near = [](const sensitivity& s, double exact, double bias) {
    EXPECT_NEAR(s.value, exact, 4 * s.standard_error + bias) << s.standard_error;
    EXPECT_GT(s.standard_error, 0);
  };
  near(e.greeks->delta[0], carry * norm_cdf(d1), 1e-4);
  near(e.greeks->gamma[0], carry * density / (spot * deviation), 2e-5);
  near(e.greeks->vega, spot * carry * density, 0.02);
  near(e.greeks->rho, 100 * discount * norm_cdf(d2), 0.05);
  const double theta =
      -spot * carry * density * sigma / 2 - rate * 100 * discount * norm_cdf(d2) + yield * spot * carry * norm_cdf(d1);
  near(e.greeks->theta, theta, 0.02);
}

TEST(book, heston_meets_its_integral) {
  market m = stock_market();
  m.underlyings["X"].dynamics = heston_model{0.04, 1.5, 0.06, 0.5, -0.7};
  const double forward = spot * std::exp(rate - yield);
  for (const double strike : {80.0, 100.0, 120.0}) {
    const estimate e =
        price({{"x", "b", "X", 1.0, european_option{option_type::call, strike, test::after(m, 365)}}}, m, simulated()).front();
    ASSERT_EQ(e.status, "");
    EXPECT_WITHIN_STDERR(e, heston_european({0.04, 1.5, 0.06, 0.5, -0.7}, forward, strike, 1.0, std::exp(-rate), 1), 4);
  }
}

TEST(book, controls_lower_the_error_of_asian_options) {
  const market m = stock_market();
  asian_option a{option_type::call, 100, test::after(m, 365), {}};
  for (int month = 1; month <= 12; ++month) a.fixings.push_back({test::after(m, 30 * month), std::nullopt});
  pricing_settings s = simulated();
  const estimate with = price({{"x", "b", "X", 1.0, a}}, m, s).front();
  s.control_variates = false;
  s.seed = 7;
  const estimate without = price({{"x", "b", "X", 1.0, a}}, m, s).front();
  EXPECT_GT(with.variance_ratio, 100);
  EXPECT_LT(with.standard_error, without.standard_error / 10);
  EXPECT_NEAR(with.value, without.value, 4 * without.standard_error);
}

TEST(book, baskets_meet_closed_forms_of_two_assets) {
  market m = stock_market();
  underlying y = m.underlyings["X"];
  y.name = "Y";
  y.spot = 90;
  y.surface = flat_volatility{0.35};
  m.underlyings["Y"] = y;
  m.correlations[{"X", "Y"}] = 0.4;
  basket_option b{option_type::call, 95, test::after(m, 365), basket_kind::best, {{"X", 1}, {"Y", 1}}};
  const lognormal_pair pair{spot * std::exp(rate - yield), 90 * std::exp(rate - yield), sigma, 0.35, 0.4};
  const trade t{"x", "b", "X", 1.0, b};
  EXPECT_WITHIN_STDERR(price({t}, m, simulated()).front(), rainbow_value(pair, 95, std::exp(-rate), true, 1), 4);
  b.kind = basket_kind::worst;
  EXPECT_WITHIN_STDERR(price({{"x", "b", "X", 1.0, b}}, m, simulated()).front(),
                       rainbow_value(pair, 95, std::exp(-rate), false, 1), 4);
  m.correlations.clear();
  EXPECT_NE(price({t}, m, simulated()).front().status.find("no correlation of X and Y"), std::string::npos);
}

/// What the correlation of two assets needs, one moment of ln S a trade.
struct log_moment : payoff {
  path_value found = 0.0;
  int power_1, power_2;
  log_moment(int p1, int p2) : power_1(p1), power_2(p2) {}
  std::vector<path_value*> state() override { return {&found}; }
  void observe(int, const observation& o) override {
    found = 1.0;
    for (int i = 0; i < power_1; ++i) found = found * log(o.spot(0) / spot);
    for (int i = 0; i < power_2; ++i) found = found * log(o.spot(1) / spot);
  }
  path_value value() const override { return found; }
};

// Over a month the variances hardly part, so the returns have the correlation of what drives the prices.
TEST(book, returns_have_the_correlation_of_the_market_under_every_model) {
  const auto models_of = [](double rho) -> std::vector<model> {
    const heston_model variance{0.04, 1.5, 0.04, 0.3, rho};
    return {black_scholes_model{},
            variance,
            heston_model{0.04, 1.5, 0.04, 0.3, rho, heston_model::scheme::full_truncation},
            bates_model{variance, 0.1, -0.01, 0.01},
            cev_model{0.2, 0.9},
            sabr_model{0.3, 0.9, 0.4, rho},
            rough_bergomi_model{0.04, 0.8, 0.2, -0.7}};
  };
  const auto first = models_of(-0.9), second = models_of(0.3);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const model& followed = first[i];
    market m = stock_market();
    m.underlyings["Y"] = m.underlyings["X"];
    m.underlyings["Y"].name = "Y";
    m.underlyings["X"].dynamics = followed;
    m.underlyings["Y"].dynamics = second[i];
    m.correlations[{"X", "Y"}] = 0.6;
    const date expiry = test::after(m, 30);
    portfolio book;
    for (const auto& [p1, p2] : {std::pair{1, 0}, {0, 1}, {2, 0}, {0, 2}, {1, 1}})
      book.push_back(
          {"x", "b", "X", 1.0,
           custom_option{"moment", [=] { return std::make_unique<log_moment>(p1, p2); }, {"X", "Y"}, {{expiry}}, expiry}});
    const auto found = price(book, m, simulated(1 << 15));
    const double growth = 1 / m.curves.at("USD").discount(m.time_to(expiry));
    std::vector<double> e;
    for (const estimate& one : found) {
      ASSERT_EQ(one.status, "") << model_name(followed);
      e.push_back(growth * one.value);
    }
    EXPECT_NEAR((e[4] - e[0] * e[1]) / std::sqrt((e[2] - e[0] * e[0]) * (e[3] - e[1] * e[1])), 0.59, 0.02)
        << model_name(followed);
  }
}

TEST(book, lookbacks_at_all_times_meet_their_closed_form) {
  const market m = stock_market();
  const lognormal_asset asset{spot, rate, yield, sigma};
  const std::vector<fixing_date> seen{{test::after(m, -1), 94}}, none;
  const auto value = [&](option_type type, std::optional<double> strike, const std::vector<fixing_date>& past) {
    return test::value_of(lookback_option{type, strike, test::after(m, 365), past, true}, m, simulated(1 << 15));
  };
  EXPECT_WITHIN_STDERR(value(option_type::call, {}, seen), lookback_floating_value(asset, 94, 1, 1), 4);
  EXPECT_WITHIN_STDERR(value(option_type::put, {}, none), lookback_floating_value(asset, spot, 1, -1), 4);
  EXPECT_WITHIN_STDERR(value(option_type::call, 105, none), lookback_fixed_value(asset, 105, spot, 1, 1), 4);
  EXPECT_WITHIN_STDERR(value(option_type::put, 105, seen), lookback_fixed_value(asset, 105, 94, 1, -1), 4);
  EXPECT_NE(value(option_type::put, 105, {{test::after(m, 1), std::nullopt}}).status.find("watched at all times"),
            std::string::npos);
}

TEST(book, cash_dividends_meet_their_integral) {
  market m = test::one_stock_market(spot, rate, 0.0, sigma);
  m.underlyings["X"].dividends = {{test::after(m, 73), 5.0}, {test::after(m, 400), 50.0}}; // the second after expiry
  const trade t{"x", "b", "X", 1.0, european_option{option_type::call, 100, test::after(m, 365)}};
  const estimate e = price({t}, m).front(); // automatic: the formula knows none
  EXPECT_EQ(e.method, "monte_carlo");
  const lognormal_asset asset{spot, rate, 0.0, sigma};
  EXPECT_WITHIN_STDERR(e, one_dividend_value(asset, {0.2, 5.0, 0.0}, 100, 1.0, 1), 4);
  m.underlyings["X"].dynamics = heston_model{0.04, 1.5, 0.06, 0.5, -0.7};
  EXPECT_NE(price({t}, m).front().status.find("cash dividends"), std::string::npos);
}

TEST(book, one_bad_trade_does_not_stop_the_rest) {
  const market m = stock_market();
  const auto found = price({{"1", "b", "X", 1.0, european_option{option_type::call, 100, test::after(m, 365)}},
                            {"2", "b", "Z", 1.0, european_option{option_type::call, 100, test::after(m, 365)}},
                            {"3", "b", "X", 1.0, european_option{option_type::call, -1, test::after(m, 365)}},
                            {"4", "b", "X", 1.0, american_option{option_type::put, 100, test::after(m, 365)}}},
                           m, simulated());
  EXPECT_EQ(found[0].status, "");
  EXPECT_NE(found[1].status.find("unknown underlying"), std::string::npos);
  EXPECT_NE(found[2].status.find("strike"), std::string::npos);
  EXPECT_NE(found[3].status.find("American"), std::string::npos);
}

TEST(book, settings_out_of_range_are_named) {
  const market m = stock_market();
  const portfolio book{{"x", "b", "X", 1.0, european_option{option_type::call, 100, test::after(m, 365)}}};
  const auto refused = [&](const char* name, const std::function<void(pricing_settings&)>& change) {
    pricing_settings s = simulated();
    change(s);
    EXPECT_NE(test::message_of<input_error>([&] { price(book, m, s); }).find(name), std::string::npos) << name;
  };
  refused("paths = 0", [](pricing_settings& s) { s.paths = 0; });
  refused("paths = -5", [](pricing_settings& s) { s.paths = -5; });
  refused("paths = 1 ", [](pricing_settings& s) { s.paths = 1; });
  refused("most_paths = 1 ", [](pricing_settings& s) { s.most_paths = 1; });
  refused("replicates = 1", [](pricing_settings& s) { s.replicates = 1; });
  refused("target_error", [](pricing_settings& s) { s.target_error = 0; });
  refused("time_budget", [](pricing_settings& s) { s.time_budget = -1; });
  refused("largest_step", [](pricing_settings& s) { s.largest_step = std::nan(""); });
  pricing_settings two = simulated(2);
  EXPECT_EQ(price(book, m, two).front().status, "");
  EXPECT_TRUE(price({}, m, two).empty());
}

TEST(book, a_pricer_takes_new_markets) {
  market m = stock_market();
  const portfolio book{{"x", "b", "X", 1.0, european_option{option_type::call, 100, test::after(m, 365)}}};
  pricer p(book, m, simulated());
  const double before = p.price(m).front().value;
  m.underlyings["X"].spot = 105;
  const double moved = p.price(m).front().value;
  EXPECT_GT(moved, before + 2);
  EXPECT_TRUE(test::same_bits(moved, price(book, m, simulated()).front().value));
  m.underlyings["X"].spot = spot;
  EXPECT_TRUE(test::same_bits(before, p.price(m).front().value));
}

struct average_over_100 final : payoff {
  path_value sum = 0.0;
  std::vector<path_value*> state() override { return {&sum}; }
  void observe(int, const observation& o) override { sum = sum + o.spot(); }
  path_value value() const override { return max(sum / 2.0 - 100.0, 0.0); }
};

TEST(book, payoffs_of_user_code_are_priced) {
  const market m = stock_market();
  custom_option c{"average",
                  [] { return std::make_unique<average_over_100>(); },
                  {"X"},
                  {{test::after(m, 100), test::after(m, 200)}},
                  test::after(m, 200)};
  asian_option same{option_type::call, 100, test::after(m, 200), {{test::after(m, 100), {}}, {test::after(m, 200), {}}}};
  pricing_settings s = simulated();
  s.control_variates = false;
  const auto found = price({{"1", "b", "X", 1.0, c}, {"2", "b", "X", 1.0, same}}, m, s);
  EXPECT_EQ(found[0].status, "");
  EXPECT_NEAR(found[0].value, found[1].value, 1e-12 * found[1].value);
}

} // namespace
} // namespace dojima
