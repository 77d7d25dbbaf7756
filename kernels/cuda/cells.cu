#include "kernels/cuda/cells.hpp"

#include <cstring>

#include "kernels/cells.hpp"

namespace dojima::kernels {
namespace {

constexpr int threads = 128;

template <class Kernel>
__global__ void __launch_bounds__(threads) cell_kernel(const Kernel kernel, std::int64_t items, std::int64_t columns) {
  const std::int64_t column = std::int64_t{blockIdx.x} * threads + threadIdx.x;
  if (column >= columns) return;
  for (std::int64_t item = blockIdx.y; item < items; item += gridDim.y) run<double>(kernel, item, column);
}

template <class Kernel>
void launch_cells(const void* arguments, std::int64_t items, std::int64_t columns, cudaStream_t stream) {
  Kernel kernel;
  std::memcpy(&kernel, arguments, sizeof kernel);
  const dim3 grid(static_cast<unsigned>((columns + threads - 1) / threads),
                  static_cast<unsigned>(items < 65535 ? items : 65535));
  cell_kernel<Kernel><<<grid, threads, 0, stream>>>(kernel, items, columns);
}

} // namespace

#define DOJIMA_KERNEL_ENTRY(name) &launch_cells<name>,
const cell_launcher cell_launchers[id::count] = {DOJIMA_KERNELS(DOJIMA_KERNEL_ENTRY)};
#undef DOJIMA_KERNEL_ENTRY

cudaError_t find_code() {
  cudaFuncAttributes code;
  return cudaFuncGetAttributes(&code, cell_kernel<revalue_stock>);
}

} // namespace dojima::kernels
