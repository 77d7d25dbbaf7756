#include "dojima/quantlib/engines.hpp"

#include <ql/exercise.hpp>
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/instruments/cliquetoption.hpp>
#include <ql/instruments/forwardvanillaoption.hpp>
#include <ql/instruments/lookbackoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#if __has_include(<ql/instruments/doublebarrieroption.hpp>)
#include <ql/instruments/doublebarrieroption.hpp>
#else // as in 1.29
#include <ql/experimental/barrieroption/doublebarrieroption.hpp>
#endif

#include <chrono>
#include <cmath>
#include <concepts>

#include "dojima/error.hpp"
#include "engine_session.hpp"

namespace dojima::quantlib {
namespace {

option_type type_of(ql::Option::Type t) { return t == ql::Option::Call ? option_type::call : option_type::put; }

date expiry_of(const ql::Option::arguments& a) {
  if (a.exercise->type() != ql::Exercise::European)
    throw input_error("an American or Bermudan exercise (paths are simulated to one exercise at the end); use an engine of "
                      "QuantLib such as QdFpAmericanEngine or FdBlackScholesVanillaEngine");
  return day_of(a.exercise->lastDate());
}

template <class Wanted> const Wanted* payoff_if(const ext::shared_ptr<ql::Payoff>& p) {
  return dynamic_cast<const Wanted*>(p.get());
}
template <class Wanted> const Wanted& payoff_as(const ext::shared_ptr<ql::Payoff>& p, const char* wanted) {
  if (const Wanted* found = payoff_if<Wanted>(p)) return *found;
  throw input_error("a payoff of the form " + p->name() + " (this engine simulates a " + wanted +
                    "); use QuantLib's own engine");
}
const ql::PlainVanillaPayoff& plain(const ext::shared_ptr<ql::Payoff>& p) {
  return payoff_as<ql::PlainVanillaPayoff>(p, "PlainVanillaPayoff");
}

/// The arguments of a product as a contract; `assets`: of the process.
template <class Product> struct reader;

template <> struct reader<ql::VanillaOption> {
  using engine = ql::VanillaOption::engine;
  static position read(const ql::VanillaOption::arguments& a, date, std::size_t) {
    const date expiry = expiry_of(a);
    const auto& payoff = payoff_as<ql::StrikedTypePayoff>(a.payoff, "StrikedTypePayoff");
    const option_type type = type_of(payoff.optionType());
    if (const auto* cash = payoff_if<ql::CashOrNothingPayoff>(a.payoff))
      return {digital_option{type, payoff.strike(), expiry, cash->cashPayoff()}, {expiry}, payoff.strike()};
    if (payoff_if<ql::AssetOrNothingPayoff>(a.payoff) != nullptr)
      return {digital_option{type, payoff.strike(), expiry, {}}, {expiry}, payoff.strike()};
    return {european_option{type, plain(a.payoff).strike(), expiry}, {expiry}, payoff.strike()};
  }
};

template <> struct reader<ql::ForwardVanillaOption> {
  using engine = ql::GenericEngine<ql::ForwardVanillaOption::arguments, ql::ForwardVanillaOption::results>;
  static position read(const ql::ForwardVanillaOption::arguments& a, date, std::size_t) {
    const date reset = day_of(a.resetDate), expiry = expiry_of(a);
    return {forward_start_option{type_of(plain(a.payoff).optionType()), a.moneyness, {reset, {}}, expiry},
            {reset, expiry},
            a.moneyness,
            true};
  }
};

template <> struct reader<ql::BarrierOption> {
  using engine = ql::BarrierOption::engine;
  static position read(const ql::BarrierOption::arguments& a, date, std::size_t) {
    const date expiry = expiry_of(a);
    const ql::PlainVanillaPayoff& payoff = plain(a.payoff);
    const bool up = a.barrierType == ql::Barrier::UpIn || a.barrierType == ql::Barrier::UpOut;
    const bool in = a.barrierType == ql::Barrier::DownIn || a.barrierType == ql::Barrier::UpIn;
    return {barrier_option{type_of(payoff.optionType()), payoff.strike(), expiry, up, in, a.barrier, a.rebate},
            {expiry},
            payoff.strike()};
  }
};

template <> struct reader<ql::DoubleBarrierOption> {
  using engine = ql::DoubleBarrierOption::engine;
  static position read(const ql::DoubleBarrierOption::arguments& a, date, std::size_t) {
    const date expiry = expiry_of(a);
    const ql::PlainVanillaPayoff& payoff = plain(a.payoff);
    const bool in = a.barrierType == ql::DoubleBarrier::KnockIn;
    if (!in && a.barrierType != ql::DoubleBarrier::KnockOut)
      throw input_error("a double barrier that knocks in at one side and out at the other (KnockIn and KnockOut are "
                        "simulated); use QuantLib's own engine");
    return {
        double_barrier_option{type_of(payoff.optionType()), payoff.strike(), expiry, in, a.barrier_lo, a.barrier_hi, a.rebate},
        {expiry},
        payoff.strike()};
  }
};

template <> struct reader<ql::DiscreteAveragingAsianOption> {
  using engine = ql::DiscreteAveragingAsianOption::engine;
  static position read(const ql::DiscreteAveragingAsianOption::arguments& a, date as_of, std::size_t) {
    const ql::PlainVanillaPayoff& payoff = plain(a.payoff);
    const bool geometric = a.averageType == ql::Average::Geometric;
    asian_option c{type_of(payoff.optionType()),
                   payoff.strike(),
                   expiry_of(a),
                   {},
                   geometric ? averaging::geometric : averaging::arithmetic};
    position p{{}, {}, payoff.strike()};
    // QuantLib gives the sum (product) of the past fixings; each of them stands for its mean.
    const auto past = static_cast<int>(a.pastFixings);
    const double each = geometric ? std::pow(a.runningAccumulator, 1.0 / past) : a.runningAccumulator / past;
    for (int i = past; i > 0; --i) c.fixings.push_back({as_of - std::chrono::days{i}, each});
    for (const ql::Date& d : a.fixingDates) {
      c.fixings.push_back({day_of(d), {}});
      p.dates.push_back(day_of(d));
    }
    p.dates.push_back(c.expiry);
    p.terms = std::move(c);
    return p;
  }
};

/// minmax: the extreme so far.
position lookback(option_type type, std::optional<double> strike, date expiry, double minmax, date as_of) {
  return {lookback_option{type, strike, expiry, {{as_of - std::chrono::days{1}, minmax}}, true},
          {expiry},
          strike.value_or(1),
          !strike};
}
template <> struct reader<ql::ContinuousFloatingLookbackOption> {
  using engine = ql::ContinuousFloatingLookbackOption::engine;
  static position read(const ql::ContinuousFloatingLookbackOption::arguments& a, date as_of, std::size_t) {
    const auto& payoff = payoff_as<ql::FloatingTypePayoff>(a.payoff, "FloatingTypePayoff");
    return lookback(type_of(payoff.optionType()), {}, expiry_of(a), a.minmax, as_of);
  }
};
template <> struct reader<ql::ContinuousFixedLookbackOption> {
  using engine = ql::ContinuousFixedLookbackOption::engine;
  static position read(const ql::ContinuousFixedLookbackOption::arguments& a, date as_of, std::size_t) {
    return lookback(type_of(plain(a.payoff).optionType()), plain(a.payoff).strike(), expiry_of(a), a.minmax, as_of);
  }
};

position strip(const ql::CliquetOption::arguments& a, date as_of, bool pays_return) {
  const auto unset = [](double x) { return x == ql::Null<ql::Real>(); };
  if (!unset(a.accruedCoupon) || !unset(a.lastFixing) || !unset(a.localCap) || !unset(a.localFloor) || !unset(a.globalCap) ||
      !unset(a.globalFloor))
    throw input_error("a cliquet with caps, floors or a past (QuantLib gives these no meaning); use dojima::cliquet_option");
  const auto& payoff = payoff_as<ql::PercentageStrikePayoff>(a.payoff, "PercentageStrikePayoff");
  forward_strip c{type_of(payoff.optionType()), payoff.strike(), pays_return, {}, false};
  for (const ql::Date& d : a.resetDates) c.resets.push_back(day_of(d));
  c.resets.push_back(expiry_of(a));
  if (c.resets.front() < as_of && c.resets.back() > as_of)
    throw input_error("a cliquet whose first reset was on " + to_string(c.resets.front()) +
                      " (QuantLib keeps no fixing of it); leave out the periods that are over");
  c.begun = c.resets.front() == as_of;
  if (c.begun) c.resets.erase(c.resets.begin());
  std::vector<date> dates = c.resets;
  return {std::move(c), std::move(dates), payoff.strike(), true};
}
template <> struct reader<ql::CliquetOption> {
  using engine = ql::CliquetOption::engine;
  static position read(const ql::CliquetOption::arguments& a, date as_of, std::size_t) { return strip(a, as_of, false); }
};
template <> struct reader<performance> {
  using engine = ql::CliquetOption::engine;
  static position read(const ql::CliquetOption::arguments& a, date as_of, std::size_t) { return strip(a, as_of, true); }
};

template <> struct reader<ql::BasketOption> {
  using engine = ql::BasketOption::engine;
  static position read(const ql::BasketOption::arguments& a, date, std::size_t assets) {
    const auto payoff = ext::dynamic_pointer_cast<ql::BasketPayoff>(a.payoff);
    if (payoff == nullptr)
      throw input_error("a payoff of the form " + a.payoff->name() + " (a basket needs a BasketPayoff); use one");
    const ql::PlainVanillaPayoff& on = plain(payoff->basePayoff());
    basket_option c{type_of(on.optionType()), on.strike(), expiry_of(a), basket_kind::sum, {}};
    for (std::size_t i = 0; i < assets; ++i) c.components.push_back({"", 1.0});
    if (payoff_if<ql::MinBasketPayoff>(a.payoff) != nullptr) c.kind = basket_kind::worst;
    else if (payoff_if<ql::MaxBasketPayoff>(a.payoff) != nullptr) c.kind = basket_kind::best;
    else if (payoff_if<ql::SpreadBasketPayoff>(a.payoff) != nullptr) {
      if (assets != 2) throw input_error("a spread of " + std::to_string(assets) + " assets (it has two); give two processes");
      c.components[1].weight = -1;
    } else if (payoff_if<ql::AverageBasketPayoff>(a.payoff) != nullptr) {
      // The weights are private; they show in the sums of unit baskets, which must be as long as there may be weights.
      const auto sum = [&](std::size_t first, std::size_t last) {
        ql::Array basket(1024, 0.0);
        std::fill(basket.begin() + first, basket.begin() + last, 1.0);
        return payoff->accumulate(basket);
      };
      for (std::size_t i = 0; i < assets; ++i) c.components[i].weight = sum(i, i + 1);
      if (sum(assets, 1024) != 0)
        throw input_error("an average of more assets than the " + std::to_string(assets) +
                          " of the process (each has a weight); correct one of the two");
    } else {
      throw input_error(
          "a basket payoff that is no minimum, maximum, average or spread (these are simulated); use QuantLib's own engine");
    }
    return {std::move(c), {c.expiry}, 1, true};
  }
};

template <class Results> void write(const outcome& o, Results& to) {
  if (!o.failure.empty()) throw input_error(o.failure);
  const estimate& e = o.value;
  to.value = e.value;
  to.errorEstimate = e.standard_error;
  to.valuationDate = o.day;
  auto& more = to.additionalResults;
  more["method"] = e.method;
  more["paths"] = static_cast<ql::Size>(e.paths);
  more["varianceRatio"] = ql::Real(e.variance_ratio);
  more["varianceReduction"] = e.variance_reduction;
  more["seconds"] = ql::Real(e.seconds);
  if (!e.warning.empty()) more["warning"] = e.warning;
  if (!o.greeks) return;
  const auto list = [&](const char* values, const char* errors, const std::vector<sensitivity>& from) {
    std::vector<ql::Real> v, errors_of;
    for (const sensitivity& s : from) v.push_back(s.value), errors_of.push_back(s.standard_error);
    more[values] = v;
    more[errors] = errors_of;
  };
  list("deltas", "deltaErrors", o.greeks->delta);
  list("gammas", "gammaErrors", o.greeks->gamma);
  more["vegaError"] = ql::Real(o.greeks->vega.standard_error);
  more["rhoError"] = ql::Real(o.greeks->rho.standard_error);
  more["thetaError"] = ql::Real(o.greeks->theta.standard_error);
  if (o.greeks->delta.size() == 1) {
    to.delta = o.greeks->delta[0].value;
    to.gamma = o.greeks->gamma[0].value;
  }
  to.vega = o.greeks->vega.value;
  to.theta = o.greeks->theta.value;
  to.rho = o.greeks->rho.value;
  to.dividendRho = o.dividend_rho;
  if constexpr (std::derived_from<Results, ql::MoreGreeks>) to.thetaPerDay = to.theta / 365;
}

template <class Product> class mc_engine final : public reader<Product>::engine, public member {
public:
  mc_engine(ext::shared_ptr<ql::StochasticProcess> follows, ext::shared_ptr<session> of)
      : member(std::move(follows)), session_(std::move(of)), id_(session_->enter(*this)) {
    this->registerWith(process);
  }
  ~mc_engine() override { session_->leave(id_); }
  mc_engine(const mc_engine&) = delete;
  mc_engine& operator=(const mc_engine&) = delete;

  void update() override {
    session_->moved();
    reader<Product>::engine::update();
  }
  void calculate() const override { write(session_->result_of(*this), this->results_); }
  position read(date as_of) const override {
    this->arguments_.validate();
    return reader<Product>::read(this->arguments_, as_of, process->size());
  }

private:
  ext::shared_ptr<session> session_;
  std::uint64_t id_;
};

} // namespace

template <class Product> MakeMcEngine<Product>::operator ext::shared_ptr<ql::PricingEngine>() const {
  return ext::make_shared<mc_engine<Product>>(process_, ext::make_shared<session>(settings_));
}
template class MakeMcEngine<ql::VanillaOption>;
template class MakeMcEngine<ql::ForwardVanillaOption>;
template class MakeMcEngine<ql::BarrierOption>;
template class MakeMcEngine<ql::DoubleBarrierOption>;
template class MakeMcEngine<ql::DiscreteAveragingAsianOption>;
template class MakeMcEngine<ql::ContinuousFloatingLookbackOption>;
template class MakeMcEngine<ql::ContinuousFixedLookbackOption>;
template class MakeMcEngine<ql::CliquetOption>;
template class MakeMcEngine<performance>;
template class MakeMcEngine<ql::BasketOption>;

batch::batch(const pricing_settings& settings, const std::string& device)
    : session_(ext::make_shared<session>(engine_settings{settings, 0, 0, device})) {}
std::int64_t batch::calls() const { return session_->calls(); }
std::size_t batch::simulations() const { return session_->simulations(); }

/// The engine keeps the arguments, so that it can be valued when another is asked.
template <class Product> void batch::attach(Product& option, const process& follows) {
  const auto engine = ext::make_shared<mc_engine<Product>>(follows, session_);
  option.setupArguments(engine->getArguments());
  option.setPricingEngine(engine);
}
void batch::add(ql::VanillaOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::ForwardVanillaOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::BarrierOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::DoubleBarrierOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::DiscreteAveragingAsianOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::ContinuousFloatingLookbackOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::ContinuousFixedLookbackOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::CliquetOption& option, const process& follows) { attach(option, follows); }
void batch::add(ql::BasketOption& option, const process& follows) { attach(option, follows); }

} // namespace dojima::quantlib
