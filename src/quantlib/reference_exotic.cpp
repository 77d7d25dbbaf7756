// QuantLib's engines for exotic options under Black-Scholes. Most take one rate, yield and volatility.
#include "quantlib/reference_roads.hpp"

#include <ql/exercise.hpp>
#include <ql/experimental/barrieroption/analyticdoublebarrierbinaryengine.hpp>
#include <ql/experimental/barrieroption/analyticdoublebarrierengine.hpp>
#include <ql/experimental/barrieroption/doublebarrieroption.hpp>
#include <ql/experimental/exoticoptions/analyticcompoundoptionengine.hpp>
#include <ql/experimental/exoticoptions/analyticsimplechooserengine.hpp>
#include <ql/experimental/exoticoptions/compoundoption.hpp>
#include <ql/experimental/exoticoptions/simplechooseroption.hpp>
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/forwardvanillaoption.hpp>
#include <ql/instruments/payoffs.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/pricingengines/asian/analytic_discr_geom_av_price.hpp>
#include <ql/pricingengines/barrier/analyticbarrierengine.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/forward/forwardengine.hpp>
#include <ql/pricingengines/forward/forwardperformanceengine.hpp>
#include <ql/pricingengines/vanilla/analyticdigitalamericanengine.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>

#include <cmath>

namespace dojima::quantlib {
namespace {

using result = std::optional<reference>;

double npv(ql::Instrument&& option, const ext::shared_ptr<ql::PricingEngine>& engine) {
  option.setPricingEngine(engine);
  return option.NPV();
}
auto plain(option_type type, double strike) { return ext::make_shared<ql::PlainVanillaPayoff>(ql_type(type), strike); }
auto european(date expiry) { return ext::make_shared<ql::EuropeanExercise>(ql_date(expiry)); }

struct exotic_visitor {
  const valued_trade& p;
  const asset& a = p.a;

  result operator()(const barrier_option& c) const {
    if (!c.monitoring.empty() || !(p.settings.constants_of_expiry || a.is_flat(a.time(c.expiry)))) return {};
    const auto type =
        c.knock_in ? (c.up ? ql::Barrier::UpIn : ql::Barrier::DownIn) : (c.up ? ql::Barrier::UpOut : ql::Barrier::DownOut);
    return reference{npv(ql::BarrierOption(type, c.barrier, c.rebate, plain(c.type, c.strike), european(c.expiry)),
                         ext::make_shared<ql::AnalyticBarrierEngine>(a.constant_process(c.expiry))),
                     "AnalyticBarrierEngine"};
  }
  result operator()(const double_barrier_option& c) const {
    const double time = a.time(c.expiry);
    if (!c.monitoring.empty() || !a.is_flat(time)) return {};
    const auto type = c.knock_in ? ql::DoubleBarrier::KnockIn : ql::DoubleBarrier::KnockOut;
    const lognormal process = a.constant_process(c.expiry);
    return refined("AnalyticDoubleBarrierEngine", [&](int fineness) {
      double value = npv(ql::DoubleBarrierOption(type, c.lower, c.upper, 0, plain(c.type, c.strike), european(c.expiry)),
                         ext::make_shared<ql::AnalyticDoubleBarrierEngine>(process, 5 * fineness));
      if (c.rebate == 0) return value;
      const auto one = ext::make_shared<ql::CashOrNothingPayoff>(ql::Option::Call, a.u.spot, 1.0);
      const double alive =
          npv(ql::DoubleBarrierOption(ql::DoubleBarrier::KnockOut, c.lower, c.upper, 0, one, european(c.expiry)),
              ext::make_shared<ql::AnalyticDoubleBarrierBinaryEngine>(process));
      return value + c.rebate * (c.knock_in ? alive : a.discount(time) - alive);
    });
  }
  result operator()(const touch_option& c) const {
    const double time = a.time(c.expiry);
    if (!c.monitoring.empty() || !a.is_flat(time)) return {};
    const auto payoff = ext::make_shared<ql::CashOrNothingPayoff>(c.up ? ql::Option::Call : ql::Option::Put, c.barrier, c.cash);
    const double touched = npv(ql::VanillaOption(payoff, ext::make_shared<ql::AmericanExercise>(a.rates->referenceDate(),
                                                                                                ql_date(c.expiry), !c.at_hit)),
                               ext::make_shared<ql::AnalyticDigitalAmericanEngine>(a.constant_process(c.expiry)));
    return reference{c.no_touch ? c.cash * a.discount(time) - touched : touched, "AnalyticDigitalAmericanEngine"};
  }
  result operator()(const asian_option& c) const {
    if (c.average_strike) return {};
    if (c.mean == averaging::arithmetic) return asian_value(p, c);
    double product = 1;
    std::size_t past = 0;
    std::vector<ql::Date> ahead;
    for (const fixing_date& f : c.fixings) {
      if (f.value || f.day <= p.m.as_of) product *= f.value.value_or(a.u.spot), ++past;
      else ahead.push_back(ql_date(f.day));
    }
    if (ahead.empty() || !std::isfinite(product) || !a.is_flat(a.time(c.expiry))) return {};
    return reference{npv(ql::DiscreteAveragingAsianOption(ql::Average::Geometric, product, past, ahead, plain(c.type, c.strike),
                                                          european(c.expiry)),
                         ext::make_shared<ql::AnalyticDiscreteGeometricAveragePriceAsianEngine>(a.constant_process(c.expiry))),
                     "AnalyticDiscreteGeometricAveragePriceAsianEngine"};
  }
  result operator()(const cliquet_option& c) const {
    if (!std::isinf(c.global_floor) || !std::isinf(c.global_cap)) return {};
    double sum = 0;
    for (std::size_t i = 1; i < c.resets.size(); ++i) {
      const double start = std::max(a.time(c.resets[i - 1].day), 0.0), end = std::max(a.time(c.resets[i].day), 0.0);
      const auto seen = [&](const fixing_date& f) { return f.value.value_or(a.u.spot); };
      double ratio = a.forward(end) / (start > 0 ? a.forward(start) : seen(c.resets[i - 1]));
      if (end <= 0) ratio = seen(c.resets[i]) / seen(c.resets[i - 1]);
      const double deviation = std::sqrt(std::max(end > 0 ? a.variance(end) - (start > 0 ? a.variance(start) : 0) : 0, 0.0));
      const auto above = [&](double x) { // mean of max(S / S' - 1 - x, 0)
        if (std::isinf(x)) return 0.0;
        return 1 + x > 0 ? ql::blackFormula(ql::Option::Call, 1 + x, ratio, deviation) : ratio - 1 - x;
      };
      const double low = std::max(c.local_floor, -1.0);
      sum += low + above(low) - above(c.local_cap);
    }
    return reference{sum * a.discount(a.time(c.resets.back().day)), "blackFormula, period by period"};
  }
  result operator()(const forward_start_option& c) const {
    if (c.reset.value || c.reset.day <= p.m.as_of) {
      const double start = c.reset.value.value_or(a.u.spot);
      result r = european_value(a, {c.type, c.moneyness * start, c.expiry});
      if (c.performance) r->value /= start;
      return r;
    }
    // The strike of the payoff is not looked at.
    ql::ForwardVanillaOption option(c.moneyness, ql_date(c.reset.day), plain(c.type, a.u.spot), european(c.expiry));
    const lognormal process = a.curve_process({c.reset.day, c.expiry});
    if (c.performance) {
      option.setPricingEngine(ext::make_shared<ql::ForwardPerformanceVanillaEngine<ql::AnalyticEuropeanEngine>>(process));
      return reference{option.NPV(), "ForwardPerformanceVanillaEngine"};
    }
    option.setPricingEngine(ext::make_shared<ql::ForwardVanillaEngine<ql::AnalyticEuropeanEngine>>(process));
    return reference{option.NPV(), "ForwardVanillaEngine"};
  }
  result operator()(const chooser_option& c) const {
    if (!a.is_flat(a.time(c.expiry))) return {};
    return reference{npv(ql::SimpleChooserOption(ql_date(c.choice), c.strike, european(c.expiry)),
                         ext::make_shared<ql::AnalyticSimpleChooserEngine>(a.constant_process(c.expiry))),
                     "AnalyticSimpleChooserEngine"};
  }
  // The engine stops its search for the critical price early: against quadrature it is off by up to 2e-7 of the spot.
  result operator()(const compound_option& c) const {
    if (!a.is_flat(a.time(c.inner_expiry))) return {};
    return reference{npv(ql::CompoundOption(plain(c.type, c.strike), european(c.expiry), plain(c.inner_type, c.inner_strike),
                                            european(c.inner_expiry)),
                         ext::make_shared<ql::AnalyticCompoundOptionEngine>(a.constant_process(c.inner_expiry))),
                     "AnalyticCompoundOptionEngine", 1e-6 * a.u.spot};
  }
  result operator()(const basket_option& c) const { return basket_value(p, c); }
  /// ln(S / S') is normal.
  result operator()(const variance_swap& c) const {
    if (c.volatility) return {};
    double sum = 0;
    for (std::size_t i = 1; i < c.fixings.size(); ++i) {
      const double start = std::max(a.time(c.fixings[i - 1].day), 0.0), end = std::max(a.time(c.fixings[i].day), 0.0);
      const auto level = [&](const fixing_date& f, double t) {
        return t > 0 ? std::log(a.forward(t)) - 0.5 * a.variance(t) : std::log(f.value.value_or(a.u.spot));
      };
      const double mean = level(c.fixings[i], end) - level(c.fixings[i - 1], start);
      sum += mean * mean + (end > 0 ? a.variance(end) : 0) - (start > 0 ? a.variance(start) : 0);
    }
    const double realised = c.annual_factor * sum / static_cast<double>(c.fixings.size() - 1);
    return reference{a.discount(a.time(c.fixings.back().day)) * (realised - c.strike), "moments of normal returns"};
  }
  template <class Other> result operator()(const Other&) const { return {}; }
};

} // namespace

std::optional<reference> exotic_value(const valued_trade& p) { return std::visit(exotic_visitor{p}, p.t.terms); }

} // namespace dojima::quantlib
