#include "io/csv.hpp"

#include "dojima/error.hpp"

#include <csv.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <optional>
#include <system_error>

namespace dojima {

std::string to_string(const rejection& r) {
  std::string text = r.file;
  if (r.line > 0) text += ":" + std::to_string(r.line);
  if (!text.empty()) text += ": ";
  if (!r.id.empty()) text += r.id + ": ";
  text += r.what + (r.why.empty() ? "" : " (" + r.why + ")") + (r.suggestion.empty() ? "" : "; " + r.suggestion);
  for (char& c : text) // one line, and nothing that a terminal would obey
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  return text;
}

namespace io {
namespace {

std::string trimmed(const char* text, std::size_t length) {
  std::string_view v(text, length);
  while (!v.empty() && (v.front() == ' ' || v.front() == '\t')) v.remove_prefix(1);
  while (!v.empty() && (v.back() == ' ' || v.back() == '\t' || v.back() == '\r')) v.remove_suffix(1);
  return std::string(v);
}

/// One row at a time through libcsv.
class row_parser {
public:
  row_parser() { start(); }
  ~row_parser() { csv_free(&parser_); }
  row_parser(const row_parser&) = delete;
  row_parser& operator=(const row_parser&) = delete;

  /// Takes one line with its end. True when a quoted field goes on in the next line.
  bool take(std::string_view line) {
    stray_quote_ = csv_parse(&parser_, line.data(), line.size(), field, end_of_row, this) != line.size();
    if (stray_quote_ && csv_error(&parser_) != CSV_EPARSE)
      throw error(std::string("a row cannot be kept (") + csv_strerror(csv_error(&parser_)) + ")");
    return !stray_quote_ && parser_.quoted != 0;
  }
  /// The row of the lines taken so far; nothing where a quote is stray or open. Ready for another row afterwards.
  std::optional<std::vector<std::string>> finish() {
    const bool whole = !stray_quote_ && csv_fini(&parser_, field, end_of_row, this) == 0;
    std::vector<std::string> fields = std::move(fields_);
    fields_.clear();
    if (whole) return fields;
    csv_free(&parser_);
    start();
    return std::nullopt;
  }

private:
  void start() {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) throw error("libcsv cannot start");
    stray_quote_ = false;
  }
  static void field(void* text, std::size_t length, void* self) {
    static_cast<row_parser*>(self)->fields_.push_back(trimmed(static_cast<const char*>(text), length));
  }
  static void end_of_row(int, void*) {}

  csv_parser parser_;
  std::vector<std::string> fields_;
  bool stray_quote_ = false;
};

/// A quoted field that spans more lines than this was never closed.
constexpr long longest_row = 100;

/// Splits off the first line with its end: LF, CR LF or CR.
std::string_view next_line(std::string_view& text) {
  std::size_t end = std::min(text.find_first_of("\r\n"), text.size() - 1) + 1;
  if (text[end - 1] == '\r' && end < text.size() && text[end] == '\n') ++end;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  return line;
}

/// Where the first byte stands that belongs to no UTF-8 character (Unicode 15, table 3-7); the size where there is none.
std::size_t other_than_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned first = byte(i), second = byte(i + 1);
    const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (length == 0 || (length > 1 && (second < low || second > high))) return i;
    for (std::size_t k = 2; k < length; ++k)
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    i += length;
  }
  return text.size();
}

} // namespace

std::string shortened(const std::string& text, std::size_t length) {
  if (text.size() <= length) return text;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length; // not inside a UTF-8 character
  return text.substr(0, length) + "...";
}

int table::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? -1 : static_cast<int>(found - header.begin());
}

int table::required_column(std::string_view name) const {
  const int index = column(name);
  if (index >= 0) return index;
  std::string have;
  for (const std::string& h : header) have += (have.empty() ? "" : ", ") + h;
  throw input_error(file + ":1: no column '" + std::string(name) + "' (it has: " + shortened(have, 300) + "); " +
                    (have.find(';') == have.npos ? "correct the header" : "separate by commas, not by semicolons"));
}

std::string read_bytes(const std::filesystem::path& file, std::vector<input_file>& files) {
  std::error_code status;
  if (std::filesystem::is_directory(file, status))
    throw input_error(file.string() + ": is a directory (a file is needed); name the file in it");
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw input_error(file.string() + ": cannot be opened (" + std::generic_category().message(errno) +
                      "); is the name right?");
  std::string bytes;
  for (std::vector<char> block(1 << 16); in; bytes.append(block.data(), static_cast<std::size_t>(in.gcount())))
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
  if (in.bad())
    throw input_error(file.string() + ": cannot be read to its end (" + std::generic_category().message(errno) +
                      "); copy it to a local disk");
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(XXH3_64bits(bytes.data(), bytes.size())));
  files.push_back({file.string(), bytes.size(), hash});
  return bytes;
}

table read_csv(const std::filesystem::path& file, std::vector<rejection>& rejected, std::vector<input_file>& files) {
  return parse_csv(file.string(), read_bytes(file, files), rejected);
}

table parse_csv(const std::string& name, std::string_view text, std::vector<rejection>& rejected) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto binary = [](std::string_view line) { return line.find('\0') != line.npos; };
  if (binary(text.substr(0, text.find('\n'))))
    throw input_error(name + ":1: not a text file (it holds a zero byte); is it compressed, UTF-16 or binary?");
  if (const std::size_t at = other_than_utf8(text); at < text.size())
    throw input_error(name + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')) +
                      ": not UTF-8 (a character of another encoding, such as Latin-1); convert the file with iconv");

  table t;
  t.file = name;
  row_parser parser;
  for (long line = 1; !text.empty();) {
    const long first_line = line;
    const std::string_view first = next_line(text);
    ++line;
    const std::string_view after_first = text;
    bool zero = binary(first);
    for (bool open = parser.take(first); open && !text.empty() && line - first_line < longest_row; ++line) {
      const std::string_view more = next_line(text);
      zero = zero || binary(more);
      open = parser.take(more);
    }
    auto fields = parser.finish();
    const bool spans = line > first_line + 1;
    if (t.header.empty()) {
      if (!fields)
        throw input_error(name + ":" + std::to_string(first_line) +
                          ": a stray quote in the header; close it, or double it if it belongs to the text");
      t.header = std::move(*fields);
      while (t.header.size() > 1 && t.header.back().empty()) t.header.pop_back();
      continue;
    }
    if (fields && fields->empty()) continue; // an empty line
    if (fields)
      while (fields->size() > t.header.size() && fields->back().empty()) fields->pop_back();
    if (fields && fields->size() == t.header.size() && !zero) {
      t.rows.push_back({first_line, std::move(*fields)});
      continue;
    }
    const std::string id = fields ? shortened(fields->front(), 60) : "";
    if (!fields || (spans && fields->size() != t.header.size())) { // a stray quote: the lines after it are read again
      rejected.push_back({name, first_line, shortened(std::string(first.substr(0, first.find(','))), 60), "a stray quote",
                          "quotes enclose a whole cell", "close it, or double it if it belongs to the text"});
      text = after_first;
      line = first_line + 1;
    } else if (zero) {
      rejected.push_back({name, first_line, id, "a zero byte", "the file was damaged here", "restore the row from its source"});
    } else {
      rejected.push_back({name, first_line, id, std::to_string(fields->size()) + " fields",
                          "the header has " + std::to_string(t.header.size()),
                          "look for a missing or an extra comma, or a line that was cut off"});
    }
  }
  if (t.header.empty()) throw input_error(name + ": empty file (a header line is needed)");
  for (std::size_t i = 0; i < t.header.size(); ++i)
    if (std::find(t.header.begin(), t.header.begin() + static_cast<long>(i), t.header[i]) !=
        t.header.begin() + static_cast<long>(i))
      throw input_error(
          name + ":1: " +
          (t.header[i].empty() ? "two columns without a name" : "column '" + shortened(t.header[i]) + "' stands twice") +
          " (which one is meant?); rename or remove one");
  return t;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
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
