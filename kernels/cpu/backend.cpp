#include "kernels/backend.hpp"

#include <oneapi/tbb/blocked_range2d.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <unistd.h>

#include "kernels/cpu/cells.hpp"
#include "kernels/cpu/evaluate.hpp"
#include "kernels/cpu/pool.hpp"
#include "kernels/cpu/simulate.hpp"

namespace dojima {
namespace avx512 {
extern const kernels::cell_function cells[kernels::id::count];
extern const kernels::loop_table loops;
extern const kernels::process_entry* const processes[];
extern const kernels::sum_loops path_sums;
} // namespace avx512
namespace avx2 {
extern const kernels::cell_function cells[kernels::id::count];
extern const kernels::loop_table loops;
extern const kernels::process_entry* const processes[];
extern const kernels::sum_loops path_sums;
} // namespace avx2
namespace plain {
extern const kernels::cell_function cells[kernels::id::count];
extern const kernels::loop_table loops;
extern const kernels::process_entry* const processes[];
extern const kernels::sum_loops path_sums;
} // namespace plain
} // namespace dojima

namespace dojima::kernels {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  return "x86-64 CPU";
}

#define DOJIMA_KERNEL_SIZE(name) sizeof(name),
constexpr std::size_t argument_sizes[id::count] = {DOJIMA_KERNELS(DOJIMA_KERNEL_SIZE)};
#undef DOJIMA_KERNEL_SIZE

/// Work that is done again at each replay, and the memory that it needs in between.
struct recording {
  std::vector<std::function<void()>> work;
  std::vector<void*> memory;
  std::mutex replaying;

  ~recording() {
    for (void* m : memory) host_memory().release(m);
  }
};

/// Work runs to its end inside the call, so that everything is always in order, unless it is kept for a graph.
struct cpu_stream {
  std::unique_ptr<recording> keeps;
};

recording* recording_of(void* stream) { return stream == nullptr ? nullptr : static_cast<cpu_stream*>(stream)->keeps.get(); }

class cpu final : public backend {
public:
  cpu(const char* set, const cell_function* cells, const loop_table& loops, const process_entry* const* processes,
      const sum_loops& sums)
      : set_(set), cells_(cells), loops_(loops), simulation_{processes, sums, loops} {}

  std::string name() const override { return processor_name(); }
  std::string instruction_set() const override { return set_; }
  std::size_t memory_bytes() const override {
    return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  }
  int ordinal() const override { return -1; }

  void* create_stream() override { return new cpu_stream; }
  void destroy_stream(void* stream) noexcept override { delete static_cast<cpu_stream*>(stream); }
  void synchronize(void*) override {}

  using clock = std::chrono::steady_clock;
  void* create_event() override { return new clock::time_point; }
  void destroy_event(void* event) noexcept override { delete static_cast<clock::time_point*>(event); }
  void record(void* event, void*) override { *static_cast<clock::time_point*>(event) = clock::now(); }
  void wait(void*, void*) override {}
  void synchronize_event(void*) override {}
  bool is_done(void*) override { return true; }
  double seconds_between(void* begin, void* end) override {
    return std::chrono::duration<double>(*static_cast<clock::time_point*>(end) - *static_cast<clock::time_point*>(begin))
        .count();
  }

  void* allocate(std::size_t bytes, void* stream) override {
    void* memory = host_memory().allocate(bytes);
    if (recording* kept = recording_of(stream)) kept->memory.push_back(memory);
    return memory;
  }
  void release(void* memory, void* stream) noexcept override {
    if (const recording* kept = recording_of(stream))
      if (std::ranges::find(kept->memory, memory) != kept->memory.end()) return; // it is the graph's
    host_memory().release(memory);
  }
  memory_statistics statistics() override { return host_memory().statistics(); }
  void set_cap(std::size_t bytes) override { host_memory().set_cap(bytes); }
  void trim(std::size_t keep) override { host_memory().trim(keep); }
  void reset_peak() override { host_memory().reset_peak(); }
  void* allocate_host(std::size_t bytes) override {
    void* memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (memory == nullptr) throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes of host memory");
    return memory;
  }
  void release_host(void* memory) noexcept override { std::free(memory); }

  void copy(void* to, const void* from, std::size_t bytes, void* stream) override {
    run(stream, [=] {
      if (bytes > 0) std::memmove(to, from, bytes);
    });
  }
  void copy_from(backend&, void* to, const void* from, std::size_t bytes, void* stream) override {
    copy(to, from, bytes, stream);
  }

  void evaluate(const program& program, void* stream) override {
    if (recording_of(stream) == nullptr) return compute(program);
    run(stream, [this, program] { compute(program); });
  }
  const void* prepare(const path_job&) override { return nullptr; }
  void simulate(const path_job& job, void* stream) override {
    run(stream, [this, job] { kernels::simulate(job, simulation_); });
  }

  void begin_capture(void* stream) override { static_cast<cpu_stream*>(stream)->keeps = std::make_unique<recording>(); }
  void* end_capture(void* stream) override { return static_cast<cpu_stream*>(stream)->keeps.release(); }
  void abandon_capture(void* stream) noexcept override { static_cast<cpu_stream*>(stream)->keeps.reset(); }
  std::size_t captured(void* stream) override {
    const recording* kept = recording_of(stream);
    return kept == nullptr ? 0 : kept->work.size();
  }
  void replay(void* graph, void*) override {
    auto& kept = *static_cast<recording*>(graph);
    const std::lock_guard lock(kept.replaying);
    for (const auto& work : kept.work) work();
  }
  void destroy_graph(void* graph, std::span<void* const>) noexcept override { delete static_cast<recording*>(graph); }

  // The library asks for none of these on the CPU.
  void* load_kernel(const std::string&, const std::string&) override { throw std::logic_error("the CPU runs no CUDA kernel"); }
  std::vector<std::size_t> parameters(void*) override { return {}; }
  void launch_kernel(void*, std::array<unsigned, 3>, std::array<unsigned, 3>, std::size_t, void**, void*) override {}

protected:
  void launch_id(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns, void* stream) override {
    if (recording_of(stream) == nullptr) return run_cells(kernel, arguments, items, columns);
    const auto* bytes = static_cast<const std::byte*>(arguments);
    run(stream, [this, kernel, items, columns, copy = std::vector<std::byte>(bytes, bytes + argument_sizes[kernel])] {
      run_cells(kernel, copy.data(), items, columns);
    });
  }

private:
  template <class Work> static void run(void* stream, Work&& work) {
    if (recording* kept = recording_of(stream)) kept->work.emplace_back(std::forward<Work>(work));
    else work();
  }
  void compute(const program& program) const {
    index_fault fault{};
    kernels::evaluate(program, loops_, fault);
    if (fault.set != 0) throw bounds_error(fault);
  }
  void run_cells(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns) const {
    const cell_function cells = cells_[kernel];
    using range = oneapi::tbb::blocked_range2d<std::int64_t>;
    oneapi::tbb::parallel_for(range(0, items, 8, 0, columns / column_block, 2), [=](const range& r) {
      cells(arguments, {r.rows().begin(), r.rows().end(), r.cols().begin() * column_block, r.cols().end() * column_block});
    });
  }

private:
  const char* set_;
  const cell_function* cells_;
  const loop_table& loops_;
  simulation_loops simulation_;
};

} // namespace

backend* cpu_backend(const std::string& set) {
  static cpu plain_cpu("plain", plain::cells, plain::loops, plain::processes, plain::path_sums),
      avx2_cpu("avx2", avx2::cells, avx2::loops, avx2::processes, avx2::path_sums),
      avx512_cpu("avx512", avx512::cells, avx512::loops, avx512::processes, avx512::path_sums);
  if (set == "avx512" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    return &avx512_cpu;
  if (set == "avx2" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2_cpu;
  return set == "plain" ? &plain_cpu : nullptr;
}

backend& cpu_backend() {
  for (const char* set : {"avx512", "avx2"})
    if (backend* b = cpu_backend(set)) return *b;
  return *cpu_backend("plain");
}

} // namespace dojima::kernels
