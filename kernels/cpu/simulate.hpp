// Simulations on the CPU: tiles run on oneTBB.
#pragma once

#include "kernels/cpu/loops.hpp"
#include "kernels/cpu/paths.hpp"
#include "kernels/cpu/sums.hpp"
#include "kernels/simulation.hpp"

namespace dojima::kernels {

/// What one instruction set has for it.
struct simulation_loops {
  const process_entry* const* processes; ///< by process_id
  const sum_loops& sums;
  const loop_table& operations;
};

/// Runs a job to its end.
void simulate(const path_job& job, const simulation_loops& loops);

} // namespace dojima::kernels
