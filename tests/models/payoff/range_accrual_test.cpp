// Range accruals.
#include "models/payoff/range_accrual.hpp"

#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::range_accrual;

TEST(range_accrual, accrues_within_the_range) {
  const calendar days = calendar(4).on_all(0).column({0.5, 0.25, 0.125, 0.0625});
  EXPECT_EQ(paid_on(spots({90, 111, 100, 110}), days, range_accrual<double>({90, 110, 100, 0.5})), 118.75);
  EXPECT_EQ(paid_on(spots({89, 111, 89, 111}), days, range_accrual<double>({90, 110, 100, 0})), 0);
}

TEST(range_accrual, is_a_sum_of_digitals) {
  const calendar days = calendar(4).on_all(0).column(std::vector(4, 0.25));
  double exact = 0; // P(90 <= S <= 110) = Phi(z(110)) - Phi(z(90))
  for (const double t : {0.25, 0.5, 0.75, 1.0}) {
    const auto z = [&](double level) { return (std::log(level / 100) - 0.01 * t) / (0.2 * std::sqrt(t)); };
    exact += 0.25 * std::exp(-0.05) * (norm_cdf(z(110)) - norm_cdf(z(90)));
  }
  const range_accrual<double> form({90, 110, 1, 0});
  expect_row("digitals", simulated(form, {{100, 0.03, 0.2}}, days, 1, 0.05, 80000), exact);
}

} // namespace
} // namespace dojima::test
