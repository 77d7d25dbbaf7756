// Geometric-average Asian options over discrete fixings (Kemna and Vorst 1990), the control variate of arithmetic ones.
#pragma once

#include "models/closed_form/black.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// The average of ln S over the fixings is normal: `mean` and `deviation` are its moments. Value of the payoff
/// max(sign (weight e^average - strike), 0), discounted; strike > 0.
template <class Real>
DOJIMA_FN Real asian_geometric_value(Real mean, Real deviation, double weight, double strike, Real discount, double sign) {
  const Real forward = weight * exp(mean + 0.5 * deviation * deviation);
  return black_value(forward, Real(strike), log(forward / strike), deviation, discount, sign);
}

} // namespace DOJIMA_ISA
} // namespace dojima
