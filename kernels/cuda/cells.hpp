// Launching the kernels of DOJIMA_KERNELS on a GPU.
#pragma once

#include <cuda_runtime.h>

#include "kernels/arguments.hpp"

namespace dojima::kernels {

/// The device of the stream is current. A fault of the launch is left to cudaGetLastError.
using cell_launcher = void (*)(const void* arguments, std::int64_t items, std::int64_t columns, cudaStream_t stream);
extern const cell_launcher cell_launchers[id::count];

/// cudaErrorNoKernelImageForDevice and the like, where this program has no code for the current device.
cudaError_t find_code();

} // namespace dojima::kernels
