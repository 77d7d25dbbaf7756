// Tables of reference values: comma-separated rows that say what a contract, statistic or random number must be, each valued by
// Dojima's closed form and by its simulation. docs/reference_tables.md lists the kinds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/io/read.hpp"
#include "dojima/pricing/settings.hpp"
#include "dojima/validation/result.hpp"

namespace dojima {

struct table_settings {
  bool simulate = true;          ///< also price by Monte Carlo what is a trade
  pricing_settings pricing = {}; ///< of the simulations; every book has a seed of its own, made from this one
  stream on = stream();
  double volatility_shift = 0; ///< a fault to be found: what Dojima adds to the volatilities of the rows
};

/// What a table says, row by row: roads "table", "closed_form" and "monte_carlo". A row that cannot be read is in `rejected`
/// alone; one that Dojima has no value for is skipped with the reason.
struct checked_table {
  std::string kind;
  std::vector<validated> rows;
  std::vector<rejection> rejected;
  std::vector<input_file> files;
};

/// Values a table of any kind under any file name: the columns say the kind, and where several have the same, the ids
/// ("european_bsm_0001") or the name of the file. input_error, naming what the nearest kind would need, where none fits.
/// A file listed.csv beside the table (columns id, expected, reason) names rows that cannot pass.
checked_table check_table(const std::filesystem::path& file, const table_settings& settings = {});

/// Every kind in alphabetical order.
std::vector<std::string> table_kinds();

} // namespace dojima
