// The same positions through independent roads: simulation and formulas on each device, closed forms, references of the
// caller; and whether they agree. Method: docs/validation.md; fields: docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dojima/array/device.hpp"
#include "dojima/io/read.hpp"
#include "dojima/pricing/settings.hpp"
#include "dojima/validation/fault.hpp"
#include "dojima/validation/result.hpp"
#include "dojima/validation/statistics.hpp"

namespace dojima {

struct validation_settings {
  std::vector<device> devices; ///< empty: each GPU, and the CPU with each instruction set that promises equal bits
  pricing_settings pricing;    ///< of the simulations; `method` is not read, as both are run
  double threshold = validation_threshold;
  std::optional<injected_fault> fault; ///< in the market that devices see, and references do not
  std::size_t z_scores = 1000;         ///< of the test of their law, taken again with other seeds until there are as many
  bool convergence = true;
};

/// A way to a position's value that knows nothing of the others. What it throws is the reason why the road is missing; beside
/// the uncertainty that it states it is given the rounding of a formula in double.
struct reference_road {
  std::string name;
  std::function<road_value(const trade&, const market&)> value;
};

/// What was compared with what, of one group.
struct validation_group {
  std::string name;
  std::size_t passed = 0, failed = 0, listed = 0, skipped = 0;
  std::optional<double> worst_z; ///< with its sign
  double worst_use = 0;          ///< largest part of its limit that a difference takes, where there is one
  std::string worst_id;          ///< where
};

/// Error of one trade's simulation against its exact value by number of paths: root mean square over `seeds`.
struct convergence_point {
  std::int64_t paths = 0;
  double error = 0;
  double standard_error = 0; ///< as stated, root mean square
};
struct convergence_curve {
  std::string id, product, model;
  sampling points = sampling::philox;
  int seeds = 0;
  double value = 0; ///< the exact one
  std::vector<convergence_point> errors = {};
  double slope = 0; ///< of ln error over ln paths, least squares
};

struct validated_device {
  std::string id, name, instruction_set;
  bool bitwise = false;
};

struct validation_report {
  std::string title = "Validation", command;
  validation_settings settings;
  date as_of{};
  std::string base_currency;
  std::vector<validated_device> devices;
  std::vector<std::pair<std::string, std::string>> references; ///< name and what it is, or why it is not there
  std::vector<validated> items;
  std::vector<validation_group> groups; ///< by name
  std::vector<double> z;                ///< independent, against exact references
  normality law;
  std::vector<convergence_curve> convergence;
  std::vector<rejection> rejected;
  std::vector<input_file> inputs;
  std::vector<std::pair<std::string, double>> timings; ///< seconds

  /// Nothing failed, and something was compared.
  bool passed() const;
};

using validation_progress = std::function<void(const std::string& step, std::size_t done, std::size_t total)>;

/// Positions of a book, priced as `price` prices them: those that share paths do.
validation_report validate_portfolio(market_data data, portfolio_data positions, const validation_settings& settings,
                                     const std::vector<reference_road>& references, const validation_progress& progress = {});
/// The built-in suite: every product under every process in one market, as a book.
validation_report validate_suite(const validation_settings& settings, const std::vector<reference_road>& references,
                                 const validation_progress& progress = {});
/// Tables of reference values (dojima/validation/tables.hpp), by the closed forms and on each device; of a directory all of
/// them.
validation_report validate_tables(const std::vector<std::filesystem::path>& places, const validation_settings& settings,
                                  const validation_progress& progress = {});
/// The market and positions of the suite.
std::pair<market, portfolio> validation_suite();

/// Closed forms of Black-Scholes and its relatives, evaluated on the host from the market as it is.
reference_road closed_forms();

/// Sums up the items by group; puts the failures first.
void summarise(validation_report& report);

/// Writes validation.html, validation.json, junit.xml and rejected.csv into a directory (made if missing). Each file appears
/// whole or not at all.
void write_validation(const validation_report& report, const std::filesystem::path& directory);

} // namespace dojima
