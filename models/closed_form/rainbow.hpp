// European options on the minimum or the maximum of two assets: Stulz (1982), J. Financial Econ. 10; Johnson (1987), J.
// Financial Quant. Anal. 22. Host only.
#pragma once

#include "models/closed_form/bivariate_normal.hpp"
#include "models/closed_form/exchange.hpp"

namespace dojima {

/// max(min(S_1, S_2) - strike, 0), Stulz (1982), (11), with v the deviation of ln S_1 / S_2:
///   P [F1 M(a, (ln F2/F1 - v^2/2) / v; (rho v2 - v1) / v) + F2 M(b, (ln F1/F2 - v^2/2) / v; (rho v1 - v2) / v)
///      - K M(a - v1, b - v2; rho)],  a = ln(F1/K)/v1 + v1/2,  b = ln(F2/K)/v2 + v2/2
/// Error 1e-14 of F1 + F2 + K; v > 0.
inline double min_call_value(const lognormal_pair& pair, double strike, double discount) {
  const auto [f1, f2, v1, v2, rho] = pair;
  const double v = pair.ratio_deviation(), ratio = log(f1 / f2) / v;
  const double a = log(f1 / strike) / v1 + 0.5 * v1, b = log(f2 / strike) / v2 + 0.5 * v2;
  return discount * (f1 * bivariate_normal_cdf(a, -ratio - 0.5 * v, (rho * v2 - v1) / v) +
                     f2 * bivariate_normal_cdf(b, ratio - 0.5 * v, (rho * v1 - v2) / v) -
                     strike * bivariate_normal_cdf(a - v1, b - v2, rho));
}

/// max(sign (X - strike), 0) of X = max(S_1, S_2) if `maximum`, else min(S_1, S_2), by max + min = S_1 + S_2 and put-call
/// parity.
inline double rainbow_value(const lognormal_pair& pair, double strike, double discount, bool maximum, double sign) {
  const auto [f1, f2, v1, v2, rho] = pair;
  const double exchange = exchange_value(pair, discount), least = min_call_value(pair, strike, discount);
  double call = least, forward = discount * f1 - exchange; // of the minimum
  if (maximum) {
    call = black_value(f1, strike, log(f1 / strike), v1, discount, 1.0) +
           black_value(f2, strike, log(f2 / strike), v2, discount, 1.0) - least;
    forward = discount * f2 + exchange;
  }
  return sign > 0 ? call : call - forward + discount * strike;
}

} // namespace dojima
