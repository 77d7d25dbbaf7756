// What streams and events are made of.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>

#include "dojima/array/stream.hpp"
#include "dojima/error.hpp"
#include "kernels/backend.hpp"

namespace dojima::detail {

struct stream_state {
  explicit stream_state(device on) : where(on), handle(on.backend().create_stream()) {}
  ~stream_state() { where.backend().destroy_stream(handle); }
  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  /// Names an operation that is given to the stream; the last ones are told when something goes wrong.
  void note(const char* operation) { last[next.fetch_add(1, std::memory_order_relaxed) % last.size()] = operation; }
  std::string history() const;

  device where;
  void* handle;
  std::atomic<bool> capturing = false;
  std::array<std::atomic<const char*>, 8> last{};
  std::atomic<unsigned> next = 0;
};

struct event_state {
  explicit event_state(device on) : where(on), handle(on.backend().create_event()) {}
  ~event_state() { where.backend().destroy_event(handle); }
  event_state(const event_state&) = delete;
  event_state& operator=(const event_state&) = delete;

  device where;
  void* handle;
};

/// The stream of this thread's innermost stream_scope, or null.
const stream* scoped_stream();

/// DOJIMA_SYNC_CHECK=1 waits after each operation, so that a fault shows up where it was made.
bool synchronizes_always();

/// Gives `work` to a stream: notes its name (a string literal) and turns what the backend throws into the library's errors.
template <class Work> void submit(const stream& on, const char* operation, Work&& work) {
  stream_state& state = on.state();
  state.note(operation);
  try {
    work(state.where.backend(), state.handle);
    if (synchronizes_always()) on.synchronize();
  } catch (const kernels::memory_error& problem) {
    throw error(std::string(operation) + ": " + problem.what());
  } catch (const kernels::bounds_error& problem) {
    throw input_error(std::string(problem.what()) + " (" + operation + ")");
  } catch (const std::runtime_error& problem) {
    if (dynamic_cast<const error*>(&problem) != nullptr) throw;
    throw error(std::string(problem.what()) + state.history());
  }
}

} // namespace dojima::detail
