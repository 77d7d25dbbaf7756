// Memory of the CPU backends: blocks are kept for the next allocation of their size. Fresh memory of the system costs a page
// fault for each 4 KiB, which takes longer than an expression that writes them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "kernels/backend.hpp"

namespace dojima::kernels {

/// Thread-safe. Blocks are 64-byte aligned. At most an eighth of the machine's memory is kept.
class block_pool {
public:
  explicit block_pool(std::size_t machine_bytes) : machine_bytes_(machine_bytes) {}

  void* allocate(std::size_t bytes);
  void release(void* memory) noexcept;
  memory_statistics statistics() const;
  void set_cap(std::size_t bytes) { cap_ = bytes; }
  void trim(std::size_t keep) noexcept;
  void reset_peak() { peak_ = in_use_.load(); }

private:
  struct block;
  /// Blocks of one size: four sizes for each power of two.
  struct bin {
    std::mutex guard;
    block* first = nullptr;
  };
  static constexpr std::size_t bins = 4 * 48;

  block* from_system(std::size_t bytes, std::size_t bin) const;
  [[noreturn]] void refuse(std::size_t bytes) const;

  const std::size_t machine_bytes_;
  std::array<bin, bins> bins_;
  std::atomic<std::size_t> in_use_ = 0, kept_ = 0, peak_ = 0, cap_ = 0;
  std::atomic<std::uint64_t> allocations_ = 0;
};

/// That of the process, shared by the CPU backends; never destroyed.
block_pool& host_memory();

} // namespace dojima::kernels
