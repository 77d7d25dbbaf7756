// Reference values from QuantLib, the library that every number of Dojima is checked against.
#pragma once

#include <cstdint>
#include <string>

#include "dojima/error.hpp"
#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima::quantlib {

/// Of the whole position, in base currency.
struct reference {
  double value = 0;
  std::string engine;        ///< how it was found: QuantLib's engine, or the method
  double error = 0;          ///< estimated error of the value from a coarser calculation; 0 for closed forms
  double standard_error = 0; ///< of QuantLib's Monte Carlo; 0 for the others
  double seconds = 0;        ///< that it took
};

struct reference_settings {
  std::int64_t samples = 1 << 16; ///< of QuantLib's Monte Carlo
  std::uint64_t seed = 42;        ///< of its Mersenne Twister
  /// As in revaluation under scenarios: a barrier option's rate, yield and volatility are those of its expiry, and so is the
  /// volatility of all fixings of an Asian option.
  bool constants_of_expiry = false;
};

/// QuantLib cannot value this product under this model; the text says why.
class no_reference : public error {
public:
  using error::error;
};

/// The value of one position by QuantLib's most accurate engine for its product and model, under the same assumptions as
/// Dojima's own: closed forms, then finite differences, then Monte Carlo. docs/references.md lists them.
///
/// Sets QuantLib's global evaluation date and restores it: not for use from several threads at once, nor beside other code that
/// uses QuantLib. Throws input_error where `find_problem` finds one, and no_reference.
reference reference_value(const trade& t, const market& m, const reference_settings& settings = {});

} // namespace dojima::quantlib
