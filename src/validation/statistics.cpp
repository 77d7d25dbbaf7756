#include "dojima/validation/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "text.hpp"

namespace dojima {
namespace {

constexpr std::size_t most_bins = 20, expected_in_bin = 5;

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
significance chi_square(double statistic, double degrees) {
  return {statistic, boost::math::gamma_q(0.5 * degrees, 0.5 * statistic)};
}

} // namespace

double normal_score(double t, int degrees) {
  const boost::math::students_t law(degrees);
  return std::copysign(quantile(complement(boost::math::normal(), cdf(complement(law, std::abs(t))))), t);
}

normality test_normality(std::span<const double> z) {
  normality t;
  t.count = z.size();
  if (z.size() < normality::fewest) {
    t.reason = std::to_string(z.size()) + " z-scores (the tests need " + std::to_string(normality::fewest) + ")";
    return t;
  }
  const auto n = static_cast<double>(z.size());
  const std::size_t bins = std::min(most_bins, z.size() / expected_in_bin);
  t.bins.assign(bins, 0);
  double sum = 0, squares = 0;
  for (const double x : z) {
    sum += x;
    squares += x * x;
    ++t.bins[std::min(bins - 1, static_cast<std::size_t>(normal_cdf(x) * static_cast<double>(bins)))];
  }
  t.mean = sum / n;
  t.variance = squares / n - t.mean * t.mean;
  const double expected = n / static_cast<double>(bins);
  double distance = 0;
  for (const std::size_t count : t.bins) distance += std::pow(static_cast<double>(count) - expected, 2) / expected;
  t.chi_square = chi_square(distance, static_cast<double>(bins - 1));
  t.mean_test = {sum / std::sqrt(n), std::erfc(std::abs(sum) / std::sqrt(2 * n))};
  t.variance_test = chi_square(squares, n);

  const auto check = [&](const char* name, const significance& s, const char* low, const char* high) {
    if (s.p_value >= normality::level && s.p_value <= 1 - normality::level) return;
    t.reason += (t.reason.empty() ? "" : "; ") + std::string(name) + ": p = " + number_text(s.p_value, 3) + " (" +
                (s.p_value < 0.5 ? low : high) + ")";
  };
  check("chi-square of the bins", t.chi_square, "not the normal law", "closer to the normal law than chance allows");
  check("mean", t.mean_test, "the values are biased", "closer to zero than chance allows");
  check("sum of squares", t.variance_test, "standard errors are too small", "standard errors are too large");
  t.outcome = t.reason.empty() ? verdict::passed : verdict::failed;
  return t;
}

} // namespace dojima
