// Standard normal numbers by address (Box and Muller 1958) from 32-bit uniforms; they end at 6.76 standard deviations.
#pragma once

#include "models/random/philox.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// The four normals of draws 4 * block .. 4 * block + 3.
DOJIMA_FN void normals_at(std::uint64_t seed, std::uint32_t stream, std::uint64_t path, std::uint32_t block, double (&z)[4]) {
  const philox_words r = philox_at(seed, stream, path, block);
  DOJIMA_UNROLL
  for (int pair = 0; pair < 2; ++pair) {
    const double u = fma(static_cast<double>(r.w[2 * pair]), 2.3283064365386963e-10, 1.1641532182693481e-10); // (w + 1/2) 2^-32
    const double radius = sqrt(-2.0 * log(u));
    double sine, cosine;
    sincos_turn(r.w[2 * pair + 1], sine, cosine);
    z[2 * pair] = radius * cosine;
    z[2 * pair + 1] = radius * sine;
  }
}

} // namespace DOJIMA_ISA
} // namespace dojima
