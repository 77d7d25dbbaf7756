// What an engine does beside its value: quotes, Greeks, settings, threads, errors, batches.
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/instruments/europeanoption.hpp>
#include <ql/models/equity/hestonmodel.hpp>
#include <ql/pricingengines/barrier/analyticbarrierengine.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/pricingengines/vanilla/analytichestonengine.hpp>
#include <ql/processes/stochasticprocessarray.hpp>

#include <memory>
#include <thread>

#include "dojima/error.hpp"
#include "tests/message_of.hpp"
#include "tests/quantlib/desk.hpp"

namespace dojima::test {
namespace {

using namespace dojima::quantlib;

TEST(quantlib_engines, reprice_when_a_quote_moves) {
  const desk d;
  ql::EuropeanOption option(call(105), in_days(200)), twin(call(105), in_days(200));
  option.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes));
  twin.setPricingEngine(ext::make_shared<ql::AnalyticEuropeanEngine>(d.black_scholes));
  double before = option.NPV();
  for (const auto& quote : {d.spot, d.rate, d.yield, d.sigma}) {
    quote->setValue(1.1 * quote->value());
    EXPECT_NE(option.NPV(), before);
    EXPECT_LE(std::abs(option.NPV() - twin.NPV()), 4 * option.errorEstimate());
    before = option.NPV();
  }
  EXPECT_EQ(option.NPV(), before); // nothing moved

  const auto heston = d.heston();
  option.setPricingEngine(MakeMcEuropeanEngine(heston).withSamples(1 << 14));
  twin.setPricingEngine(ext::make_shared<ql::AnalyticHestonEngine>(ext::make_shared<ql::HestonModel>(heston)));
  for (const auto& quote : {d.spot, d.rate, d.yield}) {
    quote->setValue(0.9 * quote->value());
    EXPECT_LE(std::abs(option.NPV() - twin.NPV()), 4 * option.errorEstimate());
  }
}

TEST(quantlib_engines, one_engine_for_several_options) {
  const desk d;
  const ext::shared_ptr<ql::PricingEngine> ours = MakeMcEuropeanEngine(d.black_scholes);
  ql::EuropeanOption low(call(90), in_days(100)), high(call(110), in_days(300));
  low.setPricingEngine(ours);
  high.setPricingEngine(ours);
  const double first = low.NPV();
  ql::EuropeanOption again(call(90), in_days(100));
  EXPECT_LT(high.NPV(), first);
  again.setPricingEngine(ours);
  EXPECT_EQ(again.NPV(), first);
}

TEST(quantlib_engines, greeks_of_quantlibs_units) {
  const desk d;
  ql::EuropeanOption option(call(105), in_days(200));
  option.setPricingEngine(ext::make_shared<ql::AnalyticEuropeanEngine>(d.black_scholes));
  const double delta = option.delta(), gamma = option.gamma(), vega = option.vega(), theta = option.theta(), rho = option.rho(),
               dividend_rho = option.dividendRho();
  option.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes).withSamples(1 << 18).withGreeks());
  option.NPV();
  const auto error = [&](const char* name) { return 4 * option.result<ql::Real>(name); };
  EXPECT_NEAR(option.delta(), delta, 4 * option.result<std::vector<ql::Real>>("deltaErrors")[0] + 1e-4);
  EXPECT_NEAR(option.gamma(), gamma, 4 * option.result<std::vector<ql::Real>>("gammaErrors")[0] + 1e-4 * gamma);
  EXPECT_NEAR(option.vega(), vega, error("vegaError") + 1e-3 * vega);
  EXPECT_NEAR(option.theta(), theta, error("thetaError") + 5e-3 * std::abs(theta)); // over a day
  EXPECT_NEAR(option.rho(), rho, error("rhoError") + 1e-4 * rho);
  EXPECT_NEAR(option.dividendRho(), dividend_rho, 1e-2 * std::abs(dividend_rho));
  EXPECT_EQ(option.thetaPerDay(), option.theta() / 365);
  EXPECT_EQ(option.result<std::string>("method"), "monte_carlo");
  EXPECT_EQ(option.result<ql::Size>("paths"), 1u << 18);
}

TEST(quantlib_engines, greeks_of_heston_and_of_a_basket) {
  const desk d;
  ql::EuropeanOption option(call(100), in_days(365));
  const auto exact = [&](double spot, double rate, double yield) {
    d.spot->setValue(spot), d.rate->setValue(rate), d.yield->setValue(yield);
    option.setPricingEngine(ext::make_shared<ql::AnalyticHestonEngine>(ext::make_shared<ql::HestonModel>(d.heston())));
    return option.NPV();
  };
  const double delta = (exact(101, 0.04, 0.015) - exact(99, 0.04, 0.015)) / 2;
  const double rho = (exact(100, 0.041, 0.015) - exact(100, 0.039, 0.015)) / 2e-3;
  const double dividend_rho = (exact(100, 0.04, 0.016) - exact(100, 0.04, 0.014)) / 2e-3;
  exact(100, 0.04, 0.015);
  option.setPricingEngine(MakeMcEuropeanEngine(d.heston()).withSamples(1 << 17).withGreeks());
  EXPECT_NEAR(option.delta(), delta, 4 * option.result<std::vector<ql::Real>>("deltaErrors")[0]);
  EXPECT_NEAR(option.rho(), rho, 4 * option.result<ql::Real>("rhoError"));
  EXPECT_NEAR(option.dividendRho(), dividend_rho, 1e-2 * std::abs(dividend_rho));

  const auto twice = ext::make_shared<ql::StochasticProcessArray>(
      std::vector<ext::shared_ptr<ql::StochasticProcess1D>>{d.black_scholes, d.black_scholes}, ql::Matrix(2, 2, 1.0));
  ql::BasketOption both(ext::make_shared<ql::AverageBasketPayoff>(call(105), 2), in_days(200));
  both.setPricingEngine(MakeMcBasketEngine(twice).withGreeks());
  ql::EuropeanOption one(call(105), in_days(200));
  one.setPricingEngine(ext::make_shared<ql::AnalyticEuropeanEngine>(d.black_scholes));
  EXPECT_LE(std::abs(both.NPV() - one.NPV()), 4 * both.errorEstimate());
  const auto deltas = both.result<std::vector<ql::Real>>("deltas"), errors = both.result<std::vector<ql::Real>>("deltaErrors");
  ASSERT_EQ(deltas.size(), 2u);
  for (int i = 0; i < 2; ++i) EXPECT_NEAR(deltas[i], one.delta() / 2, 4 * errors[i] + 1e-4);
  EXPECT_THROW(both.delta(), ql::Error); // one for each asset
}

TEST(quantlib_engines, settings_do_what_they_say) {
  const desk d;
  ql::EuropeanOption option(call(105), in_days(200));
  const auto error_of = [&](const ext::shared_ptr<ql::PricingEngine>& engine) {
    option.setPricingEngine(engine);
    return option.errorEstimate();
  };
  using make = MakeMcEuropeanEngine;
  EXPECT_LE(error_of(make(d.black_scholes).withSamples(1000).withAbsoluteTolerance(0.01)), 0.01);
  EXPECT_GT(option.result<ql::Size>("paths"), 1000u);
  EXPECT_GT(error_of(make(d.black_scholes).withSamples(1000).withAbsoluteTolerance(0.01).withMaxSamples(2000)), 0.01);
  EXPECT_EQ(option.result<ql::Size>("paths"), 2000u);
  EXPECT_NE(option.result<std::string>("warning").find("tolerance missed"), std::string::npos);
  EXPECT_LT(error_of(make(d.black_scholes).withAntitheticVariate()), 0.8 * error_of(make(d.black_scholes)));
  error_of(make(d.black_scholes).withSeed(1));
  const double first = option.NPV();
  error_of(make(d.black_scholes).withSeed(2));
  EXPECT_NE(option.NPV(), first);
  error_of(make(d.black_scholes).withSeed(1).withPrecision(simulation_precision::single));
  EXPECT_NE(option.NPV(), first);
  EXPECT_NEAR(option.NPV(), first, 1e-5 * first);
  EXPECT_THROW(error_of(make(d.black_scholes).onDevice("abacus")), input_error);

  ql::DiscreteAveragingAsianOption asian(ql::Average::Arithmetic, 0, 0, every_month(6), call(98), in_days(180));
  asian.setPricingEngine(MakeMcDiscreteAsianEngine(d.black_scholes));
  const double controlled = asian.errorEstimate();
  EXPECT_GT(asian.result<ql::Real>("varianceRatio"), 10);
  asian.setPricingEngine(MakeMcDiscreteAsianEngine(d.black_scholes).withControlVariate(false));
  EXPECT_GT(asian.errorEstimate(), 3 * controlled);
}

TEST(quantlib_engines, know_no_evaluation_date) {
  const desk d;
  ql::EuropeanOption option(call(105), in_days(200));
  option.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes));
  const double before = option.NPV();
  ql::Settings::instance().evaluationDate() = today + 150;
  option.recalculate();
  EXPECT_EQ(option.NPV(), before);
  EXPECT_EQ(option.valuationDate(), today);
  ql::Settings::instance().evaluationDate() = today;
}

TEST(quantlib_engines, an_expired_option_is_worth_nothing) {
  const desk d;
  ql::Settings::instance().evaluationDate() = today - 100; // QuantLib takes it to be alive
  ql::EuropeanOption option(call(50), in_days(0));
  option.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes));
  EXPECT_EQ(option.NPV(), 0);
  EXPECT_EQ(option.delta(), 0);
  EXPECT_EQ(option.result<std::string>("method"), "expired");
  ql::Settings::instance().evaluationDate() = today;
}

TEST(quantlib_engines, threads_with_engines_of_their_own) {
  const desk settled; // before the threads start
  std::vector<double> values(2);
  const auto price = [&](int i) {
    const desk d;
    ql::EuropeanOption option(call(105), in_days(200));
    option.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes).withSamples(10000));
    for (int k = 0; k < 20; ++k) {
      d.spot->setValue(90 + k);
      values[i] += option.NPV();
    }
  };
  std::thread other(price, 1);
  price(0);
  other.join();
  EXPECT_GT(values[0], 0);
  EXPECT_EQ(values[0], values[1]);
}

TEST(quantlib_engines, say_what_they_cannot_value) {
  const desk d;
  ql::VanillaOption american(put(100), ext::make_shared<ql::AmericanExercise>(today, today + 100));
  american.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes));
  EXPECT_NE(message_of<input_error>([&] { american.NPV(); }).find("an American or Bermudan exercise (paths"),
            std::string::npos);
  ql::BarrierOption touched(ql::Barrier::DownOut, 110, 0, call(100), in_days(100));
  touched.setPricingEngine(MakeMcBarrierEngine(d.black_scholes));
  EXPECT_NE(message_of<input_error>([&] { touched.NPV(); }).find("barrier 110 already touched"), std::string::npos);
  d.spot->setValue(115); // and an engine goes on where it can
  EXPECT_GT(touched.NPV(), 0);
  d.spot->setValue(100);
  ql::VanillaOption gap(ext::make_shared<ql::GapPayoff>(ql::Option::Call, 100, 90), in_days(100));
  gap.setPricingEngine(MakeMcEuropeanEngine(d.black_scholes));
  EXPECT_NE(message_of<input_error>([&] { gap.NPV(); }).find("a payoff of the form Gap"), std::string::npos);
  ql::BasketOption basket(ext::make_shared<ql::AverageBasketPayoff>(call(100), 3), in_days(100));
  basket.setPricingEngine(MakeMcBasketEngine(d.black_scholes));
  EXPECT_NE(message_of<input_error>([&] { basket.NPV(); }).find("more assets than the 1 of the process"), std::string::npos);
  ql::VanillaOption lost(call(100), in_days(100));
  lost.setPricingEngine(MakeMcEuropeanEngine(nullptr));
  EXPECT_NE(message_of<input_error>([&] { lost.NPV(); }).find("an engine without a process"), std::string::npos);
  lost.setPricingEngine(MakeMcEuropeanEngine(ext::make_shared<ql::BlackScholesMertonProcess>(
      ql::Handle<ql::Quote>(), d.yields, d.rates, ql::Handle<ql::BlackVolTermStructure>())));
  EXPECT_NE(message_of<input_error>([&] { lost.NPV(); }).find("empty Handle"), std::string::npos);
}

pricing_settings simulated() {
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  return s;
}

TEST(quantlib_batch, values_everything_in_one_call) {
  const desk d, other;
  other.spot->setValue(120);
  batch session(simulated());
  std::vector<std::unique_ptr<ql::OneAssetOption>> options, twins;
  const auto add = [&](auto option, const desk& on) {
    const auto exact = ext::make_shared<ql::AnalyticEuropeanEngine>(on.black_scholes);
    const auto exact_barrier = ext::make_shared<ql::AnalyticBarrierEngine>(on.black_scholes);
    auto ours = std::make_unique<decltype(option)>(option), twin = std::make_unique<decltype(option)>(option);
    session.add(*ours, on.black_scholes);
    if constexpr (std::is_same_v<decltype(option), ql::BarrierOption>) twin->setPricingEngine(exact_barrier);
    else twin->setPricingEngine(exact);
    options.push_back(std::move(ours));
    twins.push_back(std::move(twin));
  };
  for (int i = 0; i < 100; ++i) {
    const desk& on = i % 2 == 0 ? d : other;
    const double spot = on.spot->value();
    if (i % 5 == 0)
      add(ql::BarrierOption(ql::Barrier::DownOut, 0.7 * spot, 0, call(spot * (0.9 + 0.002 * i)), in_days(100 + i % 4)), on);
    else add(ql::EuropeanOption(put(spot * (0.9 + 0.002 * i)), in_days(100 + i % 4)), on);
  }
  ql::VanillaOption american(put(100), ext::make_shared<ql::AmericanExercise>(today, today + 100));
  session.add(american, d.black_scholes);
  const auto expect_all = [&](int calls) {
    EXPECT_THROW(american.NPV(), input_error);
    for (std::size_t i = 0; i < options.size(); ++i)
      EXPECT_LE(std::abs(options[i]->NPV() - twins[i]->NPV()), 4.5 * options[i]->errorEstimate()) << i;
    EXPECT_EQ(session.calls(), calls);
    EXPECT_EQ(session.simulations(), 2u);
  };
  expect_all(1);
  d.spot->setValue(103);
  expect_all(2);
  d.sigma->setValue(0.3);
  other.rate->setValue(0.02);
  expect_all(3);
  add(ql::EuropeanOption(put(100), in_days(90)), d); // later
  expect_all(4);
  options.erase(options.begin()); // and gone
  twins.erase(twins.begin());
  d.spot->setValue(99);
  expect_all(5);
}

TEST(quantlib_batch, gives_what_single_engines_give) {
  const desk d;
  batch session(simulated());
  ql::EuropeanOption together(call(95), in_days(150)), beside(put(95), in_days(150)), alone(call(95), in_days(150));
  session.add(together, d.heston());
  session.add(beside, d.black_scholes);
  alone.setPricingEngine(MakeMcEuropeanEngine(d.heston()));
  EXPECT_EQ(together.NPV(), alone.NPV());
  together.recalculate();
  EXPECT_EQ(together.NPV(), alone.NPV());
}

TEST(quantlib_batch, follows_fixings_that_pass_with_the_evaluation_date) {
  const desk d;
  const ql::Handle<ql::YieldTermStructure> floating(
      ext::make_shared<ql::FlatForward>(0, ql::NullCalendar(), 0.03, ql::Actual365Fixed()));
  const auto process = ext::make_shared<ql::BlackScholesMertonProcess>(
      d.price, floating, floating,
      ql::Handle<ql::BlackVolTermStructure>(
          ext::make_shared<ql::BlackConstantVol>(0, ql::NullCalendar(), 0.25, ql::Actual365Fixed())));
  ql::DiscreteAveragingAsianOption one(ql::Average::Arithmetic, every_month(6), call(98), in_days(180), {97.0}), other = one,
                                                                                                                 alone = one;
  batch session(simulated());
  session.add(one, process);
  session.add(other, process);
  alone.setPricingEngine(MakeMcDiscreteAsianEngine(process));
  for (const int day : {0, 45}) {
    ql::Settings::instance().evaluationDate() = today + day;
    EXPECT_EQ(one.NPV(), alone.NPV());
    EXPECT_EQ(other.NPV(), alone.NPV());
    EXPECT_EQ(one.valuationDate(), today + day);
  }
  ql::Settings::instance().evaluationDate() = today;
}

TEST(quantlib_batch, values_one_day_in_one_call) {
  const desk d;
  const auto later = ext::make_shared<ql::BlackScholesMertonProcess>(
      d.price, d.yields,
      ql::Handle<ql::YieldTermStructure>(ext::make_shared<ql::FlatForward>(today + 1, 0.03, ql::Actual365Fixed())),
      d.black_scholes->blackVolatility());
  batch session;
  ql::EuropeanOption one(call(95), in_days(150)), other(call(95), in_days(150));
  session.add(one, d.black_scholes);
  session.add(other, later);
  EXPECT_GT(one.NPV(), 0);
  EXPECT_NE(message_of<input_error>([&] { other.NPV(); }).find("one call values one day"), std::string::npos);
}

} // namespace
} // namespace dojima::test
