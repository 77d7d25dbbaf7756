// A book as simulations: which trades share paths, and what becomes of their sums.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "dojima/pricing/price.hpp"
#include "pricing/bumps.hpp"
#include "pricing/checkpoint.hpp"
#include "pricing/prepare.hpp"
#include "pricing/products.hpp"
#include "pricing/simulation.hpp"

namespace dojima {

/// What a simulation heeds while it runs.
struct run_control {
  checkpoint* kept = nullptr;
  std::stop_token stop = {};
};

/// Trades on the same underlyings and models, simulated together.
class path_group {
public:
  path_group(std::vector<path_trade> trades, std::vector<double> quantities, const market& m, const pricing_settings& settings,
             std::vector<stream> on);

  /// Prices with this many samples, in the order of the trades. An error where it was stopped.
  std::vector<estimate> price(const market& whole, std::int64_t paths, const run_control& run = {});
  /// What its sums are kept by (checkpoint.hpp), with the number of paths of the settings.
  std::uint64_t identity(const market& whole);

private:
  void correlate(const market& m);
  market part(const market& whole);
  std::vector<move_sizes> moves(const market& m) const;
  std::vector<valuation> valuations(const market& m, const std::vector<move_sizes>& by) const;
  int paths_of_sample() const;
  simulation_inputs inputs(const market& m, std::int64_t paths);
  void make_program(std::span<const valuation> markets, const std::vector<std::vector<int>>& schedules,
                    const std::map<int, int>& first_columns);
  void make(simulation_inputs in, std::int64_t first, std::int64_t chunks);
  std::vector<double> sums();
  void compare_precisions(simulation_inputs in);
  std::vector<estimate> estimates(const simulation_inputs& in, const std::vector<double>& sums) const;

  std::vector<path_trade> trades_;
  std::vector<double> quantities_;
  pricing_settings settings_;
  std::vector<stream> on_;
  std::vector<std::string> assets_;
  process_traits traits_;
  std::vector<date> dates_;             ///< of all observations
  std::vector<std::string> correlated_; ///< the assets, and the pair of quantos
  std::vector<double> correlations_;    ///< of the market
  std::vector<double> taken_;           ///< those, or the nearest ones that are possible
  std::vector<double> correlation_;     ///< Cholesky factor of what was taken, of the assets
  std::string repaired_;                ///< what was done to them
  std::vector<double> base_times_;      ///< ends of the steps, from the start of the day
  std::vector<double> bridge_;          ///< over the steps, with Sobol points (construction.hpp)
  int measures_ = 1;
  bool controlled_ = false;
  bool in_pairs_ = false;                            ///< jumps of each two steps come between them
  std::vector<double> units_;                        ///< of each trade: weight of its payoff in the value
  std::vector<double> control_means_;                ///< of each trade, weighted like its first measure
  std::vector<double> precision_differences_;        ///< of each trade, once known; empty in double
  std::vector<std::unique_ptr<simulation>> running_; ///< one on each device that has a part
  std::optional<program_builder::result> made_;      ///< the payoffs as a program
};

/// What trades must have in common to share paths.
std::string group_key(const path_trade& t, const market& m);
/// Trades of one key as simulations, by their positions in the list: each trade in order joins the first whose schedules,
/// together with its own, are at most as many as a program has bits for.
std::vector<std::vector<std::size_t>> simulations_of(const std::vector<path_trade>& trades);

} // namespace dojima
