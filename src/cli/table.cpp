#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dojima::cli {

void table::print() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(columns_[c].head.size());
    for (const auto& row : rows_) widths[c] = std::max(widths[c], row[c].size());
  }
  const auto line = [&](const auto& cell) {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      text += fmt::format(fmt::runtime(columns_[c].number ? "{:>{}}  " : "{:<{}}  "), cell(c), widths[c]);
    fmt::print("{}\n", text.substr(0, text.find_last_not_of(' ') + 1));
  };
  line([&](std::size_t c) { return columns_[c].head; });
  for (const auto& row : rows_) line([&](std::size_t c) { return row[c]; });
}

} // namespace dojima::cli
