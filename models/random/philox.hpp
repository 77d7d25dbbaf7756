// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as
// 1, 2, 3", SC11. Known answers: data/reference/rng_counter_based.csv.
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

struct philox_words {
  std::uint32_t w[4];
};

DOJIMA_FN philox_words philox4x32_10(philox_words c, std::uint32_t key0, std::uint32_t key1) {
  DOJIMA_UNROLL
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c.w[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c.w[2];
    c = {{static_cast<std::uint32_t>(p1 >> 32) ^ c.w[1] ^ key0, static_cast<std::uint32_t>(p1),
          static_cast<std::uint32_t>(p0 >> 32) ^ c.w[3] ^ key1, static_cast<std::uint32_t>(p0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

/// Four random words at an address. `block` counts the draws of one path in fours: draw = step * factors + factor,
/// block = draw / 4. The path stands in words 0 and 2 and the block in word 1, so that the first rounds do not depend on it.
DOJIMA_FN philox_words philox_at(std::uint64_t seed, std::uint32_t stream, std::uint64_t path, std::uint32_t block) {
  return philox4x32_10({{static_cast<std::uint32_t>(path), block, static_cast<std::uint32_t>(path >> 32), stream}},
                       static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
}

} // namespace DOJIMA_ISA
} // namespace dojima
