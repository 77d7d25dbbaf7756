// Random parameters against QuantLib: the corners that no shipped book has.
#include "dojima/risk/revalue.hpp"
#include "models/real.hpp"
#include "tests/support.hpp"

#include <ql/exercise.hpp>
#include <ql/instruments/barrieroption.hpp>
#include <ql/instruments/payoffs.hpp>
#include <ql/pricingengines/barrier/analyticbarrierengine.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/qdfpamericanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include <random>
#include <thread>

namespace dojima {
namespace {

namespace ql = QuantLib;

struct point {
  double spot, rate, yield, sigma;
};

/// Values of one unit of each contract on EURUSD at each point: contracts x points.
std::vector<double> values_at(const std::vector<contract>& contracts, const std::vector<point>& points) {
  market m{
      *parse_date("2022-12-28"), "USD", {{"USD", curve::flat(0.02)}, {"EUR", curve::flat(0.01)}}, {{"USD", 1}, {"EUR", 1}}, {}};
  underlying u;
  u.name = "EURUSD";
  u.kind = asset_class::fx;
  u.currency = "USD", u.foreign = "EUR";
  u.spot = 100;
  u.surface = flat_volatility{0.2};
  m.underlyings[u.name] = u;
  portfolio trades;
  for (const contract& c : contracts) trades.push_back({std::to_string(trades.size()), "book", u.name, 1.0, c});
  const revaluer book(trades, m, {}, {}, stream(device::cpu()));
  const state_layout& layout = book.layout();
  scenario_states states = today_states(m, layout, points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    set_spot(states, layout, u.name, i, points[i].spot);
    states.at(layout.curve_node("USD", 0), i) = -points[i].rate; // flat: ln DF at one year
    states.at(layout.curve_node("EUR", 0), i) = -points[i].yield;
    states.at(layout.volatility_shift(u.name), i) = points[i].sigma - 0.2;
  }
  std::vector<double> values = book.positions_pnl(states);
  for (std::size_t c = 0; c < contracts.size(); ++c)
    for (std::size_t i = 0; i < points.size(); ++i) values[c * points.size() + i] += book.values()[c];
  return values;
}

std::vector<point> random_points(std::size_t n, double lowest_rate, unsigned seed) {
  std::mt19937 generator(seed);
  const auto uniform = [&](double a, double b) { return std::uniform_real_distribution<>(a, b)(generator); };
  std::vector<point> points(n);
  for (point& p : points)
    p = {100 * std::exp(uniform(-0.7, 0.7)), uniform(lowest_rate, 0.15), uniform(lowest_rate, 0.12),
         std::exp(uniform(std::log(0.02), 0.0))};
  for (std::size_t i = 0; i + 4 < n; i += 50)
    points[i].rate = 0, points[i + 1].yield = 0, points[i + 2].yield = points[i + 2].rate;
  return points;
}

date in_days(int days) { return *parse_date("2022-12-28") + std::chrono::days{days}; }

struct put_engine : ql::QdFpAmericanEngine {
  put_engine() : QdFpAmericanEngine(nullptr, accurateScheme()) {}
  using QdFpAmericanEngine::calculatePut;
};

double european(const point& p, double strike, double time, option_type type) {
  const double discount = std::exp(-p.rate * time);
  return ql::blackFormula(type == option_type::call ? ql::Option::Call : ql::Option::Put, strike,
                          p.spot * std::exp((p.rate - p.yield) * time), p.sigma * std::sqrt(time), discount);
}

TEST(random_box, american_against_quantlib) {
  const int days[] = {1, 2, 7, 30, 91, 182, 365, 730, 1825, 3650};
  constexpr double strike = 100;
  const std::vector<point> points = random_points(1000, -0.02, 11);
  std::vector<contract> contracts;
  for (const int d : days)
    for (const option_type type : {option_type::call, option_type::put})
      contracts.push_back(american_option{type, strike, in_days(d)});
  const std::vector<double> values = values_at(contracts, points);
  ASSERT_EQ(values.size(), 20000u);

  std::vector<double> expected(values.size());
  std::vector<std::thread> workers;
  const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  for (std::size_t w = 0; w < threads; ++w)
    workers.emplace_back([&, w] {
      const put_engine engine;
      for (std::size_t i = w; i < expected.size(); i += threads) {
        const point& p = points[i % points.size()];
        const auto& c = std::get<american_option>(contracts[i / points.size()]);
        const double time = (c.expiry - in_days(0)).count() / 365.0;
        const bool call = c.type == option_type::call;
        const double r = call ? p.yield : p.rate, q = call ? p.rate : p.yield; // a call is a put with the two sides exchanged
        if (r <= 0 && r <= q) expected[i] = european(p, strike, time, c.type);
        else if (r < 0) expected[i] = not_a_number; // two exercise boundaries
        else expected[i] = engine.calculatePut(call ? strike : p.spot, call ? p.spot : strike, r, q, p.sigma, time);
      }
    });
  for (std::thread& t : workers) t.join();

  double worst = 0;
  std::string where;
  std::size_t compared = 0, large = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const point& p = points[i % points.size()];
    const auto& c = std::get<american_option>(contracts[i / points.size()]);
    const int expiry_days = static_cast<int>((c.expiry - in_days(0)).count());
    const std::string text = std::string(c.type == option_type::call ? "call" : "put") + " spot " + std::to_string(p.spot) +
                             " rate " + std::to_string(p.rate) + " yield " + std::to_string(p.yield) + " volatility " +
                             std::to_string(p.sigma) + " days " + std::to_string(expiry_days);
    ASSERT_TRUE(std::isfinite(values[i])) << text;
    const double intrinsic = std::max(sign_of(c.type) * (p.spot - strike), 0.0);
    EXPECT_GE(values[i], std::max(intrinsic, european(p, strike, expiry_days / 365.0, c.type)) - 1e-10 * (p.spot + strike))
        << text;
    if (std::isnan(expected[i])) continue;
    ++compared;
    const double difference = std::abs(values[i] - expected[i]) / p.spot;
    const bool usual = p.sigma >= 0.1 && std::abs(p.rate) <= 0.08 && std::abs(p.yield) <= 0.08 && expiry_days <= 3 * 365;
    EXPECT_LE(difference, usual ? 2e-4 : 2e-3) << text << ": " << values[i] << ", QuantLib " << expected[i];
    large += difference > 2e-4;
    if (difference > worst)
      worst = difference, where = text + ": " + std::to_string(values[i]) + ", QuantLib " + std::to_string(expected[i]);
  }
  EXPECT_GT(compared, 19000u);
  EXPECT_LE(large, compared / 500); // high rates with little volatility over years
  std::cout << "american: " << compared << " compared, " << large << " over 2e-4 of spot, worst " << worst << " of spot at "
            << where << '\n';
}

// In units of the spot, for terms of that size cancel. QuantLib's distribution function is exact to 1e-16, not relatively, and
// is multiplied by powers of barrier / spot, whose size the tolerance takes into account.
TEST(random_box, barrier_against_quantlib) {
  const ql::SavedSettings restore_at_end;
  const ql::Date today(28, ql::December, 2022);
  ql::Settings::instance().evaluationDate() = today;
  const std::vector<point> points = random_points(150, 0.0, 12);
  std::vector<contract> contracts;
  for (const int d : {7, 91, 365, 1825})
    for (const option_type type : {option_type::call, option_type::put})
      for (const bool up : {false, true})
        for (const bool in : {false, true})
          for (const double strike : {80.0, 100.0, 125.0})
            contracts.push_back(barrier_option{type, strike, in_days(d), up, in, up ? 120.0 : 85.0, d == 91 ? 0.0 : 2.0});
  const std::vector<double> values = values_at(contracts, points);
  double worst = 0;
  std::size_t compared = 0, worst_at = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const point& p = points[i];
    const auto flat = [&](double rate) {
      return ql::Handle<ql::YieldTermStructure>(ql::ext::make_shared<ql::FlatForward>(today, rate, ql::Actual365Fixed()));
    };
    const auto process = ql::ext::make_shared<ql::GeneralizedBlackScholesProcess>(
        ql::Handle<ql::Quote>(ql::ext::make_shared<ql::SimpleQuote>(p.spot)), flat(p.yield), flat(p.rate),
        ql::Handle<ql::BlackVolTermStructure>(
            ql::ext::make_shared<ql::BlackConstantVol>(today, ql::NullCalendar(), p.sigma, ql::Actual365Fixed())));
    const auto engine = ql::ext::make_shared<ql::AnalyticBarrierEngine>(process);
    for (std::size_t k = 0; k < contracts.size(); ++k) {
      const auto& c = std::get<barrier_option>(contracts[k]);
      const double value = values[k * points.size() + i];
      ASSERT_TRUE(std::isfinite(value));
      if (c.up ? p.spot >= c.barrier : p.spot <= c.barrier) continue; // QuantLib refuses a barrier already touched
      ql::BarrierOption option(
          c.knock_in ? (c.up ? ql::Barrier::UpIn : ql::Barrier::DownIn) : (c.up ? ql::Barrier::UpOut : ql::Barrier::DownOut),
          c.barrier, c.rebate,
          ql::ext::make_shared<ql::PlainVanillaPayoff>(c.type == option_type::call ? ql::Option::Call : ql::Option::Put,
                                                       c.strike),
          ql::ext::make_shared<ql::EuropeanExercise>(today + (c.expiry - in_days(0)).count()));
      option.setPricingEngine(engine);
      const double expected = option.NPV(), difference = std::abs(value - expected) / p.spot;
      const double mu = (p.rate - p.yield) / (p.sigma * p.sigma) - 0.5;
      const double power = std::pow(c.barrier / p.spot, 2 * (std::abs(mu) + 1) * (c.barrier > p.spot ? 1 : -1));
      EXPECT_LE(difference, 1e-10 + 1e-15 * power)
          << (c.type == option_type::call ? "call" : "put") << (c.up ? " up" : " down") << (c.knock_in ? " in" : " out")
          << " strike " << c.strike << " days " << (c.expiry - in_days(0)).count() << " spot " << p.spot << " rate " << p.rate
          << " yield " << p.yield << " volatility " << p.sigma << ": " << value << ", QuantLib " << expected;
      ++compared;
      if (difference > worst) worst = difference, worst_at = k;
    }
  }
  EXPECT_GT(compared, 5000u);
  std::cout << "barrier: " << compared << " compared, worst " << worst << " of spot, contract " << worst_at << '\n';
}

} // namespace
} // namespace dojima
