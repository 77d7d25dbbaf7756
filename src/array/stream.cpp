#include "dojima/array/stream.hpp"

#include <cstdlib>
#include <map>
#include <vector>

#include "array/state.hpp"

namespace dojima {
namespace {

thread_local std::vector<stream> scopes;
thread_local const stream* captured = nullptr;

} // namespace

namespace detail {

std::string stream_state::history() const {
  std::string text;
  const unsigned end = next.load(), size = static_cast<unsigned>(last.size());
  for (unsigned i = end > size ? end - size : 0; i < end; ++i)
    if (const char* operation = last[i % size]) text += (text.empty() ? "" : ", ") + std::string(operation);
  return text.empty() ? "" : " (the last operations given to the stream of " + where.id() + ": " + text + ")";
}

const stream* scoped_stream() { return scopes.empty() ? nullptr : &scopes.back(); }
const stream* captured_stream() { return captured; }
void set_captured_stream(const stream* on) { captured = on; }

bool synchronizes_always() {
  static const bool always = [] {
    const char* value = std::getenv("DOJIMA_SYNC_CHECK");
    return value != nullptr && std::string(value) == "1";
  }();
  return always;
}

void rethrow_for(const stream_state& state, const char* operation) {
  try {
    throw;
  } catch (const kernels::memory_error& problem) {
    throw error(std::string(operation) + ": " + problem.what());
  } catch (const kernels::bounds_error& problem) {
    throw input_error(problem.what() + state.history());
  } catch (const error&) {
    throw;
  } catch (const std::runtime_error& problem) {
    throw error(problem.what() + state.history());
  }
}

void check_capture(const stream& on, const char* operation) {
  if (captured != nullptr && !(on == *captured))
    throw error(std::string(operation) + " on another stream inside a graph capture; give the capture the stream of " +
                on.where().id() + " that it is meant for");
  if (on.state().capturing && on.state().record.by != std::this_thread::get_id())
    throw error(std::string(operation) + " on a stream that another thread captures; use a stream of your own");
}

} // namespace detail

stream::stream(device where) : state_(std::make_shared<detail::stream_state>(where)) {}

stream stream::of(device where) {
  // Never destroyed, so that nothing calls the driver after main.
  static std::mutex& guard = *new std::mutex;
  static auto& streams = *new std::map<kernels::backend*, stream>;
  const std::lock_guard lock(guard);
  return streams.try_emplace(&where.backend(), where).first->second;
}

stream stream::current() { return scopes.empty() ? of(device::best()) : scopes.back(); }

const device& stream::where() const { return state_->where; }
void* stream::handle() const { return where().is_cuda() ? state_->handle : nullptr; }

namespace {

void refuse_inside_capture(const detail::stream_state& state, const char* operation) {
  if (state.capturing) throw error(std::string(operation) + " inside a graph capture (nothing runs yet)");
}

} // namespace

void stream::synchronize() const {
  refuse_inside_capture(*state_, "synchronize");
  try {
    where().backend().synchronize(state_->handle);
  } catch (...) {
    detail::rethrow_for(*state_, "synchronize");
  }
}

event stream::record() const {
  refuse_inside_capture(*state_, "record");
  try {
    event mark(std::make_shared<detail::event_state>(*this));
    where().backend().record(mark.state_->handle, state_->handle);
    return mark;
  } catch (...) {
    detail::rethrow_for(*state_, "record");
  }
}

void stream::wait(const event& mark) const {
  refuse_inside_capture(*state_, "wait");
  const stream& other = mark.state_->on;
  if (other == *this) return;
  if (!where().is_cuda() || !other.where().is_cuda()) return mark.synchronize(); // the CPU has no queue that could wait
  try {
    where().backend().wait(state_->handle, mark.state_->handle);
  } catch (...) {
    detail::rethrow_for(*state_, "wait");
  }
}

void event::synchronize() const {
  try {
    state_->on.where().backend().synchronize_event(state_->handle);
  } catch (...) {
    detail::rethrow_for(state_->on.state(), "synchronize");
  }
}

bool event::done() const {
  try {
    return state_->on.where().backend().is_done(state_->handle);
  } catch (...) {
    detail::rethrow_for(state_->on.state(), "done");
  }
}

double seconds_between(const event& begin, const event& end) {
  const device &first = begin.state_->on.where(), &second = end.state_->on.where();
  if (!(first == second)) throw input_error("events on " + first.id() + " and " + second.id() + " have no time between them");
  try {
    return second.backend().seconds_between(begin.state_->handle, end.state_->handle);
  } catch (...) {
    detail::rethrow_for(end.state_->on.state(), "seconds_between");
  }
}

stream_scope::stream_scope(const stream& on) { scopes.push_back(on); }
stream_scope::~stream_scope() { scopes.pop_back(); }

} // namespace dojima
