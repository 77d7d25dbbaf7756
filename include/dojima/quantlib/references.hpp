// Reference values from QuantLib, the library that every number of Dojima is checked against.
#pragma once

#include <string>

#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima::quantlib {

struct reference {
  double value = 0;   ///< of the whole position, in base currency
  std::string engine; ///< how it was found: QuantLib's engine, or the method
  double error = 0;   ///< estimated error of the value from a coarser calculation; 0 for closed forms
};

/// The value of one position by QuantLib's most accurate engine for its product, under the same assumptions as Dojima's own:
/// flat rate and yield to expiry, with the curves' discount factors, and the surface's volatility at the strike. QuantLib has
/// no accurate engine for arithmetic Asians on sloped curves; theirs is a density convolution over QuantLib's Black formula.
///
/// Sets QuantLib's global evaluation date and restores it: not for use from several threads at once, nor beside other code that
/// uses QuantLib. Throws input_error where `find_problem` finds one.
reference reference_value(const trade& t, const market& m);

} // namespace dojima::quantlib
