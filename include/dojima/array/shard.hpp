// One array over several devices of this process.
#pragma once

#include <vector>

#include "dojima/array/shape.hpp"

namespace dojima {

namespace detail {
std::vector<tensor> shard(const tensor& x, const std::vector<device>& devices, std::int64_t axis);
tensor gather(const std::vector<tensor>& parts, std::int64_t axis, const stream& on);
void all_reduce(const std::vector<tensor>& parts, reduction what);
} // namespace detail

/// x cut along an axis into as even parts as there are devices, the longer ones first (numpy.array_split), each copied to the
/// default stream of its device. Nothing waits; GPUs copy from one another without going through the host where they can.
template <element T> std::vector<array<T>> shard(const array<T>& x, const std::vector<device>& devices, std::int64_t axis = 0) {
  return detail::arrays_of<T>(detail::shard(x.raw(), devices, axis));
}

/// The parts side by side along an axis, on one device.
template <element T> array<T> gather(const std::vector<array<T>>& parts, std::int64_t axis, const stream& on) {
  return array<T>(detail::gather(detail::tensors_of(std::span<const array<T>>(parts)), axis, on));
}
template <element T> array<T> gather(const std::vector<array<T>>& parts, std::int64_t axis = 0) {
  if (parts.empty()) throw input_error("need at least one array to concatenate");
  return gather(parts, axis, parts.front().home());
}

/// Replaces every part by the reduction over all of them, element by element: sum, prod, min or max of arrays of one shape.
/// Between different GPUs this is NCCL's, whose last digits may depend on their number; otherwise parts are added in their
/// order.
template <element T> void all_reduce(const std::vector<array<T>>& parts, reduction what = reduction::sum) {
  detail::all_reduce(detail::tensors_of(std::span<const array<T>>(parts)), what);
}

} // namespace dojima
