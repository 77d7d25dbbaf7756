// The batch risk report: everything that is computed for one book on one day. Fields: docs/formats.md.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dojima/risk/measures.hpp"
#include "dojima/risk/revalue.hpp"

namespace dojima {

struct risk_settings {
  std::string title = "Risk report";
  std::string base_currency; ///< empty: the market's
  shock_types shocks;
  std::vector<std::string> methods{"historical", "filtered_historical", "monte_carlo"};
  std::vector<double> levels{0.95, 0.975, 0.99};
  std::vector<int> horizons_days{1, 10};
  bool direct_horizon = false; ///< false: sqrt(h) times the one-day P&L
  quantile_rule quantile = quantile_rule::order_statistic;
  double interval = 0.95;
  std::size_t window = 1000;
  double filter_lambda = 0.94;
  monte_carlo_settings monte_carlo;
  std::size_t backtest_days = 500;
  double backtest_level = 0.99;
  double component_level = 0.99;
  std::vector<std::string> groupings{"book", "asset_class", "currency", "product", "underlying"};
  pricing_settings pricing;
};

/// Reads a configuration; unknown keys and values out of range are input_errors that name them.
risk_settings read_settings(const std::filesystem::path& file, std::vector<input_file>& files);

struct measure_row {
  std::string method;
  double level;
  int horizon_days;
  tail_measures tail;
  std::size_t scenarios;
  std::optional<double> simulation_error; ///< of the P&L in the VaR scenario, from positions priced by simulation
};

struct component_row {
  std::string grouping, name;
  std::size_t positions;
  double market_value, standalone_var, component_var, component_es, incremental_var;
};

/// One-day P&L by scenario.
struct distribution {
  std::string method;
  std::vector<date> dates; ///< empty when simulated
  std::vector<double> pnl;
  std::map<std::string, std::vector<double>> books;
};

struct factor_move {
  risk_factor factor;
  shock_type type;
  double shock;
};

struct worst_scenario {
  date day;
  double pnl;
  std::map<std::string, double> books;
  std::vector<factor_move> moves; ///< the largest of the day, in units of each factor's own volatility
};

struct backtest_day {
  date day;
  double pnl, var;
  bool exception;
};

struct backtest_result {
  double level;
  std::size_t window, exceptions, basel_exceptions; ///< basel: last 250 days at 99 %
  double expected;
  likelihood_ratio coverage;
  christoffersen_tests clustering;
  basel_zone zone;
  std::vector<backtest_day> series;
};

struct exposure_row {
  std::string grouping, name;
  double long_value, short_value;
};

struct sensitivity_row {
  std::string kind, name;
  double value;
};

struct position_row {
  std::string id, product, underlying;
  double market_value, component_es;
};

struct book_section {
  std::string name;
  std::size_t positions;
  double market_value;
  std::vector<measure_row> measures;
  std::vector<position_row> top;
};

struct risk_report {
  risk_settings settings;
  date as_of;
  std::string base_currency;
  std::size_t positions = 0;
  double market_value = 0, market_value_error = 0;
  std::vector<std::pair<std::string, std::string>> conventions;
  std::vector<measure_row> measures;
  std::vector<component_row> components;
  std::vector<distribution> distributions;
  std::vector<worst_scenario> worst;
  std::optional<backtest_result> backtest;
  std::vector<exposure_row> exposures;
  std::vector<sensitivity_row> sensitivities;
  std::vector<book_section> books;
  std::vector<rejection> rejected;
  std::vector<input_file> inputs;
  std::string device_name, device_id, instruction_set, command;
  std::vector<std::pair<std::string, double>> timings; ///< seconds
  std::size_t scenarios = 0;                           ///< revalued in all
  double trades_x_scenarios_per_second = 0;
};

/// Called with the name of the running step, and how much of it is done.
using step_progress = std::function<void(const std::string& step, std::size_t done, std::size_t total)>;

/// The whole computation. Takes what was read by value: positions without usable history are left out and reported. Money is in
/// the base currency, levels and shocks are decimals. input_error for settings or data that leave nothing to compute; error
/// when a position has no finite value in some scenario.
risk_report compute_risk(market_data data, portfolio_data positions, const risk_settings& settings, const stream& on,
                         const step_progress& report = {});

/// Writes report.html, report.json, pnl.csv and rejected.csv into a directory (made if missing). Each file appears whole or not
/// at all.
void write_report(const risk_report& report, const std::filesystem::path& directory);

} // namespace dojima
