// Giving work on tensors to a library of the kernels.
#pragma once

#include <initializer_list>

#include "array/state.hpp"
#include "dojima/array/expression.hpp"

namespace dojima::detail {

/// Queues `work(backend, queue)` on a stream, after what other streams still do with the tensors' memory. All tensors must be
/// on the stream's device.
template <class Work>
void submit_on(const stream& on, const char* operation, std::initializer_list<const tensor*> used, Work&& work) {
  for (const tensor* t : used)
    if (!(t->home().where() == on.where()))
      throw input_error(std::string(operation) + ": arrays on " + on.where().id() + " and " + t->home().where().id() +
                        " (all must be on one device); move one with .to(device)");
  for (const tensor* t : used) t->memory->before_use(on);
  submit(on, operation, std::forward<Work>(work));
  for (const tensor* t : used) t->memory->after_use(on);
}

/// A dense copy that shares nothing with x, on stream `on` of the same device.
inline tensor fresh(const tensor& x, const stream& on, const char* operation) {
  tensor t = allocate(x.type, x.shape, on, operation);
  copy(t, x);
  return t;
}

/// x with its last two dimensions exchanged: a view.
inline tensor swap_last(tensor x) {
  const std::size_t rank = x.shape.size();
  std::swap(x.shape[rank - 1], x.shape[rank - 2]);
  std::swap(x.strides[rank - 1], x.strides[rank - 2]);
  return x;
}

} // namespace dojima::detail
