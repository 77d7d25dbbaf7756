// Barriers, touches and lookbacks watched at all times: where spots jump, where rates change, what was touched.
#include <cmath>
#include <random>

#include "dojima/pricing/price.hpp"
#include "models/closed_form/barrier.hpp"
#include "models/closed_form/double_barrier.hpp"
#include "models/closed_form/one_touch.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

constexpr double spot = 100, sigma = 0.2;

pricing_settings simulated(std::int64_t paths = 1 << 17) {
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = paths;
  return s;
}
barrier_option barrier(const market& m, option_type type, double strike, bool up, bool in, double level, double rebate = 0) {
  return {type, strike, test::after(m, 365), up, in, level, rebate};
}

// ---- cash dividends --------------------------------------------------------------------------------------------------

constexpr double cash = 10, half = 182.0 / 365;

market with_dividend() {
  market m = test::one_stock_market(spot, 0, 0, sigma);
  m.underlyings["X"].dividends = {{test::after(m, 182), cash}};
  return m;
}

/// The value of a claim that dies at a barrier and whose value right after the dividend is `after(spot)`, without rates: the
/// density of ln S that has not touched the barrier is that of its images (Harrison 1985).
template <class After> double before_dividend(double level, bool up, const After& after) {
  const double v = sigma * std::sqrt(half), b = std::log(level / spot), mean = -0.5 * v * v;
  const auto density = [&](double x) { return std::exp(-0.5 * (x - mean) * (x - mean) / (v * v)) / (v * std::sqrt(2 * M_PI)); };
  const double image = std::exp(2 * mean * b / (v * v)), width = 12 * v;
  constexpr int n = 40000;
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double x = b + (up ? -1 : 1) * width * (i + 0.5) / n;
    sum += (density(x) - image * density(x - 2 * b)) * after(spot * std::exp(x) - cash);
  }
  return sum * width / n;
}
double knocked_out(const barrier_option& c, double s) {
  if (s <= 0 || (c.up ? s >= c.barrier : s <= c.barrier)) return 0;
  return barrier_value(make_barrier_contract(sign_of(c.type), c.up, false, c.strike, c.barrier, 0), s, s, 1.0,
                       sigma * std::sqrt(1 - half));
}

TEST(barrier, is_watched_up_to_the_dividend_and_after_it) {
  const market m = with_dividend();
  for (const barrier_option& c :
       {barrier(m, option_type::call, 80, true, false, 115), barrier(m, option_type::put, 110, false, false, 85),
        barrier(m, option_type::call, 90, false, false, 92)})
    EXPECT_WITHIN_STDERR(test::value_of(c, m, simulated()),
                         before_dividend(c.barrier, c.up, [&](double s) { return knocked_out(c, s); }), 4)
        << c.barrier;
  // The drop itself crosses: of spots from 85 to 95 before it no double barrier at 85 and 130 survives.
  const double_barrier_option two{option_type::call, 90, test::after(m, 365), false, 85, 130, 0};
  const barrier_option high = barrier(m, option_type::call, 90, true, false, 130);
  const double only_high = before_dividend(130, true, [&](double s) { return knocked_out(high, s); });
  EXPECT_LT(test::value_of(two, m, simulated()).value, 0.9 * only_high);
}

// ---- jumps -----------------------------------------------------------------------------------------------------------

struct jump_law {
  double volatility, intensity, excess;
  std::function<double(std::mt19937_64&)> jump;
};
jump_law law_of(const merton_model& p) {
  return {p.volatility, p.intensity, std::expm1(p.jump_mean + 0.5 * p.jump_deviation * p.jump_deviation),
          [p](std::mt19937_64& g) { return std::normal_distribution(p.jump_mean, p.jump_deviation)(g); }};
}
jump_law law_of(const kou_model& p) {
  return {p.volatility, p.intensity, p.p * p.up / (p.up - 1) + (1 - p.p) * p.down / (p.down + 1) - 1, [p](std::mt19937_64& g) {
            const bool up = std::uniform_real_distribution()(g) < p.p;
            return up ? std::exponential_distribution(p.up)(g) : -std::exponential_distribution(p.down)(g);
          }};
}

/// Survival at [0] and knock-out put and call of paths that are followed from jump to jump, without bias or rates: the bridge
/// between two jumps is exact (Metwally and Atiya 2002, J. Derivatives 10).
std::array<estimate, 3> from_jump_to_jump(const jump_law& law, bool up, double level, double put, double call) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> wait(law.intensity);
  constexpr int paths = 1 << 18;
  double sum[3] = {}, squares[3] = {};
  for (int i = 0; i < paths; ++i) {
    double x = 0, time = 0, alive = 1;
    const double b = std::log(level / spot), side = up ? 1 : -1, v = law.volatility;
    while (time < 1 && alive > 0) {
      const double next = std::min(1.0, time + wait(random)), h = next - time;
      const double before = x + (-0.5 * v * v - law.intensity * law.excess) * h + v * std::sqrt(h) * normal(random);
      const double a = side * (b - x), e = std::max(side * (b - before), 0.0);
      alive *= -std::expm1(-2 * a * e / (v * v * h));
      x = before + (next < 1 ? law.jump(random) : 0);
      if (side * (b - x) <= 0) alive = 0;
      time = next;
    }
    const double s = spot * std::exp(x);
    const double paid[3] = {alive, alive * std::max(put - s, 0.0), alive * std::max(s - call, 0.0)};
    for (int k = 0; k < 3; ++k) sum[k] += paid[k], squares[k] += paid[k] * paid[k];
  }
  std::array<estimate, 3> found;
  for (std::size_t k = 0; k < 3; ++k) {
    found[k].value = sum[k] / paths;
    found[k].standard_error = std::sqrt((squares[k] / paths - found[k].value * found[k].value) / paths);
  }
  return found;
}

template <class Model> void expect_jumps_seen(const Model& model, bool up, double level) {
  market m = test::one_stock_market(spot, 0, 0, sigma);
  m.underlyings["X"].dynamics = model;
  const auto exact = from_jump_to_jump(law_of(model), up, level, 110, 100);
  const portfolio book{
      {"1", "b", "X", 1, touch_option{test::after(m, 365), up, true, false, level, 1}},
      {"2", "b", "X", 1, barrier(m, option_type::put, 110, up, false, level)},
      {"3", "b", "X", 1, barrier(m, option_type::call, 100, up, false, level)},
      {"4", "b", "X", 1,
       double_barrier_option{option_type::put, 110, test::after(m, 365), false, up ? 1 : level, up ? level : 1e4, 0}}};
  const auto found = price(book, m, simulated(), stream(device::cpu()));
  for (std::size_t k = 0; k < 4; ++k) {
    const estimate& e = exact[k < 3 ? k : 1];
    EXPECT_NEAR(found[k].value, e.value, 4 * std::hypot(found[k].standard_error, e.standard_error)) << book[k].id;
  }
}

TEST(barrier, sees_jumps_where_they_happen) {
  expect_jumps_seen(merton_model{0.15, 1, -0.2, 0.1}, false, 80);
  expect_jumps_seen(merton_model{0.15, 5, -0.05, 0.1}, true, 120);
  expect_jumps_seen(kou_model{0.15, 3, 0.3, 20, 8}, false, 80);
}

TEST(barrier, jumps_of_variance_processes_are_not_diffusion) {
  market m = test::one_stock_market(spot, 0, 0, sigma);
  const merton_model jumps{0.15, 1, -0.2, 0.1};
  const barrier_option c = barrier(m, option_type::put, 110, false, false, 80);
  m.underlyings["X"].dynamics = jumps;
  const estimate merton = test::value_of(c, m, simulated());
  // A variance that hardly moves: Merton's model.
  m.underlyings["X"].dynamics = bates_model{{0.0225, 1, 0.0225, 0.001, 0}, 1, -0.2, 0.1};
  const estimate bates = test::value_of(c, m, simulated());
  EXPECT_NEAR(bates.value, merton.value, 4 * std::hypot(bates.standard_error, merton.standard_error));
}

TEST(barrier, jumps_leave_forwards_and_greeks_alone) {
  market m = test::one_stock_market(spot, 0.03, 0.01, sigma);
  for (const model& jumps : std::initializer_list<model>{merton_model{0.15, 2, -0.1, 0.1}, kou_model{0.15, 3, 0.3, 20, 8}}) {
    m.underlyings["X"].dynamics = jumps;
    pricing_settings s = simulated();
    s.greeks = true;
    // The barrier makes steps and pairs of jumps; the forward beside it shares them.
    const trade forward{"2", "b", "X", 1,
                        basket_option{option_type::call, 0, test::after(m, 365), basket_kind::sum, {{"X", 1}}}};
    const portfolio book{{"1", "b", "X", 1, barrier(m, option_type::put, 110, false, false, 80)}, forward};
    const auto found = price(book, m, s, stream(device::cpu()));
    EXPECT_WITHIN_STDERR(found[1], spot * std::exp(-0.01), 4);
    EXPECT_NEAR(found[1].greeks->delta[0].value, std::exp(-0.01), 4 * found[1].greeks->delta[0].standard_error + 1e-9);
    EXPECT_NEAR(found[1].greeks->theta.value, 0.01 * spot * std::exp(-0.01), 5 * found[1].greeks->theta.standard_error + 1);
  }
}

// ---- rates and volatilities that change ------------------------------------------------------------------------------

market with_steep_rates() {
  market m = test::one_stock_market(spot, 0, 0, sigma);
  m.curves.at("USD") = curve({0.5, 1.0}, {0.0, -0.05});
  return m;
}

TEST(barrier, formulas_serve_where_their_constants_are) {
  const market flat = test::one_stock_market(spot, 0.05, 0.01, sigma);
  const barrier_option c = barrier(flat, option_type::call, 90, true, false, 130);
  const american_option a{option_type::put, 100, test::after(flat, 365)};
  EXPECT_EQ(test::value_of(c, flat).method, "closed_form");
  EXPECT_EQ(test::value_of(c, flat).warning, "");
  EXPECT_EQ(test::value_of(a, flat).warning, "");

  const market steep = with_steep_rates();
  EXPECT_EQ(test::value_of(c, steep).method, "monte_carlo");
  EXPECT_EQ(test::value_of(c, steep).warning, "");
  EXPECT_NE(test::value_of(a, steep).warning.find("change before expiry"), std::string::npos);
  EXPECT_EQ(test::value_of(european_option{option_type::call, 90, test::after(steep, 365)}, steep).warning, "");
  pricing_settings formulas;
  formulas.method = pricing_method::closed_form;
  const estimate constant = test::value_of(c, steep, formulas);
  EXPECT_EQ(constant.method, "closed_form");
  EXPECT_NE(constant.warning.find("method automatic simulates"), std::string::npos);
  EXPECT_EQ(test::value_of(asian_option{option_type::call, 90, test::after(steep, 365), {{test::after(steep, 365), {}}}}, steep,
                           formulas)
                .method,
            "monte_carlo");

  // Without rates and yields the clock of the variance is the only one.
  market term = flat, timeless = test::one_stock_market(spot, 0, 0, sigma);
  term.underlyings["X"].surface = timeless.underlyings["X"].surface = term_volatility{{0.5, 1.0}, {0.2, 0.25}};
  EXPECT_EQ(test::value_of(c, term).method, "monte_carlo");
  EXPECT_EQ(test::value_of(c, timeless).method, "closed_form");
}

/// Steps of a week against steps of a day, which share no numbers.
TEST(barrier, follows_rates_within_its_error) {
  const market m = with_steep_rates();
  const portfolio book{
      {"1", "b", "X", 1, barrier(m, option_type::call, 90, true, false, 130)},
      {"2", "b", "X", 1, touch_option{test::after(m, 365), true, true, false, 120, 1}},
      {"3", "b", "X", 1, double_barrier_option{option_type::call, 90, test::after(m, 365), false, 70, 150, 0}}};
  pricing_settings automatic = simulated(), fine = simulated(1 << 16);
  automatic.method = pricing_method::automatic;
  const auto by_default = price(book, m, automatic, stream(device::cpu()));
  fine.seed = 7;
  fine.largest_step = 1.0 / 365;
  const auto finer = price(book, m, fine, stream(device::cpu()));
  for (std::size_t i = 0; i < book.size(); ++i)
    EXPECT_NEAR(by_default[i].value, finer[i].value, 4 * std::hypot(by_default[i].standard_error, finer[i].standard_error))
        << book[i].id;
}

// ---- dates, and what was touched -------------------------------------------------------------------------------------

TEST(barrier, on_dates_may_be_crossed_between_them) {
  const market m = test::one_stock_market(spot, 0.03, 0.01, sigma);
  const date year = test::after(m, 365);
  barrier_option c{option_type::call, 100, year, false, false, 105, 0, {year}}; // pays S - 100 above 105
  const double above = test::value_of(european_option{option_type::call, 105, year}, m).value +
                       test::value_of(digital_option{option_type::call, 105, year, 5.0}, m).value;
  EXPECT_WITHIN_STDERR(test::value_of(c, m), above, 4);
  EXPECT_EQ(test::value_of(double_barrier_option{option_type::call, 100, year, false, 105, 150, 0, {year}}, m).status, "");
  EXPECT_EQ(test::value_of(touch_option{year, true, true, false, 95, 1, {year}}, m).status, "");
  c.monitoring = {m.as_of, year};
  EXPECT_NE(test::value_of(c, m).status.find("barrier 105 already touched (it is watched today"), std::string::npos);
  c.monitoring = {};
  EXPECT_NE(test::value_of(c, m).status.find("already touched"), std::string::npos);
}

TEST(barrier, dates_increase_and_end_with_the_option) {
  const market m = test::one_stock_market(spot, 0.03, 0.01, sigma);
  const date year = test::after(m, 365);
  barrier_option c{option_type::call, 100, year, true, false, 130, 0, {test::after(m, 200), test::after(m, 400)}};
  EXPECT_NE(test::value_of(c, m).status.find("after expiry"), std::string::npos);
  c.monitoring = {test::after(m, 200), test::after(m, 100)};
  EXPECT_NE(test::value_of(c, m).status.find("dates must increase"), std::string::npos);
}

TEST(barrier, touched_is_what_it_has_become) {
  market m = test::one_stock_market(spot, 0.03, 0.01, sigma);
  const date year = test::after(m, 365);
  const double option = test::value_of(european_option{option_type::put, 110, year}, m).value, paid = std::exp(-0.03);
  const std::vector<std::pair<contract, double>> cases{
      {barrier_option{option_type::put, 110, year, true, true, 90, 2, {}, true}, option},
      {barrier_option{option_type::put, 110, year, true, false, 90, 2, {}, true}, 0},
      {double_barrier_option{option_type::put, 110, year, true, 105, 120, 2, {}, true}, option},
      {double_barrier_option{option_type::put, 110, year, false, 105, 120, 2, {}, true}, 2 * paid},
      {touch_option{year, true, false, false, 90, 3, {}, true}, 3 * paid},
      {touch_option{year, true, false, true, 90, 3, {}, true}, 0},
      {touch_option{year, true, true, false, 90, 3, {test::after(m, 9)}, true}, 0}};
  for (const auto& [terms, value] : cases) {
    const estimate formula = test::value_of(terms, m);
    EXPECT_NEAR(formula.value, value, 1e-12) << product_name(terms);
    EXPECT_EQ(formula.method, "closed_form");
    EXPECT_TRUE(has_revaluation(terms));
    const estimate paths = test::value_of(terms, m, simulated(1 << 14));
    EXPECT_NEAR(paths.value, value, 4 * paths.standard_error + 1e-12) << product_name(terms);
  }
  m.underlyings["X"].dynamics = merton_model{0.15, 1, -0.2, 0.1};
  EXPECT_NEAR(test::value_of(cases[4].first, m).value, 3 * paid, 1e-9);
}

} // namespace
} // namespace dojima
