#include "pricing/products.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dojima/error.hpp"
#include "models/closed_form/asian_geometric.hpp"
#include "models/payoff/asian_price.hpp"
#include "models/payoff/asian_strike.hpp"
#include "models/payoff/autocallable.hpp"
#include "models/payoff/barrier.hpp"
#include "models/payoff/basket.hpp"
#include "models/payoff/chooser.hpp"
#include "models/payoff/cliquet.hpp"
#include "models/payoff/compound.hpp"
#include "models/payoff/digital.hpp"
#include "models/payoff/forward.hpp"
#include "models/payoff/forward_start.hpp"
#include "models/payoff/lookback.hpp"
#include "models/payoff/touch.hpp"
#include "models/payoff/vanilla.hpp"
#include "models/payoff/variance_swap.hpp"
#include "pricing/option_mean.hpp"
#include "pricing/recorded.hpp"

namespace dojima {
namespace {

using markets = std::span<const valuation>;

/// Makes forms of a payoff template: `numbers` gives its terms in one market.
template <class OnPath, class InNumbers, class Numbers, class... Arguments>
auto form_of(Numbers numbers, Arguments... arguments) {
  return [=](tape& on, markets all) -> std::unique_ptr<payoff> {
    std::vector<typename InNumbers::terms> terms;
    for (const valuation& v : all) terms.push_back(numbers(v));
    return std::make_unique<recorded<OnPath>>(
        parameters<typename OnPath::terms>(on, std::span<const typename InNumbers::terms>(terms)), arguments...);
  };
}
template <template <class> class Payoff, class Numbers, class... Arguments>
auto form_of(Numbers numbers, Arguments... arguments) {
  return form_of<Payoff<path_value>, Payoff<double>>(numbers, arguments...);
}

/// Fixings before, on and after the valuation date; one on the date is seen at the spot.
struct split_fixings {
  std::vector<double> past;
  std::vector<date> future;
  bool today = false; ///< the spot is the last of the past
};
split_fixings split(const std::vector<fixing_date>& fixings, const market& m) {
  split_fixings s;
  for (const fixing_date& f : fixings) {
    if (f.value) s.past.push_back(*f.value);
    else if (f.day <= m.as_of) s.today = true;
    else s.future.push_back(f.day);
  }
  return s;
}

/// A European option on the last price of schedule 0.
class last_price_option final : public payoff {
public:
  last_price_option(path_value strike, path_value sign) : option_({strike, sign}) {}
  std::vector<path_value*> state() override { return option_.state(); }
  void observe(int schedule, const observation& o) override {
    if (schedule == 0) option_.observe(schedule, o);
  }
  path_value value() const override { return option_.value(); }

private:
  payoffs::vanilla<path_value> option_;
};

/// An option on the geometric basket scale * S_1^a_1 ... S_n^a_n.
class geometric_basket final : public payoff {
public:
  geometric_basket(std::vector<path_value> powers, path_value log_scale, path_value strike, path_value sign)
      : powers_(std::move(powers)), log_scale_(log_scale), strike_(strike), sign_(sign), spots_(powers_.size(), 1.0) {}
  std::vector<path_value*> state() override {
    std::vector<path_value*> all;
    for (path_value& s : spots_) all.push_back(&s);
    return all;
  }
  void observe(int, const observation& o) override {
    for (std::size_t i = 0; i < spots_.size(); ++i) spots_[i] = o.spot(static_cast<int>(i));
  }
  path_value value() const override {
    path_value sum = log_scale_;
    for (std::size_t i = 0; i < spots_.size(); ++i) sum = sum + powers_[i] * log(spots_[i]);
    return max(sign_ * (exp(sum) - strike_), 0.0);
  }

private:
  std::vector<path_value> powers_;
  path_value log_scale_, strike_, sign_;
  std::vector<path_value> spots_;
};

struct path_maker {
  const trade& t;
  const market& m;
  std::string name = t.underlying;

  double sign(option_type type) const { return sign_of(type); }
  path_trade simple(date expiry, double strike) const {
    path_trade p;
    p.assets = {name};
    p.strike = strike;
    p.payment = expiry;
    p.schedules = {{{expiry}}};
    return p;
  }
  /// Whether ln S is normal, as the means of some controls say.
  bool is_lognormal() const { return is_lognormal(name); }
  bool is_lognormal(const std::string& asset) const {
    const underlying& u = m.underlyings.at(asset);
    return std::holds_alternative<black_scholes_model>(u.dynamics) && u.dividends.empty();
  }
  auto spot() const {
    return [n = name](const valuation& v) { return v.of(n).spot; };
  }
  /// The value at `payment` of one unit paid at a date.
  auto carried_to(date payment) const {
    return [n = name, payment](const valuation& v, double time, double) {
      const std::string& currency = v.currency_of(n);
      return std::vector{v.discount(currency, time) / v.discount(currency, v.time_to(payment))};
    };
  }
  /// The same for a payment at a touch, which is taken to happen in the middle of the step that ends at the date. Over steps of
  /// a week that is off by some 1e-5 of the payment.
  static constexpr double hit_step = 1.0 / 52;
  auto carried_from_hit(date payment) const {
    return [carried = carried_to(payment)](const valuation& v, double time, double start) {
      return carried(v, 0.5 * (start + time), start);
    };
  }
  /// The longest step over which a bridge holds: drift and variance are proportional within it, or a week, in which they nearly
  /// are. Where the volatility is the model's own, its steps are shorter.
  double bridge_step(date expiry, double strike) const {
    const underlying& u = m.underlyings.at(name);
    if (!std::holds_alternative<black_scholes_model>(u.dynamics)) return infinity;
    return seen_by(t, m).has_constants(u, m.time_to(expiry), strike) ? infinity : 1.0 / 52;
  }
  /// At all steps of the simulation, of `largest_step` years at most, or on the dates of `monitoring` where there are any.
  path_schedule watched(const std::vector<date>& monitoring, date expiry, double largest_step) const {
    path_schedule s;
    if (monitoring.empty()) { // counted from today, so that trades share them
      const std::chrono::days step{static_cast<int>(std::clamp(365 * largest_step, 1.0, 1e6))};
      for (date d = m.as_of + step; d < expiry; d += step) s.dates.push_back(d);
      s.dates.push_back(expiry);
      s.every_step = true;
    }
    for (const date d : monitoring)
      if (d > m.as_of) s.dates.push_back(d);
    return s;
  }

  /// Gives a trade the control of a European option on the last price of schedule 0, or, where no formula knows its mean, of
  /// that price itself.
  path_trade controlled(path_trade p, double strike, double sign) const {
    if (p.schedules[0].dates.empty()) return p;
    const underlying& u = m.underlyings.at(name);
    const date last = p.schedules[0].dates.back();
    option_mean mean = mean_of_option(u, last, strike, sign, p.strike);
    if (!mean) {
      strike = 0, sign = 1;
      mean = mean_of_option(u, last, strike, sign, p.strike);
    }
    if (!mean) return p;
    p.control = [=](tape& on, markets all) -> std::unique_ptr<payoff> {
      return std::make_unique<last_price_option>(on.parameter(std::vector(all.size(), strike)),
                                                 on.parameter(std::vector(all.size(), sign)));
    };
    p.control_mean = [mean](const valuation& v, std::span<const double>) { return mean(v); };
    p.control_name = strike > 0 ? "European option" : "forward";
    return p;
  }
  /// The price at the last date of schedule 0 as control, where Black-Scholes does not know the value itself.
  path_trade controlled_by_forward(path_trade p) const { return is_lognormal() ? p : controlled(std::move(p), 0, 1); }

  path_trade operator()(const stock&) const {
    path_trade p = simple(m.as_of + std::chrono::days{1}, 0);
    p.form = form_of<payoffs::forward>([](const valuation&) { return payoffs::forward<double>::terms{0}; });
    return p;
  }
  path_trade operator()(const fx_forward& c) const {
    path_trade p = simple(c.expiry, c.strike);
    p.form = form_of<payoffs::forward>([k = c.strike](const valuation&) { return payoffs::forward<double>::terms{k}; });
    return p;
  }
  path_trade operator()(const european_option& c) const {
    path_trade p = simple(c.expiry, c.strike);
    p.form = form_of<payoffs::vanilla>([k = c.strike, s = sign(c.type)](const valuation&) {
      return payoffs::vanilla<double>::terms{k, s};
    });
    return controlled_by_forward(p);
  }
  path_trade operator()(const american_option&) const {
    const underlying& u = m.underlyings.at(name);
    const std::string why = !std::holds_alternative<black_scholes_model>(u.dynamics)
                                ? name + " follows " + model_name(u.dynamics)
                            : !u.dividends.empty() ? name + " pays cash dividends"
                                                   : "";
    throw input_error("an American option cannot be simulated (exercise by regression is not built" +
                      (why.empty() ? "); leave its method automatic"
                                   : ", and " + why + "); its formula is for black_scholes with a dividend yield"));
  }
  path_trade operator()(const digital_option& c) const {
    path_trade p = simple(c.expiry, c.strike);
    const payoffs::digital<double>::terms terms{c.strike, sign(c.type), c.cash.value_or(0.0), c.cash ? 0.0 : 1.0};
    p.form = form_of<payoffs::digital>([terms](const valuation&) { return terms; });
    return controlled_by_forward(p);
  }
  path_trade operator()(const barrier_option& c) const {
    path_trade p = simple(c.expiry, c.strike);
    const payoffs::vanilla<double>::terms inner{c.strike, sign(c.type)};
    const auto how = c.knock_in ? payoffs::knock::in : c.rebate != 0 ? payoffs::knock::out_at_hit : payoffs::knock::out;
    p.schedules.push_back(
        watched(c.monitoring, c.expiry, how == payoffs::knock::out_at_hit ? hit_step : bridge_step(c.expiry, p.strike)));
    if (how == payoffs::knock::out_at_hit)
      p.schedules[1].numbers = c.monitoring.empty() ? path_numbers(carried_from_hit(c.expiry)) : carried_to(c.expiry);
    using payoffs::barrier, payoffs::vanilla;
    if (c.monitoring.empty()) {
      using in = barrier<double, vanilla<double>, payoffs::bridge_monitor<double>>;
      p.form = form_of<barrier<path_value, vanilla<path_value>, payoffs::bridge_monitor<path_value>>, in>(
          [=, s = spot()](const valuation& v) {
            return
                typename in::terms{inner, {c.barrier, std::max(std::log(c.barrier / s(v)) * (c.up ? 1 : -1), 0.0)}, c.rebate};
          },
          how, c.up);
    } else {
      using in = barrier<double, vanilla<double>, payoffs::date_monitor<double>>;
      p.form = form_of<barrier<path_value, vanilla<path_value>, payoffs::date_monitor<path_value>>, in>(
          [=](const valuation&) {
            return typename in::terms{inner, {c.barrier}, c.rebate};
          },
          how, c.up);
    }
    return controlled(p, c.strike, sign(c.type));
  }
  path_trade operator()(const double_barrier_option& c) const {
    path_trade p = simple(c.expiry, c.strike);
    // The monitor's images suffice, to 1e-10, where the variance of a step is below a third of the squared width.
    const double width = std::log(c.upper / c.lower);
    const double sigma = volatility_at(*m.underlyings.at(name).surface, m.time_to(c.expiry), c.strike);
    p.schedules.push_back(
        watched(c.monitoring, c.expiry, std::min(width * width / (3 * sigma * sigma), bridge_step(c.expiry, p.strike))));
    const payoffs::vanilla<double>::terms inner{c.strike, sign(c.type)};
    const auto how = c.knock_in ? payoffs::knock::in : payoffs::knock::out;
    using payoffs::barrier, payoffs::vanilla;
    if (c.monitoring.empty()) {
      using in = barrier<double, vanilla<double>, payoffs::double_bridge_monitor<double>>;
      p.form = form_of<barrier<path_value, vanilla<path_value>, payoffs::double_bridge_monitor<path_value>>, in>(
          [=, s = spot()](const valuation& v) {
            return typename in::terms{inner, {c.lower, std::log(c.upper / c.lower), std::log(s(v) / c.lower)}, c.rebate};
          },
          how);
    } else {
      using in = barrier<double, vanilla<double>, payoffs::double_date_monitor<double>>;
      p.form = form_of<barrier<path_value, vanilla<path_value>, payoffs::double_date_monitor<path_value>>, in>(
          [=](const valuation&) {
            return typename in::terms{inner, {c.lower, c.upper}, c.rebate};
          },
          how);
    }
    return controlled(p, c.strike, sign(c.type));
  }
  path_trade operator()(const touch_option& c) const {
    path_trade p = simple(c.expiry, c.barrier);
    const auto when = c.no_touch ? payoffs::touched::never : c.at_hit ? payoffs::touched::at_hit : payoffs::touched::at_end;
    p.schedules = {watched(c.monitoring, c.expiry, c.at_hit ? hit_step : bridge_step(c.expiry, p.strike))};
    if (when == payoffs::touched::at_hit)
      p.schedules[0].numbers = c.monitoring.empty() ? path_numbers(carried_from_hit(c.expiry)) : carried_to(c.expiry);
    if (c.monitoring.empty()) {
      using in = payoffs::touch<double, payoffs::bridge_monitor<double>>;
      p.form = form_of<payoffs::touch<path_value, payoffs::bridge_monitor<path_value>>, in>(
          [=, s = spot()](const valuation& v) {
            return typename in::terms{c.cash, {c.barrier, std::max(std::log(c.barrier / s(v)) * (c.up ? 1 : -1), 0.0)}};
          },
          when, c.up);
    } else {
      using in = payoffs::touch<double, payoffs::date_monitor<double>>;
      p.form = form_of<payoffs::touch<path_value, payoffs::date_monitor<path_value>>, in>(
          [=](const valuation&) {
            return typename in::terms{c.cash, {c.barrier}};
          },
          when, c.up);
    }
    return p;
  }
  path_trade operator()(const asian_option& c) const {
    path_trade p = simple(c.expiry, c.strike);
    const split_fixings f = split(c.fixings, m);
    const double inverse = 1.0 / static_cast<double>(c.fixings.size());
    const auto past_sum = [=, s = spot()](const valuation& v, averaging kind) {
      const auto part = [kind](double x) { return kind == averaging::geometric ? std::log(x) : x; };
      double sum = f.today ? part(s(v)) : 0.0;
      for (const double x : f.past) sum += part(x);
      return sum;
    };
    const auto kind = c.mean == averaging::geometric ? payoffs::mean::geometric : payoffs::mean::arithmetic;
    if (c.average_strike) {
      p.schedules.push_back({f.future});
      p.form = form_of<payoffs::asian_strike>(
          [=, s = sign(c.type)](const valuation& v) {
            return payoffs::asian_strike<double>::terms{s, past_sum(v, c.mean), inverse};
          },
          kind);
      return p;
    }
    p.schedules = {{f.future}};
    const auto terms = [=, s = sign(c.type)](averaging mean) {
      return [=](const valuation& v) { return payoffs::asian_price<double>::terms{c.strike, s, past_sum(v, mean), inverse}; };
    };
    p.form = form_of<payoffs::asian_price>(terms(c.mean), kind);
    if (c.mean == averaging::arithmetic && !f.future.empty() && is_lognormal()) {
      p.control = form_of<payoffs::asian_price>(terms(averaging::geometric), payoffs::mean::geometric);
      p.control_name = "geometric average";
      // ln G is normal: the mean and variance of the sum of the fixings' logarithms (Kemna and Vorst 1990).
      p.control_mean = [=, n = name, s = sign(c.type)](const valuation& v, std::span<const double>) {
        const underlying& u = v.of(n);
        double mean = past_sum(v, averaging::geometric), variance = 0, before = 0;
        for (std::size_t i = 0; i < f.future.size(); ++i) {
          const double time = v.time_to(f.future[i]), w = v.variance(u, time, c.strike);
          const double rest = static_cast<double>(f.future.size() - i);
          mean += std::log(u.spot) + v.growth(u, time) - 0.5 * w;
          variance += (w - before) * rest * rest;
          before = w;
        }
        return asian_geometric_value(mean * inverse, std::sqrt(variance) * inverse, 1.0, c.strike, 1.0, s);
      };
    } else if (!f.future.empty() && m.underlyings.at(name).dividends.empty()) {
      p.control = form_of<payoffs::asian_price>(
          [=](const valuation& v) {
            return payoffs::asian_price<double>::terms{0.0, 1.0, past_sum(v, averaging::arithmetic), inverse};
          },
          payoffs::mean::arithmetic);
      p.control_name = "average";
      p.control_mean = [=, n = name](const valuation& v, std::span<const double>) {
        double sum = past_sum(v, averaging::arithmetic);
        for (const date d : f.future) sum += v.forward(v.of(n), v.time_to(d));
        return sum * inverse;
      };
    }
    return p;
  }
  path_trade operator()(const lookback_option& c) const {
    path_trade p = simple(c.expiry, c.strike.value_or(0.0));
    const split_fixings f = split(c.fixings, m);
    const bool call = c.type == option_type::call, highest = c.strike ? call : !call;
    const auto how = c.continuous ? payoffs::monitoring::shifted : payoffs::monitoring::at_dates;
    const path_schedule dates = c.continuous ? watched({}, c.expiry, 1.0 / 365) : path_schedule{f.future};
    const auto past = [=, today = f.today || c.continuous, s = spot()](const valuation& v) {
      double x = highest ? 0.0 : infinity;
      for (const double seen : f.past) x = highest ? std::max(x, seen) : std::min(x, seen);
      return !today ? x : highest ? std::max(x, s(v)) : std::min(x, s(v));
    };
    if (c.strike) {
      p.schedules = {dates};
      p.form = form_of<payoffs::fixed_lookback>(
          [=](const valuation& v) {
            return payoffs::fixed_lookback<double>::terms{*c.strike, past(v)};
          },
          call, how);
    } else {
      p.schedules.push_back(dates);
      p.form = form_of<payoffs::floating_lookback>(
          [=](const valuation& v) {
            return payoffs::floating_lookback<double>::terms{past(v), 1.0};
          },
          call, how);
    }
    return controlled(p, c.strike.value_or(m.underlyings.at(name).spot), sign(c.type));
  }
  path_trade operator()(const basket_option& c) const {
    path_trade p = simple(c.expiry, 0);
    p.assets = underlyings_of(t);
    const auto how = c.kind == basket_kind::sum    ? payoffs::blend::sum
                     : c.kind == basket_kind::best ? payoffs::blend::best
                                                   : payoffs::blend::worst;
    payoffs::basket<double>::terms terms{c.strike, sign(c.type), {}};
    for (std::size_t i = 0; i < c.components.size(); ++i) terms.weights[i] = c.components[i].weight;
    p.form = form_of<payoffs::basket>([terms](const valuation&) { return terms; }, static_cast<int>(p.assets.size()), how);
    const bool positive = std::ranges::all_of(c.components, [](const basket_component& k) { return k.weight > 0; });
    const bool lognormal = std::ranges::all_of(p.assets, [&](const std::string& n) { return is_lognormal(n); });
    return c.kind == basket_kind::sum && c.strike > 0 && positive && lognormal ? controlled_by_geometric_basket(p, c) : p;
  }
  /// The geometric basket with the same forward, each asset to the power of its part in it: ln of it is normal (Gentle 1993,
  /// "Basket weaving", Risk 6).
  static path_trade controlled_by_geometric_basket(path_trade p, const basket_option& c) {
    struct parts {
      std::vector<double> powers;
      double log_forward, log_scale;
    };
    const auto parts_in = [c](const valuation& v) {
      parts all;
      double sum = 0;
      for (const basket_component& k : c.components) {
        const underlying& u = v.of(k.underlying);
        all.powers.push_back(k.weight * v.forward(u, v.time_to(c.expiry)));
        sum += all.powers.back();
      }
      all.log_scale = all.log_forward = std::log(sum);
      for (std::size_t i = 0; i < all.powers.size(); ++i) {
        all.log_scale -= all.powers[i] / sum * std::log(all.powers[i] / c.components[i].weight);
        all.powers[i] /= sum;
      }
      return all;
    };
    p.control = [=, n = c.components.size()](tape& on, markets all) -> std::unique_ptr<payoff> {
      std::vector<std::vector<double>> powers(n);
      std::vector<double> scales;
      for (const valuation& v : all) {
        const parts found = parts_in(v);
        for (std::size_t i = 0; i < n; ++i) powers[i].push_back(found.powers[i]);
        scales.push_back(found.log_scale);
      }
      std::vector<path_value> on_path;
      for (const auto& of_asset : powers) on_path.push_back(on.parameter(of_asset));
      return std::make_unique<geometric_basket>(on_path, on.parameter(scales), on.parameter(std::vector(all.size(), c.strike)),
                                                on.parameter(std::vector(all.size(), sign_of(c.type))));
    };
    p.control_name = "geometric basket";
    p.control_mean = [=](const valuation& v, std::span<const double> steps) {
      const std::size_t n = c.components.size();
      const double expiry = v.time_to(c.expiry);
      const parts found = parts_in(v);
      double mean = found.log_forward, variance = 0;
      std::vector<double> before(n, 0.0), step(n);
      for (const double t : steps) {
        if (t > expiry) break;
        for (std::size_t i = 0; i < n; ++i) {
          const underlying& u = v.of(c.components[i].underlying);
          const double w = std::max(v.variance(u, t, u.spot), before[i]);
          step[i] = w - before[i];
          before[i] = w;
          mean -= 0.5 * found.powers[i] * step[i];
        }
        for (std::size_t i = 0; i < n; ++i)
          for (std::size_t j = 0; j < n; ++j)
            variance += found.powers[i] * found.powers[j] *
                        v.correlation(c.components[i].underlying, c.components[j].underlying) * std::sqrt(step[i] * step[j]);
      }
      return asian_geometric_value(mean, std::sqrt(variance), 1.0, c.strike, 1.0, sign_of(c.type));
    };
    return p;
  }
  path_trade operator()(const cliquet_option& c) const {
    path_trade p = simple(c.resets.back().day, 0);
    split_fixings f = split(c.resets, m);
    double past = 0;
    for (std::size_t i = 1; i < f.past.size(); ++i)
      past += std::min(std::max(f.past[i] / f.past[i - 1] - 1, c.local_floor), c.local_cap);
    std::vector<date> ends = f.future;
    p.schedules.clear();
    const bool begun = !f.past.empty() || f.today;
    if (!begun) ends.erase(ends.begin());
    p.schedules.push_back({ends});
    if (!begun) p.schedules.push_back({{f.future.front()}});
    p.form = form_of<payoffs::cliquet>([=, s = spot()](const valuation& v) {
      double sum = past, last = f.past.empty() ? s(v) : f.past.back();
      if (f.today && !f.past.empty()) sum += std::min(std::max(s(v) / last - 1, c.local_floor), c.local_cap);
      if (f.today) last = s(v);
      return payoffs::cliquet<double>::terms{1.0, c.local_floor, c.local_cap, c.global_floor, c.global_cap, sum, last};
    });
    return p;
  }
  path_trade operator()(const forward_start_option& c) const {
    path_trade p = simple(c.expiry, 0);
    const bool begun = c.reset.value || c.reset.day <= m.as_of;
    if (!begun) p.schedules.push_back({{c.reset.day}});
    p.form = form_of<payoffs::forward_start>(
        [=, s = spot(), sign = sign(c.type)](const valuation& v) {
          return payoffs::forward_start<double>::terms{c.moneyness, sign, c.reset.value.value_or(s(v))};
        },
        c.performance);
    return controlled(p, c.moneyness * c.reset.value.value_or(m.underlyings.at(name).spot), sign(c.type));
  }
  /// Terms that are forwards of the spot know no cash dividends.
  void refuse_dividends() const {
    if (!m.underlyings.at(name).dividends.empty())
      throw input_error(product_name(t.terms) + " on " + name +
                        " with cash dividends (its terms are forwards by the yield); use a yield");
  }
  void only_black_scholes(const std::string& what) const {
    if (const model& followed = m.underlyings.at(name).dynamics; !std::holds_alternative<black_scholes_model>(followed))
      throw input_error(what + " under " + model_name(followed) + "; use black_scholes");
  }
  path_trade complex_chooser(const chooser_option& c) const {
    only_black_scholes("a chooser of two options (they are valued by Black-Scholes)");
    path_trade p = simple(c.choice, c.strike);
    p.volatilities = {{c.strike, c.expiry}, {c.put_strike.value_or(c.strike), c.put_expiry.value_or(c.expiry)}};
    p.form = form_of<payoffs::complex_chooser>([c, n = name](const valuation& v) {
      const underlying& u = v.of(n);
      const double chosen = v.time_to(c.choice);
      const auto leg = [&](double strike, date expiry) {
        const double t = v.time_to(expiry), rest = v.variance(u, t, strike) - v.variance(u, chosen, strike);
        return std::array{strike, std::exp(v.growth(u, t) - v.growth(u, chosen)),
                          v.discount(v.currency_of(n), t) / v.discount(v.currency_of(n), chosen),
                          std::sqrt(std::max(rest, 1e-16))};
      };
      const auto call = leg(c.strike, c.expiry);
      const auto put = leg(c.put_strike.value_or(c.strike), c.put_expiry.value_or(c.expiry));
      return payoffs::complex_chooser<double>::terms{call[0], call[1], call[2], call[3], put[0], put[1], put[2], put[3]};
    });
    return p;
  }
  path_trade operator()(const chooser_option& c) const {
    refuse_dividends();
    if (c.put_strike || c.put_expiry) return complex_chooser(c);
    path_trade p = simple(c.expiry, c.strike);
    p.schedules.push_back({{c.choice}});
    p.form = form_of<payoffs::simple_chooser>([=, n = name](const valuation& v) {
      const underlying& u = v.of(n);
      return payoffs::simple_chooser<double>::terms{
          c.strike, std::exp(v.growth(u, v.time_to(c.expiry)) - v.growth(u, v.time_to(c.choice)))};
    });
    return controlled(p, c.strike, m.underlyings.at(name).spot > c.strike ? 1 : -1);
  }
  path_trade operator()(const compound_option& c) const {
    refuse_dividends();
    only_black_scholes("a compound option (its inner one is valued by Black-Scholes)");
    path_trade p = simple(c.expiry, c.inner_strike);
    p.volatilities = {{c.inner_strike, c.inner_expiry}};
    p.form = form_of<payoffs::compound>([=, n = name, so = sign(c.type), si = sign(c.inner_type)](const valuation& v) {
      const underlying& u = v.of(n);
      const double t1 = v.time_to(c.expiry), t2 = v.time_to(c.inner_expiry);
      const double rest = v.variance(u, t2, c.inner_strike) - v.variance(u, t1, c.inner_strike);
      return payoffs::compound<double>::terms{c.strike,
                                              so,
                                              c.inner_strike,
                                              si,
                                              std::exp(v.growth(u, t2) - v.growth(u, t1)),
                                              v.discount(v.currency_of(n), t2) / v.discount(v.currency_of(n), t1),
                                              std::sqrt(std::max(rest, 1e-16))};
    });
    return controlled(p, c.inner_strike, sign(c.type) * sign(c.inner_type));
  }
  path_trade operator()(const variance_swap& c) const {
    path_trade p = simple(c.fixings.back().day, 0);
    const split_fixings f = split(c.fixings, m);
    double past = 0;
    for (std::size_t i = 1; i < f.past.size(); ++i) past += std::pow(std::log(f.past[i] / f.past[i - 1]), 2);
    const bool begun = !f.past.empty() || f.today;
    std::vector<date> ends = f.future;
    if (!begun) ends.erase(ends.begin());
    p.schedules = {{ends}};
    if (!begun) p.schedules.push_back({{f.future.front()}});
    const double annual = c.annual_factor / static_cast<double>(c.fixings.size() - 1);
    p.form = form_of<payoffs::variance_swap>(
        [=, s = spot()](const valuation& v) {
          double sum = past, last = f.past.empty() ? s(v) : f.past.back();
          if (f.today && !f.past.empty()) sum += std::pow(std::log(s(v) / last), 2);
          if (f.today) last = s(v);
          return payoffs::variance_swap<double>::terms{1.0, c.strike, annual, sum, last};
        },
        c.volatility ? payoffs::realised::volatility : payoffs::realised::variance);
    return p;
  }
  path_trade operator()(const autocallable_note& c) const {
    path_trade p = simple(c.observations.back(), 0);
    p.assets = underlyings_of(t);
    p.schedules = {{c.observations, false, carried_to(c.observations.back())}, {{c.observations.back()}}};
    payoffs::autocallable<double>::terms terms{1.0,          c.coupon, c.coupon_barrier, c.call_level,
                                               c.protection, c.missed, infinity,         {}};
    for (std::size_t i = 0; i < c.components.size(); ++i) terms.inverse_reference[i] = 1.0 / c.components[i].weight;
    p.form = form_of<payoffs::autocallable>([terms](const valuation&) { return terms; }, static_cast<int>(p.assets.size()),
                                            c.memory, payoffs::protection::at_maturity);
    return p;
  }
  path_trade operator()(const custom_option& c) const {
    path_trade p = simple(c.expiry, 0);
    p.assets = underlyings_of(t);
    p.schedules.clear();
    for (const auto& dates : c.schedules)
      p.schedules.push_back({dates, false, c.carried ? carried_to(c.expiry) : path_numbers{}});
    p.form = [make = c.make](tape& on, markets all) {
      on.set_scenarios(all.size());
      return make();
    };
    return p;
  }
};

} // namespace

date last_date(const path_trade& t) {
  date last{};
  for (const path_schedule& s : t.schedules)
    for (const date d : s.dates) last = std::max(last, d);
  return last;
}

path_trade on_paths(const trade& t, const market& m) {
  path_trade p = std::visit(path_maker{t, m}, t.terms);
  if (t.paid) p.paid = t.paid->currency;
  check_variances(p, {part_of(m, p.assets, p.paid), 0, p.paid});
  return p;
}

void check_variances(const path_trade& t, const valuation& v) {
  const double last = v.time_to(last_date(t));
  for (const std::string& name : t.assets) {
    const underlying& u = v.of(name);
    if (!std::holds_alternative<black_scholes_model>(u.dynamics)) continue;
    v.refuse_falling_variance(u, t.strike > 0 ? t.strike : u.spot, last);
    for (const auto& [strike, end] : t.volatilities) v.refuse_falling_variance(u, strike, v.time_to(end));
    if (t.paid.empty()) continue;
    const underlying& pair = *pair_between(v.m, u.currency, t.paid);
    for (const underlying* one : {&u, &pair}) v.refuse_falling_variance(*one, one->spot, last);
  }
}

} // namespace dojima
