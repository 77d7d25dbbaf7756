// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as
// 1, 2, 3", SC11. Known answers: data/reference/rng_counter_based.csv.
#pragma once

#include "models/random/words.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

struct philox_words {
  std::uint32_t w[4];
};

/// Both halves of a product of 32-bit words.
DOJIMA_FN void multiply_wide(std::uint32_t a, std::uint32_t b, std::uint32_t& high, std::uint32_t& low) {
#ifdef __CUDA_ARCH__ // otherwise the compiler widens the whole round to 64 bits
  high = __umulhi(a, b);
#else
  high = static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
#endif
  low = a * b;
}
template <class Word> DOJIMA_FN void multiply_wide(const Word& a, std::uint32_t b, Word& high, Word& low) {
  low = multiply_low(a, Word(b));
  high = low >> 32;
}

template <class Word> DOJIMA_FN void philox_round(Word (&c)[4], std::uint32_t key0, std::uint32_t key1) {
  Word high0, low0, high1, low1;
  multiply_wide(c[0], 0xD2511F53u, high0, low0);
  multiply_wide(c[2], 0xCD9E8D57u, high1, low1);
  c[0] = high1 ^ c[1] ^ Word(key0);
  c[1] = low1;
  c[2] = high0 ^ c[3] ^ Word(key1);
  c[3] = low0;
}
/// The two keys of each round, as ten rounds with a seed use them.
DOJIMA_FN void philox_keys(std::uint64_t seed, std::uint32_t (&keys)[20]) {
  for (std::uint32_t i = 0; i < 10; ++i) {
    keys[2 * i] = static_cast<std::uint32_t>(seed) + i * 0x9E3779B9u;
    keys[2 * i + 1] = static_cast<std::uint32_t>(seed >> 32) + i * 0xBB67AE85u;
  }
}
/// The ten rounds on 32-bit words, or on the low halves of 64-bit lanes; what stands in their upper halves does not matter.
template <class Word> DOJIMA_FN void philox_rounds(Word (&c)[4], std::uint32_t key0, std::uint32_t key1) {
  DOJIMA_UNROLL
  for (int round = 0; round < 10; ++round, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) philox_round(c, key0, key1);
}
DOJIMA_FN void philox_rounds(std::uint64_t (&c)[4], std::uint32_t key0, std::uint32_t key1) {
  std::uint32_t w[4];
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) w[i] = static_cast<std::uint32_t>(c[i]);
  philox_rounds(w, key0, key1);
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) c[i] = w[i];
}

DOJIMA_FN philox_words philox4x32_10(philox_words counter, std::uint32_t key0, std::uint32_t key1) {
  philox_rounds(counter.w, key0, key1);
  return counter;
}

/// The counter of a block of a path: the path stands in words 0 and 2 and the block in word 1, so that the first rounds do not
/// depend on it. path_low: the path's low half, or those of the paths of all lanes.
template <class Word>
DOJIMA_FN void set_counter(Word (&c)[4], const Word& path_low, std::uint64_t path, std::uint32_t block, std::uint32_t stream) {
  c[0] = path_low;
  c[1] = Word(block);
  c[2] = Word(static_cast<std::uint32_t>(path >> 32));
  c[3] = Word(stream);
}

/// Four random words at an address. `block` counts the draws of one path in fours: draw = step * factors + factor,
/// block = draw / 4.
DOJIMA_FN philox_words philox_at(std::uint64_t seed, std::uint32_t stream, std::uint64_t path, std::uint32_t block) {
  philox_words counter;
  set_counter(counter.w, static_cast<std::uint32_t>(path), path, block, stream);
  return philox4x32_10(counter, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
}

/// Words 4 block .. 4 block + 3 of a stream, in the low halves: the words that cuRAND's Philox generator returns one after the
/// other after curand_init(seed, stream, 0). Each stream has 2^66 words.
template <class Word> DOJIMA_FN void stream_words(std::uint64_t seed, std::uint64_t stream, const Word& block, Word (&w)[4]) {
  w[0] = block;
  w[1] = block >> 32;
  w[2] = Word(stream);
  w[3] = Word(stream >> 32);
  philox_rounds(w, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
}

} // namespace DOJIMA_ISA
} // namespace dojima
