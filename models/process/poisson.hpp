// The number of jumps in a step, a Poisson number N, from one standard normal: N is the count of the thresholds below it, of
// which the k-th has P(Z > threshold) = P(N > k). Exact for every mean.
#pragma once

#include "models/process/process.hpp"

#ifndef __CUDACC_RTC__
#include <algorithm>

#include "models/elementary.hpp"
#endif

namespace dojima {
inline namespace DOJIMA_ISA {

#ifndef __CUDACC_RTC__
/// P(N > 0), P(N > 1), ... down to 1e-25; mean below 350.
inline std::vector<double> poisson_tails(double mean) {
  std::vector<double> tails;
  double density = std::exp(-mean), k = 0.0;
  while (k < mean || density > 1e-25) tails.push_back(density *= mean / ++k); // P(N = k)
  for (std::size_t i = tails.size(); i-- > 1;) tails[i - 1] = std::min(1.0, tails[i - 1] + tails[i]);
  return tails;
}

/// The longest step while a payoff watches at all times, years. Jumps that come together are seen as one: an average of 0.05
/// in a step keeps the excursions that this misses rare.
inline double watched_step_of(double intensity) { return std::min(1.0 / 52, 0.05 / intensity); }

/// Appends the thresholds up to 8 standard deviations to a table.
inline void append_jump_thresholds(double mean, std::vector<double>& table) {
  for (const double tail : poisson_tails(mean))
    if (tail > 6e-16) table.push_back(-ieee::inverse_norm_cdf(tail));
}
#endif

/// The number of jumps from a normal z and the thresholds in ascending order.
template <class Real, class T> DOJIMA_FN Real jump_count(Real z, const T* thresholds, int count) {
  Real n = 0.0;
  for (int k = 0; k < count && any(z > Real(thresholds[k])); ++k) n = n + select(z > Real(thresholds[k]), Real(1.0), Real(0.0));
  return n;
}

} // namespace DOJIMA_ISA
} // namespace dojima
