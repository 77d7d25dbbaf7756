#include "dojima/array/transfer.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>

#include <cstring>
#include <deque>
#include <numeric>

#include "array/host_block.hpp"
#include "array/state.hpp"

namespace dojima {
namespace detail {
namespace {

constexpr std::size_t piece = std::size_t{4} << 20; ///< of a transfer that goes through pinned memory

/// One core does not keep up with a GPU's link.
void copy_on_host(void* to, const void* from, std::size_t bytes) {
  constexpr std::size_t grain = std::size_t{256} << 10;
  if (bytes <= 2 * grain) {
    std::memcpy(to, from, bytes);
    return;
  }
  oneapi::tbb::parallel_for(oneapi::tbb::blocked_range<std::size_t>(0, bytes, grain), [=](const auto& r) {
    std::memcpy(static_cast<std::byte*>(to) + r.begin(), static_cast<const std::byte*>(from) + r.begin(), r.size());
  });
}

std::size_t bytes_of(const tensor& x) { return static_cast<std::size_t>(x.size()) * x.item; }

void refuse_in_capture(const char* operation) {
  if (captured_stream() != nullptr)
    throw error(std::string(operation) +
                " inside a graph capture (the host's memory is read when the graph is replayed); use a pinned array");
}

} // namespace

// ---- pageable memory -------------------------------------------------------------------------------------------------

void upload(const tensor& to, const void* from) {
  constexpr const char* name = "copy from host";
  refuse_in_capture(name);
  if (to.size() == 0) return;
  const stream& on = to.home();
  if (!to.is_dense()) {
    const tensor packed = allocate(to.type, to.item, to.shape, on, name);
    upload(packed, from);
    return copy(to, packed);
  }
  to.memory->before_use(on);
  const std::size_t bytes = bytes_of(to);
  if (!on.where().is_cuda()) {
    copy_on_host(to.data(), from, bytes);
    return on.state().note(name);
  }
  for (std::size_t done = 0; done < bytes; done += piece) {
    const std::size_t now = std::min(piece, bytes - done);
    host_block block(now);
    copy_on_host(block.data(), static_cast<const std::byte*>(from) + done, now);
    submit(on, name, [&](kernels::backend& backend, void* queue) {
      backend.copy(static_cast<std::byte*>(to.data()) + done, block.data(), now, queue);
    });
    block.after_use(on);
  }
}

void download(void* to, const tensor& from) {
  constexpr const char* name = "copy to host";
  if (captured_stream() != nullptr) throw error(std::string(name) + " inside a graph capture (nothing has run yet)");
  if (from.size() == 0) return;
  const tensor t = dense(from);
  const stream& on = t.home();
  t.memory->before_use(on, false);
  const std::size_t bytes = bytes_of(t);
  if (!on.where().is_cuda()) {
    copy_on_host(to, t.data(), bytes);
    return on.state().note(name);
  }
  std::deque<std::pair<std::unique_ptr<host_block>, std::size_t>> under_way;
  const auto land = [&] {
    auto& [block, at] = under_way.front();
    block->wait();
    copy_on_host(static_cast<std::byte*>(to) + at, block->data(), std::min(piece, bytes - at));
    under_way.pop_front();
  };
  for (std::size_t done = 0; done < bytes; done += piece) {
    const std::size_t now = std::min(piece, bytes - done);
    auto block = std::make_unique<host_block>(now);
    submit(on, name, [&](kernels::backend& backend, void* queue) {
      backend.copy(block->data(), static_cast<const std::byte*>(t.data()) + done, now, queue);
    });
    block->after_use(on);
    under_way.emplace_back(std::move(block), done);
    if (under_way.size() > 2) land();
  }
  while (!under_way.empty()) land();
  on.synchronize(); // it has ended: this tells what went wrong
}

// ---- pinned memory ---------------------------------------------------------------------------------------------------

std::byte* data_of(const host_block& block) { return block.data(); }
std::shared_ptr<host_block> make_host_block(std::size_t bytes) { return std::make_shared<host_block>(bytes); }
bool is_idle(host_block& block) { return block.idle(); }
void wait_for(host_block& block) { block.wait(); }

namespace {

/// Gives a copy between `device_side` and a block to a stream.
template <class Copy>
void copy_pinned(const tensor& device_side, const std::shared_ptr<host_block>& block, const stream& wanted, bool writes,
                 const char* name, Copy&& work) {
  const stream& on = working_stream(wanted);
  if (!(on.where() == device_side.home().where()))
    throw input_error(std::string(name) + ": the stream is on " + on.where().id() + ", the array on " +
                      device_side.home().where().id());
  device_side.memory->before_use(on, writes);
  submit(on, name, work);
  device_side.memory->after_use(on, writes);
  if (on.state().capturing) return on.state().record.host.push_back(block);
  block->after_use(on);
}

} // namespace

void copy_to_host(const std::shared_ptr<host_block>& to, const tensor& from, const stream& on) {
  if (from.size() == 0) return;
  const tensor t = dense(from);
  copy_pinned(t, to, on, false, "copy to pinned",
              [&](kernels::backend& backend, void* queue) { backend.copy(to->data(), t.data(), bytes_of(t), queue); });
}

void copy_to_device(const tensor& to, const std::shared_ptr<host_block>& from, const stream& on) {
  if (to.size() == 0) return;
  if (!to.is_dense()) {
    const tensor packed = allocate(to.type, to.item, to.shape, on, "copy from pinned");
    copy_to_device(packed, from, on);
    return copy(to, packed);
  }
  copy_pinned(to, from, on, true, "copy from pinned",
              [&](kernels::backend& backend, void* queue) { backend.copy(to.data(), from->data(), bytes_of(to), queue); });
}

} // namespace detail

// ---- many in one -----------------------------------------------------------------------------------------------------

std::size_t transfer_batch::add(const void* data, std::size_t size, dtype type, std::size_t item_bytes, const extents& shape) {
  if (detail::checked_size(shape, item_bytes) != static_cast<std::int64_t>(size))
    throw input_error("cannot reshape array of size " + std::to_string(size) + " into shape " + to_string(shape));
  items_.push_back({data, {type, item_bytes, nullptr, 0, shape, detail::row_major(shape)}});
  return items_.size() - 1;
}

transfer_batch::sent_batch transfer_batch::send(const stream& on) {
  constexpr const char* name = "batch of arrays";
  detail::refuse_in_capture(name);
  // Arrays begin at whole multiples of their elements and of the unit of memory.
  std::size_t bytes = 0;
  for (item& i : items_) {
    bytes = detail::round_up(bytes, std::lcm(detail::memory_unit, i.array.item));
    i.array.offset = static_cast<std::int64_t>(bytes / i.array.item);
    bytes += detail::round_up(detail::bytes_of(i.array), detail::memory_unit);
  }
  const detail::tensor all = detail::allocate(dtype::boolean, {static_cast<std::int64_t>(bytes)}, on, name);
  const auto block = std::make_shared<detail::host_block>(bytes);
  sent_batch sent;
  for (item& i : items_) {
    if (i.array.size() > 0)
      std::memcpy(block->data() + static_cast<std::size_t>(i.array.offset) * i.array.item, i.data, detail::bytes_of(i.array));
    i.array.memory = all.memory;
    sent.arrays_.push_back(i.array);
  }
  detail::copy_to_device(all, block, on);
  items_.clear();
  return sent;
}

} // namespace dojima
