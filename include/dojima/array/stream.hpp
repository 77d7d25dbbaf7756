// The unit of order: work on one stream runs in the order in which it was given.
#pragma once

#include <memory>

#include "dojima/array/device.hpp"

namespace dojima {

namespace detail {
struct stream_state;
struct event_state;
} // namespace detail

class event;

/// A queue of work on one device. Copies share the queue. Nothing waits for it unless `synchronize` or an array's `get` is
/// called. On the CPU each operation has ended when its call returns. Streams may be used from several threads.
class stream {
public:
  /// A new queue.
  explicit stream(device where = device::best());
  /// The stream of this thread's innermost `stream_scope`; without one, the device's shared default stream. It is where arrays
  /// are created when no stream is named.
  static stream current();
  /// The default stream of a device: one for the whole process.
  static stream of(device where);

  const device& where() const;
  /// Waits until all work given so far has ended; throws what went wrong in it, naming the last operations.
  void synchronize() const;
  /// A mark after the work given so far.
  event record() const;
  /// Later work of this stream starts after the event; the host does not wait.
  void wait(const event& mark) const;
  void* handle() const; ///< the cudaStream_t; null on the CPU

  friend bool operator==(const stream& a, const stream& b) { return a.state_ == b.state_; }
  detail::stream_state& state() const { return *state_; } ///< for the library's own code

private:
  explicit stream(std::shared_ptr<detail::stream_state> state) : state_(std::move(state)) {}
  std::shared_ptr<detail::stream_state> state_;
};

/// A mark in a stream, made by `stream::record`.
class event {
public:
  void synchronize() const; ///< waits until the work before the mark has ended
  bool done() const;        ///< whether it has
  /// Seconds of device time between two marks; waits for both.
  friend double seconds_between(const event& begin, const event& end);
  detail::event_state& state() const { return *state_; } ///< for the library's own code

private:
  friend class stream;
  explicit event(std::shared_ptr<detail::event_state> state) : state_(std::move(state)) {}
  std::shared_ptr<detail::event_state> state_;
};
double seconds_between(const event& begin, const event& end);

/// Measures work in the time of its device: from the making of the timer, or from `start`, to `seconds`.
class timer {
public:
  explicit timer(const stream& on = stream::current()) : on_(on), begin_(on.record()) {}
  void start() { begin_ = on_.record(); }
  /// Waits for the work given so far.
  double seconds() const { return seconds_between(begin_, on_.record()); }

private:
  stream on_;
  event begin_;
};

/// Makes a stream, or the default stream of a device, this thread's current one until the end of the block.
class stream_scope {
public:
  explicit stream_scope(const stream& on);
  explicit stream_scope(const device& where) : stream_scope(stream::of(where)) {}
  ~stream_scope();
  stream_scope(const stream_scope&) = delete;
  stream_scope& operator=(const stream_scope&) = delete;
};

} // namespace dojima
