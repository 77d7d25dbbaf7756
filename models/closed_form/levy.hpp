// European options under exponential Levy processes of infinite activity, S_T = F e^(X_T - T psi(1)) with
// E[e^(z X_t)] = e^(t psi(z)). Host only.
#pragma once

#include "models/closed_form/fourier.hpp"

namespace dojima {

/// Madan, Carr and Chang (1998): theta G + sigma W_G, with G a gamma process of mean t and variance nu t.
struct variance_gamma {
  double sigma, nu, theta;
};

/// Barndorff-Nielsen (1997): |beta| < alpha, delta > 0 per year.
struct normal_inverse_gaussian {
  double alpha, beta, delta;
};

/// Carr, Geman, Madan and Yor (2002): jump density C e^(-M y) / y^(1 + Y) above zero, C e^(-G |y|) / |y|^(1 + Y) below; Y < 2,
/// not 0 or 1.
struct cgmy {
  double c, g, m, y;
};

/// psi(z), infinite where the moment does not exist.
inline std::complex<double> levy_exponent(const variance_gamma& p, std::complex<double> z) {
  const auto denominator = [&](std::complex<double> x) { return 1.0 - p.nu * x * (p.theta + 0.5 * p.sigma * p.sigma * x); };
  if (denominator(z.real()).real() <= 0) return std::numeric_limits<double>::infinity();
  return -std::log(denominator(z)) / p.nu;
}
inline std::complex<double> levy_exponent(const normal_inverse_gaussian& p, std::complex<double> z) {
  if (std::abs(p.beta + z.real()) > p.alpha) return std::numeric_limits<double>::infinity();
  const auto root = [&](std::complex<double> x) { return std::sqrt(p.alpha * p.alpha - x * x); };
  return p.delta * (root(p.beta) - root(p.beta + z));
}
inline std::complex<double> levy_exponent(const cgmy& p, std::complex<double> z) {
  if (z.real() > p.m || z.real() < -p.g) return std::numeric_limits<double>::infinity();
  return p.c * std::tgamma(-p.y) * (std::pow(p.m - z, p.y) - std::pow(p.m, p.y) + std::pow(p.g + z, p.y) - std::pow(p.g, p.y));
}

/// Price of a call (sign +1) or put (-1), time in years. The error is that of fourier.hpp; 1e-10 of the price in the variance
/// gamma model with T / nu = 1/4, where |E[S^z]| falls like |z|^(-1/2) only.
template <class Process>
double levy_european(const Process& p, double forward, double strike, double time, double discount, double sign) {
  const std::complex<double> compensator = levy_exponent(p, 1.0);
  const auto log_moment = [&](std::complex<double> z) { return time * (levy_exponent(p, z) - z * compensator); };
  return fourier_european(log_moment, forward, strike, discount, sign);
}

} // namespace dojima
