// Full revaluation of a book under scenarios, on one device.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dojima/array/array.hpp"
#include "dojima/market/market.hpp"
#include "dojima/pricing/settings.hpp"
#include "dojima/pricing/trade.hpp"
#include "dojima/risk/scenario.hpp"

namespace dojima {

/// Which row of a scenario state holds what: all that positions read, in one matrix of rows x scenarios.
class state_layout {
public:
  explicit state_layout(const market& m);

  int rows() const { return rows_; }
  int spot(const std::string& underlying) const { return underlyings_.at(underlying); }
  int log_spot(const std::string& underlying) const { return spot(underlying) + 1; }
  int volatility_log(const std::string& underlying) const { return spot(underlying) + 2; }   ///< ln of the factor on volatility
  int volatility_shift(const std::string& underlying) const { return spot(underlying) + 3; } ///< added to volatility
  int fx(const std::string& currency) const { return fx_.at(currency); }
  int curve_node(const std::string& currency, int node) const { return curves_.at(currency) + node; } ///< ln DF

private:
  int rows_ = 0;
  std::map<std::string, int> underlyings_, fx_, curves_;
};

/// The market in each scenario: rows x columns, row major.
struct scenario_states {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
  double& at(int row, std::size_t column) { return values[static_cast<std::size_t>(row) * columns + column]; }
};

/// Sets a spot and its logarithm, which always go together.
void set_spot(scenario_states& states, const state_layout& layout, const std::string& underlying, std::size_t column,
              double spot);

/// Today's market in every column.
scenario_states today_states(const market& m, const state_layout& layout, std::size_t columns);

/// The market after each scenario's shocks. Pairs follow their two currencies; volatilities move with their factor to the power
/// beta (absolute shocks: plus beta times it); rates are interpolated between the shocked tenors.
scenario_states shocked_states(const market& m, const state_layout& layout, const scenario_set& scenarios,
                               const shock_types& shocks);

/// Changes of value by group and scenario, in base currency.
struct group_pnl {
  std::size_t groups = 0, scenarios = 0;
  std::vector<double> values;   ///< groups x scenarios, row major
  std::vector<double> variance; ///< of each scenario's total, from the positions priced by simulation
  std::vector<double> group(std::size_t g) const {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(g * scenarios);
    return {begin, begin + static_cast<std::ptrdiff_t>(scenarios)};
  }
};

/// Called with the scenarios done so far and their total, first with 0.
using progress = std::function<void(std::size_t done, std::size_t total)>;

/// A book made ready for one device: contracts are turned into flat tables once, then revalued in blocks of scenarios, so that
/// the cube of trades x scenarios need not fit in memory. Not for use from several threads at once; make one for each.
///
/// Methods: closed forms for stocks, forwards, European options, digitals and continuous barriers; Andersen, Lake and
/// Offengenden (2016) for American options with the flat rate and yield to expiry; Monte Carlo with geometric control for
/// arithmetic Asians, the same random numbers in every scenario.
class revaluer {
public:
  /// `groups`: lists of position numbers to sum by. Positions must have passed `find_problem`; input_error otherwise.
  revaluer(const portfolio& positions, const market& m, std::vector<std::vector<std::int32_t>> groups,
           const pricing_settings& settings, const stream& on);
  ~revaluer();
  revaluer(revaluer&&) noexcept;

  const state_layout& layout() const;
  const std::vector<double>& values() const;          ///< today's market value of each position
  const std::vector<double>& standard_errors() const; ///< 0 for closed forms

  group_pnl run(const scenario_states& states, const progress& report = {}) const;
  /// Change of value of each position in each scenario: positions x scenarios, row major.
  std::vector<double> positions_pnl(const scenario_states& states) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace dojima
