// Heston by Euler steps: forwards, the mean of the variance, published prices, the law, the bias of a step.
#include "models/closed_form/heston.hpp"
#include "models/process/heston_euler.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = heston_euler<double>;
const heston_model lewis{0.04, 4, 0.25, 1, -0.5};

prepared<process> prepare(int steps) { return process::prepare(lewis, 100, test::even_grid(100, -0.01, 1, steps)); }
test::sample_mean call(int steps, int paths) {
  return test::european(prepare(steps), 100 * std::exp(-0.01), paths, 100, 1, std::exp(-0.01));
}

TEST(heston_euler, matches_forwards) { test::expect_forwards(prepare(8), test::even_grid(100, -0.01, 1, 8), 100000); }

TEST(heston_euler, mean_of_variance_is_exact_without_truncation) {
  const heston_model calm{0.04, 2, 0.09, 0.1, -0.5};
  const auto p = process::prepare(calm, 100, test::even_grid(100, 0, 1, 64));
  double sum = 0; // of the variance over the last step
  test::simulate(p, 20000, [&](std::size_t i, const double* out) { sum += i == 63 ? out[1] : 0.0; });
  EXPECT_NEAR(64 * sum / 20000, 0.09 - 0.05 * std::pow(1 - 2.0 / 64, 63), 4 * 0.02 / std::sqrt(20000.0));
}

TEST(heston_euler, call_agrees_with_reference) { // heston_european_0005
  const test::sample_mean estimate = call(128, 40000);
  EXPECT_WITHIN_STDERR(estimate, 16.07015491702883, 4);
}

TEST(heston_euler, law_is_that_of_the_transform) {
  const auto put = [](double strike) { return heston_european({0.04, 4, 0.25, 1, -0.5}, 100, strike, 1, 1, -1); };
  const auto p = process::prepare(lewis, 100, test::even_grid(100, 0, 1, 128));
  EXPECT_LT(test::chi_square(p, 40000, test::law_of_puts(put, 1, 1000)), 110);
}

TEST(heston_euler, bias_falls_with_the_step) {
  const double coarse = call(4, 200000).value - 16.07015491702883, fine = call(16, 200000).value - 16.07015491702883;
  EXPECT_LT(std::abs(fine), 0.6 * std::abs(coarse)) << coarse << ' ' << fine;
}

TEST(heston_euler, holds_in_single_precision) { EXPECT_LT(test::single_error<heston_euler>(prepare(32), 20000), 2e-6); }

} // namespace
} // namespace dojima
