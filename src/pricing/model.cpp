#include "dojima/pricing/model.hpp"

#include <cmath>
#include <iterator>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

[[noreturn]] void refuse(const std::string& name, double x, const char* range, const char* suggestion) {
  throw input_error(name + " = " + number_text(x) + " (must be " + range + "); " + suggestion);
}

void positive(const std::string& name, double x) {
  if (!(x > 0 && std::isfinite(x))) refuse(name, x, "above 0", "correct it");
}
void not_negative(const std::string& name, double x) {
  if (!(x >= 0 && std::isfinite(x))) refuse(name, x, "0 or above", "correct it");
}
void volatility(const std::string& name, double x) {
  if (!(x > 0 && x <= 5)) refuse(name, x, "a decimal in (0, 5]", "is it quoted in percent?");
}
void variance(const std::string& name, double x) {
  if (!(x >= 0 && x <= 25)) refuse(name, x, "a decimal in [0, 25]", "is it the square of a volatility in percent?");
}
void correlation(double rho) {
  if (!(std::abs(rho) <= 1)) refuse("rho", rho, "in [-1, 1]", "was it quoted in percent?");
}
void intensity(double x) {
  if (!(x >= 0 && x <= 300)) refuse("intensity", x, "in [0, 300]", "does it count the jumps of a year?");
}
void elasticity(double beta) {
  if (!(beta >= 0 && beta <= 1)) refuse("beta", beta, "in [0, 1]", "is it the power of the forward?");
}
/// Beyond it all but one in e^50 paths lose what a few gain: no sample carries the forward.
void compensated(double intensity, double mean_growth) {
  constexpr double most = 50;
  if (const double drift = intensity * mean_growth; !(drift <= most))
    refuse("intensity times the mean of exp(jump) - 1", drift, "at most 50 a year",
           "are the jumps those of ln S, and quoted in percent?");
}
void lognormal_jumps(double rate, double mean, double deviation) {
  intensity(rate);
  if (!(std::abs(mean) <= 5)) refuse("jump_mean", mean, "a decimal in [-5, 5]", "is it quoted in percent?");
  if (!(deviation >= 0 && deviation <= 5))
    refuse("jump_deviation", deviation, "a decimal in [0, 5]", "is it quoted in percent?");
  compensated(rate, std::expm1(mean + 0.5 * deviation * deviation));
}

struct checker {
  void operator()(const black_scholes_model&) const {}
  void operator()(const local_volatility_model& m) const {
    if (m.times.empty()) refuse("number of times", 0, "1 or more", "give the grid of volatilities");
    if (m.log_moneyness.size() < 2)
      refuse("number of log_moneyness", static_cast<double>(m.log_moneyness.size()), "2 or more", "add nodes");
    if (m.values.size() != m.times.size())
      refuse("number of values", static_cast<double>(m.values.size()), "one row for each time", "add or remove rows");
    for (std::size_t i = 0; i < m.times.size(); ++i)
      if (!(m.times[i] > (i > 0 ? m.times[i - 1] : 0.0) && std::isfinite(m.times[i])))
        refuse("times[" + std::to_string(i) + "]", m.times[i], "above the time before, the first above 0", "sort them");
    const double step = m.log_moneyness[1] - m.log_moneyness[0];
    for (std::size_t j = 0; j < m.log_moneyness.size(); ++j)
      if (!(step > 0 && std::abs(m.log_moneyness[j] - m.log_moneyness[0] - static_cast<double>(j) * step) <= 1e-6 * step))
        refuse("log_moneyness[" + std::to_string(j) + "]", m.log_moneyness[j], "increasing at equal distances",
               "interpolate to such nodes");
    for (std::size_t i = 0; i < m.values.size(); ++i) {
      const std::string row = "values[" + std::to_string(i) + "]";
      if (m.values[i].size() != m.log_moneyness.size())
        refuse("size of " + row, static_cast<double>(m.values[i].size()), "that of log_moneyness", "add or remove columns");
      for (std::size_t j = 0; j < m.values[i].size(); ++j) volatility(row + "[" + std::to_string(j) + "]", m.values[i][j]);
    }
  }
  void operator()(const heston_model& m) const {
    variance("v0", m.v0);
    not_negative("kappa", m.kappa);
    variance("theta", m.theta);
    positive("sigma", m.sigma);
    correlation(m.rho);
  }
  void operator()(const bates_model& m) const {
    (*this)(m.diffusion);
    lognormal_jumps(m.intensity, m.jump_mean, m.jump_deviation);
  }
  void operator()(const merton_model& m) const {
    volatility("volatility", m.volatility);
    lognormal_jumps(m.intensity, m.jump_mean, m.jump_deviation);
  }
  void operator()(const kou_model& m) const {
    volatility("volatility", m.volatility);
    intensity(m.intensity);
    if (!(m.p >= 0 && m.p <= 1)) refuse("p", m.p, "in [0, 1]", "is it the probability that a jump is up?");
    if (!(m.up > 1 && std::isfinite(m.up))) refuse("up", m.up, "above 1", "is it the inverse of the mean jump up?");
    positive("down", m.down);
    compensated(m.intensity, m.p / (m.up - 1) - (1 - m.p) / (m.down + 1));
  }
  void operator()(const cev_model& m) const {
    positive("sigma", m.sigma);
    elasticity(m.beta);
  }
  void operator()(const sabr_model& m) const {
    positive("alpha", m.alpha);
    elasticity(m.beta);
    not_negative("nu", m.nu);
    correlation(m.rho);
    if (m.beta == 1 && m.nu > 0 && m.rho > 0)
      refuse("rho", m.rho, "0 or below where beta = 1: above, S loses its forward to explosions (Jourdain 2004)",
             "take beta below 1");
  }
  void operator()(const rough_bergomi_model& m) const {
    if (!(m.xi > 0 && m.xi <= 25)) refuse("xi", m.xi, "a decimal in (0, 25]", "is it the square of a volatility in percent?");
    not_negative("eta", m.eta);
    if (!(m.hurst > 0 && m.hurst <= 0.5)) refuse("hurst", m.hurst, "in (0, 0.5]", "is it the exponent H?");
    correlation(m.rho);
  }
};

} // namespace

std::string model_name(const model& m) {
  static constexpr const char* names[] = {"black_scholes", "local_volatility", "heston", "bates", "merton", "kou", "cev",
                                          "sabr",          "rough_bergomi"};
  static_assert(std::size(names) == std::variant_size_v<model>);
  return names[m.index()];
}

void check(const model& m) { std::visit(checker{}, m); }

} // namespace dojima
