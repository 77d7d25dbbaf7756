#include "dojima/array/pipeline.hpp"

#include "array/host_block.hpp"
#include "array/state.hpp"

namespace dojima::detail {

pipeline_engine::pipeline_engine(const device& where, std::size_t depth, std::size_t chunk_bytes)
    : in_(where), computing_(where), out_(where), chunk_bytes_(chunk_bytes), slots_(depth) {}

pipeline_engine::~pipeline_engine() {
  for (const stream* s : {&in_, &computing_, &out_}) {
    try {
      s->synchronize();
    } catch (const std::exception&) { // the caller is told by the call that failed
    }
  }
}

void* pipeline_engine::room(std::size_t number) {
  slot& s = slot_of(number);
  if (!s.in) s.in = make_host_block(chunk_bytes_);
  return data_of(*s.in);
}

tensor pipeline_engine::send(std::size_t number, const void* from, std::int64_t count, dtype type, std::size_t item) {
  slot& s = slot_of(number);
  if (!s.memory) {
    s.memory = allocate(type, item, {static_cast<std::int64_t>(chunk_bytes_ / item)}, computing_, "pipeline").memory;
    in_.wait(computing_.record());
  }
  // The storage's own account would make the copy wait for the chunk before this one: its stream is the same. Only the last use
  // of this slot counts.
  if (s.computed) in_.wait(*s.computed);
  const std::size_t bytes = static_cast<std::size_t>(count) * item;
  submit(in_, "pipeline: copy in",
         [&](kernels::backend& backend, void* queue) { backend.copy(s.memory->data(), from, bytes, queue); });
  computing_.wait(in_.record());
  return {type, item, s.memory, 0, {count}, {1}};
}

void pipeline_engine::receive(std::size_t number, const tensor& result) {
  slot& s = slot_of(number);
  s.result = dense(result);
  const std::size_t bytes = static_cast<std::size_t>(s.result.size()) * s.result.item;
  if (!s.out || s.out->bytes() < bytes) s.out = make_host_block(bytes);
  s.result.memory->before_use(out_, false);
  if (bytes > 0)
    submit(out_, "pipeline: copy out",
           [&](kernels::backend& backend, void* queue) { backend.copy(s.out->data(), s.result.data(), bytes, queue); });
  s.result.memory->after_use(out_, false);
  s.computed = computing_.record();
  s.left = out_.record();
}

std::pair<const void*, std::size_t> pipeline_engine::result(std::size_t number) {
  slot& s = slot_of(number);
  s.left->synchronize();
  const auto count = static_cast<std::size_t>(s.result.size());
  s.result = {};
  return {s.out->data(), count};
}

} // namespace dojima::detail
