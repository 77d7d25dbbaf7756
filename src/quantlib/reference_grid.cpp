// Backward recursion: QuantLib's finite-difference operators of Black-Scholes, of local volatility and of Heston's model,
// rolled back by its solver between the dates on which something happens.
#include "quantlib/reference_roads.hpp"

#include <ql/math/interpolations/cubicinterpolation.hpp>
#include <ql/methods/finitedifferences/meshers/fdmhestonvariancemesher.hpp>
#include <ql/methods/finitedifferences/meshers/fdmmeshercomposite.hpp>
#include <ql/methods/finitedifferences/meshers/uniform1dmesher.hpp>
#include <ql/methods/finitedifferences/operators/fdmlinearoplayout.hpp>
#include <ql/methods/finitedifferences/solvers/fdmbackwardsolver.hpp>
#include <ql/methods/finitedifferences/stepconditions/fdmstepconditioncomposite.hpp>
#include <ql/methods/finitedifferences/utilities/fdmdirichletboundary.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "quantlib/reference_operators.hpp"

namespace dojima::quantlib {
namespace {

/// Barriers; those watched at all times are ends of the grid, on which the value is `at_hit`.
struct barriers {
  std::optional<double> lower = {}, upper = {};
  double at_hit = 0;
  std::vector<date> monitoring = {}; ///< empty: at all times
};

/// Multiples of the fewest nodes and steps.
struct resolution {
  int nodes = 2, steps = 2;
};

/// Values as a function of ln S, under Heston's model also of the variance.
class grid {
public:
  grid(const asset& a, const std::vector<date>& dates, const barriers& b, resolution by)
      : a_(a), steps_(by.steps), horizon_(a.time(dates.back())) {
    const bool at_all_times = b.monitoring.empty();
    const double deviation = std::sqrt(widest_variance()), drift = a.growth(horizon_), here = std::log(a.u.spot);
    at_hit_ = b.at_hit;
    constexpr double reach = 7;
    low_ = at_all_times && b.lower ? std::log(*b.lower) : here + std::min(drift, 0.0) - reach * deviation;
    const double high = at_all_times && b.upper ? std::log(*b.upper) : here + std::max(drift, 0.0) + reach * deviation;
    const auto* heston = a.under<heston_model>();
    nodes_ = static_cast<std::size_t>((heston ? 200 : 400) * by.nodes) + 1;
    width_ = (high - low_) / static_cast<double>(nodes_ - 1);
    const auto line = ext::make_shared<ql::Uniform1dMesher>(low_, high, nodes_);
    if (heston) {
      const auto process = a.heston_process(*heston);
      const auto variances = ext::make_shared<ql::FdmHestonVarianceMesher>(25 * by.nodes, process, horizon_);
      variances_ = variances->locations();
      mesher_ = ext::make_shared<ql::FdmMesherComposite>(line, variances);
      operator_ = heston_operator(mesher_, process);
    } else {
      mesher_ = ext::make_shared<ql::FdmMesherComposite>(line);
      const bool local = !a.under<black_scholes_model>();
      operator_ = black_scholes_operator(mesher_, local ? a.local_process() : a.curve_process(dates), local);
    }
    const auto bound = [&](ql::FdmDirichletBoundary::Side side) {
      ends_.push_back(ext::make_shared<ql::FdmDirichletBoundary>(mesher_, b.at_hit, 0, side));
    };
    if (at_all_times && b.lower) bound(ql::FdmDirichletBoundary::Lower);
    if (at_all_times && b.upper) bound(ql::FdmDirichletBoundary::Upper);
  }

  /// A function of the spot, averaged over each node's cell; smooth but at `breaks`.
  template <class F> ql::Array averaged(const F& f, std::vector<double> breaks) const {
    for (double& x : breaks) x = std::log(x);
    std::sort(breaks.begin(), breaks.end());
    ql::Array v(size());
    for (std::size_t i = 0; i < nodes_; ++i) {
      double from = node(i) - 0.5 * width_, sum = 0;
      const double end = from + width_;
      const auto piece = [&](double to) { // Simpson's rule, within the piece
        const double inset = 1e-9 * (to - from);
        sum += (to - from) / 6 * (f(std::exp(from + inset)) + 4 * f(std::exp(0.5 * (from + to))) + f(std::exp(to - inset)));
        from = to;
      };
      for (const double x : breaks)
        if (x > from && x < end) piece(x);
      piece(end);
      for (std::size_t j = i; j < v.size(); j += nodes_) v[j] = sum / width_;
    }
    return v;
  }
  void roll(ql::Array& v, double from, double to) const {
    const int whole = (variances_.empty() ? 200 : 50) * steps_ * (ends_.empty() ? 1 : variances_.empty() ? 4 : 2);
    const auto steps = static_cast<std::size_t>(std::ceil(whole * (from - to) / horizon_));
    ql::FdmBackwardSolver(operator_, ends_, nullptr,
                          variances_.empty() ? ql::FdmSchemeDesc::CrankNicolson() : ql::FdmSchemeDesc::Hundsdorfer())
        .rollback(v, from, to, std::max<std::size_t>(steps, static_cast<std::size_t>(2 * steps_)), 2);
  }
  /// The spot falls by cash: the value at a spot is then that at the spot less the cash. Without a variance.
  void pay(ql::Array& v, double cash) const {
    const auto after = over_spot(v, 0);
    for (std::size_t i = 0; i < nodes_; ++i) {
      const double s = std::exp(node(i)) - cash;
      v[i] = s > std::exp(low_) ? after(std::log(s)) : ends_.empty() ? after(low_) : at_hit_;
    }
  }
  double at_spot(const ql::Array& v) const {
    const double here = std::log(a_.u.spot);
    if (variances_.empty()) return over_spot(v, 0)(here);
    std::vector<double> over_variance;
    for (std::size_t j = 0; j < variances_.size(); ++j) over_variance.push_back(over_spot(v, j)(here));
    return ql::CubicNaturalSpline(variances_.begin(), variances_.end(), over_variance.begin())(a_.under<heston_model>()->v0);
  }
  std::size_t size() const { return mesher_->layout()->size(); }

private:
  double node(std::size_t i) const { return low_ + static_cast<double>(i) * width_; }
  /// The values of one variance as a function of ln S.
  std::function<double(double)> over_spot(const ql::Array& v, std::size_t variance) const {
    const auto x = std::make_shared<std::vector<double>>(nodes_);
    for (std::size_t i = 0; i < nodes_; ++i) (*x)[i] = node(i);
    const auto y = std::make_shared<ql::Array>(v.begin() + static_cast<std::ptrdiff_t>(variance * nodes_),
                                               v.begin() + static_cast<std::ptrdiff_t>((variance + 1) * nodes_));
    return [x, y, spline = ql::CubicNaturalSpline(x->begin(), x->end(), y->begin())](double at) { return spline(at); };
  }
  double widest_variance() const {
    if (const auto* p = a_.under<heston_model>()) return std::max(p->v0, p->theta) * horizon_;
    if (a_.under<black_scholes_model>()) return a_.variance(horizon_);
    return a_.local_process()->blackVolatility()->blackVariance(horizon_, a_.u.spot);
  }

  const asset& a_;
  int steps_;
  double horizon_, low_ = 0, width_ = 0, at_hit_ = 0;
  std::size_t nodes_ = 0;
  std::vector<double> variances_;
  ext::shared_ptr<ql::FdmMesher> mesher_;
  ext::shared_ptr<ql::FdmLinearOpComposite> operator_;
  ql::FdmBoundaryConditionSet ends_;
};

/// Weekly dates and those given, up to the last of them.
std::vector<date> with_weeks(const market& m, std::vector<date> dates) {
  const date last = *std::max_element(dates.begin(), dates.end());
  for (date d = m.as_of + std::chrono::days{7}; d < last; d += std::chrono::days{7}) dates.push_back(d);
  std::erase_if(dates, [&](date d) { return d <= m.as_of; });
  std::sort(dates.begin(), dates.end());
  dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
  return dates;
}

struct grid_visitor {
  const valued_trade& p;
  const asset& a = p.a;
  using result = std::optional<reference>;

  /// The errors of nodes and of steps, each from half their number, may have opposite signs.
  template <class Value> reference converged(bool first_order, const Value& value) const {
    const double fine = value(resolution{}), fewer_nodes = value(resolution{.nodes = 1}),
                 fewer_steps = value(resolution{.steps = 1});
    reference r{fine, name(), std::abs(fine - fewer_nodes) + std::abs(fine - fewer_steps)};
    // QuantLib's conditions at the ends of a grid are of first order in the step.
    if (first_order) r.value += fine - fewer_steps, r.engine += ", extrapolated";
    return r;
  }
  const char* name() const { return a.under<heston_model>() ? "FdmHestonOp" : "FdmBlackScholesOp"; }

  /// Of an option that ends at a barrier with `at_hit`, else pays at expiry.
  template <class F>
  double knock_out(date expiry, const barriers& b, const F& payoff, std::vector<double> breaks, resolution by) const {
    std::vector<date> dates = b.monitoring;
    dates.push_back(expiry);
    const grid g(a, with_weeks(p.m, dates), b, by);
    for (const auto& level : {b.lower, b.upper})
      if (level) breaks.push_back(*level);
    ql::Array v = g.averaged(payoff, breaks);
    const ql::Array inside =
        g.averaged([&](double s) { return (!b.lower || s > *b.lower) && (!b.upper || s < *b.upper) ? 1.0 : 0.0; }, breaks);
    std::map<date, double> cash; // on the days on which something happens
    for (const date d : b.monitoring) cash[d];
    for (const cash_dividend& d : a.u.dividends) cash[d.day] += d.amount;
    double time = a.time(expiry);
    for (auto event = cash.rbegin(); event != cash.rend(); ++event) {
      const auto [day, paid] = *event;
      if (day > expiry || day <= p.m.as_of) continue;
      if (a.time(day) < time) g.roll(v, time, a.time(day));
      time = a.time(day);
      if (std::binary_search(b.monitoring.begin(), b.monitoring.end(), day)) v = inside * v + (1.0 - inside) * b.at_hit;
      if (paid != 0) g.pay(v, paid);
    }
    g.roll(v, time, 0);
    return g.at_spot(v);
  }
  template <class F>
  reference option(date expiry, const barriers& b, const F& payoff, const std::vector<double>& breaks) const {
    return converged(b.monitoring.empty() && (b.lower || b.upper),
                     [&](resolution by) { return knock_out(expiry, b, payoff, breaks, by); });
  }
  template <class Option> static auto intrinsic(const Option& c) {
    return [sign = sign_of(c.type), k = c.strike](double s) { return std::max(sign * (s - k), 0.0); };
  }
  /// Knocked out, or knocked in as the option less what is knocked out; the rebate at the end.
  template <class Option> reference knock(const Option& c, const barriers& b, double rebate) const {
    const auto payoff = intrinsic(c);
    reference out = option(c.expiry, b, [=](double s) { return payoff(s) - rebate; }, {c.strike});
    if (!c.knock_in) {
      out.value += rebate * a.discount(a.time(c.expiry));
      return out;
    }
    const european_option plain{c.type, c.strike, c.expiry};
    const reference whole = a.u.dividends.empty() ? *european_value(a, {c.type, c.strike, c.expiry}) : *(*this)(plain);
    return {whole.value - out.value, whole.engine + " less " + out.engine, whole.error + out.error};
  }

  result operator()(const european_option& c) const { return option(c.expiry, {}, intrinsic(c), {c.strike}); }
  result operator()(const digital_option& c) const {
    const auto payoff = [&](double s) { return sign_of(c.type) * (s - c.strike) > 0 ? c.cash.value_or(s) : 0; };
    return option(c.expiry, {}, payoff, {c.strike});
  }
  result operator()(const barrier_option& c) const {
    barriers b{{}, {}, c.knock_in ? 0 : c.rebate, c.monitoring};
    (c.up ? b.upper : b.lower) = c.barrier;
    return knock(c, b, c.knock_in ? c.rebate : 0);
  }
  result operator()(const double_barrier_option& c) const { return knock(c, {c.lower, c.upper, 0, c.monitoring}, c.rebate); }
  result operator()(const touch_option& c) const {
    barriers b{{}, {}, c.at_hit ? c.cash : 0, c.monitoring};
    (c.up ? b.upper : b.lower) = c.barrier;
    const double at_end = c.at_hit ? 0 : c.cash;
    reference r = option(c.expiry, b, [&](double) { return at_end; }, {});
    if (!c.no_touch && !c.at_hit) r.value = c.cash * a.discount(a.time(c.expiry)) - r.value;
    return r;
  }
  result operator()(const chooser_option& c) const {
    if (!a.u.dividends.empty()) return {};
    return converged(false, [&](resolution by) {
      const grid g(a, with_weeks(p.m, {c.choice, c.expiry}), {}, by);
      const auto option = [&](double sign) {
        ql::Array v = g.averaged([&](double s) { return std::max(sign * (s - c.strike), 0.0); }, {c.strike});
        g.roll(v, a.time(c.expiry), a.time(c.choice));
        return v;
      };
      ql::Array v = option(1);
      const ql::Array put = option(-1);
      std::transform(v.begin(), v.end(), put.begin(), v.begin(), [](double x, double y) { return std::max(x, y); });
      g.roll(v, a.time(c.choice), 0);
      return g.at_spot(v);
    });
  }
  result operator()(const compound_option& c) const {
    if (!a.under<black_scholes_model>() || !a.u.dividends.empty()) return {};
    return converged(false, [&](resolution by) {
      const grid g(a, with_weeks(p.m, {c.expiry, c.inner_expiry}), {}, by);
      ql::Array v =
          g.averaged([&](double s) { return std::max(sign_of(c.inner_type) * (s - c.inner_strike), 0.0); }, {c.inner_strike});
      g.roll(v, a.time(c.inner_expiry), a.time(c.expiry));
      for (double& x : v) x = std::max(sign_of(c.type) * (x - c.strike), 0.0);
      g.roll(v, a.time(c.expiry), 0);
      return g.at_spot(v);
    });
  }
  template <class Other> result operator()(const Other&) const { return {}; }
};

} // namespace

std::optional<reference> by_finite_differences(const valued_trade& p) {
  const bool has_operator = p.a.under<black_scholes_model>() || p.a.under<local_volatility_model>() || p.a.under<cev_model>() ||
                            p.a.under<heston_model>();
  if (!has_operator) return {};
  return std::visit(grid_visitor{p}, p.t.terms);
}

} // namespace dojima::quantlib
