// The configuration of a risk run. Every key stands once, in the table below that reads it.
#include <toml++/toml.h>

#include <set>

#include "dojima/error.hpp"
#include "dojima/risk/report.hpp"
#include "io/csv.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// One table of the file; every key asked for is known, whatever is left at the end is an error.
class section {
public:
  section(toml::table* table, std::string name, std::string file)
      : table_(table), name_(std::move(name)), file_(std::move(file)) {}

  template <class T> void read(const char* key, T& value) {
    known_.insert(key);
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<T, std::string>) {
      value = need(node->value_exact<std::string>(), key, "a text");
    } else if constexpr (std::is_floating_point_v<T>) {
      value = need(node->is_number() ? node->value<double>() : std::nullopt, key, "a number");
    } else {
      const auto whole = need(node->value_exact<std::int64_t>(), key, "a whole number");
      if (whole < 0 || whole > 1'000'000'000) fail(key, std::to_string(whole), "must be between 0 and 1e9");
      value = static_cast<T>(whole);
    }
  }
  template <class T> void read(const char* key, std::vector<T>& values) {
    known_.insert(key);
    toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr) fail(key, "", "must be a list such as [1, 10]");
    values.clear();
    for (const toml::node& item : *list) {
      const auto value = item.value<T>();
      if (!value) fail(key, "", "has an entry of another type");
      values.push_back(*value);
    }
    if (values.empty()) fail(key, "[]", "needs at least one entry");
  }
  template <class T> void choose(const char* key, T& value, std::initializer_list<std::pair<const char*, T>> choices) {
    std::string text;
    for (const auto& [name, meaning] : choices)
      if (meaning == value) text = name;
    read(key, text);
    std::string list;
    for (const auto& [name, meaning] : choices) {
      if (text == name) {
        value = meaning;
        return;
      }
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    fail(key, text, "must be one of " + list);
  }
  template <class T> void within(const char* key, T value, T low, T high) const {
    if (!(value >= low && value <= high))
      fail(key, number_text(static_cast<double>(value)),
           "must be between " + number_text(static_cast<double>(low)) + " and " + number_text(static_cast<double>(high)));
  }
  void known(const char* key) { known_.insert(key); }
  void finish() const {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_)
      if (!known_.contains(std::string(key.str()))) {
        std::string list;
        for (const std::string& k : known_) list += (list.empty() ? "" : ", ") + k;
        throw input_error(file_ + ":" + std::to_string(key.source().begin.line) + ": unknown key '" +
                          (name_.empty() ? "" : name_ + ".") + std::string(key.str()) + "' (known: " + list + ")");
      }
  }
  [[noreturn]] void fail(const char* key, const std::string& value, const std::string& why) const {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    throw input_error(file_ + (node == nullptr ? "" : ":" + std::to_string(node->source().begin.line)) + ": " +
                      (name_.empty() ? "" : name_ + ".") + key + (value.empty() ? "" : " = " + value) + " (" + why + ")");
  }

private:
  template <class T> T need(std::optional<T> value, const char* key, const char* what) const {
    if (!value) fail(key, "", std::string("must be ") + what);
    return *value;
  }

  toml::table* table_;
  std::string name_, file_;
  std::set<std::string> known_;
};

} // namespace

risk_settings read_settings(const std::filesystem::path& path, std::vector<input_file>& files) {
  const std::string file = path.string();
  const std::string text = io::read_bytes(path, files);
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& problem) {
    throw input_error(file + ":" + std::to_string(problem.source().begin.line) + ": not TOML (" +
                      std::string(problem.description()) + ")");
  }
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
  pricing.finish();

  top.finish();
  return s;
}

} // namespace dojima
