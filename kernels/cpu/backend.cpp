#include "kernels/backend.hpp"

#include <oneapi/tbb/blocked_range2d.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unistd.h>

#include "kernels/cpu/cells.hpp"
#include "kernels/cpu/evaluate.hpp"

namespace dojima {
namespace avx512 {
extern const kernels::cell_function cells[kernels::id::count];
extern const kernels::loop_table loops;
}
namespace avx2 {
extern const kernels::cell_function cells[kernels::id::count];
extern const kernels::loop_table loops;
}
namespace plain {
extern const kernels::cell_function cells[kernels::id::count];
extern const kernels::loop_table loops;
}
} // namespace dojima

namespace dojima::kernels {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  return "x86-64 CPU";
}

class cpu final : public backend {
public:
  cpu(const char* set, const cell_function* cells, const loop_table& loops) : set_(set), cells_(cells), loops_(loops) {}

  std::string name() const override { return processor_name(); }
  std::string instruction_set() const override { return set_; }
  std::size_t memory_bytes() const override {
    return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  }

  // Work runs to its end inside the call, so a stream has no state: everything is always in order.
  void* create_stream() override { return nullptr; }
  void destroy_stream(void*) noexcept override {}
  void synchronize(void*) override {}

  using clock = std::chrono::steady_clock;
  void* create_event() override { return new clock::time_point; }
  void destroy_event(void* event) noexcept override { delete static_cast<clock::time_point*>(event); }
  void record(void* event, void*) override { *static_cast<clock::time_point*>(event) = clock::now(); }
  void wait(void*, void*) override {}
  void synchronize_event(void*) override {}
  bool is_done(void*) override { return true; }
  double seconds_between(void* begin, void* end) override {
    return std::chrono::duration<double>(*static_cast<clock::time_point*>(end) - *static_cast<clock::time_point*>(begin)).count();
  }

  void* allocate(std::size_t bytes, void*) override {
    void* memory = std::aligned_alloc(64, (std::max<std::size_t>(bytes, 1) + 63) / 64 * 64);
    if (memory == nullptr)
      throw memory_error("cannot allocate " + std::to_string(bytes) + " bytes on the CPU (machine has " +
                         std::to_string(memory_bytes()) + "); lower pricing.block_mib");
    return memory;
  }
  void release(void* memory, void*) noexcept override { std::free(memory); }
  void copy(void* to, const void* from, std::size_t bytes, void*) override {
    if (bytes > 0) std::memmove(to, from, bytes);
  }

  void evaluate(const program& program, void*) override {
    index_fault fault{};
    kernels::evaluate(program, loops_, fault);
    if (fault.set != 0) throw bounds_error(fault);
  }

protected:
  void launch_id(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns, void*) override {
    const cell_function run = cells_[kernel];
    using range = oneapi::tbb::blocked_range2d<std::int64_t>;
    oneapi::tbb::parallel_for(range(0, items, 8, 0, columns / column_block, 2), [=](const range& r) {
      run(arguments, {r.rows().begin(), r.rows().end(), r.cols().begin() * column_block, r.cols().end() * column_block});
    });
  }

private:
  const char* set_;
  const cell_function* cells_;
  const loop_table& loops_;
};

} // namespace

backend* cpu_backend(const std::string& set) {
  static cpu plain_cpu("plain", plain::cells, plain::loops), avx2_cpu("avx2", avx2::cells, avx2::loops),
      avx512_cpu("avx512", avx512::cells, avx512::loops);
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
