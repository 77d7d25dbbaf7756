#include "pricing/importance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "pricing/book.hpp"

namespace dojima {
namespace {

/// p / q of the mixture at a price S of the last date: 1 / mean over the drifts c of exp(c Y - c^2 w / 2), Y = ln S / F + w
/// / 2.
struct likelihood_ratio {
  path_value tilt, up, down; ///< up, down: what the exponents of the two tilts are at S = 1

  path_value operator()(path_value spot) const {
    const path_value moved = tilt * log(spot);
    return double{drifts} / (1.0 + exp(up + moved) + exp(down - moved));
  }
};

/// A payoff, or its square, times the likelihood ratio of the price at its last date, which is a schedule of its own.
class weighted final : public payoff {
public:
  weighted(std::unique_ptr<payoff> inner, int last, likelihood_ratio ratio, bool squared)
      : inner_(std::move(inner)), last_(last), ratio_(ratio), squared_(squared) {}
  std::vector<path_value*> state() override {
    std::vector<path_value*> all = inner_->state();
    all.push_back(&spot_);
    return all;
  }
  void observe(int schedule, const observation& o) override {
    if (schedule == last_) spot_ = o.spot();
    else inner_->observe(schedule, o);
  }
  path_value value() const override {
    const path_value paid = inner_->value(), once = paid * ratio_(spot_);
    return squared_ ? paid * once : once;
  }

private:
  std::unique_ptr<payoff> inner_;
  int last_;
  likelihood_ratio ratio_;
  bool squared_;
  path_value spot_ = 1.0;
};

double variance_to(const valuation& v, const path_trade& t, date day) {
  const underlying& u = v.of(t.assets[0]);
  return v.variance(u, v.time_to(day), t.strike > 0 ? t.strike : u.spot);
}

} // namespace

path_trade tilted(path_trade t, double tilt) {
  const path_trade plain = t;
  const int last = static_cast<int>(t.schedules.size());
  const date end = last_date(t);
  t.tilt = tilt;
  t.schedules.push_back({{end}});
  const auto form = [=](bool squared) {
    return [=](tape& on, std::span<const valuation> markets) -> std::unique_ptr<payoff> {
      std::vector<double> up, down;
      for (const valuation& v : markets) {
        const double w = variance_to(v, plain, end);
        const underlying& u = v.of(plain.assets[0]);
        const double centre = tilt * (0.5 * w - std::log(v.forward(u, v.time_to(end)))), norm = 0.5 * tilt * tilt * w;
        up.push_back(centre - norm);
        down.push_back(-centre - norm);
      }
      auto inner = plain.form(on, markets);
      const path_value slope = on.parameter(std::vector(markets.size(), tilt));
      const likelihood_ratio ratio{slope, on.parameter(up), on.parameter(down)};
      return std::make_unique<weighted>(std::move(inner), last, ratio, squared);
    };
  };
  t.form = form(false);
  t.control = form(true);
  t.control_mean = {};
  return t;
}

std::vector<double> best_tilts(const std::vector<path_trade>& trades, const std::vector<double>& quantities, const market& m,
                               const pricing_settings& settings, const stream& on) {
  std::vector<double> tilts(trades.size(), 0.0);
  const underlying& u = m.underlyings.at(trades[0].assets[0]);
  if (trades[0].assets.size() > 1 || !std::holds_alternative<black_scholes_model>(u.dynamics) || !u.dividends.empty())
    return tilts;
  pricing_settings pilot;
  pilot.seed = settings.seed + 1; // so that the choice does not know the paths that it is for
  pilot.paths = 1 << 14;
  pilot.format = settings.format;
  pilot.control_variates = settings.control_variates;
  constexpr double most = 6, step = 0.75, least_gain = 10;

  std::set<date> ends; // a drift means the same for trades that end together
  for (const path_trade& t : trades) ends.insert(last_date(t));
  for (const date end : ends) {
    std::vector<std::size_t> where;
    std::vector<double> units;
    for (std::size_t i = 0; i < trades.size(); ++i)
      if (last_date(trades[i]) == end) where.push_back(i), units.push_back(quantities[i]);
    const double deviation = std::sqrt(variance_to({m, 0, {}}, trades[where[0]], end));
    const auto at = [&](double tilt) {
      std::vector<path_trade> moved;
      for (const std::size_t i : where) moved.push_back(tilt == 0 ? trades[i] : tilted(trades[i], tilt));
      std::vector<estimate> found(moved.size());
      for (const std::vector<std::size_t>& some : simulations_of(moved)) {
        std::vector<path_trade> part;
        std::vector<double> quantities_of_part;
        for (const std::size_t k : some) part.push_back(std::move(moved[k])), quantities_of_part.push_back(units[k]);
        std::vector<estimate> of_part =
            path_group(std::move(part), std::move(quantities_of_part), m, pilot, {on}).price(m, pilot.paths);
        for (std::size_t k = 0; k < some.size(); ++k) found[some[k]] = std::move(of_part[k]);
      }
      return found;
    };
    const auto relative = [](const estimate& e) {
      return e.value == 0 ? std::numeric_limits<double>::infinity() : e.standard_error / std::abs(e.value);
    };
    const std::vector<estimate> plain = at(0);
    std::vector<estimate> best = plain;
    for (double shift = step; shift <= most; shift += step) {
      const std::vector<estimate> found = at(shift / deviation);
      for (std::size_t k = 0; k < where.size(); ++k) {
        const double gain = std::pow(relative(plain[k]) / relative(found[k]), 2) / drifts;
        const bool smaller = plain[k].value == 0 || found[k].standard_error < plain[k].standard_error;
        if (!(gain >= least_gain && smaller && relative(found[k]) < relative(best[k]))) continue;
        best[k] = found[k];
        tilts[where[k]] = shift / deviation;
      }
    }
  }
  return tilts;
}

} // namespace dojima
