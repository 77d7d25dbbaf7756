// The value of positions today.
#pragma once

#include <string>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/risk/revalue.hpp"

namespace dojima {

/// A value with its Monte Carlo error, in base currency.
struct estimate {
  double value = 0;
  double standard_error = 0; ///< 0 for closed forms
  std::string method;        ///< closed_form, spectral_collocation, monte_carlo; empty when status is not
  std::string status;        ///< empty when valued; else why not
};

/// Values every position on one device, in one call; thread-safe. A position that cannot be valued says why and does not stop
/// the others.
std::vector<estimate> price(const portfolio& positions, const market& m, const pricing_settings& settings = {},
                            const stream& on = stream());

} // namespace dojima
