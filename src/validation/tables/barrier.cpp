// Options and digitals with one or two barriers.
#include <cmath>

#include "models/closed_form/barrier.hpp"
#include "models/closed_form/binary_barrier.hpp"
#include "models/closed_form/double_barrier.hpp"
#include "models/closed_form/one_touch.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

const std::string& barrier_type(const reference_row& r) {
  return r.one_of("barrier_type", {"up_in", "up_out", "down_in", "down_out"});
}
constexpr const char* touched_today = "the barrier is touched today: no contract is left";
bool touched(double spot, double barrier, bool up) { return up ? spot >= barrier : spot <= barrier; }

/// Rounding of a formula that reflects at a barrier, for one unit of size.
double reflection_noise(const lognormal_asset& a, double barrier) {
  const double power = (a.rate - a.yield) / (a.volatility * a.volatility) * std::log(barrier / a.spot);
  return 1e-15 * (1 + std::abs(power));
}
/// Whether what is paid at hit has a real closed form; rates below zero can break it.
bool pays_at_hit_in_closed_form(const lognormal_asset& a) {
  const double m = a.log_mean(1), variance = a.volatility * a.volatility;
  return m * m + 2 * a.rate * variance >= 0;
}

row_value barrier_continuous(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), barrier = r.positive("barrier"), rebate = r.number("rebate");
  const double time = r.positive("maturity");
  const std::string& type = barrier_type(r);
  const bool up = type.starts_with("up"), in = type.ends_with("in");
  row_value v;
  if (in || rebate == 0 || pays_at_hit_in_closed_form(asset)) {
    const auto terms = make_barrier_contract(r.sign(), up, in, strike, barrier, rebate);
    const auto price = [&](const lognormal_asset& a, double elapsed) {
      const double left = time - elapsed;
      return barrier_value(terms, a.spot, a.forward(left), a.discount(left), a.deviation(left));
    };
    const double d1 = std::log(asset.forward(time) / strike) / asset.deviation(time);
    const double noise = reflection_noise(asset, barrier) * (asset.spot + strike + rebate);
    v.formula = of_asset(r, asset, price, noise, time, d1, std::abs(asset.spot - barrier));
    if (r.quantity() == "price") v.formula->uncertainty *= 100;
  }
  if (r.quantity() == "price")
    v.trade = [=, &r] {
      if (touched(asset.spot, barrier, up)) throw not_valued{touched_today};
      const calendar c(time);
      return position{c.stock(r), barrier_option{r.type(), strike, c.day(time), up, in, barrier, rebate}};
    };
  else if (!v.formula) throw not_valued{"a rebate at hit has no closed form at this rate"};
  return v;
}

std::vector<double> monitored(const reference_row& r) {
  return dates_to(r.positive("maturity"), r.count("monitoring_dates", 1, 10'000));
}

row_value barrier_discrete(const reference_row& r) {
  require_price(r);
  const std::string& type = barrier_type(r);
  const double strike = r.positive("strike"), barrier = r.positive("barrier");
  const auto times = monitored(r);
  row_value v;
  v.trade = [=, &r] {
    const calendar c(times);
    return position{c.stock(r), barrier_option{r.type(), strike, c.day(times.back()), type.starts_with("up"),
                                               type.ends_with("in"), barrier, 0, c.days(times)}};
  };
  return v;
}

struct corridor {
  double low, high;
  bool holds(double spot) const { return spot > low && spot < high; }
  double room(double spot) const { return std::min(std::abs(spot - low), std::abs(high - spot)); }
};
corridor corridor_of(const reference_row& r) {
  const corridor c{r.positive("barrier_low"), r.positive("barrier_high")};
  if (!(c.low < c.high))
    throw problem{"barrier_low = " + r["barrier_low"], "must be below barrier_high", "are they exchanged?"};
  return c;
}

row_value double_barrier(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("maturity"), sign = r.sign();
  const bool in = r.is("barrier_type", "knock_in", "knock_out");
  const corridor range = corridor_of(r);
  std::vector<double> times;
  if (r.has("monitoring_dates")) times = monitored(r);
  row_value v;
  if (times.empty()) {
    const auto price = [&](const lognormal_asset& a, double elapsed) {
      const double left = time - elapsed;
      const double out = range.holds(a.spot) ? double_knock_out_value(a, strike, range.low, range.high, left, sign) : 0;
      return in ? a.vanilla(strike, left, sign) - out : out;
    };
    const double noise = reflection_noise(asset, range.low) + reflection_noise(asset, range.high);
    v.formula = of_asset(r, asset, price, noise * (asset.spot + strike), time, 0, range.room(asset.spot));
    if (r.quantity() == "price") v.formula->uncertainty *= 100;
  }
  if (r.quantity() == "price")
    v.trade = [=, &r] {
      if (times.empty() && !range.holds(asset.spot)) throw not_valued{touched_today};
      const calendar c(times.empty() ? std::vector{time} : times);
      return position{c.stock(r),
                      double_barrier_option{r.type(), strike, c.day(time), in, range.low, range.high, 0, c.days(times)}};
    };
  else if (!v.formula) throw not_valued{"quantity " + r.quantity()};
  return v;
}

// Cash that is paid unless a barrier is touched is the rebate of a worthless option that is knocked in, and the other way
// round.
row_value double_no_touch(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double time = r.positive("maturity"), cash = r.number("cash");
  const bool in = r.is("barrier_type", "knock_in", "knock_out");
  const corridor range = corridor_of(r);
  const auto price = [&](const lognormal_asset& a, double elapsed) {
    const double left = time - elapsed;
    const double out = range.holds(a.spot) ? double_no_touch_value(a, range.low, range.high, left) : 0;
    return cash * (in ? a.discount(left) - out : out);
  };
  const double noise = reflection_noise(asset, range.low) + reflection_noise(asset, range.high);
  row_value v{of_asset(r, asset, price, noise * std::abs(cash), time, 0, range.room(asset.spot))};
  if (r.quantity() != "price") return v;
  v.formula->uncertainty *= 100;
  v.trade = [=, &r] {
    if (!range.holds(asset.spot)) throw not_valued{touched_today};
    const calendar c(time);
    return position{c.stock(r), double_barrier_option{option_type::put, 1e-9, c.day(time), !in, range.low, range.high, cash}};
  };
  return v;
}

// An asset is paid at the touch as its barrier in cash, and at expiry by a call without strike.
row_value one_touch(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double barrier = r.positive("barrier"), time = r.positive("maturity");
  const bool up = r.is("direction", "up", "down"), pays_asset = r.is("payoff", "asset", "cash");
  const bool touch = r.is("knock", "touch", "no_touch"), at_hit = r.is("settlement", "at_hit", "at_expiry");
  const double cash = pays_asset ? 1 : r.number("cash"), scale = pays_asset ? asset.spot + barrier : std::abs(cash);
  if (at_hit && !touch) throw problem{"settlement = at_hit", "a no_touch pays when none was hit", "write at_expiry"};
  row_value v;
  if (!at_hit || pays_at_hit_in_closed_form(asset)) {
    const auto price = [&](const lognormal_asset& a, double elapsed) {
      const double left = time - elapsed;
      if (at_hit) {
        const double amount = pays_asset ? (touched(a.spot, barrier, up) ? a.spot : barrier) : cash;
        return amount * one_touch_at_hit_value(a, barrier, left, up);
      }
      return cash * (touch ? one_touch_at_expiry_value : no_touch_value)(a, barrier, left, up, pays_asset);
    };
    v.formula = of_asset(r, asset, price, reflection_noise(asset, barrier) * scale, time, 0, std::abs(asset.spot - barrier));
    if (r.quantity() == "price") v.formula->uncertainty *= 100;
  }
  if (r.quantity() == "price")
    v.trade = [=, &r] {
      if (touched(asset.spot, barrier, up)) throw not_valued{touched_today};
      const calendar c(time);
      const date expiry = c.day(time);
      if (pays_asset && !at_hit)
        return position{c.stock(r), barrier_option{option_type::call, 1e-9, expiry, up, touch, barrier, 0}};
      return position{c.stock(r), touch_option{expiry, up, !touch, at_hit, barrier, pays_asset ? barrier : cash}};
    };
  else if (!v.formula) throw not_valued{"an amount at hit has no closed form at this rate"};
  return v;
}

// In user code: over the one step to expiry ln S is a Brownian bridge.
row_value binary_barrier(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), barrier = r.positive("barrier"), time = r.positive("maturity"), sign = r.sign();
  const std::string& type = barrier_type(r);
  const bool up = type.starts_with("up"), in = type.ends_with("in"), pays_asset = r.is("payoff", "asset", "cash");
  const double cash = pays_asset ? 1 : r.number("cash");
  const auto price = [&](const lognormal_asset& a, double elapsed) {
    return cash * binary_barrier_value(a, strike, barrier, time - elapsed, sign, up, in, pays_asset);
  };
  const double noise = reflection_noise(asset, barrier) * (pays_asset ? asset.spot : std::abs(cash));
  row_value v{of_asset(r, asset, price, noise, time, 0, std::abs(asset.spot - barrier))};
  if (r.quantity() != "price") return v;
  v.formula->uncertainty *= 100;
  v.trade = [=, &r] {
    const double side = up ? 1 : -1, start = std::max(side * std::log(barrier / asset.spot), 0.0);
    const auto amount = [=](const observation& o) {
      const path_value distance = max(side * log(barrier / o.spot()), 0.0);
      const path_value hit = exp(-2 * start * distance / o.variance());
      const path_value paid = select(sign * o.spot() > sign * strike, pays_asset ? o.spot() : path_value(cash), 0.0);
      return paid * (in ? hit : 1.0 - hit);
    };
    const calendar c(time);
    return position{c.stock(r), pays(amount, c.day(time))};
  };
  return v;
}

} // namespace

std::vector<table_kind> barrier_tables() {
  return {
      {"barrier_continuous",
       {"barrier_type", "option_type", "spot", "strike", "barrier", "rebate", "rate", "dividend_yield", "volatility",
        "maturity"},
       barrier_continuous},
      {"barrier_discrete",
       {"barrier_type", "option_type", "spot", "strike", "barrier", "rate", "dividend_yield", "volatility", "maturity",
        "monitoring_dates"},
       barrier_discrete},
      {"double_barrier",
       {"barrier_type", "option_type", "spot", "strike", "barrier_low", "barrier_high", "rate", "dividend_yield", "volatility",
        "maturity", "monitoring_dates"},
       double_barrier},
      {"double_no_touch",
       {"barrier_type", "spot", "barrier_low", "barrier_high", "cash", "rate", "dividend_yield", "volatility", "maturity"},
       double_no_touch},
      {"one_touch",
       {"payoff", "direction", "settlement", "knock", "spot", "barrier", "cash", "rate", "dividend_yield", "volatility",
        "maturity"},
       one_touch},
      {"binary_barrier",
       {"payoff", "barrier_type", "option_type", "spot", "strike", "barrier", "cash", "rate", "dividend_yield", "volatility",
        "maturity"},
       binary_barrier},
  };
}

} // namespace dojima
