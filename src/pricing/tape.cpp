#include "pricing/tape.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "dojima/error.hpp"

namespace dojima {
namespace {

using node = kernels::payoff_node;
using source = node::source;

thread_local tape* current = nullptr;

tape& writing() {
  if (current == nullptr) throw error("path values can be used while a payoff is followed only");
  return *current;
}

node leaf(source from, int index, double value = 0) {
  node n;
  n.from = from;
  n.index = index;
  n.value = value;
  return n;
}

int operation(op code, bool of_masks, bool is_mask, int a, int b = -1, int c = -1) {
  node n;
  n.code = code;
  n.of_masks = of_masks;
  n.is_mask = is_mask;
  n.args[0] = a, n.args[1] = b, n.args[2] = c;
  return writing().add(n);
}
path_value number(op code, path_value a) { return path_value::of_node(operation(code, false, false, a.node())); }
path_value number(op code, path_value a, path_value b) {
  return path_value::of_node(operation(code, false, false, a.node(), b.node()));
}
path_condition comparison(op code, path_value a, path_value b) {
  return path_condition(operation(code, false, true, a.node(), b.node()));
}

std::string bits(double x) { return std::to_string(std::bit_cast<std::uint64_t>(x)); }

} // namespace

int path_value::node() const {
  if (node_ >= 0) return node_;
  return writing().add(leaf(source::constant, 0, constant_));
}

path_value operator+(path_value a, path_value b) { return number(op::add, a, b); }
path_value operator-(path_value a, path_value b) { return number(op::subtract, a, b); }
path_value operator*(path_value a, path_value b) { return number(op::multiply, a, b); }
path_value operator/(path_value a, path_value b) { return number(op::divide, a, b); }
path_value operator-(path_value a) { return number(op::negative, a); }
path_condition operator<(path_value a, path_value b) { return comparison(op::less, a, b); }
path_condition operator<=(path_value a, path_value b) { return comparison(op::less_equal, a, b); }
path_condition operator>(path_value a, path_value b) { return comparison(op::greater, a, b); }
path_condition operator>=(path_value a, path_value b) { return comparison(op::greater_equal, a, b); }
path_condition operator==(path_value a, path_value b) { return comparison(op::equal, a, b); }
path_condition operator!=(path_value a, path_value b) { return comparison(op::not_equal, a, b); }
path_value fma(path_value a, path_value b, path_value c) {
  return path_value::of_node(operation(op::fma, false, false, a.node(), b.node(), c.node()));
}
path_value min(path_value a, path_value b) { return number(op::minimum, a, b); }
path_value max(path_value a, path_value b) { return number(op::maximum, a, b); }
path_value pow(path_value a, path_value b) { return number(op::power, a, b); }
path_value abs(path_value a) { return number(op::absolute, a); }
path_value sqrt(path_value a) { return number(op::sqrt, a); }
path_value exp(path_value a) { return number(op::exp, a); }
path_value log(path_value a) { return number(op::log, a); }
path_value norm_cdf(path_value a) { return number(op::norm_cdf, a); }
path_value select(path_condition c, path_value yes, path_value no) {
  return path_value::of_node(operation(op::where, false, false, c.node(), yes.node(), no.node()));
}
path_condition operator&(path_condition a, path_condition b) {
  return path_condition(operation(op::logical_and, true, true, a.node_, b.node_));
}
path_condition operator|(path_condition a, path_condition b) {
  return path_condition(operation(op::logical_or, true, true, a.node_, b.node_));
}
path_condition operator!(path_condition a) { return path_condition(operation(op::logical_not, true, true, a.node_)); }

path_value parameter(double value) { return writing().parameter(value); }

path_value observation::spot(int asset) const {
  return path_value::of_node(writing().add(leaf(source::observed, asset * observables_)));
}
path_value observation::spot_before(int asset) const {
  return path_value::of_node(writing().add(leaf(source::observed, asset * observables_ + (jumps() ? 2 : 0))));
}
path_value observation::variance(int asset) const {
  return path_value::of_node(writing().add(leaf(source::observed, asset * observables_ + 1)));
}
path_value observation::date(int column) const { return path_value::of_node(writing().add(leaf(source::date, column))); }

tape::scope::scope(tape& t) : before_(current) { current = &t; }
tape::scope::~scope() { current = before_; }

int tape::add(const node& n) {
  std::string key;
  for (const int part : {static_cast<int>(n.from), static_cast<int>(n.code), n.args[0], n.args[1], n.args[2], n.index})
    key += std::to_string(part) + ' ';
  key += bits(n.value);
  const auto [entry, is_new] = known_.try_emplace(std::move(key), static_cast<int>(nodes_.size()));
  if (is_new) nodes_.push_back(n);
  return entry->second;
}

std::vector<int> tape::below(int node) const {
  std::vector<int> all, open{node};
  std::unordered_set<int> done;
  while (!open.empty()) {
    const int at = open.back();
    const std::size_t before = open.size();
    if (!done.contains(at))
      for (int k = 2; k >= 0; --k)
        if (const int a = (*this)[at].args[k]; a >= 0 && !done.contains(a)) open.push_back(a);
    if (open.size() > before) continue;
    open.pop_back();
    if (done.insert(at).second) all.push_back(at);
  }
  return all;
}

path_value tape::parameter(std::vector<double> values) {
  parameters_.push_back(std::move(values));
  return path_value::of_node(add(leaf(source::own, static_cast<int>(parameters_.size()) - 1)));
}

program_builder::program_builder(int scenarios, int observables, int measures) : scenarios_(scenarios) {
  program_.observables = observables;
  program_.measures = measures;
}

/// A number for what a node computes: equal numbers are equal expressions. `place` numbers the payoff's state; parameters stand
/// by their order in `parameters`, or without it by value.
int program_builder::form_of(int root, const std::vector<int>& place, std::vector<int>* parameters, forms& known) {
  for (const int at : tape_.below(root)) {
    if (known.contains(at)) continue;
    const node& n = tape_[at];
    std::string key;
    switch (n.from) {
    case source::constant: key = "c" + bits(n.value); break;
    case source::observed: key = "o" + std::to_string(n.index); break;
    case source::date: key = "d" + std::to_string(n.index); break;
    case source::accumulator: key = "a" + std::to_string(place[static_cast<std::size_t>(n.index)]); break;
    case source::own:
      if (parameters != nullptr) {
        const auto found = std::ranges::find(*parameters, n.index);
        key = "p" + std::to_string(found - parameters->begin());
        if (found == parameters->end()) parameters->push_back(n.index);
      } else {
        key = "v";
        for (const double v : tape_.values(n.index)) key += bits(v) + ',';
      }
      break;
    default:
      key = std::to_string(static_cast<int>(n.code));
      for (const int a : n.args)
        if (a >= 0) key += ' ' + std::to_string(known.at(a));
    }
    known[at] = forms_known_.try_emplace(std::move(key), static_cast<int>(forms_known_.size())).first->second;
  }
  return known.at(root);
}

/// The shared parameter with a leaf's values.
int program_builder::shared_of(int at) {
  const node& n = tape_[at];
  if (n.from != source::constant && n.from != source::own)
    throw input_error("a payoff's state must start with numbers, not with the result of an operation");
  const std::vector<double> values =
      n.from == source::own ? tape_.values(n.index) : std::vector(static_cast<std::size_t>(scenarios_), n.value);
  std::string key;
  for (const double v : values) key += bits(v) + ',';
  const auto [entry, is_new] = shared_known_.try_emplace(std::move(key), static_cast<int>(shared_.size()));
  if (is_new) shared_.push_back(values);
  shared_uses_.push_back({n.from == source::own ? n.index : -1, entry->second});
  return entry->second;
}

/// Notes that the parameters of an update are the same numbers as those of one that was written before.
void program_builder::note_uses(int root) {
  for (const int at : tape_.below(root))
    if (tape_[at].from == source::own) shared_of(at);
}

int program_builder::emit_observation(int schedule, int root, const accumulators& state, forms& known) {
  kernels::observation& to = program_.schedules[static_cast<std::size_t>(schedule)];
  auto& emitted = emitted_[static_cast<std::size_t>(schedule)];
  form_of(root, state, nullptr, known);
  for (const int at : tape_.below(root)) {
    node n = tape_[at];
    if (n.from == source::own) n.index = shared_of(at);
    if (emitted.contains(known.at(at))) continue;
    if (n.from == source::own) {
      n.from = source::shared;
    } else if (n.from == source::accumulator) {
      n.index = state[static_cast<std::size_t>(n.index)];
    } else if (n.from == source::date) {
      n.index += first_column_[schedule];
    } else {
      for (int& a : n.args)
        if (a >= 0) a = emitted.at(known.at(a));
    }
    emitted[known.at(at)] = static_cast<int>(to.nodes.size());
    to.nodes.push_back(n);
  }
  return emitted.at(known.at(root));
}

program_builder::accumulators program_builder::follow(payoff& form, const std::vector<int>& schedules) {
  const std::vector<path_value*> state = form.state();
  const std::size_t count = state.size();
  std::vector<int> starts;
  for (const path_value* s : state) starts.push_back(s->node());
  std::vector<std::vector<int>> updates; // [schedule][state]
  for (std::size_t k = 0; k < schedules.size(); ++k) {
    for (std::size_t i = 0; i < count; ++i)
      *state[i] = path_value::of_node(tape_.add(leaf(source::accumulator, static_cast<int>(i))));
    form.observe(static_cast<int>(k), observation(program_.observables));
    updates.emplace_back();
    for (const path_value* s : state) updates.back().push_back(s->node());
  }
  for (std::size_t i = 0; i < count; ++i)
    *state[i] = path_value::of_node(tape_.add(leaf(source::accumulator, static_cast<int>(i))));

  // States that look at each other belong together; each group is shared with equal groups of other trades.
  std::vector<std::size_t> group(count);
  std::iota(group.begin(), group.end(), 0);
  const auto root = [&](std::size_t i) {
    while (group[i] != i) i = group[i];
    return i;
  };
  for (const auto& row : updates)
    for (std::size_t i = 0; i < count; ++i)
      for (const int below : tape_.below(row[i]))
        if (const node& n = tape_[below]; n.from == source::accumulator)
          group[root(static_cast<std::size_t>(n.index))] = root(i);
  const auto unchanged = [&](int update, std::size_t i) {
    return tape_[update].from == source::accumulator && tape_[update].index == static_cast<int>(i);
  };
  accumulators at(count, -1);
  for (std::size_t r = 0; r < count; ++r) {
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < count; ++i)
      if (root(i) == r) members.push_back(i);
    if (members.empty()) continue;
    std::vector<int> place(count, -1);
    for (std::size_t m = 0; m < members.size(); ++m) place[members[m]] = static_cast<int>(m);
    std::string key;
    forms known;
    const auto form = [&](int at) { return std::to_string(form_of(at, place, nullptr, known)); };
    for (const std::size_t i : members) {
      key += form(starts[i]);
      for (std::size_t k = 0; k < schedules.size(); ++k)
        if (!unchanged(updates[k][i], i)) key += ';' + std::to_string(schedules[k]) + ':' + form(updates[k][i]);
      key += '|';
    }
    const auto [entry, is_new] = accumulators_known_.try_emplace(std::move(key));
    if (is_new)
      for (const std::size_t i : members) {
        entry->second.push_back(static_cast<int>(program_.starts.size()));
        program_.starts.push_back(shared_of(starts[i]));
      }
    for (std::size_t m = 0; m < members.size(); ++m) at[members[m]] = entry->second[m];
    if (!is_new) {
      for (const std::size_t i : members) {
        note_uses(starts[i]);
        for (const auto& row : updates) note_uses(row[i]);
      }
      continue;
    }
    known.clear();
    for (std::size_t k = 0; k < schedules.size(); ++k) {
      const auto schedule = static_cast<std::size_t>(schedules[k]);
      if (schedule >= program_.schedules.size()) {
        program_.schedules.resize(schedule + 1);
        emitted_.resize(schedule + 1);
      }
      for (const std::size_t i : members) {
        const node& n = tape_[updates[k][i]];
        if (n.from == source::accumulator && n.index == static_cast<int>(i)) continue; // as it was
        // Stores happen one after the other: a state that takes another's value takes it from an operation.
        const int value = n.from == source::accumulator
                              ? max(path_value::of_node(updates[k][i]), path_value::of_node(updates[k][i])).node()
                              : updates[k][i];
        program_.schedules[schedule].updates.push_back({at[i], emit_observation(schedules[k], value, at, known)});
      }
    }
  }
  return at;
}

int program_builder::emit_value(class_entry& c, std::map<int, int>& memo, std::vector<int>& parameters, int root,
                                const accumulators& state) {
  for (const int at : tape_.below(root)) {
    if (memo.contains(at)) continue;
    node n = tape_[at];
    if (n.from == source::own) n.index = static_cast<int>(std::ranges::find(parameters, n.index) - parameters.begin());
    else if (n.from == source::accumulator) n.index = state[static_cast<std::size_t>(n.index)];
    else if (n.from == source::observed || n.from == source::date)
      throw input_error("a payoff's value may use its state only; keep what is observed in a state");
    else
      for (int& a : n.args)
        if (a >= 0) a = memo.at(a);
    memo[at] = static_cast<int>(c.form.nodes.size());
    c.form.nodes.push_back(n);
  }
  return memo.at(root);
}

void program_builder::add_trade(payoff& form, const std::vector<int>& schedules, payoff* control) {
  const tape::scope here(tape_);
  const accumulators at = follow(form, schedules);
  const int value = form.value().node();
  accumulators control_at;
  int control_value = -1;
  if (control != nullptr) {
    control_at = follow(*control, schedules);
    control_value = control->value().node();
    program_.control = true;
  }
  std::vector<int> parameters;
  forms known;
  std::string key = std::to_string(form_of(value, at, &parameters, known));
  known.clear();
  if (control != nullptr) key += '#' + std::to_string(form_of(control_value, control_at, &parameters, known));
  const auto [entry, is_new] = classes_known_.try_emplace(std::move(key), classes_.size());
  if (is_new) {
    class_entry& c = classes_.emplace_back();
    c.form.parameters = static_cast<int>(parameters.size());
    std::map<int, int> memo;
    c.form.value = emit_value(c, memo, parameters, value, at);
    memo.clear();
    if (control != nullptr) c.form.control = emit_value(c, memo, parameters, control_value, control_at);
  }
  classes_[entry->second].trades.push_back(trades_.size());
  trades_.push_back({entry->second, std::move(parameters)});
}

program_builder::result program_builder::build() {
  result r;
  r.position.resize(trades_.size());
  r.shared.resize(static_cast<std::size_t>(scenarios_));
  r.own.resize(static_cast<std::size_t>(scenarios_));
  for (const auto& values : shared_)
    for (std::size_t s = 0; s < r.shared.size(); ++s) r.shared[s].push_back(values[s]);
  int next = 0;
  for (class_entry& c : classes_) {
    c.form.first_trade = next;
    c.form.trades = static_cast<int>(c.trades.size());
    c.form.first_own = static_cast<int>(r.own[0].size());
    for (const std::size_t t : c.trades) {
      r.position[t] = next++;
      for (const int p : trades_[t].parameters) {
        r.own_parameters.push_back(p);
        for (std::size_t s = 0; s < r.own.size(); ++s) r.own[s].push_back(tape_.values(p)[s]);
      }
    }
    program_.classes.push_back(c.form);
  }
  r.program = program_;
  r.shared_uses = shared_uses_;
  r.tape_parameters = tape_.parameters();
  return r;
}

bool program_builder::result::rebind(const tape& other) {
  if (other.parameters() != tape_parameters) return false;
  std::vector<bool> decided(shared[0].size(), false); // by the first use; others must agree
  const auto value = [&](const use& u, std::size_t s) {
    return u.parameter < 0 ? shared[s][static_cast<std::size_t>(u.number)] : other.values(u.parameter)[s];
  };
  auto taken = shared;
  for (const use& u : shared_uses) {
    const auto at = static_cast<std::size_t>(u.number);
    for (std::size_t s = 0; s < shared.size(); ++s) {
      if (!decided[at]) taken[s][at] = value(u, s);
      else if (bits(taken[s][at]) != bits(value(u, s))) return false;
    }
    decided[at] = true;
  }
  shared = std::move(taken);
  for (std::size_t i = 0; i < own_parameters.size(); ++i)
    for (std::size_t s = 0; s < own.size(); ++s) own[s][i] = other.values(own_parameters[i])[s];
  return true;
}

} // namespace dojima
