// Options on options.
#include "models/payoff/compound.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::compound;

TEST(compound, values_the_inner_option_by_black) {
  const calendar end = calendar(1).at_end(0);
  const double call = 0.9 * 100 * (2 * norm_cdf(0.15) - 1); // at the money of the forward
  EXPECT_NEAR(paid_on(spots({80}), end, compound<double>({4, 1, 100, 1, 1.25, 0.9, 0.3})), call - 4, 1e-12);
  EXPECT_NEAR(paid_on(spots({80}), end, compound<double>({20, -1, 100, -1, 1.25, 0.9, 0.3})), 20 - call, 1e-12);
}

TEST(compound, reference_rows) {
  const auto row = [](const char* id, double sign, double inner_sign, double strike, double inner_strike, lognormal asset,
                      double rate, double first, double second, double expected) {
    const double rest = second - first;
    const compound<double> form({strike, sign, inner_strike, inner_sign, std::exp(asset.growth * rest), std::exp(-rate * rest),
                                 asset.volatility * std::sqrt(rest)});
    expect_row(id, simulated(form, {asset}, calendar(1).at_end(0), first, rate, 80000), expected);
  };
  row("compound_0001", -1, 1, 50, 520, {500, 0.05, 0.35}, 0.08, 0.25, 0.5, 21.1965);
  row("compound_0006", 1, 1, 50, 520, {500, 0.05, 0.35}, 0.08, 0.25, 0.5, 17.5945);
  row("compound_0026", 1, -1, 10, 122, {120, -0.04, 0.22}, 0.02, 0.1, 0.7, 2.6112);
  row("compound_0036", -1, -1, 10, 122, {120, -0.04, 0.22}, 0.02, 0.1, 0.7, 1.0914);
  row("compound_0046", -1, 1, 0.4, 8.2, {8, -0.05, 0.08}, 0, 2, 3, 0.3585);
}

} // namespace
} // namespace dojima::test
