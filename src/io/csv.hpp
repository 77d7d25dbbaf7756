// CSV tables with line numbers, over libcsv.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dojima/io/read.hpp"

namespace dojima::io {

struct row {
  long line;
  std::vector<std::string> fields;
};

struct table {
  std::string file; ///< name for messages
  std::vector<std::string> header;
  std::vector<row> rows;

  /// Column of that name, or -1.
  int column(std::string_view name) const;
  /// As `column`; input_error, listing what there is, when missing.
  int required_column(std::string_view name) const;
};

/// The whole file; input_error when it cannot be read.
std::string read_bytes(const std::filesystem::path& file, std::vector<input_file>& files);

/// Reads a table with a header. Rows with another number of fields than the header, a stray quote or a zero byte are left out
/// and reported (empty fields at the end are allowed). input_error for an empty or binary file, and for one that is not UTF-8.
table parse_csv(const std::string& name, std::string_view bytes, std::vector<rejection>& rejected);
/// The same of a file; input_error where it cannot be read.
table read_csv(const std::filesystem::path& file, std::vector<rejection>& rejected, std::vector<input_file>& files);

/// At most `length` bytes of a cell, for messages.
std::string shortened(const std::string& text, std::size_t length = 40);

/// A finite number filling the whole text; nothing otherwise.
std::optional<double> parse_number(std::string_view text);
/// Whether the text stands for a missing value: empty, N/A, NA, NaN, null.
bool is_missing(std::string_view text);

} // namespace dojima::io
