// From the graph of an expression to programs for the backend: what is fused into one pass, and over which domain.
#include <algorithm>
#include <optional>
#include <ranges>

#include "array/expression.hpp"
#include "array/state.hpp"
#include "dojima/array/array.hpp"

namespace dojima::detail {
namespace {

using kernels::no_register;
using kernels::program;
using kernels::register_id;

bool same_elements(const tensor& a, const tensor& b) {
  return a.memory == b.memory && a.offset == b.offset && a.type == b.type && a.shape == b.shape && a.strides == b.strides;
}

/// One evaluation: builds the programs for a root and gives them to a stream.
class evaluator {
public:
  explicit evaluator(const stream& on) : on_(on), materialised_(own_) { swap_spare(); }
  ~evaluator() {
    seen_.clear(), visited_.clear(), known_.clear(), uses_.clear();
    p_.inputs.clear(), p_.constants.clear(), p_.body.clear(), p_.epilogue.clear(), p_.outputs.clear();
    swap_spare();
  }
  evaluator(const evaluator&) = delete;
  evaluator& operator=(const evaluator&) = delete;

  /// to[...] = root. With an index, see `scatter`.
  void run(const tensor& to, const node_ptr& root, const node_ptr& index = nullptr, std::int64_t index_stride = 0) {
    find_reductions(root);
    std::vector<const node*> fused;
    if (!index) fused = fusible(*root);
    for (const node_ptr& r : reductions_)
      if (std::ranges::find(fused, r.get()) == fused.end()) materialise(r);
    if (fused.empty()) elementwise(to, root, index, index_stride);
    else reduce(to, root, fused);
  }

private:
  struct known {
    const node* of;
    register_id at;
  };
  struct use {
    storage* memory; ///< kept alive by the expression, by its target or by this evaluator
    bool writes;
  };

  /// Building an expression costs mostly the growing of vectors: a thread's next evaluator takes over the room of the last one.
  void swap_spare() {
    struct room {
      std::vector<const node*> seen, visited;
      std::vector<known> known_nodes;
      std::vector<use> uses;
      std::vector<kernels::operand> inputs;
      std::vector<kernels::constant> constants;
      std::vector<kernels::instruction> body, epilogue;
      std::vector<kernels::output> outputs;
    };
    static thread_local room spare;
    std::swap(seen_, spare.seen);
    std::swap(visited_, spare.visited);
    std::swap(known_, spare.known_nodes);
    std::swap(uses_, spare.uses);
    std::swap(p_.inputs, spare.inputs);
    std::swap(p_.constants, spare.constants);
    std::swap(p_.body, spare.body);
    std::swap(p_.epilogue, spare.epilogue);
    std::swap(p_.outputs, spare.outputs);
  }

  // ---- which reductions there are, and which of them go into the final pass --------------------------------------------
  void find_reductions(const node_ptr& x) {
    if (std::ranges::find(seen_, x.get()) != seen_.end()) return;
    seen_.push_back(x.get());
    if (x->kind == node_kind::reduce) {
      reductions_.push_back(x);
      return;
    }
    if (x->kind == node_kind::operation)
      for (const node_ptr& arg : x->args)
        if (arg) find_reductions(arg);
  }
  /// The reductions over one domain whose results the root takes as they are, one for each of its elements.
  std::vector<const node*> fusible(const node& root) const {
    std::vector<const node*> list;
    for (const node_ptr& r : reductions_) {
      if (!(r->shape == root.shape)) continue;
      const node* first = list.empty() ? r.get() : list.front();
      if (r->axes == first->axes && r->args[0]->shape == first->args[0]->shape && r->ordered == first->ordered)
        list.push_back(r.get());
    }
    return list;
  }
  /// For a reduction inside another one: shares what is computed already.
  evaluator(const stream& on, std::vector<std::pair<const node*, tensor>>& materialised)
      : on_(on), materialised_(materialised) {
    swap_spare();
  }

  void materialise(const node_ptr& r) {
    if (std::ranges::find(materialised_, r.get(), &std::pair<const node*, tensor>::first) != materialised_.end()) return;
    const tensor result = partial_result(r->type, r->shape);
    evaluator(on_, materialised_).run(result, r);
    materialised_.emplace_back(r.get(), result);
  }
  tensor partial_result(dtype type, const extents& shape) const {
    return scratch(type, size_of(type), shape, on_, "a partial result");
  }

  // ---- building a program ----------------------------------------------------------------------------------------------
  /// Register of a node in the program at hand. `domain` is the shape that the node is broadcast to; `place` turns strides over
  /// it into strides over the program's domain. Inputs and constants come first, so this runs twice: once to collect them.
  struct context {
    const extents& domain;
    extents (evaluator::*place)(const extents&) const;
    std::vector<kernels::instruction>* code;
  };

  void collect(const node_ptr& x, const context& in) {
    if (find(x.get())) return;
    switch (x->kind) {
    case node_kind::input: return add_input(x.get(), x->data, in);
    case node_kind::constant:
      known_.push_back({x.get(), static_cast<register_id>(p_.constants.size() | constant_flag)});
      p_.constants.push_back({x->type, {x->value.bits[0], x->value.bits[1]}});
      return;
    case node_kind::coordinate: {
      tensor t{dtype::int64, 8, nullptr, 0, x->shape, x->strides};
      kernels::operand o{nullptr, dtype::int64, (this->*in.place)(broadcast_to(t, in.domain).strides)};
      known_.push_back({x.get(), static_cast<register_id>(p_.inputs.size())});
      p_.inputs.push_back(o);
      return;
    }
    case node_kind::take: return collect_take(*x, in);
    case node_kind::reduce:
      for (const auto& [of, result] : materialised_)
        if (of == x.get()) return add_input(x.get(), result, in);
      return; // an accumulator
    case node_kind::operation:
      visited_.push_back(x.get());
      for (const node_ptr& arg : x->args)
        if (arg && std::ranges::find(visited_, arg.get()) == visited_.end()) collect(arg, in);
    }
  }
  void add_input(const node* x, const tensor& t, const context& in) {
    const tensor wide = broadcast_to(t, in.domain);
    known_.push_back({x, static_cast<register_id>(p_.inputs.size())});
    p_.inputs.push_back({t.data(), t.type, (this->*in.place)(wide.strides)});
    uses_.push_back({t.memory.get(), false});
  }
  void collect_take(const node& x, const context& in) {
    const node_ptr& index = x.args[0];
    const std::size_t axis = x.axes, rank = index->shape.size();
    tensor from = x.data, at = index->data; // both with the shape of the result
    from.shape = at.shape = x.shape;
    from.strides = at.strides = extents(x.shape.size(), 0);
    for (std::size_t d = 0; d < x.shape.size(); ++d) {
      if (d < axis) from.strides[d] = x.data.strides[d];
      else if (d < axis + rank) at.strides[d] = index->data.strides[d - axis];
      else from.strides[d] = x.data.strides[d - rank + 1];
    }
    const auto at_register = static_cast<register_id>(p_.inputs.size());
    p_.inputs.push_back({at.data(), dtype::int64, (this->*in.place)(broadcast_to(at, in.domain).strides)});
    known_.push_back({&x, static_cast<register_id>(p_.inputs.size())});
    kernels::operand o{from.data(), x.type, (this->*in.place)(broadcast_to(from, in.domain).strides)};
    o.index = at_register;
    o.index_stride = x.data.strides[axis];
    o.index_extent = x.data.shape[axis];
    p_.inputs.push_back(o);
    uses_.push_back({from.memory.get(), false});
    uses_.push_back({at.memory.get(), false});
  }
  /// Emits the instructions of a node's cone.
  register_id emit(const node_ptr& x, const context& in) {
    if (const known* k = find(x.get())) return k->at;
    kernels::instruction i{x->code, x->type, x->type, {no_register, no_register, no_register}};
    for (std::size_t a = 0; a < 3; ++a)
      if (x->args[a]) i.args[a] = emit(x->args[a], in);
    if (x->code != op::cast) i.type = x->args[x->code == op::where ? 1 : 0]->type;
    if (x->code == op::cast && x->args[0]->type == x->type) return i.args[0]; // broadcast_to
    return emit(x.get(), i, in);
  }
  register_id emit(const node* x, const kernels::instruction& i, const context& in) {
    const auto r = static_cast<register_id>(p_.body_registers() + accumulator_registers() + p_.epilogue.size());
    in.code->push_back(i);
    known_.push_back({x, r});
    return r;
  }
  register_id emit_cast(register_id r, dtype from, dtype to, const context& in) {
    if (from == to) return r;
    return emit(nullptr, {op::cast, to, to, {r, no_register, no_register}}, in);
  }
  std::size_t accumulator_registers() const {
    std::size_t n = 0;
    for (const kernels::accumulator& a : p_.accumulators) n += kernels::has_position(a.what) ? 2 : 1;
    return n;
  }
  const known* find(const node* x) const {
    const auto k = std::ranges::find(known_, x, &known::of);
    return k == known_.end() ? nullptr : &*k;
  }
  /// Constants stand after the inputs, whose number is known once all are collected.
  void number_constants(std::vector<known>& list) const {
    for (known& k : list)
      if ((k.at & constant_flag) != 0) k.at = static_cast<register_id>((k.at & ~constant_flag) + p_.inputs.size());
  }

  extents as_is(const extents& strides) const { return strides; }
  /// Kept dimensions first, then the reduced ones.
  extents kept_first(const extents& strides) const {
    extents turned;
    for (const bool reduced : {false, true})
      for (std::size_t d = 0; d < strides.size(); ++d)
        if ((axes_ >> d & 1) == reduced) turned.push_back(strides[d]);
    return turned;
  }
  /// Strides over the root's shape, which may have kept the reduced dimensions as ones, as strides over the domain.
  extents of_results(const extents& strides) const {
    extents turned;
    for (std::size_t d = 0; d < strides.size(); ++d)
      if (!keepdims_ || (axes_ >> d & 1) == 0) turned.push_back(strides[d]);
    for (std::size_t d = 0; d < p_.reduced; ++d) turned.push_back(0);
    return turned;
  }

  void elementwise(const tensor& to, const node_ptr& root, const node_ptr& index, std::int64_t index_stride) {
    p_.domain = to.shape;
    const context in{to.shape, &evaluator::as_is, &p_.body};
    collect(root, in);
    if (index) collect(index, in);
    number_constants(known_);
    const register_id value = emit_cast(emit(root, in), root->type, to.type, in);
    kernels::output out{value, {to.data(), to.type, to.strides}};
    if (index) {
      out.to.index = emit(index, in);
      out.to.index_stride = index_stride;
    }
    p_.outputs.push_back(out);
    uses_.push_back({to.memory.get(), true});
    launch(root->kind == node_kind::operation ? name_of(root->code) : "copy");
  }

  void reduce(const tensor& to, const node_ptr& root, const std::vector<const node*>& fused) {
    const node& first = *fused.front();
    axes_ = first.axes;
    keepdims_ = first.shape.size() == first.args[0]->shape.size();
    const extents& domain = first.args[0]->shape;
    p_.domain = kept_first(domain);
    p_.reduced = static_cast<std::size_t>(std::popcount(first.axes));
    p_.ordered = first.ordered;

    // Reductions inside the arguments come first.
    std::vector<node_ptr> inner;
    std::swap(inner, reductions_);
    seen_.clear();
    for (const node* r : fused) find_reductions(r->args[0]);
    for (const node_ptr& r : reductions_) materialise(r);

    const context body{domain, &evaluator::kept_first, &p_.body};
    const context epilogue{root->shape, &evaluator::of_results, &p_.epilogue};
    for (const node* r : fused) collect(r->args[0], body);
    const bool single = p_.reduced_size() <= kernels::tile;
    std::vector<known> of_body;
    if (single) { // what body and epilogue both read is read twice, at different places
      std::swap(of_body, known_);
      visited_.clear();
      collect(root, epilogue);
      std::swap(of_body, known_);
      number_constants(of_body);
    }
    number_constants(known_);
    std::vector<kernels::accumulator> accumulators;
    for (const node* r : fused) accumulators.push_back({r->what, r->args[0]->type, emit(r->args[0], body)});
    p_.accumulators = accumulators;
    known_ = std::move(of_body);

    const char* name = name_of(first.what);
    while (p_.reduced_size() > kernels::tile) reduce_tiles(name);
    if (!single) {
      collect(root, epilogue);
      number_constants(known_);
    }
    register_id r = static_cast<register_id>(p_.body_registers());
    for (std::size_t a = 0; a < fused.size(); ++a) {
      const bool position = kernels::has_position(fused[a]->what);
      known_.push_back({fused[a], static_cast<register_id>(position ? r + 1 : r)});
      r = static_cast<register_id>(r + (position ? 2 : 1));
    }
    const register_id value = emit_cast(emit(root, epilogue), root->type, to.type, epilogue);
    const tensor wide = broadcast_to(to, root->shape);
    p_.outputs.push_back({value, {to.data(), to.type, of_results(wide.strides)}});
    for (std::size_t d = 0; d < p_.reduced; ++d) p_.outputs.back().to.strides.erase(p_.outputs.back().to.strides.size() - 1);
    uses_.push_back({to.memory.get(), true});
    launch(name);
  }

  /// Runs the program at hand up to the tiles' results, and sets up the one that reduces those.
  void reduce_tiles(const char* name) {
    extents kept;
    for (std::size_t d = 0; d + p_.reduced < p_.domain.size(); ++d) kept.push_back(p_.domain[d]);
    program next;
    std::vector<tensor> partial;
    extents shape = kept;
    shape.push_back(p_.tiles());
    auto r = static_cast<register_id>(p_.body_registers());
    for (const kernels::accumulator& a : p_.accumulators) {
      const auto pass_on = [&](dtype type) {
        const tensor t = partial_result(type, shape);
        p_.outputs.push_back({r++, {t.data(), type, t.strides}});
        partial.push_back(t);
        next.inputs.push_back({t.data(), type, t.strides});
        return static_cast<register_id>(next.inputs.size() - 1);
      };
      kernels::accumulator merged{a.what, a.type, pass_on(a.type)};
      if (kernels::has_position(a.what)) merged.position = pass_on(dtype::int64);
      next.accumulators.push_back(merged);
    }
    next.domain = shape;
    next.reduced = 1;
    next.ordered = p_.ordered;
    for (const tensor& t : partial) uses_.push_back({t.memory.get(), true});
    launch(name);
    p_ = std::move(next);
    uses_.clear();
    for (const tensor& t : partial) uses_.push_back({t.memory.get(), false});
    partial_ = std::move(partial);
    known_.clear();
    visited_.clear();
  }

  // ---- giving it away --------------------------------------------------------------------------------------------------
  void launch(const char* name) {
    collapse();
    for (const use& u : uses_)
      if (!(u.memory->home().where() == on_.where()))
        throw input_error("expected all arrays on one device, but found " + u.memory->home().where().id() + " and " +
                          on_.where().id() + "; use .to(device)");
    for (const use& u : uses_) u.memory->before_use(on_, u.writes);
    submit(on_, name, [&](kernels::backend& backend, void* queue) { backend.evaluate(p_, queue); });
    for (const use& u : uses_) u.memory->after_use(on_, u.writes);
  }
  /// Drops dimensions of one element and merges neighbours that every operand walks through evenly, kept and reduced ones
  /// apart.
  void collapse() {
    if (p_.domain.size() < 2 && (p_.domain.empty() || p_.domain[0] != 1)) return;
    // Outputs have strides over the kept dimensions alone, and the tiles after them.
    const auto inputs = std::views::transform(p_.inputs, [](kernels::operand& x) { return &x.strides; });
    const auto outputs = std::views::transform(p_.outputs, [](kernels::output& o) { return &o.to.strides; });
    for (std::size_t d = p_.domain.size(); d-- > 0;) {
      const std::size_t kept = p_.domain.size() - p_.reduced;
      const bool is_kept = d < kept, has_next = d + 1 < p_.domain.size() && is_kept == (d + 1 < kept);
      std::size_t gone = p_.domain.size();
      if (p_.domain[d] == 1 && (is_kept || p_.reduced > 1)) {
        gone = d;
      } else if (has_next) {
        const std::int64_t next = p_.domain[d + 1];
        const auto even = [&](const extents* s) { return (*s)[d] == next * (*s)[d + 1]; };
        if (std::ranges::all_of(inputs, even) && (!is_kept || std::ranges::all_of(outputs, even))) {
          p_.domain[d + 1] *= p_.domain[d];
          gone = d;
        }
      }
      if (gone == p_.domain.size()) continue;
      p_.domain.erase(gone);
      for (extents* s : inputs) s->erase(gone);
      if (is_kept)
        for (extents* s : outputs) s->erase(gone);
      else --p_.reduced;
    }
  }

  static constexpr register_id constant_flag = 0x8000;

  const stream& on_;
  std::vector<const node*> seen_, visited_;
  std::vector<node_ptr> reductions_;
  std::vector<std::pair<const node*, tensor>> own_, &materialised_;
  std::uint8_t axes_ = 0;
  bool keepdims_ = false;
  program p_;
  std::vector<use> uses_;       ///< what the program reads and writes
  std::vector<tensor> partial_; ///< keeps the tiles' results while they are read
  std::vector<known> known_;
};

/// The first array of an expression.
const tensor* first_tensor(const node& x) {
  if (x.kind == node_kind::input || x.kind == node_kind::take) return &x.data;
  for (const node_ptr& arg : x.args)
    if (arg)
      if (const tensor* t = first_tensor(*arg)) return t;
  return nullptr;
}

/// Whether x reads memory of `to` elsewhere than at the element that is written. Inside a reduction every element is another
/// one.
bool reads_other_elements(const node& x, const tensor& to, bool reduced, std::array<std::vector<const node*>, 2>& seen_by_now) {
  std::vector<const node*>& seen = seen_by_now[reduced];
  const bool own = x.data.memory == to.memory && x.data.memory;
  if (x.kind == node_kind::input) return own && (reduced || !same_elements(x.data, to));
  if (x.kind == node_kind::take && own) return true;
  if (std::ranges::find(seen, &x) != seen.end()) return false;
  seen.push_back(&x);
  return std::ranges::any_of(x.args, [&](const node_ptr& arg) {
    return arg && reads_other_elements(*arg, to, reduced || x.kind == node_kind::reduce, seen_by_now);
  });
}

} // namespace

tensor evaluate(const node_ptr& x, const stream* on) {
  if (x->kind == node_kind::input && on == nullptr) return x->data;
  const tensor* first = first_tensor(*x);
  const stream* scope = scoped_stream();
  const bool take_scope = scope != nullptr && (first == nullptr || scope->where() == first->home().where());
  const stream where = on != nullptr ? *on : take_scope ? *scope : first != nullptr ? first->home() : stream::current();
  const tensor to = allocate(x->type, x->shape, where, "expression");
  if (to.size() > 0) evaluator(where).run(to, x);
  return to;
}

void assign(const tensor& to, const node_ptr& x) {
  const node_ptr wide = broadcast_to(x, to.shape);
  if (to.size() == 0) return;
  const stream& on = working_stream(to.home());
  std::array<std::vector<const node*>, 2> seen;
  if (reads_other_elements(*wide, to, false, seen)) {
    const tensor whole = evaluate(wide, &on);
    return evaluator(on).run(to, input(whole));
  }
  evaluator(on).run(to, wide);
}

void scatter(const tensor& to, std::int64_t index_stride, const node_ptr& index, const node_ptr& x) {
  if (to.size() > 0) evaluator(working_stream(to.home())).run(to, x, index, index_stride);
}

} // namespace dojima::detail
