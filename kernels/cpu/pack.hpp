// Reals on the CPU: four xsimd batches worked on side by side, which keeps the multipliers busy while one waits. xsimd gives
// the types and the dispatch; the functions are ours (models/real.hpp). xsimd's own fma is not fused for AVX-512 in release 8.
#pragma once

#include <xsimd/xsimd.hpp>

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

#if defined(__AVX512F__)
using isa = xsimd::avx512f;
#elif defined(__AVX2__) && defined(__FMA__)
using isa = xsimd::avx2;
#else
using isa = xsimd::sse2;
#endif
using batch = xsimd::batch<double, isa>;
using single_batch = xsimd::batch<float, isa>;
using word_batch = xsimd::batch<std::uint64_t, isa>;

#if defined(__AVX512F__)
DOJIMA_FN batch fused(const batch& a, const batch& b, const batch& c) { return _mm512_fmadd_pd(a, b, c); }
DOJIMA_FN single_batch fused(const single_batch& a, const single_batch& b, const single_batch& c) {
  return _mm512_fmadd_ps(a, b, c);
}
#elif defined(__AVX2__) && defined(__FMA__)
DOJIMA_FN batch fused(const batch& a, const batch& b, const batch& c) { return _mm256_fmadd_pd(a, b, c); }
DOJIMA_FN single_batch fused(const single_batch& a, const single_batch& b, const single_batch& c) {
  return _mm256_fmadd_ps(a, b, c);
}
#else
DOJIMA_FN batch fused(const batch& a, const batch& b, const batch& c) { return a * b + c; }
DOJIMA_FN single_batch fused(const single_batch& a, const single_batch& b, const single_batch& c) { return a * b + c; }
#endif

template <class Batch> struct batch_mask {
  typename Batch::batch_bool_type v[4];

  friend DOJIMA_FN batch_mask operator&(const batch_mask& a, const batch_mask& b) {
    return {{a.v[0] & b.v[0], a.v[1] & b.v[1], a.v[2] & b.v[2], a.v[3] & b.v[3]}};
  }
  friend DOJIMA_FN batch_mask operator|(const batch_mask& a, const batch_mask& b) {
    return {{a.v[0] | b.v[0], a.v[1] | b.v[1], a.v[2] | b.v[2], a.v[3] | b.v[3]}};
  }
  friend DOJIMA_FN batch_mask operator!(const batch_mask& a) { return {{!a.v[0], !a.v[1], !a.v[2], !a.v[3]}}; }
  friend DOJIMA_FN bool any(const batch_mask& a) { return xsimd::any((a.v[0] | a.v[1]) | (a.v[2] | a.v[3])); }
};

/// What packs of doubles and of floats share.
template <class Batch> struct batch_pack {
  using number = typename Batch::value_type;
  using mask = batch_mask<Batch>;
  static constexpr int width = 4 * static_cast<int>(Batch::size);
  Batch v[4];

  batch_pack() = default;
  // Batch by batch: GCC 12 copies an aggregate of vectors within another one through memory, in pieces.
  DOJIMA_FN batch_pack(const batch_pack& a) : v{a.v[0], a.v[1], a.v[2], a.v[3]} {}
  DOJIMA_FN batch_pack& operator=(const batch_pack& a) {
    v[0] = a.v[0], v[1] = a.v[1], v[2] = a.v[2], v[3] = a.v[3];
    return *this;
  }
  template <class T>
  requires requires(T x) { static_cast<number>(x); }
  DOJIMA_FN batch_pack(T x) : batch_pack(Batch(static_cast<number>(x))) {}
  DOJIMA_FN explicit batch_pack(const Batch& a) : v{a, a, a, a} {}
  DOJIMA_FN batch_pack(const Batch& a, const Batch& b, const Batch& c, const Batch& d) : v{a, b, c, d} {}

#define DOJIMA_PACK_OPERATOR(op)                                                      \
  friend DOJIMA_FN batch_pack operator op(const batch_pack& a, const batch_pack& b) { \
    return {a.v[0] op b.v[0], a.v[1] op b.v[1], a.v[2] op b.v[2], a.v[3] op b.v[3]};  \
  }
  DOJIMA_PACK_OPERATOR(+)
  DOJIMA_PACK_OPERATOR(-)
  DOJIMA_PACK_OPERATOR(*)
  DOJIMA_PACK_OPERATOR(/)
#undef DOJIMA_PACK_OPERATOR
  friend DOJIMA_FN batch_pack operator-(const batch_pack& a) { // xsimd's own subtracts from 0 for AVX-512
    const Batch sign(static_cast<number>(-0.0));
    return {a.v[0] ^ sign, a.v[1] ^ sign, a.v[2] ^ sign, a.v[3] ^ sign};
  }

#define DOJIMA_PACK_COMPARISON(op)                                                     \
  friend DOJIMA_FN mask operator op(const batch_pack& a, const batch_pack& b) {        \
    return {{a.v[0] op b.v[0], a.v[1] op b.v[1], a.v[2] op b.v[2], a.v[3] op b.v[3]}}; \
  }
  DOJIMA_PACK_COMPARISON(<)
  DOJIMA_PACK_COMPARISON(<=)
  DOJIMA_PACK_COMPARISON(>)
  DOJIMA_PACK_COMPARISON(>=)
  DOJIMA_PACK_COMPARISON(==)
  DOJIMA_PACK_COMPARISON(!=)
#undef DOJIMA_PACK_COMPARISON

  friend DOJIMA_FN batch_pack fma(const batch_pack& a, const batch_pack& b, const batch_pack& c) {
    return {fused(a.v[0], b.v[0], c.v[0]), fused(a.v[1], b.v[1], c.v[1]), fused(a.v[2], b.v[2], c.v[2]),
            fused(a.v[3], b.v[3], c.v[3])};
  }
  friend DOJIMA_FN batch_pack sqrt(const batch_pack& a) {
    return {xsimd::sqrt(a.v[0]), xsimd::sqrt(a.v[1]), xsimd::sqrt(a.v[2]), xsimd::sqrt(a.v[3])};
  }
  friend DOJIMA_FN batch_pack abs(const batch_pack& a) {
    return {xsimd::abs(a.v[0]), xsimd::abs(a.v[1]), xsimd::abs(a.v[2]), xsimd::abs(a.v[3])};
  }
  friend DOJIMA_FN batch_pack select(const mask& m, const batch_pack& a, const batch_pack& b) {
    return {xsimd::select(m.v[0], a.v[0], b.v[0]), xsimd::select(m.v[1], a.v[1], b.v[1]), xsimd::select(m.v[2], a.v[2], b.v[2]),
            xsimd::select(m.v[3], a.v[3], b.v[3])};
  }
  // The instructions give their second operand when the two are equal or either is a NaN.
  friend DOJIMA_FN batch_pack min(const batch_pack& a, const batch_pack& b) {
    return {xsimd::min(b.v[0], a.v[0]), xsimd::min(b.v[1], a.v[1]), xsimd::min(b.v[2], a.v[2]), xsimd::min(b.v[3], a.v[3])};
  }
  friend DOJIMA_FN batch_pack max(const batch_pack& a, const batch_pack& b) {
    return {xsimd::max(b.v[0], a.v[0]), xsimd::max(b.v[1], a.v[1]), xsimd::max(b.v[2], a.v[2]), xsimd::max(b.v[3], a.v[3])};
  }
};

using pack = batch_pack<batch>;
using pack_mask = batch_mask<batch>;

#if defined(__AVX512F__)
/// As in models/process/draws.hpp. By Newton's steps from 14 bits, rounded to nearest like the processor's own root, which
/// takes three times as long.
DOJIMA_FN batch root_of_positive(const batch& x) {
  const auto less = [](const batch& a, const batch& b, const batch& c) { return batch(_mm512_fnmadd_pd(a, b, c)); };
  const batch y = _mm512_rsqrt14_pd(x), e = less(y * y, x, batch(1.0));
  const batch better = fused(fused(e, batch(0.375), batch(0.5)), y * e, y); // 41 bits
  const batch root = x * better, half = batch(0.5) * better, rest = less(root, half, batch(0.5));
  const batch best = fused(root, rest, root);
  return fused(less(best, best, x), fused(half, rest, half), best);
}
DOJIMA_FN pack root_of_positive(const pack& x) {
  return {root_of_positive(x.v[0]), root_of_positive(x.v[1]), root_of_positive(x.v[2]), root_of_positive(x.v[3])};
}
#endif

#define DOJIMA_PACK_BITS(name, op)                                                                           \
  DOJIMA_FN pack name(const pack& a, const pack& b) {                                                        \
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
DOJIMA_FN pack bits_left(const pack& a, int n) {
  pack r;
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) r.v[i] = std::bit_cast<batch>(std::bit_cast<word_batch>(a.v[i]) << n);
  return r;
}

DOJIMA_FN pack scale2(const pack& p, const pack& magic) {
  pack r;
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i)
    r.v[i] = std::bit_cast<batch>(std::bit_cast<word_batch>(p.v[i]) + (std::bit_cast<word_batch>(magic.v[i]) << 52));
  return r;
}
DOJIMA_FN void split_exponent(const pack& x, pack& mantissa, pack& exponent) {
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i) {
    const word_batch bits = std::bit_cast<word_batch>(x.v[i]);
    const word_batch k = (bits + word_batch(0x4000000000000000u - 0x3fe6a09e667f3bcdu)) >> 52;
    mantissa.v[i] = std::bit_cast<batch>(bits - (k << 52) + word_batch(0x4000000000000000u));
    exponent.v[i] = std::bit_cast<batch>(k | word_batch(0x4330000000000000u)) - batch(4503599627371520.0);
  }
}

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
