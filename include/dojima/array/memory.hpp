// What the pools hold from which arrays get their memory, and how to bound it.
#pragma once

#include <cstddef>
#include <optional>

#include "dojima/array/device.hpp"
#include "dojima/array/types.hpp"

namespace dojima {

/// The pool of a device: one for the whole process. Memory that arrays give up stays in the pool, so that the next array costs
/// no call of the system; `trim` gives it back. When memory runs out, the pool is drained and trimmed and the allocation is
/// tried once more; then comes an error with these figures. Several instruction sets of the CPU share one pool.
class memory_pool {
public:
  explicit memory_pool(const device& of) : device_(of) {}
  /// Host memory for transfers, page-locked where there is a GPU.
  static memory_pool pinned() { return memory_pool(); }

  memory_statistics statistics() const;
  /// An allocation that would take `in_use` beyond this is an error; 0 lifts the cap.
  void set_cap(std::size_t bytes) const;
  /// Gives memory that is not in use back to the system, down to `keep` reserved bytes.
  void trim(std::size_t keep = 0) const;
  /// Counts the peak from now on.
  void reset_peak() const;

private:
  memory_pool() = default;
  std::optional<device> device_;
};

} // namespace dojima
