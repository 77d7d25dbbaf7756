#include "dojima/pricing/trade.hpp"

#include <cmath>

#include "dojima/market/market.hpp"
#include "models/closed_form/barrier.hpp"
#include "text.hpp"

namespace dojima {
namespace {

struct product_namer {
  std::string operator()(const stock&) const { return "stock"; }
  std::string operator()(const fx_forward&) const { return "fx_forward"; }
  std::string operator()(const european_option&) const { return "european"; }
  std::string operator()(const american_option&) const { return "american"; }
  std::string operator()(const digital_option&) const { return "digital"; }
  std::string operator()(const barrier_option&) const { return "barrier"; }
  std::string operator()(const asian_option&) const { return "asian"; }
};

using result = std::optional<problem>;

/// Checks one contract; `u` is its underlying.
struct checker {
  const market& m;
  const underlying& u;

  result expiry(date day) const {
    if (day > m.as_of) return {};
    return problem{"expired on " + to_string(day), "the valuation date is " + to_string(m.as_of),
                   "remove it, or book its cash"};
  }
  result positive(const char* what, double x) const {
    if (x > 0 && std::isfinite(x)) return {};
    return problem{std::string(what) + " " + number_text(x), "must be above 0", "correct it"};
  }
  result option(double strike, date day) const {
    if (result p = expiry(day)) return p;
    if (result p = positive("strike", strike)) return p;
    if (!u.surface) return problem{"no volatility for " + u.name, "options need one", "add rows to volatilities.csv"};
    return {};
  }

  result operator()(const stock&) const {
    if (u.kind == asset_class::equity) return {};
    return problem{"product stock on the pair " + u.name, "a pair is no stock", "use fx_forward"};
  }
  result operator()(const fx_forward& t) const {
    if (u.kind != asset_class::fx)
      return problem{"fx_forward on " + u.name, "the underlying must be a currency pair", "use a pair such as EURUSD"};
    if (result p = expiry(t.expiry)) return p;
    return positive("strike", t.strike);
  }
  result operator()(const european_option& t) const { return option(t.strike, t.expiry); }
  result operator()(const american_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    const double time = m.time_to(t.expiry);
    const double rate = m.curves.at(u.currency).zero_rate(time);
    const double yield = u.kind == asset_class::fx ? m.curves.at(u.foreign).zero_rate(time) : u.dividend_yield;
    const double r = t.type == option_type::put ? rate : yield, q = t.type == option_type::put ? yield : rate;
    if (r < 0 && q < r)
      return problem{"American " + std::string(t.type == option_type::put ? "put" : "call") + " at rate " + number_text(rate) +
                         " and yield " + number_text(yield),
                     "both below 0 in the order that gives two exercise boundaries", "price it elsewhere"};
    return {};
  }
  result operator()(const digital_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    if (t.cash && !std::isfinite(*t.cash)) return problem{"payout " + number_text(*t.cash), "must be a number", "correct it"};
    return {};
  }
  result operator()(const barrier_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    if (result p = positive("barrier", t.barrier)) return p;
    if (!(t.rebate >= 0)) return problem{"rebate " + number_text(t.rebate), "must not be negative", "correct it"};
    if (t.up ? u.spot >= t.barrier : u.spot <= t.barrier)
      return problem{"barrier " + number_text(t.barrier) + " already touched", "the spot is " + number_text(u.spot),
                     t.knock_in ? "book the option that it has become" : "book its rebate as cash, or remove it"};
    if (!t.knock_in && t.rebate > 0) {
      const double time = m.time_to(t.expiry);
      const double sigma = volatility_at(*u.surface, time, t.strike), variance = sigma * sigma * time;
      const double log_discount = m.curves.at(u.currency).log_discount(time);
      const double log_carry = u.kind == asset_class::fx ? m.curves.at(u.foreign).log_discount(time) : -u.dividend_yield * time;
      const double mu = (log_carry - log_discount - 0.5 * variance) / variance;
      if (rebate_discriminant(mu, log_discount, variance) < 0)
        return problem{"rebate at hit under a rate of " + number_text(-log_discount / time),
                       "the closed form needs mu^2 + 2 r / sigma^2 >= 0", "leave the rebate out, or price it elsewhere"};
    }
    return {};
  }
  result operator()(const asian_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    if (t.fixings.empty()) return problem{"no fixings", "an Asian option averages over them", "fill the column fixings"};
    bool future = false;
    for (std::size_t i = 0; i < t.fixings.size(); ++i) {
      const asian_fixing_date& f = t.fixings[i];
      if (i > 0 && f.day <= t.fixings[i - 1].day)
        return problem{"fixing " + to_string(f.day) + " after " + to_string(t.fixings[i - 1].day), "dates must increase",
                       "sort them"};
      if (f.day < m.as_of && !f.value)
        return problem{"fixing " + to_string(f.day) + " without value",
                       "it lies before the valuation date " + to_string(m.as_of), "write " + to_string(f.day) + "=value"};
      if (f.day > m.as_of && f.value)
        return problem{"fixing " + to_string(f.day) + " with a value", "it lies after the valuation date " + to_string(m.as_of),
                       "remove the value"};
      if (f.value && !(*f.value > 0)) return problem{"fixing value " + number_text(*f.value), "must be above 0", "correct it"};
      future = future || !f.value;
    }
    if (t.fixings.back().day > t.expiry)
      return problem{"fixing " + to_string(t.fixings.back().day), "after expiry " + to_string(t.expiry),
                     "correct one of the two"};
    if (!future) return problem{"all fixings are known", "it is worth a fixed amount", "book that amount as cash"};
    return {};
  }
};

} // namespace

std::string product_name(const contract& terms) { return std::visit(product_namer{}, terms); }

std::optional<problem> find_problem(const trade& t, const market& m) {
  const auto u = m.underlyings.find(t.underlying);
  if (u == m.underlyings.end())
    return problem{"unknown underlying '" + t.underlying + "'", "not among the accepted rows of the market's underlyings",
                   "correct the name or add it there"};
  const underlying& s = u->second;
  for (const std::string& currency : {s.currency, s.kind == asset_class::fx ? s.foreign : s.currency})
    if (!m.curves.contains(currency) || !m.fx.contains(currency))
      return problem{"no curve or exchange rate for " + currency, "needed to value " + t.underlying, "add it to the market"};
  if (!(s.spot > 0) || !std::isfinite(s.spot))
    return problem{"spot " + number_text(s.spot), "must be above 0", "correct the market"};
  if (!std::isfinite(t.quantity)) return problem{"quantity", "must be a finite number", "correct it"};
  return std::visit(checker{m, u->second}, t.terms);
}

} // namespace dojima
