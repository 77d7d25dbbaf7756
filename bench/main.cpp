// dojima_bench, the command `dojima bench`: medians of the suites, as a table and as JSON.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/bench.hpp"
#include "dojima/error.hpp"
#include "dojima/version.hpp"

int main(int argc, char** argv) {
  using namespace dojima;
  CLI::App app{"Benchmarks of Dojima: medians, rates, and ratios to peers", "dojima bench"};
  std::string device_text = "auto", json_file, csv_file, suite = "all";
  bench::options o;
  app.add_option("--suite", suite, "array, mc, risk, quantlib, all of these, or convergence")
      ->capture_default_str()
      ->check(CLI::IsMember({"array", "mc", "risk", "quantlib", "convergence", "all"}));
  app.add_option("--device", device_text, "auto, cpu, cpu:avx2, cuda or cuda:N")->capture_default_str();
  app.add_option("--json", json_file, "write the results to this file")->take_last();
  app.add_option("--csv", csv_file, "write the points of the convergence suite to this file")->take_last();
  app.add_option("--repeats", o.repeats, "timed runs; the median counts")->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--scale", o.scale, "multiplies the amount of work")->capture_default_str()->check(CLI::Range(0.001, 1000.0));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) { // --help
    return app.exit(wanted);
  } catch (const CLI::ParseError& problem) {
    fmt::print(stderr, "error: {}; see dojima bench --help\n", problem.what());
    return 2;
  }
  try {
    o.on = stream(device::parse(device_text));
    const device& where = o.on.where();
    if (suite == "convergence") {
      const std::string points = bench::convergence_suite(o);
      if (!csv_file.empty()) std::ofstream(csv_file) << points;
      return 0;
    }
    bench::results results;
    const auto wanted = [&](const char* name) { return suite == "all" || suite == name; };
    if (wanted("array")) bench::array_suite(o, results);
    if (wanted("mc")) bench::mc_suite(o, results);
    if (wanted("risk")) bench::risk_suite(o, results);
    if (wanted("quantlib")) bench::quantlib_suite(o, results);

    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    fmt::print("{} ({})\n{:<44}{:>14}{:>14} {:<12}{:>8}\n", where.name(), where.instruction_set(), "", "median ms", "rate", "",
               "of limit");
    for (const bench::result& r : results) {
      const std::string fraction = r.limit > 0 ? fmt::format("{:.0f} %", 100 * r.throughput() / r.limit) : "";
      std::string beside;
      for (const auto& [peer, ratio] : r.peers) beside += fmt::format("  {:.3g} x {}", ratio, peer);
      fmt::print("{:<44}{:>14.4f}{:>14.4g} {:<12}{:>8}{}\n", r.name, 1e3 * r.median_seconds, r.throughput(), r.unit, fraction,
                 beside);
      list.push_back({{"name", r.name},
                      {"suite", r.suite},
                      {"device", where.name()},
                      {"instruction_set", where.instruction_set()},
                      {"precision", r.precision},
                      {"median_seconds", r.median_seconds},
                      {"throughput", r.throughput()},
                      {"unit", r.unit},
                      {"standard_error", r.standard_error},
                      {"peers", r.peers},
                      {"limit_fraction", r.limit > 0 ? nlohmann::ordered_json(r.throughput() / r.limit) : nullptr}});
    }
    if (!json_file.empty())
      std::ofstream(json_file) << nlohmann::ordered_json{{"version", DOJIMA_VERSION}, {"results", list}}.dump(1) << "\n";
  } catch (const std::exception& problem) {
    fmt::print(stderr, "error: {}\n", problem.what());
    return dynamic_cast<const device_error*>(&problem) != nullptr ? 3 : 1;
  }
}
