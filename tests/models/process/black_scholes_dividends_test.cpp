// Black-Scholes with cash dividends: means, the law, single precision.
#include "models/closed_form/quadrature.hpp"
#include "models/process/black_scholes_dividends.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = black_scholes_dividends<double>;

prepared<process> prepare(const std::vector<grid_step>& grid) {
  std::vector<double> variances;
  for (const grid_step& g : grid) variances.push_back(0.09 * (g.end - g.start));
  return process::prepare(100.0, grid, variances);
}

std::vector<grid_step> grid_with_dividend() {
  auto grid = test::even_grid(100, 0.05, 1.0, 2);
  grid[0].dividend = 4.0;
  return grid;
}

TEST(black_scholes_dividends, lower_the_mean) {
  const auto grid = grid_with_dividend();
  const double forwards[] = {grid[0].forward - 4.0, grid[1].forward - 4.0 * std::exp(0.025)};
  test::expect_forwards(prepare(grid), std::span(forwards), 100000);
}

/// Given the spot after the dividend it is lognormal.
TEST(black_scholes_dividends, law_is_a_mixture_of_lognormals) {
  const auto p = prepare(grid_with_dividend());
  const double deviation = 0.3 * std::sqrt(0.5), drift = 0.025 - 0.5 * deviation * deviation;
  const auto cdf = [&](double s) {
    return normal_expectation(
        [&](double z) {
          const double after = 100 * std::exp(drift + deviation * z) - 4.0;
          return after > 0 ? norm_cdf((std::log(s / after) - drift) / deviation) : 1.0;
        },
        1e-8);
  };
  EXPECT_LT(test::chi_square(p, 50000, test::tabulated(cdf, 10, 1000)), 110);
}

TEST(black_scholes_dividends, hold_in_single_precision) {
  EXPECT_LT(test::single_error<black_scholes_dividends>(prepare(grid_with_dividend()), 20000), 2e-6);
}

} // namespace
} // namespace dojima
