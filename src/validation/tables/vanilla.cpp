// European options on one lognormal or normal price.
#include <cmath>

#include "models/closed_form/black_sensitivities.hpp"
#include "models/closed_form/discrete_dividend.hpp"
#include "models/closed_form/double_barrier.hpp"
#include "models/closed_form/forward_start.hpp"
#include "models/closed_form/implied_volatility.hpp"
#include "models/closed_form/quanto.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

/// The quantities of a European option, names of both equity and foreign exchange.
formula_value vanilla_quantity(const std::string& quantity, const lognormal_asset& a, double strike, double time, double sign) {
  const double price = a.vanilla(strike, time, sign), open = rounding(a.prepaid(time) + strike * a.discount(time));
  const vanilla_sensitivities g = vanilla_sensitivities_of(a, strike, time, sign);
  const double d1 = std::log(a.forward(time) / strike) / a.deviation(time);
  const auto exactly = [&](double value, double scale) {
    return formula_value{value, rounding(scale) * (1 + d1 * d1) + rounding(value)};
  };
  if (quantity == "price") return {price, open};
  if (quantity == "delta") return exactly(g.delta, 1);
  if (quantity == "gamma") return exactly(g.gamma, g.gamma);
  if (quantity == "vega") return exactly(g.vega, g.vega);
  if (quantity == "volga") return exactly(g.volga, g.vega / a.volatility);
  if (quantity == "vanna") return exactly(g.vanna, g.vega / (a.spot * a.deviation(time)));
  if (quantity == "rho" || quantity == "rho_domestic") return exactly(g.rho, time * strike * a.discount(time));
  if (quantity == "dividend_rho" || quantity == "rho_foreign") return exactly(g.yield_rho, time * a.prepaid(time));
  if (quantity == "theta") return exactly(g.theta, std::abs(g.theta) + open / time);
  if (quantity == "theta_per_day") return exactly(g.theta / 365, (std::abs(g.theta) + open / time) / 365);
  if (quantity == "charm") return exactly(g.charm, (1 + std::abs(d1)) / time);
  if (quantity == "strike_sensitivity") return exactly(g.strike, 1);
  if (quantity == "elasticity") {
    const double value = g.delta * a.spot / price;
    return {value, std::abs(value) * (open / price + rounding(1 + d1 * d1))};
  }
  throw not_valued{"quantity " + quantity};
}

row_value european_bsm(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("maturity");
  row_value v{vanilla_quantity(r.quantity(), asset, strike, time, r.sign())};
  if (r.quantity() == "price")
    v.trade = [=, &r] {
      const calendar c(time);
      return position{c.stock(r), european_option{r.type(), strike, c.day(time)}};
    };
  return v;
}

row_value european_fx(const reference_row& r) {
  const lognormal_asset asset{r.positive("spot"), r.number("rate_domestic"), r.number("rate_foreign"), r.volatility()};
  const double strike = r.positive("strike"), time = r.positive("maturity");
  row_value v{vanilla_quantity(r.quantity(), asset, strike, time, r.sign())};
  if (r.quantity() == "price")
    v.trade = [=, &r] {
      const calendar c(time);
      market m = c.stock(asset.spot, asset.rate, 0, asset.volatility);
      m.curves.emplace("EUR", curve::flat(c.rate(asset.yield)));
      m.fx["EUR"] = asset.spot;
      m.underlyings["X"].kind = asset_class::fx;
      m.underlyings["X"].foreign = "EUR";
      return position{m, european_option{r.type(), strike, c.day(time)}};
    };
  return v;
}

row_value european_black76(const reference_row& r) {
  const double time = r.positive("maturity"), discount = r.positive("discount_factor"), sigma = r.volatility();
  const double forward = r.number("forward"), strike = r.number("strike"), deviation = sigma * std::sqrt(time);
  const std::string& quantity = r.quantity();
  if (r.is("model", "bachelier", "black76")) {
    const bachelier_option o{forward, strike, deviation, discount, r.sign()};
    const double open = 1 + o.moneyness() * o.moneyness();
    if (quantity == "price") return formula(o.value(), rounding(std::abs(forward) + std::abs(strike) + deviation));
    if (quantity == "delta_forward") return formula(o.delta(), rounding(open));
    if (quantity == "gamma_forward") return formula(o.gamma(), rounding(o.gamma() * open));
    if (quantity == "vega") return formula(o.vega(time), rounding(o.vega(time) * open));
    throw not_valued{"quantity " + quantity};
  }
  // The forward as a stock whose yield is the rate; its delta and gamma grow with the discount factor alone.
  const double rate = -std::log(discount) / time;
  const lognormal_asset asset{r.positive("forward"), rate, rate, sigma};
  r.positive("strike");
  const std::string of_spot = quantity == "delta_forward" ? "delta" : quantity == "gamma_forward" ? "gamma" : quantity;
  row_value v{vanilla_quantity(of_spot, asset, strike, time, r.sign())};
  if (quantity == "price")
    v.trade = [=, &r] {
      const calendar c(time);
      return position{c.stock(forward, rate, rate, sigma), european_option{r.type(), strike, c.day(time)}};
    };
  return v;
}

row_value digital(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("maturity"), sign = r.sign();
  const std::string& payoff = r.one_of("payoff", {"cash_or_nothing", "asset_or_nothing", "gap"});
  const double cash = payoff == "cash_or_nothing" ? r.number("cash") : 0;
  const double payoff_strike = payoff == "gap" ? r.number("payoff_strike") : 0;
  const auto price = [&](const lognormal_asset& a, double elapsed) {
    const double left = time - elapsed, moneyness = std::log(a.spot / strike) + (a.rate - a.yield) * left;
    const double in_cash = a.discount(left) * digital_probability(moneyness, a.deviation(left), sign, false);
    if (payoff == "cash_or_nothing") return cash * in_cash;
    const double in_asset = a.prepaid(left) * digital_probability(moneyness, a.deviation(left), sign, true);
    return payoff == "gap" ? sign * (in_asset - payoff_strike * in_cash) : in_asset;
  };
  const double d1 = std::log(asset.forward(time) / strike) / asset.deviation(time);
  const double noise = 1e-15 * (1 + std::abs(d1)) * (std::abs(cash) + std::abs(payoff_strike) + asset.prepaid(time));
  row_value v{of_asset(r, asset, price, noise, time, d1)};
  if (r.quantity() != "price") return v;
  v.formula->uncertainty *= 100;
  v.trade = [=, &r] {
    const calendar c(time);
    if (payoff == "gap") {
      const auto gap = [=](const observation& o) {
        return select(sign * o.spot() > sign * strike, sign * (o.spot() - payoff_strike), 0.0);
      };
      return position{c.stock(r), pays(gap, c.day(time))};
    }
    const auto paid = payoff == "cash_or_nothing" ? std::optional(cash) : std::nullopt;
    return position{c.stock(r), digital_option{r.type(), strike, c.day(time), paid}};
  };
  return v;
}

row_value implied_volatility_row(const reference_row& r) {
  if (r.quantity() != "implied_volatility") throw not_valued{"quantity " + r.quantity()};
  const double time = r.positive("maturity"), strike = r.positive("strike"), price = r.positive("price");
  const lognormal_asset asset{r.positive("spot"), r.number("rate"), r.number("dividend_yield"), 0};
  const double forward = asset.forward(time), discount = asset.discount(time), sign = r.sign();
  const double low = discount * std::max(sign * (forward - strike), 0.0), high = discount * (sign > 0 ? forward : strike);
  if (!(price > low && price < high))
    throw problem{"price = " + r["price"], "no volatility gives a price outside its bounds", "is the option type right?"};
  const double sigma = implied_volatility(price, forward, strike, time, discount, sign), v = sigma * std::sqrt(time);
  const double vega = discount * forward * norm_pdf(std::log(forward / strike) / v + 0.5 * v) * std::sqrt(time);
  return formula(sigma, rounding(sigma) + 1e-15 * discount * (forward + strike) / vega);
}

row_value discrete_dividend(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset{r.positive("spot"), r.number("rate"), 0, r.volatility()};
  const double strike = r.positive("strike"), time = r.positive("maturity"), sign = r.sign();
  const bool american = r.is("exercise", "american", "european"), escrowed = r.is("dividend_model", "escrowed", "spot_drop");
  std::vector<dividend> dividends;
  bool in_cash = true;
  for (const std::string& field : fields(r["dividends"], ';')) {
    const auto parts = fields(field, ':');
    const bool proportional = parts.size() == 2 && parts[1].ends_with('%');
    const auto when = io::parse_number(parts.empty() ? "" : parts[0]);
    const auto amount = io::parse_number(parts.size() != 2 ? ""
                                         : proportional    ? parts[1].substr(0, parts[1].size() - 1)
                                                           : parts[1]);
    if (!when || !amount) throw problem{"dividends = " + r["dividends"], "not time:amount", "separate dividends by ;"};
    if (!(*when > 0 && *when <= time)) continue;
    in_cash = in_cash && !proportional;
    dividends.push_back(proportional ? dividend{*when, 0, *amount / 100} : dividend{*when, *amount, 0});
  }
  const double open = 1e-12 * (asset.spot + strike);
  if (american && (dividends.size() != 1 || escrowed || (sign > 0 ? asset.rate < 0 : true)))
    throw not_valued{"American exercise is known for calls with one dividend, at rates not below 0"};
  if (escrowed) return formula(escrowed_asset(asset, dividends).vanilla(strike, time, sign), open);
  row_value v;
  if (dividends.empty()) v.formula = {asset.vanilla(strike, time, sign), open};
  else if (dividends.size() == 1) v.formula = {one_dividend_value(asset, dividends[0], strike, time, sign, american), open};
  if (!american && in_cash)
    v.trade = [=, &r] {
      std::vector<double> times{time};
      for (const dividend& d : dividends) times.push_back(d.time);
      const calendar c(times);
      market m = c.stock(asset.spot, asset.rate, 0, asset.volatility);
      for (const dividend& d : dividends) m.underlyings["X"].dividends.push_back({c.day(d.time), d.amount});
      return position{m, european_option{r.type(), strike, c.day(time)}};
    };
  else if (!v.formula) throw not_valued{"several dividends, not all in cash"};
  return v;
}

// Simulated as the asset that the formula values: a stock of the domestic currency with the yield that the fixed rate leaves.
row_value quanto(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset =
      quanto_asset(r.positive("spot"), r.number("rate_domestic"), r.number("rate_foreign"), r.number("dividend_yield"),
                   r.volatility(), r.not_negative("fx_volatility"), r.within("correlation", -1, 1));
  const std::string& contract = r.one_of("contract", {"vanilla", "forward_start", "double_knock_in", "double_knock_out"});
  const double time = r.positive("maturity"), sign = r.sign(), rate = r.number("fixed_fx");
  const auto trade = [=](const calendar& c, const dojima::contract& terms) {
    return position{c.stock(asset.spot, asset.rate, asset.yield, asset.volatility), terms, rate};
  };
  const auto valued = [&](double value, std::function<position()> simulated) {
    return row_value{formula_value{rate * value, rounding(rate * asset.spot)}, std::move(simulated)};
  };
  if (contract == "forward_start") {
    const double moneyness = r.positive("moneyness"), reset = r.positive("reset_time");
    if (reset >= time) throw problem{"reset_time = " + r["reset_time"], "must be before maturity", "are both in years?"};
    return valued(forward_start_value(asset, moneyness, reset, time, sign), [=, &r] {
      const calendar c({reset, time});
      return trade(c, forward_start_option{r.type(), moneyness, {c.day(reset), {}}, c.day(time)});
    });
  }
  const double strike = r.positive("strike"), vanilla = asset.vanilla(strike, time, sign);
  if (contract == "vanilla")
    return valued(vanilla, [=, &r] {
      const calendar c(time);
      return trade(c, european_option{r.type(), strike, c.day(time)});
    });
  const double low = r.positive("barrier_low"), high = r.positive("barrier_high");
  const double out = double_knock_out_value(asset, strike, low, high, time, sign);
  const bool in = contract == "double_knock_in";
  return valued(in ? vanilla - out : out, [=, &r] {
    const calendar c(time);
    return trade(c, double_barrier_option{r.type(), strike, c.day(time), in, low, high, 0});
  });
}

} // namespace

std::vector<table_kind> vanilla_tables() {
  return {
      {"european_bsm", {"option_type", "spot", "strike", "rate", "dividend_yield", "volatility", "maturity"}, european_bsm},
      {"european_black76",
       {"model", "option_type", "forward", "strike", "volatility", "maturity", "discount_factor"},
       european_black76},
      {"european_fx_garman_kohlhagen",
       {"option_type", "spot", "strike", "rate_domestic", "rate_foreign", "volatility", "maturity"},
       european_fx},
      {"digital",
       {"payoff", "option_type", "spot", "strike", "payoff_strike", "cash", "rate", "dividend_yield", "volatility", "maturity"},
       digital},
      {"implied_volatility",
       {"option_type", "spot", "strike", "rate", "dividend_yield", "maturity", "price"},
       implied_volatility_row},
      {"discrete_dividend",
       {"exercise", "dividend_model", "option_type", "spot", "strike", "rate", "volatility", "dividends", "maturity"},
       discrete_dividend},
      {"quanto",
       {"contract", "option_type", "spot", "strike", "moneyness", "barrier_low", "barrier_high", "rate_domestic",
        "rate_foreign", "dividend_yield", "volatility", "fx_volatility", "correlation", "fixed_fx", "reset_time", "maturity"},
       quanto},
  };
}

} // namespace dojima
