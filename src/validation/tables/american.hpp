#pragma once

#include "validation/tables/kind.hpp"

namespace dojima {

/// An American option on a lognormal asset as the library prices it, within what models/closed_form/american.hpp states.
formula_value american_value_of(const lognormal_asset& asset, double strike, double time, option_type type);

} // namespace dojima
