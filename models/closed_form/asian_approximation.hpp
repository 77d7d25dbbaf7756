// Approximations of arithmetic Asian options: the average is taken to be lognormal with its own first two moments. Host only.
#pragma once

#include "models/closed_form/lognormal_asset.hpp"

#include <cmath>
#include <span>

namespace dojima {

/// max(sign (A - strike), 0) at `time` of a lognormal A with these moments.
inline double lognormal_moments_value(double mean, double square, double strike, double discount, double sign) {
  if (strike <= 0) return discount * max(sign * (mean - strike), 0.0); // the part that is fixed decides it
  return black_value(mean, strike, std::log(mean / strike), std::sqrt(std::log(square / (mean * mean))), discount, sign);
}

/// Levy (1992), "Pricing European average rate currency options", J. Int. Money Finance 11: averaging at all times over
/// `length` years, of which `elapsed` have passed with this running average; `time` are left.
///   M1 = S (e^(bT) - 1) / (b L),  M2 = 2 S^2 / ((b + s^2) L^2) [(e^((2b + s^2) T) - 1) / (2b + s^2) - (e^(bT) - 1) / b]
inline double levy_asian_value(const lognormal_asset& a, double strike, double running_average, double length, double elapsed,
                               double time, double sign) {
  const double b = a.rate - a.yield, variance = a.volatility * a.volatility, share = a.spot / length;
  const auto grown = [&](double x) { return x == 0 ? time : std::expm1(x * time) / x; };
  const double square = 2 * share * share * (grown(2 * b + variance) - grown(b)) / (b + variance);
  return lognormal_moments_value(share * grown(b), square, strike - elapsed / length * running_average, a.discount(time), sign);
}

/// Turnbull and Wakeman (1991), "A quick algorithm for pricing European average options", J. Financial Quant. Anal. 26, with
/// two moments: fixings at `times` (years), each of weight 1/n, paid at `time`.
inline double turnbull_wakeman_value(const lognormal_asset& a, double strike, std::span<const double> times, double time,
                                     double sign) {
  const auto n = static_cast<double>(times.size());
  double mean = 0, square = 0;
  for (const double t : times) {
    mean += a.forward(t) / n;
    for (const double s : times)
      square += a.forward(t) * a.forward(s) * std::exp(a.volatility * a.volatility * std::fmin(t, s)) / (n * n);
  }
  return lognormal_moments_value(mean, square, strike, a.discount(time), sign);
}

} // namespace dojima
