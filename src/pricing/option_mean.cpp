#include "pricing/option_mean.hpp"

#include <cmath>
#include <type_traits>

#include "models/closed_form/heston.hpp"

namespace dojima {
namespace {

/// The mean of one option, under the models that have a formula for it.
struct formula {
  double forward, strike, time, sign, deviation;

  static heston_parameters parameters(const heston_model& p) { return {p.v0, p.kappa, p.theta, p.sigma, p.rho}; }

  double operator()(const black_scholes_model&) const {
    return black_value(forward, strike, std::log(forward / strike), deviation, 1.0, sign);
  }
  double operator()(const heston_model& p) const { return heston_european(parameters(p), forward, strike, time, 1.0, sign); }
  double operator()(const bates_model& p) const {
    return bates_european(parameters(p.diffusion), {p.intensity, p.jump_mean, p.jump_deviation}, forward, strike, time, 1.0,
                          sign);
  }
  double operator()(const merton_model& p) const {
    return merton_european(p.volatility, {p.intensity, p.jump_mean, p.jump_deviation}, forward, strike, time, 1.0, sign);
  }
  double operator()(const kou_model& p) const {
    return kou_european(p.volatility, {p.intensity, p.p, p.up, p.down}, forward, strike, time, 1.0, sign);
  }
};

} // namespace

option_mean mean_of_option(const underlying& u, date expiry, double strike, double sign, double smile) {
  if (!u.dividends.empty()) return {};
  if (strike == 0) return [n = u.name, expiry](const valuation& v) { return v.forward(v.of(n), v.time_to(expiry)); };
  return std::visit(
      [&]<class Model>(const Model&) -> option_mean {
        if constexpr (!std::is_invocable_v<formula, const Model&>) return {};
        else
          return [=, n = u.name](const valuation& v) {
            const underlying& now = v.of(n);
            const double time = v.time_to(expiry);
            double deviation = 0;
            if constexpr (std::is_same_v<Model, black_scholes_model>)
              deviation = std::sqrt(std::max(v.variance(now, time, smile > 0 ? smile : now.spot), 1e-16));
            return formula{v.forward(now, time), strike, time, sign, deviation}(std::get<Model>(now.dynamics));
          };
      },
      u.dynamics);
}

} // namespace dojima
