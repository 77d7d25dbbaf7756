#include "kernels/cpu/pool.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace dojima::kernels {
namespace {

// Under the sanitizers each block is a new one, so that they see its use after its end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif

constexpr std::size_t smallest = 512, header = 64, large = std::size_t{4} << 20, huge_page = std::size_t{2} << 20;

/// The bin for blocks of at least `bytes`, and their size: 5/4, 6/4, 7/4 or 8/4 of a power of two.
std::size_t bin_of(std::size_t& bytes) {
  bytes = std::max(bytes, smallest);
  const auto power = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1; // 2^power < bytes <= 2^(power + 1)
  const std::size_t base = std::size_t{1} << power, quarter = base / 4;
  const std::size_t quarters = (bytes - base + quarter - 1) / quarter;
  bytes = base + quarters * quarter;
  return 4 * power + quarters - 1;
}

} // namespace

/// Stands in front of the memory that is lent.
struct block_pool::block {
  std::size_t bytes, bin;
  block* next;

  void* data() { return reinterpret_cast<std::byte*>(this) + header; }
  static block* of(void* data) { return reinterpret_cast<block*>(static_cast<std::byte*>(data) - header); }
};

block_pool::block* block_pool::from_system(std::size_t bytes, std::size_t bin) const {
  static_assert(sizeof(block) <= header);
  const std::size_t total = bytes + header;
  void* memory = nullptr;
  if (posix_memalign(&memory, bytes < large ? 64 : huge_page, total) != 0) return nullptr;
  if (bytes >= large) madvise(memory, total, MADV_HUGEPAGE); // a hint: fewer page faults and table walks
  return new (memory) block{bytes, bin, nullptr};
}

void* block_pool::allocate(std::size_t wanted) {
  if (wanted > (std::size_t{1} << 47)) refuse(wanted); // the address space
  std::size_t bytes = wanted;
  const std::size_t at = bin_of(bytes);
  const std::size_t now = in_use_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const std::size_t cap = cap_.load(std::memory_order_relaxed);
  block* found = nullptr;
  if (cap == 0 || now <= cap) {
    {
      const std::lock_guard lock(bins_[at].guard);
      if ((found = bins_[at].first) != nullptr) bins_[at].first = found->next;
    }
    if (found != nullptr) {
      kept_.fetch_sub(bytes, std::memory_order_relaxed);
    } else if ((found = from_system(bytes, at)) == nullptr) {
      trim(0);
      found = from_system(bytes, at);
    }
  }
  if (found == nullptr) {
    in_use_.fetch_sub(bytes, std::memory_order_relaxed);
    refuse(wanted);
  }
  allocations_.fetch_add(1, std::memory_order_relaxed);
  std::size_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return found->data();
}

void block_pool::release(void* memory) noexcept {
  if (memory == nullptr) return;
  block* const b = block::of(memory);
  in_use_.fetch_sub(b->bytes, std::memory_order_relaxed);
  const std::size_t limit = machine_bytes_ / 8;
  if (!keeps || b->bytes > limit) return std::free(b);
  // Sizes that are no longer asked for must not fill the room for those that are.
  if (kept_.load(std::memory_order_relaxed) + b->bytes > limit) trim(0);
  kept_.fetch_add(b->bytes, std::memory_order_relaxed);
  const std::lock_guard lock(bins_[b->bin].guard);
  b->next = bins_[b->bin].first;
  bins_[b->bin].first = b;
}

void block_pool::trim(std::size_t keep) noexcept {
  for (std::size_t at = bins; at-- > 0;) {
    if (in_use_.load(std::memory_order_relaxed) + kept_.load(std::memory_order_relaxed) <= keep) return;
    block* list = nullptr;
    {
      const std::lock_guard lock(bins_[at].guard);
      std::swap(list, bins_[at].first);
    }
    while (list != nullptr) {
      block* const next = list->next;
      kept_.fetch_sub(list->bytes, std::memory_order_relaxed);
      std::free(list);
      list = next;
    }
  }
}

memory_statistics block_pool::statistics() const {
  const std::size_t in_use = in_use_;
  return {in_use, in_use + kept_, peak_, cap_, allocations_};
}

void block_pool::refuse(std::size_t bytes) const {
  const memory_statistics s = statistics();
  throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes on the CPU (" + std::to_string(s.in_use) +
                     " in use, " + std::to_string(s.reserved) + " reserved, " +
                     (s.cap > 0 ? "cap " + std::to_string(s.cap) : "no cap") + "; the machine has " +
                     std::to_string(machine_bytes_) + ")");
}

block_pool& host_memory() {
  static block_pool& pool =
      *new block_pool(static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE)));
  return pool;
}

} // namespace dojima::kernels
