// Importance sampling: right, and with the gain that it states.
#include "models/closed_form/barrier_probability.hpp"
#include "models/closed_form/black.hpp"
#include "pricing/book.hpp"
#include "pricing/importance.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

constexpr double spot = 100, rate = 0.03, yield = 0.01, sigma = 0.2;

class importance : public testing::Test {
protected:
  importance() {
    s.method = pricing_method::monte_carlo;
    s.importance_sampling = true;
    s.paths = 1 << 16;
  }
  estimate value(const contract& terms) const { return test::value_of(terms, m, s); }
  estimate exact(const contract& terms) const {
    pricing_settings formula;
    formula.greeks = true;
    return test::value_of(terms, m, formula);
  }
  asian_option asian(double strike) const {
    asian_option a{option_type::call, strike, test::after(m, 360), {}};
    for (int month = 1; month <= 12; ++month) a.fixings.push_back({test::after(m, 30 * month), std::nullopt});
    return a;
  }

  market m = test::one_stock_market(spot, rate, yield, sigma);
  pricing_settings s;
};

TEST_F(importance, far_options_meet_their_formulas_with_a_large_gain) {
  s.control_variates = false;
  const date end = test::after(m, 365);
  const std::vector<std::pair<contract, double>> cases{{european_option{option_type::call, 240, end}, 1e4}, // 4.3 deviations
                                                       {european_option{option_type::put, 50, end}, 1e3},
                                                       {digital_option{option_type::call, 220, end, 1.0}, 1e3},
                                                       {digital_option{option_type::put, 45, end, {}}, 1e3},
                                                       {barrier_option{option_type::call, 150, end, true, true, 180, 0}, 30},
                                                       {barrier_option{option_type::put, 70, end, false, true, 60, 0}, 30}};
  for (const auto& [terms, gain] : cases) {
    const estimate e = value(terms);
    ASSERT_EQ(e.status, "");
    EXPECT_WITHIN_STDERR(e, exact(terms).value, 4) << product_name(terms);
    EXPECT_EQ(e.variance_reduction, "importance: drift") << product_name(terms);
    EXPECT_GT(e.variance_ratio, gain) << product_name(terms);
    EXPECT_LT(e.standard_error, 0.02 * e.value) << product_name(terms);
  }
}

TEST_F(importance, stated_gain_is_that_over_plain_paths) {
  for (const contract& terms : {contract(asian(140)), contract(european_option{option_type::call, 150, test::after(m, 365)})}) {
    s.importance_sampling = true;
    s.control_variates = false;
    const estimate with = value(terms);
    s.importance_sampling = false;
    s.paths = 1 << 20;
    const estimate without = value(terms);
    s.paths = 1 << 16;
    EXPECT_NE(with.variance_reduction.find("importance"), std::string::npos);
    EXPECT_NEAR(with.value, without.value, 4 * std::hypot(with.standard_error, without.standard_error));
    EXPECT_EQ(with.paths, 3 << 16);
    const double gain = std::pow(without.standard_error / with.standard_error, 2) * static_cast<double>(without.paths) /
                        static_cast<double>(with.paths);
    EXPECT_NEAR(with.variance_ratio / gain, 1, 0.15) << with.variance_ratio;
    EXPECT_GT(gain, 10);
  }
}

// A drift to one side alone would have a hundredth of the error that is true, and 0.7 for 1.7.
TEST_F(importance, sees_what_is_paid_on_both_sides) {
  m = test::one_stock_market(spot, 0, 0, 0.1);
  const double exact =
      1e5 * (hit_probability(-0.005, 0.1, std::log(1.56), true) + hit_probability(-0.005, 0.1, std::log(0.64), false));
  EXPECT_NEAR(exact, 1.71, 0.01);
  const double_barrier_option rebate{option_type::call, 1e6, test::after(m, 365), false, 64, 156, 100};
  const estimate e = price({{"1", "b", "X", 1000, rebate}}, m, s, stream(device::cpu())).front();
  EXPECT_EQ(e.variance_reduction, "importance: drift");
  EXPECT_WITHIN_STDERR(e, exact, 4);
  EXPECT_LT(e.standard_error, 0.02 * exact);
}

// What neither tilt leads to has at most three times the variance of plain paths.
TEST_F(importance, loses_at_most_a_factor_that_is_known) {
  path_trade t = on_paths({"1", "b", "X", 1, european_option{option_type::put, 100, test::after(m, 365)}}, m);
  const auto at = [&](double tilt) {
    return path_group({tilt == 0 ? t : tilted(t, tilt)}, {1.0}, m, s, {stream(device::cpu())}).price(m, s.paths).front();
  };
  const estimate plain = at(0), moved = at(30);
  EXPECT_NEAR(moved.value, plain.value, 4 * std::hypot(moved.standard_error, plain.standard_error));
  const double n = static_cast<double>(s.paths), second = std::pow(plain.standard_error, 2) * n + std::pow(plain.value, 2);
  EXPECT_LT(std::pow(moved.standard_error, 2) * n, 3 * second);
  EXPECT_LT(moved.variance_ratio, 1);
}

TEST_F(importance, sensitivities_are_unbiased) {
  s.greeks = true;
  const european_option far{option_type::call, 180, test::after(m, 365)};
  const sensitivities g = *value(far).greeks, h = *exact(far).greeks;
  EXPECT_WITHIN_STDERR(g.delta[0], h.delta[0].value, 4);
  EXPECT_WITHIN_STDERR(g.gamma[0], h.gamma[0].value, 4);
  EXPECT_WITHIN_STDERR(g.vega, h.vega.value, 4);
  EXPECT_WITHIN_STDERR(g.rho, h.rho.value, 4);
  EXPECT_WITHIN_STDERR(g.theta, h.theta.value, 4);
  EXPECT_LT(g.delta[0].standard_error, 0.02 * g.delta[0].value);
}

TEST_F(importance, near_options_stay_on_the_paths_that_they_share) {
  const date end = test::after(m, 365);
  const portfolio book{{"near", "b", "X", 1, european_option{option_type::call, 100, end}},
                       {"far", "b", "X", 1, european_option{option_type::call, 200, end}},
                       {"put", "b", "X", -2, european_option{option_type::put, 100, end}},
                       {"forward", "b", "X", 1, barrier_option{option_type::put, 100, end, false, false, 90, 0, {end}}}};
  pricer p(book, m, s);
  EXPECT_EQ(p.simulations(), 2u);
  const auto found = p.price(m);
  s.importance_sampling = false;
  const auto plain = price(book, m, s);
  for (const std::size_t i : {0, 2, 3}) EXPECT_TRUE(test::same_bits(found[i].value, plain[i].value)) << i;
  EXPECT_LT(found[1].standard_error, 0.1 * plain[1].standard_error);
  // The drift stays where it is while the market moves.
  m.underlyings["X"].spot = 110;
  m.underlyings["X"].surface = flat_volatility{0.22};
  EXPECT_WITHIN_STDERR(p.price(m)[1], exact(book[1].terms).value, 4);
}

TEST_F(importance, a_control_that_gains_more_is_kept) {
  EXPECT_EQ(value(asian(120)).variance_reduction, "control: geometric average");
}

TEST_F(importance, gives_the_same_bits_on_every_device) {
  s.control_variates = false;
  std::vector<estimate> first;
  for (const device& d : test::all_devices()) {
    if (!d.bitwise()) continue;
    first.push_back(price({{"1", "b", "X", 1.0, asian(150)}}, m, s, stream(d)).front());
    EXPECT_TRUE(test::same_bits(first.back().value, first.front().value)) << test::label(d);
    EXPECT_TRUE(test::same_bits(first.back().standard_error, first.front().standard_error)) << test::label(d);
  }
}

TEST_F(importance, goes_with_sobol_points_and_not_with_mirrored_paths) {
  const european_option far{option_type::call, 200, test::after(m, 365)};
  const estimate plain = value(far);
  s.points = sampling::sobol;
  const estimate e = value(far);
  EXPECT_WITHIN_STDERR(e, exact(far).value, 4);
  EXPECT_LT(e.standard_error, plain.standard_error);
  EXPECT_NE(e.variance_reduction.find("importance: drift"), std::string::npos);
  s.antithetic = true;
  EXPECT_NE(test::message_of<input_error>([&] { value(far); }).find("importance_sampling"), std::string::npos);
}

} // namespace
} // namespace dojima
