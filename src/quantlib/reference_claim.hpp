// What a contract pays on a path, in plain C++ that shares nothing with models/payoff.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima::quantlib {

/// Spots on the dates of a claim, of each asset.
struct path {
  std::size_t assets;
  std::vector<double> spots; ///< [date][asset]
  double operator()(std::size_t date, std::size_t asset = 0) const { return spots[date * assets + asset]; }
};

struct claim {
  std::vector<std::string> assets;
  std::vector<date> dates;                  ///< after the valuation date, increasing
  std::function<double(const path&)> value; ///< of all payments, discounted to the valuation date
};

/// Throws no_reference, with the reason, where the value is no function of spots on dates.
claim claim_of(const trade& t, const market& m);

} // namespace dojima::quantlib
