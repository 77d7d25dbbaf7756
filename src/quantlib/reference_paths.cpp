// Monte Carlo: QuantLib's processes, advanced by their own `evolve` on normals from its Mersenne Twister.
#include "quantlib/reference_roads.hpp"

#include <ql/math/distributions/normaldistribution.hpp>
#include <ql/math/distributions/poissondistribution.hpp>
#include <ql/math/matrixutilities/choleskydecomposition.hpp>
#include <ql/math/randomnumbers/mt19937uniformrng.hpp>

#include <algorithm>
#include <cmath>

#include "quantlib/reference_claim.hpp"

namespace dojima::quantlib {
namespace {

/// Uniform and normal numbers.
struct source {
  ql::MersenneTwisterUniformRng uniforms;
  ql::InverseCumulativeNormal inverse = {};
  double uniform() { return uniforms.nextReal(); }
  double normal() { return inverse(uniforms.nextReal()); }
};

/// Jumps of ln S over a time, their mean effect on S removed.
struct jumps {
  double intensity, mean; ///< mean: of e^J - 1
  std::function<double(source&)> size;

  double sum(source& random, double time) const {
    double total = -intensity * mean * time;
    const double count = ql::InverseCumulativePoisson(intensity * time)(random.uniform());
    for (double i = 0; i < count; ++i) total += size(random);
    return total;
  }
};
jumps lognormal_jumps(double intensity, double mean, double deviation) {
  return {intensity, std::expm1(mean + 0.5 * deviation * deviation),
          [=](source& random) { return mean + deviation * random.normal(); }};
}
jumps double_exponential_jumps(const kou_model& p) {
  return {p.intensity, p.p * p.up / (p.up - 1) + (1 - p.p) * p.down / (p.down + 1) - 1, [=](source& random) {
            const bool up = random.uniform() < p.p;
            return -std::log(random.uniform()) / (up ? p.up : -p.down);
          }};
}

/// What one asset follows, and the longest step of its process, in years.
struct dynamics {
  ext::shared_ptr<ql::StochasticProcess> process;
  std::string name;
  double step = 1e6;
  std::optional<jumps> with = {};
  double rho = 0; ///< of price and variance
};

struct dynamics_visitor {
  const asset& a;
  const std::vector<date>& dates;

  dynamics operator()(const black_scholes_model&) const { return {a.curve_process(dates), "GeneralizedBlackScholesProcess"}; }
  dynamics operator()(const local_volatility_model&) const {
    return {a.local_process(), "GeneralizedBlackScholesProcess", 1.0 / 32};
  }
  dynamics operator()(const cev_model&) const { return {a.local_process(), "GeneralizedBlackScholesProcess", 1.0 / 32}; }
  dynamics operator()(const heston_model& p) const { return {a.heston_process(p), "HestonProcess", 1.0 / 16, {}, p.rho}; }
  dynamics operator()(const bates_model& p) const {
    return {a.heston_process(p.diffusion), "HestonProcess and jumps", 1.0 / 16,
            lognormal_jumps(p.intensity, p.jump_mean, p.jump_deviation), p.diffusion.rho};
  }
  dynamics operator()(const merton_model& p) const {
    return {a.curve_process(p.volatility), "GeneralizedBlackScholesProcess and jumps", 1e6,
            lognormal_jumps(p.intensity, p.jump_mean, p.jump_deviation)};
  }
  dynamics operator()(const kou_model& p) const {
    return {a.curve_process(p.volatility), "GeneralizedBlackScholesProcess and jumps", 1e6, double_exponential_jumps(p)};
  }
  template <class Other> dynamics operator()(const Other&) const { throw no_reference("it has no process for the model"); }
};

ql::Matrix correlation_root(const std::vector<std::string>& names, const market& m) {
  ql::Matrix rho(names.size(), names.size(), 1.0);
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) rho[i][j] = rho[j][i] = correlation_of(m, names[i], names[j]);
  return ql::CholeskyDecomposition(rho, true);
}

/// Sums of what paths are worth, with the mean of S / F at the end as control variate, whose mean is 0.
struct statistics {
  double n = 0, x = 0, c = 0, xx = 0, xc = 0, cc = 0, difference = 0;
  void add(double fine, double coarse, double control) {
    ++n, x += fine, c += control, xx += fine * fine, xc += fine * control, cc += control * control;
    difference += fine - coarse;
  }
  reference result(const std::string& engine) const {
    const double vxx = xx / n - x / n * x / n, vxc = xc / n - x / n * c / n, vcc = cc / n - c / n * c / n;
    const double beta = vcc > 0 ? vxc / vcc : 0;
    reference r{(x - beta * c) / n, engine, std::abs(difference / n)};
    r.standard_error = std::sqrt(std::max(vxx - beta * vxc, 0.0) / (n - 1));
    return r;
  }
};

} // namespace

reference by_monte_carlo(const valued_trade& p) {
  const claim c = claim_of(p.t, p.m);
  const std::size_t assets = c.assets.size();
  std::vector<double> ends; // of the path's steps: its dates, and those of dividends
  std::vector<date> days = c.dates;
  for (const std::string& name : c.assets)
    for (const cash_dividend& d : p.m.underlyings.at(name).dividends)
      if (d.day > p.m.as_of && d.day < c.dates.back()) days.push_back(d.day);
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());

  std::vector<dynamics> follow;
  bool dividends = false;
  double step = 1e6;
  for (const std::string& name : c.assets) {
    const underlying& u = p.m.underlyings.at(name);
    const asset a(p.m, u, name == p.t.underlying ? volatility_strike(p.t.terms) : 0);
    follow.push_back(std::visit(dynamics_visitor{a, days}, u.dynamics));
    dividends = dividends || !u.dividends.empty();
    step = std::min(step, follow.back().step);
  }
  const bool exact = step > 1e5;
  const ql::Matrix root = correlation_root(c.assets, p.m);

  /// One of the two calculations: paths with steps of a length, and with steps of half that length.
  struct walker {
    std::vector<ql::Array> state;
    std::vector<double> spots;
    path seen;
  };
  std::vector<double> forwards;
  for (const std::string& name : c.assets)
    forwards.push_back(asset(p.m, p.m.underlyings.at(name), 0).forward(p.m.time_to(c.dates.back())));

  source random{ql::MersenneTwisterUniformRng(static_cast<unsigned long>(p.settings.seed))};
  statistics sums;
  walker fine, coarse;
  std::vector<ql::Array> first(assets), second(assets), jumped(assets);
  const auto advance = [&](walker& w, double start, double dt, const std::vector<ql::Array>& normals) {
    for (std::size_t i = 0; i < assets; ++i) {
      const double before = w.state[i][0];
      w.state[i] = follow[i].process->evolve(start, w.state[i], dt, normals[i]);
      w.spots[i] *= w.state[i][0] / before;
    }
  };
  /// Returns have the correlations of the market. QuantLib's quadratic-exponential scheme takes the variance's motion and what
  /// of the price's is independent of it, so with several assets both come from the price's own and an independent one.
  const auto draw = [&](std::vector<ql::Array>& normals) {
    ql::Array independent(assets);
    for (double& z : independent) z = random.normal();
    const ql::Array own = root * independent;
    for (std::size_t i = 0; i < assets; ++i) {
      normals[i][0] = own[i];
      if (normals[i].size() < 2) continue;
      const double rho = follow[i].rho, rest = std::sqrt(1 - rho * rho), other = random.normal();
      normals[i][0] = rest * own[i] - rho * other;
      normals[i][1] = rho * own[i] + rest * other;
    }
  };
  for (std::size_t i = 0; i < assets; ++i) first[i] = second[i] = jumped[i] = ql::Array(follow[i].process->factors());

  for (std::int64_t sample = 0; sample < p.settings.samples; ++sample) {
    for (walker* w : {&fine, &coarse}) {
      w->state.clear(), w->spots.clear();
      for (const dynamics& d : follow) w->state.push_back(d.process->initialValues()), w->spots.push_back(w->state.back()[0]);
      w->seen = {assets, {}};
    }
    double time = 0;
    std::size_t observed = 0;
    for (const date day : days) {
      const double length = p.m.time_to(day) - time;
      const int steps = static_cast<int>(std::ceil(length / step));
      for (int k = 0; k < steps; ++k) {
        const double dt = length / steps, start = time + k * dt;
        draw(first);
        if (exact) {
          advance(fine, start, dt, first);
          continue;
        }
        draw(second);
        advance(fine, start, 0.5 * dt, first);
        advance(fine, start + 0.5 * dt, 0.5 * dt, second);
        for (std::size_t i = 0; i < assets; ++i) first[i] = (first[i] + second[i]) * M_SQRT1_2;
        advance(coarse, start, dt, first);
      }
      time += length;
      for (std::size_t i = 0; i < assets; ++i) {
        const double jump = follow[i].with ? std::exp(follow[i].with->sum(random, length)) : 1;
        for (walker* w : {&fine, &coarse}) {
          w->spots[i] *= jump;
          for (const cash_dividend& d : p.m.underlyings.at(c.assets[i]).dividends)
            if (d.day == day) w->spots[i] = std::max(w->spots[i] - d.amount, 0.0);
        }
      }
      if (observed < c.dates.size() && c.dates[observed] == day) {
        ++observed;
        for (walker* w : {&fine, &coarse}) w->seen.spots.insert(w->seen.spots.end(), w->spots.begin(), w->spots.end());
      }
    }
    double control = 0;
    if (!dividends)
      for (std::size_t i = 0; i < assets; ++i) control += fine.spots[i] / forwards[i] - 1;
    const double value = c.value(fine.seen);
    sums.add(value, exact ? value : c.value(coarse.seen), control);
  }
  return sums.result("Monte Carlo, " + follow.front().name);
}

} // namespace dojima::quantlib
