// European spread options max(sign (S_1 - S_2 - strike), 0). Host only.
#pragma once

#include "models/closed_form/exchange.hpp"
#include "models/closed_form/quadrature.hpp"

namespace dojima {

/// Exact: conditionally on S_2 a vanilla option on S_1 with strike S_2 + K (Pearson 1995, "An efficient approach for pricing
/// spread options", J. Derivatives 3), integrated over S_2. Error 1e-13 of the forwards; |correlation| < 1.
inline double spread_value(const lognormal_pair& pair, double strike, double discount, double sign) {
  const auto [f1, f2, v1, v2, rho] = pair;
  const double rest = v1 * sqrt((1 - rho) * (1 + rho));
  const auto given = [&, f1 = f1, f2 = f2, v1 = v1, v2 = v2, rho = rho](double z) {
    const double forward = f1 * exp(rho * v1 * (z - 0.5 * rho * v1));
    const double level = f2 * exp(v2 * (z - 0.5 * v2)) + strike;
    return level > 0 ? black_value(forward, level, log(forward / level), rest, 1.0, sign) : max(sign * (forward - level), 0.0);
  };
  return discount * normal_expectation(given, 1e-15 * (f1 + f2));
}

/// An approximation: S_2 + K is taken to be lognormal (Kirk 1995, "Correlation in the energy markets", Managing Energy Price
/// Risk). Exact for strike 0; within 1e-3 of the forwards for |strike| up to a tenth of them.
inline double kirk_spread_value(const lognormal_pair& pair, double strike, double discount, double sign) {
  lognormal_pair kirk = pair;
  kirk.forward_2 += strike;
  kirk.deviation_2 *= pair.forward_2 / kirk.forward_2;
  return black_value(kirk.forward_1, kirk.forward_2, log(kirk.forward_1 / kirk.forward_2), kirk.ratio_deviation(), discount,
                     sign);
}

} // namespace dojima
