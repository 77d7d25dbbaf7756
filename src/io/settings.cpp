// The configuration of a run. Every key stands once, in the table below that reads it.
#include "dojima/risk/report.hpp"
#include "io/csv.hpp"
#include "io/section.hpp"

namespace dojima {

toml::table io::read_toml(const std::filesystem::path& path, std::vector<input_file>& files) {
  const std::string file = path.string(), text = read_bytes(path, files);
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& problem) {
    throw input_error(file + ":" + std::to_string(problem.source().begin.line) + ": not TOML (" +
                      std::string(problem.description()) + ")");
  }
}

risk_settings read_settings(const std::filesystem::path& path, std::vector<input_file>& files) {
  const std::string file = path.string();
  toml::table root = io::read_toml(path, files);
  using io::section;
  risk_settings s;
  section top(&root, "", file);
  top.read("title", s.title);
  top.read("base_currency", s.base_currency);
  top.read("seed", s.pricing.seed);
  s.monte_carlo.seed = s.pricing.seed;
  const auto open = [&](const char* name) {
    top.known(name);
    toml::node* node = root.get(name);
    if (node != nullptr && !node->is_table()) top.fail(name, "", "must be a table");
    return section(node == nullptr ? nullptr : node->as_table(), name, file);
  };

  section shocks = open("shocks");
  for (const auto& [key, type] : {std::pair("equity", &s.shocks.equity), std::pair("fx", &s.shocks.fx),
                                  std::pair("volatility", &s.shocks.volatility), std::pair("rate", &s.shocks.rate)})
    shocks.choose(key, *type,
                  {{"relative", shock_type::relative}, {"absolute", shock_type::absolute}, {"log", shock_type::log}});
  shocks.finish();

  section measures = open("measures");
  measures.read("methods", s.methods);
  for (const std::string& method : s.methods)
    if (method != "historical" && method != "filtered_historical" && method != "monte_carlo")
      measures.fail("methods", method, "must be historical, filtered_historical or monte_carlo");
  measures.read("levels", s.levels);
  for (const double level : s.levels)
    if (!(level >= 0.5 && level < 1))
      measures.fail("levels", number_text(level), "must be in [0.5, 1); was it given in percent?");
  measures.read("horizons_days", s.horizons_days);
  for (const int days : s.horizons_days) measures.within("horizons_days", days, 1, 250);
  measures.choose("horizon_scaling", s.direct_horizon, {{"sqrt_time", false}, {"direct", true}});
  measures.choose("quantile_rule", s.quantile,
                  {{"order_statistic", quantile_rule::order_statistic}, {"linear_type7", quantile_rule::linear_type7}});
  measures.read("interval", s.interval);
  measures.within("interval", s.interval, 0.5, 0.999);
  measures.finish();

  section historical = open("historical");
  historical.read("window", s.window);
  historical.within<std::size_t>("window", s.window, 20, 1'000'000);
  historical.finish();

  section filtered = open("filtered_historical");
  filtered.read("lambda", s.filter_lambda);
  filtered.within("lambda", s.filter_lambda, 0.5, 0.9999);
  filtered.finish();

  section simulated = open("monte_carlo");
  simulated.read("scenarios", s.monte_carlo.scenarios);
  simulated.within<std::size_t>("scenarios", s.monte_carlo.scenarios, 20, 10'000'000);
  simulated.read("lambda", s.monte_carlo.lambda);
  simulated.within("lambda", s.monte_carlo.lambda, 0.5, 0.9999);
  bool student = false;
  int degrees = 5;
  simulated.choose("distribution", student, {{"normal", false}, {"student_t", true}});
  simulated.read("degrees_of_freedom", degrees);
  simulated.within("degrees_of_freedom", degrees, 3, 30);
  s.monte_carlo.degrees_of_freedom = student ? degrees : 0;
  simulated.finish();

  section backtest = open("backtest");
  backtest.read("days", s.backtest_days);
  backtest.read("level", s.backtest_level);
  backtest.within("level", s.backtest_level, 0.5, 0.9999);
  backtest.finish();

  section components = open("components");
  components.read("level", s.component_level);
  components.within("level", s.component_level, 0.5, 0.9999);
  components.read("groupings", s.groupings);
  for (const std::string& g : s.groupings)
    if (g != "book" && g != "asset_class" && g != "currency" && g != "product" && g != "underlying")
      components.fail("groupings", g, "must be book, asset_class, currency, product or underlying");
  components.finish();

  section pricing = open("pricing");
  pricing.read("asian_paths", s.pricing.asian_paths);
  pricing.within("asian_paths", s.pricing.asian_paths, 4, 1 << 22);
  if (s.pricing.asian_paths % 2 != 0)
    pricing.fail("asian_paths", std::to_string(s.pricing.asian_paths), "must be even: paths come in antithetic pairs");
  pricing.read("block_mib", s.pricing.block_mib);
  pricing.within<std::size_t>("block_mib", s.pricing.block_mib, 1, 1 << 20);
  pricing_settings& p = s.pricing;
  pricing.choose("method", p.method,
                 {{"automatic", pricing_method::automatic},
                  {"closed_form", pricing_method::closed_form},
                  {"monte_carlo", pricing_method::monte_carlo}});
  pricing.read("paths", p.paths);
  pricing.within("paths", p.paths, least_paths, greatest_paths);
  double target_error = 0;
  pricing.read("target_error", target_error);
  pricing.within("target_error", target_error, 0.0, 1.0);
  if (target_error > 0) p.target_error = target_error;
  pricing.read("most_paths", p.most_paths);
  pricing.within("most_paths", p.most_paths, least_paths, greatest_paths);
  pricing.choose("precision", p.format,
                 {{"double", simulation_precision::double_},
                  {"single", simulation_precision::single},
                  {"mixed", simulation_precision::mixed}});
  pricing.choose("sampling", p.points, {{"philox", sampling::philox}, {"sobol", sampling::sobol}});
  pricing.read("replicates", p.replicates);
  pricing.within("replicates", p.replicates, 2, 1024);
  pricing.choose("path_construction", p.construction,
                 {{"brownian_bridge", path_construction::brownian_bridge},
                  {"principal_components", path_construction::principal_components}});
  pricing.read("antithetic", p.antithetic);
  pricing.read("control_variates", p.control_variates);
  pricing.read("importance_sampling", p.importance_sampling);
  pricing.read("repair_correlation", p.repair_correlation);
  pricing.read("greeks", p.greeks);
  pricing.read("largest_step", p.largest_step);
  pricing.within("largest_step", p.largest_step, 0.0, 1.0);
  pricing.read("memory_mib", p.memory_mib);
  pricing.within<std::size_t>("memory_mib", p.memory_mib, 1, 1 << 20);
  std::string checkpoint;
  pricing.read("checkpoint", checkpoint);
  p.checkpoint = checkpoint;
  pricing.finish();

  top.finish();
  return s;
}

} // namespace dojima
