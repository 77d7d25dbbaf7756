// dojima risk
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.hpp"
#include "cli/progress.hpp"

namespace dojima::cli {
namespace {

std::string money(double value) {
  std::string digits = fmt::format("{:.0f}", std::abs(value));
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return (value < 0 ? "-" : "") + digits;
}

void print_summary(const risk_report& r, double seconds) {
  fmt::print("{}: {} positions worth {} {} on {}\n\n", r.settings.title, r.positions, money(r.market_value), r.base_currency,
             to_string(r.as_of));
  fmt::print("{:<22}{:>8}{:>6}{:>16}{:>16}   interval of VaR\n", "method", "level", "days", "VaR", "ES");
  for (const measure_row& m : r.measures) {
    const std::string interval =
        m.tail.var_ci ? money(m.tail.var_ci->low) + " .. " + money(m.tail.var_ci->high) : "not covered by the sample";
    fmt::print("{:<22}{:>7.1f}%{:>6}{:>16}{:>16}   {}\n", m.method, 100 * m.level, m.horizon_days, money(m.tail.var),
               money(m.tail.es), interval);
  }
  if (r.backtest)
    fmt::print("\nbacktest: {} exceptions in {} days at {:.1f} % ({:.1f} expected), Kupiec p = {:.3f}, Basel zone {}\n",
               r.backtest->exceptions, r.backtest->series.size(), 100 * r.backtest->level, r.backtest->expected,
               r.backtest->coverage.p_value, r.backtest->zone.zone);
  fmt::print("\n{} trades x {} scenarios on {} ({}): {:.3g} trades x scenarios / s; {:.2f} s in all\n", r.positions,
             r.scenarios, r.device_name, r.instruction_set, r.trades_x_scenarios_per_second, seconds);
}

} // namespace

int run_risk(const run_options& o) {
  const auto begin = std::chrono::steady_clock::now();
  const stream on(device::parse(o.device));
  spdlog::debug("device {} ({}, {})", on.where().id(), on.where().name(), on.where().instruction_set());
  run_inputs in = read_inputs(o);
  make_output(o.out);

  progress_bar bar(isatty(STDERR_FILENO) != 0 && talks());
  risk_report report =
      compute_risk(std::move(in.data), std::move(in.positions), in.settings, on,
                   [&](const std::string& step, std::size_t d, std::size_t total) { bar.show(step, d, total); });
  bar.clear();
  say(report.rejected, in.said);
  const auto count =
      std::count_if(report.rejected.begin(), report.rejected.end(), [](const rejection& r) { return !r.warning; });

  report.timings.emplace_back("total", seconds_since(begin));
  report.command = o.command;
  write_report(report, o.out);
  if (talks()) {
    print_summary(report, seconds_since(begin));
    if (count > 0) fmt::print("left out: {} (see rejected.csv)\n", count);
    fmt::print("report: {}\n", (std::filesystem::path(o.out) / "report.html").string());
  }
  return verdict(report.rejected, o.strict);
}

} // namespace dojima::cli
