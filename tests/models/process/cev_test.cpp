// CEV: forwards, reference prices, the law, absorption, the bias of a step.
#include "models/closed_form/cev.hpp"
#include "models/process/cev.hpp"
#include "tests/models/process/support.hpp"

namespace dojima {
namespace {

using process = cev<double>;

/// The process under zero growth.
prepared<process> prepare(const cev_model& m, double spot, double years, int steps) {
  return process::prepare(m, spot, test::even_grid(spot, 0, years, steps));
}

TEST(cev, matches_forwards) {
  for (const double beta : {0.0, 0.3, 0.5, 0.7, 1.0}) {
    const auto grid = test::even_grid(100, 0.05, 4.0, 8); // long steps: the tails are used
    test::expect_forwards(process::prepare({0.4 * std::pow(100, 1 - beta), beta}, 100, grid), grid, 50000);
  }
}

TEST(cev, options_agree_with_reference) { // cev_european_<row>
  struct row {
    int id;
    cev_model m;
    double spot, strike, years, sign, rate, expected;
  };
  for (const row& r : {row{4, {2, 0.5}, 100, 100, 1, -1, 0.05, 7.580207674208094},
                       row{5, {11.94321511660492, 0.2}, 100, 90, 2, -1, 0.02, 11.696914954111325},
                       row{6, {0.6279716078773949, 0.8}, 100, 110, 0.5, 1, 0, 3.381086120799033},
                       row{13, {0.05590169943749474, 0.5}, 0.05, 0.06, 5, 1, 0, 0.007258047115686138}}) {
    const int steps = static_cast<int>(std::ceil(r.years / process::largest_step));
    const test::sample_mean value =
        test::european(prepare(r.m, r.spot, r.years, steps), r.spot, 20000, r.strike, r.sign, std::exp(-r.rate * r.years));
    EXPECT_WITHIN_STDERR(value, r.expected, 4) << r.id;
  }
}

TEST(cev, law_is_chi_squared) { // where absorption is rarer than 1e-10
  for (const cev_model& m : {cev_model{2, 0.5}, cev_model{8, 0.2}, cev_model{0.6, 0.8}}) {
    const auto put = [&](double strike) { return cev_european(m.sigma, m.beta, 0, 100, strike, 1, 1, -1); };
    EXPECT_LT(test::chi_square(prepare(m, 100, 1, 32), 50000, test::law_of_puts(put, 10, 1000)), 110) << m.beta;
  }
}

/// For beta = 1/2 the probability of absorption is exp(-2 F / (sigma^2 T)).
TEST(cev, absorbs_at_zero) {
  double dead = 0;
  test::simulate(prepare({0.05590169943749474, 0.5}, 0.05, 20, 40), 40000,
                 [&](std::size_t i, const double* out) { dead += i == 39 && out[0] == 0.0 ? 1.0 / 40000 : 0.0; });
  EXPECT_NEAR(dead, std::exp(-2 * 0.05 / (0.003125 * 20)), 0.008);
}

TEST(cev, bias_falls_with_the_step) { // a call at 130 on 100, sigma = 0.4 at 100, beta = 0: see cev_european for its law
  const auto call = [](int steps) { return test::european(prepare({40, 0}, 100, 1, steps), 100, 200000, 130, 1, 1).value; };
  const double exact = 5.246677, coarse = call(4) - exact, fine = call(16) - exact;
  EXPECT_GT(coarse, 0.2);
  EXPECT_LT(std::abs(fine), 0.2 * coarse);
}

TEST(cev, holds_in_single_precision) {
  EXPECT_LT(test::single_error<cev>(prepare({11.94321511660492, 0.2}, 100, 2, 32), 20000), 2e-6);
}

} // namespace
} // namespace dojima
