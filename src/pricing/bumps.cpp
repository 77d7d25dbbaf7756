#include "pricing/bumps.hpp"

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

} // namespace

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
