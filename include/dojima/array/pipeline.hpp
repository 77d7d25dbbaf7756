// Data that does not fit the device, or should not wait for it: chunks whose way in, computation and way out overlap.
#pragma once

#include <concepts>

#include "dojima/array/transfer.hpp"

namespace dojima {

struct pipeline_options {
  device where = device::best();
  std::size_t chunk = std::size_t{1} << 22; ///< elements that go in together
  std::size_t depth = 3;                    ///< chunks under way at a time
};

namespace detail {

/// The streams and the ring of buffers of a pipeline, without its types.
class pipeline_engine {
public:
  pipeline_engine(const device& where, std::size_t depth, std::size_t chunk_bytes);
  ~pipeline_engine(); ///< waits for all that is under way
  pipeline_engine(const pipeline_engine&) = delete;
  pipeline_engine& operator=(const pipeline_engine&) = delete;

  const stream& computing() const { return computing_; }
  /// Pinned memory for chunk `number`, which must not be under way.
  void* room(std::size_t number);
  /// Brings a chunk in: `count` elements at `from`, which stays as it is until the chunk's result is there.
  tensor send(std::size_t number, const void* from, std::int64_t count, dtype type, std::size_t item);
  /// Brings out what was computed from the chunk.
  void receive(std::size_t number, const tensor& result);
  /// Waits for it. Null and 0 when there is none.
  std::pair<const void*, std::size_t> result(std::size_t number);

private:
  struct slot {
    std::shared_ptr<host_block> in, out;
    std::shared_ptr<storage> memory;
    std::optional<event> computed, left;
    tensor result{};
  };
  slot& slot_of(std::size_t number) { return slots_[number % slots_.size()]; }

  stream in_, computing_, out_;
  std::size_t chunk_bytes_;
  std::vector<slot> slots_;
};

/// `fetch(number, room)` gives pointer and size of a chunk; size 0 ends it.
template <class In, class Fetch, class Compute, class Sink>
void run_pipeline(Fetch&& fetch, Compute&& compute, Sink&& sink, const pipeline_options& options) {
  using out = typename std::remove_cvref_t<std::invoke_result_t<Compute&, const array<In>&>>::value_type;
  if (options.chunk == 0 || options.depth == 0)
    throw input_error("pipeline: chunk = " + std::to_string(options.chunk) + ", depth = " + std::to_string(options.depth) +
                      " (both must be positive)");
  pipeline_engine engine(options.where, options.depth, options.chunk * sizeof(In));
  const auto finish = [&](std::size_t number) {
    const auto [data, count] = engine.result(number);
    sink(std::span<const out>(static_cast<const out*>(data), count));
  };
  std::size_t number = 0;
  for (;; ++number) {
    if (number >= options.depth) finish(number - options.depth);
    const auto [from, count] = fetch(engine, number);
    if (count > options.chunk)
      throw input_error("pipeline: a chunk of " + std::to_string(count) + " elements where there is room for " +
                        std::to_string(options.chunk));
    if (count == 0) break;
    const array<In> chunk(engine.send(number, from, static_cast<std::int64_t>(count), dtype_of<In>, sizeof(In)));
    const stream_scope scope(engine.computing());
    const array<out> result = compute(chunk);
    engine.receive(number, result.raw());
  }
  for (std::size_t i = number >= options.depth ? number - options.depth + 1 : 0; i < number; ++i) finish(i);
  engine.computing().synchronize(); // it has ended: this tells an index that was out of bounds
}

} // namespace detail

/// Runs chunks through a device in order, while the next ones go in and the ones before come out:
///
///   std::size_t source(std::span<In> room)      fills room with the next elements; returns their number, 0 at the end
///   array<Out>  compute(const array<In>& chunk) or an expression; the chunk is valid during the call alone
///   void        sink(std::span<const Out>)      takes the result of each chunk, valid during the call
///
/// All three run in the calling thread. What they throw ends the pipeline and is passed on, after the work that is under way.
template <class In, class Source, class Compute, class Sink>
requires std::invocable<Source&, std::span<In>>
void pipeline(Source&& source, Compute&& compute, Sink&& sink, const pipeline_options& options = {}) {
  detail::run_pipeline<In>(
      [&](detail::pipeline_engine& engine, std::size_t number) {
        In* const room = static_cast<In*>(engine.room(number));
        return std::pair<const In*, std::size_t>(room, source(std::span<In>(room, options.chunk)));
      },
      compute, sink, options);
}

/// The same over the elements of a pinned array, which are not copied on the host.
template <class In, class Compute, class Sink>
void pipeline(const pinned<In>& source, Compute&& compute, Sink&& sink, const pipeline_options& options = {}) {
  detail::run_pipeline<In>(
      [&](detail::pipeline_engine&, std::size_t number) {
        const std::size_t begin = std::min(number * options.chunk, source.size());
        return std::pair<const In*, std::size_t>(source.data() + begin, std::min(options.chunk, source.size() - begin));
      },
      compute, sink, options);
}

} // namespace dojima
