// DLPack: arrays go to and come from other libraries without a copy (PyTorch, CuPy, JAX, NumPy and more). The structures have
// the layout of DLPack 1.1 (https://dmlc.github.io/dlpack), under this library's names: a pointer to one of theirs may be
// reinterpret_cast to one of these and back, which the templates below do.
#pragma once

#include <concepts>
#include <cstdint>

#include "dojima/array/array.hpp"

namespace dojima {

namespace dlpack {

enum device_type : std::int32_t { cpu = 1, cuda = 2, cuda_host = 3, cuda_managed = 13 };
struct device {
  device_type type;
  std::int32_t id;
};
enum type_code : std::uint8_t {
  integer = 0,
  unsigned_integer = 1,
  floating = 2,
  opaque = 3,
  bfloat = 4,
  complex = 5,
  boolean = 6
};
struct data_type {
  std::uint8_t code, bits;
  std::uint16_t lanes;
};
struct tensor {
  void* data;
  dlpack::device device;
  std::int32_t ndim;
  data_type dtype;
  std::int64_t *shape, *strides; ///< strides in elements; null: row major
  std::uint64_t byte_offset;
};
/// DLManagedTensor.
struct managed_tensor {
  tensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(managed_tensor*);
};
struct version {
  std::uint32_t major, minor;
};
inline constexpr std::uint64_t read_only = 1, is_copied = 2;
/// DLManagedTensorVersioned.
struct managed_tensor_versioned {
  dlpack::version version;
  void* manager_ctx;
  void (*deleter)(managed_tensor_versioned*);
  std::uint64_t flags;
  tensor dl_tensor;
};

/// DLManagedTensor or DLManagedTensorVersioned, of whichever header.
template <class M>
concept managed = requires(M m) {
  m.dl_tensor;
  m.deleter;
  m.manager_ctx;
}
&&(sizeof(M) == sizeof(managed_tensor) || sizeof(M) == sizeof(managed_tensor_versioned));

} // namespace dlpack

namespace detail {
dlpack::managed_tensor* to_dlpack(const tensor& x);
dlpack::managed_tensor_versioned* to_dlpack_versioned(const tensor& x, bool read_only);
/// Makes the consumer's stream wait for what was queued on x.
void export_to(const tensor& x, const stream& consumer);
void export_to(const tensor& x, void* consumer_handle);
tensor from_dlpack(dlpack::managed_tensor* m, dtype wanted, const stream& on);
tensor from_dlpack(dlpack::managed_tensor_versioned* m, dtype wanted, const stream& on);
template <class M>
using dlpack_twin =
    std::conditional_t<sizeof(M) == sizeof(dlpack::managed_tensor), dlpack::managed_tensor, dlpack::managed_tensor_versioned>;
} // namespace detail

/// The array's memory for another library, which calls the deleter once. It shares the elements: writes are seen on both sides.
/// `M` may be the DLManagedTensor or DLManagedTensorVersioned of dlpack.h. The consumer must use it on the array's home stream,
/// or after a synchronisation, or say which stream it uses.
template <dlpack::managed M = dlpack::managed_tensor, element T> M* to_dlpack(const array<T>& x) {
  if constexpr (sizeof(M) == sizeof(dlpack::managed_tensor)) return reinterpret_cast<M*>(detail::to_dlpack(x.raw()));
  else return reinterpret_cast<M*>(detail::to_dlpack_versioned(x.raw(), false));
}
/// The same for a consumer that works on `consumer`, which waits for the array; the host does not.
template <dlpack::managed M = dlpack::managed_tensor, element T> M* to_dlpack(const array<T>& x, const stream& consumer) {
  detail::export_to(x.raw(), consumer);
  return to_dlpack<M>(x);
}
/// The same for another library's cudaStream_t.
template <dlpack::managed M = dlpack::managed_tensor, element T> M* to_dlpack(const array<T>& x, void* consumer) {
  detail::export_to(x.raw(), consumer);
  return to_dlpack<M>(x);
}
/// DLManagedTensorVersioned with the read-only flag.
template <dlpack::managed M = dlpack::managed_tensor_versioned, element T> M* to_dlpack_read_only(const array<T>& x) {
  static_assert(sizeof(M) == sizeof(dlpack::managed_tensor_versioned), "the flag came with DLPack 1.0");
  return reinterpret_cast<M*>(detail::to_dlpack_versioned(x.raw(), true));
}

/// Another library's memory as an array of its type, without a copy. The producer was asked to make it ready on `on`, the
/// array's home stream from now on, which must be on the memory's device. The deleter is called once, when the last handle is
/// dropped and the work that was queued on the memory has ended, for which dropping it waits. input_error, which leaves the
/// tensor to the caller, for another type, an unknown device, or memory that is read-only.
template <element T, dlpack::managed M> array<T> from_dlpack(M* m, const stream& on) {
  return array<T>(detail::from_dlpack(reinterpret_cast<detail::dlpack_twin<M>*>(m), dtype_of<T>, on));
}
/// At home on the default stream of the memory's device.
template <element T, dlpack::managed M> array<T> from_dlpack(M* m) {
  const dlpack::device at = reinterpret_cast<detail::dlpack_twin<M>*>(m)->dl_tensor.device;
  return from_dlpack<T>(
      m, stream::of(at.type == dlpack::cuda || at.type == dlpack::cuda_managed ? device::cuda(at.id) : device::cpu()));
}

} // namespace dojima
