// How far a road may be off beside chance, in base currency. Derivations: docs/validation.md.
#pragma once

#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"

namespace dojima {

/// Rounding of a closed form in double. It is a sum of terms A e^p Phi(x / v + ...) with amounts A, v = sigma sqrt(T):
/// 2^-52 A (20 + 2 |p| + 2 (1 + |x|) / v) for each. 0 for what has no closed form in `price`.
double rounding_error(const trade& t, const market& m);

/// The same of the formulas of `price`, or for American options the error that docs/risk.md measures.
double formula_error(const trade& t, const market& m);

/// Discretisation: the bias of European options that the process' header states at its own steps, in parts of the spot, as what
/// it means for this payoff. 0 where paths are exact.
double simulation_bias(const trade& t, const market& m);

/// The standard error of a payoff that few paths pay, whose own spread says little: one of about `largest_amount`, paid with
/// the probability that gives `value`.
double rare_error(const trade& t, const market& m, double value, double paths);

} // namespace dojima
