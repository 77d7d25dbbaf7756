// Local volatility from total implied variance.
#pragma once

namespace dojima {

/// Total implied variance at log-moneyness k, with its derivatives by k and by time.
struct total_variance {
  double w, dk, dkk, dt;
};

/// sigma^2(k, t) by Gatheral (2006, "The Volatility Surface", equation 1.10); 0 where the surface has arbitrage: dt < 0 for
/// calendar spreads, density < 0 for butterflies.
inline double dupire_variance(double k, const total_variance& v) {
  const double slope = v.dk / v.w;
  const double density = 1.0 - k * slope + 0.25 * (k * k - v.w - 0.25 * v.w * v.w) * slope * slope + 0.5 * v.dkk;
  return v.dt > 0.0 && density > 0.0 ? v.dt / density : 0.0;
}

} // namespace dojima
