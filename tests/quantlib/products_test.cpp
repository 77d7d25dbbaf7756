// Each product by Dojima's engine and by QuantLib's own.
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/instruments/cliquetoption.hpp>
#include <ql/instruments/forwardvanillaoption.hpp>
#include <ql/instruments/lookbackoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/randomnumbers/rngtraits.hpp>
#include <ql/models/equity/batesmodel.hpp>
#include <ql/pricingengines/asian/analytic_discr_geom_av_price.hpp>
#include <ql/pricingengines/asian/mc_discr_arith_av_price.hpp>
#include <ql/pricingengines/asian/mc_discr_arith_av_price_heston.hpp>
#include <ql/pricingengines/barrier/analyticbarrierengine.hpp>
#include <ql/pricingengines/barrier/fdhestonbarrierengine.hpp>
#include <ql/pricingengines/basket/mceuropeanbasketengine.hpp>
#include <ql/pricingengines/basket/stulzengine.hpp>
#include <ql/pricingengines/cliquet/analyticcliquetengine.hpp>
#include <ql/pricingengines/cliquet/analyticperformanceengine.hpp>
#include <ql/pricingengines/forward/forwardengine.hpp>
#include <ql/pricingengines/lookback/analyticcontinuousfixedlookback.hpp>
#include <ql/pricingengines/lookback/analyticcontinuousfloatinglookback.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/pricingengines/vanilla/batesengine.hpp>
#include <ql/processes/stochasticprocessarray.hpp>
#include <ql/termstructures/volatility/equityfx/blackvariancesurface.hpp>
#include <ql/termstructures/yield/zerocurve.hpp>
#if __has_include(<ql/instruments/doublebarrieroption.hpp>)
#include <ql/instruments/doublebarrieroption.hpp>
#include <ql/pricingengines/barrier/analyticdoublebarrierengine.hpp>
#else
#include <ql/experimental/barrieroption/analyticdoublebarrierengine.hpp>
#include <ql/experimental/barrieroption/doublebarrieroption.hpp>
#endif

#include "tests/quantlib/desk.hpp"

namespace dojima::test {
namespace {

using namespace dojima::quantlib;

TEST(quantlib_products, european_and_digital) {
  const desk d;
  const auto theirs = ext::make_shared<ql::AnalyticEuropeanEngine>(d.black_scholes);
  for (const auto& payoff : std::vector<ext::shared_ptr<ql::StrikedTypePayoff>>{
           call(105), put(90), ext::make_shared<ql::CashOrNothingPayoff>(ql::Option::Put, 95, 10),
           ext::make_shared<ql::AssetOrNothingPayoff>(ql::Option::Call, 110)}) {
    ql::VanillaOption option(payoff, in_days(200));
    expect_agreement(option, MakeMcEuropeanEngine(d.black_scholes), theirs);
    expect_agreement(option, MakeMcEuropeanEngine(d.black_scholes).withSobol().withSamples(1 << 14), theirs);
  }
}

TEST(quantlib_products, forward_start) {
  const desk d;
  ql::ForwardVanillaOption option(1.05, today + 90, call(0), in_days(365));
  expect_agreement(option, MakeMcForwardEuropeanEngine(d.black_scholes),
                   ext::make_shared<ql::ForwardVanillaEngine<ql::AnalyticEuropeanEngine>>(d.black_scholes));
}

TEST(quantlib_products, barrier_of_every_type) {
  const desk d;
  const auto theirs = ext::make_shared<ql::AnalyticBarrierEngine>(d.black_scholes);
  for (const auto& [type, barrier] : {std::pair{ql::Barrier::DownIn, 85.0}, std::pair{ql::Barrier::DownOut, 85.0},
                                      std::pair{ql::Barrier::UpIn, 125.0}, std::pair{ql::Barrier::UpOut, 125.0}})
    for (const double rebate : {0.0, 3.0}) {
      ql::BarrierOption option(type, barrier, rebate, call(100), in_days(250));
      expect_agreement(option, MakeMcBarrierEngine(d.black_scholes).withSeed(11), theirs);
    }
}

TEST(quantlib_products, double_barrier) {
  const desk d;
  for (const auto type : {ql::DoubleBarrier::KnockIn, ql::DoubleBarrier::KnockOut}) {
    ql::DoubleBarrierOption option(type, 80, 130, 0, call(100), in_days(180));
    expect_agreement(option, MakeMcDoubleBarrierEngine(d.black_scholes),
                     ext::make_shared<ql::AnalyticDoubleBarrierEngine>(d.black_scholes));
  }
}

TEST(quantlib_products, asian_with_and_without_a_past) {
  const desk d;
  const auto theirs = ext::make_shared<ql::AnalyticDiscreteGeometricAveragePriceAsianEngine>(d.black_scholes);
  const ext::shared_ptr<ql::PricingEngine> simulated = ql::MakeMCDiscreteArithmeticAPEngine<ql::PseudoRandom>(d.black_scholes)
                                                           .withSamples(20000)
                                                           .withSeed(3)
                                                           .withControlVariate();
  for (const int past : {0, 3}) {
    ql::DiscreteAveragingAsianOption geometric(ql::Average::Geometric, std::pow(96.0, past), past, every_month(6), call(98),
                                               in_days(180));
    expect_agreement(geometric, MakeMcDiscreteAsianEngine(d.black_scholes), theirs);
    ql::DiscreteAveragingAsianOption arithmetic(ql::Average::Arithmetic, 96.0 * past, past, every_month(6), call(98),
                                                in_days(180));
    expect_agreement(arithmetic, MakeMcDiscreteAsianEngine(d.black_scholes), simulated, true);
  }
}

TEST(quantlib_products, lookback_watched_at_all_times) {
  const desk d;
  // QuantLib's lookback engines count volatility by the clock of rates.
  const auto rate = ext::make_shared<ql::FlatForward>(today, 0.04, ql::Actual365Fixed()),
             yield = ext::make_shared<ql::FlatForward>(today, 0.015, ql::Actual365Fixed());
  const auto process = ext::make_shared<ql::BlackScholesMertonProcess>(
      d.price, ql::Handle<ql::YieldTermStructure>(yield), ql::Handle<ql::YieldTermStructure>(rate),
      ql::Handle<ql::BlackVolTermStructure>(
          ext::make_shared<ql::BlackConstantVol>(today, ql::NullCalendar(), 0.25, ql::Actual365Fixed())));
  for (const auto type : {ql::Option::Call, ql::Option::Put}) {
    ql::ContinuousFloatingLookbackOption floating(type == ql::Option::Call ? 95 : 108,
                                                  ext::make_shared<ql::FloatingTypePayoff>(type), in_days(180));
    expect_agreement(floating, MakeMcFloatingLookbackEngine(process),
                     ext::make_shared<ql::AnalyticContinuousFloatingLookbackEngine>(process));
    ql::ContinuousFixedLookbackOption fixed(type == ql::Option::Call ? 108 : 95,
                                            ext::make_shared<ql::PlainVanillaPayoff>(type, 102), in_days(180));
    expect_agreement(fixed, MakeMcFixedLookbackEngine(process),
                     ext::make_shared<ql::AnalyticContinuousFixedLookbackEngine>(process));
  }
}

TEST(quantlib_products, cliquet_and_performance) {
  const desk d;
  for (const int first : {0, 30}) {
    ql::CliquetOption option(ext::make_shared<ql::PercentageStrikePayoff>(ql::Option::Call, 1.02), in_days(360),
                             {today + first, today + 120, today + 240});
    expect_agreement(option, MakeMcCliquetEngine(d.black_scholes),
                     ext::make_shared<ql::AnalyticCliquetEngine>(d.black_scholes));
    expect_agreement(option, MakeMcPerformanceEngine(d.black_scholes),
                     ext::make_shared<ql::AnalyticPerformanceEngine>(d.black_scholes));
  }
}

TEST(quantlib_products, basket_of_every_kind) {
  const desk d;
  const auto other = ext::make_shared<ql::BlackScholesMertonProcess>(
      ql::Handle<ql::Quote>(ext::make_shared<ql::SimpleQuote>(95.0)), ql::Handle<ql::YieldTermStructure>(d.flat(d.rate)),
      d.rates,
      ql::Handle<ql::BlackVolTermStructure>(
          ext::make_shared<ql::BlackConstantVol>(today, ql::NullCalendar(), 0.35, ql::Actual365Fixed())));
  ql::Matrix rho(2, 2, 1.0);
  rho[0][1] = rho[1][0] = 0.4;
  const auto both = ext::make_shared<ql::StochasticProcessArray>(
      std::vector<ext::shared_ptr<ql::StochasticProcess1D>>{d.black_scholes, other}, rho);
  const auto expect = [&](const ext::shared_ptr<ql::BasketPayoff>& payoff, const ext::shared_ptr<ql::PricingEngine>& theirs,
                          bool has_error = false) {
    ql::BasketOption option(payoff, in_days(300));
    expect_agreement(option, MakeMcBasketEngine(both), theirs, has_error);
  };
  const auto exact = ext::make_shared<ql::StulzEngine>(d.black_scholes, other, 0.4);
  expect(ext::make_shared<ql::MinBasketPayoff>(call(95)), exact);
  expect(ext::make_shared<ql::MaxBasketPayoff>(put(105)), exact);
  const ext::shared_ptr<ql::PricingEngine> simulated =
      ql::MakeMCEuropeanBasketEngine<ql::PseudoRandom>(both).withSteps(1).withSamples(40000).withSeed(3);
  expect(ext::make_shared<ql::AverageBasketPayoff>(put(100), ql::Array{0.3, 0.7}), simulated, true);
  expect(ext::make_shared<ql::SpreadBasketPayoff>(call(5)), simulated, true);
}

TEST(quantlib_products, heston_and_bates) {
  const desk d;
  ql::VanillaOption vanilla(put(95), in_days(365));
  for (const double rho : {-0.7, 0.2})
    expect_agreement(vanilla, MakeMcEuropeanEngine(d.heston(rho)),
                     ext::make_shared<ql::AnalyticHestonEngine>(ext::make_shared<ql::HestonModel>(d.heston(rho))));
  expect_agreement(vanilla, MakeMcEuropeanEngine(d.bates()),
                   ext::make_shared<ql::BatesEngine>(ext::make_shared<ql::BatesModel>(d.bates())));

  ql::BarrierOption barrier(ql::Barrier::DownOut, 80, 0, call(100), in_days(365));
  expect_agreement(barrier, MakeMcBarrierEngine(d.heston()).withStepsPerYear(100),
                   ext::make_shared<ql::FdHestonBarrierEngine>(ext::make_shared<ql::HestonModel>(d.heston()), 100, 200, 50));
  ql::DiscreteAveragingAsianOption asian(ql::Average::Arithmetic, 0, 0, every_month(6), call(98), in_days(180));
  expect_agreement(
      asian, MakeMcDiscreteAsianEngine(d.heston()),
      ql::MakeMCDiscreteArithmeticAPHestonEngine<ql::PseudoRandom>(d.heston()).withSteps(48).withSamples(20000).withSeed(3),
      true);
}

TEST(quantlib_products, sloped_curves_and_a_smile) {
  desk d;
  d.rates = ql::Handle<ql::YieldTermStructure>(ext::make_shared<ql::ZeroCurve>(
      std::vector<ql::Date>{today, today + 100, today + 400}, std::vector<double>{0.01, 0.03, 0.06}, ql::Actual360()));
  ql::Matrix volatilities(3, 2);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 2; ++j) volatilities[i][j] = 0.35 - 0.05 * i - 0.03 * j;
  const auto smile =
      d.on(ext::make_shared<ql::BlackVarianceSurface>(today, ql::NullCalendar(), std::vector<ql::Date>{today + 90, today + 400},
                                                      std::vector<double>{80, 100, 120}, volatilities, ql::Actual360()));
  for (const double strike : {85.0, 110.0}) {
    ql::VanillaOption option(call(strike), in_days(230));
    expect_agreement(option, MakeMcEuropeanEngine(smile), ext::make_shared<ql::AnalyticEuropeanEngine>(smile));
  }
  ql::CliquetOption option(ext::make_shared<ql::PercentageStrikePayoff>(ql::Option::Put, 0.95), in_days(360),
                           {today + 60, today + 150});
  expect_agreement(option, MakeMcPerformanceEngine(smile), ext::make_shared<ql::AnalyticPerformanceEngine>(smile));
}

} // namespace
} // namespace dojima::test
