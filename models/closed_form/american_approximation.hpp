// Approximations of American vanilla options on a lognormal asset with carry b = r - q. Host only.
#pragma once

#include "models/closed_form/lognormal_asset.hpp"

#include <cmath>
#include <utility>

namespace dojima {

/// Barone-Adesi and Whaley (1987), "Efficient analytic approximation of American option values", J. Finance 42, and with
/// `corrected` Ju and Zhong (1999), "An approximate formula for pricing American options", J. Derivatives 7(2). sign +1 call,
/// -1 put. With h = 1 - e^(-rT), alpha = 2r / sigma^2, beta = 2b / sigma^2, v the European value and S* the price from which on
/// exercise pays,
///   value = v(S) + P (S / S*)^lambda / (1 - chi),  lambda = (1 - beta + sign sqrt((1 - beta)^2 + 4 alpha / h)) / 2,
///   P = sign (S* - K) - v(S*) = sign S* (1 - |v'(S*)|) / lambda,
///   chi = l^2 (1-h) alpha lambda' / 2D - l (1-h) alpha / D (dv(S*)/dh / P + 1/h + lambda' / D),
/// with l = ln(S / S*), D = 2 lambda + beta - 1 and lambda' = d lambda / dh; Barone-Adesi and Whaley have chi = 0.
inline double quadratic_american_value(const lognormal_asset& a, double strike, double time, double sign, bool corrected) {
  const double european = a.vanilla(strike, time, sign);
  if (sign > 0 ? a.yield <= 0 : a.rate <= 0) return european; // never worth exercising early
  const double r = std::abs(a.rate) < 1e-8 ? 1e-8 : a.rate, b = r - a.yield, variance = a.volatility * a.volatility;
  const double h = -std::expm1(-r * time), alpha = 2 * r / variance, beta = 2 * b / variance;
  const double root = std::sqrt((beta - 1) * (beta - 1) + 4 * alpha / h), lambda = 0.5 * (1 - beta + sign * root);
  const auto d1_at = [&](double s) { return (std::log(s / strike) + b * time) / a.deviation(time) + 0.5 * a.deviation(time); };
  const auto premium_at = [&](double s) { return sign * (s - strike) - a.with_spot(s).vanilla(strike, time, sign); };
  const auto smooth_at = [&](double s) {
    return premium_at(s) - sign * s * (1 - std::exp(-a.yield * time) * norm_cdf(sign * d1_at(s))) / lambda;
  };
  double low = sign > 0 ? strike : 0, high = sign > 0 ? 2 * strike : strike; // smooth_at < 0 on the side of the strike
  while (sign > 0 && smooth_at(high) < 0 && high < 1e12 * strike) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = 0.5 * (low + high);
    ((smooth_at(middle) < 0) == (sign > 0) ? low : high) = middle;
  }
  const double best = 0.5 * (low + high), premium = premium_at(best), l = std::log(a.spot / best);
  if (sign * l >= 0) return sign * (a.spot - strike);
  double chi = 0;
  if (corrected) {
    const double d1 = d1_at(best), d2 = d1 - a.deviation(time), grown = best * std::exp(b * time);
    const double slope = -sign * alpha / (h * h * root), divisor = 2 * lambda + beta - 1;
    const double aged = grown * norm_pdf(d1) * a.volatility / (2 * r * std::sqrt(time)) +
                        sign * (strike * norm_cdf(sign * d2) - a.yield / r * grown * norm_cdf(sign * d1));
    const double square = 0.5 * (1 - h) * alpha * slope / divisor;
    chi = l * (l * square - (1 - h) * alpha / divisor * (aged / premium + 1 / h + slope / divisor));
  }
  return european + premium * std::pow(a.spot / best, lambda) / (1 - chi);
}

/// Bjerksund and Stensland (1993), "Closed-form approximation of American options", Scand. J. Management 9: exercise at one
/// flat boundary. A put is a call with S <-> K and r <-> q.
inline double bjerksund_stensland_1993(lognormal_asset a, double strike, double time, double sign) {
  if (sign < 0) {
    std::swap(a.spot, strike);
    std::swap(a.rate, a.yield);
  }
  if (a.yield <= 0) return a.vanilla(strike, time, 1);
  const double r = a.rate, b = r - a.yield, variance = a.volatility * a.volatility, deviation = a.deviation(time);
  const double half = 0.5 - b / variance, beta = half + std::sqrt(half * half + 2 * r / variance);
  const double perpetual = beta / (beta - 1) * strike, now = std::fmax(strike, r / a.yield * strike);
  const double boundary = now - (perpetual - now) * std::expm1(-(b * time + 2 * deviation) * now / (perpetual - now));
  if (a.spot >= boundary) return a.spot - strike;
  const double away = std::log(boundary / a.spot);
  const auto phi = [&](double gamma, double level) { // theirs over boundary^gamma
    const double growth = (-r + gamma * b + 0.5 * gamma * (gamma - 1) * variance) * time - gamma * away;
    const double d = -(std::log(a.spot / level) + (b + (gamma - 0.5) * variance) * time) / deviation;
    const double kappa = 2 * b / variance + 2 * gamma - 1;
    return std::exp(growth) * (norm_cdf(d) - std::exp(kappa * away) * norm_cdf(d - 2 * away / deviation));
  };
  return (boundary - strike) * (std::exp(-beta * away) - phi(beta, boundary)) + boundary * (phi(1, boundary) - phi(1, strike)) -
         strike * (phi(0, boundary) - phi(0, strike));
}

} // namespace dojima
