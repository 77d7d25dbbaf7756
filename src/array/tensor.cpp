#include "dojima/array/tensor.hpp"

#include <algorithm>
#include <cstring>

#include "array/state.hpp"
#include "dojima/array/expression.hpp"

namespace dojima {

std::string to_string(const extents& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? "," : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

namespace detail {

// ---- storage ---------------------------------------------------------------------------------------------------------

storage::storage(std::size_t bytes, const stream& home) : home_(home) {
  const stream_state& state = home.state();
  data_ = state.where.backend().allocate(round_up(bytes, memory_unit), state.handle);
  of_graph_ = state.capturing.load(std::memory_order_relaxed);
}
storage::storage(void* data, const stream& home, std::shared_ptr<void> owner)
    : data_(data), home_(home), owner_(std::move(owner)) {}

storage::~storage() {
  stream_state& state = home_.state();
  try { // a device that failed has nothing left to wait for
    const bool waits = owner_ != nullptr && state.where.is_cuda();
    if (state.capturing || waits)
      for (const use& u : elsewhere_) u.mark.synchronize(); // the owner knows of no stream
    else
      for (const use& u : elsewhere_) home_.wait(u.mark);
    if (waits && !state.capturing) home_.record().synchronize();
  } catch (const std::exception&) {
  }
  if (!owner_) state.where.backend().release(data_, state.handle);
}

void storage::before_use(const stream& on, bool writes) {
  if (const stream* captured = captured_stream(); captured != nullptr && *captured == on) return keep_for_graph(on, writes);
  if (used_elsewhere_.load(std::memory_order_acquire)) settle(on, writes);
  if (!(on == home_) && (on.where().is_cuda() || home_.where().is_cuda())) on.wait(home_.record());
}

void storage::settle(const stream& on, bool writes) {
  const std::lock_guard lock(guard_);
  for (const use& u : elsewhere_)
    if ((writes || u.wrote) && !(u.on == on)) on.wait(u.mark);
  if (on == home_) { // from now on its own order says it
    std::erase_if(elsewhere_, [&](const use& u) { return writes || u.wrote; });
    used_elsewhere_ = !elsewhere_.empty();
  }
}

void storage::after_use(const stream& on, bool writes) {
  if (on == home_ || on.state().capturing.load(std::memory_order_relaxed)) return; // a graph says it at each replay
  if (!on.where().is_cuda()) return;                                               // has ended
  const event mark = on.record();
  const std::lock_guard lock(guard_);
  used_elsewhere_ = true;
  for (use& u : elsewhere_)
    if (u.on == on) {
      u.mark = mark;
      u.wrote = u.wrote || writes;
      return;
    }
  elsewhere_.push_back({on, mark, writes});
}

void storage::keep_for_graph(const stream& on, bool writes) {
  if (of_graph_) return; // the graph has its memory already
  capture_record& record = on.state().record;
  for (auto* list : {&record.written, &record.read})
    for (auto at = list->begin(); at != list->end(); ++at) {
      if (at->get() != this) continue;
      if (list == &record.written || !writes) return;
      list->erase(at); // from now on in the other list
      break;
    }
  (writes ? record.written : record.read).push_back(shared_from_this());
}

// ---- tensor ----------------------------------------------------------------------------------------------------------

std::int64_t tensor::size() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

bool tensor::is_dense() const {
  std::int64_t expected = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] != 1 && strides[d] != expected) return size() == 0;
    expected *= shape[d];
  }
  return true;
}

std::int64_t checked_size(const extents& shape, std::size_t item) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0) throw input_error("negative dimensions are not allowed: shape " + to_string(shape));
  for (const std::int64_t extent : shape)
    if (extent == 0) return 0;
  for (const std::int64_t extent : shape)
    if (__builtin_mul_overflow(n, extent, &n) || n > INT64_MAX / static_cast<std::int64_t>(item))
      throw input_error("array is too big: shape " + to_string(shape));
  return n;
}

extents row_major(const extents& shape) {
  extents strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * std::max<std::int64_t>(shape[d], 1);
  return strides;
}

tensor allocate(dtype type, std::size_t item, const extents& shape, const stream& on, const char* operation) {
  if (on.state().capturing || captured_stream() != nullptr)
    throw error(std::string(operation) + " allocates " + to_string(shape) +
                " inside a graph capture (a graph replays on fixed memory); make the array before and assign to it");
  return scratch(type, item, shape, on, operation);
}

tensor scratch(dtype type, std::size_t item, const extents& shape, const stream& on, const char* operation) {
  const std::size_t bytes = static_cast<std::size_t>(checked_size(shape, item)) * item;
  tensor t{type, item, nullptr, 0, shape, row_major(shape)};
  try {
    t.memory = std::make_shared<storage>(bytes, on);
  } catch (const kernels::memory_error& problem) {
    throw error(std::string(operation) + " of shape " + to_string(shape) + ": " + problem.what());
  }
  return t;
}

tensor dense(const tensor& x) {
  if (x.is_dense()) return x;
  tensor t = allocate(x.type, x.item, x.shape, x.home(), "dense copy");
  copy(t, x);
  return t;
}

void copy(const tensor& to, const tensor& from) {
  if (!(to.shape == from.shape))
    throw input_error("could not copy array of shape " + to_string(from.shape) + " into shape " + to_string(to.shape));
  if (to.size() == 0) return;
  const device &there = to.home().where(), &here = from.home().where();
  const bool between_gpus = there.is_cuda() && here.is_cuda() && !(here == there);
  if (there.is_cuda() != here.is_cuda() && from.is_dense()) { // the CPU's memory has no queue that could wait for the GPU
    if (there.is_cuda()) {
      from.memory->before_use(from.home(), false);
      return upload(to, from.data());
    }
    if (to.is_dense()) {
      to.memory->before_use(to.home(), true);
      return download(to.data(), from);
    }
  } else if (to.is_dense() && from.is_dense()) {
    const stream& mover = working_stream(to.home());
    to.memory->before_use(mover, true);
    from.memory->before_use(mover, false);
    submit(mover, "copy", [&](kernels::backend& backend, void* queue) {
      const std::size_t bytes = static_cast<std::size_t>(to.size()) * to.item;
      if (between_gpus) backend.copy_from(here.backend(), to.data(), from.data(), bytes, queue);
      else backend.copy(to.data(), from.data(), bytes, queue);
    });
    to.memory->after_use(mover, true);
    from.memory->after_use(mover, false);
    return;
  }
  if (to.type == dtype::raw) throw input_error("arrays of structures are copied only as a whole, without strides");
  if (here == there) return assign(to, input(from));
  const tensor packed = dense(from);
  tensor landed = allocate(to.type, to.item, to.shape, to.home(), "copy");
  copy(landed, packed);
  assign(to, input(landed));
}

// ---- views -----------------------------------------------------------------------------------------------------------

namespace {

/// Strides of `shape` over the memory of x, if x can be seen that way without a copy.
bool strides_of(const tensor& x, const extents& shape, extents& strides) {
  extents old_shape, old_strides; // without extents of one
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if (x.shape[d] != 1) {
      old_shape.push_back(x.shape[d]);
      old_strides.push_back(x.strides[d]);
    }
  strides = row_major(shape);
  std::size_t o = 0, n = 0;
  while (o < old_shape.size() && n < shape.size()) { // groups of dimensions with equal volume
    std::size_t o_end = o + 1, n_end = n + 1;
    std::int64_t o_size = old_shape[o], n_size = shape[n];
    while (o_size != n_size) {
      if (n_size < o_size) n_size *= shape[n_end++];
      else o_size *= old_shape[o_end++];
    }
    for (std::size_t d = o; d + 1 < o_end; ++d)
      if (old_strides[d] != old_shape[d + 1] * old_strides[d + 1]) return false;
    strides[n_end - 1] = old_strides[o_end - 1];
    for (std::size_t d = n_end - 1; d > n; --d) strides[d - 1] = strides[d] * shape[d];
    o = o_end;
    n = n_end;
  }
  return true;
}

} // namespace

tensor reshape(const tensor& x, const extents& wanted) {
  extents shape = wanted;
  std::int64_t known = 1;
  std::size_t open = shape.size();
  const auto refuse = [&] {
    throw input_error("cannot reshape array of size " + std::to_string(x.size()) + " into shape " + to_string(wanted) +
                      " (the array has shape " + to_string(x.shape) + ")");
  };
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == -1 && open == shape.size()) open = d;
    else if (shape[d] == -1) throw input_error("can only specify one unknown dimension (shape " + to_string(wanted) + ")");
    else if (shape[d] < 0) throw input_error("negative dimensions not allowed (shape " + to_string(wanted) + ")");
    else known *= shape[d];
  }
  if (open < shape.size()) {
    if (known == 0 || x.size() % known != 0) refuse();
    shape[open] = x.size() / known;
    known *= shape[open];
  }
  if (known != x.size()) refuse();
  tensor t = x;
  t.shape = shape;
  if (x.size() == 0) t.strides = row_major(shape);
  else if (!strides_of(x, shape, t.strides)) return reshape(dense(x), shape);
  return t;
}

tensor transpose(const tensor& x, const extents& order) {
  if (order.size() != x.shape.size())
    throw input_error("axes don't match array (shape " + to_string(x.shape) + ", axes " + to_string(order) + ")");
  tensor t = x;
  unsigned seen = 0;
  for (std::size_t d = 0; d < order.size(); ++d) {
    const std::size_t from = normal_axis(order[d], order.size());
    if ((seen & (1u << from)) != 0) throw input_error("repeated axis in transpose (axes " + to_string(order) + ")");
    seen |= 1u << from;
    t.shape[d] = x.shape[from];
    t.strides[d] = x.strides[from];
  }
  return t;
}

tensor broadcast_to(const tensor& x, const extents& shape) {
  const auto refuse = [&] {
    throw input_error("operands could not be broadcast together with remapped shapes [original->remapped]: " +
                      to_string(x.shape) + " and requested shape " + to_string(shape));
  };
  if (x.shape.size() > shape.size()) refuse();
  tensor t = x;
  t.shape = shape;
  t.strides = extents(shape.size(), 0);
  const std::size_t shift = shape.size() - x.shape.size();
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    if (x.shape[d] == shape[d + shift]) t.strides[d + shift] = x.strides[d];
    else if (x.shape[d] != 1) refuse();
  }
  return t;
}

extents broadcast(const extents& a, const extents& b) {
  const extents& longer = a.size() >= b.size() ? a : b;
  const extents& shorter = a.size() >= b.size() ? b : a;
  extents shape = longer;
  const std::size_t shift = longer.size() - shorter.size();
  for (std::size_t d = 0; d < shorter.size(); ++d) {
    std::int64_t& extent = shape[d + shift];
    if (extent == 1) extent = shorter[d];
    else if (shorter[d] != 1 && shorter[d] != extent)
      throw input_error("operands could not be broadcast together with shapes " + to_string(a) + " " + to_string(b));
  }
  return shape;
}

std::size_t normal_axis(std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n)
    throw input_error("axis " + std::to_string(axis) + " is out of bounds for array of dimension " + std::to_string(rank));
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

} // namespace detail
} // namespace dojima
