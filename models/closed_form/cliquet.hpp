// Cliquet options: a strip of forward-start options, and the sum of locally clipped returns with a global floor and cap, here
// by the cosine series of Fang and Oosterlee (2008), SIAM J. Sci. Comput. 31(2). Host only.
#pragma once

#include "models/closed_form/forward_start.hpp"
#include "models/closed_form/quadrature.hpp"

#include <algorithm>
#include <complex>
#include <numbers>
#include <span>

namespace dojima {

/// max(sign (S_i - moneyness S_(i-1)), 0) paid at each of `dates` (years) after the first. Exact up to rounding.
inline double ratchet_value(const lognormal_asset& asset, double moneyness, std::span<const double> dates, double sign) {
  double sum = 0;
  for (std::size_t i = 1; i < dates.size(); ++i) sum += forward_start_value(asset, moneyness, dates[i - 1], dates[i], sign);
  return sum;
}

/// min(cap, max(floor, sum of the returns S_i / S_(i-1) - 1)), each of which is held within [local_floor, local_cap] first;
/// `count` periods of `period` years, paid at their end, per unit of notional; bounds may be infinite. For a sum within [A, B]
///   E g = V_0 + sum_k V_k Re(phi(u_k)^n e^(-i u_k A)),  u_k = k pi / (B - A)
/// with the cosine coefficients V_k of the payoff g and the characteristic function phi of one clipped return. [A, B] is wider
/// than the sum, so that no end of it has weight. Error after the 1024 terms: 1e-7, or 1e-4 where a global bound is itself a
/// likely sum.
inline double clipped_cliquet_value(const lognormal_asset& asset, double period, int count, double local_floor,
                                    double local_cap, double floor, double cap) {
  const double mean = asset.log_mean(period), deviation = asset.deviation(period);
  const auto clipped = [&](double z) { return std::clamp(std::expm1(mean + deviation * z), local_floor, local_cap); };
  const auto z_of = [&](double x) { return std::clamp((std::log1p(std::max(x, -1.0)) - mean) / deviation, -8.5, 8.5); };
  const double lowest = clipped(-8.5), range = clipped(8.5) - lowest, z_low = z_of(lowest), z_high = z_of(lowest + range);
  const double start = count * lowest - 0.5 * range, width = (count + 1) * range;
  const double from = std::clamp(floor - start, 0.0, width), to = std::clamp(cap - start, 0.0, width); // where the payoff rises
  double value = start + from + (to - from) * (1 - 0.5 * (from + to) / width);
  for (int k = 1; k <= 1024; ++k) {
    const double u = k * std::numbers::pi / width;
    std::complex<double> phi =
        norm_cdf(z_low) + norm_cdf(-z_high) * std::polar(1.0, u * range); // of the return less the lowest
    const int panels = 20 + static_cast<int>(u * range / 8);
    const double step = (z_high - z_low) / panels;
    for (int i = 0; i < panels; ++i)
      phi += gauss_legendre([&](double z) { return norm_pdf(z) * std::polar(1.0, u * (clipped(z) - lowest)); },
                            z_low + i * step, z_low + (i + 1) * step);
    const double characteristic = (std::pow(phi, count) * std::polar(1.0, 0.5 * u * range)).real();
    value += 2 * (std::cos(u * to) - std::cos(u * from)) / (u * u * width) * characteristic;
  }
  return asset.discount(count * period) * std::clamp(value, floor, cap);
}

} // namespace dojima
