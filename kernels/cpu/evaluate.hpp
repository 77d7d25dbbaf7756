// The CPU's evaluator of fused expressions: blocks that stay in cache run through one loop per operation; chunks run on oneTBB.
#pragma once

#include "kernels/cpu/loops.hpp"

namespace dojima::kernels {

/// Runs a program to its end. Notes the first index out of bounds.
void evaluate(const program& program, const loop_table& loops, index_fault& fault);

} // namespace dojima::kernels
