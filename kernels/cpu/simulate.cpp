#include "kernels/cpu/simulate.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <memory>
#include <new>

namespace dojima::kernels {

void* path_workspace::room(std::size_t bytes) {
  if (bytes > bytes_) {
    std::free(memory_);
    bytes_ = 0;
    memory_ = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (memory_ == nullptr) throw std::bad_alloc();
    bytes_ = bytes;
  }
  return memory_;
}
path_workspace::~path_workspace() { std::free(memory_); }

namespace {

constexpr int rounds = tile_paths / path_lanes;

/// A number of each lane, or a truth value.
template <class T> struct alignas(64) lane_block { T v[path_lanes]; };

template <class T> constexpr dtype type_of_number = sizeof(T) == sizeof(double) ? dtype::float64 : dtype::float32;

/// Nodes of one expression, ready to run: where each operation reads and writes.
template <class T> class expression {
public:
  expression(const std::vector<payoff_node>& nodes, const loop_table& loops) : nodes_(&nodes), room_(nodes.size()) {
    for (const payoff_node& n : nodes) {
      const dtype type = n.of_masks ? dtype::boolean : type_of_number<T>;
      runs_.push_back(n.from == payoff_node::source::operation
                          ? loops.operations[static_cast<std::size_t>(n.code)][static_cast<std::size_t>(type)]
                          : nullptr);
      at_.push_back(&room_[at_.size()]);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (nodes[i].from == payoff_node::source::constant) fill(i, static_cast<T>(nodes[i].value));
  }

  void fill(std::size_t node, T value) { std::ranges::fill(room_[node].v, value); }
  /// Where a leaf reads, or an operation writes.
  void place(std::size_t node, const void* at) { at_[node] = const_cast<void*>(at); }
  const void* result(int node) const { return at_[static_cast<std::size_t>(node)]; }
  const std::vector<payoff_node>& nodes() const { return *nodes_; }

  void run() {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i] == nullptr) continue;
      const void* args[3];
      for (int k = 0; k < 3; ++k) {
        const int a = (*nodes_)[i].args[k];
        args[k] = a < 0 ? nullptr : at_[static_cast<std::size_t>(a)];
      }
      runs_[i](at_[i], args, path_lanes);
    }
  }

private:
  const std::vector<payoff_node>* nodes_;
  std::vector<loop> runs_;
  std::vector<lane_block<T>> room_;
  std::vector<void*> at_;
};

/// The payoffs of one thread: follows the observations of one block and scenario at a time, and values tiles.
template <class T> class payoff_runner final : public path_observer {
public:
  payoff_runner(const path_job& job, const simulation_loops& loops) : a_(job.arguments), p_(*job.payoffs), loops_(loops) {
    for (const observation& o : p_.schedules) schedules_.emplace_back(o.nodes, loops.operations);
    for (const payoff_class& c : p_.classes) values_.emplace_back(c.nodes, loops.operations);
    for (std::size_t k = 0; k < p_.schedules.size(); ++k) written_in_place_.push_back(in_place(p_.schedules[k]));
    accumulators_.resize(static_cast<std::size_t>(rounds * a_.scenarios) * p_.starts.size());
  }

  void begin(int round, int scenario) {
    scenario_ = scenario;
    now_ = block(round, scenario);
    const T* shared = static_cast<const T*>(a_.shared) + std::int64_t{scenario} * a_.shared_count;
    for (std::size_t i = 0; i < p_.starts.size(); ++i) std::ranges::fill(now_[i].v, shared[p_.starts[i]]);
    for (std::size_t k = 0; k < schedules_.size(); ++k) {
      const auto& nodes = p_.schedules[k].nodes;
      for (std::size_t n = 0; n < nodes.size(); ++n) {
        if (nodes[n].from == payoff_node::source::shared) schedules_[k].fill(n, shared[nodes[n].index]);
        if (nodes[n].from == payoff_node::source::accumulator) schedules_[k].place(n, now_[nodes[n].index].v);
      }
      for (const observation::update& u : written_in_place_[k])
        schedules_[k].place(static_cast<std::size_t>(u.node), now_[u.accumulator].v);
    }
  }

  void observe(int step, const void* values) override {
    const T* dates = static_cast<const T*>(a_.dates) + (std::int64_t{scenario_} * a_.steps + step) * a_.date_columns;
    for (std::uint64_t mask = a_.masks[step]; mask != 0; mask &= mask - 1) {
      const auto k = static_cast<std::size_t>(std::countr_zero(mask));
      const observation& o = p_.schedules[k];
      for (std::size_t n = 0; n < o.nodes.size(); ++n) {
        if (o.nodes[n].from == payoff_node::source::observed)
          schedules_[k].place(n, static_cast<const T*>(values) + o.nodes[n].index * path_lanes);
        else if (o.nodes[n].from == payoff_node::source::date) schedules_[k].fill(n, dates[o.nodes[n].index]);
      }
      schedules_[k].run();
      for (const observation::update& u : o.updates) {
        const void* from = schedules_[k].result(u.node);
        if (from != now_[u.accumulator].v) std::copy_n(static_cast<const T*>(from), path_lanes, now_[u.accumulator].v);
      }
    }
  }

  /// The sums of a tile whose blocks have been followed; live: its paths that count.
  void value(int live, double* partial) {
    std::vector<const T*> worth(static_cast<std::size_t>(a_.scenarios)), control(worth);
    std::vector<lane_block<T>> kept(2 * worth.size());
    const int measures = p_.measures, sums = p_.sums();
    std::vector<lane_block<double>> lanes(static_cast<std::size_t>(sums)), y(static_cast<std::size_t>(measures) + 1);
    for (std::size_t c = 0; c < p_.classes.size(); ++c) {
      const payoff_class& form = p_.classes[c];
      for (int t = 0; t < form.trades; ++t) {
        const int trade = form.first_trade + t;
        for (auto& l : lanes) std::ranges::fill(l.v, 0.0);
        for (int round = 0; round * path_lanes < live; ++round) {
          for (int s = 0; s < a_.scenarios; ++s) {
            run_value(values_[c], form, t, round, s);
            worth[static_cast<std::size_t>(s)] = keep(kept[2 * static_cast<std::size_t>(s)], values_[c], form.value);
            if (form.control >= 0)
              control[static_cast<std::size_t>(s)] = keep(kept[2 * static_cast<std::size_t>(s) + 1], values_[c], form.control);
          }
          const double* weights = a_.weights + std::int64_t{trade} * measures * a_.scenarios;
          const int count = std::min(path_lanes, live - round * path_lanes);
          for (int m = 0; m < measures; ++m) {
            combine(worth.data(), weights + m * a_.scenarios, count, y[static_cast<std::size_t>(m)].v);
            loops_.sums.add(y[static_cast<std::size_t>(m)].v, lanes[static_cast<std::size_t>(2 * m)].v,
                            lanes[static_cast<std::size_t>(2 * m + 1)].v);
          }
          if (form.control >= 0) {
            double* x = y.back().v;
            combine(control.data(), weights, count, x);
            loops_.sums.add(x, lanes[static_cast<std::size_t>(2 * measures)].v,
                            lanes[static_cast<std::size_t>(2 * measures + 1)].v);
            loops_.sums.add_product(x, y[0].v, lanes[static_cast<std::size_t>(2 * measures + 2)].v);
          }
        }
        for (int k = 0; k < sums; ++k) partial[trade * sums + k] = fold(lanes[static_cast<std::size_t>(k)].v);
      }
    }
  }

private:
  /// Updates whose operation may write the accumulator itself, as nothing reads its old value afterwards.
  static std::vector<observation::update> in_place(const observation& o) {
    std::vector<observation::update> found;
    for (const observation::update& u : o.updates) {
      const auto node = static_cast<std::size_t>(u.node);
      if (o.nodes[node].from != payoff_node::source::operation) continue;
      bool free = std::ranges::none_of(found, [&](const observation::update& f) { return f.node == u.node; });
      for (std::size_t n = node + 1; n < o.nodes.size(); ++n)
        for (const int a : o.nodes[n].args)
          if (a >= 0 && (a == u.node || (o.nodes[static_cast<std::size_t>(a)].from == payoff_node::source::accumulator &&
                                         o.nodes[static_cast<std::size_t>(a)].index == u.accumulator)))
            free = false;
      for (const observation::update& other : o.updates) // another accumulator takes the old value as it is
        if (o.nodes[static_cast<std::size_t>(other.node)].from == payoff_node::source::accumulator &&
            o.nodes[static_cast<std::size_t>(other.node)].index == u.accumulator)
          free = false;
      if (free) found.push_back(u);
    }
    return found;
  }

  lane_block<T>* block(int round, int scenario) {
    return accumulators_.data() + static_cast<std::size_t>(round * a_.scenarios + scenario) * p_.starts.size();
  }
  void run_value(expression<T>& e, const payoff_class& form, int t, int round, int scenario) {
    const T* own = static_cast<const T*>(a_.own) + std::int64_t{scenario} * a_.own_count + form.first_own +
                   std::int64_t{t} * form.parameters;
    const T* shared = static_cast<const T*>(a_.shared) + std::int64_t{scenario} * a_.shared_count;
    for (std::size_t n = 0; n < e.nodes().size(); ++n) {
      const payoff_node& node = e.nodes()[n];
      if (node.from == payoff_node::source::own) e.fill(n, own[node.index]);
      else if (node.from == payoff_node::source::shared) e.fill(n, shared[node.index]);
      else if (node.from == payoff_node::source::accumulator) e.place(n, block(round, scenario)[node.index].v);
    }
    e.run();
  }
  const T* keep(lane_block<T>& to, const expression<T>& e, int node) const {
    const T* from = static_cast<const T*>(e.result(node));
    if (a_.scenarios == 1) return from;
    std::copy_n(from, path_lanes, to.v);
    return to.v;
  }
  void combine(const T* const* values, const double* weights, int live, double* y) const {
    if constexpr (sizeof(T) == sizeof(double)) loops_.sums.combine(values, weights, a_.scenarios, live, y);
    else loops_.sums.combine_single(values, weights, a_.scenarios, live, y);
  }

  const path_arguments& a_;
  const payoff_program& p_;
  const simulation_loops& loops_;
  std::vector<expression<T>> schedules_, values_;
  std::vector<std::vector<observation::update>> written_in_place_;
  std::vector<lane_block<T>> accumulators_; ///< [round][scenario][accumulator]
  lane_block<T>* now_ = nullptr;
  int scenario_ = 0;
};

template <class T> void simulate_as(const path_job& job, path_walker walker, const simulation_loops& loops) {
  const path_arguments& a = job.arguments;
  struct thread_state {
    payoff_runner<T> payoffs;
    path_workspace work;
  };
  oneapi::tbb::enumerable_thread_specific<thread_state> threads([&] { return thread_state{payoff_runner<T>(job, loops), {}}; });
  const std::int64_t sums = std::int64_t{a.trades} * job.payoffs->sums();
  oneapi::tbb::parallel_for(std::int64_t{0}, job.tiles, [&](std::int64_t tile) {
    thread_state& mine = threads.local();
    const std::int64_t first = (a.first_tile + tile) * tile_paths;
    const int live = static_cast<int>(std::min<std::int64_t>(tile_paths, a.paths - first));
    for (int round = 0; round * path_lanes < live; ++round)
      for (int s = 0; s < a.scenarios; ++s) {
        mine.payoffs.begin(round, s);
        walker(a, s, first + round * path_lanes, mine.work, mine.payoffs);
      }
    mine.payoffs.value(live, a.partial + tile * sums);
  });
  const std::int64_t chunks = (job.tiles + a.chunk_tiles - 1) / a.chunk_tiles;
  oneapi::tbb::parallel_for(std::int64_t{0}, chunks * sums, [&](std::int64_t i) {
    const std::int64_t chunk = i / sums, k = i % sums, end = std::min(job.tiles, (chunk + 1) * a.chunk_tiles);
    double lanes[path_lanes] = {};
    for (std::int64_t t = 0, tile = chunk * a.chunk_tiles; tile < end; ++t, ++tile)
      lanes[t % path_lanes] += a.partial[tile * sums + k];
    a.totals[i] = fold(lanes);
  });
}

} // namespace

void simulate(const path_job& job, const simulation_loops& loops) {
  const process_entry& process = *loops.processes[static_cast<std::size_t>(job.process)];
  if (job.format == number_format::single) simulate_as<float>(job, process.in_single, loops);
  else simulate_as<double>(job, process.in_double, loops);
}

} // namespace dojima::kernels
