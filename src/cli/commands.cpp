#include "cli/commands.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "dojima/error.hpp"

namespace dojima::cli {

void say(const std::vector<rejection>& all, std::size_t first) {
  for (std::size_t i = first; i < all.size(); ++i) spdlog::warn("{}{}", to_string(all[i]), all[i].warning ? "" : " [left out]");
}

exit_code verdict(const std::vector<rejection>& all, bool strict) {
  if (!strict || all.empty()) return done;
  spdlog::error("{} messages above and --strict: exit code {}", all.size(), static_cast<int>(bad_input));
  return bad_input;
}

void make_output(const std::string& directory) {
  if (directory.empty()) return;
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  if (!problem && access(directory.c_str(), W_OK | X_OK) != 0) problem = {errno, std::generic_category()};
  if (problem)
    throw error(directory + ": cannot take the output (" + problem.message() + "); name a directory that you may write to");
}

run_inputs read_inputs(const run_options& o) {
  run_inputs in;
  std::vector<input_file> config_files;
  if (!o.config.empty()) in.settings = read_settings(o.config, config_files);
  in.data = read_market(o.market, in.settings.base_currency);
  in.data.files.insert(in.data.files.begin(), config_files.begin(), config_files.end());
  in.positions = read_portfolio(o.portfolio, in.data.snapshot);
  spdlog::debug("{} positions, {} factor histories up to {}", in.positions.trades.size(), in.data.history.size(),
                to_string(in.data.snapshot.as_of));
  say(in.data.rejected, 0);
  say(in.positions.rejected, 0);
  in.said = in.data.rejected.size() + in.positions.rejected.size();
  return in;
}

} // namespace dojima::cli
