#include "report/output.hpp"

#include <csv.h>

#include <algorithm>
#include <cmath>

#include "dojima/error.hpp"

namespace dojima::output {

json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }
json number(const std::optional<double>& x) { return x ? number(*x) : json(nullptr); }

json rejections(const std::vector<rejection>& all, bool warnings) {
  json found = json::array();
  for (const rejection& x : all)
    if (x.warning == warnings)
      found.push_back(
          {{"file", x.file}, {"line", x.line}, {"id", x.id}, {"what", x.what}, {"why", x.why}, {"suggestion", x.suggestion}});
  return found;
}

std::size_t rejected_rows(const std::vector<rejection>& all) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const rejection& x) { return !x.warning; }));
}

json inputs(const std::vector<input_file>& files) {
  return list(files, [](const input_file& f) { return json{{"file", f.path}, {"bytes", f.bytes}, {"xxh3", f.xxh3}}; });
}

json timings(const std::vector<std::pair<std::string, double>>& seconds) {
  json all = json::object();
  for (const auto& [name, value] : seconds) all[name] = value;
  return all;
}

std::string json_text(const json& j) { return j.dump(1, ' ', false, json::error_handler_t::replace); }

std::string csv_text(const std::string& field) {
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted(2 * field.size() + 2, '\0');
  quoted.resize(csv_write(quoted.data(), quoted.size(), field.data(), field.size()));
  return quoted;
}

std::string rejected_csv(const std::vector<rejection>& all) {
  std::string out = "file,line,id,what,why,suggestion\n";
  for (const rejection& x : all)
    if (!x.warning)
      out += csv_text(x.file) + "," + std::to_string(x.line) + "," + csv_text(x.id) + "," + csv_text(x.what) + "," +
             csv_text(x.why) + "," + csv_text(x.suggestion) + "\n";
  return out;
}

void make_directory(const std::filesystem::path& directory) {
  std::error_code status;
  std::filesystem::create_directories(directory, status);
  if (!std::filesystem::is_directory(directory))
    throw error(directory.string() + ": cannot be made (" + status.message() + ")");
}

} // namespace dojima::output
