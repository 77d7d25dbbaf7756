#include "dojima/quantlib/references.hpp"

#include <ql/errors.hpp>
#include <ql/settings.hpp>
#include <ql/version.hpp>

#include <chrono>
#include <cmath>

#include "quantlib/reference_roads.hpp"

namespace dojima::quantlib {
namespace {

/// Contracts whose value is a European or American one, or needs no model.
struct vanilla_visitor {
  const valued_trade& p;
  const asset& a = p.a;
  using result = std::optional<reference>;

  result operator()(const european_option& c) const { return european_value(a, {c.type, c.strike, c.expiry}); }
  result operator()(const american_option& c) const { return american_value(a, c); }
  result operator()(const digital_option& c) const {
    result r = european_value(
        a, {c.type, c.strike, c.expiry, c.cash ? european_terms::cash_or_nothing : european_terms::asset_or_nothing});
    if (r && c.cash) r->value *= *c.cash, r->error *= std::abs(*c.cash);
    return r;
  }
  template <class Other> result operator()(const Other&) const {
    return a.under<black_scholes_model>() ? exotic_value(p) : std::nullopt;
  }
};

std::optional<reference> without_model(const valued_trade& p) {
  if (std::holds_alternative<stock>(p.t.terms)) return reference{p.a.u.spot, "spot"};
  if (const auto* f = std::get_if<fx_forward>(&p.t.terms)) {
    const double time = p.a.time(f->expiry);
    return reference{p.a.u.spot * p.a.yields->discount(time) - f->strike * p.a.rates->discount(time), "discount factors"};
  }
  return {};
}

} // namespace

double volatility_strike(const contract& terms) {
  return std::visit(
      []<class Terms>(const Terms& c) -> double {
        if constexpr (std::is_same_v<Terms, compound_option>) return c.inner_strike;
        else if constexpr (std::is_same_v<Terms, touch_option>) return c.barrier;
        else if constexpr (std::is_same_v<Terms, lookback_option>) return c.strike.value_or(0);
        else if constexpr (std::is_same_v<Terms, basket_option> || std::is_same_v<Terms, variance_swap>) return 0;
        else if constexpr (requires { c.strike; }) return c.strike;
        else return 0;
      },
      terms);
}

std::optional<reference> by_engine(const valued_trade& p) {
  if (!p.a.u.dividends.empty()) return {};
  try {
    std::optional<reference> r = std::visit(vanilla_visitor{p}, p.t.terms);
    if (r && !std::isfinite(r->value)) r.reset(); // as of AnalyticCompoundOptionEngine for calls on puts
    return r;
  } catch (const ql::Error&) { // outside of its formula's range
    return {};
  }
}

reference reference_value(const trade& given, const market& m, const reference_settings& settings) {
  const auto begin = std::chrono::steady_clock::now();
  trade t = given;
  t.terms = after_touch(given.terms);
  if (const auto p = find_problem(given, m)) throw input_error(t.id + ": " + p->what + " (" + p->why + "); " + p->suggestion);
  if (m.elapsed != 0)
    throw no_reference("QuantLib " QL_VERSION " cannot value a market within its day (it counts whole days); set elapsed to 0");
  const ql::SavedSettings restore_at_end;
  ql::Settings::instance().evaluationDate() = ql_date(m.as_of);
  if (t.paid) throw no_reference("no engine of QuantLib " QL_VERSION " is adapted to quantos");
  if (const auto* c = std::get_if<chooser_option>(&t.terms); c != nullptr && (c->put_strike || c->put_expiry))
    throw no_reference("no engine of QuantLib " QL_VERSION " is adapted to choosers of two options");
  const underlying& u = m.underlyings.at(t.underlying);
  const valued_trade p{t, m, settings, asset(m, u, volatility_strike(t.terms))};
  const auto none = [&](const std::string& why) {
    return no_reference("QuantLib " QL_VERSION " has no engine for " + product_name(t.terms) + " under " +
                        model_name(u.dynamics) + " (" + why + ")");
  };
  reference r;
  try {
    if (const auto exact = without_model(p)) r = *exact;
    else if (!u.dividends.empty() && !p.a.under<black_scholes_model>())
      throw no_reference("the model's spot pays no cash dividends");
    else if (const auto engine = by_engine(p)) r = *engine;
    else if (const auto grid = by_finite_differences(p)) r = *grid;
    else r = by_monte_carlo(p);
  } catch (const no_reference& problem) {
    throw none(problem.what());
  } catch (const ql::Error& problem) {
    throw none(problem.what());
  }
  const double scale = t.quantity * m.fx.at(u.currency);
  r.value *= scale;
  r.error *= std::abs(scale);
  r.standard_error *= std::abs(scale);
  r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return r;
}

} // namespace dojima::quantlib
