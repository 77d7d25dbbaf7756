// The numbers that a process needs for one underlying on one grid.
#pragma once

#include <span>
#include <vector>

#include "kernels/simulation.hpp"
#include "models/process/process.hpp"
#include "pricing/valuation.hpp"

namespace dojima {

struct prepared_asset {
  std::vector<double> start, steps, table, map;
  std::size_t step_numbers = 0; ///< of one step
};

struct process_traits {
  kernels::process_id id;
  double largest_step; ///< years, with the model's parameters
  double watched_step; ///< of processes with jumps, while a payoff watches at all times; else 0
  int normals, observables;
};

/// Throws input_error where the underlying has dividends that its process does not know.
process_traits traits_of(const underlying& u);
/// times: ends of the steps, in years from this market's date. in_pairs: the jumps of each two steps come between them.
prepared_asset prepare(const valuation& v, const underlying& u, double strike, std::span<const double> times, bool in_pairs);

} // namespace dojima
