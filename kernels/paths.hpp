// A simulation as the backends run it: plain data, the same bytes on host and device.
//
// Paths come in tiles of `tile_paths`: lane l of a tile adds up the samples of its paths l, l + 128, ..., a tree over the lanes
// makes the tile's sums, and the same shape over the tiles of a chunk makes the chunk's. Chunks are added in order on the host.
// Sums are always double, and their shape depends on the number of paths alone.
#pragma once

#include "models/real.hpp"

namespace dojima::kernels {

inline constexpr int path_lanes = 128;
inline constexpr int tile_paths = 1024;

/// What one launch reads and writes. T is double, or float in single precision. A scenario is one set of coefficients and
/// parameters, or the mirrored normals of one; all scenarios of a path share its random numbers.
struct path_arguments {
  std::uint64_t seed;
  std::int64_t paths;      ///< of the whole simulation; those beyond are left out of the sums
  std::int64_t first_tile; ///< of this launch
  std::uint32_t stream;
  std::int32_t steps, assets, scenarios, trades, chunk_tiles;
  std::int32_t date_columns, shared_count, own_count, table_count; ///< numbers per scenario
  const void* start;                                               ///< T [scenario][asset][state]
  const void* coefficients;                                        ///< T [scenario][step][asset][number of the process' step]
  const void* table;                                               ///< T [scenario][table_count]
  const void* correlation;    ///< T [asset][asset], lower triangle; null for independent assets
  const std::uint64_t* masks; ///< [step]: bit k is set where schedule k observes
  const void* dates;          ///< T [scenario][step][date_columns]
  const void* shared;         ///< T [scenario][shared_count]: what observations and starts of accumulators take
  const void* own;            ///< T [scenario][own_count]: parameters of the trades' values, trade after trade
  const double* weights;      ///< [trade][measure][scenario]: a measure is a weighted sum of values
  const double* signs;        ///< [scenario]: -1 where the normals are mirrored
  const double* draws;        ///< [step][asset][normal][path - first path]; null: Philox
  std::int64_t draws_stride;  ///< columns of draws: paths of this launch
  double* partial;            ///< [tile - first_tile][trade][sum]
  double* totals;             ///< [chunk of this launch][trade][sum]
  const std::int32_t* groups; ///< [group][4]: class, first trade, trades, first own parameter; for values through memory
  std::int32_t group_count;
  std::uint32_t keys[20]; ///< of Philox's rounds, from the seed: the GPU's instructions read them from the arguments
  void* states;           ///< room for accumulators where they go through memory: T [scenario][accumulator][path - first path]
  std::int64_t states_stride;
};

/// Whether four paths share a block of draws, for a process that needs one word a step (models/process/draws.hpp).
DOJIMA_FN constexpr bool shares_blocks(const path_arguments& a) {
  return a.steps == 1 && a.assets == 1 && a.correlation == nullptr && a.draws == nullptr;
}

/// Trades that one block of a GPU values together, when each has so many sums.
DOJIMA_FN constexpr int group_trades(int sums) { return sums >= 16 ? 1 : 16 / sums; }

} // namespace dojima::kernels
