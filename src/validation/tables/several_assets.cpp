// European options on several lognormal assets.
#include <algorithm>
#include <cmath>

#include "dojima/pricing/price.hpp"
#include "models/closed_form/american_approximation.hpp"
#include "models/closed_form/black_sensitivities.hpp"
#include "models/closed_form/exchange.hpp"
#include "models/closed_form/rainbow.hpp"
#include "models/closed_form/spread.hpp"
#include "validation/tables/american.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

/// The stocks X0, X1, ...
template <class Correlation>
market stocks(const calendar& c, double rate, const std::vector<lognormal_asset>& all, const Correlation& correlation) {
  market m = c.stock(1, rate, 0, std::ranges::max_element(all, {}, &lognormal_asset::volatility)->volatility);
  underlying x = m.underlyings["X"];
  m.underlyings.clear();
  const auto name = [](std::size_t i) { return "X" + std::to_string(i); };
  for (std::size_t i = 0; i < all.size(); ++i) {
    x.name = name(i);
    x.spot = all[i].spot;
    x.dividend_yield = c.rate(all[i].yield);
    x.surface = flat_volatility{c.volatility(all[i].volatility)};
    m.underlyings[x.name] = x;
    for (std::size_t j = 0; j < i; ++j) m.correlations[std::minmax({name(i), name(j)})] = correlation(i, j);
  }
  return m;
}
basket_option basket(option_type type, double strike, date expiry, basket_kind kind, const std::vector<double>& weights) {
  basket_option b{type, strike, expiry, kind, {}};
  for (std::size_t i = 0; i < weights.size(); ++i) b.components.push_back({"X" + std::to_string(i), weights[i]});
  return b;
}

struct two_stocks {
  lognormal_asset first, second;
  double correlation, time;
  explicit two_stocks(const reference_row& r)
      : first{r.positive("spot_1"), r.number("rate"), r.number("dividend_yield_1"), r.volatility("volatility_1")},
        second{r.positive("spot_2"), r.number("rate"), r.number("dividend_yield_2"), r.volatility("volatility_2")},
        correlation(r.within("correlation", -1, 1)), time(r.positive("maturity")) {}

  double discount() const { return first.discount(time); }
  double scale() const { return first.prepaid(time) + second.prepaid(time); }
  market on(const calendar& c) const {
    return stocks(c, first.rate, {first, second}, [&](auto, auto) { return correlation; });
  }
  // Formulas divide by 1 - correlation^2, or by the deviation of the ratio: at +-1 they are taken beside it. The value of a
  // convex payoff moves by the spread's variance at most.
  static constexpr double beside = 1e-9;
  lognormal_pair pair() const {
    return {first.forward(time), second.forward(time), first.deviation(time), second.deviation(time),
            std::clamp(correlation, beside - 1, 1 - beside)};
  }
  double open(double strike) const {
    const bool moved = std::abs(correlation) > 1 - beside;
    return rounding(scale() + std::abs(strike)) + (moved ? 1e-4 * scale() : 0.0) * std::sqrt(beside);
  }
};

row_value rainbow_two_asset(const reference_row& r) {
  require_price(r);
  const two_stocks s(r);
  const double strike = r.positive("strike");
  const bool best = r.is("basket_type", "max", "min");
  row_value v{formula_value{rainbow_value(s.pair(), strike, s.discount(), best, r.sign()), s.open(strike)}};
  v.trade = [=, &r] {
    const calendar c(s.time);
    return position{s.on(c), basket(r.type(), strike, c.day(s.time), best ? basket_kind::best : basket_kind::worst, {1, 1})};
  };
  return v;
}

row_value spread_two_asset(const reference_row& r) {
  const two_stocks s(r);
  const double strike = r.number("strike");
  if (r.quantity() == "kirk_price") {
    if (!(s.pair().forward_2 + strike > 0))
      throw problem{"strike = " + r["strike"], "the second forward and the strike must be above 0 together", ""};
    return formula(kirk_spread_value(s.pair(), strike, s.discount(), r.sign()), s.open(strike));
  }
  require_price(r);
  row_value v{formula_value{spread_value(s.pair(), strike, s.discount(), r.sign()), s.open(strike)}};
  v.trade = [=, &r] {
    const calendar c(s.time);
    return position{s.on(c), basket(r.type(), strike, c.day(s.time), basket_kind::sum, {1, -1})};
  };
  return v;
}

/// Of max(quantity_1 S_1 - quantity_2 S_2, 0), European: homogeneous, so that the derivatives are those of Margrabe's formula.
formula_value exchange_quantity(const std::string& quantity, const two_stocks& s, double q1, double q2) {
  const double variance = s.pair().ratio_deviation() * s.pair().ratio_deviation() / s.time;
  const lognormal_asset ratio{q1 * s.first.spot, s.second.yield, s.first.yield, std::sqrt(variance)}; // in units of the second
  const double strike = q2 * s.second.spot, open = rounding(q1 * s.first.spot + strike) + s.open(0);
  const vanilla_sensitivities g = vanilla_sensitivities_of(ratio, strike, s.time, 1);
  const double dual_gamma = g.gamma * ratio.spot * ratio.spot / (strike * strike);
  const auto exactly = [&](double value) { return formula_value{value, 1e-11 * std::abs(value) + open / ratio.spot}; };
  if (quantity == "price") return {ratio.vanilla(strike, s.time, 1), open};
  if (quantity == "delta_1") return exactly(q1 * g.delta);
  if (quantity == "delta_2") return exactly(q2 * g.strike);
  if (quantity == "gamma_1") return exactly(q1 * q1 * g.gamma);
  if (quantity == "gamma_2") return exactly(q2 * q2 * dual_gamma);
  if (quantity == "theta") return {g.theta, 1e-11 * std::abs(g.theta) + open / s.time};
  throw not_valued{"quantity " + quantity};
}

// American: a call on the first asset with the second as numeraire.
row_value exchange_two_asset(const reference_row& r) {
  const two_stocks s(r);
  const double q1 = r.positive("quantity_1"), q2 = r.positive("quantity_2");
  if (r.is("exercise", "american", "european")) {
    const lognormal_asset ratio{q1 * s.first.spot, s.second.yield, s.first.yield,
                                s.pair().ratio_deviation() / std::sqrt(s.time)};
    const double strike = q2 * s.second.spot;
    if (r.quantity() == "bjerksund_stensland_price")
      return formula(bjerksund_stensland_1993(ratio, strike, s.time, 1), s.open(0));
    require_price(r);
    return {american_value_of(ratio, strike, s.time, option_type::call)};
  }
  row_value v{exchange_quantity(r.quantity(), s, q1, q2)};
  if (r.quantity() == "price")
    v.trade = [=] {
      const calendar c(s.time);
      return position{s.on(c), basket(option_type::call, 0, c.day(s.time), basket_kind::sum, {q1, -q2})};
    };
  return v;
}

void require_size(const char* column, std::size_t size, std::size_t assets) {
  if (size != assets)
    throw problem{std::string(column) + " of " + std::to_string(size) + " numbers",
                  "there are " + std::to_string(assets) + " assets", "separate them by ;"};
}

row_value basket_multi_asset(const reference_row& r) {
  require_price(r);
  const double time = r.positive("maturity"), strike = r.number("strike"), rate = r.number("rate");
  const auto spots = r.numbers("spots"), yields = r.numbers("dividend_yields"), weights = r.numbers("weights");
  const auto volatilities = r.volatilities();
  require_size("dividend_yields", yields.size(), spots.size());
  require_size("volatilities", volatilities.size(), spots.size());
  require_size("weights", weights.size(), spots.size());
  const auto correlations = r.matrix("correlations", spots.size());
  std::vector<lognormal_asset> all;
  for (std::size_t i = 0; i < spots.size(); ++i) all.push_back({spots[i], rate, yields[i], volatilities[i]});
  row_value v;
  v.trade = [=, &r] {
    const calendar c(time);
    return position{stocks(c, rate, all, [&](auto i, auto j) { return correlations[i][j]; }),
                    basket(r.type(), strike, c.day(time), basket_kind::sum, weights)};
  };
  return v;
}

row_value rainbow_multi_asset(const reference_row& r) {
  require_price(r);
  if (r.is("exercise", "american", "european")) throw not_valued{"American exercise on several assets is not offered yet"};
  const double time = r.positive("maturity"), strike = r.positive("strike"), rate = r.number("rate");
  const double spot = r.positive("spot"), correlation = r.within("correlation", -1, 1);
  const auto kind = r.is("basket_type", "max", "min") ? basket_kind::best : basket_kind::worst;
  std::vector<lognormal_asset> all;
  for (const double volatility : r.volatilities()) all.push_back({spot, rate, 0, volatility});
  require_size("volatilities", all.size(), static_cast<std::size_t>(r.count("assets", 1, 1000)));
  row_value v;
  if (all.size() == 2) {
    const lognormal_pair pair{all[0].forward(time), all[1].forward(time), all[0].deviation(time), all[1].deviation(time),
                              std::clamp(correlation, two_stocks::beside - 1, 1 - two_stocks::beside)};
    v.formula = {rainbow_value(pair, strike, all[0].discount(time), kind == basket_kind::best, r.sign()),
                 rounding(2 * spot + strike) + (std::abs(correlation) == 1 ? 1e-8 * spot : 0)};
  }
  v.trade = [=, &r] {
    const calendar c(time);
    return position{stocks(c, rate, all, [&](auto, auto) { return correlation; }),
                    basket(r.type(), strike, c.day(time), kind, std::vector(all.size(), 1.0))};
  };
  return v;
}

} // namespace

std::vector<table_kind> several_asset_tables() {
  return {
      {"rainbow_two_asset",
       {"basket_type", "option_type", "spot_1", "spot_2", "strike", "rate", "dividend_yield_1", "dividend_yield_2",
        "volatility_1", "volatility_2", "correlation", "maturity"},
       rainbow_two_asset},
      {"spread_two_asset",
       {"option_type", "spot_1", "spot_2", "strike", "rate", "dividend_yield_1", "dividend_yield_2", "volatility_1",
        "volatility_2", "correlation", "maturity"},
       spread_two_asset},
      {"exchange_two_asset",
       {"exercise", "spot_1", "spot_2", "quantity_1", "quantity_2", "rate", "dividend_yield_1", "dividend_yield_2",
        "volatility_1", "volatility_2", "correlation", "maturity"},
       exchange_two_asset},
      {"basket_multi_asset",
       {"option_type", "assets", "spots", "weights", "strike", "rate", "dividend_yields", "volatilities", "correlations",
        "maturity"},
       basket_multi_asset},
      {"rainbow_multi_asset",
       {"basket_type", "exercise", "option_type", "assets", "spot", "strike", "rate", "volatilities", "correlation",
        "maturity"},
       rainbow_multi_asset},
  };
}

} // namespace dojima
