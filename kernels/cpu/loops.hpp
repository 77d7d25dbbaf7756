// The inner loops of the CPU evaluator: each instruction set fills one table. Arguments and result are dense blocks that do not
// overlap, or are the same.
#pragma once

#include "kernels/program.hpp"

namespace dojima::kernels {

/// Elements of a block: small enough that all registers of an expression stay in the first-level cache.
inline constexpr std::int64_t block_size = 256;

inline constexpr int dtypes = static_cast<int>(dtype::raw);
inline constexpr int reductions = static_cast<int>(reduction::all) + 1;

using loop = void (*)(void* out, const void* const* args, std::int64_t n);

/// A reduction on `lanes` values of one type, with their positions where the reduction has them.
struct lane_loops {
  void (*begin)(void* values, std::int64_t* positions);
  /// Adds elements to the lanes, the first to lane 0; `positions` of the elements, or null: `first`, `first` + 1, ...
  void (*add)(void* values, std::int64_t* at, const void* elements, const std::int64_t* positions, std::int64_t first,
              std::int64_t n);
  /// Halves the lanes down to one.
  void (*end)(void* values, std::int64_t* positions);
};

struct loop_table {
  loop operations[static_cast<int>(op::count)][dtypes]; ///< null: not defined for the type
  loop casts[dtypes][dtypes];                           ///< [to][from]
  lane_loops lane[reductions][dtypes];
  op combine[reductions]; ///< the operation that merges two columns of partial results
};

} // namespace dojima::kernels
