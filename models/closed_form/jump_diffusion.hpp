// Jump-diffusions: dS/S- = (r - q - lambda E[e^Y - 1]) dt + sigma dW + (e^Y - 1) dN, N a Poisson process of intensity lambda.
//   Merton (1976): Y ~ N(mean, volatility^2).
//   Kou (2002): Y has density p eta_up e^(-eta_up y) above zero and (1 - p) eta_down e^(eta_down y) below.
// Host only.
#pragma once

#include "models/closed_form/black.hpp"
#include "models/closed_form/fourier.hpp"

namespace dojima {

struct lognormal_jumps {
  double intensity;        ///< lambda, jumps per year
  double mean, volatility; ///< of the log jump size Y
};

struct double_exponential_jumps {
  double intensity;        ///< lambda, jumps per year
  double prob_up;          ///< p
  double eta_up, eta_down; ///< inverse mean sizes of Y above and below zero; eta_up > 1
};

/// E[e^(zY)] - 1.
inline std::complex<double> jump_moment(const lognormal_jumps& j, std::complex<double> z) {
  return std::exp(z * (j.mean + 0.5 * j.volatility * j.volatility * z)) - 1.0;
}
inline std::complex<double> jump_moment(const double_exponential_jumps& j, std::complex<double> z) {
  if (z.real() >= j.eta_up || z.real() <= -j.eta_down) return std::numeric_limits<double>::infinity();
  return j.prob_up * z / (j.eta_up - z) - (1.0 - j.prob_up) * z / (j.eta_down + z);
}

/// What jumps add to ln E[(S_T/F)^z] in a year, their compensator included.
template <class Jumps> std::complex<double> compensated_jumps(const Jumps& j, std::complex<double> z) {
  return j.intensity * (jump_moment(j, z) - z * jump_moment(j, 1.0));
}

/// Merton (1976), eq. (19): the Black price given n jumps, summed over their Poisson law. sigma: volatility of the diffusion,
/// time in years; relative error 1e-13.
inline double merton_european(double sigma, const lognormal_jumps& j, double forward, double strike, double time,
                              double discount, double sign) {
  const double growth = j.mean + 0.5 * j.volatility * j.volatility; // ln E[e^Y]
  const double jumps = j.intensity * time, compensator = jumps * std::expm1(growth);
  const double centre = jumps * std::fmax(1.0, std::exp(growth)); // the larger mean of n under the two measures
  double value = 0, weight = std::exp(-jumps);                    // of n jumps
  for (int n = 0; n < centre + 40.0 + 12.0 * std::sqrt(centre); ++n) {
    const double given = forward * std::exp(n * growth - compensator);
    const double deviation = std::sqrt(sigma * sigma * time + n * j.volatility * j.volatility);
    value += weight * black_value(given, strike, std::log(given / strike), deviation, discount, sign);
    weight *= jumps / (n + 1.0);
  }
  return value;
}

/// Kou (2002), "A jump-diffusion model for option pricing", by the integral of fourier.hpp instead of his series; its error.
inline double kou_european(double sigma, const double_exponential_jumps& j, double forward, double strike, double time,
                           double discount, double sign) {
  const auto log_moment = [&](std::complex<double> z) {
    return time * (0.5 * sigma * sigma * z * (z - 1.0) + compensated_jumps(j, z));
  };
  return fourier_european(log_moment, forward, strike, discount, sign);
}

} // namespace dojima
