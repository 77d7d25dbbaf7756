// One simulation on one device: trades that share paths. Everything that depends on the market travels in one block, so that a
// changed market costs one copy.
#pragma once

#include <optional>
#include <vector>

#include "dojima/array/array.hpp"
#include "dojima/array/graph.hpp"
#include "dojima/array/transfer.hpp"
#include "kernels/simulation.hpp"
#include "models/random/sobol.hpp"

namespace dojima {

/// What differs between scenarios, in double; the kernels' paths.hpp gives the shapes.
struct simulation_scenario {
  std::vector<double> start, coefficients, table, dates, shared, own;
  double sign = 1; ///< -1: mirrored normals
};

struct simulation_inputs {
  kernels::process_id process = kernels::process_id::black_scholes;
  kernels::number_format format = kernels::number_format::double_;
  kernels::payoff_program program;
  int assets = 1, trades = 0, date_columns = 0;
  std::vector<std::uint64_t> masks; ///< of each step
  std::vector<double> correlation;  ///< lower Cholesky factor, row major; empty: independent
  std::vector<double> weights;      ///< [trade][measure][scenario]
  std::vector<simulation_scenario> scenarios;
  std::uint64_t seed = 42;
  std::uint32_t stream = 0;
  std::int64_t paths = 0;
  int chunk_tiles = 128;
  // The part of the chunks that one device takes.
  std::int64_t first_chunk = 0, most_chunks = std::int64_t{1} << 40;
  // Random numbers that go through memory.
  int normals = 1;                  ///< of the process
  std::int64_t replicate_tiles = 0; ///< of each scrambling of Sobol points, a number of whole chunks; 0: Philox
  std::vector<double> bridge;       ///< with Sobol points: steps x steps, applied to each normal
  std::vector<double> map;          ///< of the process (models/process/process.hpp)
};

/// Sums of a simulation: of every chunk of paths, [chunk][trade][sum]. The object stays where it was made.
class simulation {
public:
  /// memory: bytes of the device that partial results, accumulators and random numbers may take, though a chunk is the least.
  /// input_error where the Sobol points of a chunk take more.
  simulation(simulation_inputs inputs, const stream& on, std::size_t memory = std::size_t{256} << 20);
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  /// Whether other inputs differ in numbers alone.
  bool same_form(const simulation_inputs& other) const;
  /// Takes the numbers of another market; everything else must be as it was.
  void update(const std::vector<simulation_scenario>& scenarios, const std::vector<double>& weights);
  /// Gives one run to the stream: numbers in, simulation, sums out.
  void queue();
  /// The same, from its second run on as a graph; `finish` waits, and gives [chunk][trade][sum].
  void start();
  const std::vector<double>& finish();
  const std::vector<double>& run() {
    start();
    return finish();
  }

  const simulation_inputs& inputs() const { return in_; }
  std::int64_t chunks() const { return chunks_; }

private:
  void write_numbers();
  void launch();
  bool is_sobol() const { return in_.replicate_tiles > 0; }
  bool through_memory() const { return is_sobol() || !in_.map.empty(); }
  void draw(std::int64_t first, std::int64_t tiles);
  template <class T> std::size_t write(std::byte* to) const;
  template <class T> void point(const std::byte* base);

  simulation_inputs in_;
  stream on_;
  std::int64_t first_tile_, tiles_, chunks_, tiles_per_launch_, runs_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::int32_t> groups_;
  kernels::path_job job_{};
  std::optional<pinned<std::byte>> host_;
  std::optional<array<std::byte>> block_, partial_, states_;
  std::optional<array<double>> totals_, draws_, points_, bridge_, map_;
  std::vector<array<sobol_dimension>> replicates_;
  std::optional<pinned<double>> results_;
  std::optional<graph> recorded_;
  std::vector<double> sums_;
};

} // namespace dojima
