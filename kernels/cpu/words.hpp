// Words beside register packs: four batches of integers, of 64 bits beside doubles.
#pragma once

#include "kernels/cpu/pack.hpp"
#include "models/random/philox.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

#if defined(__AVX512F__)
DOJIMA_FN word_batch multiply_low_halves(const word_batch& a, const word_batch& b) { return _mm512_mul_epu32(a, b); }
DOJIMA_FN void zip(const batch& a, const batch& b, batch& low, batch& high) {
  low = _mm512_permutex2var_pd(a, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), b);
  high = _mm512_permutex2var_pd(a, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), b);
}
DOJIMA_FN void store_rounded(float* p, const batch& x) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(x)); }
DOJIMA_FN word_batch count_up() { return _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7); }
#elif defined(__AVX2__) && defined(__FMA__)
DOJIMA_FN word_batch multiply_low_halves(const word_batch& a, const word_batch& b) { return _mm256_mul_epu32(a, b); }
DOJIMA_FN void zip(const batch& a, const batch& b, batch& low, batch& high) {
  const __m256d even = _mm256_unpacklo_pd(a, b), odd = _mm256_unpackhi_pd(a, b);
  low = _mm256_permute2f128_pd(even, odd, 0x20);
  high = _mm256_permute2f128_pd(even, odd, 0x31);
}
DOJIMA_FN void store_rounded(float* p, const batch& x) { _mm_storeu_ps(p, _mm256_cvtpd_ps(x)); }
DOJIMA_FN word_batch count_up() { return _mm256_setr_epi64x(0, 1, 2, 3); }
#else
DOJIMA_FN word_batch multiply_low_halves(const word_batch& a, const word_batch& b) { return _mm_mul_epu32(a, b); }
DOJIMA_FN void zip(const batch& a, const batch& b, batch& low, batch& high) {
  low = _mm_unpacklo_pd(a, b);
  high = _mm_unpackhi_pd(a, b);
}
DOJIMA_FN void store_rounded(float* p, const batch& x) { _mm_storel_pi(reinterpret_cast<__m64*>(p), _mm_cvtpd_ps(x)); }
DOJIMA_FN word_batch count_up() { return _mm_set_epi64x(1, 0); }
#endif

template <class Batch, int count> struct word_group {
  Batch v[count];

  word_group() = default;
  DOJIMA_FN explicit word_group(typename Batch::value_type w) {
    DOJIMA_UNROLL
    for (int i = 0; i < count; ++i) v[i] = Batch(w);
  }

#define DOJIMA_WORD_OPERATOR(name, expression)                                 \
  friend DOJIMA_FN word_group name(const word_group& a, const word_group& b) { \
    word_group r;                                                              \
    DOJIMA_UNROLL                                                              \
    for (int i = 0; i < count; ++i) r.v[i] = expression;                       \
    return r;                                                                  \
  }
  DOJIMA_WORD_OPERATOR(operator+, a.v[i] + b.v[i])
  DOJIMA_WORD_OPERATOR(operator-, a.v[i] - b.v[i])
  DOJIMA_WORD_OPERATOR(operator^, a.v[i] ^ b.v[i])
  DOJIMA_WORD_OPERATOR(operator&, a.v[i] & b.v[i])
  DOJIMA_WORD_OPERATOR(operator|, a.v[i] | b.v[i])
  DOJIMA_WORD_OPERATOR(multiply_low, multiply_low_halves(a.v[i], b.v[i]))
#undef DOJIMA_WORD_OPERATOR
  friend DOJIMA_FN word_group operator<<(const word_group& a, int n) {
    word_group r;
    DOJIMA_UNROLL
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] << n;
    return r;
  }
  friend DOJIMA_FN word_group operator>>(const word_group& a, int n) {
    word_group r;
    DOJIMA_UNROLL
    for (int i = 0; i < count; ++i) r.v[i] = a.v[i] >> n;
    return r;
  }
};
using word_pack = word_group<word_batch, 4>;

template <> struct word_lanes<pack> {
  using type = word_pack;
  static DOJIMA_FN word_pack numbers() {
    constexpr int n = static_cast<int>(batch::size);
    word_pack w;
    DOJIMA_UNROLL
    for (int i = 0; i < 4; ++i) w.v[i] = count_up() + word_batch(static_cast<std::uint64_t>(i * n));
    return w;
  }
};

DOJIMA_FN word_pack to_bits(const pack& x) {
  word_pack w;
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) w.v[i] = std::bit_cast<word_batch>(x.v[i]);
  return w;
}
DOJIMA_FN pack from_bits(const word_pack& w) {
  return {std::bit_cast<batch>(w.v[0]), std::bit_cast<batch>(w.v[1]), std::bit_cast<batch>(w.v[2]),
          std::bit_cast<batch>(w.v[3])};
}

/// In parts: the rounds of a whole pack at once do not fit in the registers.
template <class Batch> DOJIMA_FN void philox_rounds(word_group<Batch, 4> (&c)[4], std::uint32_t key0, std::uint32_t key1) {
  constexpr int part = 2;
  DOJIMA_UNROLL
  for (int i = 0; i < 4; i += part) {
    word_group<Batch, part> w[4];
    DOJIMA_UNROLL
    for (int k = 0; k < 4; ++k)
      for (int j = 0; j < part; ++j) w[k].v[j] = c[k].v[i + j];
    philox_rounds(w, key0, key1);
    DOJIMA_UNROLL
    for (int k = 0; k < 4; ++k)
      for (int j = 0; j < part; ++j) c[k].v[i + j] = w[k].v[j];
  }
}

/// a and b in turn: first half, second half.
DOJIMA_FN void zip(const pack& a, const pack& b, pack& low, pack& high) {
  zip(a.v[0], b.v[0], low.v[0], low.v[1]);
  zip(a.v[1], b.v[1], low.v[2], low.v[3]);
  zip(a.v[2], b.v[2], high.v[0], high.v[1]);
  zip(a.v[3], b.v[3], high.v[2], high.v[3]);
}

DOJIMA_FN void store(float* p, const pack& x) {
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) store_rounded(p + i * static_cast<int>(batch::size), x.v[i]);
}
DOJIMA_FN void store(std::uint64_t* p, const word_pack& w) {
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) w.v[i].store_unaligned(p + i * static_cast<int>(batch::size));
}
template <class T> DOJIMA_FN void store_pairs(T* p, const pack& a, const pack& b) {
  pack low, high;
  zip(a, b, low, high);
  store(p, low);
  store(p + pack::width, high);
}
DOJIMA_FN void store_pairs(std::uint64_t* p, const word_pack& a, const word_pack& b) {
  pack low, high;
  zip(from_bits(a), from_bits(b), low, high);
  store(p, to_bits(low));
  store(p + pack::width, to_bits(high));
}
DOJIMA_FN void store_fours(float* p, const pack& a, const pack& b, const pack& c, const pack& d) {
  pack ac[2], bd[2];
  zip(a, c, ac[0], ac[1]);
  zip(b, d, bd[0], bd[1]);
  store_pairs(p, ac[0], bd[0]);
  store_pairs(p + 2 * pack::width, ac[1], bd[1]);
}

} // namespace DOJIMA_ISA
} // namespace dojima
