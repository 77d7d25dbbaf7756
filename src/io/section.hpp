// A table of a TOML file: every key asked for is known, whatever is left at the end is an error.
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "dojima/error.hpp"
#include "dojima/io/read.hpp"
#include "text.hpp"

namespace dojima::io {

class section {
public:
  section(toml::table* table, std::string name, std::string file)
      : table_(table), name_(std::move(name)), file_(std::move(file)) {}

  template <class T> void read(const char* key, T& value) {
    known_.insert(key);
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<T, std::string>) {
      value = need(node->value_exact<std::string>(), key, "a text");
    } else if constexpr (std::is_same_v<T, bool>) {
      value = need(node->value_exact<bool>(), key, "true or false");
    } else if constexpr (std::is_floating_point_v<T>) {
      value = need(node->is_number() ? node->value<double>() : std::nullopt, key, "a number");
    } else {
      const auto whole = need(node->value_exact<std::int64_t>(), key, "a whole number");
      constexpr bool is_long = std::is_same_v<T, std::uint64_t>; // TOML's whole numbers end at 2^63
      if (whole < 0 || (!is_long && whole > 1'000'000'000))
        fail(key, std::to_string(whole), is_long ? "must be 0 or above" : "must be between 0 and 1e9");
      value = static_cast<T>(whole);
    }
  }
  template <class T> void read(const char* key, std::vector<T>& values) {
    known_.insert(key);
    toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr) fail(key, "", "must be a list such as [1, 10]");
    values.clear();
    for (const toml::node& item : *list) {
      const auto value = item.value<T>();
      if (!value) fail(key, "", "has an entry of another type");
      values.push_back(*value);
    }
    if (values.empty()) fail(key, "[]", "needs at least one entry");
  }
  void read(const char* key, std::vector<std::vector<double>>& rows) {
    known_.insert(key);
    toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr) fail(key, "", "must be a list of lists of numbers");
    rows.clear();
    for (const toml::node& item : *list) {
      const toml::array* row = item.as_array();
      if (row == nullptr || row->empty() || !std::ranges::all_of(*row, &toml::node::is_number))
        fail(key, "", "must be a list of lists of numbers such as [[0.2, 0.2]]");
      for (rows.emplace_back(); const toml::node& x : *row) rows.back().push_back(*x.value<double>());
    }
  }
  /// A number that has no default.
  double number(const char* key) {
    double value = 0;
    if (table_->get(key) == nullptr) fail(key, "", "must be given");
    read(key, value);
    return value;
  }
  template <class T> void choose(const char* key, T& value, std::initializer_list<std::pair<const char*, T>> choices) {
    std::string text;
    for (const auto& [name, meaning] : choices)
      if (meaning == value) text = name;
    read(key, text);
    std::string list;
    for (const auto& [name, meaning] : choices) {
      if (text == name) {
        value = meaning;
        return;
      }
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    fail(key, text, "must be one of " + list);
  }
  template <class T> void within(const char* key, T value, T low, T high) const {
    if (!(value >= low && value <= high))
      fail(key, number_text(static_cast<double>(value)),
           "must be between " + number_text(static_cast<double>(low)) + " and " + number_text(static_cast<double>(high)));
  }
  void known(const char* key) { known_.insert(key); }
  void finish() const {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_)
      if (!known_.contains(std::string(key.str()))) {
        std::string list;
        for (const std::string& k : known_) list += (list.empty() ? "" : ", ") + k;
        throw input_error(file_ + ":" + std::to_string(key.source().begin.line) + ": unknown key '" +
                          (name_.empty() ? "" : name_ + ".") + std::string(key.str()) + "' (known: " + list + ")");
      }
  }
  [[noreturn]] void fail(const char* key, const std::string& value, const std::string& why) const {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) node = table_; // a key that is missing
    throw input_error(file_ + (node == nullptr ? "" : ":" + std::to_string(node->source().begin.line)) + ": " +
                      (name_.empty() ? "" : name_ + ".") + key + (value.empty() ? "" : " = " + value) + " (" + why + ")");
  }

private:
  template <class T> T need(std::optional<T> value, const char* key, const char* what) const {
    if (!value) fail(key, "", std::string("must be ") + what);
    return *value;
  }

  toml::table* table_;
  std::string name_, file_;
  std::set<std::string> known_;
};

/// The whole file; input_error with its line where it is no TOML.
toml::table read_toml(const std::filesystem::path& file, std::vector<input_file>& files);

} // namespace dojima::io
