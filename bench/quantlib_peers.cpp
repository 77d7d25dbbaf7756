// The same work through QuantLib's Monte Carlo engines, on one thread.
#include "bench/bench.hpp"

#ifdef DOJIMA_BENCH_QUANTLIB
#include <ql/exercise.hpp>
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/randomnumbers/rngtraits.hpp>
#include <ql/models/equity/hestonmodel.hpp>
#include <ql/pricingengines/asian/mc_discr_arith_av_price.hpp>
#include <ql/pricingengines/vanilla/mceuropeanengine.hpp>
#include <ql/pricingengines/vanilla/mceuropeanhestonengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#endif

namespace dojima::bench {

#ifndef DOJIMA_BENCH_QUANTLIB
std::map<std::string, double> quantlib_rates() { return {}; }
#else
std::map<std::string, double> quantlib_rates() {
  using namespace QuantLib;
  const Date today(28, December, 2022);
  Settings::instance().evaluationDate() = today;
  const DayCounter days = Actual365Fixed();
  const Handle<Quote> spot(ext::make_shared<SimpleQuote>(100.0));
  const Handle<YieldTermStructure> rates(ext::make_shared<FlatForward>(today, 0.03, days)),
      yields(ext::make_shared<FlatForward>(today, 0.0, days));
  const Handle<BlackVolTermStructure> volatility(ext::make_shared<BlackConstantVol>(today, NullCalendar(), 0.2, days));
  const auto process = ext::make_shared<BlackScholesMertonProcess>(spot, yields, rates, volatility);
  const auto payoff = ext::make_shared<PlainVanillaPayoff>(Option::Call, 100.0);
  const auto exercise = ext::make_shared<EuropeanExercise>(today + 365);
  constexpr Size samples = 8192, steps = 252;
  const auto rate_of = [](Instrument& option, double work) {
    std::vector<double> seconds;
    for (int i = 0; i < 3; ++i) {
      option.recalculate();
      seconds.push_back(seconds_of([&] { option.recalculate(); }));
    }
    return work / median(seconds);
  };

  std::map<std::string, double> rates_of;
  {
    std::vector<Date> fixings;
    for (Size i = 1; i <= steps; ++i) fixings.push_back(today + static_cast<Integer>(i * 365 / steps));
    DiscreteAveragingAsianOption option(Average::Arithmetic, 0.0, 0, fixings, payoff, exercise);
    option.setPricingEngine(MakeMCDiscreteArithmeticAPEngine<PseudoRandom>(process).withSamples(samples).withSeed(42));
    rates_of["arithmetic Asian 252"] = rate_of(option, static_cast<double>(samples * steps));
  }
  {
    VanillaOption option(payoff, exercise);
    option.setPricingEngine(MakeMCEuropeanEngine<PseudoRandom>(process).withSteps(1).withSamples(64 * samples).withSeed(42));
    rates_of["European 1 step"] = rate_of(option, static_cast<double>(64 * samples));
  }
  {
    const auto heston = ext::make_shared<HestonProcess>(rates, yields, spot, 0.04, 1.5, 0.04, 0.5, -0.7,
                                                        HestonProcess::QuadraticExponentialMartingale);
    VanillaOption option(payoff, exercise);
    option.setPricingEngine(
        MakeMCEuropeanHestonEngine<PseudoRandom>(heston).withSteps(steps).withSamples(samples / 2).withSeed(42));
    rates_of["Heston QE-M 252"] = rate_of(option, static_cast<double>(samples / 2 * steps));
  }
  return rates_of;
}
#endif

} // namespace dojima::bench
