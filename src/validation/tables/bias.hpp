// What the headers of the processes state for steps of their own length.
#pragma once

#include <algorithm>
#include <cmath>

#include "dojima/pricing/model.hpp"
#include "validation/tables/expression.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {

/// Of option prices, in parts of the spot.
inline constexpr double heston_bias = 4e-4, heston_euler_bias = 2e-3, cev_bias = 3e-4, local_volatility_bias = 1e-5;
/// More beyond deviations of 100 %, where the steps of the volatility are those of a much longer time.
inline double sabr_bias(const sabr_model& m, double forward, double time) {
  return 8e-4 * std::max(1.0, m.alpha * std::pow(forward, m.beta - 1) * std::sqrt(time));
}
/// Of the variance of ln S heston.hpp says nothing; monthly, with kappa times a step of 0.3, it comes out low by 0.3%.
inline constexpr double heston_variance_bias = 5e-3;
/// Of implied volatilities: in the far wing, and at the money or for rho = 0.
inline constexpr double rough_bergomi_bias = 0.005, rough_bergomi_bias_at_the_money = 0.001;

/// What the dates of a shifted extreme (models/payoff/extreme.hpp) leave, in parts of the spot: the variance of a step, and
/// half its drift.
inline double shifted_extreme_bias(double variance, double drift) { return variance + 0.5 * std::abs(drift); }

/// A local volatility sigma(S, t) on a grid, for a stock of this growth.
local_volatility_model tabulated(const expression& sigma, double spot, double growth, double time, const calendar& c);

} // namespace dojima
