// What the GPU code of fused expressions stands on; compiled at run time together with the generated kernel.
#pragma once

#include "kernels/elementwise.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

namespace e = elementwise;

/// The value of the lane `distance` further in a group of `width` lanes.
template <class T> __device__ __forceinline__ T shuffle_down(T value, int distance, int width) {
  if constexpr (sizeof(T) < 4) {
    return static_cast<T>(__shfl_down_sync(0xffffffffu, static_cast<int>(value), distance, width));
  } else {
    union {
      T value;
      unsigned words[sizeof(T) / 4];
    } x;
    x.value = value;
#pragma unroll
    for (int i = 0; i < static_cast<int>(sizeof(T) / 4); ++i)
      x.words[i] = __shfl_down_sync(0xffffffffu, x.words[i], distance, width);
    return x.value;
  }
}

template <class F, class T> __device__ __forceinline__ void merge(T& value, T other) { value = F::combine(value, other); }
template <class F, class T> __device__ __forceinline__ void merge(T& value, e::int64& at, T other, e::int64 other_at) {
  if (F::before(other, other_at, value, at)) {
    value = other;
    at = other_at;
  }
}

struct alignas(32) index_fault {
  e::int64 index, extent;
  int set;
};
/// The index counted from the front; noted and held within bounds when it is outside of them.
__device__ __forceinline__ e::int64 checked(e::int64 index, e::int64 extent, index_fault* fault) {
  const e::int64 k = index < 0 ? index + extent : index;
  if (k >= 0 && k < extent) return k;
  // Host memory has no atomic operations for every GPU; any of the indices that are outside will do, written as a whole.
  if (*static_cast<volatile int*>(&fault->set) == 0) {
    *reinterpret_cast<longlong2*>(fault) = make_longlong2(index, extent);
    __threadfence_system();
    *static_cast<volatile int*>(&fault->set) = 1;
  }
  return 0;
}

template <class T, int n> struct alignas(sizeof(T) * n) vector { T v[n]; };

} // namespace DOJIMA_ISA
} // namespace dojima
