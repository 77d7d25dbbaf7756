// CUDA source for simulations: the payoffs of a program become code around the walk of paths_prelude.hpp. Programs that differ
// in numbers alone share a kernel.
#pragma once

#include <string>

#include "kernels/simulation.hpp"

namespace dojima::kernels {

/// Names of the kernels in the source: paths valued in one go; accumulators to memory, and their values; totals of chunks.
inline constexpr const char *fused_name = "dojima_paths", *states_name = "dojima_states", *values_name = "dojima_values",
                            *chunks_name = "dojima_chunks";

std::string generate(const path_job& job);

} // namespace dojima::kernels
