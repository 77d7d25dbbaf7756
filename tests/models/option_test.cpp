// What option values must satisfy, whatever the numbers: parities, limits and symmetries.
#include "models/closed_form/asian_geometric.hpp"
#include "models/closed_form/barrier.hpp"
#include "models/payoff/asian.hpp"
#include "models/random/normal.hpp"
#include "tests/support.hpp"

#include <random>

namespace dojima {
namespace {

using test::after;
using test::one_stock_market;
using test::value_of;

double european(double spot, double strike, double rate, double yield, double sigma, double time, double sign) {
  const double forward = spot * std::exp((rate - yield) * time);
  return black_value(forward, strike, std::log(forward / strike), sigma * std::sqrt(time), std::exp(-rate * time), sign);
}

struct american_case {
  double spot, strike, rate, yield, sigma;
  int days;
  double value(option_type type) const {
    const market m = one_stock_market(spot, rate, yield, sigma);
    const estimate e = value_of(american_option{type, strike, after(m, days)}, m);
    EXPECT_EQ(e.status, "");
    return e.value;
  }
  double european_value(option_type type) const {
    return european(spot, strike, rate, yield, sigma, days / 365.0, sign_of(type));
  }
};

TEST(black, parity_and_limits) {
  for (const double strike : {1.0, 60.0, 100.0, 170.0, 1e4}) {
    const double call = european(100, strike, 0.03, 0.01, 0.2, 2, 1), put = european(100, strike, 0.03, 0.01, 0.2, 2, -1);
    EXPECT_NEAR(call - put, 100 * std::exp(-0.02) - strike * std::exp(-0.06), 1e-13 * (100 + strike)) << strike;
    EXPECT_GE(call, 0.0);
    EXPECT_GE(put, 0.0);
  }
  EXPECT_NEAR(european(100, 90, 0.03, 0.01, 1e-4, 1, 1), 100 * std::exp(-0.01) - 90 * std::exp(-0.03),
              1e-12); // no volatility: intrinsic
  EXPECT_EQ(european(100, 120, 0.03, 0.01, 1e-4, 1, 1), 0.0);
  EXPECT_NEAR(european(100, 120, 0.03, 0.01, 40, 1, 1), 100 * std::exp(-0.01), 1e-10); // all volatility: the asset
}

TEST(american, call_is_a_put_with_the_two_sides_exchanged) {
  for (const american_case& c :
       {american_case{100, 110, 0.05, 0.02, 0.25, 365}, {80, 100, 0.01, 0.06, 0.4, 730}, {100, 100, 0.03, 0.03, 0.15, 30}}) {
    const american_case mirrored{c.strike, c.spot, c.yield, c.rate, c.sigma, c.days};
    EXPECT_NEAR(c.value(option_type::put), mirrored.value(option_type::call), 1e-12 * c.spot);
    EXPECT_NEAR(c.value(option_type::call), mirrored.value(option_type::put), 1e-12 * c.spot);
  }
}

TEST(american, is_european_where_early_exercise_never_pays) {
  for (const double strike : {60.0, 100.0, 150.0})
    for (const int days : {1, 90, 1825}) {
      const american_case no_rate{100, strike, 0.0, 0.03, 0.3, days}, no_yield{100, strike, 0.04, 0.0, 0.3, days},
          negative{100, strike, -0.01, 0.01, 0.3, days};
      EXPECT_NEAR(no_rate.value(option_type::put), no_rate.european_value(option_type::put), 1e-11);
      EXPECT_NEAR(no_yield.value(option_type::call), no_yield.european_value(option_type::call), 1e-11);
      EXPECT_NEAR(negative.value(option_type::put), negative.european_value(option_type::put), 1e-11);
    }
}

TEST(american, deep_in_the_money_is_intrinsic_and_deep_out_is_european) {
  const american_case put_in{40, 100, 0.05, 0.01, 0.2, 365}, call_in{300, 100, 0.01, 0.06, 0.2, 365};
  EXPECT_EQ(put_in.value(option_type::put), 60.0);
  EXPECT_EQ(call_in.value(option_type::call), 200.0);
  const american_case put_out{300, 100, 0.05, 0.01, 0.2, 365};
  EXPECT_GE(put_out.value(option_type::put), put_out.european_value(option_type::put));
  EXPECT_LT(put_out.value(option_type::put), 1e-5);
}

TEST(american, value_grows_with_maturity_to_the_perpetual_one) {
  const double rate = 0.05, yield = 0.02, sigma = 0.25, strike = 100, spot = 90;
  double before = 0;
  for (const int days : {1, 7, 30, 91, 365, 730, 1825, 3650, 10950, 36500}) {
    const double value = american_case{spot, strike, rate, yield, sigma, days}.value(option_type::put);
    EXPECT_GE(value, before - 1e-4 * spot) << days;
    before = value;
  }
  const double k = 0.5 - (rate - yield) / (sigma * sigma), beta = k - std::sqrt(k * k + 2 * rate / (sigma * sigma));
  const double boundary = strike * beta / (beta - 1);
  EXPECT_NEAR(before, (strike - boundary) * std::pow(spot / boundary, beta), 2e-4 * spot);
}

TEST(american, tiny_volatility_leaves_the_best_sure_exercise) {
  EXPECT_NEAR((american_case{100, 105, 0.05, 0.0, 1e-3, 365}.value(option_type::put)), 5.0, 2e-4 * 100); // now
  EXPECT_NEAR((american_case{100, 105, 0.0, 0.05, 1e-3, 365}.value(option_type::put)), 105 - 100 * std::exp(-0.05),
              2e-4 * 100); // at expiry
  EXPECT_NEAR((american_case{100, 90, 0.05, 0.0, 1e-3, 365}.value(option_type::put)), 0.0, 2e-4 * 100);
}

barrier_contract contract_of(double sign, bool up, bool in, double strike, double rebate = 0) {
  return make_barrier_contract(sign, up, in, strike, up ? 120 : 85, rebate);
}

TEST(barrier, in_and_out_make_the_vanilla) {
  std::mt19937 generator(5);
  const auto uniform = [&](double a, double b) { return std::uniform_real_distribution<>(a, b)(generator); };
  for (int i = 0; i < 2000; ++i) {
    const double spot = uniform(50, 150), strike = uniform(60, 150), rate = uniform(0, 0.1), yield = uniform(0, 0.1),
                 time = uniform(0.01, 5);
    const double deviation = uniform(0.05, 0.6) * std::sqrt(time), forward = spot * std::exp((rate - yield) * time),
                 discount = std::exp(-rate * time);
    for (const double sign : {1.0, -1.0})
      for (const bool up : {false, true}) {
        const double out = barrier_value(contract_of(sign, up, false, strike), spot, forward, discount, deviation);
        const double in = barrier_value(contract_of(sign, up, true, strike), spot, forward, discount, deviation);
        const double vanilla = black_value(forward, strike, std::log(forward / strike), deviation, discount, sign);
        ASSERT_NEAR(in + out, vanilla, 1e-12 * (spot + strike)) << spot << ' ' << strike << ' ' << up;
        ASSERT_GE(out, 0.0);
        ASSERT_GE(in, 0.0);
        ASSERT_LE(std::max(in, out), vanilla + 1e-12 * (spot + strike));
      }
  }
}

TEST(barrier, limits) {
  const double discount = std::exp(-0.03), forward = 100 * std::exp(0.01), deviation = 0.2;
  const double call = black_value(forward, 100.0, std::log(forward / 100), deviation, discount, 1.0);
  const auto value = [&](bool up, bool in, double barrier, double rebate) {
    return barrier_value(make_barrier_contract(1, up, in, 100, barrier, rebate), 100.0, forward, discount, deviation);
  };
  EXPECT_NEAR(value(false, false, 1, 0), call, 1e-12); // out of reach
  EXPECT_NEAR(value(false, true, 1, 0), 0.0, 1e-12);
  EXPECT_NEAR(value(false, true, 1, 2), 2 * discount, 1e-12); // never hit: the rebate at expiry
  EXPECT_EQ(value(false, false, 100, 2), 2.0);                // hit at once
  EXPECT_NEAR(value(false, true, 100, 2), call, 1e-13);
  EXPECT_NEAR(value(false, false, 99.9999, 2), 2.0, 1e-3); // about to be hit
  EXPECT_EQ(barrier_value(make_barrier_contract(1, true, false, 130, 120, 0), 100.0, forward, discount, deviation), 0.0);
}

TEST(barrier, is_continuous_where_strike_meets_barrier) {
  for (const double sign : {1.0, -1.0})
    for (const bool up : {false, true})
      for (const bool in : {false, true}) {
        const double barrier = up ? 120 : 85;
        const auto at = [&](double strike) {
          return barrier_value(contract_of(sign, up, in, strike, 1.5), 100.0, 101.0, 0.97, 0.25);
        };
        EXPECT_NEAR(at(barrier * (1 - 1e-9)), at(barrier * (1 + 1e-9)), 1e-6) << sign << up << in;
      }
}

TEST(asian, control_leaves_the_value_unbiased) {
  const std::vector<double> times{0.1, 0.25, 0.5, 0.8, 1.0};
  const double spot = 100, sigma = 0.4, drift_rate = 0.03, strike = 104;
  const int n = static_cast<int>(times.size());
  std::vector<double> drift, path(times.size());
  double mean = 0, variance = 0, forward = 0;
  for (const double t : times) {
    drift.push_back(std::log(spot) + (drift_rate - 0.5 * sigma * sigma) * t);
    mean += drift.back() / n;
    forward += spot * std::exp(drift_rate * t) / n;
    for (const double u : times) variance += sigma * sigma * std::min(t, u) / (n * n);
  }
  // Call less put is linear: E[arithmetic average] - E[geometric average] is known exactly.
  const double exact = forward - std::exp(mean + 0.5 * variance);
  double sum = 0, squares = 0;
  constexpr int pairs = 100000;
  const auto level = [&](int k) { return std::exp(drift[static_cast<std::size_t>(k)]); };
  const auto w = [&](int k) { return path[static_cast<std::size_t>(k)]; };
  for (std::uint64_t p = 0; p < pairs; ++p) {
    double z[8], last = 0, at = 0;
    for (std::uint32_t block = 0; block < 2; ++block) {
      double four[4];
      normals_at(1, 1, p, block, four);
      std::copy_n(four, 4, z + 4 * block);
    }
    for (std::size_t k = 0; k < times.size(); ++k) path[k] = at += std::sqrt(times[k] - last) * z[k], last = times[k];
    const double call = asian_pair_residual(n, sigma, 1.0, strike, 1.0, std::exp(mean), level, w);
    const double put = asian_pair_residual(n, sigma, 1.0, strike, -1.0, std::exp(mean), level, w);
    ASSERT_GE(call, -1e-12); // the arithmetic average is never below the geometric one
    ASSERT_LE(put, 1e-12);
    sum += call - put;
    squares += (call - put) * (call - put);
  }
  estimate mc;
  mc.value = sum / pairs;
  mc.standard_error = std::sqrt((squares / pairs - mc.value * mc.value) / pairs);
  EXPECT_WITHIN_STDERR(mc, exact, 4);
}

TEST(asian, one_fixing_is_a_european_option) {
  const market m = one_stock_market(100, 0.03, 0.01, 0.3);
  const asian_option c{option_type::call, 105, after(m, 365), {{after(m, 365), {}}}};
  const estimate e = value_of(c, m);
  EXPECT_NEAR(e.value, european(100, 105, 0.03, 0.01, 0.3, 1, 1), 1e-11);
  EXPECT_LT(e.standard_error, 1e-3); // not 0: a rare path could still differ
}

TEST(asian, past_fixings_can_decide_the_exercise) {
  const market m = one_stock_market(100, 0.03, 0.01, 0.3);
  const std::vector<asian_fixing_date> fixings{{after(m, -30), 300.0}, {after(m, 365), {}}};
  const double linear = std::exp(-0.03) * (150 + 50 * std::exp(0.02) - 140);
  EXPECT_NEAR(value_of(asian_option{option_type::call, 140, after(m, 365), fixings}, m).value, linear, 1e-11);
  EXPECT_EQ(value_of(asian_option{option_type::put, 140, after(m, 365), fixings}, m).value, 0.0);
}

TEST(asian, standard_error_tells_the_truth) {
  const market m = one_stock_market(100, 0.02, 0.0, 0.5);
  asian_option c{option_type::call, 100, after(m, 365), {}};
  for (int k = 1; k <= 12; ++k) c.fixings.push_back({after(m, k * 30), {}});
  pricing_settings settings;
  settings.asian_paths = 100000;
  const double exact = value_of(c, m, settings).value;
  constexpr int seeds = 200;
  settings.asian_paths = 256;
  double squares = 0;
  for (int i = 0; i < seeds; ++i) {
    settings.seed = static_cast<std::uint64_t>(1000 + i);
    const estimate e = value_of(c, m, settings);
    EXPECT_WITHIN_STDERR(e, exact, 5.5);
    squares += std::pow((e.value - exact) / e.standard_error, 2);
  }
  EXPECT_NEAR(squares / seeds, 1.0, 4 * std::sqrt(2.0 / seeds) + 0.1); // mean square of standard normal scores
}

} // namespace
} // namespace dojima
