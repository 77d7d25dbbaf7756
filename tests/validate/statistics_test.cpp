#include "dojima/validation/statistics.hpp"

#include <random>

#include "models/elementary.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

/// Uniform numbers in (0, 1) with a seed.
std::vector<double> uniform(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 words(seed);
  std::vector<double> u;
  for (std::size_t i = 0; i < n; ++i) u.push_back((static_cast<double>(words() >> 11) + 0.5) * 0x1p-53);
  return u;
}
std::vector<double> normal(std::size_t n, std::uint64_t seed, double mean = 0, double deviation = 1) {
  std::vector<double> z = uniform(n, seed);
  for (double& x : z) x = mean + deviation * ieee::inverse_norm_cdf(x);
  return z;
}
/// One number in the middle of each of n equal parts: no sample of chance is as even.
std::vector<double> even(std::size_t n) {
  std::vector<double> z;
  for (std::size_t i = 0; i < n; ++i)
    z.push_back(ieee::inverse_norm_cdf((static_cast<double>(i) + 0.5) / static_cast<double>(n)));
  return z;
}

TEST(normality, scores_over_few_replicates_are_students) {
  // Quantiles of Student's law with 15 and 1 degrees of freedom and of the normal law, to the digits of printed tables.
  EXPECT_NEAR(normal_score(2.13145, 15), 1.95996, 1e-5);
  EXPECT_NEAR(normal_score(-4.07277, 15), -3.29053, 1e-5);
  EXPECT_NEAR(normal_score(-1, 1), -0.67449, 1e-5);
  EXPECT_EQ(normal_score(0, 15), 0);
}

TEST(normality, accepts_samples_of_the_normal_law) {
  for (const std::size_t n : {50u, 57u, 99u, 100u, 1000u, 20000u})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const normality t = test_normality(normal(n, seed));
      EXPECT_EQ(t.outcome, verdict::passed) << n << ", seed " << seed << ": " << t.reason;
      EXPECT_EQ(t.reason, "");
      EXPECT_EQ(t.count, n);
    }
}

TEST(normality, p_values_are_uniform_under_the_law) {
  constexpr int runs = 400;
  int chi_square = 0, mean = 0, variance = 0;
  for (int seed = 0; seed < runs; ++seed) {
    const normality t = test_normality(normal(500, static_cast<std::uint64_t>(1000 + seed)));
    chi_square += t.chi_square.p_value < 0.25;
    mean += t.mean_test.p_value < 0.25;
    variance += t.variance_test.p_value < 0.25;
  }
  // A quarter of them, within four deviations of the binomial law: sqrt(400 / 4 * 3 / 4) = 8.7.
  for (const int below : {chi_square, mean, variance}) EXPECT_NEAR(below, runs / 4, 35);
}

TEST(normality, knows_the_tests_of_a_small_sample) {
  std::vector<double> z(50, 0.1); // all in bin 5 of 10, which is (0, 0.2533)
  const normality t = test_normality(z);
  ASSERT_EQ(t.bins.size(), 10u);
  EXPECT_EQ(t.bins[5], 50u);
  EXPECT_DOUBLE_EQ(t.chi_square.statistic, 45.0 * 45 / 5 + 9 * 5);
  EXPECT_NEAR(t.mean, 0.1, 1e-15);
  EXPECT_NEAR(t.mean_test.statistic, 0.1 * std::sqrt(50.0), 1e-14);
  EXPECT_NEAR(t.mean_test.p_value, 0.4795001221869535, 1e-12); // 2 Phi(-0.1 sqrt(50))
  EXPECT_NEAR(t.variance_test.statistic, 0.5, 1e-14);
  EXPECT_NEAR(t.variance, 0, 1e-15);
  EXPECT_EQ(t.outcome, verdict::failed);
}

void expect_failure(const std::vector<double>& z, const char* why) {
  const normality t = test_normality(z);
  EXPECT_EQ(t.outcome, verdict::failed);
  EXPECT_NE(t.reason.find(why), std::string::npos) << t.reason;
}

TEST(normality, rejects_what_is_too_bad) {
  expect_failure(normal(500, 7, 0, 1.3), "standard errors are too small");
  expect_failure(normal(500, 7, 0.3), "the values are biased");
  expect_failure(uniform(500, 7), "not the normal law");
  std::vector<double> with_outlier = normal(500, 7);
  with_outlier[3] = 20;
  expect_failure(with_outlier, "standard errors are too small");
}

TEST(normality, rejects_what_is_too_good) {
  expect_failure(normal(500, 7, 0, 0.7), "standard errors are too large");
  expect_failure(even(500), "closer to the normal law than chance allows");
  std::vector<double> mirrored = normal(500, 7); // as if each error came with its opposite
  for (std::size_t i = 0; i < mirrored.size(); i += 2) mirrored[i + 1] = -mirrored[i];
  expect_failure(mirrored, "closer to zero than chance allows");
  EXPECT_EQ(test_normality(std::vector<double>(500, 0.0)).outcome, verdict::failed);
}

TEST(normality, needs_five_in_each_of_ten_bins) {
  const normality t = test_normality(normal(49, 1));
  EXPECT_EQ(t.outcome, verdict::skipped);
  EXPECT_EQ(t.reason, "49 z-scores (the tests need 50)");
  EXPECT_TRUE(t.bins.empty());
}

} // namespace
} // namespace dojima
