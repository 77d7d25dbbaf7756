// The market that the suites price in: one currency, one flat rate, one day.
#pragma once

#include "dojima/market/market.hpp"

namespace dojima::bench {

inline market dollar_market(double rate) {
  return {*parse_date("2022-12-28"), "USD", {{"USD", curve::flat(rate)}}, {{"USD", 1.0}}, {}};
}

inline underlying dollar_stock(const std::string& name, double spot, double sigma) {
  underlying u;
  u.name = name;
  u.currency = "USD";
  u.spot = spot;
  u.surface = flat_volatility{sigma};
  return u;
}

} // namespace dojima::bench
