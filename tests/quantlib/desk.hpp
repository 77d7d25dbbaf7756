// A desk as a QuantLib user has it: quotes, curves, processes.
#pragma once

#include <gtest/gtest.h>

#include <ql/exercise.hpp>
#include <ql/instruments/payoffs.hpp>
#include <ql/processes/batesprocess.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual360.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <cmath>
#include <vector>

#include "dojima/quantlib/engines.hpp"

namespace dojima::test {

namespace ql = QuantLib;
namespace ext = QuantLib::ext;

inline const ql::Date today(28, ql::December, 2022);

/// Rates count days over 360, so that the clocks of curves, volatilities and processes differ.
struct desk {
  ext::shared_ptr<ql::SimpleQuote> spot = ext::make_shared<ql::SimpleQuote>(100.0);
  ext::shared_ptr<ql::SimpleQuote> rate = ext::make_shared<ql::SimpleQuote>(0.04);
  ext::shared_ptr<ql::SimpleQuote> yield = ext::make_shared<ql::SimpleQuote>(0.015);
  ext::shared_ptr<ql::SimpleQuote> sigma = ext::make_shared<ql::SimpleQuote>(0.25);
  ql::Handle<ql::Quote> price{spot};
  ql::Handle<ql::YieldTermStructure> rates{flat(rate)}, yields{flat(yield)};
  ext::shared_ptr<ql::GeneralizedBlackScholesProcess> black_scholes =
      on(ext::make_shared<ql::BlackConstantVol>(today, ql::NullCalendar(), ql::Handle<ql::Quote>(sigma), ql::Actual365Fixed()));

  desk() { ql::Settings::instance().evaluationDate() = today; }

  static ext::shared_ptr<ql::YieldTermStructure> flat(const ext::shared_ptr<ql::Quote>& rate) {
    return ext::make_shared<ql::FlatForward>(today, ql::Handle<ql::Quote>(rate), ql::Actual360());
  }
  ext::shared_ptr<ql::GeneralizedBlackScholesProcess> on(const ext::shared_ptr<ql::BlackVolTermStructure>& surface) const {
    return ext::make_shared<ql::BlackScholesMertonProcess>(price, yields, rates,
                                                           ql::Handle<ql::BlackVolTermStructure>(surface));
  }
  ext::shared_ptr<ql::HestonProcess> heston(double rho = -0.7) const {
    return ext::make_shared<ql::HestonProcess>(rates, yields, price, 0.05, 1.5, 0.06, 0.5, rho);
  }
  ext::shared_ptr<ql::BatesProcess> bates() const {
    return ext::make_shared<ql::BatesProcess>(rates, yields, price, 0.05, 1.5, 0.06, 0.5, -0.7, 0.4, -0.1, 0.15);
  }
};

inline ext::shared_ptr<ql::StrikedTypePayoff> call(double strike) {
  return ext::make_shared<ql::PlainVanillaPayoff>(ql::Option::Call, strike);
}
inline ext::shared_ptr<ql::StrikedTypePayoff> put(double strike) {
  return ext::make_shared<ql::PlainVanillaPayoff>(ql::Option::Put, strike);
}
inline ext::shared_ptr<ql::EuropeanExercise> in_days(int days) { return ext::make_shared<ql::EuropeanExercise>(today + days); }
inline std::vector<ql::Date> every_month(int months) {
  std::vector<ql::Date> dates;
  for (int i = 1; i <= months; ++i) dates.push_back(today + 30 * i);
  return dates;
}

/// Changes one line: both engines value the option, and agree within four of their standard errors.
inline void expect_agreement(ql::Instrument& option, const ext::shared_ptr<ql::PricingEngine>& ours,
                             const ext::shared_ptr<ql::PricingEngine>& theirs, bool theirs_has_error = false) {
  option.setPricingEngine(theirs);
  const double expected = option.NPV(), their_error = theirs_has_error ? option.errorEstimate() : 0;
  option.setPricingEngine(ours);
  const double error = std::hypot(option.errorEstimate(), their_error);
  EXPECT_GT(error, 0);
  EXPECT_LE(std::abs(option.NPV() - expected), 4 * error) << option.NPV() << " +- " << error << ", expected " << expected;
}

} // namespace dojima::test
