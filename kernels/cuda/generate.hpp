// CUDA source for fused expressions. Programs that differ in sizes, strides, pointers and constants alone share one kernel:
// those travel in an array of 64-bit words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/program.hpp"

namespace dojima::kernels {

/// How a program runs on a GPU.
struct gpu_launch {
  std::string key;                  ///< equal keys share a kernel
  std::vector<std::uint64_t> words; ///< the kernel's argument
  unsigned blocks = 0, threads_x = 256, threads_y = 1;
};

gpu_launch plan_launch(const program& program, const index_fault* fault);

/// The kernel's name in the generated source.
inline constexpr const char* generated_name = "dojima_expression";
std::string generate(const program& program, const gpu_launch& launch);

} // namespace dojima::kernels
