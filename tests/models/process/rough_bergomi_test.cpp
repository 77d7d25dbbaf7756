// Rough Bergomi: the covariances of the hybrid scheme (rows of volterra_covariance.csv), and implied volatilities (rows of
// rough_bergomi.csv; the first from McCrickerd and Pakkanen 2018, Quantitative Finance 18, table 2).
#include "models/closed_form/black.hpp"
#include "models/process/rough_bergomi.hpp"
#include "tests/models/process/walk.hpp"

namespace dojima {
namespace {

using process = rough_bergomi<double>;

/// Y at the end of step i as a linear form of the normals: its weights on Z's increments, in deviations, and on the rest.
struct volterra_form {
  std::vector<double> along;
  double rest;
};
volterra_form volterra_at(const prepared<process>& p, std::size_t i, double eta) {
  volterra_form y{{}, p.steps[i].vol_of_vol / (eta * log2_e)};
  for (std::size_t j = 0; j <= i; ++j) y.along.push_back(y.rest * p.map[i * p.steps.size() + j]);
  return y;
}

/// Cov(Y(t), Y(s)) and Cov(Y(t), Z(s)), s <= t, on a grid with 2n steps that meets s at its middle.
std::pair<double, double> covariances(double hurst, double t, double s, int n) {
  std::vector<grid_step> grid = test::even_grid(1.0, 0.0, s, n);
  for (int i = 0; i < n && s < t; ++i) grid.push_back({s + (t - s) * i / n, s + (t - s) * (i + 1) / n, 0.0, 1.0});
  const auto p = process::prepare({0.04, 1.5, hurst, -0.7}, 1.0, grid);
  const volterra_form late = volterra_at(p, grid.size() - 1, 1.5), early = volterra_at(p, static_cast<std::size_t>(n - 1), 1.5);
  double yy = grid.size() == early.along.size() ? late.rest * early.rest : 0.0, yz = 0.0;
  for (std::size_t j = 0; j < early.along.size(); ++j) {
    yy += late.along[j] * early.along[j];
    yz += late.along[j] * std::sqrt(grid[j].end - grid[j].start);
  }
  return {yy, yz};
}

TEST(rough_bergomi, the_map_has_the_covariances_of_the_volterra_process) {
  struct row {
    const char* id;
    double hurst, t, s, yy, yz;
  };
  const row rows[] = {
      {"0001, 0002", 0.07, 1.0, 1.0, 1.0, 0.6564311204866564},
      {"0003, 0004", 0.07, 1.0, 0.5, 0.1979131489474115, 0.2142480972770609},
      {"0005, 0006", 0.07, 0.25, 0.1, 0.1372093413356568, 0.07524344506862901},
      {"0009, 0010", 0.12, 0.25, 0.1, 0.17628556607304505, 0.09081165241718872},
      {"0011, 0012", 0.3, 2.0, 0.01, 0.016409562040794967, 0.006746634057047596},
      {"0017, 0018", 0.5, 0.25, 0.1, 0.1, 0.1},
  };
  for (const row& r : rows) {
    const auto [coarse, yz] = covariances(r.hurst, r.t, r.s, 20);
    EXPECT_NEAR(yz, r.yz, 1e-13) << r.id;
    const double fine = covariances(r.hurst, r.t, r.s, 40).first;
    EXPECT_NEAR(coarse, r.yy, 1e-3 * r.yy) << r.id;
    EXPECT_LE(std::abs(fine - r.yy), 0.95 * std::abs(coarse - r.yy) + 1e-12) << r.id;
  }
}

TEST(rough_bergomi, the_variance_is_low_by_the_stated_share_of_a_step) {
  for (const double hurst : {0.02, 0.07, 0.15, 0.3, 0.45}) {
    const double lost = 1.0 - covariances(hurst, 1.0, 1.0, 400).first;
    EXPECT_GT(lost, 0.0) << hurst;
    EXPECT_LT(lost, 0.002 * std::pow(1.0 / 400, 2.0 * hurst)) << hurst;
  }
}

const rough_bergomi_model steep{0.055224999999999996, 1.9, 0.07, -0.9};

TEST(rough_bergomi, spot_and_variance_keep_their_means_at_any_step) {
  for (const int steps : {2, 12}) {
    const auto p = process::prepare(steep, 100.0, test::even_grid(100.0, 0.03, 0.5, steps));
    const auto spot = [&](const test::normal_numbers& z) { return std::pair{test::walk(p, z).back()[0], 0.0}; };
    EXPECT_WITHIN_STDERR(test::mean_over(60000, 3 * p.steps.size(), spot), 100.0 * std::exp(0.015), 4.0);
    const auto variance = [&](const test::normal_numbers& z) {
      double sum = 0.0;
      for (const auto& out : test::walk(p, z)) sum += out[1];
      return std::pair{sum, 0.0};
    };
    EXPECT_WITHIN_STDERR(test::mean_over(60000, 3 * p.steps.size(), variance), 0.5 * steep.xi, 4.0);
  }
}

TEST(rough_bergomi, variance_is_lognormal) {
  const auto p = process::prepare(steep, 1.0, test::even_grid(1.0, 0.0, 1.0, 24));
  const double length = 1.0 / 24, deviation = steep.eta * std::pow(1.0 - length, steep.hurst); // at the last step's start
  const double law = test::chi_square_of(50000, 3 * p.steps.size(), [&](const test::normal_numbers& z) {
    return norm_cdf(std::log(test::walk(p, z).back()[1] / (length * steep.xi)) / deviation + 0.5 * deviation);
  });
  EXPECT_LT(law, 110);
}

/// Given the variance and the motion Z that drives it, ln S is normal.
TEST(rough_bergomi, spot_is_lognormal_given_the_variance) {
  const auto p = process::prepare(steep, 1.0, test::even_grid(1.0, 0.0, 1.0, 24));
  const double law = test::chi_square_of(50000, 3 * p.steps.size(), [&](const test::normal_numbers& z) {
    const auto seen = test::walk(p, z);
    double mean = 0.0, variance = 0.0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      mean += steep.rho * std::sqrt(seen[i][1]) * z[3 * i + 1] - 0.5 * seen[i][1];
      variance += (1.0 - steep.rho * steep.rho) * seen[i][1];
    }
    return norm_cdf((std::log(seen.back()[0]) - mean) / std::sqrt(variance));
  });
  EXPECT_LT(law, 110);
}

TEST(rough_bergomi, single_precision_follows) {
  EXPECT_LT(test::single_error<rough_bergomi>(process::prepare(steep, 100.0, test::even_grid(100.0, 0.03, 0.25, 78)), 1000),
            4e-6);
}

/// Implied volatility of the out-of-the-money option, the spot as control.
test::sample_mean implied_volatility(const rough_bergomi_model& m, double log_strike, double time, int steps, int pairs) {
  const double strike = std::exp(log_strike), sign = log_strike < 0.0 ? -1.0 : 1.0;
  const auto p = process::prepare(m, 1.0, test::even_grid(1.0, 0.0, time, steps));
  const test::sample_mean price = test::mean_over(pairs, 3 * p.steps.size(), [&](const test::normal_numbers& z) {
    const double spot = test::walk(p, z).back()[0];
    return std::pair{std::max(0.0, sign * (spot - strike)), spot - 1.0};
  });
  const auto black = [&](double volatility) {
    return black_legs(1.0, strike, -log_strike, volatility * std::sqrt(time), sign);
  };
  double low = 0.01, high = 1.0;
  for (int i = 0; i < 50; ++i) {
    const double middle = 0.5 * (low + high);
    (black(middle) < price.value ? low : high) = middle;
  }
  return {low, price.standard_error * 1e-4 / (black(low + 1e-4) - black(low))};
}

TEST(rough_bergomi, implied_volatilities_agree_with_the_literature) {
  struct row {
    const char* id;
    rough_bergomi_model m;
    double log_strike, time;
    int steps;
    double expected, tolerance, bias;
  };
  const rough_bergomi_model symmetric{steep.xi, steep.eta, steep.hurst, 0.0};
  const row rows[] = {
      {"0001", steep, -0.1787, 0.25, 78, 0.2961, 0.001, 0.002},
      {"0002", steep, 0.1041, 0.25, 78, 0.1576, 0.001, 0.005},
      {"0003", symmetric, -0.1475, 0.25, 78, 0.2417, 0.0005, 0.001},
      {"0004", symmetric, 0.1656, 0.25, 78, 0.2466, 0.0005, 0.001},
      {"0007", steep, 0.0, 0.041, 13, 0.213228, 0.000851, 0.002},
      {"0012", steep, 0.0, 1.0, 104, 0.198105, 0.001042, 0.001},
      {"0018", {0.04, 1.0, 0.3, -0.6}, 0.0, 1.0, 104, 0.18592, 0.000497, 0.001},
  };
  for (const row& r : rows) {
    const test::sample_mean mc = implied_volatility(r.m, r.log_strike, r.time, r.steps, 20000);
    EXPECT_LT(mc.standard_error, 0.004) << r.id;
    EXPECT_NEAR(mc.value, r.expected, r.tolerance + r.bias + 3.0 * mc.standard_error) << r.id;
  }
}

TEST(rough_bergomi, the_skew_steepens_with_shorter_steps) { // row 0002
  double before = 1.0;
  for (const int steps : {13, 26, 52}) {
    const double error = implied_volatility(steep, 0.1041, 0.25, steps, 40000).value - 0.1576;
    EXPECT_GT(error, 0.0);
    EXPECT_LT(error, 0.75 * before);
    before = error;
  }
}

} // namespace
} // namespace dojima
