#include "validation/accuracy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "pricing/valuation.hpp"
#include "validation/tables/bias.hpp"

namespace dojima {
namespace {

constexpr double ulp = std::numeric_limits<double>::epsilon();

/// A volatility to measure with: the market's, or where it has none, that of the model today.
struct usual_volatility {
  double spot;
  double operator()(const black_scholes_model&) const { return 1; }
  double operator()(const local_volatility_model& m) const { return m.values.front()[m.values.front().size() / 2]; }
  double operator()(const heston_model& m) const { return std::sqrt(m.v0); }
  double operator()(const bates_model& m) const { return (*this)(m.diffusion); }
  double operator()(const merton_model& m) const { return m.volatility; }
  double operator()(const kou_model& m) const { return m.volatility; }
  double operator()(const cev_model& m) const { return m.sigma * std::pow(spot, m.beta - 1); }
  double operator()(const sabr_model& m) const { return m.alpha * std::pow(spot, m.beta - 1); }
  double operator()(const rough_bergomi_model& m) const { return std::sqrt(m.xi); }
};

/// A trade in its market, per unit and in the currency of its underlying.
struct terms_of {
  const trade& t;
  valuation v;
  const underlying& u;
  terms_of(const trade& of, const market& m) : t(of), v(seen_by(of, m)), u(v.of(of.underlying)) {}

  double units() const { return std::abs(units_of(t, v)); }
  double volatility(date day, double strike) const {
    return u.surface ? volatility_at(*u.surface, v.time_to(day), strike) : std::visit(usual_volatility{u.spot}, u.dynamics);
  }
  double deviation(date day, double strike) const {
    return volatility(day, strike) * std::sqrt(std::max(v.time_to(day), 1.0 / 365));
  }
};

/// Rounding of the closed forms of `price`.
struct formula_rounding {
  const terms_of& in;

  double prepaid(date day) const { return in.v.forward(in.u, in.v.time_to(day)) * cash(day); }
  double cash(date day) const { return in.v.discount(in.v.currency_of(in.u.name), in.v.time_to(day)); }
  /// Of amounts that sum up to `amount`, at a logarithmic distance x with deviation v and exponents up to p.
  static double of(double amount, double x, double v, double p = 0) {
    return ulp * amount * (20 + 2 * std::abs(p) + 2 * (1 + std::abs(x)) / v);
  }
  double of_option(double amount, date expiry, double strike) const {
    const double distance = std::log(in.v.forward(in.u, in.v.time_to(expiry)) / strike);
    return of(amount, distance, in.deviation(expiry, strike));
  }

  double operator()(const stock&) const { return of(in.u.spot, 0, infinity); }
  double operator()(const fx_forward& c) const { return of(prepaid(c.expiry) + c.strike * cash(c.expiry), 0, infinity); }
  double operator()(const european_option& c) const {
    return of_option(prepaid(c.expiry) + c.strike * cash(c.expiry), c.expiry, c.strike);
  }
  double operator()(const digital_option& c) const {
    return of_option(c.cash ? *c.cash * cash(c.expiry) : prepaid(c.expiry), c.expiry, c.strike);
  }
  // Four terms of two legs and twice the rebate; powers (H / S)^(2 mu) with mu = (r - q) / sigma^2 +- 1/2.
  double operator()(const barrier_option& c) const {
    const double v = in.deviation(c.expiry, c.strike), h = std::log(c.barrier / in.u.spot);
    const double mu = std::abs(in.v.growth(in.u, in.v.time_to(c.expiry))) / (v * v) + 1;
    const double x = 2 * std::abs(h) + std::abs(std::log(in.u.spot / c.strike));
    return of(4 * (prepaid(c.expiry) + c.strike * cash(c.expiry)) + 2 * c.rebate, x, v, 2 * mu * h);
  }
  double operator()(const american_option& c) const {
    return of_option(prepaid(c.expiry) + c.strike * cash(c.expiry), c.expiry, c.strike);
  }
  double operator()(const asian_option& c) const { // decided: forwards of the fixings and the strike
    return of(in.u.spot + c.strike, 0, infinity);
  }
  template <class Simulated> double operator()(const Simulated&) const { return 0; }

  static constexpr double infinity = std::numeric_limits<double>::infinity();
};

/// Bias of European options at the process' own steps, in parts of the spot.
struct stated_bias {
  double spot, time;
  double operator()(const black_scholes_model&) const { return 0; }
  double operator()(const merton_model&) const { return 0; }
  double operator()(const local_volatility_model&) const { return local_volatility_bias; }
  double operator()(const heston_model& m) const {
    return m.with == heston_model::scheme::qe_m ? heston_bias : heston_euler_bias;
  }
  double operator()(const bates_model& m) const { return (*this)(m.diffusion); }
  double operator()(const kou_model& m) const { // each jump within 1e-4 of a jump's mean
    return 1e-4 * m.intensity * time * (m.p / m.up + (1 - m.p) / m.down);
  }
  double operator()(const cev_model&) const { return cev_bias; }
  double operator()(const sabr_model& m) const { return sabr_bias(m, spot, time); }
  double operator()(const rough_bergomi_model&) const { return at_the_money * rough_bergomi_bias * std::sqrt(time); }

  /// An option at the money is worth about this times S sigma sqrt(T).
  static constexpr double at_the_money = 0.4;
};

/// What a payoff pays: in proportion to the move of the spot, and in full as soon as a level is passed.
struct amounts {
  double smooth = 0, jump = 0;
};

struct amounts_paid {
  const terms_of& in;
  double spot() const { return in.u.spot; }

  amounts operator()(const stock&) const { return {}; }
  amounts operator()(const fx_forward&) const { return {}; }
  amounts operator()(const european_option&) const { return {spot()}; }
  amounts operator()(const american_option&) const { return {spot()}; }
  amounts operator()(const digital_option& c) const { return {0, c.cash.value_or(spot())}; }
  amounts operator()(const barrier_option& c) const {
    return {spot(), std::max(std::max(sign_of(c.type) * (c.barrier - c.strike), 0.0), c.rebate)};
  }
  amounts operator()(const double_barrier_option& c) const {
    const double edge = std::max(sign_of(c.type) * (c.upper - c.strike), sign_of(c.type) * (c.lower - c.strike));
    return {spot(), std::max(edge, c.rebate)};
  }
  amounts operator()(const touch_option& c) const { return {0, c.cash}; }
  amounts operator()(const asian_option&) const { return {spot()}; }
  amounts operator()(const lookback_option&) const { return {spot()}; }
  amounts operator()(const basket_option& c) const {
    double sum = 0;
    for (const basket_component& part : c.components) sum += std::abs(part.weight) * in.v.of(part.underlying).spot;
    return {sum};
  }
  amounts operator()(const cliquet_option& c) const { return {static_cast<double>(c.resets.size())}; }
  amounts operator()(const forward_start_option& c) const { return {c.performance ? 1 : spot()}; }
  amounts operator()(const chooser_option&) const { return {2 * spot()}; }
  amounts operator()(const compound_option&) const { return {spot()}; }
  // A bias b of options at the money is one of volatility, b / (0.4 sqrt(T)), and of variance 2 sigma times that.
  amounts operator()(const variance_swap& c) const {
    const date last = c.fixings.back().day;
    const double root_time = std::sqrt(std::max(in.v.time_to(last), 1.0 / 365));
    return {(c.volatility ? 1 : 2 * in.volatility(last, spot())) / (stated_bias::at_the_money * root_time)};
  }
  amounts operator()(const autocallable_note& c) const {
    return {1, 1 + c.coupon * static_cast<double>(c.observations.size())};
  }
  amounts operator()(const custom_option&) const { return {spot()}; }
};

date last_day(const contract& terms, date otherwise) {
  return std::visit(
      [&]<class T>(const T& c) {
        if constexpr (requires { c.expiry; }) return c.expiry;
        else if constexpr (requires { c.fixings; }) return c.fixings.back().day;
        else if constexpr (requires { c.resets; }) return c.resets.back().day;
        else if constexpr (requires { c.observations; }) return c.observations.back();
        else return otherwise;
      },
      terms);
}

/// Of what is watched at all times, the strike at which it takes its volatility.
std::optional<double> watched_at_all_times(const contract& terms) {
  return std::visit(
      []<class T>(const T& c) -> std::optional<double> {
        if constexpr (requires { c.monitoring; }) {
          if (!c.monitoring.empty()) return {};
          if constexpr (requires { c.strike; }) return c.strike;
          else return c.barrier;
        }
        return {};
      },
      terms);
}

/// A payment at a touch at all times is taken to happen in the middle of a week.
double paid_at_hit(const contract& terms) {
  constexpr double off = 1e-5;
  if (!watched_at_all_times(terms)) return 0;
  if (const auto* c = std::get_if<touch_option>(&terms)) return c->at_hit ? off * c->cash : 0;
  if (const auto* c = std::get_if<barrier_option>(&terms)) return !c->knock_in ? off * c->rebate : 0;
  return 0;
}

/// What the Brownian bridge between two steps is off by, of what is paid at a level: its variance moves with the spot, jumps
/// that come together are seen as one, rates and volatilities change within a week.
struct bridge_bias {
  const terms_of& in;
  double time, strike;
  double operator()(const black_scholes_model&) const { return in.v.has_constants(in.u, time, strike) ? 0 : 1e-4; }
  double operator()(const local_volatility_model&) const { return 2e-3; }
  double operator()(const cev_model&) const { return 0; }
  double operator()(const merton_model& m) const { return jumps(m.intensity); }
  double operator()(const kou_model& m) const { return jumps(m.intensity); }
  double operator()(const bates_model& m) const { return 3e-3 + jumps(m.intensity); }
  template <class OwnVariance> double operator()(const OwnVariance&) const { return 3e-3; }

  double jumps(double intensity) const { return std::max(1e-3, 1e-4 * intensity); }
};

} // namespace

double rounding_error(const trade& t, const market& m) {
  const terms_of in(t, m);
  return in.units() * std::visit(formula_rounding{in}, t.terms);
}

double formula_error(const trade& t, const market& m) {
  const auto* american = std::get_if<american_option>(&t.terms);
  if (american == nullptr) return rounding_error(t, m);
  const terms_of in(t, m);
  const double time = in.v.time_to(american->expiry), rate = -std::log(in.v.discount(in.u.currency, time)) / time;
  const bool usual = in.volatility(american->expiry, american->strike) >= 0.1 && std::abs(rate) <= 0.08 && time <= 3;
  return in.units() * in.u.spot * (usual ? 6e-5 : 4.6e-4);
}

double simulation_bias(const trade& t, const market& m) {
  const terms_of in(t, m);
  if (std::holds_alternative<stock>(t.terms)) // simulated to tomorrow, whose dividend it loses
    return in.units() * in.u.spot * std::abs(m.log_carry(in.u, 1.0 / 365));
  double worst = paid_at_hit(t.terms);
  const date last = last_day(t.terms, m.as_of);
  if (const auto* c = std::get_if<lookback_option>(&t.terms); c != nullptr && c->continuous) { // watched daily
    const double time = in.v.time_to(last), days = 365 * time, deviation = in.deviation(last, in.u.spot);
    worst += shifted_extreme_bias(deviation * deviation / days, in.v.growth(in.u, time) / days) * in.u.spot;
  }
  const amounts paid = std::visit(amounts_paid{in}, t.terms);
  const double bias = std::visit(stated_bias{in.u.spot, in.v.time_to(last)}, in.u.dynamics);
  if (const auto strike = watched_at_all_times(t.terms))
    worst += std::visit(bridge_bias{in, in.v.time_to(last), *strike}, in.u.dynamics) * paid.jump;
  if (bias > 0) worst += bias * (paid.smooth + (paid.jump > 0 ? paid.jump / in.deviation(last, in.u.spot) : 0));
  return in.units() * worst;
}

double rare_error(const trade& t, const market& m, double value, double paths) {
  const terms_of in(t, m);
  const amounts paid = std::visit(amounts_paid{in}, t.terms);
  return std::sqrt(std::abs(value) * in.units() * std::max(paid.smooth, paid.jump) / paths);
}

} // namespace dojima
