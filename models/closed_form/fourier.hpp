// European options from the moments of the price: Lewis (2001), "A simple option formula for general jump-diffusion and other
// exponential Levy processes", eq. (3.11). With M(z) = E[(S_T/F)^z] and k = ln(F/K), on the line z = a + i u,
//   I(a) = P K / pi  int_0^inf Re[ e^(z k) M(z) / (z (z - 1)) ] du
// is the call for a > 1, the put for a < 0, and either of them less its bound P F or P K for 0 < a < 1. Host only.
#pragma once

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace dojima {

/// ln(1 + w), accurate also for small w.
inline std::complex<double> log1p(std::complex<double> w) {
  return {0.5 * std::log1p(2.0 * w.real() + std::norm(w)), std::atan2(w.imag(), 1.0 + w.real())};
}

/// Value of a call (sign +1) or put (-1) paid after `discount`; `log_moment(z)` is ln M(z), and infinite where the moment does
/// not exist. The option out of the money is integrated along the line through the saddle point of the integrand (Lord and Kahl
/// 2007), by the trapezoidal rule in w with u = sinh(w), whose error falls exponentially; the other follows from parity.
/// Error: 1e-12 of the value out of the money, or 1e-14 of the forward where moments above 1 hardly exist, if |M(a + i u)|
/// falls faster than every power of u.
template <class LogMoment>
double fourier_european(const LogMoment& log_moment, double forward, double strike, double discount, double sign) {
  const double k = std::log(forward / strike);
  const auto height = [&](double a) { // logarithm of the integrand at u = 0: convex in each of a < 0, 0 < a < 1, 1 < a
    return a * k + log_moment(std::complex<double>(a)).real() - std::log(std::abs(a * (a - 1.0)));
  };
  const auto outside = [&](double x) { return k < 0 ? 1.0 + std::exp(x) : -std::exp(x); };
  double low = -12, high = 12; // golden-section search for the lowest point outside [0, 1]
  while (high - low > 0.01) {
    const double step = 0.3819660112501051 * (high - low);
    if (height(outside(high - step)) < height(outside(low + step))) low += step;
    else high -= step; // also where both are infinite
  }
  const double best = outside(0.5 * (low + high));
  const bool inside = !(height(best) < height(0.5));
  const double a = inside ? 0.5 : best, top = height(a);

  const auto term = [&](double w) {
    const std::complex<double> z(a, std::sinh(w));
    return std::exp(z * k + log_moment(z) - top) / (z * (z - 1.0)) * std::cosh(w);
  };
  double sum = 0.5 * term(0.0).real(), size = std::abs(sum), integral = 0, before;
  const auto add = [&](double w, double step) {
    for (;; w += step) {
      const std::complex<double> t = term(w);
      sum += t.real(), size += std::abs(t);
      if (!(std::abs(t) > 1e-17 * size)) break;
    }
  };
  double step = 0.25;
  add(step, step);
  do {
    before = step * sum;
    add(0.5 * step, step);
    step *= 0.5;
    integral = step * sum;
  } while (std::abs(integral - before) > 1e-10 * step * size && step > 1e-4);

  const double out_of_the_money =
      strike / std::numbers::pi * std::exp(top) * integral + (inside ? std::fmin(forward, strike) : 0.0);
  return discount * (out_of_the_money + std::fmax(sign * (forward - strike), 0.0));
}

} // namespace dojima
