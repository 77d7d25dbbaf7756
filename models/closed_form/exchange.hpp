// The option to exchange one asset for another: Margrabe (1978), J. Finance 33. Host only.
#pragma once

#include "models/closed_form/black.hpp"

namespace dojima {

/// Two jointly lognormal prices at one time T: forwards in currency, deviations sigma sqrt(T), correlation of the logarithms. A
/// quantity of an asset multiplies its forward.
struct lognormal_pair {
  double forward_1, forward_2, deviation_1, deviation_2, correlation;

  /// Standard deviation of ln S_1 / S_2.
  double ratio_deviation() const {
    return sqrt(deviation_1 * deviation_1 + deviation_2 * deviation_2 - 2 * correlation * deviation_1 * deviation_2);
  }
};

/// max(S_1 - S_2, 0). Exact up to rounding; the ratio must have a deviation above 0.
inline double exchange_value(const lognormal_pair& pair, double discount) {
  return black_value(pair.forward_1, pair.forward_2, log(pair.forward_1 / pair.forward_2), pair.ratio_deviation(), discount,
                     1.0);
}

} // namespace dojima
