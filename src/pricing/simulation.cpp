#include "pricing/simulation.hpp"

#include <algorithm>

#include "array/sobol_directions.hpp"
#include "array/state.hpp"
#include "dojima/error.hpp"
#include "models/random/philox.hpp"

namespace dojima {
namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

/// Visits the parts of the block in order: f(member of simulation_scenario) for what each scenario has.
constexpr std::vector<double> simulation_scenario::*parts[] = {&simulation_scenario::coefficients, &simulation_scenario::start,
                                                               &simulation_scenario::table,        &simulation_scenario::dates,
                                                               &simulation_scenario::shared,       &simulation_scenario::own};

} // namespace

/// Writes the block, or counts its bytes where `to` is null.
template <class T> std::size_t simulation::write(std::byte* to) const {
  std::size_t at = 0;
  const auto put = [&]<class As>(const auto& from, As) {
    if (to != nullptr) std::ranges::transform(from, reinterpret_cast<As*>(to + at), [](auto x) { return static_cast<As>(x); });
    at += from.size() * sizeof(As);
  };
  for (const auto part : parts) {
    for (const simulation_scenario& s : in_.scenarios) put(s.*part, T{});
    at = aligned(at);
  }
  put(in_.correlation, T{});
  at = aligned(at);
  put(in_.weights, double{});
  at = aligned(at);
  for (const simulation_scenario& s : in_.scenarios) put(std::span(&s.sign, 1), double{});
  at = aligned(at);
  put(in_.masks, std::uint64_t{});
  at = aligned(at);
  put(groups_, std::int32_t{});
  return aligned(at);
}

/// Points the arguments to the block, in the order of `write`.
template <class T> void simulation::point(const std::byte* base) {
  kernels::path_arguments& a = job_.arguments;
  std::size_t at = 0;
  const void** targets[] = {&a.coefficients, &a.start, &a.table, &a.dates, &a.shared, &a.own};
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    *targets[i] = base + at;
    at = aligned(at + in_.scenarios.size() * (in_.scenarios[0].*parts[i]).size() * sizeof(T));
  }
  a.correlation = in_.correlation.empty() ? nullptr : base + at;
  at = aligned(at + in_.correlation.size() * sizeof(T));
  a.weights = reinterpret_cast<const double*>(base + at);
  at = aligned(at + in_.weights.size() * sizeof(double));
  a.signs = reinterpret_cast<const double*>(base + at);
  at = aligned(at + in_.scenarios.size() * sizeof(double));
  a.masks = reinterpret_cast<const std::uint64_t*>(base + at);
  at = aligned(at + in_.masks.size() * sizeof(std::uint64_t));
  a.groups = reinterpret_cast<const std::int32_t*>(base + at);
}

simulation::simulation(simulation_inputs inputs, const stream& on, std::size_t memory) : in_(std::move(inputs)), on_(on) {
  const bool single = in_.format == kernels::number_format::single;
  const std::int64_t all_tiles = (in_.paths + kernels::tile_paths - 1) / kernels::tile_paths;
  first_tile_ = std::min(in_.first_chunk * in_.chunk_tiles, all_tiles);
  tiles_ = std::min(all_tiles - first_tile_, in_.most_chunks * in_.chunk_tiles);
  chunks_ = (tiles_ + in_.chunk_tiles - 1) / in_.chunk_tiles;
  const std::size_t sums = static_cast<std::size_t>(in_.trades * in_.program.sums());
  const std::size_t tile_states = in_.scenarios.size() * in_.program.starts.size() * kernels::tile_paths * (single ? 4 : 8);
  // On a GPU few sums stay in registers, if there are tiles enough to keep it busy with one block each; else every 128 paths
  // are a block. On the CPU accumulators are in the cache anyway.
  const bool few_tiles = tiles_ < 2048 && in_.masks.size() >= 16;
  const bool keeps_states = on_.where().is_cuda() && (in_.scenarios.size() > 1 || sums > 16 || few_tiles);
  const std::int64_t draw_rows = static_cast<std::int64_t>(in_.masks.size()) * in_.assets * in_.normals;
  const std::size_t draw_bytes = static_cast<std::size_t>(draw_rows) * kernels::tile_paths * sizeof(double);
  const std::size_t tile_bytes =
      sums * sizeof(double) + (keeps_states ? tile_states : 0) + (through_memory() ? draw_bytes * (is_sobol() ? 2 : 1) : 0);
  if (const std::size_t needed = tile_bytes * static_cast<std::size_t>(in_.chunk_tiles); is_sobol() && needed > memory)
    throw input_error("memory_mib = " + std::to_string(memory >> 20) + " (the random numbers of " +
                      std::to_string(in_.chunk_tiles * kernels::tile_paths) + " paths take " +
                      std::to_string((needed >> 20) + 1) + "); raise it");
  const std::int64_t fitting = static_cast<std::int64_t>(memory / tile_bytes) / in_.chunk_tiles * in_.chunk_tiles;
  tiles_per_launch_ = std::min(tiles_, std::max<std::int64_t>(fitting, in_.chunk_tiles));

  kernels::path_arguments& a = job_.arguments;
  const simulation_scenario& first = in_.scenarios.at(0);
  a.seed = in_.seed;
  philox_keys(in_.seed, a.keys);
  a.stream = in_.stream;
  a.paths = in_.paths;
  a.steps = static_cast<std::int32_t>(in_.masks.size());
  a.assets = in_.assets;
  a.scenarios = static_cast<std::int32_t>(in_.scenarios.size());
  a.trades = in_.trades;
  a.chunk_tiles = in_.chunk_tiles;
  a.date_columns = in_.date_columns;
  a.shared_count = static_cast<std::int32_t>(first.shared.size());
  a.own_count = static_cast<std::int32_t>(first.own.size());
  a.table_count = static_cast<std::int32_t>(first.table.size());
  job_.process = in_.process;
  job_.format = in_.format;
  job_.payoffs = &in_.program;
  job_.through_memory = keeps_states;
  job_.mirrors = std::ranges::any_of(in_.scenarios, [](const simulation_scenario& s) { return s.sign < 0; });
  job_.every_step = std::ranges::all_of(in_.masks, [](std::uint64_t m) { return m == 1; });
  const std::uint64_t all = in_.program.schedules.empty() ? 0 : ~std::uint64_t{0} >> (64 - in_.program.schedules.size());
  job_.at_end = !in_.masks.empty() && in_.masks.back() == all &&
                std::all_of(in_.masks.begin(), in_.masks.end() - 1, [](std::uint64_t m) { return m == 0; });
  if (keeps_states) {
    const int size = kernels::group_trades(in_.program.sums());
    for (std::size_t c = 0; c < in_.program.classes.size(); ++c) {
      const kernels::payoff_class& form = in_.program.classes[c];
      for (int t = 0; t < form.trades; t += size)
        groups_.insert(groups_.end(), {static_cast<std::int32_t>(c), form.first_trade + t, std::min(size, form.trades - t),
                                       form.first_own + t * form.parameters});
    }
    a.group_count = static_cast<std::int32_t>(groups_.size() / 4);
  }

  bytes_ = single ? write<float>(nullptr) : write<double>(nullptr);
  host_.emplace(bytes_);
  block_.emplace(extents{static_cast<std::int64_t>(bytes_)}, on_);
  if (single) point<float>(block_->data());
  else point<double>(block_->data());
  partial_.emplace(extents{tiles_per_launch_ * static_cast<std::int64_t>(sums * sizeof(double))}, on_);
  a.partial = reinterpret_cast<double*>(partial_->data());
  if (keeps_states) {
    states_.emplace(extents{tiles_per_launch_ * static_cast<std::int64_t>(tile_states)}, on_);
    a.states = states_->data();
    a.states_stride = tiles_per_launch_ * kernels::tile_paths;
  }
  if (through_memory()) {
    const std::int64_t columns = tiles_per_launch_ * kernels::tile_paths;
    draws_.emplace(extents{draw_rows, columns}, on_);
    a.draws = draws_->data();
    a.draws_stride = columns;
    if (is_sobol()) {
      points_.emplace(extents{draw_rows, columns}, on_);
      bridge_.emplace(asarray(in_.bridge, on_));
      for (std::int64_t r = first_tile_ / in_.replicate_tiles; r * in_.replicate_tiles < first_tile_ + tiles_; ++r)
        replicates_.push_back(asarray(sobol_dimensions(draw_rows, in_.seed, static_cast<std::uint32_t>(r)), on_));
    }
    if (!in_.map.empty()) map_.emplace(asarray(in_.map, on_));
  }
  job_.prepared = on_.where().backend().prepare(job_);
  totals_.emplace(extents{chunks_, static_cast<std::int64_t>(sums)}, on_);
  results_.emplace(static_cast<std::size_t>(chunks_) * sums);
  sums_.resize(results_->size());
}

bool simulation::same_form(const simulation_inputs& other) const {
  const auto sizes = [](const simulation_scenario& s) {
    return std::array{s.start.size(), s.coefficients.size(), s.table.size(), s.dates.size(), s.shared.size(), s.own.size()};
  };
  return in_.program == other.program && in_.masks == other.masks && in_.correlation == other.correlation &&
         in_.map == other.map && in_.scenarios.size() == other.scenarios.size() &&
         std::ranges::equal(in_.scenarios, other.scenarios, {}, sizes, sizes);
}

void simulation::update(const std::vector<simulation_scenario>& scenarios, const std::vector<double>& weights) {
  in_.scenarios = scenarios;
  in_.weights = weights;
}

/// Makes the random numbers of one launch in memory.
void simulation::draw(std::int64_t first, std::int64_t tiles) {
  const std::int64_t steps = static_cast<std::int64_t>(in_.masks.size()), items = steps * in_.assets;
  const std::int64_t columns = tiles * kernels::tile_paths;
  const kernels::matrix draws{draws_->data(), job_.arguments.draws_stride};
  const auto launch = [&](const auto& kernel, std::int64_t rows, std::int64_t width) {
    detail::submit(on_, "random numbers",
                   [&](kernels::backend& backend, void* queue) { backend.launch(kernel, rows, width, queue); });
  };
  const auto map = [&](const array<double>& m, kernels::const_matrix from, int source, int number, bool add) {
    launch(kernels::map_draws{m.data(), static_cast<std::int32_t>(steps), in_.assets, in_.normals, source, number, add, add,
                              from, draws},
           items, columns);
  };
  if (!is_sobol()) {
    launch(kernels::path_draws{in_.seed, in_.stream, first * kernels::tile_paths, in_.assets, in_.normals, draws}, items,
           columns);
  } else {
    const kernels::matrix points{points_->data(), job_.arguments.draws_stride};
    for (std::int64_t tile = 0, next = 0; tile < tiles; tile = next) { // to the end of the launch or the replicate
      const std::int64_t replicate = (first + tile) / in_.replicate_tiles, point = (first + tile) % in_.replicate_tiles;
      next = std::min(tiles, tile + in_.replicate_tiles - point);
      const std::int64_t column = tile * kernels::tile_paths;
      launch(kernels::sobol_draws{replicates_[static_cast<std::size_t>(replicate - first_tile_ / in_.replicate_tiles)].data(),
                                  static_cast<std::uint32_t>(point * kernels::tile_paths),
                                  {points.data + column, points.stride}},
             items * in_.normals, (next - tile) * kernels::tile_paths);
    }
    for (int k = 0; k < in_.normals; ++k) map(*bridge_, {points.data, points.stride}, k, k, false);
  }
  if (!in_.map.empty()) map(*map_, {draws.data, draws.stride}, in_.normals - 2, in_.normals - 1, true);
}

void simulation::write_numbers() {
  host_->wait();
  if (in_.format == kernels::number_format::single) write<float>(host_->data());
  else write<double>(host_->data());
}

void simulation::queue() {
  write_numbers();
  launch();
}

void simulation::launch() {
  copy_from(*block_, *host_, on_);
  const std::int64_t sums = in_.trades * in_.program.sums();
  for (std::int64_t first = 0; first < tiles_; first += tiles_per_launch_) {
    kernels::path_job job = job_;
    job.arguments.first_tile = first_tile_ + first;
    job.arguments.totals = totals_->data() + first / in_.chunk_tiles * sums;
    job.tiles = std::min(tiles_per_launch_, tiles_ - first);
    if (through_memory()) draw(first_tile_ + first, job.tiles);
    detail::submit(on_, "simulate", [&](kernels::backend& backend, void* queue) { backend.simulate(job, queue); });
  }
  copy_to(*totals_, *results_, on_);
}

void simulation::start() {
  write_numbers();
  constexpr std::int64_t most_launches = 16; // beyond, a graph saves nothing
  if (runs_++ == 0 || tiles_ > most_launches * tiles_per_launch_) return launch();
  if (!recorded_) recorded_.emplace(capture(on_, [this] { launch(); }));
  recorded_->replay();
}

const std::vector<double>& simulation::finish() {
  on_.synchronize();
  std::ranges::copy(*results_, sums_.begin());
  return sums_;
}

} // namespace dojima
