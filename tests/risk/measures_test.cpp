#include "dojima/risk/measures.hpp"

#include <limits>
#include <numeric>

#include "dojima/error.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

/// P&L -1, -2, ..., -n.
std::vector<double> ladder(std::size_t n) {
  std::vector<double> pnl(n);
  for (std::size_t i = 0; i < n; ++i) pnl[i] = -static_cast<double>(i + 1);
  return pnl;
}

TEST(tail, order_statistic_and_tail_mean) {
  const std::vector<double> pnl = ladder(1000);
  const tail_measures m = measure_tail(pnl, 0.99);
  EXPECT_EQ(m.var, 990);  // ceil(1000 x 0.99), although 1000 * 0.99 rounds above it
  EXPECT_EQ(m.es, 995.5); // mean of 991 .. 1000
  EXPECT_EQ(measure_tail(pnl, 0.975).var, 975);
  EXPECT_EQ(measure_tail(ladder(101), 0.95).var, 96); // ceil(95.95)
}

TEST(tail, var_rank_is_the_place_of_var) {
  for (const auto& [n, level] : {std::pair(1000, 0.99), std::pair(250, 0.99), std::pair(500, 0.975), std::pair(10, 0.99)}) {
    const std::vector<double> pnl = ladder(static_cast<std::size_t>(n));
    EXPECT_EQ(-pnl[by_loss(pnl)[var_rank(pnl.size(), level)]], value_at_risk(pnl, level)) << n << " " << level;
  }
}

TEST(tail, linear_type7) {
  EXPECT_DOUBLE_EQ(measure_tail(ladder(101), 0.95, quantile_rule::linear_type7).var, 96.0);
  EXPECT_DOUBLE_EQ(measure_tail(ladder(11), 0.975, quantile_rule::linear_type7).var, 10.75);
}

TEST(tail, interval_covers_the_quantile_as_often_as_it_says) {
  // P(L_(low) <= q < L_(high)) from the binomial law by direct summation.
  for (const auto& [n, level, coverage] :
       {std::tuple(1000, 0.99, 0.95), std::tuple(250, 0.95, 0.90), std::tuple(5000, 0.975, 0.99)}) {
    const tail_measures m = measure_tail(ladder(static_cast<std::size_t>(n)), level, quantile_rule::order_statistic, coverage);
    ASSERT_TRUE(m.var_ci);
    double inside = 0, below = 0, above = 0;
    for (int b = 0; b <= n; ++b) {
      const double p = std::exp(std::lgamma(n + 1.0) - std::lgamma(b + 1.0) - std::lgamma(n - b + 1.0) + b * std::log(level) +
                                (n - b) * std::log1p(-level));
      (b < m.var_ci->low ? below : b >= m.var_ci->high ? above : inside) += p;
    }
    EXPECT_GE(inside, coverage);
    EXPECT_LE(below, (1 - coverage) / 2);
    EXPECT_LE(above, (1 - coverage) / 2);
    EXPECT_LT(inside, coverage + 0.05) << "wider than it need be";
  }
}

TEST(tail, small_samples_have_no_interval) {
  const tail_measures m = measure_tail(ladder(10), 0.99);
  EXPECT_EQ(m.var, 10);
  EXPECT_EQ(m.es, 10);
  EXPECT_FALSE(m.var_ci);
  EXPECT_FALSE(m.es_ci);
}

TEST(tail, es_interval_has_the_variance_of_manistre_and_hancock) {
  const tail_measures m = measure_tail(ladder(1000), 0.99);
  const double within = 110.0 / 12.0;                                 // sample variance of ten consecutive integers
  const double error = std::sqrt((within + 0.99 * 5.5 * 5.5) / 10.0); // ES - VaR = 5.5
  EXPECT_NEAR(m.es_ci->high - m.es, 1.959963984540054 * error, 1e-9);
  EXPECT_NEAR(m.es - m.es_ci->low, 1.959963984540054 * error, 1e-9);
}

TEST(tail, refuses_what_has_no_answer) {
  EXPECT_THROW(measure_tail({}, 0.99), input_error);
  EXPECT_THROW(measure_tail(ladder(10), 99), input_error);
  EXPECT_THROW(measure_tail(ladder(10), 1.0), input_error);
  EXPECT_THROW(value_at_risk(std::vector{1.0, std::numeric_limits<double>::quiet_NaN()}, 0.9), input_error);
}

TEST(backtest, transitions_are_counted_day_by_day) {
  // 0 0 1 1 0 1 0 0: n00 = 2, n01 = 2, n10 = 2, n11 = 1.
  const std::vector<bool> hits{false, false, true, true, false, true, false, false};
  const christoffersen_tests a = christoffersen(hits, 0.1), b = christoffersen(2, 2, 2, 1, kupiec(8, 3, 0.1));
  EXPECT_EQ(a.independence.statistic, b.independence.statistic);
  EXPECT_EQ(a.conditional_coverage.p_value, b.conditional_coverage.p_value);
}

TEST(backtest, extremes_stay_finite) {
  EXPECT_NEAR(kupiec(250, 0, 0.01).statistic, -500 * std::log(0.99), 1e-12);
  EXPECT_TRUE(std::isfinite(kupiec(250, 250, 0.01).statistic));
  EXPECT_EQ(kupiec(100, 1, 0.01).statistic, 0.0);
  EXPECT_EQ(christoffersen(std::vector<bool>(100, false), 0.01).independence.statistic, 0.0);
}

TEST(backtest, basel_zones) {
  EXPECT_EQ(basel_traffic_light(4).zone, "green");
  EXPECT_EQ(basel_traffic_light(5).plus_factor, 0.40);
  EXPECT_EQ(basel_traffic_light(9).plus_factor, 0.85);
  EXPECT_EQ(basel_traffic_light(10).zone, "red");
}

} // namespace
} // namespace dojima
