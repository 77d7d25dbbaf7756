// What the writers of reports share.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dojima/io/read.hpp"
#include "dojima/pricing/settings.hpp"
#include "io/write.hpp"

namespace dojima::output {

using json = nlohmann::ordered_json;

/// null for what is not finite.
json number(double x);
json number(const std::optional<double>& x);
template <class List, class Convert> json list(const List& items, const Convert& convert) {
  json all = json::array();
  for (const auto& item : items) all.push_back(convert(item));
  return all;
}
/// Those that are warnings, or those that are not.
json rejections(const std::vector<rejection>& all, bool warnings);
std::size_t rejected_rows(const std::vector<rejection>& all);
json inputs(const std::vector<input_file>& files);
json timings(const std::vector<std::pair<std::string, double>>& seconds);
json settings_json(const pricing_settings& s);

/// Bytes of the input that are no UTF-8 appear as U+FFFD.
std::string json_text(const json& j);
std::string csv_text(const std::string& field);
std::string rejected_csv(const std::vector<rejection>& all);

void make_directory(const std::filesystem::path& directory);
using io::write_whole;

} // namespace dojima::output
