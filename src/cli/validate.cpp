// dojima validate
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "dojima/validation/validate.hpp"
#ifdef DOJIMA_PROGRAM_QUANTLIB
#include "dojima/quantlib/references.hpp"
#endif

namespace dojima::cli {
namespace {

std::vector<device> parse_devices(const std::string& list) {
  std::vector<device> all;
  std::istringstream in(list);
  for (std::string name; std::getline(in, name, ',');) all.push_back(device::parse(name));
  return all;
}

#ifdef DOJIMA_PROGRAM_QUANTLIB
constexpr const char* quantlib_missing = "";
reference_road quantlib_road(std::int64_t samples) {
  return {"quantlib", [=](const trade& t, const market& m) {
            const quantlib::reference r = quantlib::reference_value(t, m, {.samples = samples});
            return road_value{.road = "quantlib",
                              .value = r.value,
                              .standard_error = r.standard_error,
                              .uncertainty = r.error,
                              .method = r.engine};
          }};
}
#else
constexpr const char* quantlib_missing = "not built in";
reference_road quantlib_road(std::int64_t) { return {}; }
#endif

std::string text_of(const std::optional<double>& x, const char* format) {
  return x ? fmt::format(fmt::runtime(format), *x) : "";
}

void print_validation(const validation_report& r) {
  table groups(
      {{"group", false}, {"passed"}, {"failed"}, {"listed"}, {"skipped"}, {"worst z"}, {"of its limit"}, {"where", false}});
  for (const validation_group& g : r.groups)
    groups.add({g.name, std::to_string(g.passed), std::to_string(g.failed), std::to_string(g.listed), std::to_string(g.skipped),
                text_of(g.worst_z, "{:.2f}"),
                g.worst_id.empty() ? "" : fmt::format(fmt::runtime(g.worst_use < 1000 ? "{:.2f}" : "{:.1e}"), g.worst_use),
                g.worst_id});
  groups.print();
  if (r.law.outcome == verdict::skipped) fmt::print("\nz-scores: {}\n", r.law.reason);
  else
    fmt::print("\nz-scores: {} independent, mean {:.3f}, variance {:.3f}; chi-square p = {:.3g}, mean p = {:.3g}, variance p = "
               "{:.3g}\n",
               r.law.count, r.law.mean, r.law.variance, r.law.chi_square.p_value, r.law.mean_test.p_value,
               r.law.variance_test.p_value);
}

/// To stderr, also under --quiet.
void print_failures(const validation_report& r) {
  for (const validated& v : r.items)
    if (v.outcome == verdict::failed) spdlog::error("{}: {}", v.id, v.reason);
  if (r.law.outcome == verdict::failed) spdlog::error("z-scores: {}", r.law.reason);
  if (!r.passed() && r.groups.empty()) spdlog::error("nothing was compared");
}

} // namespace

int run_validate(const validate_options& o) {
  const auto begin = std::chrono::steady_clock::now();
  if (!(o.threshold >= 1)) throw input_error("threshold = nan (must be a number of standard errors); take 4");
  make_output(o.out);
  validation_settings settings;
  settings.devices = parse_devices(o.devices);
  settings.threshold = o.threshold;
  if (!o.inject.empty()) settings.fault = parse_fault(o.inject);

  std::string quantlib = o.no_quantlib ? "left out (--no-quantlib)" : quantlib_missing;
  std::vector<reference_road> references{closed_forms()};
  if (quantlib.empty()) references.push_back(quantlib_road(o.quantlib_samples));
  if (o.tables.empty() && !quantlib.empty()) spdlog::info("QuantLib: {}", quantlib);

  progress_bar bar(isatty(STDERR_FILENO) != 0 && talks());
  const auto show = [&](const std::string& step, std::size_t d, std::size_t total) { bar.show(step, d, total); };
  const auto change_settings = [&] {
    for (const auto& change : o.changes) change(settings.pricing);
  };
  validation_report report;
  std::size_t said = 0;
  if (!o.tables.empty()) {
    change_settings();
    report = validate_tables({o.tables.begin(), o.tables.end()}, settings, show);
    report.title = "Validation by tables of reference values";
  } else if (!o.portfolio.empty()) {
    run_inputs in = read_inputs(o);
    said = in.said;
    settings.pricing = in.settings.pricing;
    change_settings();
    report = validate_portfolio(std::move(in.data), std::move(in.positions), settings, references, show);
    report.title = "Validation of " + o.portfolio;
  } else {
    change_settings();
    report = validate_suite(settings, references, show);
    report.title = "Validation: every product under every process";
  }
  bar.clear();
  say(report.rejected, said);
  if (o.tables.empty() && !quantlib.empty()) report.references.emplace_back("quantlib", quantlib);
  report.command = o.command;
  report.timings.emplace_back("total", seconds_since(begin));

  if (talks()) print_validation(report);
  print_failures(report);
  if (!o.out.empty()) write_validation(report, o.out);
  if (talks()) {
    const auto skipped =
        static_cast<std::size_t>(std::ranges::count(report.items, dojima::verdict::skipped, &validated::outcome));
    fmt::print("\n{}: {} compared", report.passed() ? "passed" : "FAILED", report.items.size() - skipped);
    if (skipped > 0) fmt::print(", {} skipped", skipped);
    const auto left_out = std::ranges::count(report.rejected, false, &rejection::warning);
    if (left_out > 0) fmt::print(", {} left out", left_out);
    fmt::print(" on");
    for (const validated_device& d : report.devices) fmt::print(" {}", d.id);
    fmt::print(", {:.1f} s\n", seconds_since(begin));
    if (!o.out.empty()) fmt::print("report: {}\n", (std::filesystem::path(o.out) / "validation.html").string());
  }
  return report.passed() ? verdict(report.rejected, o.strict) : failed;
}

} // namespace dojima::cli
