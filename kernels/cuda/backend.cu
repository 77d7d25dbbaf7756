// The CUDA backend: a stream-ordered pool on each device and one launch for each kernel of the list. The runtime is linked
// statically, so the program starts without a driver; then there are simply no devices.
#include "kernels/backend.hpp"

#include <cuda_runtime.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "kernels/cuda/cells.hpp"
#include "kernels/cuda/generate.hpp"
#include "kernels/cuda/library_calls.hpp"
#include "kernels/cuda/nvrtc.hpp"

namespace dojima::kernels {
namespace {

#define DOJIMA_KERNEL_NAME(name) #name,
constexpr const char* kernel_names[id::count] = {DOJIMA_KERNELS(DOJIMA_KERNEL_NAME)};
#undef DOJIMA_KERNEL_NAME

/// Makes a device current in this thread until the end of the block: the user's code may have another one in use.
class device_scope {
public:
  explicit device_scope(int ordinal) {
    check_cuda(cudaGetDevice(&before_), "asking for the current device");
    if (before_ == ordinal) before_ = none;
    else check_cuda(cudaSetDevice(ordinal), "selecting the device");
  }
  ~device_scope() {
    if (before_ != none) cudaSetDevice(before_);
  }
  device_scope(const device_scope&) = delete;
  device_scope& operator=(const device_scope&) = delete;

private:
  static constexpr int none = -1;
  int before_ = none;
};

/// What the compiler and the loader do must not become part of a graph that this thread captures.
class outside_capture {
public:
  outside_capture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  ~outside_capture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  outside_capture(const outside_capture&) = delete;
  outside_capture& operator=(const outside_capture&) = delete;

private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

/// Kernels of fused expressions by key. Concurrent first uses of one key compile once; the others wait for it.
class kernel_cache {
public:
  cudaKernel_t find(const program& p, const gpu_launch& launch, const std::string& architecture) {
    entry* e = nullptr;
    {
      const std::shared_lock lock(guard_);
      if (const auto found = entries_.find(launch.key); found != entries_.end()) e = found->second.get();
    }
    if (e == nullptr) {
      const std::unique_lock lock(guard_);
      e = entries_.try_emplace(launch.key, std::make_unique<entry>()).first->second.get();
    }
    if (const cudaKernel_t kernel = e->kernel.load(std::memory_order_acquire)) return kernel;
    const std::lock_guard lock(e->compiling);
    if (e->kernel == nullptr) e->kernel = load(generate(p, launch), architecture);
    return e->kernel;
  }

private:
  struct entry {
    std::mutex compiling;
    std::atomic<cudaKernel_t> kernel = nullptr;
  };
  static cudaKernel_t load(const std::string& source, const std::string& architecture) {
    const outside_capture relaxed;
    const std::string code = compile(source, architecture);
    cudaLibrary_t library; // stays loaded, like the rest of the program
    check_cuda(cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
               "loading an expression's code");
    cudaKernel_t kernel;
    check_cuda(cudaLibraryGetKernel(&kernel, library, generated_name), "finding an expression's kernel");
    return kernel;
  }

  std::shared_mutex guard_;
  std::unordered_map<std::string, std::unique_ptr<entry>> entries_;
};

/// Where kernels note indices that are out of bounds: one place in host memory for each stream that was given such work.
class fault_slots {
public:
  index_fault* of(void* stream) {
    {
      const std::shared_lock lock(guard_);
      if (const auto found = slots_.find(stream); found != slots_.end()) return found->second;
    }
    const std::unique_lock lock(guard_);
    index_fault*& slot = slots_[stream];
    if (slot == nullptr) slot = take();
    return slot;
  }
  /// After the stream's work has ended: throws what was noted, once.
  void look(void* stream) {
    index_fault* slot = nullptr;
    {
      const std::shared_lock lock(guard_);
      const auto found = slots_.find(stream);
      if (found == slots_.end()) return;
      slot = found->second;
    }
    if (__atomic_load_n(&slot->set, __ATOMIC_ACQUIRE) == 0) return;
    const index_fault fault = *slot;
    __atomic_store_n(&slot->set, 0, __ATOMIC_RELEASE);
    throw bounds_error(fault);
  }
  /// The stream is about to go; its work may still run.
  void forget(cudaStream_t stream) noexcept {
    const std::unique_lock lock(guard_);
    const auto found = slots_.find(stream);
    if (found == slots_.end()) return;
    retired r{found->second, nullptr};
    slots_.erase(found);
    if (cudaEventCreateWithFlags(&r.last, cudaEventDisableTiming) == cudaSuccess &&
        cudaEventRecord(r.last, stream) == cudaSuccess)
      retired_.push_back(r);
  }

private:
  struct retired {
    index_fault* slot;
    cudaEvent_t last;
  };
  index_fault* take() {
    for (std::size_t i = 0; i < retired_.size(); ++i)
      if (cudaEventQuery(retired_[i].last) == cudaSuccess) {
        index_fault* slot = retired_[i].slot;
        cudaEventDestroy(retired_[i].last);
        retired_.erase(retired_.begin() + static_cast<std::ptrdiff_t>(i));
        slot->set = 0;
        return slot;
      }
    constexpr std::size_t together = 128;
    if (left_ == 0) {
      const outside_capture relaxed;
      check_cuda(cudaHostAlloc(reinterpret_cast<void**>(&next_), together * sizeof(index_fault),
                               cudaHostAllocMapped | cudaHostAllocPortable),
                 "allocating host memory for index errors");
      left_ = together;
    }
    --left_;
    *next_ = {};
    return next_++;
  }

  std::shared_mutex guard_;
  std::unordered_map<void*, index_fault*> slots_;
  std::vector<retired> retired_;
  index_fault* next_ = nullptr;
  std::size_t left_ = 0;
};

/// Events are kept for their next use: making one takes longer than launching a kernel.
class event_pool {
public:
  cudaEvent_t take() {
    {
      const std::lock_guard lock(guard_);
      if (!idle_.empty()) {
        const cudaEvent_t event = idle_.back();
        idle_.pop_back();
        return event;
      }
      idle_.reserve(++made_); // give_back never allocates
    }
    cudaEvent_t event;
    check_cuda(cudaEventCreateWithFlags(&event, cudaEventDefault), "creating an event");
    return event;
  }
  void give_back(cudaEvent_t event) noexcept {
    const std::lock_guard lock(guard_);
    idle_.push_back(event);
  }

private:
  std::mutex guard_;
  std::vector<cudaEvent_t> idle_;
  std::size_t made_ = 0;
};

cudaStream_t queue(void* stream) { return static_cast<cudaStream_t>(stream); }
cudaEvent_t mark(void* event) { return static_cast<cudaEvent_t>(event); }

class gpu_backend final : public backend {
public:
  explicit gpu_backend(int ordinal) : ordinal_(ordinal) {
    check_cuda(cudaGetDeviceProperties(&properties_, ordinal), "reading the device's properties");
    check_cuda(cudaDeviceGetDefaultMemPool(&pool_, ordinal), "opening the memory pool");
    const device_scope here(ordinal_);
    check_cuda(find_code(), "finding code for this GPU (built for sm_80, sm_90 and later)");
    std::uint64_t keep = ~std::uint64_t{0};
    check_cuda(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep), "raising the pool's release threshold");
    architecture_ = instruction_set();
  }

  std::string name() const override { return properties_.name; }
  std::string instruction_set() const override {
    return "sm_" + std::to_string(properties_.major) + std::to_string(properties_.minor);
  }
  std::size_t memory_bytes() const override { return properties_.totalGlobalMem; }

  void* create_stream() override {
    const device_scope here(ordinal_);
    cudaStream_t stream;
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "creating a stream");
    return stream;
  }
  void destroy_stream(void* stream) noexcept override {
    faults_.forget(queue(stream));
    cudaStreamDestroy(queue(stream));
  }
  void synchronize(void* stream) override {
    check_cuda(cudaStreamSynchronize(queue(stream)), "synchronising a stream");
    faults_.look(stream);
  }

  void* create_event() override {
    const device_scope here(ordinal_);
    return events_.take();
  }
  void destroy_event(void* event) noexcept override { events_.give_back(mark(event)); }
  void record(void* event, void* stream) override {
    check_cuda(cudaEventRecord(mark(event), queue(stream)), "recording an event");
  }
  void wait(void* stream, void* event) override {
    check_cuda(cudaStreamWaitEvent(queue(stream), mark(event), 0), "making a stream wait for an event");
  }
  void synchronize_event(void* event) override { check_cuda(cudaEventSynchronize(mark(event)), "waiting for an event"); }
  bool is_done(void* event) override {
    const cudaError_t status = cudaEventQuery(mark(event));
    if (status != cudaErrorNotReady) check_cuda(status, "looking at an event");
    return status == cudaSuccess;
  }
  double seconds_between(void* begin, void* end) override {
    synchronize_event(begin);
    synchronize_event(end);
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, mark(begin), mark(end)), "timing two events");
    return static_cast<double>(milliseconds) * 1e-3;
  }

  void* allocate(std::size_t bytes, void* stream) override {
    const device_scope here(ordinal_);
    void* memory = nullptr;
    cudaError_t status = cudaMallocAsync(&memory, bytes > 0 ? bytes : 1, queue(stream));
    if (status == cudaErrorMemoryAllocation) { // drain, trim, once more
      cudaGetLastError();
      check_cuda(cudaDeviceSynchronize(), "draining the device");
      cudaMemPoolTrimTo(pool_, 0);
      status = cudaMallocAsync(&memory, bytes > 0 ? bytes : 1, queue(stream));
    }
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      std::uint64_t used = 0;
      cudaMemPoolGetAttribute(pool_, cudaMemPoolAttrUsedMemCurrent, &used);
      throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes on " + name() + " (pool holds " +
                         std::to_string(used) + " of " + std::to_string(memory_bytes()) + ")");
    }
    check_cuda(status, "allocating memory");
    return memory;
  }
  void release(void* memory, void* stream) noexcept override { cudaFreeAsync(memory, queue(stream)); }
  void copy(void* to, const void* from, std::size_t bytes, void* stream) override {
    if (bytes > 0) check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, queue(stream)), "copying");
  }

  void evaluate(const program& p, void* stream) override {
    bool checks = false;
    for (const operand& x : p.inputs) checks = checks || x.index != no_register;
    const device_scope here(ordinal_);
    gpu_launch launch = plan_launch(p, checks ? faults_.of(stream) : nullptr);
    if (launch.blocks == 0) return;
    const cudaKernel_t kernel = kernels_.find(p, launch, architecture_);
    void* arguments[] = {launch.words.data()};
    check_cuda(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(launch.blocks),
                                dim3(launch.threads_x, launch.threads_y), arguments, 0, queue(stream)),
               "launching an expression");
  }

protected:
  void launch_id(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns, void* stream) override {
    const device_scope here(ordinal_);
    cell_launchers[kernel](arguments, items, columns, queue(stream));
    check_cuda(cudaGetLastError(), kernel_names[kernel]);
  }

private:
  int ordinal_;
  cudaDeviceProp properties_{};
  std::string architecture_;
  cudaMemPool_t pool_ = nullptr;
  kernel_cache kernels_;
  fault_slots faults_;
  event_pool events_;
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
    const auto version = [](int v) { return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10); };
    if (none) found.status = "no NVIDIA driver found";
    else if (status == cudaErrorInsufficientDriver)
      found.status = "the NVIDIA driver is too old (it serves CUDA " + version(driver) + ", this program needs " +
                     version(CUDART_VERSION) + "); update the driver";
    else found.status = cudaGetErrorString(status);
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
