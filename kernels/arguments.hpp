// What the kernels take: plain data, the same bytes for every backend. A kernel runs one cell (item, column) at a time; columns
// are the lanes of the CPU's registers and the threads of the GPU. Matrices are row major with a stride in elements, and hold a
// whole number of `column_block` columns, so that no kernel has a tail.
#pragma once

#include <cstdint>

#include "kernels/random.hpp"
#include "models/closed_form/american.hpp"
#include "models/closed_form/barrier.hpp"

namespace dojima::kernels {

inline constexpr std::int64_t column_block = 64;

/// ln of a factor at one date: constant + weight_lo row[lo] + weight_hi row[hi], rows of the scenario state.
struct log_factor {
  double constant, weight_lo, weight_hi;
  std::int32_t lo, hi;
};

/// What every position has. Its value goes to row `row` of the cube, in base currency.
struct position {
  double quantity;
  std::int32_t row, spot, fx; ///< spot, fx: rows of the state; ln of the spot stands in row spot + 1
};

/// volatility = base * exp(elasticity * row[log_shock]) + row[shift], at least 1e-4
struct volatility_source {
  double base, elasticity;
  std::int32_t log_shock, shift;
};

struct option_market {
  log_factor discount, carry; ///< to expiry: ln DF, and ln of the dividend or foreign discount factor
  volatility_source volatility;
  double time; ///< years to expiry
};

struct stock_trade {
  position held;
};

struct forward_trade {
  position held;
  log_factor discount, carry;
  double strike;
};

struct vanilla_trade {
  position held;
  option_market market;
  double strike, log_strike, sign;
};

struct digital_trade {
  position held;
  option_market market;
  double log_strike, sign;
  double amount; ///< paid: cash, or units of the underlying
  bool asset;
};

struct barrier_trade {
  position held;
  option_market market;
  barrier_contract contract;
};

struct asian_trade {
  position held;
  option_market market;
  double strike, sign;         ///< strike less the part already fixed
  double weight;               ///< share of the fixings still to come
  double geometric_variance;   ///< variance of the mean Brownian value over those fixings
  std::int32_t first, fixings; ///< rows of the fixing tables
  std::uint32_t stream;        ///< random stream of this position
};

/// One fixing still to come.
struct asian_fixing {
  log_factor discount, carry;
  double time, root_step; ///< years from valuation; square root of the step from the fixing before
  std::int32_t trade;
};

struct matrix {
  double* data;
  std::int64_t stride;
};
struct const_matrix {
  const double* data;
  std::int64_t stride;
};

// ---- kernels: items x columns ----------------------------------------------------------------------------------------

/// cube[row of trade i][s] = value of trade i in scenario s; items: trades, columns: scenarios.
template <class Trade> struct revalue {
  const Trade* trades;
  const_matrix state;
  matrix cube;
};
using revalue_stock = revalue<stock_trade>;
using revalue_forward = revalue<forward_trade>;
using revalue_digital = revalue<digital_trade>;
using revalue_barrier = revalue<barrier_trade>;
using revalue_european = revalue<vanilla_trade>;
struct revalue_american {
  revalue<vanilla_trade> base;
  const american_scheme* scheme;
};

/// paths[fixing][pair] = Brownian motion at each fixing; items: Asian trades, columns: antithetic pairs.
struct brownian_paths {
  const asian_trade* trades;
  const asian_fixing* fixings;
  std::uint64_t seed;
  matrix paths;
};

/// drift[fixing][s] = ln F(t) - sigma^2 t / 2, level = e^drift; items: fixings, columns: scenarios.
struct asian_drift {
  const asian_trade* trades;
  const asian_fixing* fixings;
  const_matrix state;
  matrix drift, level;
};

/// residuals[trade][pair] = value of the pair's payoff less control in today's market; items: trades, columns: pairs.
struct asian_base {
  const asian_trade* trades;
  const_matrix state, drift, level, paths; ///< column 0 of state, drift and level is today
  matrix residuals;
};

/// As `revalue`, by simulation; variance[trade][s] is that of the mean of (value - value today) over the pairs.
struct revalue_asian {
  const asian_trade* trades;
  const_matrix state, drift, level, paths, residuals;
  matrix cube, variance;
  const asian_fixing* fixings;
  std::int64_t pairs;
};

/// partial[tile][s] = sum over members of the tile of cube[member][s] - today[member]; items: tiles.
struct sum_tiles {
  const std::int32_t* members;
  const std::int32_t* bounds; ///< tile i holds members bounds[i] .. bounds[i + 1]
  const double* today;
  const_matrix cube;
  matrix partial;
};

/// sums[group][s] = partial sums of its tiles, in order; items: groups.
struct sum_groups {
  const std::int32_t* bounds; ///< group i holds tiles bounds[i] .. bounds[i + 1]
  const_matrix partial;
  matrix sums;
};

/// normals[4 i + k][s]: draw 4 i + k of path s; items: blocks of four draws, columns: paths.
struct fill_normals {
  std::uint64_t seed;
  std::uint32_t stream;
  std::int64_t first_path;
  matrix normals;
};

/// shocks[f][s] = scale[s] * sum over g <= f of factor[f][g] normals[g][s], where scale is 1, or for a Student-t law with
/// `degrees` > 0 sqrt((degrees - 2) / chi^2), chi^2 the sum of squares of the `degrees` normals after the first `factors`.
struct correlate {
  const double* cholesky; ///< factors x factors, row major, lower
  std::int64_t factors;
  int degrees;
  const_matrix normals;
  matrix shocks;
};

/// Random numbers of paths in memory, the same that a path makes for itself: draws[(step * assets + asset) * numbers +
/// k][path]. items: steps x assets, columns: paths.
struct path_draws {
  std::uint64_t seed;
  std::uint32_t stream;
  std::int64_t first_path;
  std::int32_t assets, normals;
  matrix draws;
};

/// Normals in the place of draws, by the inverse distribution function from the coordinates of scrambled Sobol points. items:
/// dimensions, columns: points first + column.
struct sobol_draws {
  const sobol_dimension* dimensions;
  std::uint32_t first;
  matrix draws;
};

/// to[(i, asset, number)][path] += sum over j of map[i][j] from[(j, asset, source)][path], or = without `add`; a lower map ends
/// at j = i. items: steps x assets, columns: paths.
struct map_draws {
  const double* map;
  std::int32_t steps, assets, numbers, source, number;
  bool add, lower;
  const_matrix from;
  matrix to;
};

// The list of all kernels, in one place: every backend instantiates it.
#define DOJIMA_KERNELS(X) \
  X(revalue_stock)        \
  X(revalue_forward)      \
  X(revalue_european)     \
  X(revalue_american)     \
  X(revalue_digital)      \
  X(revalue_barrier)      \
  X(brownian_paths)       \
  X(asian_drift)          \
  X(asian_base)           \
  X(revalue_asian)        \
  X(sum_tiles)            \
  X(sum_groups)           \
  X(fill_normals)         \
  X(correlate)            \
  X(random_bits)          \
  X(random_uniform)       \
  X(random_normal)        \
  X(random_student)       \
  X(random_integers)      \
  X(sobol_points)         \
  X(path_draws)           \
  X(sobol_draws)          \
  X(map_draws)

#define DOJIMA_KERNEL_ID(name) name,
namespace id {
enum kernel_id : int { DOJIMA_KERNELS(DOJIMA_KERNEL_ID) count };
}
#undef DOJIMA_KERNEL_ID

template <class Kernel> inline constexpr id::kernel_id id_of = id::count;
#define DOJIMA_KERNEL_ID(name) template <> inline constexpr id::kernel_id id_of<name> = id::name;
DOJIMA_KERNELS(DOJIMA_KERNEL_ID)
#undef DOJIMA_KERNEL_ID

} // namespace dojima::kernels
