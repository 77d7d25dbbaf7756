// A book of QuantLib's instruments: a loop of NPV() through a batch, beside QuantLib's own Monte Carlo engines.
#include "bench/bench.hpp"

#ifdef DOJIMA_BENCH_QUANTLIB
#include <ql/exercise.hpp>
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/instruments/lookbackoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/randomnumbers/rngtraits.hpp>
#include <ql/pricingengines/asian/mc_discr_arith_av_price.hpp>
#include <ql/pricingengines/barrier/mcbarrierengine.hpp>
#include <ql/pricingengines/basket/mceuropeanbasketengine.hpp>
#include <ql/pricingengines/lookback/mclookbackengine.hpp>
#include <ql/pricingengines/vanilla/mceuropeanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/stochasticprocessarray.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <cmath>
#include <memory>

#include "dojima/quantlib/engines.hpp"
#endif

namespace dojima::bench {

#ifndef DOJIMA_BENCH_QUANTLIB
void quantlib_suite(const options&, results&) {}
#else
namespace {

using namespace QuantLib;
using std::vector;

/// One year, on 50 stocks, 20 of each of five kinds a stock; baskets of two neighbours.
class option_book {
public:
  static constexpr Size stocks = 50, of_a_kind = 20;

  option_book() {
    Settings::instance().evaluationDate() = today_;
    Matrix correlation(2, 2, 0.5);
    correlation[0][0] = correlation[1][1] = 1;
    for (Size i = 0; i < stocks; ++i) {
      spots_.push_back(ext::make_shared<SimpleQuote>(100.0));
      processes_.push_back(ext::make_shared<BlackScholesMertonProcess>(
          Handle<Quote>(spots_[i]), flat(0.01), rates_,
          Handle<BlackVolTermStructure>(
              ext::make_shared<BlackConstantVol>(today_, NullCalendar(), 0.15 + 0.005 * static_cast<double>(i), days_))));
    }
    for (Size i = 0; i < stocks; ++i)
      pairs_.push_back(ext::make_shared<StochasticProcessArray>(
          vector<ext::shared_ptr<StochasticProcess1D>>{processes_[i], processes_[(i + 1) % stocks]}, correlation));
  }

  /// Calls f with each option, its process, and what makes QuantLib's engine for it.
  void for_each(Size samples, const auto& f) const {
    const auto exercise = ext::make_shared<EuropeanExercise>(today_ + 365);
    vector<Date> months;
    for (int i = 1; i <= 12; ++i) months.push_back(today_ + i * 365 / 12);
    for (Size s = 0; s < stocks; ++s)
      for (Size k = 0; k < of_a_kind; ++k) {
        const auto& process = processes_[s];
        const auto call = ext::make_shared<PlainVanillaPayoff>(Option::Call, 80 + 2.0 * static_cast<double>(k));
        f(std::make_unique<VanillaOption>(call, exercise), process,
          [&] { return MakeMCEuropeanEngine<PseudoRandom>(process).withSteps(1).withSamples(samples).withSeed(42); });
        f(std::make_unique<BarrierOption>(Barrier::DownOut, 75, 0, call, exercise), process,
          [&] { return MakeMCBarrierEngine<PseudoRandom>(process).withSteps(12).withSamples(samples).withSeed(42); });
        f(std::make_unique<DiscreteAveragingAsianOption>(Average::Arithmetic, 0, 0, months, call, exercise), process, [&] {
          return MakeMCDiscreteArithmeticAPEngine<PseudoRandom>(process).withControlVariate().withSamples(samples).withSeed(42);
        });
        f(std::make_unique<ContinuousFixedLookbackOption>(100, call, exercise), process, [&] {
          return MakeMCLookbackEngine<ContinuousFixedLookbackOption, PseudoRandom>(process)
              .withSteps(365)
              .withSamples(samples)
              .withSeed(42);
        });
        f(std::make_unique<BasketOption>(ext::make_shared<AverageBasketPayoff>(call, 2), exercise), pairs_[s],
          [&] { return MakeMCEuropeanBasketEngine<PseudoRandom>(pairs_[s]).withSteps(1).withSamples(samples).withSeed(42); });
      }
  }
  void move(double factor) const {
    for (const auto& spot : spots_) spot->setValue(factor * spot->value());
  }

private:
  Handle<YieldTermStructure> flat(double rate) const {
    return Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today_, rate, days_));
  }
  Date today_{28, December, 2022};
  DayCounter days_ = Actual365Fixed();
  Handle<YieldTermStructure> rates_ = flat(0.03);
  vector<ext::shared_ptr<SimpleQuote>> spots_;
  vector<ext::shared_ptr<GeneralizedBlackScholesProcess>> processes_;
  vector<ext::shared_ptr<StochasticProcessArray>> pairs_;
};

} // namespace

void quantlib_suite(const options& o, results& to) {
  const option_book book;
  // QuantLib's seconds for an error of 1, of a sample: two strikes on two stocks.
  std::map<std::size_t, double> sample;
  std::size_t count = 0;
  book.for_each(4096, [&](auto option, const auto&, const auto& engine) {
    const std::size_t i = count++, strike = i / 5 % option_book::of_a_kind, stock = i / 5 / option_book::of_a_kind;
    if (strike % 10 != 5 || stock % 25 != 10) return;
    option->setPricingEngine(engine());
    const double seconds = seconds_of([&] { option->NPV(); });
    sample[i] = seconds * std::pow(option->errorEstimate(), 2);
  });
  for (const auto& [format, controls] : {std::pair{simulation_precision::double_, true},
                                         {simulation_precision::single, true},
                                         {simulation_precision::double_, false}}) {
    pricing_settings settings;
    settings.control_variates = controls;
    settings.method = pricing_method::monte_carlo;
    settings.format = format;
    settings.paths = static_cast<std::int64_t>(o.scale * (o.on.where().is_cuda() ? 1 << 17 : 1 << 13));
    quantlib::batch session(settings, o.on.where().id());
    vector<std::unique_ptr<Instrument>> options;
    book.for_each(0, [&](auto option, const auto& process, const auto&) {
      session.add(*option, process);
      options.push_back(std::move(option));
    });
    double factor = 1.01;
    const double seconds = median_seconds(o.repeats, [&] {
      book.move(factor);
      factor = 1 / factor;
      for (const auto& option : options) option->NPV();
    });
    double theirs = 0; // for the sample, each option to our error
    for (const auto& [i, cost] : sample) theirs += cost / std::pow(options[i]->errorEstimate(), 2);
    theirs *= static_cast<double>(options.size()) / static_cast<double>(sample.size());
    result& r = to.emplace_back(
        result{std::to_string(options.size()) + " QuantLib options, " + (controls ? "quotes to NPVs" : "no controls"),
               "quantlib", format == simulation_precision::single ? "single" : "double", seconds,
               static_cast<double>(options.size()), "options/s"});
    r.peers["QuantLib, one thread, equal error"] = theirs / seconds;
  }
}
#endif

} // namespace dojima::bench
