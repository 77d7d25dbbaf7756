// Fair variance: the expected sum of squared log returns over [0, T], divided by T, without subtraction of their mean.
// Host only.
#pragma once

#include "models/closed_form/heston.hpp"
#include "models/closed_form/moments.hpp"

namespace dojima {

/// Geometric Brownian motion, `observations` equal periods; growth = r - q.
inline double gbm_fair_variance(double sigma, double growth, double time, int observations) {
  const double drift = growth - 0.5 * sigma * sigma;
  return sigma * sigma + drift * drift * time / observations;
}

/// Heston, continuous observation: Brockhaus and Long (2000).
inline double heston_fair_variance(const heston_parameters& h, double time) {
  return cir_integral_mean(h.v0, h.kappa, h.theta, time) / time;
}

/// Heston, `observations` equal periods: Broadie and Jain (2008), by the moments of a period's log return
///   growth dt - I/2 + M,  I = int v dt,  M = int sqrt(v) dW_S,  E[M^2] = E[I],  E[I M] = rho int_0^dt E[v_s int_0^s sqrt(v)
///   dW_v] ds.
/// Relative error 1e-16 / (kappa dt)^3 of what discreteness adds.
inline double heston_fair_variance(const heston_parameters& h, double growth, double time, int observations) {
  const double dt = time / observations, e = std::exp(-h.kappa * dt), b = -std::expm1(-h.kappa * dt) / h.kappa;
  double sum = 0;
  for (int i = 0; i < observations; ++i) {
    // of the variance when the period begins; all below is linear in it, but the square of E[I]
    const double mean = h.theta + (h.v0 - h.theta) * std::exp(-h.kappa * i * dt);
    const double spread = i == 0 ? 0.0 : cir_moments(h.v0, h.kappa, h.theta, h.sigma, i * dt).variance;
    const double integral = cir_integral_mean(mean, h.kappa, h.theta, dt), drift = growth * dt - 0.5 * integral;
    const double variance = cir_integral_variance(mean, h.kappa, h.theta, h.sigma, dt) + b * b * spread;
    const double covariance = h.rho * h.sigma / h.kappa * (h.theta * (dt - b) + (mean - h.theta) * (b - dt * e));
    sum += drift * drift + 0.25 * variance + integral - covariance;
  }
  return sum / time;
}

} // namespace dojima
