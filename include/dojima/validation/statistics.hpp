// Whether z-scores have the law that they claim: too bad is a failure, and so is too good.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dojima/validation/result.hpp"

namespace dojima {

/// A number whose law is known, and the probability that it comes out as large or larger.
struct significance {
  double statistic = 0, p_value = 1;
};

/// Tests of one sample. Each fails where its p-value is below `level`, or above 1 - `level`: then the sample is closer to
/// what is expected than chance allows, as when standard errors are stated too large.
struct normality {
  static constexpr double level = 1e-4;
  static constexpr std::size_t fewest = 50; ///< ten bins of five

  std::size_t count = 0;
  double mean = 0, variance = 0;
  std::vector<std::size_t> bins; ///< counts between the normal quantiles 0, 1/n, ..., 1
  significance chi_square;       ///< of the counts (Pearson 1900), bins - 1 degrees of freedom
  significance mean_test;        ///< mean times the root of the count is standard normal
  significance variance_test;    ///< the sum of squares is chi-square with `count` degrees of freedom
  verdict outcome = verdict::skipped;
  std::string reason; ///< why it did not pass
};

/// The standard normal number that is exceeded as often as t under Student's law: what a score over an error from
/// degrees + 1 replicates is worth.
double normal_score(double t, int degrees);

/// Tests that independent z-scores are standard normal; skipped where they are fewer than `normality::fewest`.
normality test_normality(std::span<const double> z);

} // namespace dojima
