#include "pricing/bumps.hpp"

#include <algorithm>
#include <optional>

namespace dojima {
namespace {

struct volatility_shift {
  double shift;
  void operator()(flat_volatility& v) const { v.value += shift; }
  void operator()(term_volatility& v) const {
    for (double& x : v.values) x += shift;
  }
  void operator()(surface_volatility& v) const {
    for (smile& s : v.smiles)
      for (double& x : s.values) x += shift;
  }
};

double moved_variance(double variance, double shift) {
  const double sigma = std::max(std::sqrt(variance) + shift, 0.0);
  return sigma * sigma;
}

struct model_shift {
  double shift, spot;
  void operator()(black_scholes_model&) const {}
  void operator()(local_volatility_model& m) const {
    for (auto& row : m.values)
      for (double& x : row) x += shift;
  }
  void operator()(heston_model& m) const {
    m.v0 = moved_variance(m.v0, shift);
    m.theta = moved_variance(m.theta, shift);
  }
  void operator()(bates_model& m) const { (*this)(m.diffusion); }
  void operator()(merton_model& m) const { m.volatility += shift; }
  void operator()(kou_model& m) const { m.volatility += shift; }
  void operator()(cev_model& m) const { m.sigma += shift * std::pow(spot, 1 - m.beta); }
  void operator()(sabr_model& m) const { m.alpha += shift * std::pow(spot, 1 - m.beta); }
  void operator()(rough_bergomi_model& m) const { m.xi = moved_variance(m.xi, shift); }
};

struct model_volatility {
  double spot;
  std::optional<double> operator()(const black_scholes_model&) const { return {}; }
  std::optional<double> operator()(const local_volatility_model& m) const {
    const auto at = std::ranges::lower_bound(m.log_moneyness, 0.0) - m.log_moneyness.begin();
    return m.values.front()[std::min(static_cast<std::size_t>(at), m.log_moneyness.size() - 1)];
  }
  std::optional<double> operator()(const heston_model& m) const { return std::sqrt(std::min(m.v0, m.theta)); }
  std::optional<double> operator()(const bates_model& m) const { return (*this)(m.diffusion); }
  std::optional<double> operator()(const merton_model& m) const { return m.volatility; }
  std::optional<double> operator()(const kou_model& m) const { return m.volatility; }
  std::optional<double> operator()(const cev_model& m) const { return m.sigma * std::pow(spot, m.beta - 1); }
  std::optional<double> operator()(const sabr_model& m) const { return m.alpha * std::pow(spot, m.beta - 1); }
  std::optional<double> operator()(const rough_bergomi_model& m) const { return std::sqrt(m.xi); }
};

} // namespace

double scale_of_volatility(const underlying& u, double time, double strike) {
  if (const auto of_model = std::visit(model_volatility{u.spot}, u.dynamics)) return *of_model;
  return u.surface ? volatility_at(*u.surface, time, strike > 0 ? strike : u.spot) : 1.0;
}

valuation with_spot(valuation v, const std::string& underlying, double factor) {
  auto& u = v.m.underlyings.at(underlying);
  u.spot *= factor;
  // sigma(S, t) stays, so that its nodes in ln S / F(t) move against the forwards.
  if (auto* local = std::get_if<local_volatility_model>(&u.dynamics))
    for (double& x : local->log_moneyness) x -= std::log(factor);
  return v;
}

valuation with_volatility(valuation v, const std::string& name, double shift) {
  underlying& u = v.m.underlyings.at(name);
  if (u.surface) std::visit(volatility_shift{shift}, *u.surface);
  std::visit(model_shift{shift, u.spot}, u.dynamics);
  return v;
}

valuation with_rates(valuation v, double shift) {
  for (auto& [currency, c] : v.m.curves) {
    std::vector<double> logs = c.log_discounts();
    for (std::size_t i = 0; i < logs.size(); ++i) logs[i] -= shift * c.times()[i];
    c = curve(c.times(), std::move(logs), c.linear());
  }
  return v;
}

valuation later(valuation v, double years) {
  v.m.elapsed += years;
  return v;
}

} // namespace dojima
