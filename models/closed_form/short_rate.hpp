// Zero bonds and their options in Gaussian short-rate models: Vasicek (1977), J. Financial Econ. 5; Hull and White (1990), Rev.
// Financial Stud. 3, fitted to a curve; the two-factor G2++ of Brigo and Mercurio (2006), "Interest Rate Models", section 4.2.
// Options on bonds are Black's with the deviation of the forward bond: Jamshidian (1989), J. Finance 44. Host only.
#pragma once

#include "models/closed_form/black.hpp"
#include "models/closed_form/quadrature.hpp"

#include <span>

namespace dojima {

/// B(a, t) = (1 - e^(-at)) / a, t where a = 0.
inline double mean_reversion_factor(double a, double time) { return a == 0 ? time : -std::expm1(-a * time) / a; }

/// Vasicek, dr = a (b - r) dt + sigma dW; the price today of 1 at `time`:
///   ln P = -r B - b (t - B) + sigma^2/2 int_0^t B(a, s)^2 ds,  B = B(a, t)         (Brigo and Mercurio, (3.8))
/// short_rate r and long_rate b per year, volatility sigma per year^(3/2). Relative error 1e-14.
inline double vasicek_bond(double short_rate, double mean_reversion, double long_rate, double volatility, double time) {
  const double b = mean_reversion_factor(mean_reversion, time);
  const auto square = [&](double s) {
    const double factor = mean_reversion_factor(mean_reversion, s);
    return factor * factor;
  };
  const double convexity = 0.5 * volatility * volatility * integrate(square, 0, time, 1e-15 * time * time * time);
  return exp(-short_rate * b - long_rate * (time - b) + convexity);
}

/// Standard deviation of ln P(expiry, maturity), in Vasicek and Hull-White: sigma B(a, S - T) sqrt(B(2a, T)).
inline double hull_white_deviation(double mean_reversion, double volatility, double expiry, double maturity) {
  return volatility * mean_reversion_factor(mean_reversion, maturity - expiry) *
         sqrt(mean_reversion_factor(2 * mean_reversion, expiry));
}

/// The same in G2++, r = x + y + phi(t), dx = -a x dt + sigma dW1, dy = -b y dt + eta dW2, correlation rho (Brigo and Mercurio,
/// section 4.2.4).
inline double g2pp_deviation(double a, double sigma, double b, double eta, double rho, double expiry, double maturity) {
  const double x = sigma * mean_reversion_factor(a, maturity - expiry), y = eta * mean_reversion_factor(b, maturity - expiry);
  return sqrt(x * x * mean_reversion_factor(2 * a, expiry) + y * y * mean_reversion_factor(2 * b, expiry) +
              2 * rho * x * y * mean_reversion_factor(a + b, expiry));
}

/// max(sign (P(expiry, maturity) - strike), 0) at expiry; `expiry_bond` and `bond` are the prices today of 1 at expiry and at
/// maturity. Exact up to rounding.
inline double bond_option_value(double expiry_bond, double bond, double strike, double deviation, double sign) {
  return black_legs(bond, strike * expiry_bond, log(bond / (strike * expiry_bond)), deviation, sign);
}

/// Caplet (sign +1) or floorlet (-1) in Hull-White on the simple rate from start to end, paid at end, per unit of notional: 1 +
/// K tau puts, or calls, on the bond with strike 1 / (1 + K tau). start_bond, end_bond: prices today of 1 then; accrual tau in
/// years.
inline double hull_white_caplet(double mean_reversion, double volatility, double start, double start_bond, double end,
                                double end_bond, double accrual, double strike, double sign) {
  const double growth = 1 + strike * accrual;
  return growth * bond_option_value(start_bond, end_bond, 1 / growth,
                                    hull_white_deviation(mean_reversion, volatility, start, end), -sign);
}

/// Payer (sign +1) or receiver (-1) swaption in Hull-White on one curve, per unit of notional: payments[i] at times[i] are
/// those of the fixed leg with the notional at the end, bonds[i] the prices today of 1 then. All bonds fall in the one factor
/// y, of variance V = sigma^2 B(2a, T) under the measure of the bond to T = expiry, so that exercise is at y > y* (Jamshidian
/// 1989):
///   sum_i c_i F_i e^(-B_i y* - B_i^2 V / 2) = 1,  F_i = P(t_i) / P(T)
///   value = sign [P(T) Phi(-sign y* / sqrt V) - sum_i c_i P(t_i) Phi(-sign (y* + B_i V) / sqrt V)]
/// Error 1e-14.
inline double hull_white_swaption(double mean_reversion, double volatility, double expiry, double expiry_bond,
                                  std::span<const double> times, std::span<const double> bonds,
                                  std::span<const double> payments, double sign) {
  const double deviation = volatility * sqrt(mean_reversion_factor(2 * mean_reversion, expiry));
  const auto loading = [&](std::size_t i) { return mean_reversion_factor(mean_reversion, times[i] - expiry) * deviation; };
  const auto coupon_bond_less_par = [&](double z) { // at y = z sqrt V
    double sum = -1;
    for (std::size_t i = 0; i < times.size(); ++i)
      sum += payments[i] * bonds[i] / expiry_bond * exp(-loading(i) * (z + 0.5 * loading(i)));
    return sum;
  };
  const double z = monotone_root(coupon_bond_less_par, -50, 50);
  double value = expiry_bond * norm_cdf(-sign * z);
  for (std::size_t i = 0; i < times.size(); ++i) value -= payments[i] * bonds[i] * norm_cdf(-sign * (z + loading(i)));
  return sign * value;
}

} // namespace dojima
