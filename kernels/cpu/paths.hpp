// One block of paths through all steps, on the CPU: `path_lanes` paths side by side in register packs.
#pragma once

#include "kernels/paths.hpp"

namespace dojima::kernels {

/// Sees a block after each step at which something is observed: values[asset][observable][lane], of the simulation's T.
struct path_observer {
  virtual void observe(int step, const void* values) = 0;

protected:
  ~path_observer() = default;
};

/// Memory of one thread for blocks; grows as needed.
struct path_workspace {
  void* room(std::size_t bytes);
  std::int64_t shared_from = -1; ///< first of the paths that share the draws in it
  path_workspace() = default;
  path_workspace(const path_workspace&) = delete;
  path_workspace& operator=(const path_workspace&) = delete;
  ~path_workspace();

private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Walks the paths first_path .. first_path + path_lanes - 1 of one scenario.
using path_walker = void (*)(const path_arguments& a, int scenario, std::int64_t first_path, path_workspace& work,
                             path_observer& observer);

/// Walkers of one process in double and single precision, and the sizes of its numbers.
struct process_entry {
  path_walker in_double, in_single;
};

} // namespace dojima::kernels
