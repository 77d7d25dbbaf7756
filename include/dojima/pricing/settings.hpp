// How positions are priced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace dojima {

/// `mixed`: random numbers in single, everything else in double. Sums are always double.
enum class simulation_precision { double_, single, mixed };
enum class sampling { philox, sobol };
/// What the first Sobol points decide: the end of a path, then its middle, and so on (Caflisch and Moskowitz 1995), or the
/// principal components of Brownian motion on the steps, the largest first (Acworth, Broadie and Glasserman 1998).
enum class path_construction { brownian_bridge, principal_components };
/// `automatic`: a closed form where it is exact, else simulation, but for American options, which have their formula alone.
/// `closed_form`: also where it takes the rate, yield and volatility of expiry as constants, of which a warning tells.
enum class pricing_method { automatic, closed_form, monte_carlo };

/// What `paths` and `most_paths` may be: an error needs two samples.
inline constexpr std::int64_t least_paths = 2, greatest_paths = 1'000'000'000'000;

struct pricing_settings {
  std::uint64_t seed = 42;
  // Revaluation under scenarios.
  int asian_paths = 512;      ///< Monte Carlo paths of each Asian option; even, at least 4
  std::size_t block_mib = 64; ///< memory of one block of the trades x scenarios cube
  // Simulation.
  pricing_method method = pricing_method::automatic;
  /// Samples of each simulation: a path, or where antithetic a path and its mirror image, or where importance sampling has
  /// moved a trade a path of each of three drifts. Of Sobol points each replicate is rounded up to a power of two, 1,024 at
  /// least.
  std::int64_t paths = 1 << 16;
  std::optional<double> target_error; ///< standard error of a trade's value that is small enough, part of the value
  std::optional<double> time_budget;  ///< seconds for all simulations; as many samples as fit, `paths` at least
  std::int64_t most_paths = std::int64_t{1} << 26; ///< samples that a target error or a time budget may lead to
  simulation_precision format = simulation_precision::double_;
  sampling points = sampling::philox;
  int replicates = 16;                                                 ///< of Sobol points, from which the error is taken
  path_construction construction = path_construction::brownian_bridge; ///< with Sobol points
  bool antithetic = false;
  bool control_variates = true;
  bool importance_sampling = false; ///< Black-Scholes, one underlying: another drift for trades whose pilot shows a gain
  bool repair_correlation = false;  ///< the nearest correlation matrix in place of one that is not positive semi-definite
  bool greeks = false;
  double largest_step = 0;       ///< years; 0: the process' own
  std::size_t memory_mib = 1024; ///< for partial results and stored random numbers on the device
  /// A file that keeps the sums of finished paths while simulations run. A later run with the same book, market and settings
  /// goes on from it and gives the bits of one that was never stopped. Empty: none.
  std::filesystem::path checkpoint = {};
};

} // namespace dojima
