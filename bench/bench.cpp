// Revaluation speed by product: books of one product under many scenarios, end to end (states in, P&L by group out).
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "dojima/risk/revalue.hpp"
#include "dojima/version.hpp"

namespace {

using namespace dojima;

market bench_market() {
  market m;
  m.as_of = *parse_date("2022-12-28");
  m.base_currency = "USD";
  m.fx["USD"] = 1.0;
  m.curves.emplace("USD", curve::flat(0.03));
  underlying u;
  u.name = u.history = "S";
  u.currency = "USD";
  u.spot = 100;
  u.dividend_yield = 0.01;
  u.surface = flat_volatility{0.2};
  m.underlyings.emplace("S", u);
  return m;
}

contract make_contract(const std::string& product, std::size_t i, date today) {
  const double strike = 70.0 + 60.0 * static_cast<double>(i % 997) / 997.0;
  const date expiry = today + std::chrono::days{18 + 8 * static_cast<int>(i % 89)};
  const option_type type = i % 2 == 0 ? option_type::call : option_type::put;
  if (product == "stock") return stock{};
  if (product == "european") return european_option{type, strike, expiry};
  if (product == "digital") return digital_option{type, strike, expiry, 1.0};
  if (product == "barrier") return barrier_option{type, strike, expiry, false, i % 4 < 2, 65.0, 0.0};
  if (product == "american") return american_option{type, strike, expiry};
  asian_option a{type, strike, today + std::chrono::days{360}, {}};
  for (int month = 1; month <= 12; ++month) a.fixings.push_back({today + std::chrono::days{30 * month}, std::nullopt});
  return a;
}

/// Spot and volatility moves as in the peers' benchmark.
scenario_states moved(const market& m, const state_layout& layout, std::size_t columns) {
  scenario_states states = today_states(m, layout, columns);
  for (std::size_t j = 0; j < columns; ++j) {
    set_spot(states, layout, "S", j, 100 * std::exp(0.02 * (static_cast<double>(j % 1009) / 504.5 - 1)));
    states.at(layout.volatility_log("S"), j) = 0.1 * (static_cast<double>(j % 503) / 251.5 - 1);
  }
  return states;
}

double median_seconds(int repeats, const auto& work) {
  std::vector<double> seconds;
  work(); // warm up: memory pools, modules
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + repeats / 2, seconds.end());
  return seconds[static_cast<std::size_t>(repeats / 2)];
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Revaluation speed by product", "dojima_bench"};
  std::string device_text = "auto", json_file;
  int repeats = 5;
  double scale = 1.0;
  app.add_option("--device", device_text, "auto, cpu, cpu:avx2, cuda or cuda:N")->capture_default_str();
  app.add_option("--json", json_file, "write the results to this file");
  app.add_option("--repeats", repeats, "timed runs; the median counts")->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--scale", scale, "multiplies the number of scenarios")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1000.0));
  CLI11_PARSE(app, argc, argv);
  try {
    const stream on(device::parse(device_text));
    const market m = bench_market();
    struct work {
      const char* product;
      std::size_t trades, cpu_scenarios, gpu_scenarios;
    };
    nlohmann::ordered_json results = nlohmann::ordered_json::array();
    fmt::print("{} ({})\n{:<12}{:>8}{:>11}{:>12}{:>16}\n", on.where().name(), on.where().instruction_set(), "product", "trades",
               "scenarios", "seconds", "values / s");
    for (const work& w :
         {work{"stock", 10000, 2048, 10048}, work{"european", 10000, 1024, 10048}, work{"digital", 10000, 1024, 10048},
          work{"barrier", 10000, 512, 10048}, work{"american", 1000, 512, 10048}, work{"asian", 100, 256, 10048}}) {
      const auto scenarios = static_cast<std::size_t>(
          std::max(64.0, scale * static_cast<double>(on.where().is_cuda() ? w.gpu_scenarios : w.cpu_scenarios)));
      portfolio positions;
      for (std::size_t i = 0; i < w.trades; ++i)
        positions.push_back({fmt::format("{}{}", w.product, i), "b", "S", static_cast<double>(i % 3) - 0.5,
                             make_contract(w.product, i, m.as_of)});
      std::vector<std::int32_t> all(w.trades);
      std::iota(all.begin(), all.end(), 0);
      pricing_settings settings;
      settings.block_mib = 1024;
      const revaluer book(positions, m, {all}, settings, on);
      const scenario_states states = moved(m, book.layout(), scenarios);
      const double seconds = median_seconds(repeats, [&] { book.run(states); });
      const double rate = static_cast<double>(w.trades * scenarios) / seconds;
      fmt::print("{:<12}{:>8}{:>11}{:>12.5f}{:>16.3e}\n", w.product, w.trades, scenarios, seconds, rate);
      results.push_back({{"name", fmt::format("revalue_{}", w.product)},
                         {"suite", "risk"},
                         {"device", on.where().name()},
                         {"instruction_set", on.where().instruction_set()},
                         {"precision", "double"},
                         {"trades", w.trades},
                         {"scenarios", scenarios},
                         {"median_seconds", seconds},
                         {"throughput", rate},
                         {"unit", "values/s"}});
    }
    if (!json_file.empty())
      std::ofstream(json_file) << nlohmann::ordered_json{{"version", DOJIMA_VERSION}, {"results", results}}.dump(1) << "\n";
  } catch (const std::exception& problem) {
    fmt::print(stderr, "error: {}\n", problem.what());
    return 1;
  }
}
