// Look-up in a table by a register pack of whole numbers.
#pragma once

#include "kernels/cpu/pack_single.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

#if defined(__AVX512F__)
DOJIMA_FN batch gather(const double* table, const batch& index) {
  return _mm512_i32gather_pd(_mm512_cvttpd_epi32(index), table, 8);
}
DOJIMA_FN single_batch gather(const float* table, const single_batch& index) {
  return _mm512_i32gather_ps(_mm512_cvttps_epi32(index), table, 4);
}
#elif defined(__AVX2__) && defined(__FMA__)
DOJIMA_FN batch gather(const double* table, const batch& index) {
  return _mm256_i32gather_pd(table, _mm256_cvttpd_epi32(index), 8);
}
DOJIMA_FN single_batch gather(const float* table, const single_batch& index) {
  return _mm256_i32gather_ps(table, _mm256_cvttps_epi32(index), 4);
}
#else
template <class T> DOJIMA_FN xsimd::batch<T, xsimd::sse2> gather(const T* table, const xsimd::batch<T, xsimd::sse2>& index) {
  constexpr int n = static_cast<int>(xsimd::batch<T, xsimd::sse2>::size);
  T x[n];
  index.store_unaligned(x);
  DOJIMA_UNROLL
  for (int i = 0; i < n; ++i) x[i] = table[static_cast<int>(x[i])];
  return xsimd::batch<T, xsimd::sse2>::load_unaligned(x);
}
#endif

/// table[index], where the index is a whole number held in a Real.
template <class Batch>
DOJIMA_FN batch_pack<Batch> gather(const typename Batch::value_type* table, const batch_pack<Batch>& index) {
  return {gather(table, index.v[0]), gather(table, index.v[1]), gather(table, index.v[2]), gather(table, index.v[3])};
}

} // namespace DOJIMA_ISA
} // namespace dojima
