// dojima price
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.hpp"
#include "cli/table.hpp"
#include "dojima/pricing/report.hpp"

namespace dojima::cli {
namespace {

std::string greek(const std::vector<sensitivity>& all) {
  std::string text;
  for (const sensitivity& s : all) text += (text.empty() ? "" : ";") + fmt::format("{:.5g}", s.value);
  return text;
}

void print_prices(const price_report& r) {
  std::vector<table::column> columns{
      {"id", false}, {"product", false}, {"underlying", false}, {"value"}, {"error"}, {"method", false}, {"paths"}, {"ms"}};
  if (r.settings.greeks)
    for (const char* name : {"delta", "gamma", "vega", "rho", "theta"}) columns.push_back({name});
  columns.push_back({"status", false});
  table all(std::move(columns));
  for (const auto& [t, e] : r.positions) {
    const bool valued = e.status.empty();
    const std::string product = product_name(t.terms);
    std::vector<std::string> cells{t.id,
                                   product,
                                   t.underlying,
                                   valued ? fmt::format("{:.2f}", e.value) : "",
                                   e.standard_error > 0 ? fmt::format("{:.2g}", e.standard_error) : "",
                                   e.method,
                                   e.paths > 0 ? std::to_string(e.paths) : "",
                                   fmt::format("{:.2f}", 1e3 * e.seconds)};
    if (r.settings.greeks) {
      const sensitivities g = e.greeks.value_or(sensitivities{});
      for (const auto& one : {g.delta, g.gamma, std::vector{g.vega}, std::vector{g.rho}, std::vector{g.theta}})
        cells.push_back(e.greeks ? greek(one) : "");
    }
    cells.push_back(valued ? "ok" : e.status);
    all.add(std::move(cells));
  }
  all.print();

  fmt::print("\n");
  table sums({{"book", false}, {"positions"}, {"value in " + r.base_currency}, {"error at most"}});
  const auto add = [&](const std::string& name, const book_value& b) {
    sums.add(
        {name, std::to_string(b.positions), fmt::format("{:.2f}", b.value), fmt::format("{:.2g}", b.standard_error_bound)});
  };
  for (const book_value& b : r.books) add(b.name, b);
  add("all", r.total);
  sums.print();

  std::optional<double> difference;
  for (const auto& [t, e] : r.positions)
    if (e.precision_difference) difference = std::max(difference.value_or(0.0), std::abs(*e.precision_difference));
  if (difference) fmt::print("\nin double precision values differ by at most {:.2g} on the first 4,096 paths\n", *difference);
}

} // namespace

int run_price(const run_options& o) {
  const auto begin = std::chrono::steady_clock::now();
  const stream on(device::parse(o.device));
  run_inputs in = read_inputs(o);
  make_output(o.out);
  for (const auto& change : o.changes) change(in.settings.pricing);
  price_report report = compute_prices(std::move(in.data), std::move(in.positions), in.settings.pricing, on);
  say(report.rejected, in.said);
  report.title = o.config.empty() ? "Prices" : in.settings.title;
  report.command = o.command;
  report.timings.emplace_back("total", seconds_since(begin));
  if (!o.out.empty()) write_prices(report, o.out);
  if (talks()) {
    print_prices(report);
    fmt::print("\n{} of {} on {} ({}), {:.2f} s\n", report.total.positions, to_string(report.as_of), report.device_name,
               report.instruction_set, seconds_since(begin));
    if (!o.out.empty()) fmt::print("prices: {}\n", (std::filesystem::path(o.out) / "prices.csv").string());
  }
  return verdict(report.rejected, o.strict);
}

} // namespace dojima::cli
