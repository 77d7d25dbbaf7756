// What streams, events and captures are made of.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/error.hpp"
#include "kernels/backend.hpp"

namespace dojima::detail {

class storage;
class host_block;

/// What a capture, and then its graph, keeps alive.
struct capture_record {
  std::thread::id by;
  std::vector<std::shared_ptr<storage>> read, written;
  std::vector<std::shared_ptr<host_block>> host;
};

struct stream_state {
  explicit stream_state(device on) : where(on), handle(on.backend().create_stream()) {}
  ~stream_state() { where.backend().destroy_stream(handle); }
  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  /// Names an operation that is given to the stream; the last ones are told when something goes wrong.
  void note(const char* operation) {
    last[next.fetch_add(1, std::memory_order_relaxed) % last.size()].store(operation, std::memory_order_relaxed);
  }
  std::string history() const;

  device where;
  void* handle; ///< the backend's, also on the CPU
  std::atomic<bool> capturing = false;
  capture_record record; ///< while capturing; used by the capturing thread alone
  std::array<std::atomic<const char*>, 8> last{};
  std::atomic<unsigned> next = 0;
};

struct event_state {
  event_state(const stream& of) : on(of), handle(of.where().backend().create_event()) {}
  ~event_state() { on.where().backend().destroy_event(handle); }
  event_state(const event_state&) = delete;
  event_state& operator=(const event_state&) = delete;

  stream on;
  void* handle;
};

/// The stream of this thread's innermost stream_scope, or null.
const stream* scoped_stream();
/// The stream that this thread captures, or null.
const stream* captured_stream();
void set_captured_stream(const stream* on);

/// Where work on arrays at home on `home` goes: to the stream that this thread captures, if that is on the same device.
inline const stream& working_stream(const stream& home) {
  const stream* captured = captured_stream();
  return captured != nullptr && captured->where() == home.where() ? *captured : home;
}

/// DOJIMA_SYNC_CHECK=1 waits after each operation, so that a fault shows up where it was made.
bool synchronizes_always();

/// Throws the library's error for what a backend throws about a stream. Call it in a handler.
[[noreturn]] void rethrow_for(const stream_state& state, const char* operation);

/// Throws when the operation would not become part of the capture that is under way.
void check_capture(const stream& on, const char* operation);

/// Gives `work` to a stream: notes its name (a string literal) and turns what the backend throws into the library's errors.
template <class Work> void submit(const stream& on, const char* operation, Work&& work) {
  stream_state& state = on.state();
  const bool capturing = state.capturing.load(std::memory_order_relaxed);
  if (capturing || captured_stream() != nullptr) check_capture(on, operation);
  state.note(operation);
  try {
    kernels::backend& backend = state.where.backend();
    if (!capturing) {
      work(backend, state.handle);
      if (synchronizes_always()) on.synchronize();
      return;
    }
    const std::size_t before = backend.captured(state.handle);
    work(backend, state.handle);
    if (backend.captured(state.handle) == before)
      throw error(std::string(operation) + " cannot be part of a graph on " + state.where.id());
  } catch (...) {
    rethrow_for(state, operation);
  }
}

} // namespace dojima::detail
