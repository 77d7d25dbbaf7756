// Arithmetic averages under Black-Scholes.
#include "quantlib/reference_roads.hpp"

#include <ql/pricingengines/blackformula.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dojima::quantlib {
namespace {

/// A lognormal asset at its fixings: forwards and the standard deviation of each step from the one before.
struct fixing_path {
  std::vector<double> forwards, deviations;
};

/// Undiscounted value of max(sign (S_1 + ... + S_n - strike), 0), by the density of the logarithm of the partial sums seen from
/// the back: L_n = Z_n, L_k = Z_k + ln(1 + e^L_(k+1)), S_1 + ... + S_n = S_0 e^L_1 (Carverhill and Clewlow 1990, Risk 3(4)).
/// The trapezoidal rule converges exponentially on these densities; the last step is Black's formula. `fineness`: points to one
/// standard deviation of the shortest step.
double sum_option(const fixing_path& path, double strike, ql::Option::Type type, double fineness) {
  const std::size_t n = path.forwards.size();
  const auto black = [&](double forward) {
    if (strike > 0) return ql::blackFormula(type, strike, forward, path.deviations[0]);
    return type == ql::Option::Call ? forward - strike : 0.0;
  };
  if (n == 1) return black(path.forwards[0]);

  const double h = *std::min_element(path.deviations.begin(), path.deviations.end()) / fineness;
  constexpr double reach = 8; // standard deviations
  double variance = 0, centre = 0, low = 0;
  std::vector<double> density;
  for (std::size_t k = n - 1; k >= 1; --k) {
    const double s = path.deviations[k];
    const double drift = std::log(path.forwards[k] / path.forwards[k - 1]) - 0.5 * s * s;
    variance += s * s;
    centre = drift + (k == n - 1 ? 0.0 : std::log1p(std::exp(centre)));
    const double below = low;
    low = centre - reach * std::sqrt(variance);
    std::vector<double> next(static_cast<std::size_t>(2 * reach * std::sqrt(variance) / h) + 1);
    const double scale = 1 / (s * std::sqrt(2 * std::numbers::pi));
    const auto spread = [&](double mean, double weight) { // adds the normal density of this step around `mean`
      const double first = std::max(0.0, std::ceil((mean - reach * s - low) / h));
      const double last = std::min(static_cast<double>(next.size()) - 1, std::floor((mean + reach * s - low) / h));
      for (double i = first; i <= last; ++i) {
        const double z = (low + i * h - mean) / s;
        next[static_cast<std::size_t>(i)] += weight * scale * std::exp(-0.5 * z * z);
      }
    };
    if (k == n - 1) spread(drift, 1);
    for (std::size_t j = 0; j < density.size(); ++j)
      spread(drift + std::log1p(std::exp(below + static_cast<double>(j) * h)), density[j] * h);
    density = std::move(next);
  }
  double value = 0;
  for (std::size_t j = 0; j < density.size(); ++j)
    value += density[j] * h * black(path.forwards[0] * (1 + std::exp(low + static_cast<double>(j) * h)));
  return value;
}

} // namespace

reference asian_value(const valued_trade& p, const asian_option& c) {
  const double time = p.a.time(c.expiry);
  double known = 0, variance = 0;
  fixing_path path;
  for (const fixing_date& f : c.fixings) {
    const double t = p.a.time(f.day);
    if (f.value || t <= 0) {
      known += f.value.value_or(p.a.u.spot);
      continue;
    }
    path.forwards.push_back(p.a.forward(t));
    const double upto = std::max(p.settings.constants_of_expiry ? p.a.variance(time) * t / time : p.a.variance(t), variance);
    path.deviations.push_back(std::sqrt(upto - variance));
    variance = upto;
  }
  const double n = static_cast<double>(c.fixings.size()), scale = p.a.discount(time) / n, strike = n * c.strike - known;
  if (path.forwards.empty()) return {scale * std::max(-sign_of(c.type) * strike, 0.0), "known fixings"};
  return refined("convolution of densities",
                 [&](int fineness) { return scale * sum_option(path, strike, ql_type(c.type), 1.5 * fineness); });
}

} // namespace dojima::quantlib
