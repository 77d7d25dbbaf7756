// What may happen to the market: shocks of risk factors, from history or simulated.
#pragma once

#include <string>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/io/read.hpp"

namespace dojima {

/// How a shock s moves a level x: relative x (1 + s), absolute x + s, log x e^s.
enum class shock_type { relative, absolute, log };
std::string to_string(shock_type t);

struct shock_types {
  shock_type equity = shock_type::relative;
  shock_type fx = shock_type::relative;
  shock_type volatility = shock_type::relative;
  shock_type rate = shock_type::absolute;
  shock_type of(factor_class c) const;
};

/// No shock takes a price or an exchange rate, nor a relative or log shock a volatility factor, below this share of today's
/// level.
inline constexpr double level_floor = 0.05;

/// A factor that moves some position.
struct risk_factor {
  std::string name;
  factor_class kind;
  std::string currency; ///< of a rate's curve
  double time = 0;      ///< of a rate, in years
};

/// Levels of all factors on the days of a common calendar, the latest last. The calendar is that of the equity histories (or of
/// all, if there are none); another factor takes its last value of at most five business days before.
struct factor_panel {
  std::vector<risk_factor> factors;
  std::vector<date> dates;
  std::vector<double> levels; ///< factors x dates, row major
  double level(std::size_t factor, std::size_t day) const { return levels[factor * dates.size() + day]; }
};

/// The panel of the last `days` calendar days (fewer if history is shorter) for the factors that `positions` need. A factor
/// with a hole, or at or below 0 under a relative or log shock, is left out and reported; so is, in `positions`, whatever
/// cannot be shocked without it. A volatility or a rate without history is held still, with a warning.
factor_panel make_panel(const market_data& data, portfolio& positions, const shock_types& shocks, std::size_t days,
                        std::vector<rejection>& rejected);

/// Shocks of all factors in each scenario.
struct scenario_set {
  std::string method; ///< historical, filtered_historical, monte_carlo
  int horizon_days = 1;
  std::vector<risk_factor> factors;
  std::vector<date> dates; ///< the day on which each historical scenario ends; empty when simulated
  std::size_t size = 0;
  std::vector<double> shocks; ///< factors x size, row major
  double shock(std::size_t factor, std::size_t scenario) const { return shocks[factor * size + scenario]; }
};

/// The moves over `horizon_days` (overlapping) ending on each of the last `count` days.
scenario_set historical_scenarios(const factor_panel& panel, const shock_types& shocks, std::size_t count,
                                  int horizon_days = 1);

/// Hull and White (1998), "Incorporating volatility updating into the historical simulation method for VaR", J. Risk 1(1): each
/// move is scaled by today's volatility over the one forecast for its day, both EWMA with decay lambda.
scenario_set filtered_historical_scenarios(const factor_panel& panel, const shock_types& shocks, std::size_t count,
                                           double lambda, int horizon_days = 1);

struct monte_carlo_settings {
  std::size_t scenarios = 2000;
  std::size_t window = 1000; ///< daily moves that the covariance is made of (all, if there are fewer)
  double lambda = 0.97;
  int degrees_of_freedom = 0; ///< 0: normal; else a multivariate Student-t law with the same covariance
  std::uint64_t seed = 42;
};

/// Zero-mean shocks with the EWMA covariance of the panel's last daily moves times the horizon (RiskMetrics 1996), simulated on
/// the device through the Cholesky factor.
scenario_set monte_carlo_scenarios(const factor_panel& panel, const shock_types& shocks, const monte_carlo_settings& settings,
                                   int horizon_days, const stream& on);

} // namespace dojima
