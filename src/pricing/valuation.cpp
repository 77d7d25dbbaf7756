#include "pricing/valuation.hpp"

#include <limits>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// see(t) for each expiry of quotes before a time, in order.
template <class See> void each_expiry(const volatility& v, double before, const See& see) {
  const auto look = [&](double t) {
    if (t < before) see(t);
  };
  if (const auto* term = std::get_if<term_volatility>(&v))
    for (const double t : term->times) look(t);
  if (const auto* surface = std::get_if<surface_volatility>(&v))
    for (const smile& s : surface->smiles) look(s.time);
}

double quoted_variance(const volatility& v, double time, double strike) {
  const double sigma = volatility_at(v, time, strike);
  return sigma * sigma * time;
}

} // namespace

double valuation::variance(const underlying& u, double time, double strike) const {
  double w = 0;
  each_expiry(*u.surface, time, [&](double t) { w = std::max(w, quoted_variance(*u.surface, t, strike)); });
  return std::max(w, quoted_variance(*u.surface, time, strike));
}

double valuation::quanto_shift(const underlying& u, double time) const {
  const underlying& pair = *pair_between(m, u.currency, paid);
  std::vector<double> times{time}; // between which both volatilities are constant
  for (const underlying* one : {&u, &pair}) each_expiry(*one->surface, time, [&](double t) { times.push_back(t); });
  std::ranges::sort(times);
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
  each_expiry(*u.surface, std::numeric_limits<double>::infinity(), [&](double t) {
    if (time_before >= until) return;
    const double w = quoted_variance(*u.surface, t, strike);
    const auto day = [&](double time) { return to_string(m.as_of + std::chrono::days{std::lround(365 * (m.elapsed + time))}); };
    if (w < before * (1 - 1e-12))
      throw input_error("total variance of " + u.name + " at strike " + number_text(strike) + " falls from " +
                        number_text(before) + " on " + day(time_before) + " to " + number_text(w) + " on " + day(t) +
                        " (a calendar spread would have a negative price, and no path has such volatilities); correct those "
                        "of one of the two days");
    before = w, time_before = t;
  });
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
