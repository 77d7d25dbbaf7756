// Days in QuantLib's terms.
#pragma once

#include <ql/time/date.hpp>

#include "dojima/market/date.hpp"

namespace dojima::quantlib {

inline QuantLib::Date ql_date(date d) {
  return QuantLib::Date(static_cast<QuantLib::Date::serial_type>(d.time_since_epoch().count()) + 25569);
}

} // namespace dojima::quantlib
