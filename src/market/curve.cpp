#include "dojima/market/curve.hpp"

#include <algorithm>
#include <cmath>

#include "dojima/error.hpp"
#include "market/bootstrap.hpp"
#include "text.hpp"

namespace dojima {
namespace {

void same_length(std::span<const double> times, std::span<const double> rates) {
  if (times.size() != rates.size())
    throw input_error("a curve of " + std::to_string(times.size()) + " times and " + std::to_string(rates.size()) +
                      " rates (need one for each time)");
}

} // namespace

curve::curve(std::vector<double> times, std::vector<double> log_discounts, curve_interpolation linear)
    : times_(std::move(times)), log_discounts_(std::move(log_discounts)), linear_(linear) {
  if (times_.empty() || times_.size() != log_discounts_.size())
    throw input_error("a curve of " + std::to_string(times_.size()) + " times and " + std::to_string(log_discounts_.size()) +
                      " discount factors (need one for each time, and at least one)");
  for (std::size_t i = 0; i < times_.size(); ++i)
    if (!(times_[i] > (i > 0 ? times_[i - 1] : 0.0)) || !std::isfinite(times_[i]) || !std::isfinite(log_discounts_[i]))
      throw input_error("curve node " + std::to_string(i + 1) + " at " + number_text(times_[i]) +
                        " years (times must increase from above 0, values be finite); are two tenors the same?");
}

curve curve::from_zero_rates(std::span<const double> times, std::span<const double> rates) {
  same_length(times, rates);
  std::vector<double> logs;
  for (std::size_t i = 0; i < times.size(); ++i) logs.push_back(-rates[i] * times[i]);
  return curve({times.begin(), times.end()}, std::move(logs));
}

curve curve::from_par_yields(std::span<const double> times, std::span<const double> yields) {
  same_length(times, yields);
  std::vector<curve_instrument> bonds;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double maturity = times[i], y = yields[i];
    // Price less par; the first coupon of a broken period is paid in part.
    const auto excess = [maturity, y](const curve& c) {
      if (maturity <= 0.5) return c.discount(maturity) * (1.0 + y * maturity) - 1.0;
      double price = c.discount(maturity);
      for (int k = 0; maturity - 0.5 * k > 1e-9; ++k) {
        const double t = maturity - 0.5 * k;
        price += y * std::min(0.5, t) * c.discount(t);
      }
      return price - 1.0;
    };
    bonds.push_back(
        {"the par yield " + number_text(y) + " at " + number_text(maturity) + " years", maturity, -y * maturity, excess});
  }
  return bootstrap(std::move(bonds));
}

curve_weights curve::weights(double time) const {
  if (time <= 0) return {};
  const auto above = std::lower_bound(times_.begin(), times_.end(), time);
  const int last = static_cast<int>(times_.size()) - 1;
  if (above == times_.end()) return {last, last, time / times_.back(), 0.0};
  const int hi = static_cast<int>(above - times_.begin());
  if (hi == 0) return {0, 0, time / times_[0], 0.0};
  const double share = (time - times_[hi - 1]) / (times_[hi] - times_[hi - 1]);
  if (linear_ == curve_interpolation::log_discount) return {hi - 1, hi, 1.0 - share, share};
  return {hi - 1, hi, (1.0 - share) * time / times_[hi - 1], share * time / times_[hi]};
}

double curve::log_discount(double time) const {
  const curve_weights w = weights(time);
  return w.weight_lo * log_discounts_[w.lo] + w.weight_hi * log_discounts_[w.hi];
}

double curve::discount(double time) const { return std::exp(log_discount(time)); }

double curve::zero_rate(double time) const {
  const double t = std::max(time, 1e-6);
  return -log_discount(t) / t;
}

} // namespace dojima
