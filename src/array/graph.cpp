#include "dojima/array/graph.hpp"

#include <algorithm>

#include "array/host_block.hpp"
#include "array/state.hpp"
#include "dojima/array/tensor.hpp"

namespace dojima {
namespace detail {

struct graph_state {
  graph_state(const stream& captured_on, void* made, capture_record uses, std::size_t pieces)
      : on(captured_on), handle(made), used(std::move(uses)), size(pieces) {}
  ~graph_state() {
    std::vector<void*> queues;
    for (const stream& s : replayed_on) queues.push_back(s.state().handle);
    on.where().backend().destroy_graph(handle, queues);
  }
  graph_state(const graph_state&) = delete;
  graph_state& operator=(const graph_state&) = delete;

  stream on;
  void* handle;
  capture_record used;
  std::size_t size;
  std::mutex replaying;
  std::vector<stream> replayed_on;
};

capture::capture(const stream& on) : on_(on), scope_(on) {
  stream_state& state = on.state();
  if (captured_stream() != nullptr) throw error("a graph capture inside another one (captures do not nest)");
  bool idle = false;
  if (!state.capturing.compare_exchange_strong(idle, true)) throw error("the stream is being captured by another thread");
  try {
    state.record = {};
    state.record.by = std::this_thread::get_id();
    state.where.backend().begin_capture(state.handle);
  } catch (...) {
    state.capturing = false;
    rethrow_for(state, "capture");
  }
  set_captured_stream(&on_);
}

capture::~capture() {
  if (!open_) return;
  stream_state& state = on_.state();
  set_captured_stream(nullptr);
  state.where.backend().abandon_capture(state.handle);
  state.capturing = false;
  state.record = {};
}

std::shared_ptr<graph_state> capture::finish() {
  stream_state& state = on_.state();
  open_ = false;
  set_captured_stream(nullptr);
  capture_record used;
  try {
    const std::size_t size = state.where.backend().captured(state.handle);
    void* made = state.where.backend().end_capture(state.handle);
    state.capturing = false;
    std::swap(used, state.record);
    return std::make_shared<graph_state>(on_, made, std::move(used), size);
  } catch (...) {
    state.capturing = false;
    std::swap(used, state.record);
    rethrow_for(state, "capture");
  }
}

} // namespace detail

void graph::replay() const { replay(state_->on); }

void graph::replay(const stream& on) const {
  detail::graph_state& graph = *state_;
  if (!(on.where() == graph.on.where()))
    throw input_error("a graph of " + graph.on.where().id() + " cannot be replayed on " + on.where().id() +
                      "; capture it there");
  const std::lock_guard lock(graph.replaying);
  for (const auto& m : graph.used.read) m->before_use(on, false);
  for (const auto& m : graph.used.written) m->before_use(on, true);
  detail::submit(on, "graph replay", [&](kernels::backend& backend, void* queue) { backend.replay(graph.handle, queue); });
  for (const auto& m : graph.used.read) m->after_use(on, false);
  for (const auto& m : graph.used.written) m->after_use(on, true);
  for (const auto& m : graph.used.host) m->after_use(on);
  if (std::find(graph.replayed_on.begin(), graph.replayed_on.end(), on) == graph.replayed_on.end())
    graph.replayed_on.push_back(on);
}

std::size_t graph::size() const { return state_->size; }

} // namespace dojima
