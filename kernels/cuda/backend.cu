// The CUDA backend: a stream-ordered pool on each device and one launch for each kernel of the list. The runtime is linked
// statically, so the program starts without a driver; then there are simply no devices.
#include "kernels/backend.hpp"

#include <cuda_runtime.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "kernels/cuda/cells.hpp"
#include "kernels/cuda/generate.hpp"
#include "kernels/cuda/library_calls.hpp"
#include "kernels/cuda/nvrtc.hpp"
#include "kernels/cuda/paths.hpp"

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
    cudaFuncAttributes loaded; // now, not at the first launch, which may be inside a capture
    check_cuda(cudaFuncGetAttributes(&loaded, kernel), "loading an expression's kernel");
    return kernel;
  }

  std::shared_mutex guard_;
  std::unordered_map<std::string, std::unique_ptr<entry>> entries_;
};

/// The kernels of one generated simulation.
struct simulation_kernels {
  cudaKernel_t paths = nullptr, states = nullptr, values = nullptr, chunks = nullptr;
  unsigned tile_threads = 0; ///< of a block of `paths`, which is a tile
};
/// Simulations by their source; never forgotten.
class simulation_cache {
public:
  const simulation_kernels& find(const path_job& job, const std::string& architecture) {
    const std::string source = generate(job);
    const std::lock_guard lock(guard_);
    const auto [at, is_new] = known_.try_emplace(source);
    if (!is_new) return at->second;
    try {
      load(at->second, source, job, architecture);
    } catch (...) {
      known_.erase(at);
      throw;
    }
    return at->second;
  }

private:
  static void load(simulation_kernels& k, const std::string& source, const path_job& job, const std::string& architecture) {
    const outside_capture relaxed;
    const std::string code =
        compile(source, architecture, {}, job.format == number_format::single ? dialect::contracted : dialect::bitwise);
    cudaLibrary_t library; // stays loaded, like the rest of the program
    check_cuda(cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
               "loading a simulation's code");
    const auto get = [&](cudaKernel_t& kernel, const char* name) {
      check_cuda(cudaLibraryGetKernel(&kernel, library, name), "finding a simulation's kernel");
      cudaFuncAttributes loaded; // now, not at the first launch, which may be inside a capture
      check_cuda(cudaFuncGetAttributes(&loaded, kernel), "loading a simulation's kernel");
      return static_cast<unsigned>(loaded.maxThreadsPerBlock);
    };
    if (job.through_memory) {
      get(k.states, states_name);
      get(k.values, values_name);
    } else {
      k.tile_threads = get(k.paths, fused_name);
    }
    get(k.chunks, chunks_name);
  }

  std::mutex guard_;
  std::unordered_map<std::string, simulation_kernels> known_;
};

/// Where kernels note indices that are out of bounds: one place in host memory for each stream that was given such work.
class fault_slots {
public:
  index_fault* of(void* stream) {
    {
      const std::shared_lock lock(guard_);
      if (const auto found = slots_.find(stream); found != slots_.end() && found->second.own != nullptr)
        return found->second.own;
    }
    const std::unique_lock lock(guard_);
    index_fault*& slot = slots_[stream].own;
    if (slot == nullptr) slot = take();
    return slot;
  }
  /// Work of stream `from`, kept in a graph, is about to run on `stream`.
  void share(void* from, void* stream) {
    if (from == stream) return;
    const std::unique_lock lock(guard_);
    const auto found = slots_.find(from);
    if (found == slots_.end() || found->second.own == nullptr) return;
    index_fault* const slot = found->second.own;
    std::vector<index_fault*>& others = slots_[stream].others;
    if (std::find(others.begin(), others.end(), slot) == others.end()) others.push_back(slot);
  }
  /// After the stream's work has ended: throws what was noted, once.
  void look(void* stream) {
    const std::shared_lock lock(guard_);
    const auto found = slots_.find(stream);
    if (found == slots_.end()) return;
    if (found->second.own != nullptr) look_at(*found->second.own);
    for (index_fault* slot : found->second.others) look_at(*slot);
  }
  /// The stream is about to go; its work may still run.
  void forget(cudaStream_t stream) noexcept {
    const std::unique_lock lock(guard_);
    const auto found = slots_.find(stream);
    if (found == slots_.end()) return;
    retired r{found->second.own, nullptr};
    slots_.erase(found);
    if (r.slot != nullptr && cudaEventCreateWithFlags(&r.last, cudaEventDisableTiming) == cudaSuccess &&
        cudaEventRecord(r.last, stream) == cudaSuccess)
      retired_.push_back(r);
  }

private:
  struct retired {
    index_fault* slot;
    cudaEvent_t last;
  };
  struct slots {
    index_fault* own = nullptr;
    std::vector<index_fault*> others; ///< of the streams whose graphs ran here
  };
  static void look_at(index_fault& slot) {
    if (__atomic_load_n(&slot.set, __ATOMIC_ACQUIRE) == 0) return;
    const index_fault fault = slot;
    __atomic_store_n(&slot.set, 0, __ATOMIC_RELEASE);
    throw bounds_error(fault);
  }
  index_fault* take() {
    for (std::size_t i = 0; i < retired_.size(); ++i)
      if (cudaEventQuery(retired_[i].last) == cudaSuccess) {
        index_fault* slot = retired_[i].slot;
        for (auto& [stream, known] : slots_) std::erase(known.others, slot);
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
  std::unordered_map<void*, slots> slots_;
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

/// A captured graph: it owns the memory that was allocated while it was captured.
struct gpu_graph {
  cudaGraphExec_t run = nullptr;
  void* captured_on = nullptr;
  std::vector<void*> memory;
};

/// A capture under way.
struct capture {
  std::vector<void*> memory;   ///< allocated meanwhile: the graph's
  std::vector<void*> released; ///< from before, released meanwhile: given back at the end
};

cudaStream_t queue(void* stream) { return static_cast<cudaStream_t>(stream); }
cudaEvent_t mark(void* event) { return static_cast<cudaEvent_t>(event); }

class gpu_backend final : public backend {
public:
  explicit gpu_backend(int ordinal) : ordinal_(ordinal) {
    check_cuda(cudaGetDeviceProperties(&properties_, ordinal), "reading the device's properties");
    const device_scope here(ordinal_);
    cudaMemPoolProps pool{};
    pool.allocType = cudaMemAllocationTypePinned;
    pool.location.type = cudaMemLocationTypeDevice;
    pool.location.id = ordinal;
    check_cuda(cudaMemPoolCreate(&pool_, &pool), "making the memory pool");
    check_cuda(cudaStreamCreateWithFlags(&aside_, cudaStreamNonBlocking), "creating a stream");
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
  int ordinal() const override { return ordinal_; }

  void* create_stream() override {
    const device_scope here(ordinal_);
    cudaStream_t stream;
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "creating a stream");
    return stream;
  }
  void destroy_stream(void* stream) noexcept override {
    try {
      const device_scope here(ordinal_); // for the event that is made there
      faults_.forget(queue(stream));
    } catch (const std::exception&) { // a device that has failed keeps its slot
    }
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
    allocations_.fetch_add(1, std::memory_order_relaxed);
    if (captures_under_way_.load(std::memory_order_relaxed) > 0) {
      const std::lock_guard lock(capturing_);
      if (const auto found = captures_.find(stream); found != captures_.end()) {
        const outside_capture relaxed;
        void* memory = take(bytes, aside_);
        found->second.memory.push_back(memory);
        check_cuda(cudaStreamSynchronize(aside_), "allocating memory for a graph");
        return memory;
      }
    }
    return take(bytes, queue(stream));
  }
  void release(void* memory, void* stream) noexcept override {
    if (captures_under_way_.load(std::memory_order_relaxed) > 0) {
      const std::lock_guard lock(capturing_);
      if (const auto found = captures_.find(stream); found != captures_.end()) {
        capture& now = found->second;
        if (std::find(now.memory.begin(), now.memory.end(), memory) == now.memory.end()) now.released.push_back(memory);
        return;
      }
    }
    cudaFreeAsync(memory, queue(stream));
  }
  memory_statistics statistics() override {
    return {attribute(cudaMemPoolAttrUsedMemCurrent), attribute(cudaMemPoolAttrReservedMemCurrent),
            attribute(cudaMemPoolAttrUsedMemHigh), cap_, allocations_};
  }
  void set_cap(std::size_t bytes) override { cap_ = bytes; }
  void trim(std::size_t keep) override { check_cuda(cudaMemPoolTrimTo(pool_, keep), "trimming the memory pool"); }
  void reset_peak() override {
    std::uint64_t zero = 0;
    check_cuda(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrUsedMemHigh, &zero), "resetting the memory pool's peak");
  }
  void* allocate_host(std::size_t bytes) override {
    const device_scope here(ordinal_);
    const outside_capture relaxed;
    void* memory = nullptr;
    const cudaError_t status = cudaHostAlloc(&memory, bytes, cudaHostAllocPortable);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes of pinned host memory");
    }
    check_cuda(status, "allocating pinned host memory");
    return memory;
  }
  void release_host(void* memory) noexcept override { cudaFreeHost(memory); }

  void copy(void* to, const void* from, std::size_t bytes, void* stream) override {
    const device_scope here(ordinal_); // memory of a pool is seen from its own device
    if (bytes > 0) check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, queue(stream)), "copying");
  }
  void copy_from(backend& source, void* to, const void* from, std::size_t bytes, void* stream) override {
    const device_scope here(ordinal_);
    reach(static_cast<gpu_backend&>(source));
    if (bytes > 0)
      check_cuda(cudaMemcpyPeerAsync(to, ordinal_, from, source.ordinal(), bytes, queue(stream)), "copying between GPUs");
  }

  void begin_capture(void* stream) override {
    faults_.of(stream); // host memory cannot be made while the stream captures
    check_cuda(cudaStreamBeginCapture(queue(stream), cudaStreamCaptureModeThreadLocal), "beginning a graph capture");
    const std::lock_guard lock(capturing_);
    captures_[stream] = {};
    ++captures_under_way_;
  }
  void* end_capture(void* stream) override {
    cudaGraph_t graph = nullptr;
    const cudaError_t status = cudaStreamEndCapture(queue(stream), &graph);
    auto made = std::make_unique<gpu_graph>();
    made->captured_on = stream;
    made->memory = finish_capture(stream);
    try {
      check_cuda(status, "ending a graph capture");
      const device_scope here(ordinal_);
      const cudaError_t instantiated = cudaGraphInstantiate(&made->run, graph, 0);
      cudaGraphDestroy(graph);
      check_cuda(instantiated, "making a graph ready to run");
    } catch (...) {
      destroy_graph(made.release(), {});
      throw;
    }
    return made.release();
  }
  void abandon_capture(void* stream) noexcept override {
    cudaGraph_t graph = nullptr;
    cudaStreamEndCapture(queue(stream), &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    cudaGetLastError(); // of a capture that had failed
    for (void* memory : finish_capture(stream)) cudaFreeAsync(memory, aside_);
  }
  std::size_t captured(void* stream) override {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    cudaGraph_t graph = nullptr;
    std::size_t nodes = 0;
    check_cuda(cudaStreamGetCaptureInfo(queue(stream), &status, nullptr, &graph, nullptr, nullptr, nullptr),
               "looking at a capture");
    if (status == cudaStreamCaptureStatusActive)
      check_cuda(cudaGraphGetNodes(graph, nullptr, &nodes), "counting a graph's nodes");
    return nodes;
  }
  void replay(void* graph, void* stream) override {
    const auto& g = *static_cast<gpu_graph*>(graph);
    const device_scope here(ordinal_);
    faults_.share(g.captured_on, stream);
    check_cuda(cudaGraphLaunch(g.run, queue(stream)), "replaying a graph");
  }
  void destroy_graph(void* graph, std::span<void* const> streams) noexcept override {
    const std::unique_ptr<gpu_graph> g(static_cast<gpu_graph*>(graph));
    if (g->run != nullptr) cudaGraphExecDestroy(g->run); // one that still runs goes when it has ended
    if (g->memory.empty()) return;
    try {
      const device_scope here(ordinal_);
      for (void* stream : streams) { // its memory is given back after its last run
        const cudaEvent_t last = events_.take();
        cudaEventRecord(last, queue(stream));
        cudaStreamWaitEvent(aside_, last, 0);
        events_.give_back(last);
      }
      for (void* memory : g->memory) cudaFreeAsync(memory, aside_);
    } catch (const std::exception&) { // a device that has failed gives nothing back
    }
  }

  void* load_kernel(const std::string& code, const std::string& name) override {
    const device_scope here(ordinal_);
    const outside_capture relaxed;
    cudaLibrary_t library;
    check_cuda(cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0), "loading a kernel's code");
    cudaKernel_t kernel;
    const cudaError_t status = cudaLibraryGetKernel(&kernel, library, name.c_str());
    if (status != cudaSuccess) {
      cudaGetLastError();
      cudaLibraryUnload(library);
      throw std::runtime_error("no kernel '" + name + "' in the source; declare it extern \"C\" __global__");
    }
    cudaFuncAttributes loaded; // as above
    check_cuda(cudaFuncGetAttributes(&loaded, kernel), "loading a kernel");
    return kernel;
  }
  std::vector<std::size_t> parameters(void* kernel) override {
    const device_scope here(ordinal_);
    std::vector<std::size_t> sizes;
    for (std::size_t offset = 0, size = 0; cudaFuncGetParamInfo(kernel, sizes.size(), &offset, &size) == cudaSuccess;)
      sizes.push_back(size);
    cudaGetLastError(); // the end of the list
    return sizes;
  }
  void launch_kernel(void* kernel, std::array<unsigned, 3> grid, std::array<unsigned, 3> block, std::size_t shared_bytes,
                     void** arguments, void* stream) override {
    const device_scope here(ordinal_);
    constexpr std::size_t without_asking = 48 * 1024;
    if (shared_bytes > without_asking)
      check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes)),
                 "asking for shared memory");
    check_cuda(cudaLaunchKernel(kernel, dim3(grid[0], grid[1], grid[2]), dim3(block[0], block[1], block[2]), arguments,
                                shared_bytes, queue(stream)),
               "launching a kernel");
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

  const void* prepare(const path_job& job) override {
    const device_scope here(ordinal_);
    return &simulations_.find(job, architecture_);
  }
  void simulate(const path_job& job, void* stream) override {
    const device_scope here(ordinal_);
    const auto& kernels = *static_cast<const simulation_kernels*>(job.prepared);
    path_arguments a = job.arguments;
    std::int64_t tiles = job.tiles;
    void* arguments[] = {&a, &tiles};
    const auto run = [&](cudaKernel_t kernel, unsigned x, unsigned y, unsigned threads = path_lanes) {
      check_cuda(
          cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(x, y), dim3(threads), arguments, 0, queue(stream)),
          "launching a simulation");
    };
    const auto blocks = static_cast<unsigned>(tiles);
    if (job.through_memory) {
      run(kernels.states, blocks * (tile_paths / path_lanes), static_cast<unsigned>(a.scenarios));
      run(kernels.values, blocks, static_cast<unsigned>(a.group_count));
    } else {
      run(kernels.paths, blocks, 1, kernels.tile_threads);
    }
    run(kernels.chunks, static_cast<unsigned>(a.trades * job.payoffs->sums()),
        static_cast<unsigned>((tiles + a.chunk_tiles - 1) / a.chunk_tiles));
  }

protected:
  void launch_id(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns, void* stream) override {
    const device_scope here(ordinal_);
    cell_launchers[kernel](arguments, items, columns, queue(stream));
    check_cuda(cudaGetLastError(), kernel_names[kernel]);
  }

private:
  std::size_t attribute(cudaMemPoolAttr which) const {
    std::uint64_t value = 0;
    check_cuda(cudaMemPoolGetAttribute(pool_, which, &value), "asking for the memory pool's figures");
    return value;
  }
  /// From the pool; when there is no more: drain, trim, once more.
  void* take(std::size_t bytes, cudaStream_t stream) {
    void* memory = nullptr;
    cudaError_t status = try_to_take(memory, bytes, stream);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      if (captures_under_way_ == 0) check_cuda(cudaDeviceSynchronize(), "draining the device"); // not allowed in a capture
      cudaMemPoolTrimTo(pool_, 0);
      status = try_to_take(memory, bytes, stream);
    }
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      const memory_statistics s = statistics();
      throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes on " + name() + " (" + std::to_string(s.in_use) +
                         " in use, " + std::to_string(s.reserved) + " reserved, " +
                         (s.cap > 0 ? "cap " + std::to_string(s.cap) : "no cap") + "; the device has " +
                         std::to_string(memory_bytes()) + ")");
    }
    check_cuda(status, "allocating memory");
    return memory;
  }
  cudaError_t try_to_take(void*& memory, std::size_t bytes, cudaStream_t stream) {
    bytes = std::max<std::size_t>(bytes, 1);
    if (cap_ == 0) return cudaMallocFromPoolAsync(&memory, bytes, pool_, stream);
    const std::lock_guard lock(capped_); // looking and taking are one step
    if (attribute(cudaMemPoolAttrUsedMemCurrent) + bytes > cap_) return cudaErrorMemoryAllocation;
    return cudaMallocFromPoolAsync(&memory, bytes, pool_, stream);
  }
  /// Ends the accounts of a capture; the memory that its graph owns.
  std::vector<void*> finish_capture(void* stream) noexcept {
    const std::lock_guard lock(capturing_);
    capture done = std::move(captures_[stream]);
    captures_.erase(stream);
    --captures_under_way_;
    for (void* memory : done.released) cudaFreeAsync(memory, queue(stream));
    return std::move(done.memory);
  }
  /// Lets this GPU copy from the other one's memory by itself, where the machine can do that; else the driver goes through the
  /// host.
  void reach(gpu_backend& other) {
    const std::lock_guard lock(reaching_);
    if (std::find(reached_.begin(), reached_.end(), other.ordinal_) != reached_.end()) return;
    reached_.push_back(other.ordinal_);
    const outside_capture relaxed;
    for (const auto [from, to] : {std::pair(&other, this), std::pair(this, &other)}) {
      int possible = 0;
      if (cudaDeviceCanAccessPeer(&possible, to->ordinal_, from->ordinal_) != cudaSuccess || possible == 0) continue;
      const cudaMemAccessDesc access{{cudaMemLocationTypeDevice, to->ordinal_}, cudaMemAccessFlagsProtReadWrite};
      cudaMemPoolSetAccess(from->pool_, &access, 1);
      const device_scope there(to->ordinal_);
      cudaDeviceEnablePeerAccess(from->ordinal_, 0); // for memory from elsewhere
    }
    cudaGetLastError(); // access that is there already is no error
  }

  int ordinal_;
  cudaDeviceProp properties_{};
  std::string architecture_;
  cudaMemPool_t pool_ = nullptr;
  cudaStream_t aside_ = nullptr; ///< for memory of graphs
  std::atomic<std::size_t> cap_ = 0;
  std::atomic<std::uint64_t> allocations_ = 0;
  std::mutex capped_, capturing_, reaching_;
  std::atomic<int> captures_under_way_ = 0;
  std::unordered_map<void*, capture> captures_;
  std::vector<int> reached_;
  kernel_cache kernels_;
  simulation_cache simulations_;
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
