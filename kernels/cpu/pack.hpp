// Real on the CPU: four xsimd batches worked on side by side, which keeps the multipliers busy while one waits. xsimd gives the
// types and the dispatch; the functions are ours (models/real.hpp). xsimd's own fma is not fused for AVX-512 in release 8.
#pragma once

#include <xsimd/xsimd.hpp>

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

#if defined(__AVX512F__)
using batch = xsimd::batch<double, xsimd::avx512f>;
using word_batch = xsimd::batch<std::uint64_t, xsimd::avx512f>;
DOJIMA_FN batch fused(const batch& a, const batch& b, const batch& c) { return _mm512_fmadd_pd(a, b, c); }
#elif defined(__AVX2__) && defined(__FMA__)
using batch = xsimd::batch<double, xsimd::avx2>;
using word_batch = xsimd::batch<std::uint64_t, xsimd::avx2>;
DOJIMA_FN batch fused(const batch& a, const batch& b, const batch& c) { return _mm256_fmadd_pd(a, b, c); }
#else
using batch = xsimd::batch<double, xsimd::sse2>;
using word_batch = xsimd::batch<std::uint64_t, xsimd::sse2>;
DOJIMA_FN batch fused(const batch& a, const batch& b, const batch& c) { return a * b + c; }
#endif

struct pack_mask {
  batch::batch_bool_type v[4];

  friend DOJIMA_FN pack_mask operator&(const pack_mask& a, const pack_mask& b) {
    return {{a.v[0] & b.v[0], a.v[1] & b.v[1], a.v[2] & b.v[2], a.v[3] & b.v[3]}};
  }
  friend DOJIMA_FN pack_mask operator|(const pack_mask& a, const pack_mask& b) {
    return {{a.v[0] | b.v[0], a.v[1] | b.v[1], a.v[2] | b.v[2], a.v[3] | b.v[3]}};
  }
  friend DOJIMA_FN pack_mask operator!(const pack_mask& a) { return {{!a.v[0], !a.v[1], !a.v[2], !a.v[3]}}; }
  friend DOJIMA_FN bool any(const pack_mask& a) { return xsimd::any((a.v[0] | a.v[1]) | (a.v[2] | a.v[3])); }
};

struct pack {
  static constexpr int width = 4 * static_cast<int>(batch::size);
  batch v[4];

  pack() = default;
  // Batch by batch: GCC 12 copies an aggregate of vectors within another one through memory, in pieces.
  DOJIMA_FN pack(const pack& a) : v{a.v[0], a.v[1], a.v[2], a.v[3]} {}
  DOJIMA_FN pack& operator=(const pack& a) {
    v[0] = a.v[0], v[1] = a.v[1], v[2] = a.v[2], v[3] = a.v[3];
    return *this;
  }
  DOJIMA_FN pack(double x) : v{batch(x), batch(x), batch(x), batch(x)} {}
  DOJIMA_FN pack(const batch& a, const batch& b, const batch& c, const batch& d) : v{a, b, c, d} {}

#define DOJIMA_PACK_OPERATOR(op)                                                     \
  friend DOJIMA_FN pack operator op(const pack& a, const pack& b) {                  \
    return {a.v[0] op b.v[0], a.v[1] op b.v[1], a.v[2] op b.v[2], a.v[3] op b.v[3]}; \
  }
  DOJIMA_PACK_OPERATOR(+)
  DOJIMA_PACK_OPERATOR(-)
  DOJIMA_PACK_OPERATOR(*)
  DOJIMA_PACK_OPERATOR(/)
#undef DOJIMA_PACK_OPERATOR
  friend DOJIMA_FN pack operator-(const pack& a) { return bits_xor(a, -0.0); } // xsimd's own subtracts from 0 for AVX-512

#define DOJIMA_PACK_COMPARISON(op)                                                     \
  friend DOJIMA_FN pack_mask operator op(const pack& a, const pack& b) {               \
    return {{a.v[0] op b.v[0], a.v[1] op b.v[1], a.v[2] op b.v[2], a.v[3] op b.v[3]}}; \
  }
  DOJIMA_PACK_COMPARISON(<)
  DOJIMA_PACK_COMPARISON(<=)
  DOJIMA_PACK_COMPARISON(>)
  DOJIMA_PACK_COMPARISON(>=)
  DOJIMA_PACK_COMPARISON(==)
  DOJIMA_PACK_COMPARISON(!=)
#undef DOJIMA_PACK_COMPARISON

  friend DOJIMA_FN pack fma(const pack& a, const pack& b, const pack& c) {
    return {fused(a.v[0], b.v[0], c.v[0]), fused(a.v[1], b.v[1], c.v[1]), fused(a.v[2], b.v[2], c.v[2]),
            fused(a.v[3], b.v[3], c.v[3])};
  }
  friend DOJIMA_FN pack sqrt(const pack& a) {
    return {xsimd::sqrt(a.v[0]), xsimd::sqrt(a.v[1]), xsimd::sqrt(a.v[2]), xsimd::sqrt(a.v[3])};
  }
  friend DOJIMA_FN pack abs(const pack& a) {
    return {xsimd::abs(a.v[0]), xsimd::abs(a.v[1]), xsimd::abs(a.v[2]), xsimd::abs(a.v[3])};
  }
  friend DOJIMA_FN pack select(const pack_mask& m, const pack& a, const pack& b) {
    return {xsimd::select(m.v[0], a.v[0], b.v[0]), xsimd::select(m.v[1], a.v[1], b.v[1]), xsimd::select(m.v[2], a.v[2], b.v[2]),
            xsimd::select(m.v[3], a.v[3], b.v[3])};
  }
  friend DOJIMA_FN pack min(const pack& a, const pack& b) { return select(b < a, b, a); }
  friend DOJIMA_FN pack max(const pack& a, const pack& b) { return select(a < b, b, a); }

#define DOJIMA_PACK_BITS(name, op)                                                                           \
  friend DOJIMA_FN pack name(const pack& a, const pack& b) {                                                 \
    pack r;                                                                                                  \
    DOJIMA_UNROLL                                                                                            \
    for (int i = 0; i < 4; ++i)                                                                              \
      r.v[i] = std::bit_cast<batch>(std::bit_cast<word_batch>(a.v[i]) op std::bit_cast<word_batch>(b.v[i])); \
    return r;                                                                                                \
  }
  DOJIMA_PACK_BITS(bits_and, &)
  DOJIMA_PACK_BITS(bits_or, |)
  DOJIMA_PACK_BITS(bits_xor, ^)
#undef DOJIMA_PACK_BITS
  friend DOJIMA_FN pack bits_left(const pack& a, int n) {
    pack r;
    DOJIMA_UNROLL
    for (int i = 0; i < 4; ++i) r.v[i] = std::bit_cast<batch>(std::bit_cast<word_batch>(a.v[i]) << n);
    return r;
  }

  friend DOJIMA_FN pack scale2(const pack& p, const pack& magic) {
    pack r;
    DOJIMA_UNROLL
    for (int i = 0; i < 4; ++i)
      r.v[i] = std::bit_cast<batch>(std::bit_cast<word_batch>(p.v[i]) + (std::bit_cast<word_batch>(magic.v[i]) << 52));
    return r;
  }
  friend DOJIMA_FN void split_exponent(const pack& x, pack& mantissa, pack& exponent) {
    DOJIMA_UNROLL
    for (int i = 0; i < 4; ++i) {
      const word_batch bits = std::bit_cast<word_batch>(x.v[i]);
      const word_batch k = (bits + word_batch(0x4000000000000000u - 0x3fe6a09e667f3bcdu)) >> 52;
      mantissa.v[i] = std::bit_cast<batch>(bits - (k << 52) + word_batch(0x4000000000000000u));
      exponent.v[i] = std::bit_cast<batch>(k | word_batch(0x4330000000000000u)) - batch(4503599627371520.0);
    }
  }
};

template <> DOJIMA_FN pack load<pack>(const double* p) {
  constexpr int n = static_cast<int>(batch::size);
  return {batch::load_unaligned(p), batch::load_unaligned(p + n), batch::load_unaligned(p + 2 * n),
          batch::load_unaligned(p + 3 * n)};
}
DOJIMA_FN void store(double* p, const pack& x) {
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) x.v[i].store_unaligned(p + i * static_cast<int>(batch::size));
}

} // namespace DOJIMA_ISA
} // namespace dojima
