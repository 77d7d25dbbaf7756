// Files become plain data here, validated once. Formats: docs/formats.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dojima/market/history.hpp"
#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima {

/// One row, cell or factor that was left out, or (warning) looks wrong but was used.
struct rejection {
  std::string file;
  long line = 0;  ///< 0: not a line of a file
  std::string id; ///< position, factor or currency
  std::string what, why, suggestion;
  bool warning = false;
};
std::string to_string(const rejection& r); ///< file:line: id: what (why); suggestion

/// A file that was read, for the report's manifest.
struct input_file {
  std::string path;
  std::uintmax_t bytes = 0;
  std::string xxh3; ///< 64-bit XXH3 of its bytes, hexadecimal
};

struct market_data {
  market snapshot;
  std::vector<factor_series> history;
  std::vector<rejection> rejected;
  std::vector<input_file> files;
};

struct portfolio_data {
  portfolio trades;
  std::vector<rejection> rejected;
  std::vector<input_file> files;
};

/// Reads a market directory, or an ore.xml. `base_currency` overrides the market's own. input_error when nothing usable is there.
market_data read_market(const std::filesystem::path& directory, const std::string& base_currency = "");
/// Reads positions (CSV, or ORE's XML) and leaves out those that cannot be valued in `m`.
portfolio_data read_portfolio(const std::filesystem::path& file, const market& m);

} // namespace dojima
