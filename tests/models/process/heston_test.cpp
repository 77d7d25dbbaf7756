// Heston by the quadratic-exponential scheme: forwards, published prices, the law, the bias of a step.
#include "models/closed_form/heston.hpp"
#include "models/process/heston.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = heston<double>;
const heston_model lewis{0.04, 4, 0.25, 1, -0.5}, andersen{0.04, 0.5, 0.04, 1, -0.9};

prepared<process> prepare(const heston_model& m, double growth, double years, int steps) {
  return process::prepare(m, 100, test::even_grid(100, growth, years, steps));
}

TEST(heston, matches_forwards) {
  test::expect_forwards(prepare(lewis, -0.01, 1, 8), test::even_grid(100, -0.01, 1, 8), 100000);
  test::expect_forwards(prepare(andersen, 0, 10, 20), test::even_grid(100, 0, 10, 20), 50000);
}

TEST(heston, call_agrees_with_reference) { // heston_european_0005
  const test::sample_mean call =
      test::european(prepare(lewis, -0.01, 1, 32), 100 * std::exp(-0.01), 100000, 100, 1, std::exp(-0.01));
  EXPECT_WITHIN_STDERR(call, 16.07015491702883, 4);
}

TEST(heston, exponential_numbers_come_from_normal_ones) {
  const auto errors = [](double z) {
    const double exact = -std::log(0.5 * std::erfc(z / std::sqrt(2.0)));
    return std::pair(std::abs(exponential_of_normal(z) - exact), std::abs(exponential_of_normal(single(z)).v - exact));
  };
  for (double z = -0.85; z <= 6.8; z += 1.0 / 512) {
    const double scale = 1 - std::log(0.5 * std::erfc(z / std::sqrt(2.0)));
    EXPECT_LT(errors(z).first, 5e-10 * scale) << z;
    EXPECT_LT(errors(z).second, 1e-6 * scale) << z;
  }
  EXPECT_LT(errors(10).first, 0.03);
  EXPECT_LT(errors(9).second, 0.2);
  for (double z = -10; z < -0.85; z += 1.0 / 512) { // where the exponential branch begins nothing is left of these
    EXPECT_LT(exponential_of_normal(z), std::log(1.25)) << z;
    EXPECT_LT(exponential_of_normal(single(z)).v, std::log(1.25)) << z;
  }
}

TEST(heston, law_is_that_of_the_transform) {
  const auto law = [](const heston_model& m, double years, int steps, int paths) {
    const auto put = [&](double strike) {
      return heston_european({m.v0, m.kappa, m.theta, m.sigma, m.rho}, 100, strike, years, 1, -1);
    };
    return test::chi_square(prepare(m, 0, years, steps), paths, test::law_of_puts(put, 1, 1000));
  };
  EXPECT_LT(law(lewis, 1, 32, 100000), 110);
  EXPECT_LT(law({0.04, 1.5, 0.06, 0.5, -0.7}, 2, 64, 50000), 110);
  EXPECT_LT(law(andersen, 10, 160, 20000), 110);
}

/// heston_european_0010, where the variance spends most of the time near 0.
TEST(heston, bias_falls_with_the_step) {
  double bias[2];
  for (const int half : {0, 1}) {
    const test::sample_mean call = test::european(prepare(andersen, 0, 10, half ? 40 : 5), 100, 100000, 140, 1, 1);
    bias[half] = call.value - 0.29577444;
    if (half) {
      EXPECT_WITHIN_STDERR(call, 0.29577444, 4);
    }
  }
  EXPECT_LT(std::abs(bias[1]), 0.5 * std::abs(bias[0]));
}

TEST(heston, holds_in_single_precision) {
  EXPECT_LT(test::single_error<heston>(prepare(lewis, -0.01, 1, 16), 20000), 2e-6);
  EXPECT_LT(test::single_error<heston>(prepare(lewis, -0.01, 1, 512), 1000), 1e-5); // short steps: by cumulants
}

} // namespace
} // namespace dojima
