// What a device must be able to do: memory, order, and running kernels. One implementation for the CPU, one for CUDA.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/arguments.hpp"
#include "kernels/program.hpp"
#include "kernels/simulation.hpp"

namespace dojima::kernels {

/// Raised by a backend when memory runs out after one drain and retry; the text holds the pool's figures.
struct memory_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Raised when an index that was computed on the device was out of bounds.
struct bounds_error : std::runtime_error {
  explicit bounds_error(const index_fault& fault)
      : std::runtime_error("index " + std::to_string(fault.index) + " is out of bounds for axis with size " +
                           std::to_string(fault.extent)) {}
};

class backend {
public:
  virtual ~backend() = default;

  virtual std::string name() const = 0;            ///< the device's name
  virtual std::string instruction_set() const = 0; ///< avx512, avx2, plain; or sm_90
  virtual std::size_t memory_bytes() const = 0;    ///< total memory of the device
  virtual int ordinal() const = 0;                 ///< of a GPU in the CUDA runtime; -1 for the CPU

  virtual void* create_stream() = 0;
  virtual void destroy_stream(void* stream) noexcept = 0;
  /// Waits; throws bounds_error or a fault of the device.
  virtual void synchronize(void* stream) = 0;

  // Marks in streams.
  virtual void* create_event() = 0;
  virtual void destroy_event(void* event) noexcept = 0;
  virtual void record(void* event, void* stream) = 0;
  virtual void wait(void* stream, void* event) = 0; ///< later work of the stream starts after the event
  virtual void synchronize_event(void* event) = 0;
  virtual bool is_done(void* event) = 0;
  virtual double seconds_between(void* begin, void* end) = 0;

  // Memory comes from a pool and goes back to it in the stream's order.
  virtual void* allocate(std::size_t bytes, void* stream) = 0;
  virtual void release(void* memory, void* stream) noexcept = 0;
  virtual memory_statistics statistics() = 0;
  virtual void set_cap(std::size_t bytes) = 0; ///< 0: none
  virtual void trim(std::size_t keep) = 0;     ///< gives back what is not in use, down to `keep` reserved bytes
  virtual void reset_peak() = 0;
  /// Host memory that this device copies to and from while the host goes on.
  virtual void* allocate_host(std::size_t bytes) = 0;
  virtual void release_host(void* memory) noexcept = 0;

  /// Host or device on either side. Returns once a pageable host source may be reused.
  virtual void copy(void* to, const void* from, std::size_t bytes, void* stream) = 0;
  /// From memory of another device of the same kind to memory of this one.
  virtual void copy_from(backend& source, void* to, const void* from, std::size_t bytes, void* stream) = 0;

  // Graphs: between begin and end, work that is given to the stream is kept instead of run. Memory that is allocated meanwhile
  // belongs to the graph.
  virtual void begin_capture(void* stream) = 0;
  virtual void* end_capture(void* stream) = 0; ///< the graph
  virtual void abandon_capture(void* stream) noexcept = 0;
  virtual std::size_t captured(void* stream) = 0; ///< pieces of work kept so far; 0 outside of a capture
  /// Ordered in the stream; one replay of a graph at a time is given.
  virtual void replay(void* graph, void* stream) = 0;
  /// After the graph's last replay in each of the streams.
  virtual void destroy_graph(void* graph, std::span<void* const> streams) noexcept = 0;

  // Kernels that users write: machine code from `compile`. The arguments are pointers to their values.
  virtual void* load_kernel(const std::string& code, const std::string& name) = 0;
  /// Sizes of the kernel's parameters in bytes.
  virtual std::vector<std::size_t> parameters(void* kernel) = 0;
  virtual void launch_kernel(void* kernel, std::array<unsigned, 3> grid, std::array<unsigned, 3> block,
                             std::size_t shared_bytes, void** arguments, void* stream) = 0;

  /// Runs `kernel` over items x columns; columns are a multiple of column_block. The arguments are copied.
  template <class Kernel> void launch(const Kernel& kernel, std::int64_t items, std::int64_t columns, void* stream) {
    static_assert(id_of<Kernel> != id::count, "not a kernel of DOJIMA_KERNELS");
    if (items > 0 && columns > 0) launch_id(id_of<Kernel>, &kernel, items, columns, stream);
  }

  /// Runs a fused expression.
  virtual void evaluate(const program& program, void* stream) = 0;

  /// Makes what simulations of this form need, for path_job::prepared; numbers and pointers do not matter.
  virtual const void* prepare(const path_job& job) = 0;
  /// Runs a simulation; its memory is the device's.
  virtual void simulate(const path_job& job, void* stream) = 0;

protected:
  virtual void launch_id(id::kernel_id kernel, const void* arguments, std::int64_t items, std::int64_t columns,
                         void* stream) = 0;
};

/// The CPU backend with the widest instruction set that this processor has.
backend& cpu_backend();
/// The CPU backend of a named instruction set ("avx512", "avx2", "plain"), or null when the processor lacks it.
backend* cpu_backend(const std::string& instruction_set);

/// One entry for each usable NVIDIA GPU; empty without a driver or without CUDA in this build.
const std::vector<backend*>& cuda_backends();
/// Why there is none: "built without CUDA", the driver's error, ...; empty when there is one.
const std::string& cuda_status();

} // namespace dojima::kernels
