// Vanilla options and forwards.
#include "models/payoff/vanilla.hpp"

#include "models/payoff/forward.hpp"
#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::forward, payoffs::vanilla;

TEST(vanilla, pays_what_is_in_the_money) {
  const calendar end = calendar(2).at_end(0);
  EXPECT_EQ(paid_on(spots({150, 110}), end, vanilla<double>({100, 1})), 10);
  EXPECT_EQ(paid_on(spots({150, 110}), end, vanilla<double>({100, -1})), 0);
  EXPECT_EQ(paid_on(spots({150, 90}), end, vanilla<double>({100, -1})), 10);
  EXPECT_EQ(paid_on(spots({150, 90}), end, forward<double>({100})), -10);
}

TEST(vanilla, reference_rows) {
  const calendar end = calendar(1).at_end(0);
  expect_row("european_bsm_0001", simulated(vanilla<double>({19, -1}), {{19, 0.0, 0.28}}, end, 0.75, 0.1, 80000), 1.7011);
  expect_row("european_bsm_0003", simulated(vanilla<double>({1.6, 1}), {{1.56, -0.02, 0.12}}, end, 0.5, 0.06, 80000), 0.0291);
  expect_row("european_bsm_0004", simulated(vanilla<double>({70, -1}), {{75, 0.05, 0.35}}, end, 0.5, 0.1, 80000), 4.087);
}

} // namespace
} // namespace dojima::test
