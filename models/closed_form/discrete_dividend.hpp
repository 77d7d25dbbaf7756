// Vanilla options on an asset with one dividend, at which the price drops: Haug, Haug and Lewis (2003), "Back to basics: a new
// approach to the discrete dividend problem", Wilmott, September; American calls as Roll (1977), Geske (1979) and Whaley
// (1981). Host only.
#pragma once

#include "models/closed_form/lognormal_asset.hpp"
#include "models/closed_form/quadrature.hpp"

namespace dojima {

/// At `time` in years the price S drops to max((1 - proportion) S - amount, 0).
struct dividend {
  double time, amount, proportion;
};

/// European option to `expiry` beyond the dividend, integrated over the price before it. With `exercise_before` the holder may
/// also exercise just before the dividend: an American call where rate >= 0 = yield. Error 1e-12 of spot and strike.
inline double one_dividend_value(const lognormal_asset& asset, const dividend& paid, double strike, double expiry, double sign,
                                 bool exercise_before = false) {
  const double rest = expiry - paid.time;
  const auto before = [&](double z) {
    const double spot = asset.at(paid.time, z), after = (1 - paid.proportion) * spot - paid.amount;
    const double held = after > 0  ? asset.with_spot(after).vanilla(strike, rest, sign)
                        : sign > 0 ? 0
                                   : strike * asset.discount(rest);
    return exercise_before ? max(held, sign * (spot - strike)) : held;
  };
  return asset.discount(paid.time) * normal_expectation(before, 1e-15 * asset.spot);
}

/// Escrowed model: the price less the present value of the dividends up to expiry is the lognormal asset (Hull, Options,
/// Futures, and Other Derivatives). Any formula takes the asset that this returns.
template <class Dividends> lognormal_asset escrowed_asset(lognormal_asset asset, const Dividends& dividends) {
  for (const dividend& paid : dividends) asset.spot -= paid.amount * asset.discount(paid.time);
  return asset;
}

} // namespace dojima
