// A book as simulations: which trades share paths, and what becomes of their sums.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "dojima/pricing/price.hpp"
#include "pricing/prepare.hpp"
#include "pricing/products.hpp"
#include "pricing/simulation.hpp"

namespace dojima {

/// Trades on the same underlyings and models, simulated together.
class path_group {
public:
  path_group(std::vector<path_trade> trades, std::vector<double> quantities, const market& m, const pricing_settings& settings,
             std::vector<stream> on);

  /// Prices with this many samples, in the order of the trades.
  std::vector<estimate> price(const market& whole, std::int64_t paths);

private:
  std::vector<valuation> valuations(const market& m) const;
  simulation_inputs inputs(const market& m, std::int64_t paths);
  void make_program(std::span<const valuation> markets, const std::vector<std::vector<int>>& schedules,
                    const std::map<int, int>& first_columns);
  std::vector<estimate> estimates(const std::vector<double>& sums) const;

  std::vector<path_trade> trades_;
  std::vector<double> quantities_;
  pricing_settings settings_;
  std::vector<stream> on_;
  std::vector<std::string> assets_;
  process_traits traits_;
  std::vector<date> dates_;         ///< of all observations
  std::vector<double> correlation_; ///< Cholesky factor
  std::vector<double> base_times_;  ///< ends of the steps, from the start of the day
  std::vector<double> bridge_;      ///< over the steps, with Sobol points
  int measures_ = 1;
  bool controlled_ = false;
  std::vector<double> control_means_;                ///< of each trade, weighted like its first measure
  std::vector<std::unique_ptr<simulation>> running_; ///< one on each device that has a part
  std::optional<program_builder::result> made_;      ///< the payoffs as a program
};

/// What trades must have in common to share paths.
std::string group_key(const path_trade& t, const market& m);

} // namespace dojima
