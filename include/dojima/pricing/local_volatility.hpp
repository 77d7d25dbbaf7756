// Local volatility from implied volatilities.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dojima/market/volatility.hpp"
#include "dojima/pricing/model.hpp"

namespace dojima {

/// F(t), price units, t in years.
using forward_curve = std::function<double(double)>;

/// SSVI (Gatheral and Jacquier 2014, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14): total variance at
/// log-moneyness k = ln K / F(t)
///   w = theta / 2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)),  phi = eta theta^-gamma (1 + theta)^(gamma - 1).
/// theta, the total variance at the money, is linear in time between `times`, from 0; the last volatility goes on.
struct ssvi_surface {
  std::vector<double> times; ///< years, increasing
  std::vector<double> theta;
  double rho, eta, gamma;
};
/// Decimal per square root of a year.
double volatility_at(const ssvi_surface& s, double time, double log_moneyness);
/// Throws input_error unless the surface is free of calendar and butterfly arbitrage by theorems 4.1 and 4.2 of the paper:
/// theta increases, gamma lies in [0, 1/2], theta phi (1 + |rho|) < 4 and theta phi^2 (1 + |rho|) <= 4 for all theta.
void check(const ssvi_surface& s);

/// SSVI nearest to quotes by least squares in volatility, within the limits of `check`. Quotes whose volatility at the money
/// falls so fast that total variance does are an input_error.
struct ssvi_fit {
  ssvi_surface surface;
  double largest_error;              ///< in volatility, over all quotes
  std::vector<std::string> warnings; ///< arbitrage among the quotes, and a poor fit
};
ssvi_fit fit_ssvi(const surface_volatility& quotes, const forward_curve& forward);

/// The local volatility up to `horizon` (years) that reprices a surface: Dupire's formula in total variance (Gatheral 2006,
/// "The Volatility Surface", equation 1.10) on 241 nodes to 6 deviations either side. Beside the bias of its steps
/// (models/process/local_volatility.hpp) a simulation is within 0.0005 of the surface's volatilities from three months on.
local_volatility_model local_volatility_from(const ssvi_surface& s, double horizon);

/// The same of a market's volatility: flat and term volatilities as they are, smiles by way of SSVI.
struct local_volatility_fit {
  local_volatility_model model;
  std::vector<std::string> warnings;
};
local_volatility_fit local_volatility_from(const volatility& v, const forward_curve& forward, double horizon);

} // namespace dojima
