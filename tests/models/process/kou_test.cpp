// Kou: forwards, reference prices, the law, the cumulants of the jumps.
#include "models/closed_form/jump_diffusion.hpp"
#include "models/process/kou.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = kou<double>;
const kou_model model_0002{0.16, 1, 0.4, 10, 5}, model_0003{0.2, 3, 0.3, 50, 25}; // kou_jump_<row>

TEST(kou, matches_forwards) {
  const auto grid = test::even_grid(100, 0.05, 2.0, 6);
  test::expect_forwards(process::prepare(model_0002, 100, grid), grid, 100000);
  const auto year = test::even_grid(100, 0, 1, 1);
  test::expect_forwards(process::prepare({0.1, 100, 0.5, 60, 40}, 100, year), year, 200000);
}

TEST(kou, options_agree_with_reference_whatever_the_step) {
  for (const int steps : {1, 8}) {
    const test::sample_mean call = test::european(process::prepare(model_0002, 100, test::even_grid(100, 0.05, 0.5, steps)),
                                                  100 * std::exp(0.025), 300000, 98, 1, std::exp(-0.025));
    EXPECT_WITHIN_STDERR(call, 9.14731730393694, 4) << steps;
  }
  const test::sample_mean call = test::european(process::prepare(model_0003, 100, test::even_grid(100, 0.03, 1, 1)),
                                                100 * std::exp(0.03), 300000, 90, 1, std::exp(-0.03));
  EXPECT_WITHIN_STDERR(call, 15.974706432632933, 4);
}

TEST(kou, law_is_that_of_the_transform_whatever_the_step) {
  const auto put = [](double strike) { return kou_european(0.16, {1, 0.4, 10, 5}, 100, strike, 1, 1, -1); };
  for (const int steps : {1, 5}) {
    const auto p = process::prepare(model_0002, 100, test::even_grid(100, 0, 1, steps));
    EXPECT_LT(test::chi_square(p, 100000, test::law_of_puts(put, 1, 1000)), 110) << steps;
  }
  const auto pairs = process::prepare(model_0002, 100, test::in_pairs(test::even_grid(100, 0, 1, 6)));
  EXPECT_LT(test::chi_square(pairs, 100000, test::law_of_puts(put, 1, 1000)), 110);
  test::expect_jumps_between(pairs, 1.0 / 3, 0.4 / 10 - 0.6 / 5, 50000);
  EXPECT_EQ(pairs.table.size(), 4u * process::nodes); // with jumps and without
}

/// The first four cumulants of ln S: of the jumps, lambda E J^n, and the diffusion's variance.
TEST(kou, cumulants_of_the_jumps) {
  const kou_model m{0.05, 20, 0.6, 15, 12};
  const int paths = 400000;
  const auto p = process::prepare(m, 100, test::even_grid(100, 0, 1, 1));
  std::vector<double> logs;
  test::simulate(p, paths, [&](std::size_t, const double* out) { logs.push_back(std::log(out[0] / 100)); });
  double mean = 0, moments[5] = {};
  for (const double x : logs) mean += x / paths;
  for (const double x : logs)
    for (int n = 2; n <= 4; ++n) moments[n] += std::pow(x - mean, n) / paths;
  const auto jump = [&](int n) { // lambda E J^n
    const double up = std::tgamma(n + 1.0) / std::pow(m.up, n), down = std::tgamma(n + 1.0) / std::pow(-m.down, n);
    return m.intensity * (m.p * up + (1 - m.p) * down);
  };
  const double excess = m.p * m.up / (m.up - 1) + (1 - m.p) * m.down / (m.down + 1) - 1;
  const double variance = jump(2) + 0.05 * 0.05;
  EXPECT_NEAR(mean, jump(1) - 0.5 * 0.05 * 0.05 - m.intensity * excess, 4 * std::sqrt(variance / paths));
  EXPECT_NEAR(moments[2], variance, 4 * variance * std::sqrt(2.6 / paths));
  EXPECT_NEAR(moments[3], jump(3), 4 * std::pow(variance, 1.5) * std::sqrt(20.0 / paths));
  EXPECT_NEAR(moments[4] - 3 * moments[2] * moments[2], jump(4), 0.1 * variance * variance);
}

TEST(kou, holds_in_single_precision) {
  EXPECT_LT(test::single_error<kou>(process::prepare(model_0003, 100, test::even_grid(100, 0.03, 1, 8)), 20000), 2e-6);
}

} // namespace
} // namespace dojima
