#include "dojima/array/raw_kernel.hpp"

#include <map>
#include <mutex>

#include "array/state.hpp"
#include "kernels/cuda/nvrtc.hpp"
#include "kernels/libraries.hpp"

namespace dojima {

struct raw_kernel::loaded {
  struct kernel {
    void* handle;
    std::vector<std::size_t> parameters;
  };
  std::string source, name;
  std::vector<std::string> options;
  std::mutex guard;
  std::map<kernels::backend*, kernel> on;

  std::string code(const std::string& architecture) const {
    try {
      return kernels::compile(source, architecture, options, kernels::dialect::plain);
    } catch (const kernels::library_error& problem) {
      throw device_error("raw_kernel '" + name + "': " + problem.what());
    } catch (const std::runtime_error& problem) {
      throw error("raw_kernel '" + name + "': " + problem.what());
    }
  }
  const kernel& for_device(const device& where) {
    const std::lock_guard lock(guard);
    kernels::backend& backend = where.backend();
    if (const auto found = on.find(&backend); found != on.end()) return found->second;
    const std::string machine_code = code(where.instruction_set());
    try {
      void* handle = backend.load_kernel(machine_code, name);
      return on.try_emplace(&backend, kernel{handle, backend.parameters(handle)}).first->second;
    } catch (const std::runtime_error& problem) {
      throw error("raw_kernel '" + name + "': " + problem.what());
    }
  }
};

raw_kernel::raw_kernel(std::string source, std::string name, std::vector<std::string> options)
    : state_(std::make_shared<loaded>()) {
  state_->source = std::move(source);
  state_->name = std::move(name);
  state_->options = std::move(options);
}

void raw_kernel::compile(const std::string& architecture) const { state_->code(architecture); }

void raw_kernel::run(extent3 grid, extent3 block, std::size_t shared_bytes, const stream& wanted,
                     std::span<const detail::tensor* const> arrays, std::span<void* const> pointers,
                     std::span<const std::size_t> sizes) const {
  const stream& on = detail::working_stream(wanted);
  if (!on.where().is_cuda())
    throw device_error("raw_kernel '" + state_->name + "' is CUDA C++ and runs on a GPU, not on " + on.where().id() +
                       "; elementwise_kernel runs on both");
  for (const detail::tensor* t : arrays)
    if (!(t->home().where() == on.where()))
      throw input_error("raw_kernel '" + state_->name + "': an array on " + t->home().where().id() + " for a launch on " +
                        on.where().id() + "; use .to(device)");
  const auto& [handle, parameters] = state_->for_device(on.where());
  if (parameters.size() != pointers.size())
    throw input_error("raw_kernel '" + state_->name + "' takes " + std::to_string(parameters.size()) + " arguments, but got " +
                      std::to_string(pointers.size()));
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (parameters[i] != sizes[i])
      throw input_error("raw_kernel '" + state_->name + "': argument " + std::to_string(i) + " has " +
                        std::to_string(sizes[i]) + " bytes, the kernel's parameter " + std::to_string(parameters[i]) +
                        "; give it the parameter's type");
  for (const detail::tensor* t : arrays) t->memory->before_use(on);
  std::vector<void*> arguments(pointers.begin(), pointers.end());
  void* const kernel = handle;
  detail::submit(on, "raw_kernel", [&](kernels::backend& backend, void* queue) {
    backend.launch_kernel(kernel, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared_bytes, arguments.data(), queue);
  });
  for (const detail::tensor* t : arrays) t->memory->after_use(on);
}

} // namespace dojima
