// Sums over a block of paths, of each instruction set.
#pragma once

#include "kernels/paths.hpp"

namespace dojima::kernels {

struct sum_loops {
  /// y[lane] = sum over s of weights[s] * values[s][lane], and 0 from lane `live` on.
  void (*combine)(const double* const* values, const double* weights, int scenarios, int live, double* y);
  void (*combine_single)(const float* const* values, const double* weights, int scenarios, int live, double* y);
  /// sum[lane] += y[lane], squares[lane] += y[lane]^2
  void (*add)(const double* y, double* sum, double* squares);
  /// sum[lane] += x[lane] * y[lane]
  void (*add_product)(const double* x, const double* y, double* sum);
};

/// The tree over the lanes: 128 numbers become one.
inline double fold(double (&lanes)[path_lanes]) {
  for (int half = path_lanes / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  return lanes[0];
}

} // namespace dojima::kernels
