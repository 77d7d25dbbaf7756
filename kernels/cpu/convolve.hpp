// The inner loop of a convolution: each instruction set fills one table.
#pragma once

#include "kernels/spectral.hpp"

namespace dojima::kernels {

inline constexpr std::int64_t convolve_block = 512;

/// Computes columns [begin, end) of row `row` of the result, at most convolve_block of them.
using convolve_function = void (*)(const convolution& c, std::int64_t row, std::int64_t begin, std::int64_t end);

struct convolve_table {
  convolve_function row[static_cast<int>(dtype::raw)];
};

} // namespace dojima::kernels
