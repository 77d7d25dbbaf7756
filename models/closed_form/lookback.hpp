// Lookback options, continuous monitoring: floating strike, Goldman, Sosin and Gatto (1979), J. Finance 34; fixed strike, Conze
// and Viswanathan (1991), J. Finance 46; partial windows, Heynen and Kat (1994), "Selective memory", Risk 7(11). Host only.
#pragma once

#include "models/closed_form/barrier.hpp"
#include "models/closed_form/lognormal_asset.hpp"
#include "models/closed_form/quadrature.hpp"

namespace dojima {

/// max(max S_u - level, 0) for sign +1, max(level - min S_u, 0) for sign -1, over [0, time], paid then; `level` is not below
/// the spot (+1) or not above it (-1). With k = 2 (r-q) / sigma^2, v = sigma sqrt(T), x = sign d1 and R = Phi / phi:
///     vanilla(level) + sign S e^(-rT) [e^((r-q)T) Phi(x) - (S/level)^(-k) Phi(x - sign k v)] / k
///   = vanilla(level) + S e^(-qT) phi(d1) v int_0^1 (1 + y R(y)) du,  y = x - sign k v u
/// The first is that of Conze and Viswanathan, the second serves |k v| < 1, down to k = 0. Relative error below 1e-13.
inline double extremum_value(const lognormal_asset& asset, double level, double time, double sign) {
  const double deviation = asset.deviation(time), carry = (asset.rate - asset.yield) * time;
  const double shift = sign * 2 * carry / deviation; // sign k v
  const double moneyness = log(asset.spot / level);
  const double d1 = (moneyness + carry) / deviation + 0.5 * deviation, x = sign * d1;
  const double vanilla = asset.vanilla(level, time, sign);
  if (abs(shift) < 1) {
    const double mean = gauss_legendre(
        [&](double u) {
          const double y = x - shift * u;
          return 1 + y * (y < 0 ? mills_ratio(min(-y, 40.0)) : norm_cdf(y) / norm_pdf(y));
        },
        0, 1);
    return vanilla + asset.prepaid(time) * norm_pdf(d1) * deviation * mean;
  }
  const double reflected = scaled_cdf(carry, x) - scaled_cdf(-shift * sign * moneyness / deviation, x - shift);
  return vanilla + asset.spot * asset.discount(time) * deviation / shift * reflected;
}

/// max(max - strike, 0) (call) or max(strike - min, 0) (put); `extremum` is what has been observed so far, spot if nothing has.
inline double lookback_fixed_value(const lognormal_asset& asset, double strike, double extremum, double time, double sign) {
  const double level = sign * max(sign * strike, sign * extremum);
  return asset.discount(time) * sign * (level - strike) + extremum_value(asset, level, time, sign);
}

/// S - min (call) or max - S (put), at expiry.
inline double lookback_floating_value(const lognormal_asset& asset, double extremum, double time, double sign) {
  return sign * (asset.prepaid(time) - asset.discount(time) * extremum) + extremum_value(asset, extremum, time, -sign);
}

/// Fixed strike with the extremum over [start, time], 0 < start < time. Error 1e-13 of spot by quadrature over S at `start`.
inline double lookback_partial_fixed_value(const lognormal_asset& asset, double strike, double start, double time,
                                           double sign) {
  const auto at_start = [&](double z) {
    const double spot = asset.at(start, z);
    return lookback_fixed_value(asset.with_spot(spot), strike, spot, time - start, sign);
  };
  return asset.discount(start) * normal_expectation(at_start, 1e-15 * asset.spot);
}

/// Floating strike with the extremum over [0, end], 0 < end < time: max(sign (S_T - extremum), 0). With the asset as numeraire
/// y = |ln(S_end / extremum)| is Brownian motion reflected at 0, whose law is (Harrison 1985, section 1.8)
///   P(Y > y) = Phi((m - y) / s) + e^(2 m y / s^2) Phi(-(m + y) / s),  m = sign (r - q + sigma^2/2) end,  s = sigma sqrt(end)
/// and the value S e^(-q end) E v(Y), v being a vanilla option on one unit with strike e^(-sign y), is integrated by parts.
/// Error 1e-13 of spot.
inline double lookback_partial_floating_value(const lognormal_asset& asset, double end, double time, double sign) {
  const lognormal_asset unit = asset.with_spot(1);
  const double rest = time - end, m = sign * asset.log_mean(end, true), s = asset.deviation(end);
  const auto integrand = [&](double y) { // dv/dy P(Y > y)
    const double slope =
        unit.discount(rest) * exp(-sign * y) * norm_cdf((y + sign * unit.log_mean(rest)) / unit.deviation(rest));
    return slope * (norm_cdf((m - y) / s) + scaled_cdf(2 * m * y / (s * s), -(m + y) / s));
  };
  const double top = max(m, 0.0) + 12 * s, bend = min(top, 8 * unit.deviation(rest)); // v is straight beyond
  const double integral = integrate(integrand, 0, bend, 1e-15) + integrate(integrand, bend, top, 1e-15);
  return asset.prepaid(end) * (unit.vanilla(1, rest, sign) + integral);
}

} // namespace dojima
