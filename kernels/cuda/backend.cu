// The CUDA backend: a stream-ordered pool on each device and one launch for each kernel of the list. The runtime is linked
// statically, so the program starts without a driver; then there are simply no devices.
#include "kernels/backend.hpp"

#include <cuda_runtime.h>

#include <cstring>
#include <memory>

#include "kernels/cells.hpp"

namespace dojima::kernels {
namespace {

void check(cudaError_t status, const char* operation) {
  if (status != cudaSuccess) {
    cudaGetLastError(); // clears an error that is not sticky
    throw std::runtime_error(std::string("CUDA: ") + operation + " failed (" + cudaGetErrorString(status) + ")");
  }
}

constexpr int threads = 128;

template <class Kernel>
__global__ void __launch_bounds__(threads) cell_kernel(const Kernel kernel, std::int64_t items, std::int64_t columns) {
  const std::int64_t column = std::int64_t{blockIdx.x} * threads + threadIdx.x;
  if (column >= columns) return;
  for (std::int64_t item = blockIdx.y; item < items; item += gridDim.y) run<double>(kernel, item, column);
}

using launcher = void (*)(const void* arguments, std::int64_t items, std::int64_t columns, cudaStream_t stream);

template <class Kernel>
void launch_cells(const void* arguments, std::int64_t items, std::int64_t columns, cudaStream_t stream) {
  Kernel kernel;
  std::memcpy(&kernel, arguments, sizeof kernel);
  const dim3 grid(static_cast<unsigned>((columns + threads - 1) / threads),
                  static_cast<unsigned>(items < 65535 ? items : 65535));
  cell_kernel<Kernel><<<grid, threads, 0, stream>>>(kernel, items, columns);
}

#define DOJIMA_KERNEL_ENTRY(name) &launch_cells<name>,
constexpr launcher launchers[id::count] = {DOJIMA_KERNELS(DOJIMA_KERNEL_ENTRY)};
#undef DOJIMA_KERNEL_ENTRY
#define DOJIMA_KERNEL_NAME(name) #name,
constexpr const char* kernel_names[id::count] = {DOJIMA_KERNELS(DOJIMA_KERNEL_NAME)};
#undef DOJIMA_KERNEL_NAME

class gpu_backend final : public backend {
public:
  explicit gpu_backend(int ordinal) : ordinal_(ordinal) {
    check(cudaGetDeviceProperties(&properties_, ordinal), "reading the device's properties");
    check(cudaDeviceGetDefaultMemPool(&pool_, ordinal), "opening the memory pool");
    use();
    cudaFuncAttributes code;
    check(cudaFuncGetAttributes(&code, cell_kernel<revalue_stock>),
          "finding code for this GPU (built for sm_80, sm_90 and later)");
    std::uint64_t keep = ~std::uint64_t{0};
    check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep), "raising the pool's release threshold");
  }

  std::string name() const override { return properties_.name; }
  std::string instruction_set() const override {
    return "sm_" + std::to_string(properties_.major) + std::to_string(properties_.minor);
  }
  std::size_t memory_bytes() const override { return properties_.totalGlobalMem; }

  void* create_stream() override {
    use();
    cudaStream_t stream;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "creating a stream");
    return stream;
  }
  void destroy_stream(void* stream) noexcept override { cudaStreamDestroy(static_cast<cudaStream_t>(stream)); }
  void synchronize(void* stream) override {
    check(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)), "synchronising a stream");
  }

  void* allocate(std::size_t bytes, void* stream) override {
    use();
    void* memory = nullptr;
    cudaError_t status = cudaMallocAsync(&memory, bytes > 0 ? bytes : 1, static_cast<cudaStream_t>(stream));
    if (status == cudaErrorMemoryAllocation) { // drain, trim, once more
      cudaGetLastError();
      check(cudaDeviceSynchronize(), "draining the device");
      cudaMemPoolTrimTo(pool_, 0);
      status = cudaMallocAsync(&memory, bytes > 0 ? bytes : 1, static_cast<cudaStream_t>(stream));
    }
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      std::uint64_t used = 0;
      cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrUsedMemCurrent, &used);
      throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes on " + name() + " (pool holds " +
                         std::to_string(used) + " of " + std::to_string(memory_bytes()) + "); lower pricing.block_mib");
    }
    check(status, "allocating memory");
    return memory;
  }
  void release(void* memory, void* stream) noexcept override { cudaFreeAsync(memory, static_cast<cudaStream_t>(stream)); }
  void copy(void* to, const void* from, std::size_t bytes, void* stream) override {
    if (bytes > 0) check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, static_cast<cudaStream_t>(stream)), "copying");
  }

protected:
  void launch_id(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns, void* stream) override {
    use();
    launchers[kernel](arguments, items, columns, static_cast<cudaStream_t>(stream));
    check(cudaGetLastError(), kernel_names[kernel]);
  }

private:
  void use() { check(cudaSetDevice(ordinal_), "selecting the device"); }

  int ordinal_;
  cudaDeviceProp properties_{};
  cudaMemPool_t pool_ = nullptr;
};

struct devices {
  std::vector<std::unique_ptr<gpu_backend>> owned;
  std::vector<backend*> list;
  std::string status;
};

devices find_devices() {
  devices found;
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (status != cudaSuccess) {
    int driver = 0;
    const bool none = cudaDriverGetVersion(&driver) == cudaSuccess && driver == 0;
    found.status = none ? "no NVIDIA driver found" : cudaGetErrorString(status);
    return found;
  }
  if (count == 0) found.status = "no NVIDIA GPU found";
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    try {
      found.owned.push_back(std::make_unique<gpu_backend>(ordinal));
      found.list.push_back(found.owned.back().get());
    } catch (const std::exception& error) {
      found.status = "GPU " + std::to_string(ordinal) + ": " + error.what();
    }
  }
  if (!found.list.empty()) found.status.clear();
  return found;
}

const devices& all_devices() {
  static const devices& found = *new devices(find_devices()); // never destroyed: no CUDA call after main
  return found;
}

} // namespace

const std::vector<backend*>& cuda_backends() { return all_devices().list; }
const std::string& cuda_status() { return all_devices().status; }

} // namespace dojima::kernels
