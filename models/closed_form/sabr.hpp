// European options under SABR, dF = a F^beta dW, da = nu a dZ, a_0 = alpha, dW dZ = rho dt. Lognormal implied volatility to
// first order in time: Hagan, Kumar, Lesniewski and Woodward (2002), "Managing smile risk", and Obloj (2008), "Fine-tune your
// smile". Exact prices for beta = 0: Antonov, Konikov and Spector (2019), "Modern SABR analytics". Host only.
#pragma once

#include <cmath>
#include <numbers>

namespace dojima {

struct sabr_parameters {
  double alpha; ///< volatility now, price^(1 - beta) per square root of a year
  double beta;  ///< elasticity, in [0, 1]
  double rho;   ///< correlation, in (-1, 1)
  double nu;    ///< volatility of volatility, per square root of a year
};

/// z / x(z), x(z) = ln((sqrt(1 - 2 rho z + z^2) + z - rho) / (1 - rho)): Hagan et al., eq. (2.17b), (2.17c).
inline double sabr_skew(double z, double rho) {
  if (z == 0) return 1;
  const double root = std::sqrt(1.0 + z * (z - 2.0 * rho));
  return z / std::log1p((z + z * (z - 2.0 * rho) / (root + 1.0)) / (1.0 - rho));
}

/// 1 + the term of order T, from mean = (F K)^((1 - beta) / 2): Hagan et al., eq. (2.17a).
inline double sabr_growth(const sabr_parameters& s, double mean, double time) {
  const double local = s.alpha / mean;
  return 1.0 + time * ((1.0 - s.beta) * (1.0 - s.beta) / 24.0 * local * local + 0.25 * s.rho * s.beta * s.nu * local +
                       (2.0 - 3.0 * s.rho * s.rho) / 24.0 * s.nu * s.nu);
}

/// Hagan et al., eq. (2.17a): forward, strike > 0 in price units, time in years. The expansion itself is off by O((nu^2 T)^2).
inline double sabr_hagan_volatility(const sabr_parameters& s, double forward, double strike, double time) {
  const double k = std::log(forward / strike), c = (1.0 - s.beta) * (1.0 - s.beta) * k * k;
  const double mean = std::pow(forward * strike, 0.5 * (1.0 - s.beta));
  const double level = s.alpha / (mean * (1.0 + c / 24.0 + c * c / 1920.0));
  return level * sabr_skew(s.nu / s.alpha * mean * k, s.rho) * sabr_growth(s, mean, time);
}

/// Obloj: the leading order is exact as T goes to 0, also far from the money; arguments as above.
inline double sabr_obloj_volatility(const sabr_parameters& s, double forward, double strike, double time) {
  const double k = std::log(forward / strike), e = (1.0 - s.beta) * k;
  const double mean = std::pow(forward * strike, 0.5 * (1.0 - s.beta));
  // (F^(1 - beta) - K^(1 - beta)) / ((1 - beta) ln(F/K))
  const double slope = std::pow(strike, 1.0 - s.beta) * (e == 0 ? 1.0 : std::expm1(e) / e);
  return s.alpha / slope * sabr_skew(s.nu / s.alpha * slope * k, s.rho) * sabr_growth(s, mean, time);
}

/// int_0^infinity of f, smooth inside, integrable at 0 and falling like a Gaussian: the double exponential rule of Takahasi and
/// Mori (1974).
template <class Function> double integrate_half_line(const Function& f) {
  constexpr double step = 1.0 / 16;
  double sum = 0;
  for (double w = -4; w <= 5; w += step) {
    const double e = std::exp(-w), x = std::exp(w - e);
    sum += f(x) * x * (1.0 + e);
  }
  return step * sum;
}

/// Undiscounted call (sign +1) or put (-1) for beta = 0, where forward and strike may have any sign; time in years. With
/// k = (K - F) nu / alpha + rho, t = nu^2 T and cosh s0 = (sqrt(k^2 + 1 - rho^2) - rho k) / (1 - rho^2), out of the money
///   alpha / (nu pi) int_s0^inf G(t, s) / sinh(s) sqrt(sinh(s)^2 - (k - rho cosh(s))^2) ds,
///   G(t, s) = 2 e^(-t/8) / (t sqrt(pi t)) int_s^inf u e^(-u^2/(2t)) sqrt(cosh(u) - cosh(s)) du.
/// Relative error 1e-12 for nu^2 T from 1e-4 to 100.
inline double sabr_normal_european(double alpha, double rho, double nu, double forward, double strike, double time,
                                   double sign) {
  const double k = (strike - forward) * nu / alpha + rho, t = nu * nu * time, r = 1.0 - rho * rho, root = std::sqrt(k * k + r);
  const double s0 = std::acosh(std::fmax(1.0, (root - rho * k) / r)), other = (root + rho * k) / r; // sinh^2 - (..)^2 in cosh s
  const auto rise = [](double base, double x) { return 2.0 * std::sinh(base + 0.5 * x) * std::sinh(0.5 * x); }; // of cosh
  const double integral = integrate_half_line([&](double x) {
    const double s = s0 + x;
    const double g = integrate_half_line([&](double y) {
      const double u = s + y;
      return u * std::exp(-0.5 * u * u / t) * std::sqrt(rise(s, y));
    });
    return g / std::sinh(s) * std::sqrt(r * rise(s0, x) * (std::cosh(s) + other));
  });
  const double constant = 2.0 * std::exp(-t / 8.0) / (t * std::sqrt(std::numbers::pi * t));
  return std::fmax(sign * (forward - strike), 0.0) + alpha / (nu * std::numbers::pi) * constant * integral;
}

} // namespace dojima
