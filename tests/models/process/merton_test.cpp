// Merton: forwards, the number of jumps, the law as a series, reference prices.
#include "models/process/merton.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = merton<double>;
const merton_model model_0088{0.15, 0.4, -0.5, 0.4}, model_0096{0.15, 10, -0.02, 0.03}; // merton_jump_<row>

TEST(merton, matches_forwards) {
  const auto grid = test::even_grid(90, 0.03, 3.0, 6);
  test::expect_forwards(process::prepare(model_0088, 90, grid), grid, 100000);
}

TEST(merton, number_of_jumps_is_a_poisson_number) {
  for (const double mean : {0.0, 0.02, 3.0, 80.0, 300.0}) {
    std::vector<double> thresholds;
    append_jump_thresholds(mean, thresholds);
    double expected = 0, second = 0; // sums over n of P(N > n), and of (2 n + 1) P(N > n)
    for (std::size_t n = 0; n < thresholds.size(); ++n) {
      const double tail = 0.5 * std::erfc(thresholds[n] / std::sqrt(2.0));
      if (thresholds[n] > -6) { // below, they are nearly the same
        EXPECT_EQ(jump_count(thresholds[n] + 1e-9, thresholds.data(), static_cast<int>(thresholds.size())), n + 1.0);
      }
      expected += tail;
      second += (2.0 * static_cast<double>(n) + 1.0) * tail;
    }
    EXPECT_NEAR(expected, mean, 1e-12 * mean);
    EXPECT_NEAR(second, mean * (mean + 1.0), 1e-11 * mean * (mean + 1.0));
  }
}

TEST(merton, law_is_the_series_whatever_the_step) {
  const double excess = std::expm1(-0.02 + 0.5 * 0.03 * 0.03);
  const auto cdf = [&](double s) {
    double sum = 0, weight = std::exp(-10.0);
    for (int n = 0; n < 60; weight *= 10.0 / ++n) {
      const double mean = 0.03 - 0.5 * 0.15 * 0.15 - 10 * excess - 0.02 * n, variance = 0.15 * 0.15 + 0.03 * 0.03 * n;
      sum += weight * norm_cdf((std::log(s / 100.0) - mean) / std::sqrt(variance));
    }
    return sum;
  };
  for (const int steps : {1, 5})
    EXPECT_LT(test::chi_square(process::prepare(model_0096, 100, test::even_grid(100, 0.03, 1, steps)), 50000, cdf), 110);
  const auto pairs = process::prepare(model_0096, 100, test::in_pairs(test::even_grid(100, 0.03, 1, 6)));
  EXPECT_LT(test::chi_square(pairs, 50000, cdf), 110);
  test::expect_jumps_between(pairs, 1.0 / 3, -0.02 * 10, 50000);
}

TEST(merton, options_agree_with_reference) {
  const test::sample_mean call = test::european(process::prepare(model_0088, 90, test::even_grid(90, 0.03, 1, 1)),
                                                90 * std::exp(0.03), 400000, 100, 1, std::exp(-0.03));
  EXPECT_WITHIN_STDERR(call, 7.5425260126698035, 4);
  const test::sample_mean put = test::european(process::prepare(model_0096, 100, test::even_grid(100, 0.03, 0.1, 4)),
                                               100 * std::exp(0.003), 200000, 100, -1, std::exp(-0.003));
  EXPECT_WITHIN_STDERR(put, 2.193344245972519, 4);
}

TEST(merton, holds_in_single_precision) {
  EXPECT_LT(test::single_error<merton>(process::prepare(model_0096, 100, test::even_grid(100, 0.03, 1, 8)), 20000), 2e-6);
}

} // namespace
} // namespace dojima
