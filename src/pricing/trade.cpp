#include "dojima/pricing/trade.hpp"

#include <algorithm>
#include <cmath>
#include <set>

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
  std::string operator()(const double_barrier_option&) const { return "double_barrier"; }
  std::string operator()(const touch_option& t) const { return t.no_touch ? "no_touch" : "one_touch"; }
  std::string operator()(const lookback_option&) const { return "lookback"; }
  std::string operator()(const basket_option&) const { return "basket"; }
  std::string operator()(const cliquet_option&) const { return "cliquet"; }
  std::string operator()(const forward_start_option&) const { return "forward_start"; }
  std::string operator()(const chooser_option&) const { return "chooser"; }
  std::string operator()(const compound_option&) const { return "compound"; }
  std::string operator()(const variance_swap& t) const { return t.volatility ? "volatility_swap" : "variance_swap"; }
  std::string operator()(const autocallable_note&) const { return "autocallable"; }
  std::string operator()(const custom_option& t) const { return t.name; }
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
    const double yield = -m.log_carry(u, time) / time;
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
    if (result p = increasing(t.monitoring, t.expiry)) return p;
    if (result p = not_beyond(t, "barrier " + number_text(t.barrier), t.up ? u.spot >= t.barrier : u.spot <= t.barrier))
      return p;
    if (!t.knock_in && t.rebate > 0 && !t.touched && t.monitoring.empty()) {
      const double time = m.time_to(t.expiry);
      const double sigma = volatility_at(*u.surface, time, t.strike), variance = sigma * sigma * time;
      const double log_discount = m.curves.at(u.currency).log_discount(time);
      const double log_carry = m.log_carry(u, time);
      const double mu = (log_carry - log_discount - 0.5 * variance) / variance;
      if (rebate_discriminant(mu, log_discount, variance) < 0)
        return problem{"rebate at hit under a rate of " + number_text(-log_discount / time),
                       "the closed form needs mu^2 + 2 r / sigma^2 >= 0", "leave the rebate out, or price it elsewhere"};
    }
    return {};
  }
  /// A barrier that the spot is beyond has been touched where it is watched now.
  result not_beyond(const auto& t, const std::string& barrier, bool beyond) const {
    const bool watched = t.monitoring.empty() || std::ranges::find(t.monitoring, m.as_of) != t.monitoring.end();
    if (!beyond || !watched || t.touched) return {};
    return problem{barrier + " already touched", "it is watched today and the spot is " + number_text(u.spot),
                   "set touched, or correct it"};
  }
  /// A price is known up to the valuation date, and not after it.
  result fixing(const fixing_date& f, const std::string& what) const {
    if (f.day < m.as_of && !f.value)
      return problem{what + " " + to_string(f.day) + " without value",
                     "it lies before the valuation date " + to_string(m.as_of), "write " + to_string(f.day) + "=value"};
    if (f.day > m.as_of && f.value)
      return problem{what + " " + to_string(f.day) + " with a value", "it lies after the valuation date " + to_string(m.as_of),
                     "remove the value"};
    if (f.value && !(*f.value > 0 && std::isfinite(*f.value)))
      return problem{what + " value " + number_text(*f.value), "must be above 0", "correct it"};
    return {};
  }
  /// Fixings in order, with values up to the valuation date and none after it, one still to come.
  result fixings(const std::vector<fixing_date>& list, date expiry) const {
    if (list.empty()) return problem{"no fixings", "the payoff observes on them", "fill the column fixings"};
    bool future = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const fixing_date& f = list[i];
      if (i > 0 && f.day <= list[i - 1].day)
        return problem{"fixing " + to_string(f.day) + " after " + to_string(list[i - 1].day), "dates must increase",
                       "sort them"};
      if (result p = fixing(f, "fixing")) return p;
      future = future || !f.value;
    }
    if (list.back().day > expiry)
      return problem{"fixing " + to_string(list.back().day), "after expiry " + to_string(expiry), "correct one of the two"};
    if (!future) return problem{"all fixings are known", "it is worth a fixed amount", "book that amount as cash"};
    return {};
  }
  result increasing(const std::vector<date>& dates, date expiry) const {
    for (std::size_t i = 0; i < dates.size(); ++i) {
      if (i > 0 && dates[i] <= dates[i - 1])
        return problem{"date " + to_string(dates[i]) + " after " + to_string(dates[i - 1]), "dates must increase", "sort them"};
      if (dates[i] > expiry)
        return problem{"date " + to_string(dates[i]), "after expiry " + to_string(expiry), "correct one of the two"};
    }
    return {};
  }
  result has_volatility() const {
    if (u.surface || !std::holds_alternative<black_scholes_model>(u.dynamics)) return {};
    return problem{"no volatility for " + u.name, "options need one", "add rows to volatilities.csv"};
  }
  result components(const std::vector<basket_component>& list) const {
    if (list.empty() || list.size() > 64)
      return problem{std::to_string(list.size()) + " components", "between 1 and 64 can be simulated", "split the trade"};
    std::set<std::string> seen;
    for (const basket_component& c : list) {
      if (!seen.insert(c.underlying).second)
        return problem{c.underlying + " stands twice", "sensitivities to it would count double", "name each underlying once"};
      const auto other = m.underlyings.find(c.underlying);
      if (other == m.underlyings.end())
        return problem{"unknown underlying '" + c.underlying + "'", "not in the market", "correct the name or add it there"};
      if (other->second.currency != u.currency)
        return problem{c.underlying + " is quoted in " + other->second.currency, "the others in " + u.currency,
                       "use components of one currency"};
      if (!std::isfinite(c.weight)) return problem{"weight of " + c.underlying, "must be a number", "correct it"};
      if (result p = checker{m, other->second}.has_volatility()) return p;
    }
    return {};
  }

  result operator()(const asian_option& t) const {
    if (result p = t.average_strike ? expiry(t.expiry) : option(t.strike, t.expiry)) return p;
    return fixings(t.fixings, t.expiry);
  }
  result operator()(const double_barrier_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    if (result p = positive("lower barrier", t.lower)) return p;
    if (!(t.upper > t.lower) || !std::isfinite(t.upper))
      return problem{"upper barrier " + number_text(t.upper), "must be above the lower " + number_text(t.lower),
                     "correct them"};
    if (!(t.rebate >= 0 && std::isfinite(t.rebate)))
      return problem{"rebate " + number_text(t.rebate), "must not be negative", "correct it"};
    if (result p = increasing(t.monitoring, t.expiry)) return p;
    return not_beyond(t, "a barrier is", u.spot <= t.lower || u.spot >= t.upper);
  }
  result operator()(const touch_option& t) const {
    if (result p = expiry(t.expiry)) return p;
    if (result p = has_volatility()) return p;
    if (result p = positive("barrier", t.barrier)) return p;
    if (!std::isfinite(t.cash)) return problem{"cash", "must be a number", "correct it"};
    if (t.no_touch && t.at_hit) return problem{"no_touch paid at hit", "what is never touched has no hit", "pay at expiry"};
    if (result p = increasing(t.monitoring, t.expiry)) return p;
    return not_beyond(t, "barrier " + number_text(t.barrier), t.up ? u.spot >= t.barrier : u.spot <= t.barrier);
  }
  result operator()(const lookback_option& t) const {
    if (result p = expiry(t.expiry)) return p;
    if (result p = has_volatility()) return p;
    if (t.strike)
      if (result p = positive("strike", *t.strike)) return p;
    if (!t.continuous) return fixings(t.fixings, t.expiry);
    for (const fixing_date& f : t.fixings)
      if (f.day > m.as_of || !f.value || !(*f.value > 0))
        return problem{"fixing " + to_string(f.day) + " of a lookback watched at all times",
                       "must be a price above 0 seen by " + to_string(m.as_of), "give what was seen, or nothing"};
    return {};
  }
  result operator()(const basket_option& t) const {
    if (result p = expiry(t.expiry)) return p;
    if (!std::isfinite(t.strike)) return problem{"strike", "must be a number", "correct it"};
    return components(t.components);
  }
  result operator()(const cliquet_option& t) const {
    if (t.resets.size() < 2) return problem{"fewer than two resets", "a period has two ends", "add resets"};
    if (!(t.local_floor <= t.local_cap) || !(t.global_floor <= t.global_cap))
      return problem{"a floor above its cap", "nothing lies between them", "correct them"};
    if (result p = has_volatility()) return p;
    return fixings(t.resets, t.resets.back().day);
  }
  result operator()(const forward_start_option& t) const {
    if (result p = expiry(t.expiry)) return p;
    if (result p = positive("moneyness", t.moneyness)) return p;
    if (result p = has_volatility()) return p;
    if (t.reset.day >= t.expiry)
      return problem{"reset " + to_string(t.reset.day), "not before expiry " + to_string(t.expiry), "correct one of the two"};
    return fixing(t.reset, "reset");
  }
  result operator()(const chooser_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    if (result p = option(t.put_strike.value_or(t.strike), t.put_expiry.value_or(t.expiry))) return p;
    if (t.choice <= m.as_of || t.choice >= std::min(t.expiry, t.put_expiry.value_or(t.expiry)))
      return problem{"choice date " + to_string(t.choice), "must lie between today and expiry", "correct it"};
    return {};
  }
  result operator()(const compound_option& t) const {
    if (result p = option(t.strike, t.expiry)) return p;
    if (result p = positive("inner strike", t.inner_strike)) return p;
    if (t.inner_expiry <= t.expiry)
      return problem{"inner expiry " + to_string(t.inner_expiry), "not after expiry " + to_string(t.expiry),
                     "correct one of the two"};
    return {};
  }
  result operator()(const variance_swap& t) const {
    if (t.fixings.size() < 2) return problem{"fewer than two fixings", "a return has two ends", "add fixings"};
    if (result p = positive("annual factor", t.annual_factor)) return p;
    if (result p = has_volatility()) return p;
    return fixings(t.fixings, t.fixings.back().day);
  }
  result operator()(const autocallable_note& t) const {
    if (t.observations.empty()) return problem{"no observations", "a note observes its assets", "add dates"};
    if (result p = expiry(t.observations.front())) return p;
    if (result p = increasing(t.observations, t.observations.back())) return p;
    if (!(t.missed >= 0)) return problem{"missed " + number_text(t.missed), "must not be negative", "correct it"};
    for (const basket_component& c : t.components)
      if (!(c.weight > 0)) return problem{"reference " + number_text(c.weight), "must be above 0", "correct it"};
    return components(t.components);
  }
  result operator()(const custom_option& t) const {
    if (result p = expiry(t.expiry)) return p;
    if (!t.make) return problem{"payoff '" + t.name + "' without make", "there is nothing to follow", "set it"};
    if (t.seen_until && *t.seen_until > m.as_of)
      return problem{"price seen on " + to_string(*t.seen_until), "it lies after the valuation date " + to_string(m.as_of),
                     "remove it"};
    std::vector<basket_component> list;
    for (const std::string& name : t.underlyings) list.push_back({name, 1.0});
    if (result p = components(list)) return p;
    for (const auto& dates : t.schedules) {
      if (result p = increasing(dates, t.expiry)) return p;
      if (!dates.empty() && dates.front() <= m.as_of)
        return problem{"date " + to_string(dates.front()) + " of payoff '" + t.name + "' is not ahead",
                       "the valuation date is " + to_string(m.as_of), "make the payoff with what was seen on it"};
    }
    return {};
  }
};

/// Why a trade cannot be paid in the currency that it names.
result payment_problem(const trade& t, const market& m) {
  const std::string& to = t.paid->currency;
  if (!m.curves.contains(to) || !m.fx.contains(to))
    return problem{"no curve or exchange rate for " + to, "it is paid in that", "add it to the market"};
  if (!(t.paid->rate > 0) || !std::isfinite(t.paid->rate))
    return problem{"rate of payment " + number_text(t.paid->rate), "must be above 0", "correct it"};
  for (const std::string& name : underlyings_of(t)) {
    const auto found = m.underlyings.find(name);
    if (found == m.underlyings.end()) continue; // its components say so
    const underlying& u = found->second;
    if (u.currency == to) return problem{"paid in " + to, name + " is quoted in it", "leave the currency of payment out"};
    if (!std::holds_alternative<black_scholes_model>(u.dynamics))
      return problem{"paid in " + to + " under " + model_name(u.dynamics), "the drift of a quanto is that of Black-Scholes",
                     "use black_scholes for " + name};
    const underlying* pair = pair_between(m, u.currency, to);
    if (pair == nullptr || !pair->surface)
      return problem{"no volatility of " + u.currency + " in " + to, "the drift of a quanto needs it",
                     "add the pair and its volatility to the market"};
    const auto [first, second] = std::minmax(name, pair->name);
    if (!m.correlations.contains({first, second}))
      return problem{"no correlation of " + name + " and " + pair->name, "the drift of a quanto needs it",
                     "add it to the market"};
  }
  return {};
}

} // namespace

const underlying* pair_between(const market& m, const std::string& a, const std::string& b) {
  for (const auto& [name, u] : m.underlyings)
    if ((u.foreign == a && u.currency == b) || (u.foreign == b && u.currency == a)) return &u;
  return nullptr;
}

contract after_touch(const contract& terms) {
  constexpr double beyond_all = 1e100;
  const auto sure = [](double cash, date day) { return digital_option{option_type::put, beyond_all, day, cash}; };
  if (const auto* b = std::get_if<barrier_option>(&terms); b != nullptr && b->touched)
    return b->knock_in ? contract(european_option{b->type, b->strike, b->expiry}) : sure(0, b->expiry);
  if (const auto* b = std::get_if<double_barrier_option>(&terms); b != nullptr && b->touched)
    return b->knock_in ? contract(european_option{b->type, b->strike, b->expiry}) : sure(b->rebate, b->expiry);
  if (const auto* t = std::get_if<touch_option>(&terms); t != nullptr && t->touched)
    return sure(t->no_touch || t->at_hit ? 0 : t->cash, t->expiry);
  return terms;
}

std::vector<std::string> underlyings_of(const trade& t) {
  const auto names = [](const std::vector<basket_component>& components) {
    std::vector<std::string> all;
    for (const basket_component& c : components) all.push_back(c.underlying);
    return all;
  };
  if (const auto* b = std::get_if<basket_option>(&t.terms)) return names(b->components);
  if (const auto* n = std::get_if<autocallable_note>(&t.terms)) return names(n->components);
  if (const auto* c = std::get_if<custom_option>(&t.terms)) return c->underlyings;
  return {t.underlying};
}

bool has_revaluation(const contract& terms) {
  const auto touched = [](const auto& c) {
    if constexpr (requires { c.touched; }) return c.touched;
    else return false;
  };
  if (std::visit(touched, terms)) return true;
  if (const auto* b = std::get_if<barrier_option>(&terms)) return b->monitoring.empty();
  if (const auto* a = std::get_if<asian_option>(&terms)) return a->mean == averaging::arithmetic && !a->average_strike;
  return terms.index() < 7;
}

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
  if (t.paid)
    if (result p = payment_problem(t, m)) return p;
  return std::visit(checker{m, u->second}, t.terms);
}

} // namespace dojima
