#include "pricing/valuation.hpp"

#include <iterator>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

struct expiries_of {
  std::vector<double> operator()(const flat_volatility&) const { return {}; }
  std::vector<double> operator()(const term_volatility& v) const { return v.times; }
  std::vector<double> operator()(const surface_volatility& v) const {
    std::vector<double> times;
    for (const smile& s : v.smiles) times.push_back(s.time);
    return times;
  }
};

/// Expiries before a time, and that.
std::vector<double> times_up_to(double time, const volatility& v) {
  std::vector<double> all = std::visit(expiries_of{}, v);
  all.erase(std::ranges::lower_bound(all, time), all.end());
  all.push_back(time);
  return all;
}

double quoted_variance(const volatility& v, double time, double strike) {
  const double sigma = volatility_at(v, time, strike);
  return sigma * sigma * time;
}

} // namespace

double valuation::variance(const underlying& u, double time, double strike) const {
  double w = 0;
  for (const double t : times_up_to(time, *u.surface)) w = std::max(w, quoted_variance(*u.surface, t, strike));
  return w;
}

double valuation::quanto_shift(const underlying& u, double time) const {
  const underlying& pair = *pair_between(m, u.currency, paid);
  std::vector<double> times; // between which both volatilities are constant
  std::ranges::set_union(times_up_to(time, *u.surface), times_up_to(time, *pair.surface), std::back_inserter(times));
  double sum = 0, before = 0, pair_before = 0;
  for (const double t : times) {
    const double w = std::max(before, quoted_variance(*u.surface, t, u.spot));
    const double pair_w = std::max(pair_before, quoted_variance(*pair.surface, t, pair.spot));
    sum += std::sqrt((w - before) * (pair_w - pair_before));
    before = w, pair_before = pair_w;
  }
  return correlation(u.name, pair.name) * (pair.foreign == u.currency ? 1 : -1) * sum;
}

void valuation::refuse_falling_variance(const underlying& u, double strike, double until) const {
  if (!u.surface) throw input_error("no volatility for " + u.name + " (paths need one); add it to the market");
  double before = 0, time_before = 0;
  for (const double t : std::visit(expiries_of{}, *u.surface)) {
    if (time_before >= until) return;
    const double w = quoted_variance(*u.surface, t, strike);
    const auto day = [&](double time) { return to_string(m.as_of + std::chrono::days{std::lround(365 * (m.elapsed + time))}); };
    if (w < before * (1 - 1e-12))
      throw input_error("total variance of " + u.name + " at strike " + number_text(strike) + " falls from " +
                        number_text(before) + " on " + day(time_before) + " to " + number_text(w) + " on " + day(t) +
                        " (a calendar spread would have a negative price, and no path has such volatilities); correct those "
                        "of one of the two days");
    before = w, time_before = t;
  }
}

bool valuation::has_constants(const underlying& u, double time, double strike) const {
  const double interest = std::log(discount(u.currency, time)), drift = growth(u, time), total = variance(u, time, strike);
  constexpr int parts = 16;
  for (int i = 1; i < parts; ++i) {
    const double t = time * i / parts, share = variance(u, t, strike) / total;
    if (std::abs(growth(u, t) - share * drift) > 1e-12 ||
        std::abs(std::log(discount(u.currency, t)) - share * interest) > 1e-12)
      return false;
  }
  return true;
}

} // namespace dojima
