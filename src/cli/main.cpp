// The program `dojima`.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>

#include "cli/progress.hpp"
#include "dojima/risk/report.hpp"
#include "dojima/version.hpp"

namespace {

using namespace dojima;

enum exit_code : int { done = 0, failed = 1, bad_input = 2, no_device = 3 };

struct risk_options {
  std::string portfolio, market, config, out, device = "auto";
  bool strict = false;
};

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

int run_risk(const risk_options& o, const std::string& command) {
  const auto begin = std::chrono::steady_clock::now();
  const stream on(device::parse(o.device));
  spdlog::debug("device {} ({}, {})", on.where().id(), on.where().name(), on.where().instruction_set());

  std::vector<input_file> config_files;
  const risk_settings settings = o.config.empty() ? risk_settings{} : read_settings(o.config, config_files);
  market_data data = read_market(o.market, settings.base_currency);
  data.files.insert(data.files.begin(), config_files.begin(), config_files.end());
  portfolio_data positions = read_portfolio(o.portfolio, data.snapshot);
  spdlog::debug("{} positions, {} factor histories up to {}", positions.trades.size(), data.history.size(),
                to_string(data.snapshot.as_of));

  std::vector<rejection> seen = data.rejected;
  seen.insert(seen.end(), positions.rejected.begin(), positions.rejected.end());
  const auto say = [](const rejection& r) { spdlog::warn("{}{}", to_string(r), r.warning ? "" : " [left out]"); };
  for (const rejection& r : seen) say(r);

  cli::progress_bar bar(isatty(STDERR_FILENO) != 0 && spdlog::should_log(spdlog::level::info));
  risk_report report =
      compute_risk(std::move(data), std::move(positions), settings, on,
                   [&](const std::string& step, std::size_t d, std::size_t total) { bar.show(step, d, total); });
  bar.clear();
  for (std::size_t i = seen.size(); i < report.rejected.size(); ++i) say(report.rejected[i]);
  const std::size_t count = static_cast<std::size_t>(
      std::count_if(report.rejected.begin(), report.rejected.end(), [](const rejection& r) { return !r.warning; }));

  const double compute_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report.timings.emplace_back("total", compute_seconds);
  report.command = command;
  write_report(report, o.out);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (spdlog::should_log(spdlog::level::info)) {
    print_summary(report, seconds);
    if (count > 0) fmt::print("left out: {} (see rejected.csv)\n", count);
    fmt::print("report: {}\n", (std::filesystem::path(o.out) / "report.html").string());
  }
  if (o.strict && !report.rejected.empty()) {
    spdlog::error("{} messages above and --strict: exit code {}", report.rejected.size(), static_cast<int>(bad_input));
    return bad_input;
  }
  return done;
}

int list_devices() {
  for (const device& d : device::all())
    fmt::print("{:<8} {} ({}), {:.0f} GiB{}\n", d.id(), d.name(), d.instruction_set(),
               static_cast<double>(d.memory_bytes()) / 1073741824.0,
               d.bitwise() ? "" : ", no fused multiply-add: last digits may differ from other devices");
  if (!device::cuda_status().empty()) fmt::print("no GPU: {}\n", device::cuda_status());
  return done;
}

} // namespace

int main(int argc, char** argv) {
  auto log = spdlog::stderr_color_mt("dojima");
  log->set_pattern("%^%l%$: %v");
  spdlog::set_default_logger(log);

  CLI::App app{"Dojima: Monte Carlo pricing and risk on GPU and CPU", "dojima"};
  app.set_version_flag("--version", std::string(DOJIMA_VERSION));
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 bad input (or any message under --strict), 3 no such device.\n"
      "Start here: dojima risk --portfolio data/portfolio.csv --market data/market --config data/risk.toml --out report");

  risk_options risk;
  bool quiet = false, verbose = false;
  int threads = 0;
  CLI::App* risk_command = app.add_subcommand("risk", "Revalue a portfolio under market scenarios and write a risk report");
  risk_command->add_option("--portfolio", risk.portfolio, "positions, one a row (CSV)")->required()->type_name("FILE");
  risk_command->add_option("--market", risk.market, "directory with market.toml, histories, curves and volatilities")
      ->required()
      ->type_name("DIR");
  risk_command->add_option("--config", risk.config, "settings (TOML); every key has a default")->type_name("FILE");
  risk_command->add_option("--out", risk.out, "directory for report.html, report.json, pnl.csv and rejected.csv")
      ->required()
      ->type_name("DIR");
  risk_command->add_option("--device", risk.device, "auto (a GPU if there is one), cpu, cpu:avx2, cuda or cuda:N")
      ->capture_default_str()
      ->type_name("DEVICE");
  risk_command->add_option("--threads", threads, "CPU threads (default: all)")->check(CLI::Range(1, 4096))->type_name("N");
  risk_command->add_flag("--strict", risk.strict,
                         "any rejected row or warning gives exit code 2 (the report is written all the same)");
  CLI::Option* quiet_flag = risk_command->add_flag("--quiet", quiet, "print errors only");
  risk_command->add_flag("--verbose", verbose, "print more")->excludes(quiet_flag);
  risk_command->footer(
      "A portfolio needs the columns id, book, product, underlying and quantity, and those of its products:\n"
      "  id,book,product,underlying,quantity,option_type,strike,expiry\n"
      "  P1,hedges,european,SPX,-10,put,3600,2023-06-16\n"
      "Products: stock, fx_forward, european, american, digital, barrier, asian.\n\n"
      "Rows that cannot be used are left out, printed with file and line, and listed in rejected.csv.\n"
      "File formats and every configuration key: docs/formats.md.\n\n"
      "Example:\n  dojima risk --portfolio data/portfolio.csv --market data/market --config data/risk.toml --out report");
  CLI::App* devices_command = app.add_subcommand("devices", "List the processors that computations can run on");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) { // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& problem) {
    const std::vector<std::string> unknown = app.remaining(true);
    spdlog::error("{}; see dojima {}--help",
                  unknown.empty() ? problem.what() : "unknown option or command '" + unknown.front() + "'",
                  risk_command->parsed() ? "risk " : "");
    return bad_input;
  }
  spdlog::set_level(quiet ? spdlog::level::err : verbose ? spdlog::level::debug : spdlog::level::info);

  std::string command;
  for (int i = 0; i < argc; ++i) command += (i > 0 ? " " : "") + std::string(argv[i]);
  try {
    std::unique_ptr<oneapi::tbb::global_control> limit;
    if (threads > 0)
      limit = std::make_unique<oneapi::tbb::global_control>(oneapi::tbb::global_control::max_allowed_parallelism,
                                                            static_cast<std::size_t>(threads));
    return devices_command->parsed() ? list_devices() : run_risk(risk, command);
  } catch (const device_error& problem) {
    spdlog::error("{}", problem.what());
    return no_device;
  } catch (const input_error& problem) {
    spdlog::error("{}", problem.what());
    return bad_input;
  } catch (const std::exception& problem) {
    spdlog::error("{}", problem.what());
    return failed;
  }
}
