// Control variates: what they are worth, and that they move no value.
#include "models/closed_form/heston.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

market stock_market(const model& followed = black_scholes_model{}) {
  market m = test::one_stock_market(100, 0.03, 0.01, 0.2);
  m.underlyings["X"].dynamics = followed;
  return m;
}
std::vector<fixing_date> monthly(const market& m) {
  std::vector<fixing_date> all;
  for (int month = 1; month <= 12; ++month) all.push_back({test::after(m, 30 * month), std::nullopt});
  return all;
}
std::vector<date> months(const market& m) {
  std::vector<date> all;
  for (const fixing_date& f : monthly(m)) all.push_back(f.day);
  return all;
}

struct pair {
  estimate with, without;
  double gain() const { return std::pow(without.standard_error / with.standard_error, 2); }
};
pair priced(const trade& t, const market& m, std::int64_t paths = 1 << 15) {
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = paths;
  const estimate with = price({t}, m, s, stream(device::cpu())).front();
  s.control_variates = false;
  return {with, price({t}, m, s, stream(device::cpu())).front()};
}

const heston_model variance{0.04, 1.5, 0.04, 0.5, -0.7};

TEST(controls, of_europeans_in_heston_meet_the_integral_with_a_smaller_error) {
  const market m = stock_market(variance);
  const date end = test::after(m, 365);
  const double forward = 100 * std::exp(0.02);
  for (const auto& [strike, gain] : {std::pair{80.0, 8.0}, {100.0, 3.0}, {120.0, 1.2}}) {
    const pair p = priced({"1", "b", "X", -2.0, european_option{option_type::call, strike, end}}, m, 1 << 17);
    EXPECT_EQ(p.with.variance_reduction, "control: forward");
    EXPECT_WITHIN_STDERR(p.with, -2 * heston_european({0.04, 1.5, 0.04, 0.5, -0.7}, forward, strike, 1, std::exp(-0.03), 1), 4);
    EXPECT_GT(p.gain(), gain) << strike;
    EXPECT_NEAR(p.with.variance_ratio / p.gain(), 1, 0.02);
  }
}

TEST(controls, of_barriers_are_europeans_where_a_formula_knows_them) {
  const market bs = stock_market(), heston = stock_market(variance), local = stock_market(sabr_model{2.0, 0.5, 0.4, -0.3});
  const trade t{"1", "b", "X", 1.0,
                barrier_option{option_type::call, 100, test::after(bs, 360), false, false, 75, 0, months(bs)}};
  EXPECT_EQ(priced(t, bs).with.variance_reduction, "control: European option");
  EXPECT_GT(priced(t, bs).gain(), 100);
  EXPECT_EQ(priced(t, heston).with.variance_reduction, "control: European option");
  EXPECT_GT(priced(t, heston).gain(), 20);
  EXPECT_EQ(priced(t, local).with.variance_reduction, "control: forward");
  EXPECT_GT(priced(t, local).gain(), 2);
}

TEST(controls, of_averages_are_averages_where_no_geometric_one_is_known) {
  const market m = stock_market(variance);
  const pair p = priced({"1", "b", "X", 1.0, asian_option{option_type::call, 95, test::after(m, 360), monthly(m)}}, m);
  EXPECT_EQ(p.with.variance_reduction, "control: average");
  EXPECT_GT(p.gain(), 4);
}

TEST(controls, of_baskets_are_geometric_ones_also_where_volatilities_have_terms) {
  market m = stock_market();
  m.underlyings["X"].surface = term_volatility{{0.25, 0.5, 1.0}, {0.4, 0.3, 0.25}};
  const std::vector<std::string> names{"X", "Y", "Z"};
  for (std::size_t i = 1; i < names.size(); ++i) {
    underlying& u = m.underlyings[names[i]] = m.underlyings["X"];
    u.name = names[i];
    u.spot = 100 + 50 * static_cast<double>(i);
    u.surface = term_volatility{{0.5, 1.0}, {0.1 + 0.05 * static_cast<double>(i), 0.3}};
  }
  m.correlations = {{{"X", "Y"}, 0.6}, {{"X", "Z"}, -0.2}, {{"Y", "Z"}, 0.3}};
  const basket_option b{option_type::put, 300, test::after(m, 365), basket_kind::sum, {{"X", 1}, {"Y", 0.5}, {"Z", 0.75}}};
  basket_option earlier = b;
  earlier.expiry = test::after(m, 120);
  for (const basket_option& one : {b, earlier}) {
    const pair p = priced({"1", "b", "X", 1.0, one}, m, 1 << 18);
    EXPECT_EQ(p.with.variance_reduction, "control: geometric basket");
    EXPECT_GT(p.gain(), 30);
    EXPECT_NEAR(p.with.value, p.without.value, 4 * p.without.standard_error);
  }
  // Together they have steps at both expiries, and the correlation of each.
  pricing_settings s;
  s.paths = 1 << 18;
  const portfolio both{{"1", "b", "X", 1.0, b}, {"2", "b", "X", 1.0, earlier}};
  const auto with = price(both, m, s);
  s.control_variates = false;
  const auto without = price(both, m, s);
  for (const std::size_t k : {0, 1}) EXPECT_NEAR(with[k].value, without[k].value, 4 * without[k].standard_error) << k;
}

TEST(controls, move_no_value_under_any_model) {
  const std::vector<model> models{black_scholes_model{},
                                  local_volatility_model{{2.0}, {-0.5, 0.0, 0.5}, {{0.3, 0.2, 0.15}}},
                                  variance,
                                  bates_model{variance, 0.4, -0.1, 0.15},
                                  merton_model{0.2, 0.5, -0.1, 0.15},
                                  kou_model{0.2, 0.8, 0.4, 10, 5},
                                  cev_model{2.0, 0.5},
                                  sabr_model{2.0, 0.5, 0.4, -0.3},
                                  rough_bergomi_model{0.04, 1.5, 0.1, -0.8}};
  const date base = stock_market().as_of;
  const auto day = [&](int n) { return base + std::chrono::days{n}; };
  const market plain = stock_market();
  const auto call = option_type::call, put = option_type::put;
  portfolio book;
  for (const contract& terms :
       {contract(european_option{put, 100, day(360)}), contract(digital_option{call, 105, day(360), 10.0}),
        contract(asian_option{put, 105, day(360), monthly(plain)}),
        contract(asian_option{call, 100, day(360), monthly(plain), averaging::geometric}),
        contract(barrier_option{put, 100, day(360), true, true, 115, 2, months(plain)}),
        contract(double_barrier_option{call, 100, day(360), false, 70, 140, 0, months(plain)}),
        contract(lookback_option{put, 100, day(360), monthly(plain)}),
        contract(lookback_option{call, std::nullopt, day(360), monthly(plain)}),
        contract(forward_start_option{call, 1.0, {day(90), {}}, day(360)}), contract(chooser_option{day(180), 100, day(360)})})
    book.push_back({std::to_string(book.size()), "b", "X", 1.0, terms});
  for (const model& followed : models) {
    const market m = stock_market(followed);
    pricing_settings s;
    s.method = pricing_method::monte_carlo;
    s.paths = std::holds_alternative<rough_bergomi_model>(followed) ? 1 << 12 : 1 << 15;
    const auto with = price(book, m, s, stream(device::cpu()));
    s.control_variates = false;
    const auto without = price(book, m, s, stream(device::cpu()));
    for (std::size_t i = 0; i < book.size(); ++i) {
      ASSERT_EQ(with[i].status, "");
      EXPECT_NEAR(with[i].value, without[i].value, 4 * without[i].standard_error)
          << model_name(followed) << ' ' << product_name(book[i].terms) << ' ' << with[i].variance_reduction;
      EXPECT_LE(with[i].standard_error, without[i].standard_error);
    }
  }
}

} // namespace
} // namespace dojima
