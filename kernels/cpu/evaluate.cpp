#include "kernels/cpu/evaluate.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>

#include "kernels/cpu/pool.hpp"

namespace dojima::kernels {
namespace {

constexpr std::size_t widest = 16; ///< bytes of a complex128

std::int64_t volume(const extents& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

/// Copies n elements of a strided run; stride 0 repeats one element.
template <class Word>
void copy_run(void* to, std::int64_t to_stride, const void* from, std::int64_t from_stride, std::int64_t n) {
  Word* t = static_cast<Word*>(to);
  const Word* f = static_cast<const Word*>(from);
  for (std::int64_t i = 0; i < n; ++i) t[i * to_stride] = f[i * from_stride];
}
struct wide_word {
  std::uint64_t word[2];
};
void copy_run(std::size_t item, void* to, std::int64_t to_stride, const void* from, std::int64_t from_stride, std::int64_t n) {
  if (to_stride == 1 && from_stride == 1) {
    std::memcpy(to, from, item * static_cast<std::size_t>(n));
    return;
  }
  switch (item) {
  case 1: return copy_run<std::uint8_t>(to, to_stride, from, from_stride, n);
  case 4: return copy_run<std::uint32_t>(to, to_stride, from, from_stride, n);
  case 8: return copy_run<std::uint64_t>(to, to_stride, from, from_stride, n);
  default: return copy_run<wide_word>(to, to_stride, from, from_stride, n);
  }
}

/// Calls f(offset, stride, first, count) for each run along the last dimension that makes up flat elements [begin, begin + n).
template <class F> void for_runs(const extents& domain, const extents& strides, std::int64_t begin, std::int64_t n, F&& f) {
  const std::size_t rank = domain.size();
  if (rank == 0) return f(std::int64_t{0}, std::int64_t{0}, std::int64_t{0}, n);
  std::int64_t index[extents::max_rank] = {}, offset = 0, rest = begin;
  for (std::size_t d = rank; d-- > 0;) {
    index[d] = rest % domain[d];
    rest /= domain[d];
    offset += index[d] * strides[d];
  }
  const std::size_t last = rank - 1;
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t count = std::min(n - done, domain[last] - index[last]);
    f(offset, strides[last], done, count);
    done += count;
    index[last] += count;
    offset += count * strides[last];
    for (std::size_t d = last; d > 0 && index[d] == domain[d]; --d) {
      offset += strides[d - 1] - domain[d] * strides[d];
      index[d] = 0;
      ++index[d - 1];
    }
  }
}

bool is_uniform(const operand& x) {
  return x.data != nullptr && x.index == no_register && std::ranges::all_of(x.strides, [](std::int64_t s) { return s == 0; });
}

/// Which loop makes each register, and in which buffer it stands: decided once for all blocks.
struct plan {
  struct step {
    loop run;
    register_id out, args[3];
  };
  std::pmr::vector<dtype> types; ///< of every register
  std::pmr::vector<int> buffer;  ///< of every register; -1 when it is read in place
  std::pmr::vector<step> body, epilogue;
  int buffers = 0;
  std::size_t buffer_bytes = 0;

  plan(const program& p, const loop_table& loops, std::pmr::memory_resource* room)
      : types(room), buffer(room), body(room), epilogue(room) {
    types.reserve(p.body_registers() + 2 * p.accumulators.size() + p.epilogue.size());
    body.reserve(p.body.size());
    for (const operand& x : p.inputs) add(x.type);
    for (const constant& c : p.constants) add(c.type);
    for (const instruction& i : p.body) body.push_back(make_step(i, loops));
    for (const accumulator& a : p.accumulators) {
      add(a.type);
      if (has_position(a.what)) add(dtype::int64);
    }
    for (const instruction& i : p.epilogue) epilogue.push_back(make_step(i, loops));
    assign_buffers(p);
    // Not a multiple of 4096: blocks at the same offset of a page share cache sets, and loads wait for stores to the other
    // ones.
    for (const dtype type : types)
      buffer_bytes = std::max(buffer_bytes, static_cast<std::size_t>(block_size) * size_of(type) + 192);
  }

private:
  register_id add(dtype type) {
    types.push_back(type);
    return static_cast<register_id>(types.size() - 1);
  }
  step make_step(const instruction& i, const loop_table& loops) {
    const auto from = static_cast<std::size_t>(types[i.args[0]]);
    const loop run = i.code == op::cast ? loops.casts[static_cast<std::size_t>(i.type)][from]
                                        : loops.operations[static_cast<std::size_t>(i.code)][static_cast<std::size_t>(i.type)];
    return {run, add(i.result), {i.args[0], i.args[1], i.args[2]}};
  }
  /// Inputs, constants and accumulators keep a buffer of their own; results of the body and of the epilogue share buffers once
  /// they are read for the last time.
  void assign_buffers(const program& p) {
    buffer.assign(types.size(), -1);
    const std::size_t fixed = p.inputs.size() + p.constants.size();
    for (std::size_t r = 0; r < fixed; ++r) buffer[r] = buffers++;
    for (std::size_t r = fixed + body.size(); r < types.size() - epilogue.size(); ++r) buffer[r] = buffers++;
    std::pmr::vector<char> kept(types.size(), 0, types.get_allocator());
    for (const output& o : p.outputs) {
      kept[o.value] = 1;
      if (o.to.index != no_register) kept[o.to.index] = 1;
    }
    for (const accumulator& a : p.accumulators) {
      kept[a.value] = 1;
      if (a.position != no_register) kept[a.position] = 1;
    }
    for (const auto* steps : {&body, &epilogue}) {
      if (steps->empty()) continue;
      std::pmr::vector<std::size_t> last(types.size(), 0, types.get_allocator());
      for (std::size_t s = 0; s < steps->size(); ++s)
        for (const register_id r : (*steps)[s].args)
          if (r != no_register) last[r] = s;
      std::pmr::vector<int> free(types.get_allocator());
      for (std::size_t s = 0; s < steps->size(); ++s) {
        const step& now = (*steps)[s];
        if (free.empty()) free.push_back(buffers++);
        buffer[now.out] = free.back();
        free.pop_back();
        for (int i = 0; i < 3; ++i) {
          const register_id r = now.args[i];
          const bool own = r != no_register && r >= fixed && !kept[r] && last[r] == s &&
                           std::find(now.args, now.args + i, r) == now.args + i;
          const bool made_here = own && (steps == &body ? r < fixed + body.size() : r >= types.size() - epilogue.size());
          if (made_here) free.push_back(buffer[r]);
        }
      }
    }
  }
};

/// Runs blocks of a program for one task.
class runner {
public:
  runner(const program& p, const plan& plan, const loop_table& loops, std::atomic<const operand*>& bad,
         std::atomic<std::int64_t>& bad_index)
      : p_(p), plan_(plan), loops_(loops), bad_(bad), bad_index_(bad_index),
        memory_(static_cast<std::byte*>(host_memory().allocate(static_cast<std::size_t>(plan.buffers) * plan.buffer_bytes))),
        at_(plan.types.size()) {
    for (std::size_t r = 0; r < at_.size(); ++r)
      at_[r] = plan.buffer[r] < 0 ? nullptr : memory_.get() + static_cast<std::size_t>(plan.buffer[r]) * plan.buffer_bytes;
    for (std::size_t i = 0; i < p.inputs.size(); ++i) {
      const operand& x = p.inputs[i];
      if (is_uniform(x)) copy_run(size_of(x.type), buffer(i), 1, x.data, 0, block_size);
    }
    for (std::size_t i = 0; i < p.constants.size(); ++i)
      copy_run(size_of(p.constants[i].type), buffer(p.inputs.size() + i), 1, p.constants[i].bits, 0, block_size);
  }

  const void* at(register_id r) const { return at_[r]; }
  void* buffer(std::size_t r) { return memory_.get() + static_cast<std::size_t>(plan_.buffer[r]) * plan_.buffer_bytes; }

  /// Reads the inputs at flat elements [begin, begin + n) of `domain`, n <= block_size. `strides(operand)` are those over it.
  template <class Strides> void load(const extents& domain, std::int64_t begin, std::int64_t n, Strides&& strides) {
    for (const bool indexed : {false, true})
      for (std::size_t i = 0; i < p_.inputs.size(); ++i) {
        const operand& x = p_.inputs[i];
        if (!is_uniform(x) && (x.index != no_register) == indexed) at_[i] = read(x, i, domain, begin, n, strides(x));
      }
  }
  void run(std::span<const plan::step> steps, std::int64_t n) {
    for (const plan::step& s : steps) {
      const void* args[3];
      for (int i = 0; i < 3; ++i) args[i] = s.args[i] == no_register ? nullptr : at_[s.args[i]];
      void* out = direct_ != nullptr && s.out == direct_register_ ? direct_ : buffer(s.out);
      s.run(out, args, n);
      at_[s.out] = out;
    }
  }
  /// Lets the step that makes `r` write there instead of into its buffer.
  void redirect(register_id r, void* to) { direct_register_ = r, direct_ = to; }

  /// Writes register r to flat elements [begin, begin + n) of `domain`.
  void write(const output& o, const extents& domain, std::int64_t begin, std::int64_t n, const extents& strides) {
    const std::byte* values = static_cast<const std::byte*>(at_[o.value]);
    const std::size_t item = size_of(o.to.type);
    std::byte* data = static_cast<std::byte*>(o.to.data);
    const auto* index = o.to.index == no_register ? nullptr : static_cast<const std::int64_t*>(at_[o.to.index]);
    for_runs(domain, strides, begin, n, [&](std::int64_t offset, std::int64_t stride, std::int64_t first, std::int64_t count) {
      const std::byte* from = values + static_cast<std::size_t>(first) * item;
      if (index == nullptr) {
        std::byte* to = data + offset * static_cast<std::int64_t>(item);
        if (to != from) copy_run(item, to, stride, from, 1, count);
        return;
      }
      for (std::int64_t j = 0; j < count; ++j) {
        const std::int64_t k = index[first + j];
        if (k >= 0)
          std::memcpy(data + (offset + j * stride + k * o.to.index_stride) * static_cast<std::int64_t>(item),
                      from + static_cast<std::size_t>(j) * item, item);
      }
    });
  }

private:
  const void* read(const operand& x, std::size_t r, const extents& domain, std::int64_t begin, std::int64_t n,
                   const extents& strides) {
    const std::size_t item = size_of(x.type);
    std::byte* to = static_cast<std::byte*>(buffer(r));
    const void* in_place = nullptr;
    for_runs(domain, strides, begin, n, [&](std::int64_t offset, std::int64_t stride, std::int64_t first, std::int64_t count) {
      if (x.data == nullptr) {
        auto* value = reinterpret_cast<std::int64_t*>(to) + first;
        for (std::int64_t j = 0; j < count; ++j) value[j] = x.offset + offset + j * stride;
        return;
      }
      const std::byte* data = static_cast<const std::byte*>(x.data);
      if (x.index != no_register) {
        const auto* index = static_cast<const std::int64_t*>(at_[x.index]) + first;
        for (std::int64_t j = 0; j < count; ++j) {
          std::int64_t k = index[j] < 0 ? index[j] + x.index_extent : index[j];
          if (k < 0 || k >= x.index_extent) {
            note(x, index[j]);
            k = 0;
          }
          std::memcpy(to + static_cast<std::size_t>(first + j) * item,
                      data + (offset + j * stride + k * x.index_stride) * static_cast<std::int64_t>(item), item);
        }
        return;
      }
      const std::byte* from = data + offset * static_cast<std::int64_t>(item);
      if (stride == 1 && count == n) {
        in_place = from;
        for (std::size_t i = 0; i < item * static_cast<std::size_t>(n); i += 64)
          __builtin_prefetch(from + item * static_cast<std::size_t>(n) + i, 0, 2);
      } else copy_run(item, to + static_cast<std::size_t>(first) * item, 1, from, stride, count);
    });
    return in_place != nullptr ? in_place : to;
  }
  void note(const operand& x, std::int64_t index) {
    const operand* none = nullptr;
    if (bad_.compare_exchange_strong(none, &x)) bad_index_ = index;
  }

  const program& p_;
  const plan& plan_;
  const loop_table& loops_;
  std::atomic<const operand*>& bad_;
  std::atomic<std::int64_t>& bad_index_;
  struct give_back {
    void operator()(std::byte* memory) const { host_memory().release(memory); }
  };
  std::unique_ptr<std::byte, give_back> memory_;
  std::vector<const void*> at_;
  register_id direct_register_ = no_register;
  void* direct_ = nullptr;
};

class evaluation {
public:
  evaluation(const program& p, const loop_table& loops) : p_(p), loops_(loops), plan_(p, loops, &arena_) {
    for (std::size_t i = 0; i + p.reduced < p.domain.size(); ++i) kept_.push_back(p.domain[i]);
  }

  void run() {
    if (p_.reduced == 0) elementwise();
    else if (columns_are_dense()) reduce_columns();
    else reduce_rows();
  }
  void report(index_fault& fault) const {
    if (const operand* x = bad_.load(); x != nullptr && fault.set == 0) fault = {bad_index_, x->index_extent, 1};
  }

private:
  runner make_runner() { return runner(p_, plan_, loops_, bad_, bad_index_); }

  /// Runs f(first, last) on chunks of [0, n), in parallel when there are enough elements to be worth it.
  template <class F> static void in_parallel(std::int64_t n, std::int64_t elements_each, F&& f) {
    constexpr std::int64_t worth = 32768;
    const std::int64_t grain = std::max<std::int64_t>(1, worth / std::max<std::int64_t>(elements_each, 1));
    if (n <= grain) return f(std::int64_t{0}, n);
    oneapi::tbb::parallel_for(oneapi::tbb::blocked_range<std::int64_t>(0, n, static_cast<std::size_t>(grain)),
                              [&](const auto& range) { f(range.begin(), range.end()); });
  }
  static const extents& own_strides(const operand& x) { return x.strides; }

  void elementwise() {
    const std::int64_t size = volume(p_.domain), blocks = (size + block_size - 1) / block_size;
    in_parallel(blocks, block_size, [&](std::int64_t first, std::int64_t last) {
      runner r = make_runner();
      const bool single = p_.outputs.size() == 1 && p_.outputs[0].to.index == no_register && p_.domain.size() == 1 &&
                          p_.outputs[0].to.strides[0] == 1;
      for (std::int64_t b = first; b < last; ++b) {
        const std::int64_t begin = b * block_size, n = std::min(block_size, size - begin);
        if (single)
          r.redirect(p_.outputs[0].value, static_cast<std::byte*>(p_.outputs[0].to.data) +
                                              static_cast<std::size_t>(begin) * size_of(p_.outputs[0].to.type));
        r.load(p_.domain, begin, n, own_strides);
        r.run(plan_.body, n);
        for (const output& o : p_.outputs) r.write(o, p_.domain, begin, n, o.to.strides);
      }
    });
  }

  /// Position of accumulator a's first register.
  register_id accumulator_register(std::size_t a) const {
    std::size_t r = p_.body_registers();
    for (std::size_t i = 0; i < a; ++i) r += has_position(p_.accumulators[i].what) ? 2 : 1;
    return static_cast<register_id>(r);
  }
  /// Runs the epilogue on results [begin, begin + n) and writes them; with tiles, result k * tiles + t.
  void finish(runner& r, std::int64_t begin, std::int64_t n) {
    if (p_.tiles() > 1) {
      extents shape = kept_;
      shape.push_back(p_.tiles());
      for (const output& o : p_.outputs) r.write(o, shape, begin, n, o.to.strides);
      return;
    }
    if (!p_.epilogue.empty()) {
      r.load(kept_, begin, n, [&](const operand& x) {
        extents strides;
        for (std::size_t i = 0; i < kept_.size(); ++i) strides.push_back(x.strides[i]);
        return strides;
      });
      r.run(plan_.epilogue, n);
    }
    for (const output& o : p_.outputs) r.write(o, kept_, begin, n, o.to.strides);
  }

  void reduce_rows() {
    const std::int64_t length = p_.reduced_size(), tiles = p_.tiles(), results = p_.kept_size() * tiles;
    // Results in groups: as many as fit one block of input when rows are short, and at most a block of results.
    const std::int64_t group = std::clamp<std::int64_t>(block_size / std::max<std::int64_t>(length, 1), 1, block_size);
    const std::int64_t groups = (results + group - 1) / group;
    in_parallel(groups, group * std::min(length, tile), [&](std::int64_t first, std::int64_t last) {
      runner r = make_runner();
      alignas(64) std::byte values[lanes * widest];
      alignas(64) std::int64_t at[lanes];
      struct result_block {
        alignas(64) std::byte values[block_size * widest];
      };
      std::vector<result_block> kept(plan_.types.size() - p_.body_registers() - p_.epilogue.size());
      std::int64_t pending = 0, pending_begin = first * group;
      const auto flush = [&] {
        if (pending == 0) return;
        for (std::size_t i = 0; i < kept.size(); ++i)
          std::memcpy(r.buffer(p_.body_registers() + i), kept[i].values, static_cast<std::size_t>(pending) * widest_of(i));
        finish(r, pending_begin, pending);
        pending_begin += pending;
        pending = 0;
      };
      const auto store = [&](std::size_t a, std::int64_t where) {
        const std::size_t i = accumulator_register(a) - p_.body_registers();
        const std::size_t item = size_of(p_.accumulators[a].type);
        std::memcpy(kept[i].values + static_cast<std::size_t>(where) * item, values, item);
        if (has_position(p_.accumulators[a].what)) std::memcpy(kept[i + 1].values + static_cast<std::size_t>(where) * 8, at, 8);
      };
      for (std::int64_t g = first; g < last; ++g) {
        const std::int64_t from = g * group, count = std::min(group, results - from);
        if (pending + count > block_size) flush();
        if (length <= block_size) { // whole rows in one block
          const std::int64_t n = count * length;
          r.load(p_.domain, from * length, n, own_strides);
          r.run(plan_.body, n);
          for (std::int64_t row = 0; row < count; ++row)
            for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
              begin(a, values, at);
              accumulate(r, a, values, at, row * length, 0, length);
              end(a, values, at);
              store(a, pending + row);
            }
        } else {
          const std::int64_t k = from / tiles, t = from % tiles;
          const std::int64_t start = t * tile, stop = std::min(length, start + tile);
          std::vector<lane_state>& state = states_for(r);
          for (std::size_t a = 0; a < p_.accumulators.size(); ++a) begin(a, state[a].values, state[a].at);
          for (std::int64_t j = start; j < stop; j += block_size) {
            const std::int64_t n = std::min(block_size, stop - j);
            r.load(p_.domain, k * length + j, n, own_strides);
            r.run(plan_.body, n);
            for (std::size_t a = 0; a < p_.accumulators.size(); ++a) accumulate(r, a, state[a].values, state[a].at, 0, j, n);
          }
          for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
            end(a, state[a].values, state[a].at);
            std::memcpy(values, state[a].values, widest);
            at[0] = state[a].at[0];
            store(a, pending);
          }
        }
        pending += count;
      }
      flush();
    });
  }

  struct lane_state {
    alignas(64) std::byte values[lanes * widest];
    alignas(64) std::int64_t at[lanes];
  };
  std::vector<lane_state>& states_for(runner&) const {
    thread_local std::vector<lane_state> states;
    states.resize(p_.accumulators.size());
    return states;
  }
  std::size_t widest_of(std::size_t i) const { return size_of(plan_.types[p_.body_registers() + i]); }
  const lane_loops& lanes_of(std::size_t a) const {
    return loops_.lane[static_cast<std::size_t>(p_.accumulators[a].what)][static_cast<std::size_t>(p_.accumulators[a].type)];
  }
  void begin(std::size_t a, void* values, std::int64_t* at) const { lanes_of(a).begin(values, at); }
  void end(std::size_t a, void* values, std::int64_t* at) const { lanes_of(a).end(values, at); }
  void accumulate(const runner& r, std::size_t a, void* values, std::int64_t* at, std::int64_t skip, std::int64_t first,
                  std::int64_t n) const {
    const accumulator& what = p_.accumulators[a];
    const auto* elements =
        static_cast<const std::byte*>(r.at(what.value)) + static_cast<std::size_t>(skip) * size_of(what.type);
    const auto* positions =
        what.position == no_register ? nullptr : static_cast<const std::int64_t*>(r.at(what.position)) + skip;
    lanes_of(a).add(values, at, elements, positions, first, n);
  }

  /// Whether neighbours in memory belong to different results, as when the first axis of a row-major matrix is reduced.
  bool columns_are_dense() const {
    if (kept_.empty() || kept_.back() < 16) return false;
    for (const accumulator& a : p_.accumulators)
      if (has_position(a.what)) return false;
    bool dense = false;
    for (const operand& x : p_.inputs) {
      if (x.index != no_register) return false;
      const std::int64_t reduced = x.strides.back();
      if (reduced == 1) return false;
      dense = dense || x.strides[kept_.size() - 1] == 1;
    }
    return dense;
  }

  void reduce_columns() {
    constexpr std::int64_t width = 64;
    const std::int64_t kept = p_.kept_size(), length = p_.reduced_size(), tiles = p_.tiles();
    const std::int64_t column_blocks = (kept + width - 1) / width;
    const auto reduced_first = [&](const extents& x) {
      extents turned;
      for (std::size_t i = kept_.size(); i < p_.domain.size(); ++i) turned.push_back(x[i]);
      for (std::size_t i = 0; i < kept_.size(); ++i) turned.push_back(x[i]);
      return turned;
    };
    const extents domain = reduced_first(p_.domain);
    in_parallel(column_blocks * tiles, width * std::min(length, tile), [&](std::int64_t first, std::int64_t last) {
      runner r = make_runner();
      std::vector<std::byte> rows(p_.accumulators.size() * static_cast<std::size_t>(lanes * width) * widest);
      for (std::int64_t task = first; task < last; ++task) {
        const std::int64_t t = task / column_blocks, column = task % column_blocks * width;
        const std::int64_t n = std::min(width, kept - column), start = t * tile, count = std::min(length - start, tile);
        const auto row = [&](std::size_t a, std::int64_t lane) {
          return rows.data() + (a * static_cast<std::size_t>(lanes) + static_cast<std::size_t>(lane)) * width * widest;
        };
        const auto merge = [&](std::size_t a, std::int64_t lane, const void* with) {
          const accumulator& what = p_.accumulators[a];
          const op code = loops_.combine[static_cast<std::size_t>(what.what)];
          const void* args[3] = {row(a, lane), with, nullptr};
          loops_.operations[static_cast<std::size_t>(code)][static_cast<std::size_t>(what.type)](row(a, lane), args, n);
        };
        for (std::int64_t j = 0; j < count; ++j) {
          r.load(domain, (start + j) * kept + column, n, [&](const operand& x) { return reduced_first(x.strides); });
          r.run(plan_.body, n);
          for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
            const void* values = r.at(p_.accumulators[a].value);
            if (j < lanes) std::memcpy(row(a, j), values, static_cast<std::size_t>(n) * size_of(p_.accumulators[a].type));
            else merge(a, j % lanes, values);
          }
        }
        for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
          for (std::int64_t w = lanes / 2; w > 0; w /= 2)
            for (std::int64_t lane = 0; lane < w && lane + w < count; ++lane) merge(a, lane, row(a, lane + w));
          std::memcpy(r.buffer(accumulator_register(a)), row(a, 0),
                      static_cast<std::size_t>(n) * size_of(p_.accumulators[a].type));
        }
        if (tiles == 1) finish(r, column, n);
        else write_tile(r, column, n, t);
      }
    });
  }
  /// Results of one tile stand `tiles` apart.
  void write_tile(runner& r, std::int64_t column, std::int64_t n, std::int64_t t) const {
    for (output o : p_.outputs) {
      extents strides;
      for (std::size_t i = 0; i < kept_.size(); ++i) strides.push_back(o.to.strides[i]);
      o.to.data = static_cast<std::byte*>(o.to.data) + t * o.to.strides.back() * static_cast<std::int64_t>(size_of(o.to.type));
      r.write(o, kept_, column, n, strides);
    }
  }

  const program& p_;
  const loop_table& loops_;
  std::array<std::byte, 4096> room_; ///< a small plan costs no allocation
  std::pmr::monotonic_buffer_resource arena_{room_.data(), room_.size()};
  const plan plan_;
  extents kept_;
  std::atomic<const operand*> bad_ = nullptr;
  std::atomic<std::int64_t> bad_index_ = 0;
};

} // namespace

void evaluate(const program& program, const loop_table& loops, index_fault& fault) {
  if (program.kept_size() == 0) return;
  evaluation run(program, loops);
  run.run();
  run.report(fault);
}

} // namespace dojima::kernels
