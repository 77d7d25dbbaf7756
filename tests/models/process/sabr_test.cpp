// SABR: forwards, published prices, the law for beta = 0, its case CEV, the bias of a step.
#include "models/closed_form/sabr.hpp"
#include "models/process/sabr.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = sabr<double>;

prepared<process> prepare(const sabr_model& m, double spot, double years, int steps) {
  return process::prepare(m, spot, test::even_grid(spot, 0, years, steps));
}

TEST(sabr, matches_forwards) {
  const auto grid = test::even_grid(1, 0.03, 5, 10); // long steps: the tails are used
  for (const double beta : {0.0, 0.3, 0.6, 1.0})
    test::expect_forwards(process::prepare({0.25, beta, 0.5, -0.8}, 1, grid), grid, 50000);
}

TEST(sabr, calls_agree_with_reference) { // sabr_european_<row>
  struct row {
    int id;
    sabr_model m;
    double forward, strike, years, expected;
  };
  for (const row& r :
       {row{61, {0.4, 0.3, 0.6, 0}, 0.05, 0.1, 1, 0.030606}, row{63, {0.5, 0.5, 0.4, 0}, 0.5, 0.5, 2, 0.193836689413803},
        row{86, {0.2, 1, 1, -0.75}, 1000, 1000, 2, 103.37}}) {
    const int steps = static_cast<int>(std::ceil(r.years / process::largest_step));
    const test::sample_mean call = test::european(prepare(r.m, r.forward, r.years, steps), r.forward, 20000, r.strike, 1, 1);
    EXPECT_WITHIN_STDERR(call, r.expected, 4) << r.id;
  }
}

TEST(sabr, law_for_beta_0_is_that_of_normal_sabr) { // absorption, which that leaves out, is rarer than 1e-4
  const auto put = [](double strike) { return sabr_normal_european(0.15, -0.4, 0.5, 1, strike, 1, -1); };
  const auto p = prepare({0.15, 0, 0.5, -0.4}, 1, 1, 32);
  EXPECT_LT(test::chi_square(p, 50000, test::law_of_puts(put, 0.05, 4)), 110);
}

/// Without volatility of volatility it is CEV.
TEST(sabr, is_cev_for_a_constant_volatility) {
  const auto a = prepare({0.3, 0.4, 0, 0}, 1, 1, 4);
  const auto b = cev<double>::prepare({0.3, 0.4}, 1, test::even_grid(1, 0, 1, 4));
  double x[3] = {a.start[0], a.start[1], 0}, y[2] = {b.start[0], 0};
  for (int i = 0; i < 4; ++i) {
    const double z = 0.7 - 0.9 * i;
    process::advance(x, a.steps[0], {{z, 1.0}}, a.table.data());
    cev<double>::advance(y, b.steps[0], {{z}}, b.table.data());
    EXPECT_NEAR(x[0], y[0], 1e-14);
    EXPECT_NEAR(x[2], y[1], 1e-14);
  }
}

/// sabr_european_0003, whose 0.1391 of volatility are this price.
TEST(sabr, bias_falls_with_the_step) {
  const auto error = [](int steps) {
    return test::european(prepare({0.25, 0.3, 0.3, -0.8}, 1, 10, steps), 1, 100000, 1.8, 1, 1).value - 0.024447;
  };
  const double coarse = error(10), fine = error(40);
  EXPECT_LT(std::abs(fine), 0.5 * std::abs(coarse)) << coarse << ' ' << fine;
}

TEST(sabr, holds_in_single_precision) {
  EXPECT_LT(test::single_error<sabr>(prepare({0.4, 0.3, 0.6, 0}, 0.05, 1, 32), 20000), 2e-6);
}

} // namespace
} // namespace dojima
