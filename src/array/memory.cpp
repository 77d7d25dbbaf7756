#include "dojima/array/memory.hpp"

#include <algorithm>
#include <bit>

#include "array/host_block.hpp"
#include "array/state.hpp"

namespace dojima {
namespace detail {
namespace {

constexpr std::size_t smallest_block = 4096;
/// Uploads from pageable memory run ahead of the device by this much in blocks of one size before they wait for it.
constexpr std::size_t ahead = std::size_t{256} << 20;

/// Page-locked for every GPU, where there is one.
kernels::backend& owner() { return device::best().backend(); }

} // namespace

// ---- blocks ----------------------------------------------------------------------------------------------------------

host_block::host_block(std::size_t bytes) : bytes_(bytes) { data_ = host_pool::instance().take(bytes_); }
host_block::~host_block() { host_pool::instance().give_back(data_, bytes_, std::move(uses_)); }

void host_block::after_use(const stream& on) {
  if (!on.where().is_cuda() || on.state().capturing) return; // the CPU has ended it; a graph keeps it
  const event mark = on.record();
  const std::lock_guard lock(guard_);
  std::erase_if(uses_, [&](const event& last) { return last.state().on == on; });
  uses_.push_back(mark);
}
bool host_block::idle() {
  const std::lock_guard lock(guard_);
  return std::ranges::all_of(uses_, [](const event& last) { return last.done(); });
}
void host_block::wait() {
  std::vector<event> uses;
  {
    const std::lock_guard lock(guard_);
    uses = uses_;
  }
  for (const event& last : uses) last.synchronize();
}

// ---- their pool ------------------------------------------------------------------------------------------------------

host_pool& host_pool::instance() {
  static host_pool& pool = *new host_pool;
  return pool;
}

bool host_pool::ended(std::vector<event>& uses) {
  std::erase_if(uses, [](const event& last) { return last.done(); });
  return uses.empty();
}

std::byte* host_pool::take(std::size_t& bytes) {
  if (bytes > (std::size_t{1} << 47)) throw error("cannot allocate " + std::to_string(bytes) + " bytes of pinned host memory");
  bytes = std::bit_ceil(std::max(bytes, smallest_block));
  const auto lend = [&](std::byte* data) {
    ++figures_.allocations;
    figures_.in_use += bytes;
    figures_.peak = std::max(figures_.peak, figures_.in_use);
    return data;
  };
  std::unique_lock lock(guard_);
  if (figures_.cap != 0 && figures_.in_use + bytes > figures_.cap)
    throw error("cannot allocate " + std::to_string(bytes) + " bytes of pinned host memory (" +
                std::to_string(figures_.in_use) + " in use, " + std::to_string(figures_.reserved) + " reserved, cap " +
                std::to_string(figures_.cap) + ")");
  std::vector<idle_block>& blocks = idle_[bytes];
  auto free = std::ranges::find_if(blocks, [](idle_block& b) { return ended(b.uses); });
  if (free == blocks.end() && blocks.size() > 1 && blocks.size() * bytes >= ahead) {
    idle_block first = std::move(blocks.front());
    blocks.erase(blocks.begin());
    lock.unlock();
    for (const event& last : first.uses) last.synchronize();
    lock.lock();
    return lend(first.data);
  }
  if (free != blocks.end()) {
    std::byte* data = free->data;
    blocks.erase(free);
    return lend(data);
  }
  lock.unlock();
  std::byte* data = nullptr;
  try {
    data = static_cast<std::byte*>(owner().allocate_host(bytes));
  } catch (const std::runtime_error&) { // once more, after all that is idle was given back
    trim(0);
    try {
      data = static_cast<std::byte*>(owner().allocate_host(bytes));
    } catch (const kernels::memory_error& problem) {
      throw error(problem.what());
    }
  }
  lock.lock();
  figures_.reserved += bytes;
  return lend(data);
}

void host_pool::give_back(std::byte* data, std::size_t bytes, std::vector<event> uses) noexcept {
  const std::lock_guard lock(guard_);
  figures_.in_use -= bytes;
  idle_[bytes].push_back({data, std::move(uses)});
}

memory_statistics host_pool::statistics() {
  const std::lock_guard lock(guard_);
  return figures_;
}
void host_pool::set_cap(std::size_t bytes) {
  const std::lock_guard lock(guard_);
  figures_.cap = bytes;
}
void host_pool::reset_peak() {
  const std::lock_guard lock(guard_);
  figures_.peak = figures_.in_use;
}
void host_pool::trim(std::size_t keep) {
  const std::lock_guard lock(guard_);
  for (auto at = idle_.rbegin(); at != idle_.rend(); ++at)
    std::erase_if(at->second, [&](idle_block& b) {
      if (figures_.reserved <= keep || !ended(b.uses)) return false;
      owner().release_host(b.data);
      figures_.reserved -= at->first;
      return true;
    });
}

} // namespace detail

// ---- what users see --------------------------------------------------------------------------------------------------

memory_statistics memory_pool::statistics() const {
  if (!device_) return detail::host_pool::instance().statistics();
  return device_->backend().statistics();
}
void memory_pool::set_cap(std::size_t bytes) const {
  if (device_) device_->backend().set_cap(bytes);
  else detail::host_pool::instance().set_cap(bytes);
}
void memory_pool::trim(std::size_t keep) const {
  if (device_) device_->backend().trim(keep);
  else detail::host_pool::instance().trim(keep);
}
void memory_pool::reset_peak() const {
  if (device_) device_->backend().reset_peak();
  else detail::host_pool::instance().reset_peak();
}

} // namespace dojima
