// Local volatility against finite differences (data/reference/local_volatility_european.csv).
#include "models/closed_form/black.hpp"
#include "models/process/local_volatility.hpp"
#include "tests/models/process/walk.hpp"

#include <functional>

namespace dojima {
namespace {

using process = local_volatility<double>;

struct row {
  const char* id;
  double sign, spot, strike, rate, dividend_yield, time, expected;
  std::function<double(double, double)> volatility;
};

double benchop(double s, double t) {
  const double x = s / 100.0;
  return 0.15 + 0.15 * (0.5 + 2.0 * t) * (x - 1.2) * (x - 1.2) / (x * x + 1.44);
}
double power(double s, double) { return 0.2 * std::sqrt(100.0 / s); }
double skew(double s, double t) { return 0.25 - 0.1 * std::tanh((s - 100.0) / 40.0) + 0.05 * std::exp(-2.0 * t); }
double exponential(double s, double t) { return 0.18 + 0.12 * std::exp(-s / 80.0) * (1.0 + t); }

/// On 301 nodes and 200 rows a year, each at its middle.
local_volatility_model model_of(const row& r) {
  local_volatility_model m;
  for (int j = 0; j < 301; ++j) m.log_moneyness.push_back(-1.5 + 0.01 * j);
  const int rows = static_cast<int>(200 * r.time);
  for (int i = 0; i < rows; ++i) {
    const double middle = r.time * (i + 0.5) / rows, forward = r.spot * std::exp((r.rate - r.dividend_yield) * middle);
    m.times.push_back(r.time * (i + 1) / rows);
    m.values.emplace_back();
    for (const double x : m.log_moneyness) m.values.back().push_back(r.volatility(forward * std::exp(x), middle));
  }
  return m;
}

double payoff(const row& r, double spot) { return std::exp(-r.rate * r.time) * std::max(0.0, r.sign * (spot - r.strike)); }

test::sample_mean price(const row& r, int steps, int pairs) {
  const double growth = r.rate - r.dividend_yield, forward = r.spot * std::exp(growth * r.time);
  const auto p = process::prepare(model_of(r), r.spot, test::even_grid(r.spot, growth, r.time, steps));
  // The control is the option where volatility is constant, under the same normals.
  const double sigma = r.volatility(r.strike, 0.5 * r.time), deviation = sigma * std::sqrt(r.time);
  const double black =
      std::exp(-r.rate * r.time) * black_legs(forward, r.strike, std::log(forward / r.strike), deviation, r.sign);
  return test::mean_over(pairs, p.steps.size(), [&](const test::normal_numbers& z) {
    double sum = 0.0;
    for (int i = 0; i < steps; ++i) sum += z[static_cast<std::size_t>(i)];
    const double constant = forward * std::exp(deviation * (sum / std::sqrt(steps) - 0.5 * deviation));
    return std::pair{payoff(r, test::walk(p, z).back()[0]), payoff(r, constant) - black};
  });
}

TEST(local_volatility, european_options_agree_with_finite_differences) {
  const row rows[] = {
      {"0001", 1, 90, 100, 0.03, 0.0, 1.0, 2.95517, benchop},
      {"0003", 1, 100, 100, 0.03, 0.01, 1.0, 8.830558182342545, power},
      {"0005", 1, 110, 125, 0.05, 0.0, 2.0, 10.114486598929034, power},
      {"0006", 1, 100, 100, 0.03, 0.01, 1.0, 11.53579255295862, skew},
      {"0007", -1, 100, 90, 0.03, 0.01, 0.5, 3.5057654690984763, skew},
      {"0008", -1, 95, 110, 0.0, 0.02, 1.0, 21.12974610209032, skew},
      {"0010", -1, 100, 90, 0.03, 0.01, 0.5, 2.0630463703300297, exponential},
  };
  for (const row& r : rows) {
    const test::sample_mean mc = price(r, static_cast<int>(r.time / process::largest_step), 30000);
    EXPECT_LT(mc.standard_error, 2e-4 * r.spot) << r.id;
    EXPECT_NEAR(mc.value, r.expected, 4.0 * mc.standard_error) << r.id;
  }
}

TEST(local_volatility, the_error_falls_faster_than_the_step) {
  const row r{"0008", -1, 95, 110, 0.0, 0.02, 1.0, 21.12974610209032, skew};
  double gap[2]; // a price less that at half the step, both on the same Brownian path
  for (int fineness = 0; fineness < 2; ++fineness) {
    const int steps = 4 << 2 * fineness;
    const auto grid = [&](int n) { return test::even_grid(r.spot, -0.02, r.time, n); };
    const auto coarse = process::prepare(model_of(r), r.spot, grid(steps));
    const auto fine = process::prepare(model_of(r), r.spot, grid(2 * steps));
    const auto difference = [&](const test::normal_numbers& z) {
      test::normal_numbers sums;
      for (std::size_t i = 0; i < coarse.steps.size(); ++i) sums.push_back((z[2 * i] + z[2 * i + 1]) * std::sqrt(0.5));
      return std::pair{payoff(r, test::walk(coarse, sums).back()[0]) - payoff(r, test::walk(fine, z).back()[0]), 0.0};
    };
    gap[fineness] = test::mean_over(200000, fine.steps.size(), difference).value;
  }
  EXPECT_LT(std::abs(gap[1]), 0.25 * gap[0]); // what the order 1 would give
}

TEST(local_volatility, the_spot_is_a_martingale_at_any_step) {
  const row r{"", 1, 100, 100, 0.03, 0.01, 1.0, 0.0, skew};
  for (const int steps : {1, 10}) {
    const auto p = process::prepare(model_of(r), r.spot, test::even_grid(r.spot, 0.02, r.time, steps));
    const auto spot = [&](const test::normal_numbers& z) { return std::pair{test::walk(p, z).back()[0], 0.0}; };
    EXPECT_WITHIN_STDERR(test::mean_over(50000, p.steps.size(), spot), 100.0 * std::exp(0.02), 4.0);
  }
}

/// dS = sigma (S - floor) dW makes S - floor lognormal.
TEST(local_volatility, law_of_a_displaced_diffusion_is_lognormal) {
  const double sigma = 0.4, floor = 40;
  const row r{"", 1, 100, 100, 0.0, 0.0, 1.0, 0.0, [=](double s, double) { return sigma * std::max(0.0, 1.0 - floor / s); }};
  const auto p = process::prepare(model_of(r), r.spot, test::even_grid(r.spot, 0.0, r.time, 52));
  const double law = test::chi_square(p, 50000, [&](double s) {
    return norm_cdf(std::log(std::max(0.0, s - floor) / (r.spot - floor)) / sigma + 0.5 * sigma);
  });
  EXPECT_LT(law, 110);
}

TEST(local_volatility, single_precision_follows) {
  const row r{"", 1, 100, 100, 0.03, 0.01, 1.0, 0.0, skew};
  EXPECT_LT(
      test::single_error<local_volatility>(process::prepare(model_of(r), r.spot, test::even_grid(100.0, 0.02, 1.0, 52)), 1000),
      1e-6);
}

TEST(local_volatility, steps_take_the_integral_of_the_variance) {
  // Across a change of volatility, and beyond the last time.
  const local_volatility_model m{{0.5, 1.0}, {-1.0, 0.0, 1.0}, {{0.2, 0.2, 0.2}, {0.4, 0.4, 0.4}}};
  const std::vector<grid_step> grid{{0.0, 0.75, 0.0, 100.0}, {0.75, 2.0, 0.0, 110.0}};
  const auto seen = test::walk(process::prepare(m, 100.0, grid), {0.5, -1.0});
  const double first = 0.5 * 0.04 + 0.25 * 0.16, second = 1.25 * 0.16;
  EXPECT_NEAR(seen[0][1], first, 1e-15);
  EXPECT_NEAR(seen[1][1], second, 1e-15);
  const double x = 0.5 * std::sqrt(first) - std::sqrt(second) - 0.5 * (first + second);
  EXPECT_NEAR(seen[1][0], 110.0 * std::exp(x), 1e-12);
}

TEST(local_volatility, tables_are_linear_inside_and_flat_outside) {
  const double table[] = {9, 9, 1, 2, 4, 9};
  const auto at = [&](double x) { return gather_linear(table, 2.0, 2.0, x); };
  const double cases[][2] = {{-7, 1},        {0, 1}, {0.25, 1.25}, {1, 2},           {1.5, 3},
                             {1.999, 3.998}, {2, 4}, {1e300, 4},   {not_a_number, 1}};
  for (const auto& [x, expected] : cases) EXPECT_NEAR(at(x), expected, 1e-15) << x;
}

} // namespace
} // namespace dojima
