// Sobol points by address: coordinate `dimension` of point `index`, 32 bits wide, with random scrambling.
//
// Points come in the order of the published generators (Antonov and Saleev 1979: point i is the product of the generator matrix
// with the Gray code of i). Direction numbers: Joe and Kuo 2008, "Constructing Sobol sequences with better two-dimensional
// projections", SIAM J. Sci. Comput. 30. The numbers are kept with their bits in reverse order, since the scrambling needs
// them so.
#pragma once

#include "models/random/uniform.hpp"

namespace dojima {

inline constexpr int sobol_bits = 32;

/// One coordinate: its direction numbers, bits reversed, and the random words of its scrambling.
struct sobol_dimension {
  std::uint32_t direction[sobol_bits];
  std::uint32_t add, multiply;
};

/// What scrambling does to a coordinate. `owen` is nested uniform scrambling (Owen 1995): each bit is flipped at random by a
/// choice that depends on all bits above it. `digital_shift` flips each bit by one choice for all points.
enum class sobol_scramble : int { none, digital_shift, owen };

inline namespace DOJIMA_ISA {

template <class Word> DOJIMA_FN Word reverse_bits(const Word& x) {
  Word r = low_half(x);
  r = ((r >> 1) & Word(0x55555555u)) | ((r & Word(0x55555555u)) << 1);
  r = ((r >> 2) & Word(0x33333333u)) | ((r & Word(0x33333333u)) << 2);
  r = ((r >> 4) & Word(0x0f0f0f0fu)) | ((r & Word(0x0f0f0f0fu)) << 4);
  r = ((r >> 8) & Word(0x00ff00ffu)) | ((r & Word(0x00ff00ffu)) << 8);
  return low_half((r >> 16) | (r << 16));
}

/// Coordinate of the points base + lane, bits reversed: base a multiple of 64, lanes below 64. The Gray code is linear over the
/// bits, so the part of the base is the same for all lanes.
template <class Word> DOJIMA_FN Word sobol_reversed(const sobol_dimension& d, std::uint32_t base, const Word& lane) {
  std::uint32_t common = 0, base_code = (base ^ (base >> 1)) >> 5;
  for (int bit = 5; base_code != 0; ++bit, base_code >>= 1)
    if ((base_code & 1u) != 0) common ^= d.direction[bit];
  const Word code = lane ^ (lane >> 1);
  Word x(common);
  DOJIMA_UNROLL
  for (int bit = 0; bit < 6; ++bit) x = x ^ (spread_lowest_bit(code >> bit) & Word(d.direction[bit]));
  return x;
}

/// Nested uniform scrambling of reversed bits by a hash (Laine and Karras 2011, "Stratified sampling for stochastic
/// transparency", with the constants of Vegdahl 2021, "Building a better LK hash"; see Burley 2020, "Practical hash-based Owen
/// scrambling"). The multiplier has random bits of its own, so that with random words each scrambled coordinate is exactly
/// uniform.
template <class Word> DOJIMA_FN Word owen_hash(Word x, std::uint32_t add, std::uint32_t multiply) {
  x = x ^ multiply_low(x, Word(0x3d20adeau));
  x = x + Word(add);
  x = multiply_low(x, Word(multiply | 1u));
  x = x ^ multiply_low(x, Word(0x05526c56u));
  return x ^ multiply_low(x, Word(0x53a22864u));
}

/// Coordinate of the points base + lane (see sobol_reversed) in units of 2^-32.
template <class Word>
DOJIMA_FN Word sobol_at(const sobol_dimension& d, sobol_scramble scramble, std::uint32_t base, const Word& lane) {
  Word x = sobol_reversed(d, base, lane);
  if (scramble == sobol_scramble::digital_shift) x = x ^ Word(d.add);
  if (scramble == sobol_scramble::owen) x = owen_hash(x, d.add, d.multiply);
  return reverse_bits(x);
}
DOJIMA_FN std::uint32_t sobol_at(const sobol_dimension& d, sobol_scramble scramble, std::uint32_t index) {
  return static_cast<std::uint32_t>(sobol_at(d, scramble, index & ~63u, std::uint64_t{index & 63u}));
}

/// The coordinate as a number: k 2^-32 in [0, 1) as published, or (k + 1/2) 2^-32 in (0, 1) when scrambled, whose mean is 1/2.
template <class Word> DOJIMA_FN auto sobol_number(const Word& k, sobol_scramble scramble) {
  return (real_of_low_half(k) + (scramble == sobol_scramble::none ? 0.0 : 0.5)) * 2.3283064365386963e-10;
}

/// The scrambling words of a dimension in replicate `replicate`.
DOJIMA_FN void set_scramble(sobol_dimension& d, std::uint64_t seed, std::uint32_t replicate, std::uint32_t dimension) {
  // The upper half of stream 2^63 + replicate: apart from the streams of users who count theirs from 0.
  std::uint64_t w[4];
  stream_words(seed, 0x8000000000000000u + replicate, std::uint64_t{dimension}, w);
  d.add = static_cast<std::uint32_t>(w[0]);
  d.multiply = static_cast<std::uint32_t>(w[1]);
}

/// The direction numbers v_1 .. v_32 from the interior coefficients a of a primitive polynomial of degree s and odd m_1 .. m_s
/// (Joe and Kuo 2008, equation 2); s = 0 gives van der Corput's sequence, the first dimension.
DOJIMA_FN void set_directions(sobol_dimension& d, int s, std::uint32_t a, const std::uint32_t* m) {
  std::uint32_t v[sobol_bits];
  for (int i = 0; i < sobol_bits; ++i) {
    if (s == 0 || i < s) {
      v[i] = (s == 0 ? 1u : m[i]) << (31 - i);
    } else {
      v[i] = v[i - s] ^ (v[i - s] >> s);
      for (int k = 1; k < s; ++k)
        if ((a >> (s - 1 - k) & 1u) != 0) v[i] ^= v[i - k];
    }
    d.direction[i] = static_cast<std::uint32_t>(reverse_bits(std::uint64_t{v[i]}));
  }
}

} // namespace DOJIMA_ISA
} // namespace dojima
