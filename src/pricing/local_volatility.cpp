#include "dojima/pricing/local_volatility.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "dojima/error.hpp"
#include "models/closed_form/black.hpp"
#include "pricing/local_volatility.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// theta and its slope in time.
struct at_the_money {
  double theta, slope;
};
at_the_money theta_at(const ssvi_surface& s, double time) {
  const std::size_t n = s.times.size();
  if (time >= s.times[n - 1]) return {s.theta[n - 1] / s.times[n - 1] * time, s.theta[n - 1] / s.times[n - 1]};
  const std::size_t hi = static_cast<std::size_t>(std::upper_bound(s.times.begin(), s.times.end(), time) - s.times.begin());
  const double t0 = hi > 0 ? s.times[hi - 1] : 0.0, theta0 = hi > 0 ? s.theta[hi - 1] : 0.0;
  const double slope = (s.theta[hi] - theta0) / (s.times[hi] - t0);
  return {theta0 + slope * (time - t0), slope};
}

double phi_of(const ssvi_surface& s, double theta) {
  return s.eta * std::pow(theta, -s.gamma) * std::pow(1.0 + theta, s.gamma - 1.0);
}

total_variance variance_at(const ssvi_surface& s, const at_the_money& atm, double k) {
  const double phi = phi_of(s, atm.theta), rest = 1.0 - s.rho * s.rho;
  const double root = std::hypot(phi * k + s.rho, std::sqrt(rest));
  const double dx = s.rho + (phi * k + s.rho) / root;                                 // of 2 w / theta by phi k
  const double dlog_phi = -s.gamma + (s.gamma - 1.0) * atm.theta / (1.0 + atm.theta); // d ln phi / d ln theta
  const double twice = 1.0 + s.rho * phi * k + root;
  return {0.5 * atm.theta * twice, 0.5 * atm.theta * phi * dx, 0.5 * atm.theta * phi * phi * rest / (root * root * root),
          0.5 * (twice + dx * phi * k * dlog_phi) * atm.slope};
}

/// The largest eta without butterfly arbitrage: theta phi rises to eta, and theta phi^2 is largest at theta = 1 - 2 gamma.
double largest_eta(double rho, double gamma) {
  const double a = 1.0 - 2.0 * gamma, peak = std::pow(a, a) * std::pow(1.0 + a, -1.0 - a), spread = 1.0 + std::abs(rho);
  return std::min(2.0 / std::sqrt(spread * peak), 4.0 / spread);
}

using point = std::array<double, 3>;

/// The least value of f by the simplex method of Nelder and Mead (1965), Computer J. 7.
template <class Function> point least(const Function& f, point start, double size, int evaluations) {
  std::array<std::pair<double, point>, 4> simplex;
  for (std::size_t i = 0; i < 4; ++i) {
    point x = start;
    if (i > 0) x[i - 1] += size;
    simplex[i] = {f(x), x};
  }
  const auto by_value = [](const auto& a, const auto& b) { return a.first < b.first; };
  for (int used = 0; used < evaluations; ++used) {
    std::sort(simplex.begin(), simplex.end(), by_value);
    const auto towards = [&](double share) { // from the worst corner through the centre of the others
      point x;
      for (std::size_t k = 0; k < 3; ++k) {
        const double centre = (simplex[0].second[k] + simplex[1].second[k] + simplex[2].second[k]) / 3.0;
        x[k] = centre + share * (centre - simplex[3].second[k]);
      }
      return std::pair{f(x), x};
    };
    auto next = towards(1.0);
    if (next.first < simplex[0].first) {
      next = std::min(next, towards(2.0), by_value);
    } else if (next.first >= simplex[2].first) {
      next = std::min(towards(0.5), towards(-0.5), by_value);
    }
    if (next.first < simplex[3].first) {
      simplex[3] = next;
      continue;
    }
    for (std::size_t i = 1; i < 4; ++i) {
      for (std::size_t k = 0; k < 3; ++k) simplex[i].second[k] = 0.5 * (simplex[0].second[k] + simplex[i].second[k]);
      simplex[i].first = f(simplex[i].second);
    }
  }
  return std::min_element(simplex.begin(), simplex.end(), by_value)->second;
}

/// What quotes say against themselves.
std::vector<std::string> arbitrage_of(const surface_volatility& quotes, const forward_curve& forward) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < quotes.smiles.size(); ++i) {
    const smile& s = quotes.smiles[i];
    const double f = forward(s.time);
    const auto call = [&](std::size_t j) {
      return black_legs(f, s.strikes[j], std::log(f / s.strikes[j]), s.values[j] * std::sqrt(s.time), 1.0);
    };
    for (std::size_t j = 0; j + 1 < s.strikes.size(); ++j) {
      const double left = j > 0 ? (call(j) - call(j - 1)) / (s.strikes[j] - s.strikes[j - 1]) : -1.0;
      const double right = (call(j + 1) - call(j)) / (s.strikes[j + 1] - s.strikes[j]);
      if (right < left - 1e-12 || right > 0.0)
        found.push_back("volatility " + number_text(s.values[j]) + " at strike " + number_text(s.strikes[j]) + ", " +
                        number_text(s.time) +
                        " years (a butterfly around it has a negative price); check the quotes beside it");
    }
    if (i == 0) continue;
    const smile& before = quotes.smiles[i - 1];
    for (std::size_t j = 0; j < s.strikes.size(); ++j) {
      const double same_moneyness = s.strikes[j] / f * forward(before.time);
      if (same_moneyness < before.strikes.front() || same_moneyness > before.strikes.back()) continue;
      const double earlier = volatility_at(surface_volatility{{before}, quotes.linear}, before.time, same_moneyness);
      if (s.values[j] * s.values[j] * s.time < earlier * earlier * before.time)
        found.push_back("volatility " + number_text(s.values[j]) + " at strike " + number_text(s.strikes[j]) + ", " +
                        number_text(s.time) + " years (less total variance than at " + number_text(before.time) +
                        " years: a calendar spread has a negative price); check both expiries");
    }
  }
  return found;
}

constexpr std::size_t nodes = 241, rows = 128;

local_volatility_model constant_in_strike(std::vector<double> times, const std::vector<double>& volatilities) {
  local_volatility_model m{std::move(times), {-1.0, 1.0}, {}};
  for (const double v : volatilities) m.values.push_back({v, v});
  return m;
}

struct converter {
  const forward_curve& forward;
  double horizon;

  local_volatility_fit operator()(const flat_volatility& v) const { return {constant_in_strike({horizon}, {v.value}), {}}; }
  local_volatility_fit operator()(const term_volatility& v) const {
    std::vector<double> values;
    double time = 0.0, total = 0.0;
    for (std::size_t i = 0; i < v.times.size(); ++i) {
      const double next = v.values[i] * v.values[i] * v.times[i];
      if (next < total)
        throw input_error(
            "volatility " + number_text(v.values[i]) + " at " + number_text(v.times[i]) +
            " years (less total variance than before: a calendar spread has a negative price); check both expiries");
      values.push_back(std::sqrt((next - total) / (v.times[i] - time)));
      time = v.times[i];
      total = next;
    }
    std::vector<double> times = v.times;
    times.push_back(std::max(horizon, 2.0 * time));
    values.push_back(v.values.back());
    return {constant_in_strike(std::move(times), values), {}};
  }
  local_volatility_fit operator()(const surface_volatility& v) const {
    ssvi_fit fit = fit_ssvi(v, forward);
    return {local_volatility_from(fit.surface, horizon), std::move(fit.warnings)};
  }
};

} // namespace

double volatility_at(const ssvi_surface& s, double time, double log_moneyness) {
  return std::sqrt(variance_at(s, theta_at(s, time), log_moneyness).w / time);
}

void check(const ssvi_surface& s) {
  if (s.times.empty() || s.theta.size() != s.times.size())
    throw input_error("an SSVI surface with " + number_text(double(s.times.size())) + " times and " +
                      number_text(double(s.theta.size())) + " variances (must be as many, one at least)");
  for (std::size_t i = 0; i < s.times.size(); ++i) {
    if (!(s.times[i] > (i > 0 ? s.times[i - 1] : 0.0)))
      throw input_error("time " + number_text(s.times[i]) + " of an SSVI surface (must increase from above 0)");
    if (!(s.theta[i] > (i > 0 ? s.theta[i - 1] : 0.0)))
      throw input_error(
          "total variance at the money " + number_text(s.theta[i]) + " at " + number_text(s.times[i]) +
          " years (must increase from above 0, or a calendar spread has a negative price); check the quotes there");
  }
  if (!(std::abs(s.rho) < 1.0)) throw input_error("rho = " + number_text(s.rho) + " (must be in (-1, 1))");
  if (!(s.gamma >= 0.0 && s.gamma <= 0.5)) throw input_error("gamma = " + number_text(s.gamma) + " (must be in [0, 1/2])");
  if (!(s.eta > 0.0 && s.eta <= largest_eta(s.rho, s.gamma)))
    throw input_error("eta = " + number_text(s.eta) + " (must be in (0, " + number_text(largest_eta(s.rho, s.gamma)) +
                      "] for this rho and gamma, or butterflies have negative prices)");
}

ssvi_fit fit_ssvi(const surface_volatility& quotes, const forward_curve& forward) {
  check(volatility(quotes));
  ssvi_fit fit{{{}, {}, 0.0, 0.0, 0.0}, 0.0, arbitrage_of(quotes, forward)};
  ssvi_surface& s = fit.surface;
  struct quote {
    std::size_t expiry;
    double k, value;
  };
  std::vector<quote> all;
  for (const smile& one : quotes.smiles) {
    const double f = forward(one.time), atm = volatility_at(surface_volatility{{one}, quotes.linear}, one.time, f);
    for (std::size_t j = 0; j < one.strikes.size(); ++j)
      all.push_back({s.times.size(), std::log(one.strikes[j] / f), one.values[j]});
    s.times.push_back(one.time);
    s.theta.push_back(atm * atm * one.time);
  }
  const auto set = [&s](const point& x) { // from all numbers to the parameters without arbitrage
    s.rho = std::tanh(x[0]);
    s.gamma = 0.5 / (1.0 + std::exp(-x[2]));
    s.eta = largest_eta(s.rho, s.gamma) / (1.0 + std::exp(-x[1]));
  };
  const auto error = [&s](const quote& q) { return volatility_at(s, s.times[q.expiry], q.k) - q.value; };
  set({0.0, 0.0, 0.0});
  check(s);
  set(least(
      [&](const point& x) {
        set(x);
        double sum = 0.0;
        for (const quote& q : all) sum += error(q) * error(q);
        return sum;
      },
      {-0.5, 0.0, 0.0}, 0.5, 400));
  for (const quote& q : all) fit.largest_error = std::max(fit.largest_error, std::abs(error(q)));
  if (fit.largest_error > 0.01)
    fit.warnings.push_back(
        "SSVI misses a quote by " + number_text(fit.largest_error, 2) +
        " in volatility (its smiles share three parameters); leave out far strikes, or the expiries that matter "
        "least");
  return fit;
}

local_volatility_model local_volatility_from(const ssvi_surface& s, double horizon) {
  check(s);
  local_volatility_model m;
  for (std::size_t i = 1; i <= rows; ++i) { // short rows where theta is small and the smile moves fast
    const double share = static_cast<double>(i) / static_cast<double>(rows);
    m.times.push_back(horizon * share * share);
  }
  for (const double t : s.times)
    if (t < horizon) m.times.push_back(t);
  std::sort(m.times.begin(), m.times.end());
  m.times.erase(std::unique(m.times.begin(), m.times.end()), m.times.end());
  const double width = 6.0 * std::sqrt(theta_at(s, horizon).theta);
  for (std::size_t j = 0; j < nodes; ++j)
    m.log_moneyness.push_back(width * (2.0 * static_cast<double>(j) / static_cast<double>(nodes - 1) - 1.0));
  double start = 0.0;
  for (const double end : m.times) {
    const at_the_money atm = theta_at(s, 0.5 * (start + end));
    std::vector<double>& row = m.values.emplace_back();
    for (const double k : m.log_moneyness) // far wings of short dates reach what `check` refuses, and no path
      row.push_back(std::min(std::sqrt(dupire_variance(k, variance_at(s, atm, k))), 5.0));
    start = end;
  }
  return m;
}

local_volatility_fit local_volatility_from(const volatility& v, const forward_curve& forward, double horizon) {
  check(v);
  return std::visit(converter{forward, horizon}, v);
}

} // namespace dojima
