#include "quantlib/reference_asset.hpp"

#include <ql/quotes/simplequote.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/volatility/equityfx/blackvariancecurve.hpp>
#include <ql/termstructures/volatility/equityfx/localvoltermstructure.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

namespace dojima::quantlib {
namespace {

/// Discount factors from a function of time.
class market_curve final : public ql::YieldTermStructure {
public:
  market_curve(ql::Date today, std::function<double(double)> log_factor)
      : YieldTermStructure(today, ql::NullCalendar(), ql::Actual365Fixed()), log_factor_(std::move(log_factor)) {}
  ql::Date maxDate() const override { return ql::Date::maxDate(); }

private:
  double discountImpl(double time) const override { return std::exp(log_factor_(time)); }
  std::function<double(double)> log_factor_;
};

/// Volatilities from a function of time and spot.
class local_surface final : public ql::LocalVolTermStructure {
public:
  local_surface(ql::Date today, std::function<double(double, double)> sigma)
      : LocalVolTermStructure(today, ql::NullCalendar(), ql::Following, ql::Actual365Fixed()), sigma_(std::move(sigma)) {}
  ql::Date maxDate() const override { return ql::Date::maxDate(); }
  double minStrike() const override { return 0; }
  double maxStrike() const override { return QL_MAX_REAL; }

private:
  double localVolImpl(double time, double spot) const override { return sigma_(time, spot); }
  std::function<double(double, double)> sigma_;
};

double interpolated(const local_volatility_model& m, double time, double log_moneyness) {
  const auto row = std::min<std::size_t>(
      static_cast<std::size_t>(std::lower_bound(m.times.begin(), m.times.end(), time) - m.times.begin()), m.times.size() - 1);
  const std::vector<double>&x = m.log_moneyness, &y = m.values[row];
  if (log_moneyness <= x.front()) return y.front();
  if (log_moneyness >= x.back()) return y.back();
  const auto j = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), log_moneyness) - x.begin());
  return y[j - 1] + (y[j] - y[j - 1]) * (log_moneyness - x[j - 1]) / (x[j] - x[j - 1]);
}

} // namespace

asset::asset(const market& m, const underlying& of, double strike)
    : u(of), spot(ext::make_shared<ql::SimpleQuote>(of.spot)), m_(m), strike_(strike > 0 ? strike : of.spot) {
  const auto handle = [&](std::function<double(double)> log_factor) {
    return ql::Handle<ql::YieldTermStructure>(ext::make_shared<market_curve>(ql_date(m.as_of), std::move(log_factor)));
  };
  rates = handle([&c = m.curves.at(u.currency)](double t) { return c.log_discount(t); });
  yields = handle([&m, &of](double t) { return m.log_carry(of, t); });
}

double asset::growth(double time) const { return std::log(yields->discount(time) / rates->discount(time)); }

double asset::variance(double time) const {
  const double sigma = volatility_at(*u.surface, time, strike_);
  return sigma * sigma * time;
}

bool asset::is_flat(double time) const {
  if (!under<black_scholes_model>()) return false;
  for (int i = 1; i < 32; ++i) {
    const double part = i / 32.0, t = part * time;
    const auto differs = [&](double now, double end) { return std::abs(now - part * end) > 1e-12; };
    if (differs(growth(t), growth(time)) || differs(std::log(discount(t)), std::log(discount(time))) ||
        differs(variance(t), variance(time)))
      return false;
  }
  return true;
}

namespace {

ql::Handle<ql::BlackVolTermStructure> constant(ql::Date today, double sigma) {
  return ql::Handle<ql::BlackVolTermStructure>(
      ext::make_shared<ql::BlackConstantVol>(today, ql::NullCalendar(), sigma, ql::Actual365Fixed()));
}

} // namespace

lognormal asset::constant_process(date expiry) const {
  const ql::Date today = ql_date(m_.as_of);
  const double t = time(expiry);
  const auto flat = [&](double factor) {
    return ql::Handle<ql::YieldTermStructure>(
        ext::make_shared<ql::FlatForward>(today, -std::log(factor) / t, ql::Actual365Fixed()));
  };
  return ext::make_shared<ql::GeneralizedBlackScholesProcess>(spot, flat(yields->discount(t)), flat(rates->discount(t)),
                                                              constant(today, std::sqrt(variance(t) / t)));
}

lognormal asset::curve_process(const std::vector<date>& dates) const {
  std::vector<ql::Date> days;
  std::vector<double> volatilities;
  double upto = 0;
  for (const date d : dates) {
    upto = std::max(upto, variance(time(d)));
    days.push_back(ql_date(d));
    volatilities.push_back(std::sqrt(upto / time(d)));
  }
  const auto curve =
      ext::make_shared<ql::BlackVarianceCurve>(ql_date(m_.as_of), days, volatilities, ql::Actual365Fixed(), false);
  curve->enableExtrapolation();
  return ext::make_shared<ql::GeneralizedBlackScholesProcess>(spot, yields, rates,
                                                              ql::Handle<ql::BlackVolTermStructure>(curve));
}

lognormal asset::curve_process(double sigma) const {
  return ext::make_shared<ql::GeneralizedBlackScholesProcess>(spot, yields, rates, constant(ql_date(m_.as_of), sigma));
}

lognormal asset::local_process() const {
  std::function<double(double, double)> sigma;
  if (const auto* cev = under<cev_model>())
    // Below 1e-4 of the spot paths are as good as absorbed.
    sigma = [c = *cev, least = 1e-4 * u.spot](double, double s) { return c.sigma * std::pow(std::max(s, least), c.beta - 1); };
  else
    sigma = [a = *this, &grid = std::get<local_volatility_model>(u.dynamics), last = -1.0, f = 0.0](double t,
                                                                                                    double s) mutable {
      if (t != last) last = t, f = a.forward(t); // grids ask for many spots at one time
      return interpolated(grid, t, std::log(s / f));
    };
  const ql::Date today = ql_date(m_.as_of);
  // The constant volatility sets the width of QuantLib's grids.
  return ext::make_shared<ql::GeneralizedBlackScholesProcess>(
      spot, yields, rates, constant(today, 1.5 * sigma(0, u.spot)),
      ql::Handle<ql::LocalVolTermStructure>(ext::make_shared<local_surface>(today, sigma)));
}

ext::shared_ptr<ql::HestonProcess> asset::heston_process(const heston_model& p) const {
  return ext::make_shared<ql::HestonProcess>(rates, yields, spot, p.v0, p.kappa, p.theta, p.sigma, p.rho,
                                             ql::HestonProcess::QuadraticExponentialMartingale);
}

} // namespace dojima::quantlib
