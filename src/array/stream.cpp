#include "dojima/array/stream.hpp"

#include <cstdlib>
#include <map>
#include <vector>

#include "array/state.hpp"

namespace dojima {
namespace {

thread_local std::vector<stream> scopes;

} // namespace

namespace detail {

std::string stream_state::history() const {
  std::string text;
  const unsigned end = next.load();
  for (unsigned i = end > last.size() ? end - static_cast<unsigned>(last.size()) : 0; i < end; ++i)
    if (const char* operation = last[i % last.size()]) text += (text.empty() ? "" : ", ") + std::string(operation);
  return text.empty() ? "" : " (the last operations given to the stream of " + where.id() + ": " + text + ")";
}

const stream* scoped_stream() { return scopes.empty() ? nullptr : &scopes.back(); }

bool synchronizes_always() {
  static const bool always = [] {
    const char* value = std::getenv("DOJIMA_SYNC_CHECK");
    return value != nullptr && std::string(value) == "1";
  }();
  return always;
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
void* stream::handle() const { return state_->handle; }

void stream::synchronize() const {
  try {
    if (state_->capturing) throw error("synchronize (inside a graph capture)");
    where().backend().synchronize(handle());
  } catch (const kernels::bounds_error& problem) {
    throw input_error(problem.what() + state_->history());
  } catch (const error&) {
    throw;
  } catch (const std::runtime_error& problem) {
    throw error(problem.what() + state_->history());
  }
}

event stream::record() const {
  event mark(std::make_shared<detail::event_state>(where()));
  where().backend().record(mark.state_->handle, handle());
  return mark;
}

void stream::wait(const event& mark) const {
  if (where().is_cuda() && mark.state_->where.is_cuda())
    where().backend().wait(handle(), mark.state_->handle);
  else
    mark.synchronize(); // one side is the CPU, which has no queue that could wait
}

void event::synchronize() const { state_->where.backend().synchronize_event(state_->handle); }
bool event::done() const { return state_->where.backend().is_done(state_->handle); }

double seconds_between(const event& begin, const event& end) {
  if (!(begin.state_->where == end.state_->where))
    throw input_error("events on " + begin.state_->where.id() + " and " + end.state_->where.id() + " have no time between them");
  return end.state_->where.backend().seconds_between(begin.state_->handle, end.state_->handle);
}

stream_scope::stream_scope(const stream& on) { scopes.push_back(on); }
stream_scope::~stream_scope() { scopes.pop_back(); }

} // namespace dojima
