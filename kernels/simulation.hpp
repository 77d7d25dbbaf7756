// What a backend is asked to simulate. The processes are listed in CMakeLists.txt (dojima_add_process); every backend makes
// them, in double and in single precision.
#pragma once

#include "kernels/paths.hpp"
#include "kernels/payoffs.hpp"
#include "kernels/process_list.hpp"

namespace dojima::kernels {

#define DOJIMA_PROCESS_ID(name) name,
enum class process_id : int { DOJIMA_PROCESSES(DOJIMA_PROCESS_ID) count };
#undef DOJIMA_PROCESS_ID

constexpr const char* name_of(process_id id) {
#define DOJIMA_PROCESS_NAME(name) #name,
  constexpr const char* names[] = {DOJIMA_PROCESSES(DOJIMA_PROCESS_NAME)};
#undef DOJIMA_PROCESS_NAME
  return names[static_cast<int>(id)];
}

enum class number_format : int { double_, single, mixed };

/// One launch over tiles that begin with a chunk: simulates, values, and leaves the chunks' sums in `totals`.
struct path_job {
  process_id process;
  number_format format = number_format::double_;
  const void* prepared = nullptr; ///< of the backend
  std::int64_t tiles = 0;
  path_arguments arguments;
  bool mirrors = false;          ///< some scenario has mirrored normals
  bool every_step = false;       ///< schedule 0 observes at each step, and there is no other
  bool at_end = false;           ///< all schedules observe at the last step, and none before
  bool through_memory = false;   ///< GPU: paths leave their accumulators in `states`, and a second kernel values them
  const payoff_program* payoffs; ///< outlives the launch, and the graph that keeps it
};

} // namespace dojima::kernels
