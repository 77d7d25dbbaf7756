// European options under stochastic variance: Heston (1993), and Bates (1996) with lognormal jumps,
//   dS/S = (r - q) dt + sqrt(v) dW_S,   dv = kappa (theta - v) dt + sigma sqrt(v) dW_v,   dW_S dW_v = rho dt. Host only.
#pragma once

#include "models/closed_form/jump_diffusion.hpp"

namespace dojima {

struct heston_parameters {
  double v0;    ///< variance now, per year
  double kappa; ///< mean reversion, per year; > 0
  double theta; ///< long-run variance, per year
  double sigma; ///< volatility of variance, > 0
  double rho;   ///< correlation, in (-1, 1)
};

/// Years until E[S_t^a] explodes: Andersen and Piterbarg (2007), proposition 3.1.
inline double heston_explosion_time(const heston_parameters& h, double a) {
  const double b = h.rho * h.sigma * a - h.kappa, discriminant = b * b - h.sigma * h.sigma * a * (a - 1.0);
  const double root = std::sqrt(std::abs(discriminant));
  if (discriminant < 0) return 2.0 / root * std::atan2(root, b);
  if (b < 0 || (a >= 0 && a <= 1)) return std::numeric_limits<double>::infinity();
  return std::log((b + root) / (b - root)) / root;
}

/// ln E[(S_T/F)^z] in the form without branch cuts of Albrecher, Mayer, Schoutens and Tistaert (2007); infinite where
/// the moment has exploded. With beta = kappa - rho sigma z and d^2 = beta^2 - sigma^2 (z^2 - z),
///   kappa theta / sigma^2 ((beta - d) T - 2 ln(1 + w)) + v0 (z^2 - z) q / (1 + w),  q = (1 - e^(-dT)) / 2d,  w = (beta - d) q.
inline std::complex<double> heston_log_moment(const heston_parameters& h, std::complex<double> z, double time) {
  if (heston_explosion_time(h, z.real()) <= time) return std::numeric_limits<double>::infinity();
  const double variance = h.sigma * h.sigma;
  const std::complex<double> beta = h.kappa - h.rho * h.sigma * z, quadratic = z * (z - 1.0);
  const std::complex<double> d = std::sqrt(beta * beta - variance * quadratic);
  const std::complex<double> rate = beta.real() > 0 ? quadratic / (beta + d) : (beta - d) / variance; // (beta - d) / sigma^2
  const std::complex<double> q = 0.5 * (1.0 - std::exp(-d * time)) / d, w = variance * rate * q;
  return h.kappa * h.theta * (rate * time - 2.0 / variance * log1p(w)) + h.v0 * quadratic * q / (1.0 + w);
}

/// Price of a call (sign +1) or put (-1): forward and strike in price units, time in years, discount to payment. The error is
/// that of fourier.hpp.
inline double heston_european(const heston_parameters& h, double forward, double strike, double time, double discount,
                              double sign) {
  const auto log_moment = [&](std::complex<double> z) { return heston_log_moment(h, z, time); };
  return fourier_european(log_moment, forward, strike, discount, sign);
}

/// The same with jumps in the price.
inline double bates_european(const heston_parameters& h, const lognormal_jumps& j, double forward, double strike, double time,
                             double discount, double sign) {
  const auto log_moment = [&](std::complex<double> z) {
    return heston_log_moment(h, z, time) + time * compensated_jumps(j, z);
  };
  return fourier_european(log_moment, forward, strike, discount, sign);
}

} // namespace dojima
