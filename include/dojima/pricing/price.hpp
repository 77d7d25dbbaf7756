// The value of positions today.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/market/market.hpp"
#include "dojima/pricing/settings.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima {

/// A derivative of the value, with its Monte Carlo error.
struct sensitivity {
  double value = 0, standard_error = 0;
};

/// Of a position, in base currency. Central differences, of simulations on the same random numbers: their errors come from the
/// differences path by path, and are 0 for closed forms.
struct sensitivities {
  std::vector<sensitivity> delta, gamma; ///< to the price of each underlying (underlyings_of): per unit of price
  sensitivity vega;                      ///< per 1.00 of volatility
  sensitivity rho;                       ///< per 1.00 of every continuously compounded rate
  sensitivity theta;                     ///< per year of calendar time
};

/// A value with its Monte Carlo error, in base currency.
struct estimate {
  double value = 0;
  double standard_error = 0;           ///< 0 for closed forms
  std::string method = {};             ///< closed_form, spectral_collocation, monte_carlo; empty when status is not
  std::string status = {};             ///< empty when valued; else why not
  std::int64_t paths = 0;              ///< simulated, mirror images and all drifts counted; 0 for closed forms
  double variance_ratio = 1;           ///< variance of as many plain paths over the variance here
  std::string variance_reduction = {}; ///< antithetic, control: geometric average, importance: drift, sobol; empty: none
  double seconds = 0;                  ///< its share of the time that its simulation took
  std::optional<sensitivities> greeks = {};
  /// In single and mixed precision: the value less that in double, both of the first 4,096 paths.
  std::optional<double> precision_difference = {};
  /// What to know before the value is used: correlations repaired, constants assumed, a target error that was missed, no path that
  /// paid; empty for nothing.
  std::string warning = {};
};

/// A book that is priced again and again: plans once which trades share paths, keeps its memory and kernels, and takes each new
/// market at the cost of its numbers. One object serves one thread at a time.
class pricer {
public:
  /// Plans for this market: a later one has the same underlyings, models, currencies and date, and is flat where this one is.
  pricer(portfolio positions, const market& m, const pricing_settings& settings = {}, const stream& on = stream());
  /// The paths of each simulation are shared out over the streams' devices; the results have the same bits.
  pricer(portfolio positions, const market& m, const pricing_settings& settings, std::vector<stream> on);
  ~pricer();
  pricer(pricer&&) noexcept;
  pricer& operator=(pricer&&) noexcept;

  /// A stop that is asked for ends simulations early: trades whose paths are not complete have a status instead of a value, and
  /// the checkpoint, if there is one, has what was done.
  std::vector<estimate> price(const market& m, const std::stop_token& stop = {});
  /// How many simulations the book needs.
  std::size_t simulations() const;

private:
  class state;
  std::unique_ptr<state> state_;
};

/// Whether `pricing_method::automatic` takes a formula for this position, which has no `find_problem`.
bool has_closed_form(const trade& t, const market& m);

/// Values every position on one device, in one call; thread-safe. A position that cannot be valued says why and does not stop
/// the others.
std::vector<estimate> price(const portfolio& positions, const market& m, const pricing_settings& settings = {},
                            const stream& on = stream());
std::vector<estimate> price(const portfolio& positions, const market& m, const pricing_settings& settings,
                            const std::vector<stream>& on);

} // namespace dojima
