// Revaluation speed by product: books of one product under many scenarios, end to end (states in, P&L by group out).
#include "dojima/risk/revalue.hpp"

#include <cmath>
#include <numeric>

#include "bench/bench.hpp"
#include "bench/market.hpp"

namespace dojima::bench {
namespace {

market bench_market() {
  market m = dollar_market(0.03);
  underlying u = dollar_stock("S", 100, 0.2);
  u.history = "S";
  u.dividend_yield = 0.01;
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

} // namespace

void risk_suite(const options& o, results& to) {
  const market m = bench_market();
  struct work {
    const char* product;
    std::size_t trades, cpu_scenarios, gpu_scenarios;
  };
  for (const work& w :
       {work{"stock", 10000, 2048, 10048}, work{"european", 10000, 1024, 10048}, work{"digital", 10000, 1024, 10048},
        work{"barrier", 10000, 512, 10048}, work{"american", 1000, 512, 10048}, work{"asian", 100, 256, 10048}}) {
    const auto scenarios = static_cast<std::size_t>(
        std::max(64.0, o.scale * static_cast<double>(o.on.where().is_cuda() ? w.gpu_scenarios : w.cpu_scenarios)));
    portfolio positions;
    for (std::size_t i = 0; i < w.trades; ++i)
      positions.push_back(
          {w.product + std::to_string(i), "b", "S", static_cast<double>(i % 3) - 0.5, make_contract(w.product, i, m.as_of)});
    std::vector<std::int32_t> all(w.trades);
    std::iota(all.begin(), all.end(), 0);
    pricing_settings settings;
    settings.block_mib = 1024;
    const revaluer book(positions, m, {all}, settings, o.on);
    const scenario_states states = moved(m, book.layout(), scenarios);
    const double seconds = median_seconds(o.repeats, [&] { book.run(states); });
    to.push_back({std::string("revalue ") + w.product + " " + std::to_string(w.trades) + " x " + std::to_string(scenarios),
                  "risk", "double", seconds, static_cast<double>(w.trades * scenarios), "values/s"});
  }
}

} // namespace dojima::bench
