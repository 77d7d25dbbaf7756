// What the random kernels take. They fill an array in memory order with the numbers of one stream, from its block `first_block`
// on; columns: blocks of four random words (models/random/philox.hpp), so that an element depends on its address alone.
#pragma once

#include <cstdint>

#include "models/random/sobol.hpp"

namespace dojima::kernels {

struct random_target {
  std::uint64_t seed, stream, first_block;
  void* out;
  bool narrow; ///< elements of 4 bytes: float, int32; else of 8: double, int64
};

/// Four uint32 of raw bits a column.
struct random_bits {
  random_target to;
};

/// low + width * uniform: four floats a column, or two doubles.
struct random_uniform {
  random_target to;
  double low, width;
};

/// mean + deviation * normal, or e to that power; two elements a column.
struct random_normal {
  random_target to;
  double mean, deviation;
  bool exponential;
};

/// location + scale * Student-t with `degrees` degrees of freedom; one element a column.
struct random_student {
  random_target to;
  double location, scale, root_degrees, inverse_degrees;
};

/// Integers low .. low + range - 1; two elements a column.
struct random_integers {
  random_target to;
  std::int64_t low;
  std::uint64_t range;
};

/// out[dimension][s] = coordinate of point first + s; items: dimensions, columns: points; `first` a multiple of column_block.
struct sobol_points {
  const sobol_dimension* dimensions;
  sobol_scramble scramble;
  std::uint32_t first;
  double* out;
  std::int64_t stride;
};

} // namespace dojima::kernels
