// The commands of the program.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "dojima/io/read.hpp"
#include "dojima/pricing/settings.hpp"
#include "dojima/risk/report.hpp"
#include "dojima/validation/result.hpp"

namespace dojima::cli {

enum exit_code : int { done = 0, failed = 1, bad_input = 2, no_device = 3 };

/// What the commands that value a book are told.
struct run_options {
  std::string portfolio, market, config, out, device = "auto";
  bool strict = false, quiet = false, verbose = false;
  int threads = 0;                                             ///< 0: all
  std::string command;                                         ///< as it was typed, for the manifest
  std::vector<std::function<void(pricing_settings&)>> changes; ///< to what the configuration says
};

/// What `validate` is told beside; `device` is not read, and without a portfolio or tables it runs the built-in suite.
struct validate_options : run_options {
  std::vector<std::string> tables;
  std::string devices, inject;
  double threshold = validation_threshold;
  bool no_quantlib = false;
  std::int64_t quantlib_samples = 1 << 12;
};

/// What their files hold; every message is printed.
struct run_inputs {
  risk_settings settings;
  market_data data;
  portfolio_data positions;
  std::size_t said = 0; ///< messages printed
};
run_inputs read_inputs(const run_options& o);
/// Makes the directory for what a command writes, before its work.
void make_output(const std::string& directory);
/// Prints the messages from `first` on.
void say(const std::vector<rejection>& all, std::size_t first);
/// How messages end a run.
exit_code verdict(const std::vector<rejection>& all, bool strict);

int run_risk(const run_options& o);
int run_price(const run_options& o);
int run_validate(const validate_options& o);
/// Becomes the program dojima_bench, which lies beside this one.
int run_bench(std::vector<std::string> options);

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}
inline bool talks() { return spdlog::should_log(spdlog::level::info); }

} // namespace dojima::cli
