// Variance and volatility swaps.
#include "models/payoff/variance_swap.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::realised, payoffs::variance_swap;

TEST(variance_swap, sums_squared_returns) {
  const double e = std::exp(0.1);
  const auto path = spots({100 * e, 100 * e * e, 100 * e});
  const calendar running = calendar(3).on_all(0), later = calendar(3).on(1, 0, 1).on(0, 1, 3);
  EXPECT_NEAR(paid_on(path, running, variance_swap<double>({10, 0.06, 2, 0.02, 100})), 10 * (2 * 0.05 - 0.06), 1e-14);
  EXPECT_NEAR(paid_on(path, later, variance_swap<double>({10, 0.06, 2, 0, 1})), 10 * (2 * 0.02 - 0.06), 1e-14);
  EXPECT_NEAR(paid_on(path, running, variance_swap<double>({10, 0.06, 3, 0, 100}, realised::volatility)), 10 * (0.3 - 0.06),
              1e-14);
}

TEST(variance_swap, reference_rows) {
  const auto row = [](const char* id, lognormal asset, double time, int returns, double expected) {
    const variance_swap<double> form({1, 0, 1 / time, 0, asset.spot});
    expect_row(id, simulated(form, {asset}, calendar(returns).on_all(0), time, 0, 8000), expected);
  };
  row("variance_swap_0002", {100, 0.05, 0.2}, 1, 12, 0.040075000000000006);
  row("variance_swap_0003", {100, 0.05, 0.2}, 1, 252, 0.04000357142857144);
  row("variance_swap_0004", {100, -0.03, 0.3}, 2, 52, 0.09021634615384615);
}

TEST(variance_swap, volatility_is_the_mean_of_a_chi_law) {
  // Returns without drift in ln S: sqrt(sum of n squares) has mean sqrt(2) Gamma((n + 1) / 2) / Gamma(n / 2).
  constexpr int n = 12;
  const double exact = 0.2 * std::sqrt(2.0 / n) * std::exp(std::lgamma(0.5 * (n + 1)) - std::lgamma(0.5 * n));
  const variance_swap<double> form({1, 0, 1, 0, 100}, realised::volatility);
  expect_row("chi", simulated(form, {{100, 0.02, 0.2}}, calendar(n).on_all(0), 1, 0, 40000), exact);
}

} // namespace
} // namespace dojima::test
