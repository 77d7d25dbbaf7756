// The bivariate normal distribution function: Drezner and Wesolowsky (1990), J. Stat. Comput. Simul. 35, as refined by Genz
// (2004), "Numerical computation of rectangular bivariate and trivariate normal and t probabilities", Stat. Comput. 14,
// section 2. Host only.
#pragma once

#include "models/closed_form/quadrature.hpp"

namespace dojima {

/// P(X <= a, Y <= b) of standard normal variables with correlation rho in [-1, 1]; a and b are finite. Error below 1e-15.
///   |rho| < 0.925:  Phi(a) Phi(b) + 1/(2 pi) int_0^asin(rho) e^(-(a^2 + b^2 - 2 a b sin t) / (2 cos^2 t)) dt
/// and beyond, the difference from rho = +-1 with the leading terms of its integrand taken out.
inline double bivariate_normal_cdf(double a, double b, double rho) {
  constexpr double two_pi = 6.283185307179586;
  if (abs(rho) < 0.925) {
    const double half_squares = 0.5 * (a * a + b * b);
    const double integral = gauss_legendre(
        [&](double t) {
          const double sine = std::sin(t);
          return exp((sine * a * b - half_squares) / ((1 - sine) * (1 + sine)));
        },
        0, std::asin(rho));
    return norm_cdf(a) * norm_cdf(b) + integral / two_pi;
  }
  const double sign = rho < 0 ? -1 : 1, h = -a, k = -sign * b, hk = h * k;
  double tail = 0; // P(X > h, Y > k) at correlation |rho|, less its value at 1
  if (abs(rho) < 1) {
    const double rest = (1 - rho) * (1 + rho), root = sqrt(rest), square = (h - k) * (h - k), distance = abs(h - k);
    const double c = (4 - hk) / 8, d = (12 - hk) / 80;
    tail = root * exp(-0.5 * (square / rest + hk)) * (1 - c * (square - rest) * (1 - d * square) / 3 + c * d * rest * rest);
    // e^(-hk/2) Phi(-distance/root) where the factor overflows and the distribution function underflows
    if (hk > -100)
      tail -= exp(-0.5 * hk) * sqrt(two_pi) * norm_cdf(-distance / root) * distance * (1 - c * square * (1 - d * square) / 3);
    tail += gauss_legendre(
        [&](double x) {
          const double xx = x * x, cosine = sqrt(1 - xx), power = -0.5 * (square / xx + hk);
          if (power < -100) return 0.0;
          const double exact = exp(-hk * xx / (2 * (1 + cosine) * (1 + cosine))) / cosine;
          return exp(power) * (exact - (1 + c * xx * (1 + 5 * d * xx)));
        },
        0, root);
    tail /= -two_pi;
  }
  if (sign > 0) return tail + norm_cdf(-max(h, k));
  return max(h < 0 ? norm_cdf(k) - norm_cdf(h) : norm_cdf(-h) - norm_cdf(-k), 0.0) - tail;
}

} // namespace dojima
