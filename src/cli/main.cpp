// The program `dojima`.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

#include "cli/commands.hpp"
#include "dojima/array/device.hpp"
#include "dojima/error.hpp"
#include "dojima/version.hpp"

namespace {

using namespace dojima;
using namespace dojima::cli;

int list_devices() {
  for (const device& d : device::all())
    fmt::print("{:<8} {} ({}), {:.0f} GiB{}\n", d.id(), d.name(), d.instruction_set(),
               static_cast<double>(d.memory_bytes()) / 1073741824.0,
               d.bitwise() ? "" : ", no fused multiply-add: last digits may differ from other devices");
  if (!device::cuda_status().empty()) fmt::print("no GPU: {}\n", device::cuda_status());
  return done;
}

/// What commands that read a book take.
void add_book_options(CLI::App& command, run_options& o, bool required = true) {
  CLI::Option* portfolio =
      command.add_option("--portfolio", o.portfolio, "positions, one a row (CSV), or trades in ORE's XML")->type_name("FILE");
  CLI::Option* market = command
                            .add_option("--market", o.market,
                                        "directory with market.toml, histories, curves and volatilities, or with ORE's files")
                            ->type_name("DIR");
  if (required) portfolio->required(), market->required();
  else portfolio->needs(market), market->needs(portfolio);
  CLI::Option* config = command.add_option("--config", o.config, "settings (TOML); every key has a default")->type_name("FILE");
  if (!required) config->needs(portfolio);
  command.add_option("--threads", o.threads, "CPU threads (default: all)")->check(CLI::Range(1, 4096))->type_name("N");
  command.add_flag("--strict", o.strict, "any rejected row or warning gives exit code 2 (results are written all the same)");
  command.add_flag("--quiet", o.quiet, "print errors only");
}

/// What both commands that value a book take.
void add_run_options(CLI::App& command, run_options& o) {
  add_book_options(command, o);
  command
      .add_option("--device", o.device, "auto (a GPU if there is one), cpu, cpu:avx512, cpu:avx2, cpu:plain, cuda or cuda:N")
      ->capture_default_str()
      ->type_name("DEVICE");
}

/// CLI11 would take -1 and 2^64 + 1 for large seeds.
std::uint64_t seed_of(const std::string& word) {
  std::uint64_t seed = 0;
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), seed);
  if (status != std::errc() || end != word.data() + word.size())
    throw CLI::ValidationError("--seed", "'" + word + "' (must be a whole number from 0 to 18446744073709551615)");
  return seed;
}

/// Settings of simulations that go before those of the configuration.
class pricing_options {
public:
  pricing_options(CLI::App& command, run_options& o) : command_(command), o_(o) {}

  template <class T, class Member> CLI::Option* add(const char* name, Member pricing_settings::*member, const char* text) {
    return command_.add_option_function<T>(
        name, [&o = o_, member](const T& x) { o.changes.push_back([=](pricing_settings& s) { s.*member = x; }); }, text);
  }
  template <class T>
  void choose(const char* name, T pricing_settings::*member, const char* text, const char* type,
              const std::map<std::string, T>& choices) {
    parse(name, member, text, type, [=](const std::string& word) {
      if (const auto found = choices.find(word); found != choices.end()) return found->second;
      std::string all;
      for (const auto& [known, value] : choices) all += (all.empty() ? "" : " or ") + known;
      throw CLI::ValidationError(name, "'" + word + "' (must be " + all + ")");
    });
  }
  /// An option whose word `read` turns into the setting, or refuses.
  template <class T, class Read>
  void parse(const char* name, T pricing_settings::*member, const char* text, const char* type, Read read) {
    command_
        .add_option_function<std::string>(
            name,
            [&o = o_, member, read](const std::string& word) {
              o.changes.push_back([member, x = read(word)](pricing_settings& s) { s.*member = x; });
            },
            text)
        ->type_name(type);
  }
  void flag(const char* name, bool pricing_settings::*member, const char* text) {
    command_.add_flag_callback(
        name, [&o = o_, member] { o.changes.push_back([=](pricing_settings& s) { s.*member = true; }); }, text);
  }

private:
  CLI::App& command_;
  run_options& o_;
};

/// Those of every simulation.
void add_simulation_options(CLI::App& command, run_options& o) {
  pricing_options options(command, o);
  options.add<std::int64_t>("--paths", &pricing_settings::paths, "samples of each simulation (default: 65536)")
      ->check(CLI::Range(least_paths, greatest_paths))
      ->type_name("N");
  options.parse("--seed", &pricing_settings::seed, "of the random numbers (default: 42)", "N", seed_of);
  options.choose("--precision", &pricing_settings::format, "of the paths; mixed: random numbers in single",
                 "double|single|mixed",
                 {{"double", simulation_precision::double_},
                  {"single", simulation_precision::single},
                  {"mixed", simulation_precision::mixed}});
  options.choose("--sampling", &pricing_settings::points, "random numbers or Sobol points", "philox|sobol",
                 {{"philox", sampling::philox}, {"sobol", sampling::sobol}});
  options.choose("--path-construction", &pricing_settings::construction, "what the first Sobol points decide",
                 "brownian_bridge|principal_components",
                 {{"brownian_bridge", path_construction::brownian_bridge},
                  {"principal_components", path_construction::principal_components}});
  options.flag("--antithetic", &pricing_settings::antithetic, "each path with its mirror image");
  options.flag("--importance-sampling", &pricing_settings::importance_sampling,
               "another drift for trades that seldom pay, where it gains (Black-Scholes)");
  options.flag("--repair-correlation", &pricing_settings::repair_correlation,
               "the nearest correlation matrix for an impossible one");
}

/// Those of `price` alone.
void add_pricing_options(CLI::App& command, run_options& o) {
  add_simulation_options(command, o);
  pricing_options options(command, o);
  options.choose("--method", &pricing_settings::method, "closed forms where they are exact, wherever there are any, or none",
                 "automatic|closed_form|monte_carlo",
                 {{"automatic", pricing_method::automatic},
                  {"closed_form", pricing_method::closed_form},
                  {"monte_carlo", pricing_method::monte_carlo}});
  options.flag("--greeks", &pricing_settings::greeks, "delta, gamma, vega, rho and theta");
  options
      .add<double>("--target-error", &pricing_settings::target_error,
                   "more samples until each value's standard error is this part of it, or --most-paths are reached")
      ->check(CLI::Range(1e-9, 1.0))
      ->type_name("X");
  options.add<std::int64_t>("--most-paths", &pricing_settings::most_paths, "samples for a target error (default: 67108864)")
      ->check(CLI::Range(least_paths, greatest_paths))
      ->type_name("N");
  options
      .add<std::string>("--checkpoint", &pricing_settings::checkpoint,
                        "keeps finished paths while it runs; the same command goes on from it")
      ->type_name("FILE");
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

  run_options risk, price;
  CLI::App* risk_command = app.add_subcommand("risk", "Revalue a portfolio under market scenarios and write a risk report");
  add_run_options(*risk_command, risk);
  risk_command->add_option("--out", risk.out, "directory for report.html, report.json, pnl.csv and rejected.csv")
      ->required()
      ->type_name("DIR");
  risk_command->add_flag("--verbose", risk.verbose, "print more")->excludes("--quiet");
  risk_command->footer(
      "A portfolio needs the columns id, book, product, underlying and quantity, and those of its products:\n"
      "  id,book,product,underlying,quantity,option_type,strike,expiry\n"
      "  P1,hedges,european,SPX,-10,put,3600,2023-06-16\n"
      "Products: stock, fx_forward, european, american, digital, barrier, asian.\n\n"
      "Rows that cannot be used are left out, printed with file and line, and listed in rejected.csv.\n"
      "File formats and every configuration key: docs/formats.md.\n\n"
      "Example:\n  dojima risk --portfolio data/portfolio.csv --market data/market --config data/risk.toml --out report");

  CLI::App* price_command = app.add_subcommand("price", "Value a portfolio by closed forms and simulation, with errors");
  add_run_options(*price_command, price);
  price_command->add_option("--out", price.out, "directory for prices.csv, prices.json and rejected.csv")->type_name("DIR");
  add_pricing_options(*price_command, price);
  price_command->footer(
      "Products: stock, fx_forward, european, american, digital, barrier, double_barrier, one_touch, no_touch, asian,\n"
      "lookback, basket, cliquet, forward_start, chooser, compound, variance_swap, volatility_swap, autocallable.\n"
      "Models, by underlying in the market's models.toml: black_scholes, local_volatility, heston, bates, merton, kou, cev,\n"
      "sabr, rough_bergomi. What stands here goes before [pricing] of the configuration.\n\n"
      "Rows that cannot be used are left out, printed with file and line, and listed in rejected.csv.\n"
      "File formats, one row of each product and every configuration key: docs/formats.md.\n\n"
      "Example:\n  dojima price --portfolio data/price/portfolio.csv --market data/price/market --greeks");
  CLI::App* bench_command =
      app.add_subcommand("bench", "Time the suites: dojima bench --suite array|mc|risk|quantlib|convergence|all --json FILE");
  bench_command->prefix_command()->set_help_flag();

  validate_options validate;
  CLI::App* validate_command =
      app.add_subcommand("validate", "Compare devices, closed forms and QuantLib, trade by trade, and say whether they agree");
  add_book_options(*validate_command, validate, false);
  validate_command
      ->add_option("--table", validate.tables, "table of reference values, or a directory of them; may be given several times")
      ->excludes("--portfolio")
      ->type_name("FILE.csv");
  validate_command->add_option("--devices", validate.devices, "to compare, such as cpu:avx2,cuda (default: all)")
      ->type_name("LIST");
  validate_command
      ->add_option("--out", validate.out, "directory for validation.html, validation.json, junit.xml and rejected.csv")
      ->type_name("DIR");
  validate_command->add_option("--threshold", validate.threshold, "standard errors that a difference may take")
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str()
      ->type_name("X");
  validate_command
      ->add_option("--inject", validate.inject,
                   "a fault in the market that the devices see, which must be found: vol+1e-4, rate+1e-5 or spot*1.0001")
      ->type_name("FAULT");
  validate_command->add_flag("--no-quantlib", validate.no_quantlib, "without QuantLib's values");
  validate_command->add_option("--quantlib-samples", validate.quantlib_samples, "paths of QuantLib's Monte Carlo")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1'000'000'000}))
      ->capture_default_str()
      ->type_name("N");
  add_simulation_options(*validate_command, validate);
  validate_command->footer(
      "Without a portfolio it runs the built-in suite: every product under every process. Exit code 1 when anything differs "
      "by\n"
      "more than its errors explain, or when the errors themselves do not have the law that they claim.\n"
      "How limits are derived and how to read the report: docs/validation.md.\n\n"
      "Examples:\n"
      "  dojima validate --out validation\n"
      "  dojima validate --portfolio data/price/portfolio.csv --market data/price/market --out validation\n"
      "  dojima validate --table data/reference --out validation");
  CLI::App* devices_command = app.add_subcommand("devices", "List the processors that computations can run on");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) { // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& problem) {
    const std::vector<std::string> unknown = app.remaining(true);
    spdlog::error("{}; see dojima {}--help",
                  unknown.empty() ? problem.what() : "unknown option or command '" + unknown.front() + "'",
                  risk_command->parsed()       ? "risk "
                  : price_command->parsed()    ? "price "
                  : validate_command->parsed() ? "validate "
                                               : "");
    return bad_input;
  }
  run_options& chosen = price_command->parsed() ? price : validate_command->parsed() ? validate : risk;
  spdlog::set_level(chosen.quiet ? spdlog::level::err : chosen.verbose ? spdlog::level::debug : spdlog::level::info);
  for (int i = 0; i < argc; ++i) chosen.command += (i > 0 ? " " : "") + std::string(argv[i]);
  try {
    std::unique_ptr<oneapi::tbb::global_control> limit;
    if (chosen.threads > 0)
      limit = std::make_unique<oneapi::tbb::global_control>(oneapi::tbb::global_control::max_allowed_parallelism,
                                                            static_cast<std::size_t>(chosen.threads));
    const int result = devices_command->parsed()    ? list_devices()
                       : bench_command->parsed()    ? run_bench(bench_command->remaining())
                       : validate_command->parsed() ? run_validate(validate)
                       : price_command->parsed()    ? run_price(price)
                                                    : run_risk(risk);
    if (std::fflush(stdout) != 0)
      throw error("standard output: cannot be written (" + std::generic_category().message(errno) + "); is the disk full?");
    return result;
  } catch (const device_error& problem) {
    spdlog::error("{}", problem.what());
    return no_device;
  } catch (const input_error& problem) {
    spdlog::error("{}", problem.what());
    return bad_input;
  } catch (const std::filesystem::filesystem_error& problem) {
    spdlog::error("{}: cannot be used ({}); is the name right?", problem.path1().string(), problem.code().message());
    return bad_input;
  } catch (const std::exception& problem) {
    spdlog::error("{}", problem.what());
    return failed;
  }
}
