// Configurations: defaults, every key, and faults by file, line and name.
#include <gtest/gtest.h>

#include "dojima/error.hpp"
#include "dojima/risk/report.hpp"
#include "tests/io/files.hpp"

namespace {

using namespace dojima;

risk_settings read(const std::string& text) {
  const test::temporary_directory dir;
  test::write(dir / "c.toml", text);
  std::vector<input_file> files;
  return read_settings(dir / "c.toml", files);
}

TEST(settings, every_key_has_a_default) {
  const risk_settings s = read(""), d;
  EXPECT_EQ(s.window, 1000u);
  EXPECT_EQ(s.window, d.window);
  EXPECT_EQ(s.levels, d.levels);
  EXPECT_EQ(s.methods, d.methods);
  EXPECT_EQ(s.backtest_days, 500u);
  EXPECT_EQ(s.monte_carlo.degrees_of_freedom, 0);
  EXPECT_EQ(s.pricing.asian_paths, d.pricing.asian_paths);
}

TEST(settings, a_seed_may_have_63_bits) {
  EXPECT_EQ(read("seed = 9223372036854775807").pricing.seed, 9223372036854775807u);
  EXPECT_THROW(read("seed = -1"), input_error);
}

TEST(settings, the_documented_example_is_read) {
  const std::filesystem::path file = std::filesystem::path(DOJIMA_SOURCE_DIR) / "docs" / "formats.md";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const std::string text = test::read(file);
  const std::size_t section = text.find("## Configuration"), begin = text.find("```toml", section) + 7;
  const risk_settings s = read(text.substr(begin, text.find("```", begin) - begin)), d;
  EXPECT_EQ(s.title, d.title); // it shows the defaults
  EXPECT_EQ(s.window, d.window);
  EXPECT_EQ(s.levels, d.levels);
  EXPECT_EQ(s.methods, d.methods);
  EXPECT_EQ(s.horizons_days, d.horizons_days);
  EXPECT_EQ(s.groupings, d.groupings);
  EXPECT_EQ(s.filter_lambda, d.filter_lambda);
  EXPECT_EQ(s.backtest_days, d.backtest_days);
  EXPECT_EQ(s.component_level, d.component_level);
  EXPECT_EQ(s.pricing.asian_paths, d.pricing.asian_paths);
  EXPECT_EQ(s.pricing.block_mib, d.pricing.block_mib);
  EXPECT_EQ(s.pricing.seed, d.pricing.seed);
  EXPECT_EQ(s.pricing.method, d.pricing.method);
  EXPECT_EQ(s.pricing.paths, d.pricing.paths);
  EXPECT_EQ(s.pricing.target_error, d.pricing.target_error);
  EXPECT_EQ(s.pricing.most_paths, d.pricing.most_paths);
  EXPECT_EQ(s.pricing.format, d.pricing.format);
  EXPECT_EQ(s.pricing.points, d.pricing.points);
  EXPECT_EQ(s.pricing.replicates, d.pricing.replicates);
  EXPECT_EQ(s.pricing.construction, d.pricing.construction);
  EXPECT_EQ(s.pricing.antithetic, d.pricing.antithetic);
  EXPECT_EQ(s.pricing.control_variates, d.pricing.control_variates);
  EXPECT_EQ(s.pricing.importance_sampling, d.pricing.importance_sampling);
  EXPECT_EQ(s.pricing.repair_correlation, d.pricing.repair_correlation);
  EXPECT_EQ(s.pricing.greeks, d.pricing.greeks);
  EXPECT_EQ(s.pricing.largest_step, d.pricing.largest_step);
  EXPECT_EQ(s.pricing.memory_mib, d.pricing.memory_mib);
  EXPECT_EQ(s.pricing.checkpoint, d.pricing.checkpoint);
  EXPECT_EQ(s.monte_carlo.scenarios, d.monte_carlo.scenarios);
  EXPECT_EQ(s.monte_carlo.lambda, d.monte_carlo.lambda);
}

TEST(settings, faults_are_named_with_their_line) {
  const struct {
    const char *text, *message;
  } cases[] = {
      {"\nwindow = 5", ":2: unknown key 'window'"},
      {"[historical]\nwindows = 5", ":2: unknown key 'historical.windows' (known: window)"},
      {"[historical]\nwindow = 5", ":2: historical.window = 5 (must be between 20"},
      {"[historical]\nwindow = \"long\"", "historical.window (must be a whole number)"},
      {"[historical]\nwindow = 100.5", "must be a whole number"},
      {"[historical]\nwindow = -100", "-100"},
      {"historical = 5", "must be a table"},
      {"title = 5", ":1: title (must be a text)"},
      {"seed = -1", "seed = -1"},
      {"[measures]\nlevels = [99]", "was it given in percent?"},
      {"[measures]\nlevels = [0.95, nan]", "measures.levels"},
      {"[measures]\nlevels = []", "at least one"},
      {"[measures]\nlevels = 0.99", "must be a list"},
      {"[measures]\nlevels = [\"0.99\"]", "another type"},
      {"[measures]\nmethods = [\"guess\"]", "methods = guess"},
      {"[measures]\nhorizons_days = [0]", "between 1 and 250"},
      {"[measures]\nhorizons_days = [1.5]", "another type"},
      {"[measures]\nhorizon_scaling = \"none\"", "must be one of sqrt_time, direct"},
      {"[measures]\nquantile_rule = \"none\"", "must be one of"},
      {"[measures]\ninterval = 95", "measures.interval = 95"},
      {"[shocks]\nequity = \"additive\"", "must be one of relative, absolute, log"},
      {"[shocks]\ncredit = \"log\"", "unknown key 'shocks.credit'"},
      {"[filtered_historical]\nlambda = 1", "between 0.5 and 0.9999"},
      {"[monte_carlo]\nscenarios = 1", "monte_carlo.scenarios = 1"},
      {"[monte_carlo]\ndistribution = \"cauchy\"", "must be one of normal, student_t"},
      {"[monte_carlo]\ndegrees_of_freedom = 2", "between 3 and 30"},
      {"[backtest]\nlevel = 99", "backtest.level"},
      {"[components]\ngroupings = [\"desk\"]", ":2: components.groupings = desk"},
      {"[pricing]\nasian_paths = 7", "must be even"},
      {"[pricing]\nblock_mib = 0", "block_mib"},
      {"[pricing]\npaths = 1", "pricing.paths = 1 (must be between 2 and 1e+12)"},
      {"[pricing]\nmost_paths = 1", "pricing.most_paths = 1"},
      {"[pricing]\nprecision = \"half\"", "must be one of double, single, mixed"},
      {"[pricing]\nsampling = \"halton\"", "must be one of philox, sobol"},
      {"[pricing]\ngreeks = 1", "pricing.greeks (must be true or false)"},
      {"[pricing]\ntarget_error = 5", "pricing.target_error = 5"},
      {"seed = ", ":1: not TOML"},
      {"[measures", "not TOML"},
      {"title = \"\xff\"", "not TOML"},
  };
  for (const auto& c : cases) {
    try {
      read(c.text);
      ADD_FAILURE() << "accepted: " << c.text;
    } catch (const input_error& problem) {
      EXPECT_NE(std::string(problem.what()).find(c.message), std::string::npos) << c.text << ": " << problem.what();
      EXPECT_NE(std::string(problem.what()).find("c.toml"), std::string::npos) << problem.what();
    }
  }
}

} // namespace
