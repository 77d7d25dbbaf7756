// The values of one book on one day, as a report. Fields: docs/formats.md.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dojima/io/read.hpp"
#include "dojima/pricing/price.hpp"

namespace dojima {

struct priced_position {
  trade terms;
  estimate result; ///< its status says why it has no value
};

struct book_value {
  std::string name;
  std::size_t positions = 0; ///< valued
  double value = 0;
  double standard_error_bound = 0; ///< sum of the positions' errors, which share random numbers
};

struct price_report {
  std::string title;
  pricing_settings settings;
  date as_of;
  std::string base_currency;
  std::vector<priced_position> positions;
  std::vector<book_value> books; ///< by name
  book_value total;
  std::vector<rejection> rejected; ///< positions without a value at the end
  std::vector<input_file> inputs;
  std::string device_name, device_id, instruction_set, command;
  std::vector<std::pair<std::string, double>> timings; ///< seconds
};

/// Values what was read. input_error when no position has a value.
price_report compute_prices(market_data data, portfolio_data positions, const pricing_settings& settings, const stream& on);

/// Writes prices.json, prices.csv and rejected.csv into a directory (made if missing). Each file appears whole or not at all.
void write_prices(const price_report& report, const std::filesystem::path& directory);

} // namespace dojima
