// Trades by the formulas of models/closed_form, one at a time, from the market as it is.
#include <algorithm>
#include <cmath>
#include <limits>

#include "dojima/error.hpp"
#include "dojima/validation/validate.hpp"
#include "models/closed_form/cev.hpp"
#include "models/closed_form/chooser.hpp"
#include "models/closed_form/compound.hpp"
#include "models/closed_form/double_barrier.hpp"
#include "models/closed_form/exchange.hpp"
#include "models/closed_form/forward_start.hpp"
#include "models/closed_form/geometric_average.hpp"
#include "models/closed_form/heston.hpp"
#include "models/closed_form/one_touch.hpp"
#include "models/closed_form/rainbow.hpp"
#include "models/closed_form/variance_swap.hpp"
#include "pricing/valuation.hpp"
#include "validation/accuracy.hpp"

namespace dojima {
namespace {

[[noreturn]] void none(const std::string& why) { throw input_error("no closed form (" + why + ")"); }

/// A value per unit, and how far its formula may be off, in the currency of the underlying.
struct found {
  double value, error = 0;
  std::string formula;
};

heston_parameters parameters(const heston_model& m) { return {m.v0, m.kappa, m.theta, m.sigma, m.rho}; }
lognormal_jumps jumps(double intensity, double mean, double deviation) { return {intensity, mean, deviation}; }

/// European options under each model.
struct european_formula {
  double growth, forward, strike, time, discount, sign, sigma;

  double of_legs(double part) const { return part * discount * (forward + strike); }
  /// Errors as fourier.hpp states them.
  found integral(double value, const char* name) const { return {value, 1e-12 * value + of_legs(1e-14), name}; }

  found operator()(const black_scholes_model&) const {
    return {black_value(forward, strike, std::log(forward / strike), sigma * std::sqrt(time), discount, sign), 0,
            "Black and Scholes 1973"};
  }
  found operator()(const heston_model& m) const {
    return integral(heston_european(parameters(m), forward, strike, time, discount, sign), "Heston 1993");
  }
  found operator()(const bates_model& m) const {
    return integral(bates_european(parameters(m.diffusion), jumps(m.intensity, m.jump_mean, m.jump_deviation), forward, strike,
                                   time, discount, sign),
                    "Bates 1996");
  }
  found operator()(const merton_model& m) const {
    const double value =
        merton_european(m.volatility, jumps(m.intensity, m.jump_mean, m.jump_deviation), forward, strike, time, discount, sign);
    return {value, 1e-13 * value + of_legs(1e-14), "Merton 1976"};
  }
  found operator()(const kou_model& m) const {
    const double_exponential_jumps j{m.intensity, m.p, m.up, m.down};
    return integral(kou_european(m.volatility, j, forward, strike, time, discount, sign), "Kou 2002");
  }
  found operator()(const cev_model& m) const {
    if (m.beta == 1) none("CEV with beta = 1 is Black-Scholes");
    return {cev_european(m.sigma, m.beta, growth, forward, strike, time, discount, sign), of_legs(1e-13), "Schroder 1989"};
  }
  template <class Other> found operator()(const Other& m) const { none("European options under " + model_name(m)); }
};

struct formula {
  const trade& t;
  const market& m;
  valuation v = seen_by(t, m);
  const underlying& u = v.of(t.underlying);

  double time(date day) const { return v.time_to(day); }
  double discount(date day) const { return v.discount(v.currency_of(u.name), time(day)); }
  double forward(date day) const { return v.forward(u, time(day)); }

  void need_black_scholes(const underlying& one) const {
    if (!std::holds_alternative<black_scholes_model>(one.dynamics))
      none(product_name(t.terms) + " under " + model_name(one.dynamics));
    if (!one.dividends.empty()) none("cash dividends");
  }
  /// Rates, yields and volatility to `last` where they do not depend on time or strike.
  lognormal_asset constant(date last) const {
    need_black_scholes(u);
    const auto* flat = std::get_if<flat_volatility>(&*u.surface);
    if (flat == nullptr) none(product_name(t.terms) + " with a volatility that changes");
    const double years = time(last), rate = -std::log(discount(last)) / years, growth = v.growth(u, years) / years;
    for (const double part : {0.25, 0.5, 0.75}) {
      const double apart = std::abs(v.growth(u, part * years) - part * years * growth) +
                           std::abs(std::log(v.discount(v.currency_of(u.name), part * years)) + part * years * rate);
      if (apart > 1e-12) none(product_name(t.terms) + " with rates that change");
    }
    return {u.spot, rate, rate - growth, flat->value};
  }
  double largest(double strike) const { return u.spot + strike; }

  found operator()(const stock&) const { return {u.spot, 0, "spot"}; }
  found operator()(const fx_forward& c) const { return {discount(c.expiry) * (forward(c.expiry) - c.strike), 0, "forward"}; }
  found operator()(const european_option& c) const {
    if (!u.dividends.empty()) none("cash dividends");
    const double years = time(c.expiry);
    return std::visit(european_formula{v.growth(u, years) / years, forward(c.expiry), c.strike, years, discount(c.expiry),
                                       sign_of(c.type), volatility_at(*u.surface, years, c.strike)},
                      u.dynamics);
  }
  found operator()(const digital_option& c) const {
    need_black_scholes(u);
    const double f = forward(c.expiry), years = time(c.expiry);
    const double deviation = volatility_at(*u.surface, years, c.strike) * std::sqrt(years);
    return {discount(c.expiry) * c.cash.value_or(f) *
                digital_probability(std::log(f / c.strike), deviation, sign_of(c.type), !c.cash),
            0, "Reiner and Rubinstein 1991"};
  }
  found operator()(const barrier_option& c) const {
    if (!c.monitoring.empty()) none("a barrier that is watched on dates");
    need_black_scholes(u);
    const double years = time(c.expiry), deviation = volatility_at(*u.surface, years, c.strike) * std::sqrt(years);
    if (!v.has_constants(u, years, c.strike)) none("a barrier under rates or a volatility that change");
    const barrier_contract kind = make_barrier_contract(sign_of(c.type), c.up, c.knock_in, c.strike, c.barrier, c.rebate);
    return {barrier_value(kind, u.spot, forward(c.expiry), discount(c.expiry), deviation), 0, "Reiner and Rubinstein 1991"};
  }
  found operator()(const double_barrier_option& c) const {
    if (!c.monitoring.empty()) none("barriers that are watched on dates");
    const lognormal_asset a = constant(c.expiry);
    const double years = time(c.expiry), sign = sign_of(c.type);
    const double out = double_knock_out_value(a, c.strike, c.lower, c.upper, years, sign);
    const double untouched = c.rebate != 0 ? double_no_touch_value(a, c.lower, c.upper, years) : 0;
    const double value = c.knock_in ? a.vanilla(c.strike, years, sign) - out + c.rebate * untouched
                                    : out + c.rebate * (a.discount(years) - untouched);
    return {value, 1e-13 * (largest(c.strike) + c.rebate), "Ikeda and Kunitomo 1992"};
  }
  found operator()(const touch_option& c) const {
    if (!c.monitoring.empty()) none("a barrier that is watched on dates");
    const lognormal_asset a = constant(c.expiry);
    const double years = time(c.expiry);
    const double one = c.no_touch ? no_touch_value(a, c.barrier, years, c.up, false)
                       : c.at_hit ? one_touch_at_hit_value(a, c.barrier, years, c.up)
                                  : one_touch_at_expiry_value(a, c.barrier, years, c.up, false);
    return {c.cash * one, 1e-13 * c.cash, "Reiner and Rubinstein 1991"};
  }
  found operator()(const asian_option& c) const {
    if (c.mean != averaging::geometric) none("arithmetic averages");
    const lognormal_asset a = constant(c.expiry);
    std::vector<double> times;
    for (const fixing_date& f : c.fixings) {
      if (f.value || f.day <= m.as_of) none("fixings that are past");
      times.push_back(time(f.day));
    }
    const geometric_average g = average_over(a, times);
    const double sign = sign_of(c.type);
    return {c.average_strike ? average_strike_value(a, g, time(c.expiry), sign)
                             : average_price_value(a, g, c.strike, time(c.expiry), sign),
            1e-13 * largest(c.strike), "Kemna and Vorst 1990"};
  }
  found operator()(const basket_option& c) const {
    if (c.components.size() != 2 || c.components[0].underlying == c.components[1].underlying) none("baskets but of two assets");
    lognormal_pair pair{};
    const double years = time(c.expiry);
    const auto one = [&](int i) {
      const underlying& part = v.of(c.components[static_cast<std::size_t>(i)].underlying);
      need_black_scholes(part);
      const double weight = std::abs(c.components[static_cast<std::size_t>(i)].weight);
      return std::pair(weight * v.forward(part, years), std::sqrt(v.variance(part, years, part.spot)));
    };
    std::tie(pair.forward_1, pair.deviation_1) = one(0);
    std::tie(pair.forward_2, pair.deviation_2) = one(1);
    const auto names = std::minmax(c.components[0].underlying, c.components[1].underlying);
    const auto known = m.correlations.find({names.first, names.second});
    if (known == m.correlations.end()) none("a correlation is missing");
    pair.correlation = known->second;
    const double df = discount(c.expiry), first = c.components[0].weight, second = c.components[1].weight;
    const double error = 1e-13 * (pair.forward_1 + pair.forward_2 + c.strike);
    if (c.kind == basket_kind::sum) {
      if (c.strike != 0 || first * second >= 0) none("sums but differences without a strike");
      if ((first > 0) != (c.type == option_type::call)) {
        std::swap(pair.forward_1, pair.forward_2);
        std::swap(pair.deviation_1, pair.deviation_2);
      }
      return {exchange_value(pair, df), error, "Margrabe 1978"};
    }
    if (first <= 0 || second <= 0 || c.strike <= 0) none("weights or strikes that are not positive");
    return {rainbow_value(pair, c.strike, df, c.kind == basket_kind::best, sign_of(c.type)), error, "Stulz 1982"};
  }
  found operator()(const forward_start_option& c) const {
    if (c.reset.value || c.reset.day <= m.as_of) none("resets that are past");
    const lognormal_asset a = constant(c.expiry);
    const double reset = time(c.reset.day), years = time(c.expiry), sign = sign_of(c.type);
    return {c.performance ? forward_performance_value(a, c.moneyness, reset, years, sign)
                          : forward_start_value(a, c.moneyness, reset, years, sign),
            1e-13 * (c.performance ? 1 : u.spot) * (1 + c.moneyness), "Rubinstein 1991"};
  }
  found operator()(const chooser_option& c) const {
    const date put = c.put_expiry.value_or(c.expiry);
    const lognormal_asset a = constant(std::max(c.expiry, put));
    const double strike = c.put_strike.value_or(c.strike);
    return {chooser_value(a, time(c.choice), c.strike, time(c.expiry), strike, time(put)),
            1e-13 * largest(std::max(c.strike, strike)), "Rubinstein 1991"};
  }
  found operator()(const compound_option& c) const {
    const lognormal_asset a = constant(c.inner_expiry);
    return {compound_value(a, c.strike, time(c.expiry), sign_of(c.type), c.inner_strike, time(c.inner_expiry),
                           sign_of(c.inner_type)),
            1e-13 * largest(c.inner_strike + c.strike), "Geske 1979"};
  }
  found operator()(const variance_swap& c) const {
    if (c.volatility) none("volatility swaps");
    double variance = 0, before = 0;
    const auto* heston = std::get_if<heston_model>(&u.dynamics);
    if (heston == nullptr) need_black_scholes(u);
    const bool flat = heston != nullptr || std::holds_alternative<flat_volatility>(*u.surface);
    if (!flat) none("variance swaps on a volatility that changes");
    std::vector<double> times;
    for (const fixing_date& f : c.fixings) {
      if (f.value || f.day < m.as_of) none("fixings that are past");
      times.push_back(time(f.day));
    }
    const double paid = discount(c.fixings.back().day), periods = static_cast<double>(times.size() - 1);
    if (heston != nullptr) {
      if (times.front() != 0) none("variance swaps that have not begun");
      for (std::size_t i = 1; i < times.size(); ++i)
        if (std::abs(times[i] - times[1] * static_cast<double>(i)) > 1e-12) none("periods that are not equal");
      const double years = times.back(), growth = v.growth(u, years) / years;
      variance = heston_fair_variance(parameters(*heston), growth, years, static_cast<int>(times.size()) - 1) * years;
    } else {
      const double sigma = std::get<flat_volatility>(*u.surface).value;
      before = times.front();
      for (std::size_t i = 1; i < times.size(); ++i) {
        const double w = sigma * sigma * (times[i] - before);
        const double drift = v.growth(u, times[i]) - v.growth(u, before) - 0.5 * w;
        variance += w + drift * drift;
        before = times[i];
      }
    }
    return {paid * (c.annual_factor * variance / periods - c.strike), 1e-12 * (c.annual_factor * variance / periods + c.strike),
            heston != nullptr ? "Broadie and Jain 2008" : "moments of the steps"};
  }
  template <class Other> found operator()(const Other& c) const { none(product_name(c)); }
};

} // namespace

reference_road closed_forms() {
  return {"closed form", [](trade t, const market& m) {
            t.terms = after_touch(t.terms);
            const formula f{t, m};
            const found value = std::visit(f, t.terms);
            const double units = units_of(t, f.v);
            road_value road{"closed form", units * value.value};
            road.uncertainty = std::abs(units) * value.error;
            road.method = value.formula;
            return road;
          }};
}

} // namespace dojima
