// Exact moments at a fixed time of the processes that are simulated. Host only.
#pragma once

#include "models/closed_form/jump_diffusion.hpp"

#include <array>

namespace dojima {

struct moments {
  double mean, variance, skewness, excess_kurtosis;
};

/// From the first four cumulants.
inline moments moments_of(const std::array<double, 4>& c) {
  return {c[0], c[1], c[2] / (c[1] * std::sqrt(c[1])), c[3] / (c[1] * c[1])};
}

/// dS = mu S dt + sigma S dW: the lognormal law.
inline moments gbm_moments(double x0, double mu, double sigma, double time) {
  const double mean = x0 * std::exp(mu * time), excess = std::expm1(sigma * sigma * time), w = 1.0 + excess;
  return {mean, mean * mean * excess, (w + 2.0) * std::sqrt(excess),
          excess * (16.0 + excess * (15.0 + excess * (6.0 + excess)))};
}

/// dX = kappa (theta - X) dt + sigma dW: Ornstein and Uhlenbeck (1930), Vasicek (1977).
inline moments ou_moments(double x0, double kappa, double theta, double sigma, double time) {
  return {theta + (x0 - theta) * std::exp(-kappa * time), -sigma * sigma * std::expm1(-2.0 * kappa * time) / (2.0 * kappa), 0,
          0};
}

/// dX = kappa (theta - X) dt + sigma sqrt(X) dW: Cox, Ingersoll and Ross (1985), eq. (18); X_T / c is noncentral chi-square
/// with d degrees and noncentrality l, of cumulants 2^(n-1) (n-1)! (d + n l).
inline moments cir_moments(double x0, double kappa, double theta, double sigma, double time) {
  const double c = -sigma * sigma * std::expm1(-kappa * time) / (4.0 * kappa);
  const double d = 4.0 * kappa * theta / (sigma * sigma), l = x0 * std::exp(-kappa * time) / c;
  return moments_of(
      {c * (d + l), 2.0 * c * c * (d + 2.0 * l), 8.0 * c * c * c * (d + 3.0 * l), 48.0 * c * c * c * c * (d + 4.0 * l)});
}

/// Mean of the integral of the same process over [0, T].
inline double cir_integral_mean(double x0, double kappa, double theta, double time) {
  return theta * time - (x0 - theta) * std::expm1(-kappa * time) / kappa;
}

/// Its variance, (sigma / kappa)^2 int_0^T (1 - e^(-kappa (T - s)))^2 E[X_s] ds; relative error 1e-16 / (kappa T)^3.
inline double cir_integral_variance(double x0, double kappa, double theta, double sigma, double time) {
  const double e = std::exp(-kappa * time), b = -std::expm1(-kappa * time) / kappa;
  const double level = time - 2.0 * b + 0.5 * b * (1.0 + e), excess = b * (1.0 + e) - 2.0 * time * e;
  return sigma * sigma / (kappa * kappa) * (theta * level + (x0 - theta) * excess);
}

/// E[Y^n] of the log jump sizes, n = 1 to 4.
inline std::array<double, 4> raw_moments(const lognormal_jumps& j) {
  const double m = j.mean, v = j.volatility * j.volatility;
  return {m, m * m + v, m * (m * m + 3.0 * v), m * m * (m * m + 6.0 * v) + 3.0 * v * v};
}
inline std::array<double, 4> raw_moments(const double_exponential_jumps& j) {
  std::array<double, 4> m;
  double up = j.prob_up, down = 1.0 - j.prob_up, n = 0;
  for (double& x : m) {
    n += 1.0;
    up *= n / j.eta_up, down *= -n / j.eta_down;
    x = up + down;
  }
  return m;
}

/// drift T + sigma W_T + the sum of the jumps until T: Merton (1976), Kou (2002). Cumulants lambda T E[Y^n] of the jumps.
template <class Jumps> moments jump_diffusion_moments(double drift, double sigma, const Jumps& j, double time) {
  std::array<double, 4> c = raw_moments(j);
  for (double& x : c) x *= j.intensity * time;
  c[0] += drift * time;
  c[1] += sigma * sigma * time;
  return moments_of(c);
}

/// theta G + sigma W_G with G a gamma process of mean T and variance nu T: Madan, Carr and Chang (1998).
inline moments variance_gamma_moments(double sigma, double nu, double theta, double time) {
  const double v = sigma * sigma, n = nu * theta * theta;
  return moments_of({theta * time, (v + n) * time, theta * nu * (3.0 * v + 2.0 * n) * time,
                     3.0 * nu * (v * v + 4.0 * v * n + 2.0 * n * n) * time});
}

} // namespace dojima
