// Black-Scholes: forwards, the lognormal law.
#include "models/process/black_scholes.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = black_scholes<double>;
const double variance_rate = 0.3 * 0.3;

prepared<process> prepare(const std::vector<grid_step>& grid) {
  std::vector<double> variances;
  for (const grid_step& g : grid) variances.push_back(variance_rate * (g.end - g.start));
  return process::prepare(100.0, grid, variances);
}

TEST(black_scholes, matches_forwards) {
  const auto grid = test::even_grid(100, 0.05, 2.0, 6);
  test::expect_forwards(prepare(grid), grid, 100000);
}

TEST(black_scholes, law_is_lognormal_whatever_the_step) {
  for (const int steps : {1, 8}) {
    const double law = test::chi_square(prepare(test::even_grid(100, 0.05, 2.0, steps)), 100000, [](double s) {
      return norm_cdf((std::log(s / 100.0) - 0.1 + variance_rate) / std::sqrt(2.0 * variance_rate));
    });
    EXPECT_LT(law, 110) << steps;
  }
}

TEST(black_scholes, holds_in_single_precision) {
  EXPECT_LT(test::single_error<black_scholes>(prepare(test::even_grid(100, 0.05, 2.0, 8)), 20000), 2e-6);
}

} // namespace
} // namespace dojima
