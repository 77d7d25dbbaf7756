#include "dojima/array/shard.hpp"

#include <algorithm>

#include "array/state.hpp"
#include "kernels/collective.hpp"

namespace dojima::detail {
namespace {

/// Elements [begin, end) of an axis.
tensor cut(tensor x, std::size_t axis, std::int64_t begin, std::int64_t end) {
  x.offset += begin * x.strides[axis];
  x.shape[axis] = end - begin;
  return x;
}

/// x itself where it is at home on the stream, else a copy there.
tensor on_stream(const tensor& x, const stream& on) {
  if (x.home() == on) return x;
  tensor t = allocate(x.type, x.item, x.shape, on, "copy between devices");
  copy(t, x);
  return t;
}

op operation_of(reduction what) {
  switch (what) {
  case reduction::sum: return op::add;
  case reduction::prod: return op::multiply;
  case reduction::min: return op::minimum;
  case reduction::max: return op::maximum;
  default: throw input_error("all_reduce takes sum, prod, min or max");
  }
}

bool are_different_gpus(const std::vector<tensor>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].home().where().is_cuda()) return false;
    for (std::size_t j = 0; j < i; ++j)
      if (parts[i].home().where() == parts[j].home().where()) return false;
  }
  return true;
}

} // namespace

std::vector<tensor> shard(const tensor& x, const std::vector<device>& devices, std::int64_t axis) {
  if (devices.empty()) throw input_error("shard: no device was named");
  const std::size_t along = normal_axis(axis, x.shape.size());
  const auto n = static_cast<std::int64_t>(devices.size()), each = x.shape[along] / n, longer = x.shape[along] % n;
  std::vector<tensor> parts;
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t end = begin + each + (i < longer ? 1 : 0);
    const tensor part = cut(x, along, begin, end);
    parts.push_back(allocate(x.type, x.item, part.shape, stream::of(devices[static_cast<std::size_t>(i)]), "shard"));
    copy(parts.back(), part);
    begin = end;
  }
  return parts;
}

tensor gather(const std::vector<tensor>& parts, std::int64_t axis, const stream& on) {
  std::vector<tensor> here;
  for (const tensor& part : parts)
    here.push_back(!here.empty() && part.home().where() == on.where() ? part : on_stream(part, on));
  return concatenate(here, axis); // on the home stream of the first
}

void all_reduce(const std::vector<tensor>& parts, reduction what) {
  if (parts.empty()) throw input_error("all_reduce: no arrays");
  const op code = operation_of(what);
  const tensor& first = parts.front();
  for (const tensor& part : parts) {
    if (!(part.shape == first.shape))
      throw input_error("all_reduce: arrays of shapes " + to_string(first.shape) + " and " + to_string(part.shape) +
                        " (must be one shape)");
    for (const tensor& other : parts)
      if (&part != &other && part.memory == other.memory)
        throw input_error("all_reduce: two parts share memory; each needs its own");
  }
  if (parts.size() == 1 || first.size() == 0) return;
  const bool by_nccl =
      are_different_gpus(parts) && first.type != dtype::boolean && (what == reduction::sum || !is_complex(first.type));
  if (!by_nccl) {
    const tensor sum = allocate(first.type, first.item, first.shape, first.home(), "all_reduce");
    copy(sum, first);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const tensor here = parts[i].home().where() == sum.home().where() ? parts[i] : on_stream(parts[i], sum.home());
      assign(sum, apply(code, input(sum), input(here)));
    }
    for (const tensor& part : parts) copy(part, sum);
    return;
  }
  std::vector<tensor> dense_parts;
  std::vector<kernels::backend*> owners;
  std::vector<void*> data, queues;
  for (const tensor& part : parts) {
    const stream& on = part.home();
    if (on.state().capturing) throw error("all_reduce inside a graph capture (it spans several streams)");
    dense_parts.push_back(dense(part));
    dense_parts.back().memory->before_use(on);
    owners.push_back(&on.where().backend());
    data.push_back(dense_parts.back().data());
    queues.push_back(on.state().handle);
  }
  submit(first.home(), "all_reduce",
         [&](kernels::backend&, void*) { kernels::all_reduce(owners, data, first.size(), first.type, what, queues); });
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!parts[i].is_dense()) copy(parts[i], dense_parts[i]);
}

} // namespace dojima::detail
