// Six options of a QuantLib program, valued by QuantLib's own engines and, after one other line each, by Dojima's.
#include <ql/exercise.hpp>
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/instruments/cliquetoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/randomnumbers/rngtraits.hpp>
#include <ql/pricingengines/asian/mc_discr_arith_av_price.hpp>
#include <ql/pricingengines/barrier/mcbarrierengine.hpp>
#include <ql/pricingengines/basket/mceuropeanbasketengine.hpp>
#include <ql/pricingengines/cliquet/mcperformanceengine.hpp>
#include <ql/pricingengines/vanilla/mceuropeanengine.hpp>
#include <ql/pricingengines/vanilla/mceuropeanhestonengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/hestonprocess.hpp>
#include <ql/processes/stochasticprocessarray.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <chrono>
#include <cmath>
#include <dojima/quantlib/engines.hpp>
#include <iomanip>
#include <iostream>

using namespace QuantLib;
using namespace dojima::quantlib;

namespace {

bool agreed = true;

struct valued {
  double value, error, seconds;
};
valued value_of(const Instrument& option) {
  const auto begin = std::chrono::steady_clock::now();
  const double value = option.NPV();
  return {value, option.errorEstimate(), std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
}

void compare(const char* name, const valued& theirs, const valued& ours) {
  const double z = (ours.value - theirs.value) / std::hypot(ours.error, theirs.error);
  agreed = agreed && std::abs(z) < 4.5;
  std::cout << std::fixed << std::left << std::setw(21) << name << std::right << std::setprecision(4);
  for (const valued& v : {theirs, ours})
    std::cout << std::setw(9) << v.value << " +- " << v.error << std::setw(10) << 1e3 * v.seconds << " ms";
  std::cout << std::setw(7) << std::setprecision(1) << z << "\n";
}

} // namespace

int main() {
  const Date today(28, December, 2022);
  Settings::instance().evaluationDate() = today;
  const DayCounter days = Actual365Fixed();
  const auto quote = [](double x) { return Handle<Quote>(ext::make_shared<SimpleQuote>(x)); };
  const Handle<YieldTermStructure> rates(ext::make_shared<FlatForward>(today, 0.03, days)),
      dividends(ext::make_shared<FlatForward>(today, 0.01, days));
  const auto stock = [&](double price, double volatility) {
    return ext::make_shared<BlackScholesMertonProcess>(
        quote(price), dividends, rates,
        Handle<BlackVolTermStructure>(ext::make_shared<BlackConstantVol>(today, NullCalendar(), volatility, days)));
  };
  const auto process = stock(100, 0.2);
  const auto heston = ext::make_shared<HestonProcess>(rates, dividends, quote(100), 0.04, 1.5, 0.05, 0.5, -0.7);
  const auto three = ext::make_shared<StochasticProcessArray>(
      std::vector<ext::shared_ptr<StochasticProcess1D>>{process, stock(90, 0.3), stock(110, 0.25)}, [] {
        Matrix correlation(3, 3, 0.5);
        for (int i = 0; i < 3; ++i) correlation[i][i] = 1;
        return correlation;
      }());
  const auto call = ext::make_shared<PlainVanillaPayoff>(Option::Call, 100);
  const auto exercise = ext::make_shared<EuropeanExercise>(today + 365);
  std::vector<Date> months;
  for (int i = 1; i <= 12; ++i) months.push_back(today + i * 365 / 12);
  constexpr Size samples = 1 << 16;

  std::cout << std::setw(45) << "QuantLib" << std::setw(31) << "Dojima"
            << "  difference / error\n";
  {
    VanillaOption option(call, exercise);
    option.setPricingEngine(MakeMCEuropeanEngine<PseudoRandom>(process).withSteps(1).withSamples(samples).withSeed(42));
    const valued theirs = value_of(option);
    option.setPricingEngine(MakeMcEuropeanEngine(process).withSamples(samples).withSeed(42));
    compare("European", theirs, value_of(option));
  }
  {
    VanillaOption option(call, exercise);
    option.setPricingEngine(
        MakeMCEuropeanHestonEngine<PseudoRandom>(heston).withStepsPerYear(50).withSamples(samples).withSeed(42));
    const valued theirs = value_of(option);
    option.setPricingEngine(MakeMcEuropeanEngine(heston).withStepsPerYear(50).withSamples(samples).withSeed(42));
    compare("European, Heston", theirs, value_of(option));
  }
  {
    BarrierOption option(Barrier::DownOut, 85, 0, call, exercise);
    option.setPricingEngine(MakeMCBarrierEngine<PseudoRandom>(process).withSteps(50).withSamples(samples).withSeed(42));
    const valued theirs = value_of(option);
    option.setPricingEngine(MakeMcBarrierEngine(process).withSamples(samples).withSeed(42));
    compare("barrier", theirs, value_of(option));
  }
  {
    DiscreteAveragingAsianOption option(Average::Arithmetic, 0, 0, months, call, exercise);
    option.setPricingEngine(
        MakeMCDiscreteArithmeticAPEngine<PseudoRandom>(process).withSamples(samples).withControlVariate().withSeed(42));
    const valued theirs = value_of(option);
    option.setPricingEngine(MakeMcDiscreteAsianEngine(process).withSamples(samples).withControlVariate().withSeed(42));
    compare("Asian, 12 fixings", theirs, value_of(option));
  }
  {
    BasketOption option(ext::make_shared<AverageBasketPayoff>(call, 3), exercise);
    option.setPricingEngine(MakeMCEuropeanBasketEngine<PseudoRandom>(three).withSteps(1).withSamples(samples).withSeed(42));
    const valued theirs = value_of(option);
    option.setPricingEngine(MakeMcBasketEngine(three).withSamples(samples).withSeed(42));
    compare("basket of 3", theirs, value_of(option));
  }
  {
    CliquetOption option(ext::make_shared<PercentageStrikePayoff>(Option::Call, 1.0), exercise,
                         std::vector<Date>(months.begin(), months.end() - 1));
    option.setPricingEngine(MakeMCPerformanceEngine<PseudoRandom>(process).withSamples(samples).withSeed(42));
    const valued theirs = value_of(option);
    option.setPricingEngine(MakeMcPerformanceEngine(process).withSamples(samples).withSeed(42));
    compare("performance, 11 parts", theirs, value_of(option));
  }
  if (!agreed) std::cout << "they disagree\n";
  return agreed ? 0 : 1;
}
