// Work that is recorded once and replayed many times with one call: on a GPU a CUDA graph, on the CPU a list of the operations.
#pragma once

#include <concepts>
#include <memory>

#include "dojima/array/stream.hpp"

namespace dojima {

namespace detail {
struct graph_state;
/// Everything this thread gives to the stream is kept until the end of the capture.
class capture {
public:
  explicit capture(const stream& on);
  ~capture(); ///< gives up, unless `finish` was called
  capture(const capture&) = delete;
  capture& operator=(const capture&) = delete;
  std::shared_ptr<graph_state> finish();

private:
  stream on_;
  stream_scope scope_;
  bool open_ = true;
};
} // namespace detail

/// Recorded work. Replaying reads and writes the same arrays as the recorded calls; the graph keeps them alive. Copies share
/// the recording; it may be replayed from several threads.
///
///   const graph step = capture(on, [&] { y(ellipsis) = exp(x) * 2.0; });
///   for (int i = 0; i < 1000; ++i) step.replay();
///
/// Inside the capture arrays keep their places: what would allocate an array, bring values to the host or wait is an error that
/// names the operation. Work goes to the captured stream, wherever the arrays are at home.
class graph {
public:
  /// On the stream it was captured on.
  void replay() const;
  /// On another stream of the same device.
  void replay(const stream& on) const;
  /// Pieces of work: kernels and copies.
  std::size_t size() const;

  template <std::invocable Work> friend graph capture(const stream& on, Work&& work);

private:
  explicit graph(std::shared_ptr<detail::graph_state> state) : state_(std::move(state)) {}
  std::shared_ptr<detail::graph_state> state_;
};

/// Records what `work` gives to the stream from this thread; nothing runs yet. An exception ends the capture and is passed on.
template <std::invocable Work> graph capture(const stream& on, Work&& work) {
  detail::capture recording(on);
  work();
  return graph(recording.finish());
}

} // namespace dojima
