#include "io/csv.hpp"

#include "dojima/error.hpp"

#include <csv.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

namespace dojima {

std::string to_string(const rejection& r) {
  std::string text = r.file;
  if (r.line > 0) text += ":" + std::to_string(r.line);
  if (!text.empty()) text += ": ";
  if (!r.id.empty()) text += r.id + ": ";
  return text + r.what + (r.why.empty() ? "" : " (" + r.why + ")") + (r.suggestion.empty() ? "" : "; " + r.suggestion);
}

namespace io {
namespace {

std::string trimmed(const char* text, std::size_t length) {
  std::string_view v(text, length);
  while (!v.empty() && (v.front() == ' ' || v.front() == '\t')) v.remove_prefix(1);
  while (!v.empty() && (v.back() == ' ' || v.back() == '\t' || v.back() == '\r')) v.remove_suffix(1);
  return std::string(v);
}

/// Collects fields into rows; libcsv calls back once for each.
struct collector {
  std::vector<row> rows;
  std::vector<std::string> fields;
  long line = 1, first_line = 1;

  static void field(void* text, std::size_t length, void* self) {
    static_cast<collector*>(self)->fields.push_back(trimmed(static_cast<const char*>(text), length));
  }
  static void end_of_row(int, void* self) {
    auto* c = static_cast<collector*>(self);
    c->rows.push_back({c->first_line, std::move(c->fields)});
    c->fields.clear();
  }
};

} // namespace

int table::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? -1 : static_cast<int>(found - header.begin());
}

int table::required_column(std::string_view name) const {
  const int index = column(name);
  if (index >= 0) return index;
  std::string have;
  for (const std::string& h : header) have += (have.empty() ? "" : ", ") + h;
  throw input_error(file + ": no column '" + std::string(name) + "' (it has: " + have.substr(0, 300) + ")");
}

std::string read_bytes(const std::filesystem::path& file, std::vector<input_file>& files) {
  std::error_code status;
  if (std::filesystem::is_directory(file, status)) throw input_error(file.string() + ": is a directory (a file is needed)");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw input_error(file.string() + ": cannot be opened (" + std::generic_category().message(errno) + ")");
  std::ostringstream text;
  text << in.rdbuf();
  std::string bytes = std::move(text).str();
  if (in.bad()) throw input_error(file.string() + ": cannot be read to its end");
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(XXH3_64bits(bytes.data(), bytes.size())));
  files.push_back({file.string(), bytes.size(), hash});
  return bytes;
}

table read_csv(const std::filesystem::path& file, std::vector<rejection>& rejected, std::vector<input_file>& files) {
  const std::string bytes = read_bytes(file, files);
  const std::string name = file.string();
  std::string_view text = bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    throw input_error(name + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<long>(zero), '\n')) +
                      ": not a text file (it holds a zero byte); is it compressed or binary?");

  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT_FINI) != 0) throw error("libcsv cannot start");
  const std::unique_ptr<csv_parser, void (*)(csv_parser*)> guard(&parser, csv_free);
  collector c;
  while (!text.empty()) { // line by line, so that each row knows where it began
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::size_t before = c.rows.size();
    if (csv_parse(&parser, text.data(), length, collector::field, collector::end_of_row, &c) != length)
      throw input_error(name + ":" + std::to_string(c.line) + ": not CSV (" + csv_strerror(csv_error(&parser)) + ")");
    ++c.line;
    if (c.rows.size() > before || c.fields.empty()) c.first_line = c.line;
    text.remove_prefix(length);
  }
  if (csv_fini(&parser, collector::field, collector::end_of_row, &c) != 0)
    rejected.push_back({name, c.first_line, "", "a quote that is never closed", "all text from here to the end of the file is lost",
                        "close it, or double it if it belongs to the text"});

  table t;
  t.file = name;
  if (c.rows.empty()) throw input_error(name + ": empty file (a header line is needed)");
  t.header = std::move(c.rows.front().fields);
  while (t.header.size() > 1 && t.header.back().empty()) t.header.pop_back();
  for (std::size_t i = 0; i < t.header.size(); ++i)
    if (std::find(t.header.begin(), t.header.begin() + static_cast<long>(i), t.header[i]) != t.header.begin() + static_cast<long>(i))
      throw input_error(name + ":1: column '" + t.header[i] + "' stands twice (which one is meant?); rename or remove one");
  for (auto it = c.rows.begin() + 1; it != c.rows.end(); ++it) {
    while (it->fields.size() > t.header.size() && it->fields.back().empty()) it->fields.pop_back();
    if (it->fields.size() == t.header.size()) {
      t.rows.push_back(std::move(*it));
    } else {
      rejected.push_back({name, it->line, it->fields.empty() ? "" : it->fields.front().substr(0, 60),
                          std::to_string(it->fields.size()) + " fields", "the header has " + std::to_string(t.header.size()),
                          "look for a missing or an extra comma, or a line that was cut off"});
    }
  }
  return t;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || text.empty() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_missing(std::string_view text) {
  return text.empty() || text == "N/A" || text == "NA" || text == "NaN" || text == "nan" || text == "null" || text == "#N/A" ||
         text == ".";
}

} // namespace io
} // namespace dojima
