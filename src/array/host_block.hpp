// Host memory that devices copy to and from by themselves, from a pool of blocks in powers of two.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "dojima/array/memory.hpp"
#include "dojima/array/stream.hpp"

namespace dojima::detail {

/// One block. When it is dropped it goes back to the pool, which lends it again once the copies that used it have ended.
class host_block {
public:
  explicit host_block(std::size_t bytes);
  ~host_block();
  host_block(const host_block&) = delete;
  host_block& operator=(const host_block&) = delete;

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; } ///< at least what was asked for

  /// Call after `on` was given a copy to or from this block.
  void after_use(const stream& on);
  bool idle(); ///< whether all those copies have ended
  void wait(); ///< until they have

private:
  std::byte* data_;
  std::size_t bytes_;
  std::mutex guard_;
  std::vector<event> uses_; ///< the last on each stream
};

/// The blocks of the process. Never destroyed, like the pools of the devices.
class host_pool {
public:
  static host_pool& instance();

  /// Sets `bytes` to the size of the block. Where many blocks of that size still wait for their copies, waits for the first of
  /// them instead of taking more memory.
  std::byte* take(std::size_t& bytes);
  void give_back(std::byte* data, std::size_t bytes, std::vector<event> uses) noexcept;

  memory_statistics statistics();
  void set_cap(std::size_t bytes);
  void trim(std::size_t keep);
  void reset_peak();

private:
  struct idle_block {
    std::byte* data;
    std::vector<event> uses;
  };
  static bool ended(std::vector<event>& uses);

  std::mutex guard_;
  std::map<std::size_t, std::vector<idle_block>> idle_; ///< by size, the one that was given back first in front
  memory_statistics figures_;
};

} // namespace dojima::detail
