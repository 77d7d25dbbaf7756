// Geometric-average Asian options on a lognormal asset: Kemna and Vorst (1990), "A pricing method for options based on average
// asset values", J. Banking Finance 14, discrete and continuous fixings, average price and average strike. Host only.
#pragma once

#include "models/closed_form/asian_geometric.hpp"
#include "models/closed_form/lognormal_asset.hpp"

#include <span>

namespace dojima {

/// G = exp(average of ln S) with cash as numeraire: mean and variance of ln G, and its covariance with ln S_t at any t not
/// before the last fixing.
struct geometric_average {
  double mean, variance, covariance;
};

/// Over fixings at `times` (years), each of weight 1/n.
inline geometric_average average_over(const lognormal_asset& asset, std::span<const double> times) {
  geometric_average g{log(asset.spot), 0, 0};
  const double weight = 1.0 / static_cast<double>(times.size()), variance = asset.volatility * asset.volatility;
  for (const double t : times) {
    g.mean += weight * asset.log_mean(t);
    g.covariance += weight * variance * t;
    for (const double other : times) g.variance += weight * weight * variance * min(t, other);
  }
  return g;
}
/// Over [0, time] continuously.
inline geometric_average average_over(const lognormal_asset& asset, double time) {
  const double variance = asset.volatility * asset.volatility * time;
  return {log(asset.spot) + 0.5 * asset.log_mean(time), variance / 3, variance / 2};
}

/// max(sign (G - strike), 0) paid at `maturity`. Exact up to rounding.
inline double average_price_value(const lognormal_asset& asset, const geometric_average& g, double strike, double maturity,
                                  double sign) {
  return asian_geometric_value(g.mean, sqrt(g.variance), 1.0, strike, asset.discount(maturity), sign);
}

/// max(sign (S - G), 0) paid at `maturity`, where S is the price then: an exchange of two lognormals (Margrabe 1978). Exact up
/// to rounding.
inline double average_strike_value(const lognormal_asset& asset, const geometric_average& g, double maturity, double sign) {
  const double forward = asset.forward(maturity), average = exp(g.mean + 0.5 * g.variance);
  const double deviation = sqrt(asset.volatility * asset.volatility * maturity + g.variance - 2 * g.covariance);
  return black_value(forward, average, log(forward / average), deviation, asset.discount(maturity), sign);
}

} // namespace dojima
