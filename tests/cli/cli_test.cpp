// The program itself: exit codes, what it prints, what it writes, and what no input may do to it.
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "dojima/array/device.hpp"
#include "dojima/version.hpp"
#include "io/csv.hpp"
#include "tests/cli/program.hpp"
#include "tests/io/ore_files.hpp"
#include "tests/support.hpp"

namespace {

using namespace dojima;
using test::json;
using test::process;
using test::program;
using test::program_test;
using test::result;
using test::small_market;

const char* const outputs[] = {"report.html", "report.json", "pnl.csv", "rejected.csv"};

// --- exit codes and words
// -----------------------------------------------------------------------------------------------------

TEST_F(program_test, a_run_writes_four_files) {
  const result r = risk();
  EXPECT_EQ(r.code, 0) << r.err;
  for (const char* name : outputs) EXPECT_GT(std::filesystem::file_size(dir_ / (std::string("out/") + name)), 20u) << name;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_ / "out"), {}), 4);
  EXPECT_NE(r.out.find("trades x scenarios / s"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("report.html"), std::string::npos) << r.out;
  const json j = report();
  EXPECT_EQ(j["schema"], "dojima.risk/1");
  EXPECT_EQ(j["positions"], 7);
  EXPECT_EQ(j["rejected_count"], 0);
  EXPECT_EQ(j["manifest"]["inputs"].size(), 9u);
  const std::vector<std::string> pnl = test::lines_of(test::read(dir_ / "out/pnl.csv"));
  EXPECT_EQ(pnl[0], "method,scenario,date,total,a,b,c");
  EXPECT_EQ(pnl.size(), 1u + 30 + 30 + 64);
  EXPECT_EQ(test::read(dir_ / "out/rejected.csv"), "file,line,id,what,why,suggestion\n");
}

TEST_F(program_test, output_that_is_lost_is_no_success) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  std::filesystem::create_symlink("/dev/full", dir_ / "log.out");
  const result r = price();
  EXPECT_EQ(r.code, 1);
  EXPECT_NE(r.err.find("standard output"), std::string::npos) << r.err;
}

TEST_F(program_test, no_progress_bar_without_a_terminal) {
  const result r = risk();
  EXPECT_EQ(r.err.find('\r'), std::string::npos);
  EXPECT_EQ((r.out + r.err).find('\x1b'), std::string::npos);
}

TEST_F(program_test, quiet_prints_nothing) {
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,ZZZ,1,USD,,,,,,,,,\n");
  const result r = risk({"--quiet"});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err, "");
  EXPECT_EQ(report()["rejected_count"], 1);
}

TEST_F(program_test, verbose_prints_more) {
  const std::size_t usual = risk().err.size();
  EXPECT_GT(risk({"--verbose"}).err.size(), usual);
}

TEST_F(program_test, a_bad_row_is_printed_listed_and_counted) {
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,\"Z,\"\"Z\",1,USD,,,,,,,,,\n");
  const result r = risk();
  EXPECT_EQ(r.code, 0);
  const std::string message = (dir_ / "portfolio.csv").string() + ":9: X: unknown underlying 'Z,\"Z' (";
  EXPECT_NE(r.err.find(message), std::string::npos) << r.err;
  EXPECT_NE(r.out.find("left out: 1"), std::string::npos) << r.out;
  EXPECT_EQ(report()["positions"], 7);
  EXPECT_EQ(report()["rejected_count"], 1);
  EXPECT_EQ(report()["rejected"][0]["line"], 9);
  std::vector<rejection> none;
  std::vector<input_file> files;
  const io::table t = io::read_csv(dir_ / "out/rejected.csv", none, files); // it is CSV again
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(t.rows[0].fields[1], "9");
  EXPECT_EQ(t.rows[0].fields[2], "X");
  EXPECT_EQ(t.rows[0].fields[3], "unknown underlying 'Z,\"Z'");
}

TEST_F(program_test, strict_turns_a_bad_row_into_exit_code_2) {
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,ZZZ,1,USD,,,,,,,,,\n");
  EXPECT_EQ(risk({"--strict", "--quiet"}).code, 2);
  EXPECT_EQ(report()["rejected_count"], 1); // the report is there all the same
}

TEST_F(program_test, failures_have_exit_code_1) {
  test::write(dir_ / "file", "x");
  for (const char* out : {"file", "file/below"}) {
    const result r = risk({}, out);
    EXPECT_EQ(r.code, 1) << out;
    EXPECT_NE(r.err.find("error: "), std::string::npos) << r.err;
    EXPECT_NE(r.err.find((dir_ / out).string()), std::string::npos) << r.err;
  }
  std::filesystem::create_directories(dir_ / "taken/report.json"); // a directory in the place of a file
  EXPECT_EQ(risk({}, "taken").code, 1);
}

TEST_F(program_test, impossible_places_are_found_before_the_work) {
  test::write(dir_ / "file", "x");
  EXPECT_EQ(price({}, "file/below").code, 1);
  const std::string place = (dir_ / "nowhere/sums").string();
  const result r = price({"--checkpoint", place, "--method", "monte_carlo"});
  EXPECT_EQ(r.code, 1);
  EXPECT_NE(r.err.find("error: " + place + ": cannot be written (No such file or directory); make its directory"),
            std::string::npos)
      << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_ / "out"), {}), 0);
  const result late = risk({}, "file"); // no progress, no summary
  EXPECT_EQ(late.out, "");
  EXPECT_NE(late.err.find((dir_ / "file").string() + ": cannot take the output (Not a directory)"), std::string::npos)
      << late.err;
}

TEST_F(program_test, bad_input_has_exit_code_2) {
  const auto refused = [&](const std::vector<std::string>& words, const char* message) {
    const result r = run(words);
    EXPECT_EQ(r.code, 2) << message;
    EXPECT_EQ(r.out, "") << message;
    EXPECT_NE(r.err.find(message), std::string::npos) << r.err;
    EXPECT_EQ(test::lines_of(r.err).back().substr(0, 7), "error: ") << r.err;
  };
  refused({}, "subcommand is required");
  refused({"rsik"}, "unknown option or command 'rsik'; see dojima --help");
  refused({"risk"}, "is required; see dojima risk --help");
  refused({"risk", "--portfolo", "x"}, "unknown option or command '--portfolo'");
  refused(arguments("out", {"--fast"}), "'--fast'");
  refused(arguments("out", {"--threads", "0"}), "--threads");
  refused(arguments("out", {"--threads", "many"}), "--threads");
  refused(arguments("out", {"--quiet", "--verbose"}), "excludes");
  refused(arguments("out", {"extra"}), "'extra'");
  refused(price_arguments("out", {"--sampling", "halton"}), "--sampling: 'halton' (must be philox or sobol); see dojima price");
  refused(price_arguments("out", {"--sampling", "1"}), "'1' (must be philox or sobol)");
  refused(price_arguments("out", {"--precision", "1"}), "'1' (must be double or mixed or single)");
  for (const char* seed : {"-1", "18446744073709551616", "1.5", "12x"})
    refused(price_arguments("out", {std::string("--seed=") + seed}),
            "(must be a whole number from 0 to 18446744073709551615); see dojima price --help");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));

  test::write(dir_ / "risk.toml", "[historical]\nwindows = 30\n");
  refused(arguments(), "risk.toml:2: unknown key 'historical.windows'");
  test::write(dir_ / "risk.toml", "[historical]\nwindow = 500\n");
  refused(arguments(), "historical.window = 500 needs 501 days");
  test::write(dir_ / "risk.toml", files_.config);

  std::filesystem::remove(dir_ / "market/fx.csv");
  refused(arguments(), "fx.csv: cannot be opened (No such file or directory); is the name right?");
  std::filesystem::remove_all(dir_ / "market");
  refused(arguments(), "market.toml");
  std::filesystem::remove(dir_ / "risk.toml");
  refused(arguments(), "risk.toml");
}

TEST_F(program_test, a_portfolio_without_a_good_row_has_exit_code_2) {
  test::write(dir_ / "portfolio.csv", "id,book,product,underlying,quantity\nX,a,stock,ZZZ,1\nY,a,stock,AAA,one\n");
  const result r = risk();
  EXPECT_EQ(r.code, 2);
  EXPECT_NE(r.err.find("portfolio.csv:2: X: unknown underlying"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("portfolio.csv:3: Y: quantity 'one'"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("error: no position is left to value"), std::string::npos) << r.err;
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out/report.json"));
}

TEST_F(program_test, a_missing_device_has_exit_code_3) {
  const auto with_device = [&](const std::string& device) {
    std::vector<std::string> words = arguments();
    words.back() = device;
    return run(words);
  };
  for (const char* device : {"cuda:99", "cpu:avx1024"}) {
    const result r = with_device(device);
    EXPECT_EQ(r.code, 3) << device << ": " << r.err;
    EXPECT_EQ(test::lines_of(r.err).size(), 1u) << r.err;
  }
  for (const char* device : {"tpu", "cuda:x", "cuda:-1", ""})
    EXPECT_EQ(with_device(device).code, 2) << device; // no name of a device at all
  const std::vector<device> here = device::all();
  const bool gpu = std::any_of(here.begin(), here.end(), [](const device& d) { return d.is_cuda(); });
  EXPECT_EQ(with_device("cuda").code, gpu ? 0 : 3);
  EXPECT_EQ(with_device("auto").code, 0);
  EXPECT_EQ(with_device("cpu:plain").code, 0);
}

TEST_F(program_test, help_teaches) {
  const result price_help = run({"price", "--help"});
  EXPECT_EQ(price_help.code, 0);
  for (const char* word :
       {"--portfolio", "--paths", "--seed", "--precision", "--sampling", "--antithetic", "--greeks", "--target-error",
        "--most-paths", "--method", "autocallable", "rough_bergomi", "Example", "docs/formats.md"})
    EXPECT_NE(price_help.out.find(word), std::string::npos) << word;
  const result general = run({"--help"}), risk_help = run({"risk", "--help"}), version = run({"--version"}),
               devices = run({"devices"});
  EXPECT_EQ(general.code, 0);
  EXPECT_EQ(risk_help.code, 0);
  EXPECT_EQ(general.err + risk_help.err, "");
  EXPECT_NE(general.out.find("Exit codes: 0 done, 1 failed, 2 bad input"), std::string::npos);
  EXPECT_NE(general.out.find("dojima risk --portfolio"), std::string::npos);
  for (const char* word : {"--portfolio", "--market", "--config", "--out", "--device", "--strict", "--quiet", "--verbose",
                           "--threads", "Example", "docs/formats.md"})
    EXPECT_NE(risk_help.out.find(word), std::string::npos) << word;
  EXPECT_EQ(version.out, std::string(DOJIMA_VERSION) + "\n");
  EXPECT_EQ(devices.code, 0);
  EXPECT_EQ(devices.out.substr(0, 3), "cpu");
  const result bench = run({"bench", "--help"});
  if (std::filesystem::exists(std::filesystem::path(program()).parent_path() / "dojima_bench")) {
    EXPECT_EQ(bench.code, 0);
    EXPECT_NE(bench.out.find("--suite"), std::string::npos);
  } else {
    EXPECT_EQ(bench.code, 2);
    EXPECT_NE(bench.err.find("DOJIMA_BENCH=ON"), std::string::npos);
  }
}

// --- report.json
// --------------------------------------------------------------------------------------------------------------

/// Every path of object keys, arrays as `[]`; keys that are data (names of books, conventions, timings) as `*`.
void paths_of(const json& j, const std::string& path, std::set<std::string>& paths) {
  if (j.is_array()) {
    for (const json& item : j) paths_of(item, path + "[]", paths);
  } else if (j.is_object()) {
    static const std::set<std::string> named{"conventions", "manifest.timings", "distributions[].books",
                                             "worst_scenarios[].books"};
    for (const auto& [key, value] : j.items()) {
      if (named.contains(path)) continue;
      const std::string name = path.empty() ? key : path + "." + key;
      paths.insert(name);
      paths_of(value, name, paths);
    }
  }
}

std::vector<std::string> names_in_ticks(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; (at = text.find('`', at)) != std::string::npos;) {
    const std::size_t end = text.find('`', at + 1);
    names.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

/// Whether docs/formats.md names what a file holds, and the file holds what is named there.
void expect_documented(const std::string& heading, const json& j) {
  std::set<std::string> present;
  paths_of(j, "", present);
  std::map<std::string, std::string> explained; // field -> its text
  const std::string text = test::read(std::filesystem::path(DOJIMA_SOURCE_DIR) / "docs" / "formats.md");
  const std::size_t begin = text.find("## `" + heading + "`");
  for (const std::string& line : test::lines_of(text.substr(begin, text.find("\n## ", begin + 5) - begin))) {
    if (!line.starts_with("| `")) continue;
    const std::size_t bar = line.find(" | ", 2);
    for (const std::string& field : names_in_ticks(line.substr(0, bar))) explained[field] = line.substr(bar);
  }
  ASSERT_GE(explained.size(), 14u);
  // Each field stands in the first column; members in ticks in its text, under their parent.
  std::set<std::string> missing;
  for (const std::string& path : present) {
    const std::size_t dot = path.find('.');
    const std::string top = path.substr(0, dot);
    const auto found = explained.contains(top) ? explained.find(top) : explained.find(top.substr(0, top.find('[')));
    if (dot == std::string::npos) {
      if (found == explained.end() && !explained.contains(top + "[]")) missing.insert(path);
      continue;
    }
    const std::string member = path.substr(path.rfind('.') + 1);
    bool named = false;
    if (found != explained.end())
      for (const std::string& name : names_in_ticks(found->second)) named = named || name == member || name == member + "[]";
    if (path.starts_with("warnings[]."))
      named = explained["rejected[]"].find("`" + member + "`") != std::string::npos; // "the same fields"
    // `measures` of a book have the members of measures[] at the top
    if (path.starts_with("books[].measures[]."))
      named = named || explained["measures[]"].find("`" + member + "`") != std::string::npos;
    if (!named) missing.insert(path);
  }
  for (const std::string& path : missing) ADD_FAILURE() << "in " << heading << " but not in docs/formats.md: " << path;

  for (const auto& [field, words] : explained) {
    const std::string top = field.ends_with("[]") ? field.substr(0, field.size() - 2) : field;
    EXPECT_TRUE(present.contains(top)) << "in docs/formats.md but not in " << heading << ": " << top;
  }
}

TEST_F(program_test, report_json_holds_what_is_documented) {
  const std::filesystem::path document = std::filesystem::path(DOJIMA_SOURCE_DIR) / "docs" / "formats.md";
  if (!std::filesystem::exists(document)) GTEST_SKIP() << "no " << document;
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,ZZZ,1,USD,,,,,,,,,\n");
  ASSERT_EQ(risk({"--quiet"}).code, 0);
  expect_documented("report.json", report());
  const json j = report();
  const auto members = [](const json& object) {
    std::set<std::string> names;
    for (const auto& [key, value] : object.items()) names.insert(key);
    return names;
  };
  const std::set<std::string> measure{"method", "level",     "horizon_days",     "var", "es", "var_ci",
                                      "es_ci",  "scenarios", "mc_standard_error"};
  EXPECT_EQ(members(j["measures"][0]), measure);
  EXPECT_EQ(members(j["books"][0]["measures"][0]), measure);
  EXPECT_EQ(members(j["rejected"][0]), (std::set<std::string>{"file", "line", "id", "what", "why", "suggestion"}));
  for (const char* name :
       {"method", "level", "window", "days", "exceptions", "expected", "kupiec", "christoffersen_independence",
        "christoffersen_conditional_coverage", "basel_exceptions", "basel_zone", "basel_plus_factor", "series"})
    EXPECT_TRUE(j["backtest"].contains(name)) << name;
  for (const char* name : {"sign", "quantile_rule", "horizon_scaling", "shocks", "volatility", "rates", "time_decay",
                           "confidence_interval", "component_var", "backtest"})
    EXPECT_TRUE(j["conventions"].contains(name)) << name;
  for (const char* name : {"version", "seed", "device", "instruction_set", "command", "inputs", "timings", "scenarios",
                           "trades", "trades_x_scenarios_per_second"})
    EXPECT_TRUE(j["manifest"].contains(name)) << name;
}

TEST_F(program_test, prices_json_holds_what_is_documented) {
  const std::filesystem::path document = std::filesystem::path(DOJIMA_SOURCE_DIR) / "docs" / "formats.md";
  if (!std::filesystem::exists(document)) GTEST_SKIP() << "no " << document;
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,ZZZ,1,USD,,,,,,,,,\n");
  ASSERT_EQ(price({"--quiet", "--greeks", "--method", "monte_carlo", "--paths", "512"}).code, 0);
  expect_documented("prices.json", prices());
}

TEST_F(program_test, validation_json_holds_what_is_documented) {
  const std::filesystem::path document = std::filesystem::path(DOJIMA_SOURCE_DIR) / "docs" / "formats.md";
  if (!std::filesystem::exists(document)) GTEST_SKIP() << "no " << document;
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,ZZZ,1,USD,,,,,,,,,\n");
  std::vector<std::string> words = arguments("out", {"--paths", "4096", "--repair-correlation", "--quiet"});
  words[0] = "validate";
  std::erase(words, "--device");
  std::erase(words, "cpu");
  ASSERT_EQ(run(words).code, 0);
  const json j = json::parse(test::read(dir_ / "out/validation.json"));
  expect_documented("validation.json", j);
  EXPECT_EQ(j["settings"]["threshold"], 4);
  EXPECT_EQ(j["settings"]["paths"], 4096);
  EXPECT_EQ(j["settings"]["repair_correlation"], true);
}

/// The report without what may differ between equal runs.
json essence(json j) {
  j["manifest"].erase("timings");
  j["manifest"].erase("command");
  j["manifest"].erase("trades_x_scenarios_per_second");
  return j;
}

TEST_F(program_test, threads_do_not_change_the_report) {
  ASSERT_EQ(risk({"--threads", "1", "--quiet"}, "one").code, 0);
  ASSERT_EQ(risk({"--threads", "2", "--quiet"}, "two").code, 0);
  EXPECT_EQ(essence(report("one")), essence(report("two")));
  EXPECT_EQ(test::read(dir_ / "one/pnl.csv"), test::read(dir_ / "two/pnl.csv"));
}

TEST_F(program_test, one_position_is_a_portfolio) {
  test::write(dir_ / "portfolio.csv", "id,book,product,underlying,quantity\nX,a,stock,AAA,-1\n");
  const result r = risk();
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(report()["positions"], 1);
  EXPECT_LT(report()["market_value"].get<double>(), 0);
}

// --- prices
// -------------------------------------------------------------------------------------------------------------------

/// A portfolio of what is simulated: two books, one row that cannot be used.
const char* const simulated = "id,book,product,underlying,quantity,option_type,strike,expiry,fixings,choice\n"
                              "S1,a,stock,AAA,100,,,,,\n"
                              "E1,a,european,AAA,-10,call,100,2023-06-28,,\n"
                              "L1,b,lookback,AAA,10,call,100,2023-03-28,2023-02-01;2023-03-28,\n"
                              "H1,b,chooser,BBB,10,,50,2023-06-28,,2023-03-28\n"
                              "X,b,chooser,BBB,10,,50,2023-06-28,,2024-03-28\n";

TEST_F(program_test, prices_are_printed_and_written) {
  test::write(dir_ / "portfolio.csv", simulated);
  const result r = price({"--paths", "4096", "--seed", "7", "--greeks"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("portfolio.csv:6: X: choice date 2024-03-28"), std::string::npos) << r.err;
  for (const char* word : {"lookback", "monte_carlo", "closed_form", "4096", "delta", "error at most", "prices.csv"})
    EXPECT_NE(r.out.find(word), std::string::npos) << word << "\n" << r.out;
  EXPECT_EQ((r.out + r.err).find('\x1b'), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_ / "out"), {}), 3);

  const json j = prices();
  EXPECT_EQ(j["schema"], "dojima.price/1");
  EXPECT_EQ(j["positions"], 4);
  EXPECT_EQ(j["rejected_count"], 1);
  EXPECT_EQ(j["settings"]["seed"], 7);
  EXPECT_EQ(j["settings"]["paths"], 4096);
  EXPECT_EQ(j["manifest"]["inputs"].size(), 9u);
  const double stock = std::stod(test::lines_of(files_.prices).back().substr(11)) * 100;
  EXPECT_DOUBLE_EQ(j["prices"][0]["value"].get<double>(), stock);
  EXPECT_EQ(j["prices"][0]["method"], "closed_form");
  EXPECT_EQ(j["prices"][2]["method"], "monte_carlo");
  EXPECT_GT(j["prices"][2]["standard_error"].get<double>(), 0);
  EXPECT_EQ(j["prices"][2]["greeks"]["delta"][0]["underlying"], "AAA");
  EXPECT_EQ(j["books"].size(), 2u);
  EXPECT_NEAR(j["books"][0]["value"].get<double>() + j["books"][1]["value"].get<double>(), j["value"].get<double>(), 1e-9);

  const std::vector<std::string> rows = test::lines_of(test::read(dir_ / "out/prices.csv"));
  EXPECT_EQ(rows[0], "id,book,product,underlying,quantity,value,standard_error,method,paths,variance_reduction,seconds,status,"
                     "delta,delta_error,gamma,gamma_error,vega,vega_error,rho,rho_error,theta,theta_error");
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[1].substr(0, 19), "S1,a,stock,AAA,100,");
  for (const std::string& row : rows) EXPECT_EQ(std::count(row.begin(), row.end(), ','), 21) << row;
  EXPECT_EQ(test::lines_of(test::read(dir_ / "out/rejected.csv")).size(), 2u);
}

TEST_F(program_test, prices_need_no_directory) {
  std::vector<std::string> words = price_arguments();
  words.erase(words.begin() + 7, words.begin() + 9); // --out
  const result r = run(words);
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.out.find("EURUSD"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));
  words.push_back("--quiet");
  const result silent = run(words);
  EXPECT_EQ(silent.out + silent.err, "");
}

TEST_F(program_test, the_command_line_goes_before_the_configuration) {
  test::write(dir_ / "risk.toml", "seed = 5\n[pricing]\npaths = 1024\nprecision = \"single\"\nantithetic = true\n");
  ASSERT_EQ(price({"--paths", "2048", "--sampling", "sobol", "--quiet"}).code, 0);
  const json settings = prices()["settings"];
  EXPECT_EQ(settings["paths"], 2048);
  EXPECT_EQ(settings["precision"], "single");
  EXPECT_EQ(settings["sampling"], "sobol");
  EXPECT_EQ(settings["antithetic"], true);
  EXPECT_EQ(settings["seed"], 5);
}

TEST_F(program_test, a_target_error_that_is_missed_is_a_warning) {
  test::write(dir_ / "portfolio.csv", simulated);
  const result r = price({"--paths", "2048", "--target-error", "1e-9", "--most-paths", "8192"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("L1: target error missed ("), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("after 8192 samples; 1e-09 of the value was asked for); raise most_paths"), std::string::npos) << r.err;
  const json j = prices();
  EXPECT_EQ(j["prices"][2]["paths"], 8192);
  EXPECT_EQ(j["settings"]["most_paths"], 8192);
  EXPECT_EQ(j["rejected_count"], 1);
  ASSERT_EQ(j["warnings"].size(), 2u);
  EXPECT_NE(j["prices"][3]["warning"], "");
  test::write(dir_ / "portfolio.csv", std::string(simulated).substr(0, std::string(simulated).rfind("X,b,")));
  EXPECT_EQ(price({"--paths", "2048", "--strict"}).code, 0);
  EXPECT_EQ(price({"--paths", "2048", "--strict", "--target-error", "1e-9", "--most-paths", "8192"}).code, 2);
}

TEST_F(program_test, a_position_without_value_is_left_out_by_name) {
  test::write(dir_ / "market/models.toml", "[BBB]\nmodel = \"merton\"\nvolatility = 0.2\nintensity = 1\njump_mean = 0\n"
                                           "jump_deviation = 0.1\n");
  const result r = price(); // M1 is American on BBB
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("M1: no value (an American option cannot be simulated"), std::string::npos) << r.err;
  EXPECT_EQ(prices()["positions"], 6);
  EXPECT_EQ(prices()["rejected"][0]["id"], "M1");
  EXPECT_TRUE(prices()["prices"][2]["value"].is_null());
  EXPECT_EQ(price({"--strict"}).code, 2);
  test::write(dir_ / "portfolio.csv", "id,book,product,underlying,quantity,option_type,strike,expiry\n"
                                      "M1,b,american,BBB,10,put,50,2023-06-28\n");
  EXPECT_EQ(price({}, "none").code, 2);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "none/prices.csv"));
}

TEST_F(program_test, bad_input_of_price_has_exit_code_2) {
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--paths", "1"},
                                               {"--most-paths", "1"},
                                               {"--paths", "many"},
                                               {"--seed", "-1"},
                                               {"--precision", "half"},
                                               {"--sampling", "halton"},
                                               {"--method", "guess"},
                                               {"--target-error", "0"},
                                               {"--verbose"}}) {
    const result r = price(more);
    EXPECT_EQ(r.code, 2) << more[0];
    EXPECT_NE(r.err.find("see dojima price --help"), std::string::npos) << r.err;
  }
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));
  test::write(dir_ / "market/models.toml", "[AAA]\nmodel = \"heston\"\nv0 = 0.04\n");
  const result r = price();
  EXPECT_EQ(r.code, 2);
  EXPECT_NE(r.err.find("models.toml:1: AAA.kappa (must be given)"), std::string::npos) << r.err;
}

TEST_F(program_test, risk_leaves_out_what_only_price_can_value) {
  test::write(dir_ / "portfolio.csv", simulated);
  test::write(dir_ / "market/models.toml", "[AAA]\nmodel = \"cev\"\nsigma = 2\nbeta = 0.5\n");
  const result r = risk();
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("L1: product lookback with these terms (it is valued by simulation"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("AAA: model cev (scenarios revalue by Black-Scholes"), std::string::npos) << r.err;
  EXPECT_EQ(report()["positions"], 2);
  EXPECT_EQ(report()["rejected_count"], 3);
  test::write(dir_ / "portfolio.csv", test::with_line(test::with_line(simulated, 2, ""), 3, ""));
  EXPECT_EQ(risk().code, 2); // none is left
}

// --- several runs, and runs that die
// ------------------------------------------------------------------------------------------

void expect_whole_reports(const std::filesystem::path& directory) {
  EXPECT_TRUE(json::accept(test::read(directory / "report.json"))) << directory;
  EXPECT_TRUE(test::read(directory / "report.html").find("</html>") != std::string::npos) << directory;
  EXPECT_TRUE(test::read(directory / "pnl.csv").ends_with("\n")) << directory;
}

TEST_F(program_test, two_runs_at_once_do_not_disturb_each_other) {
  for (const char* second : {"other", "out"}) { // in two directories, then in the same
    const process a(arguments("out", {"--threads", "1"}), dir_ / "log_a"),
        b(arguments(second, {"--threads", "1"}), dir_ / "log_b");
    EXPECT_EQ(a.wait().code, 0);
    EXPECT_EQ(b.wait().code, 0);
    expect_whole_reports(dir_ / "out");
    expect_whole_reports(dir_ / second);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_ / second), {}), 4);
  }
}

TEST_F(program_test, a_killed_run_leaves_no_half_report) {
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(risk({"--quiet"}, "whole").code, 0);
  const auto whole = std::chrono::steady_clock::now() - begin;
  int killed = 0;
  for (int i = 0; i < 48; ++i) {
    const std::string out = "killed" + std::to_string(i);
    const process p(i < 24 ? arguments(out, {"--quiet"}) : price_arguments(out, {"--quiet"}), dir_ / "log");
    std::this_thread::sleep_for(whole * (i % 24 + 1) / 24);
    p.kill();
    if (p.wait().signal == SIGKILL) ++killed;
    for (const char* name : {"report.html", "report.json", "pnl.csv", "rejected.csv", "prices.json", "prices.csv"}) {
      const std::filesystem::path file = dir_ / (out + "/" + name);
      if (!std::filesystem::exists(file)) continue;
      const std::string text = test::read(file);
      if (file.extension() == ".json") {
        EXPECT_TRUE(json::accept(text)) << out;
      } else if (file.extension() == ".html") {
        EXPECT_NE(text.find("</html>"), std::string::npos) << out;
      } else {
        EXPECT_TRUE(text.ends_with('\n')) << out;
      }
    }
  }
  EXPECT_GT(killed, 0);
}

// --- damaged input
// ------------------------------------------------------------------------------------------------------------

std::string mutated(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t count = 1 + below(4); count > 0 && !text.empty(); --count) {
    switch (below(7)) {
    case 0: text[below(text.size())] = static_cast<char>(random()); break; // any byte
    case 1: text[below(text.size())] = ",.-\"\n0e;="[below(9)]; break;     // a byte that means something
    case 2: text.resize(below(text.size())); break;
    case 3: text.erase(below(text.size()), 1 + below(8)); break;
    case 4: text.insert(below(text.size()), std::string(1 + below(6), "9,\"e-"[below(5)])); break;
    default: { // two lines change places, or one is repeated
      std::vector<std::string> lines = test::lines_of(text);
      const std::size_t a = below(lines.size()), b = below(lines.size());
      below(2) == 0 ? std::swap(lines[a], lines[b]) : static_cast<void>(lines[a] = lines[b]);
      text.clear();
      for (const std::string& line : lines) text += line + "\n";
    }
    }
  }
  return text;
}

TEST_F(program_test, damaged_files_never_crash_it) {
  std::mt19937 random(20221228);
  std::map<int, int> codes;
  std::string small_market::*const texts[] = {&small_market::portfolio, &small_market::market_toml,  &small_market::prices,
                                              &small_market::fx,        &small_market::vix,          &small_market::underlyings,
                                              &small_market::curves,    &small_market::volatilities, &small_market::config};
  const std::string models = "[AAA]\nmodel = \"heston\"\nv0 = 0.05\nkappa = 2\ntheta = 0.05\nsigma = 0.4\nrho = -0.6\n"
                             "[BBB]\nmodel = \"local_volatility\"\nvolatility = \"surface\"\n";
  for (int i = 0; i < 200; ++i) {
    small_market files;
    std::string& text = files.*texts[i % 3 == 0 ? 0 : random() % std::size(texts)];
    text = mutated(text, random);
    files.write_to(dir_.path());
    const bool prices = i % 2 == 1;
    if (prices) test::write(dir_ / "market/models.toml", i % 4 == 1 ? mutated(models, random) : models);
    else std::filesystem::remove(dir_ / "market/models.toml");
    const result r = prices ? price({"--threads", "1", "--paths", "256"}) : risk({"--threads", "1"});
    ++codes[r.code];
    EXPECT_TRUE(r.code == 0 || r.code == 1 || r.code == 2)
        << "exit code " << r.code << ", signal " << r.signal << ", input " << i << ":\n"
        << text << r.err;
    if (r.code != 0) {
      EXPECT_NE(r.err.find("error: "), std::string::npos) << "input " << i << " failed without a word:\n" << text;
    }
    if (r.code == 1) std::cout << "input " << i << " has exit code 1: " << r.err;
  }
  for (const auto& [code, count] : codes) std::cout << count << " inputs with exit code " << code << '\n';
}

// --- files of ORE

const char* const ore_portfolio = R"(<Portfolio>
  <Trade id="CALL">
    <TradeType>EquityOption</TradeType>
    <EquityOptionData>
      <Name>RIC:.RICE</Name><Currency>USD</Currency><Strike>48</Strike><Quantity>30</Quantity>
      <OptionData><LongShort>Long</LongShort><OptionType>Call</OptionType>
        <ExerciseDates><ExerciseDate>2025-03-14</ExerciseDate></ExerciseDates></OptionData>
    </EquityOptionData>
  </Trade>
  <Trade id="SWAP"><TradeType>Swap</TradeType><SwapData/></Trade>
</Portfolio>
)";

TEST_F(program_test, files_of_ore_are_priced) {
  test::ore_market().write_to(dir_ / "ore");
  test::write(dir_ / "trades.xml", ore_portfolio);
  for (const char* market : {"ore", "ore/ore.xml"}) {
    const result r =
        run({"price", "--portfolio", (dir_ / "trades.xml").string(), "--market", (dir_ / market).string(), "--device", "cpu"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find("CALL"), std::string::npos) << r.out;
    EXPECT_NE(r.err.find("trades.xml:10: SWAP (Swap): TradeType 'Swap' (the types that are read are "), std::string::npos)
        << r.err;
  }
}

TEST_F(program_test, damaged_files_of_ore_never_crash_it) {
  std::mt19937 random(20240314);
  std::map<int, int> codes;
  for (int i = 0; i < 150; ++i) {
    test::ore_market files;
    std::string portfolio = ore_portfolio;
    std::string* const texts[] = {&portfolio,         &files.ore,    &files.todays_market, &files.curve_config,
                                  &files.conventions, &files.quotes, &files.fixings};
    std::string& text = *texts[i % 2 == 0 ? 0 : random() % std::size(texts)];
    text = mutated(text, random);
    files.write_to(dir_ / "ore");
    test::write(dir_ / "trades.xml", portfolio);
    const result r = run({"price", "--portfolio", (dir_ / "trades.xml").string(), "--market", (dir_ / "ore").string(),
                          "--device", "cpu", "--threads", "1", "--paths", "256"});
    ++codes[r.code];
    EXPECT_TRUE(r.code == 0 || r.code == 2) << "exit code " << r.code << ", signal " << r.signal << ", input " << i << ":\n"
                                            << text << r.err;
    if (r.code != 0) {
      EXPECT_NE(r.err.find("error: "), std::string::npos) << "input " << i << " failed without a word:\n" << text;
    }
  }
  for (const auto& [code, count] : codes) std::cout << count << " inputs with exit code " << code << '\n';
}

} // namespace
