// Bates: forwards, reference prices, the law, the variance that jumps add.
#include "models/closed_form/heston.hpp"
#include "models/process/bates.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = bates<double>;
const bates_model model_0004{{0.04, 1.5, 0.04, 0.3, -0.9}, 2, -0.15, 0.15}, // bates_european_<row>
    model_0019{{0.0625, 5, 0.16, 0.9, 0.1}, 2, -0.15, 0.15};

TEST(bates, matches_forwards) {
  const auto grid = test::even_grid(100, 0.025, 2.0, 16);
  const auto pairs = process::prepare(model_0004, 100, test::in_pairs(grid));
  test::expect_jumps_between(pairs, 0.25, model_0004.intensity * model_0004.jump_mean, 50000);
  test::expect_forwards(process::prepare(model_0004, 100, grid), grid, 100000);
  test::expect_forwards(process::prepare(model_0019, 100, grid), grid, 100000);
}

TEST(bates, options_agree_with_reference) {
  const test::sample_mean call = test::european(process::prepare(model_0004, 100, test::even_grid(100, 0.025, 1, 32)),
                                                100 * std::exp(0.025), 100000, 100, 1, std::exp(-0.025));
  EXPECT_WITHIN_STDERR(call, 14.640435314619914, 4);
  const test::sample_mean put = test::european(process::prepare(model_0019, 100, test::even_grid(100, 0.1, 0.5, 16)),
                                               100 * std::exp(0.05), 100000, 85, -1, std::exp(-0.05));
  EXPECT_WITHIN_STDERR(put, 4.473606122837417, 4);
}

TEST(bates, law_is_that_of_the_transform) {
  const auto put = [](double strike) {
    return bates_european({0.04, 1.5, 0.04, 0.3, -0.9}, {2, -0.15, 0.15}, 100, strike, 1, 1, -1);
  };
  const auto p = process::prepare(model_0004, 100, test::even_grid(100, 0, 1, 32));
  EXPECT_LT(test::chi_square(p, 100000, test::law_of_puts(put, 1, 1000)), 110);
}

/// Variance of ln S at the horizon less that of the diffusion: lambda T (mean^2 + deviation^2).
TEST(bates, jumps_add_their_variance) {
  bates_model calm = model_0004;
  double variance[2];
  for (const int jumps : {0, 1}) {
    calm.intensity = 2.0 * jumps;
    const auto p = process::prepare(calm, 100, test::even_grid(100, 0, 1, 8));
    double sum = 0, square = 0;
    test::simulate(p, 200000, [&](std::size_t i, const double* out) {
      if (i == 7) sum += std::log(out[0] / 100), square += std::pow(std::log(out[0] / 100), 2);
    });
    variance[jumps] = square / 200000 - std::pow(sum / 200000, 2);
  }
  EXPECT_NEAR(variance[1] - variance[0], 2 * (0.15 * 0.15 + 0.15 * 0.15), 0.002);
}

TEST(bates, holds_in_single_precision) {
  EXPECT_LT(test::single_error<bates>(process::prepare(model_0019, 100, test::even_grid(100, 0.1, 1, 16)), 20000), 2e-6);
}

} // namespace
} // namespace dojima
