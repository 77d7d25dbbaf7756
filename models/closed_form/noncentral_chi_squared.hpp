// The noncentral chi-squared distribution function, by which square-root processes are distributed. Host only.
#pragma once

#include <cmath>
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
/// Absolute error 1e-13.
inline double noncentral_chi_squared_cdf(double x, double degrees, double lambda) {
  const double m = 0.5 * lambda, y = 0.5 * x;
  const double first = std::floor(std::fmax(0.0, std::fmin(m, y) - 10.0 * std::sqrt(std::fmin(m, y)) - 0.5 * degrees - 40.0));
  double below = 0, sum = 0;
  for (double n = first; n <= y + 10.0 * std::sqrt(y) + 40.0; ++n) {
    below += poisson_density(n, m);
    sum += poisson_density(n + 0.5 * degrees, y) * below;
  }
  return sum;
}

} // namespace dojima
