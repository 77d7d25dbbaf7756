// Black volatility of one underlying by expiry and strike.
#pragma once

#include <variant>
#include <vector>

namespace dojima {

/// One volatility for everything (decimal per square root of a year).
struct flat_volatility {
  double value;
};

/// A volatility for each expiry: total variance is linear in time between expiries; the first and last volatility go on
/// outside.
struct term_volatility {
  std::vector<double> times;  ///< years, increasing
  std::vector<double> values; ///< decimals per square root of a year
};

/// What is linear in strike between the points of a smile.
enum class smile_interpolation { volatility, variance };

/// One smile for each expiry. At a fixed strike: linear in strike within a smile (flat outside its strikes), total variance
/// linear in time between smiles, volatility constant outside.
struct smile {
  double time; ///< years
  std::vector<double> strikes, values;
};
struct surface_volatility {
  std::vector<smile> smiles; ///< by increasing time
  smile_interpolation linear = smile_interpolation::volatility;
};

using volatility = std::variant<flat_volatility, term_volatility, surface_volatility>;

/// Throws input_error unless times and strikes increase and every volatility lies in (0, 5].
void check(const volatility& v);
/// time: years to expiry; strike: price units; decimal per square root of a year.
double volatility_at(const volatility& v, double time, double strike);

} // namespace dojima
