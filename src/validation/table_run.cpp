#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "dojima/error.hpp"
#include "dojima/validation/tables.hpp"
#include "validation/report_parts.hpp"

namespace dojima {
namespace {

/// The file itself, or of a directory its tables in alphabetical order: .csv files with the columns of every kind.
std::vector<std::filesystem::path> tables_of(const std::filesystem::path& place) {
  if (!std::filesystem::is_directory(place)) return {place};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(place)) {
    std::string header;
    if (entry.path().extension() == ".csv") std::getline(std::ifstream(entry.path()), header);
    const auto has = [&](const char* column) { return ("," + header + ",").find(column) != std::string::npos; };
    if (has(",expected,") && has(",abs_tolerance,")) files.push_back(entry.path());
  }
  if (files.empty())
    throw input_error(
        place.string() +
        ": no tables of reference values (.csv files with the columns expected and abs_tolerance); name the files");
  std::ranges::sort(files);
  return files;
}

road_value* simulation_of(validated& item) {
  const auto found = std::ranges::find(item.roads, "monte_carlo", &road_value::road);
  return found == item.roads.end() ? nullptr : &*found;
}

/// Verdicts with all roads. A row that is listed stays so unless its devices differ; rows of text keep their reason.
void judge_again(validated& item, double threshold) {
  if (item.outcome == verdict::skipped) return;
  const verdict before = item.outcome;
  const std::string reason = item.reason;
  judge(item, threshold);
  if (item.outcome != verdict::failed) return;
  const bool bits_differ = std::ranges::any_of(item.comparisons, [](const comparison& c) {
    return !c.agrees && c.limit == 0 && c.left != "table" && c.right != "table";
  });
  if (before == verdict::listed && !bits_differ) item.outcome = before;
  if (before != verdict::passed && !bits_differ) item.reason = reason;
}

/// The z-score of a row with paths of its own that errs by chance alone: rows under exact processes.
std::optional<double> independent_z(const validated& item, const std::string& first_device) {
  if (item.model != "black_scholes" && item.model != "merton") return {};
  const auto table = std::ranges::find(item.roads, "table", &road_value::road);
  const auto simulated = std::ranges::find(item.roads, first_device, &road_value::road);
  if (table == item.roads.end() || simulated == item.roads.end() || !simulated->missing.empty()) return {};
  const double error = simulated->standard_error;
  if (!(error > 0) || table->uncertainty + simulated->uncertainty > unnoticed * error ||
      std::abs(table->value) <= many_errors * error)
    return {};
  return (simulated->value - table->value) / error;
}

} // namespace

validation_report validate_tables(const std::vector<std::filesystem::path>& places, const validation_settings& settings,
                                  const validation_progress& progress) {
  validation_report out;
  begin_report(out, settings);
  out.references = {{"table", ""}};
  table_settings how;
  how.pricing = settings.pricing;
  if (settings.fault) {
    if (settings.fault->what != injected_fault::kind::volatility)
      throw input_error("fault " + to_string(*settings.fault) + " (rows of tables have volatilities alone); take vol+1e-4");
    how.volatility_shift = settings.fault->amount;
  }
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& place : places)
    for (const std::filesystem::path& file : tables_of(place)) files.push_back(file);
  for (std::size_t f = 0; f < files.size(); ++f) {
    if (progress) progress("tables", f, files.size());
    std::vector<validated> rows;
    for (const device& d : out.settings.devices) {
      how.on = stream(d);
      checked_table t = check_table(files[f], how);
      for (validated& item : t.rows)
        if (road_value* r = simulation_of(item)) mark_simulation(*r, d, how.pricing);
      if (rows.empty()) {
        rows = std::move(t.rows);
        out.rejected.insert(out.rejected.end(), t.rejected.begin(), t.rejected.end());
        for (const input_file& file : t.files) // tables of one directory share their list of known differences
          if (std::ranges::find(out.inputs, file.path, &input_file::path) == out.inputs.end()) out.inputs.push_back(file);
      } else { // beside that of the first device
        for (std::size_t i = 0; i < rows.size(); ++i)
          std::ranges::copy_if(t.rows[i].roads, std::back_inserter(rows[i].roads),
                               [&](const road_value& r) { return r.road == road_name(d); });
      }
    }
    for (validated& item : rows) {
      judge_again(item, settings.threshold);
      if (const auto z = independent_z(item, out.devices.front().id))
        out.z.push_back(how.pricing.points == sampling::sobol ? normal_score(*z, how.pricing.replicates - 1) : *z);
    }
    out.items.insert(out.items.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  }
  out.law = test_normality(out.z);
  summarise(out);
  return out;
}

} // namespace dojima
