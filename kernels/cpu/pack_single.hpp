// Single precision on the CPU: a register pack of floats, and the words of 32 bits beside it.
#pragma once

#include "kernels/cpu/words.hpp"
#include "models/single.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

using short_batch = xsimd::batch<std::uint32_t, isa>;
template <int count> using short_group = word_group<short_batch, count>;

#if defined(__AVX512F__)
DOJIMA_FN void multiply_wide(const short_batch& a, const short_batch& b, short_batch& high, short_batch& low) {
  const __m512i even = _mm512_mul_epu32(a, b), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), b);
  high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  low = _mm512_mask_shuffle_epi32(even, 0xaaaa, odd, _MM_PERM_CCAA);
}
DOJIMA_FN single_batch real_of_word(const short_batch& w) { return _mm512_cvtepu32_ps(w); }
DOJIMA_FN single_batch real_of_signed_word(const short_batch& w) { return _mm512_cvtepi32_ps(w); }
DOJIMA_FN short_batch count_up_short() { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
#elif defined(__AVX2__) && defined(__FMA__)
DOJIMA_FN void multiply_wide(const short_batch& a, const short_batch& b, short_batch& high, short_batch& low) {
  const __m256i even = _mm256_mul_epu32(a, b), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), b);
  high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
  low = _mm256_mullo_epi32(a, b);
}
DOJIMA_FN single_batch real_of_word(const short_batch& w) { // 2^39 + 2^16 high and 2^23 + low by their bits
  const __m256i high = _mm256_or_si256(_mm256_srli_epi32(w, 16), _mm256_set1_epi32(0x53000000));
  const __m256i low = _mm256_blend_epi16(w, _mm256_set1_epi32(0x4b000000), 0xaa);
  return _mm256_add_ps(_mm256_sub_ps(_mm256_castsi256_ps(high), _mm256_set1_ps(549764202496.0f)), _mm256_castsi256_ps(low));
}
DOJIMA_FN single_batch real_of_signed_word(const short_batch& w) { return _mm256_cvtepi32_ps(w); }
DOJIMA_FN short_batch count_up_short() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
#else
DOJIMA_FN void multiply_wide(const short_batch& a, const short_batch& b, short_batch& high, short_batch& low) {
  const __m128i even = _mm_mul_epu32(a, b), odd = _mm_mul_epu32(_mm_srli_epi64(a, 32), b), upper = _mm_set1_epi64x(-1LL << 32);
  high = _mm_or_si128(_mm_srli_epi64(even, 32), _mm_and_si128(odd, upper));
  low = _mm_or_si128(_mm_andnot_si128(upper, even), _mm_slli_epi64(odd, 32));
}
DOJIMA_FN single_batch real_of_signed_word(const short_batch& w) { return _mm_cvtepi32_ps(w); }
DOJIMA_FN single_batch real_of_word(const short_batch& w) { // 2^39 + 2^16 high and 2^23 + low by their bits
  const __m128i high = _mm_or_si128(_mm_srli_epi32(w, 16), _mm_set1_epi32(0x53000000));
  const __m128i low = _mm_or_si128(_mm_and_si128(w, _mm_set1_epi32(0xffff)), _mm_set1_epi32(0x4b000000));
  return _mm_add_ps(_mm_sub_ps(_mm_castsi128_ps(high), _mm_set1_ps(549764202496.0f)), _mm_castsi128_ps(low));
}
DOJIMA_FN short_batch count_up_short() { return _mm_setr_epi32(0, 1, 2, 3); }
#endif

using pack_single = batch_pack<single_batch>;
using short_pack = short_group<4>;

template <> struct uniform_type<pack_single> { using type = float; };
template <> struct word_lanes<pack_single> {
  using type = short_pack;
  static DOJIMA_FN short_pack numbers() {
    constexpr int n = static_cast<int>(single_batch::size);
    short_pack w;
    DOJIMA_UNROLL
    for (int i = 0; i < 4; ++i) w.v[i] = count_up_short() + short_batch(static_cast<std::uint32_t>(i * n));
    return w;
  }
};

DOJIMA_FN short_pack to_bits(const pack_single& x) {
  short_pack w;
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) w.v[i] = std::bit_cast<short_batch>(x.v[i]);
  return w;
}
DOJIMA_FN pack_single from_bits(const short_pack& w) {
  return {std::bit_cast<single_batch>(w.v[0]), std::bit_cast<single_batch>(w.v[1]), std::bit_cast<single_batch>(w.v[2]),
          std::bit_cast<single_batch>(w.v[3])};
}
DOJIMA_FN pack_single real_of_word(const short_pack& w) {
  return {real_of_word(w.v[0]), real_of_word(w.v[1]), real_of_word(w.v[2]), real_of_word(w.v[3])};
}
DOJIMA_FN pack_single real_of_signed_word(const short_pack& w) {
  return {real_of_signed_word(w.v[0]), real_of_signed_word(w.v[1]), real_of_signed_word(w.v[2]), real_of_signed_word(w.v[3])};
}

template <int count>
DOJIMA_FN void multiply_wide(const short_group<count>& a, std::uint32_t b, short_group<count>& high, short_group<count>& low) {
  DOJIMA_UNROLL
  for (int i = 0; i < count; ++i) multiply_wide(a.v[i], short_batch(b), high.v[i], low.v[i]);
}

template <> DOJIMA_FN pack_single load<pack_single>(const float* p) {
  constexpr int n = static_cast<int>(single_batch::size);
  return {single_batch::load_unaligned(p), single_batch::load_unaligned(p + n), single_batch::load_unaligned(p + 2 * n),
          single_batch::load_unaligned(p + 3 * n)};
}
DOJIMA_FN void store(float* p, const pack_single& x) {
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) x.v[i].store_unaligned(p + i * static_cast<int>(single_batch::size));
}

} // namespace DOJIMA_ISA
} // namespace dojima
