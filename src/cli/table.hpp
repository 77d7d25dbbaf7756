// Tables on the terminal.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dojima::cli {

/// A table whose columns are as wide as their contents; text to the left, numbers to the right.
class table {
public:
  struct column {
    std::string head;
    bool number = true;
  };
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print() const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace dojima::cli
