// The noncentral chi-squared distribution function, by which square-root processes are distributed. Host only.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>

namespace dojima {

/// m^a e^(-m) / Gamma(a + 1), in the form of Loader (2000) that keeps full accuracy when a and m are large.
inline double poisson_density(double a, double m) {
  if (m == 0) return a == 0 ? 1.0 : 0.0;
  if (a < 15) return std::exp(a * std::log(m) - m - std::lgamma(a + 1.0));
  const double t = (m - a) / a, r = 1.0 / (a * a);
  const double stirling = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r / 1680))) / a;
  return std::exp(a * (std::log1p(t) - t) - stirling) / std::sqrt(2.0 * std::numbers::pi * a);
}

/// Distribution function of the noncentral chi-square law at x > 0: Schroder (1989) with the sums exchanged,
///   sum over n of p(n + degrees/2; x/2) P(N <= n),  N a Poisson variable of mean lambda/2.
/// Absolute error 1e-13, 1e-10 near 1e10; NaN for x or lambda beyond.
inline double noncentral_chi_squared_cdf(double x, double degrees, double lambda) {
  const double m = 0.5 * lambda, y = 0.5 * x, reach_m = 10.0 * std::sqrt(m) + 40.0, reach_y = 10.0 * std::sqrt(y) + 40.0;
  if (!(x <= 1e10 && lambda <= 1e10)) return std::numeric_limits<double>::quiet_NaN();
  // p counts between these, and N is between m - reach_m and m + reach_m.
  const double first = std::floor(std::fmax(0.0, y - 0.5 * degrees - reach_y)), last = y - 0.5 * degrees + reach_y;
  const double least = std::floor(std::fmax(0.0, m - reach_m));
  double below = first > m + reach_m ? 1.0 : 0.0, sum = 0;
  for (double n = below == 1.0 ? first : least; n <= last; ++n) {
    if (below < 1.0) below += poisson_density(n, m);
    if (n >= first) sum += poisson_density(n + 0.5 * degrees, y) * below;
  }
  return sum;
}

} // namespace dojima
