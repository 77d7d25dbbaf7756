#include "engine_session.hpp"

#include <ql/processes/batesprocess.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/stochasticprocessarray.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/volatility/equityfx/blackvariancecurve.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "dojima/error.hpp"
#include "dojima/pricing/payoff.hpp"
#include "pricing/bumps.hpp"
#include "text.hpp"

namespace dojima::quantlib {
namespace {

/// A process by its handles.
struct asset_view {
  const ql::BlackVolTermStructure* surface = nullptr; ///< of a Black-Scholes process
  const ql::HestonProcess* heston = nullptr;          ///< of the others
  const ql::YieldTermStructure *rates, *dividends;
  double spot;

  explicit asset_view(const ql::StochasticProcess& p) : heston(dynamic_cast<const ql::HestonProcess*>(&p)) {
    const auto take = [&](const auto& process, const ql::Handle<ql::Quote>& quote) {
      rates = process.riskFreeRate().currentLink().get();
      dividends = process.dividendYield().currentLink().get();
      spot = quote->value();
    };
    if (const auto* bs = dynamic_cast<const ql::GeneralizedBlackScholesProcess*>(&p)) {
      take(*bs, bs->stateVariable());
      surface = bs->blackVolatility().currentLink().get();
    } else if (heston != nullptr) {
      take(*heston, heston->s0());
    } else {
      throw input_error("a process that is no GeneralizedBlackScholesProcess, HestonProcess or BatesProcess (these can be "
                        "simulated, and a StochasticProcessArray of the first); use QuantLib's own engine");
    }
  }

  bool has_smile() const {
    return dynamic_cast<const ql::BlackConstantVol*>(surface) == nullptr &&
           dynamic_cast<const ql::BlackVarianceCurve*>(surface) == nullptr;
  }
};

/// Years of a term structure's own clock over Dojima's, Act/365F, up to a date.
double clock_of(const ql::TermStructure& of, date as_of, date day) {
  return of.timeFromReference(ql_date(day)) / year_fraction(as_of, day, day_count::act_365f);
}

/// Heston's equations hold in the clock of the risk-free curve; c of its years to one of ours scale all but the correlation.
model dynamics_of(const ql::HestonProcess& p, double c) {
  const heston_model diffusion{c * p.v0(), c * p.kappa(), c * p.theta(), c * p.sigma(), p.rho()};
  if (const auto* b = dynamic_cast<const ql::BatesProcess*>(&p))
    return bates_model{diffusion, c * b->lambda(), b->nu(), b->delta()};
  return diffusion;
}

struct forward_strip_payoff : payoff {
  double sign;
  bool performance;
  path_value moneyness, last, sum = 0.0;

  explicit forward_strip_payoff(const forward_strip& t)
      : sign(sign_of(t.type)), performance(t.performance), moneyness(parameter(t.moneyness)), last(parameter(t.last)) {}
  std::vector<path_value*> state() override { return {&last, &sum}; }
  /// Schedule 0: ends of periods; 1: the first reset.
  void observe(int schedule, const observation& o) override {
    const path_value spot = o.spot();
    if (schedule == 0)
      sum = sum + o.date() * max(sign * (performance ? spot / last - moneyness : spot - moneyness * last), path_value(0.0));
    last = spot;
  }
  path_value value() const override { return sum; }
};

struct contract_maker {
  const std::vector<std::string>& assets;

  contract operator()(const auto& terms) const { return terms; }
  contract operator()(basket_option terms) const {
    for (std::size_t i = 0; i < assets.size(); ++i) terms.components[i].underlying = assets[i];
    return terms;
  }
  contract operator()(const forward_strip& terms) const {
    std::vector<date> ends = terms.resets;
    std::vector<std::vector<date>> schedules;
    if (!terms.begun) schedules = {{ends.front()}}, ends.erase(ends.begin());
    schedules.insert(schedules.begin(), ends);
    return custom_option{
        "cliquet", [terms] { return std::make_unique<forward_strip_payoff>(terms); }, assets, schedules, ends.back(), true};
  }
};

} // namespace

/// The market that the members' processes make up, and who of the members can be valued in it.
class session::scene {
public:
  struct entry {
    member* of;
    planned plan;
    double rate_clock, dividend_clock, volatility_clock;
  };
  date as_of{};
  double last_time = 0; ///< of the latest expiry
  std::vector<entry> entries;

  void add(member& one) {
    if (one.process == nullptr) throw input_error("an engine without a process (it has the market); give one");
    std::vector<asset_view> views;
    const auto* array = dynamic_cast<const ql::StochasticProcessArray*>(one.process.get());
    if (array == nullptr) views.emplace_back(*one.process);
    else
      for (ql::Size i = 0; i < array->size(); ++i) views.emplace_back(*array->process(i));
    const ql::YieldTermStructure& rates = *views.front().rates;
    one.result.day = rates.referenceDate();
    const date today = day_of(one.result.day);
    if (as_of == date{}) as_of = today;
    if (today != as_of)
      throw input_error("a risk-free curve of " + to_string(today) + " in a batch of " + to_string(as_of) +
                        " (one call values one day); use a batch for each");

    one.valued = one.read(as_of);
    const position& p = *one.valued;
    if (array != nullptr && !std::holds_alternative<basket_option>(p.terms))
      throw input_error("a StochasticProcessArray for an option on one asset (it follows one process); give that");
    if (const auto* b = std::get_if<basket_option>(&p.terms); b != nullptr && b->components.size() != views.size())
      throw input_error("a payoff on " + std::to_string(b->components.size()) + " assets and " + std::to_string(views.size()) +
                        " processes (one is needed for each); correct one of the two");
    const date expiry = p.dates.back();
    if (expiry <= as_of) { // as QuantLib's instruments: worth nothing
      one.result.value.method = "expired";
      one.result.greeks = sensitivities{{{}}, {{}}, {}, {}, {}};
      return;
    }

    entry e{&one, {p.terms, {}}, clock_of(rates, as_of, expiry), clock_of(*views.front().dividends, as_of, expiry), 0};
    if (auto* strip = std::get_if<forward_strip>(&e.plan.terms); strip != nullptr && strip->begun)
      strip->last = views.front().spot;
    for (std::size_t i = 0; i < views.size(); ++i) {
      const asset_view& v = views[i];
      key k{one.process.get(), i, 0, 1};
      if (v.surface != nullptr) {
        v.surface->blackVariance(ql_date(expiry), p.strike_of_spot ? p.strike * v.spot : p.strike); // throws where it has none
        if (v.has_smile()) k.strike = p.strike_of_spot ? -p.strike : p.strike;
        if (i == 0) e.volatility_clock = std::sqrt(clock_of(*v.surface, as_of, expiry));
      } else {
        k.clock = 1e-9 * std::round(1e9 * clock_of(*v.rates, as_of, expiry));
        e.volatility_clock = std::sqrt(k.clock);
      }
      v.dividends->discount(ql_date(expiry));
      v.rates->discount(ql_date(expiry));
      const auto [found, is_new] = index_.try_emplace(k, assets_.size());
      if (is_new) assets_.push_back({v, &rates, p.strike, p.strike_of_spot, k.clock, {}});
      asset& a = assets_[found->second];
      a.dates.insert(a.dates.end(), p.dates.begin(), p.dates.end());
      e.plan.assets.push_back(name(found->second));
    }
    if (array != nullptr) correlate(*array, e.plan.assets);
    last_time = std::max(last_time, year_fraction(as_of, expiry, day_count::act_365f));
    entries.push_back(std::move(e));
  }

  /// dividend_move: added to every dividend yield.
  market snapshot(double dividend_move = 0) const {
    market m{as_of, "cash", {}, {{"cash", 1.0}}, {}, correlations_};
    std::map<const ql::YieldTermStructure*, std::vector<date>> paid;
    for (const asset& a : assets_) {
      auto& dates = paid[a.discounting];
      dates.insert(dates.end(), a.dates.begin(), a.dates.end());
    }
    for (auto& [rates, dates] : paid) {
      const auto days = pillars(std::move(dates));
      m.curves.emplace(currency(rates), curve_on(days, [&](const ql::Date& d) { return std::log(rates->discount(d)); }));
      m.fx[currency(rates)] = 1;
    }
    for (std::size_t i = 0; i < assets_.size(); ++i) {
      const asset& a = assets_[i];
      const std::vector<date> days = pillars(a.dates);
      underlying u;
      u.name = name(i);
      u.currency = currency(a.discounting);
      u.spot = a.view.spot;
      u.dividend_curve = curve_on(days, [&](const ql::Date& d) {
        const double other =
            a.view.rates == a.discounting ? 0.0 : std::log(a.discounting->discount(d) / a.view.rates->discount(d));
        return std::log(a.view.dividends->discount(d)) + other - dividend_move * m.time_to(day_of(d));
      });
      if (a.view.surface != nullptr) {
        const double strike = a.strike_of_spot ? a.strike * u.spot : a.strike;
        term_volatility v;
        for (const date d : days) {
          v.times.push_back(m.time_to(d));
          v.values.push_back(std::sqrt(a.view.surface->blackVariance(ql_date(d), strike) / v.times.back()));
        }
        u.surface = std::move(v);
      } else {
        u.dynamics = dynamics_of(*a.view.heston, a.clock);
        u.surface = flat_volatility{std::sqrt(a.clock * std::max(a.view.heston->v0(), a.view.heston->theta()))};
      }
      m.underlyings.emplace(u.name, std::move(u));
    }
    return m;
  }

private:
  /// Members share an asset where all of these agree. strike: 0 without a smile, below 0 a part of the spot.
  struct key {
    const ql::StochasticProcess* process;
    std::size_t component;
    double strike, clock;
    bool operator<(const key& b) const {
      return std::tie(process, component, strike, clock) < std::tie(b.process, b.component, b.strike, b.clock);
    }
  };
  struct asset {
    asset_view view;
    const ql::YieldTermStructure* discounting; ///< the curve of what trades on it pay
    double strike;
    bool strike_of_spot;
    double clock;
    std::vector<date> dates;
  };

  static std::string name(std::size_t i) { return "asset " + std::to_string(i); }
  std::string currency(const ql::YieldTermStructure* rates) const {
    const auto first = std::ranges::find(assets_, rates, &asset::discounting);
    return "currency " + std::to_string(first - assets_.begin());
  }
  void correlate(const ql::StochasticProcessArray& array, const std::vector<std::string>& names) {
    const ql::Matrix rho = array.correlation();
    for (std::size_t i = 0; i < names.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) // its square root and back cost the last digits
        correlations_[std::minmax(names[i], names[j])] = std::clamp<double>(rho[i][j], -1, 1);
  }
  /// The dates, and every thirtieth day between, on which curves are taken over as they are.
  std::vector<date> pillars(std::vector<date> dates) const {
    constexpr std::chrono::days apart{30};
    const date last = std::ranges::max(dates);
    for (date d = as_of + apart; d < last; d += apart) dates.push_back(d);
    std::ranges::sort(dates);
    dates.erase(std::ranges::unique(dates).begin(), dates.end());
    std::erase_if(dates, [&](date d) { return d <= as_of; });
    return dates;
  }
  curve curve_on(const std::vector<date>& days, const auto& log_discount) const {
    std::vector<double> times, logs;
    for (const date d : days) {
      times.push_back(year_fraction(as_of, d, day_count::act_365f));
      logs.push_back(log_discount(ql_date(d)));
    }
    return curve(std::move(times), std::move(logs));
  }

  std::map<key, std::size_t> index_;
  std::vector<asset> assets_;
  std::map<std::pair<std::string, std::string>, double> correlations_;
};

session::session(const engine_settings& settings) : settings_(settings), on_(device::parse(settings.device)) {}

std::uint64_t session::enter(member& engine) {
  members_[next_] = &engine;
  stale_ = true;
  return next_++;
}

const outcome& session::result_of(const member& engine) {
  if (stale_ || !engine.ready || engine.read(as_of_) != engine.valued) value_all();
  engine.ready = false;
  return engine.result;
}

void session::value_all() {
  stale_ = true; // until all is done
  scene s;
  for (const auto& [id, one] : members_) {
    one->ready = true;
    one->result = {};
    one->valued.reset();
    try {
      s.add(*one);
    } catch (const std::exception& problem) {
      one->result.failure = problem.what();
    }
  }
  ++calls_;
  const market today = s.snapshot();
  std::vector<planned> plan;
  portfolio positions;
  std::erase_if(s.entries, [&](const scene::entry& e) {
    const std::vector<std::string>& assets = e.plan.assets;
    trade t{std::to_string(plan.size()), "", assets.front(), 1, std::visit(contract_maker{assets}, e.plan.terms)};
    if (const auto p = find_problem(t, today)) {
      e.of->result.failure = p->what + " (" + p->why + "); " + p->suggestion;
      return true;
    }
    plan.push_back(e.plan);
    positions.push_back(std::move(t));
    return false;
  });
  const double step = settings_.steps > 0 ? s.last_time / settings_.steps : settings_.pricing.largest_step;
  if (plan != plan_ || s.as_of != as_of_ || step != settings_.pricing.largest_step) {
    plan_ = std::move(plan);
    as_of_ = s.as_of;
    settings_.pricing.largest_step = step;
    book_.reset();
    plain_.reset();
  }
  if (!positions.empty()) value(s, positions, today);
  stale_ = false;
}

void session::value(const scene& s, const portfolio& positions, const market& today) {
  pricing_settings& how = settings_.pricing;
  std::vector<estimate> values;
  for (;;) {
    if (!book_) book_.emplace(positions, today, how, on_);
    values = book_->price(today);
    double more = 0; // how many times more samples are needed
    if (settings_.absolute_error > 0)
      for (const estimate& e : values) more = std::max(more, std::pow(e.standard_error / settings_.absolute_error, 2));
    if (more <= 1 || how.paths >= how.most_paths) break;
    how.paths =
        static_cast<std::int64_t>(std::min(static_cast<double>(how.most_paths), 1.1 * more * static_cast<double>(how.paths)));
    book_.reset();
    plain_.reset();
  }
  for (estimate& e : values)
    if (settings_.absolute_error > 0 && e.standard_error > settings_.absolute_error)
      e.warning = "tolerance missed (an error of " + number_text(e.standard_error, 3) + " after " + std::to_string(how.paths) +
                  " samples, " + number_text(settings_.absolute_error) + " was asked for); raise withMaxSamples" +
                  (e.warning.empty() ? "" : "; ") + e.warning;
  std::vector<double> dividend_rhos(values.size(), 0.0);
  if (how.greeks) {
    pricing_settings without = how;
    without.greeks = false;
    if (!plain_) plain_.emplace(positions, today, without, on_);
    for (const double h : {rate_move, -rate_move}) {
      const std::vector<estimate> moved = plain_->price(s.snapshot(h));
      for (std::size_t i = 0; i < moved.size(); ++i) dividend_rhos[i] += moved[i].value / (2 * h);
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const scene::entry& e = s.entries[i];
    outcome& r = e.of->result;
    r.failure = values[i].status;
    if (!r.failure.empty()) book_.reset(); // another market may do
    r.greeks = values[i].greeks;
    r.value = std::move(values[i]);
    if (!r.greeks) continue;
    r.greeks->rho.value *= e.rate_clock;
    r.greeks->rho.standard_error *= e.rate_clock;
    r.dividend_rho = e.dividend_clock * dividend_rhos[i];
    r.greeks->vega.value *= e.volatility_clock;
    r.greeks->vega.standard_error *= e.volatility_clock;
  }
}

} // namespace dojima::quantlib
