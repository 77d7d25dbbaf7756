// Options on two assets under Black-Scholes.
#include "quantlib/reference_roads.hpp"

#include <ql/exercise.hpp>
#include <ql/experimental/exoticoptions/analyticeuropeanmargrabeengine.hpp>
#include <ql/experimental/exoticoptions/margrabeoption.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/pricingengines/basket/fd2dblackscholesvanillaengine.hpp>
#include <ql/pricingengines/basket/stulzengine.hpp>

#include <algorithm>

namespace dojima::quantlib {

double correlation_of(const market& m, const std::string& one, const std::string& other) {
  if (one == other) return 1;
  const auto found = m.correlations.find(std::minmax(one, other));
  if (found == m.correlations.end())
    throw input_error("no correlation of " + one + " and " + other + " (the basket needs it); add it to the market");
  return found->second;
}

std::optional<reference> basket_value(const valued_trade& p, const basket_option& c) {
  if (c.components.size() != 2) return {};
  double weights[2];
  lognormal whole[2], scaled[2]; // prices, and their absolute weights times them
  for (int i = 0; i < 2; ++i) {
    const auto& [name, weight] = c.components[static_cast<std::size_t>(i)];
    underlying u = p.m.underlyings.at(name);
    if (!std::holds_alternative<black_scholes_model>(u.dynamics) || !u.dividends.empty() || weight == 0) return {};
    weights[i] = weight;
    whole[i] = asset(p.m, u, u.spot).constant_process(c.expiry);
    const double strike = u.spot;
    u.spot *= std::abs(weight);
    scaled[i] = asset(p.m, u, strike).constant_process(c.expiry);
  }
  const double rho = correlation_of(p.m, c.components[0].underlying, c.components[1].underlying);
  const auto exercise = ext::make_shared<ql::EuropeanExercise>(ql_date(c.expiry));
  const auto plain = ext::make_shared<ql::PlainVanillaPayoff>(ql_type(c.type), c.strike);
  if (c.kind != basket_kind::sum) {
    if (weights[0] < 0 || weights[1] < 0 || c.strike <= 0) return {};
    ext::shared_ptr<ql::BasketPayoff> payoff = ext::make_shared<ql::MaxBasketPayoff>(plain);
    if (c.kind == basket_kind::worst) payoff = ext::make_shared<ql::MinBasketPayoff>(plain);
    ql::BasketOption option(payoff, exercise);
    option.setPricingEngine(ext::make_shared<ql::StulzEngine>(scaled[0], scaled[1], rho));
    return reference{option.NPV(), "StulzEngine"};
  }
  if (c.strike == 0 && weights[0] * weights[1] < 0) {
    const int gets = (weights[0] > 0) == (c.type == option_type::call) ? 0 : 1;
    ql::MargrabeOption option(1, 1, exercise);
    option.setPricingEngine(ext::make_shared<ql::AnalyticEuropeanMargrabeEngine>(scaled[gets], scaled[1 - gets], rho));
    return reference{option.NPV(), "AnalyticEuropeanMargrabeEngine"};
  }
  ql::BasketOption option(ext::make_shared<ql::AverageBasketPayoff>(plain, ql::Array(weights, weights + 2)), exercise);
  return refined("Fd2dBlackScholesVanillaEngine", [&](int fineness) {
    const auto n = static_cast<std::size_t>(60 * fineness);
    option.setPricingEngine(ext::make_shared<ql::Fd2dBlackScholesVanillaEngine>(whole[0], whole[1], rho, n, n, n / 2, 2));
    return option.NPV();
  });
}

} // namespace dojima::quantlib
