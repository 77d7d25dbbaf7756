// QuantLib's value of every product under every model, beside Dojima's.
#include "dojima/quantlib/references.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

#include <ql/version.hpp>

namespace dojima {
namespace {

using quantlib::no_reference;
using quantlib::reference;
using quantlib::reference_value;

/// A contract, and in what its value is measured: the spot or one.
struct product {
  std::string name;
  contract terms;
  double unit = 100;
};

std::vector<fixing_date> fixings(const market& m, std::initializer_list<int> days, std::vector<double> known = {}) {
  std::vector<fixing_date> list;
  for (const int d : days) {
    list.push_back({test::after(m, d), {}});
    if (list.size() <= known.size()) list.back().value = known[list.size() - 1];
  }
  return list;
}

std::vector<product> products(const market& m) {
  const auto call = option_type::call, put = option_type::put;
  const date year = test::after(m, 365), half = test::after(m, 182), two = test::after(m, 730);
  std::vector<date> monthly;
  for (int d = 30; d <= 360; d += 30) monthly.push_back(test::after(m, d));
  const auto quarters = fixings(m, {91, 182, 274, 365}), seasoned = fixings(m, {-60, 0, 91, 274}, {97});
  const auto geometric = averaging::geometric;
  const std::vector<basket_component> pair{{"X", 1}, {"Y", 0.9}}, spread{{"X", 1}, {"Y", -1}},
      three{{"X", 0.4}, {"Y", 0.3}, {"Z", 0.3}}, note{{"X", 100}, {"Y", 110}};
  return {
      {"stock", stock{}},
      {"european call", european_option{call, 105, year}},
      {"european put", european_option{put, 90, half}},
      {"american put", american_option{put, 105, year}},
      {"digital cash", digital_option{call, 105, year, 10.0}},
      {"digital asset", digital_option{put, 95, year, {}}},
      {"barrier up-out", barrier_option{call, 100, year, true, false, 130, 2}},
      {"barrier down-in", barrier_option{put, 100, year, false, true, 85, 1}},
      {"barrier up-out monthly", barrier_option{call, 100, year, true, false, 125, 2, monthly}},
      {"barrier down-in monthly", barrier_option{call, 100, year, false, true, 90, 1, monthly}},
      {"double out", double_barrier_option{call, 100, year, false, 75, 135, 1}},
      {"double in", double_barrier_option{put, 100, year, true, 75, 135, 1}},
      {"double out monthly", double_barrier_option{call, 100, year, false, 80, 130, 0, monthly}},
      {"double in monthly", double_barrier_option{put, 100, year, true, 80, 130, 1, monthly}},
      {"one-touch at hit", touch_option{year, true, false, true, 125, 10}},
      {"one-touch at expiry", touch_option{year, false, false, false, 80, 10}},
      {"no-touch", touch_option{year, true, true, false, 125, 10}},
      {"one-touch monthly", touch_option{year, true, false, true, 120, 10, monthly}},
      {"no-touch monthly", touch_option{year, false, true, false, 85, 10, monthly}},
      {"asian arithmetic", asian_option{call, 100, year, quarters}},
      {"asian seasoned", asian_option{put, 102, year, seasoned}},
      {"asian geometric", asian_option{call, 100, year, quarters, geometric}},
      {"asian geometric seasoned", asian_option{put, 102, year, seasoned, geometric}},
      {"asian strike", asian_option{call, 0, year, quarters, averaging::arithmetic, true}},
      {"lookback fixed", lookback_option{call, 105.0, year, quarters}},
      {"lookback floating", lookback_option{put, {}, year, seasoned}},
      {"basket sum of 3", basket_option{call, 100, year, basket_kind::sum, three}},
      {"basket best", basket_option{call, 105, year, basket_kind::best, pair}},
      {"basket worst", basket_option{put, 95, year, basket_kind::worst, pair}},
      {"basket spread", basket_option{call, 5, year, basket_kind::sum, spread}},
      {"basket exchange", basket_option{call, 0, year, basket_kind::sum, spread}},
      {"cliquet", cliquet_option{quarters, -0.03, 0.05, 0.02, 0.12}, 1},
      {"cliquet local", cliquet_option{seasoned, -0.05, 0.08}, 1},
      {"forward start", forward_start_option{call, 1.05, {half, {}}, year}},
      {"forward performance", forward_start_option{put, 0.95, {half, {}}, year, true}, 1},
      {"chooser", chooser_option{half, 100, year}},
      {"compound", compound_option{call, 5, half, put, 100, year}},
      {"variance swap", variance_swap{0.03, false, seasoned, 4}, 1},
      {"volatility swap", variance_swap{0.15, true, quarters, 4}, 1},
      {"autocallable", autocallable_note{note, {half, year, two}, 0.05, 0.8, 1.0, 0.7}, 1},
  };
}

/// X, Y and Z, correlated, of one model.
market market_of(const model& dynamics) {
  market m = test::one_stock_market(100, 0.03, 0.01, 0.2);
  m.underlyings.at("X").dynamics = dynamics;
  for (const auto& [name, spot] : {std::pair{"Y", 110.0}, {"Z", 95.0}}) {
    underlying u = m.underlyings.at("X");
    u.name = name, u.spot = spot;
    m.underlyings[name] = u;
  }
  m.correlations = {{{"X", "Y"}, 0.5}, {{"X", "Z"}, 0.3}, {{"Y", "Z"}, -0.2}};
  return m;
}

/// What Dojima states of its process' steps, in parts of the spot (docs/models.md).
double stated_bias(const std::string& model) {
  return model == "heston" || model == "bates" ? 4e-4
         : model == "cev"                      ? 3e-4
         : model == "sabr"                     ? 8e-4
         : model == "black_scholes"            ? 0
                                               : 1e-5;
}

/// How many products QuantLib values by what: formulas and quadratures, grids, paths; and how many not.
struct tally {
  int formulas = 0, grids = 0, paths = 0, none = 0;
  bool operator==(const tally&) const = default;
};
std::ostream& operator<<(std::ostream& out, const tally& t) {
  return out << t.formulas << " by formulas, " << t.grids << " by grids, " << t.paths << " by paths, " << t.none << " not";
}

/// Whether the value comes from a grid, which has a time step to refine.
bool is_grid(const std::string& engine) { return engine.find("Fd") != std::string::npos; }

/// Of Dojima's American options, in parts of the spot.
constexpr double american_error = 2e-4;

/// Compares all products, or each `stride`th, and gives what QuantLib valued them by.
tally compare(const market& m, std::int64_t samples, std::size_t stride = 1) {
  const std::string model = model_name(m.underlyings.at("X").dynamics);
  const std::vector<product> list = products(m);
  tally count;
  double seconds = 0;
  std::vector<reference> references;
  std::vector<double> units;
  portfolio book;
  for (std::size_t i = 0; i < list.size(); i += stride) {
    const trade t{list[i].name, "book", "X", 1, list[i].terms};
    try {
      const reference r = reference_value(t, m, {.samples = samples});
      ++(r.standard_error > 0 ? count.paths : is_grid(r.engine) ? count.grids : count.formulas);
      seconds += r.seconds;
      references.push_back(r), units.push_back(list[i].unit), book.push_back(t);
    } catch (const no_reference&) {
      ++count.none;
    }
  }
  pricing_settings settings;
  settings.paths = 1 << 13;
  settings.points = sampling::sobol;
  if (model != "black_scholes") settings.largest_step = 1.0 / 104; // between the steps barriers take the variance for constant
  const auto found = price(book, m, settings, stream(device::cpu()));
  int compared = 0;
  double worst = 0;
  std::string worst_name = "stock";
  for (std::size_t i = 0; i < book.size(); ++i) {
    const reference& r = references[i];
    const estimate& e = found[i];
    if (!e.status.empty()) continue; // what Dojima does not value
    const double stated = e.method == "spectral_collocation" ? american_error
                          : e.standard_error > 0             ? stated_bias(model)
                                                             : 1e-12;
    const double limit = 4 * std::hypot(e.standard_error, r.standard_error) + r.error + stated * units[i];
    const double share = std::abs(e.value - r.value) / limit;
    EXPECT_LE(share, 1) << model << ", " << book[i].id << ": " << e.value << " +- " << e.standard_error << ", " << r.engine
                        << ' ' << r.value << " +- " << r.standard_error << " (" << r.error << ")";
    ++compared;
    if (!(share <= worst)) worst = share, worst_name = book[i].id;
  }
  std::cout << model << ": QuantLib " QL_VERSION " values " << count << ", in " << seconds << " s; " << compared
            << " compared, the worst, " << worst_name << ", at " << worst << " of its limit\n";
  return count;
}

const heston_model heston{0.04, 1.5, 0.05, 0.5, -0.6};
constexpr int few = 1 << 11, many = 1 << 14;

TEST(references, black_scholes) { EXPECT_EQ(compare(market_of(black_scholes_model{}), many), (tally{25, 8, 7, 0})); }

TEST(references, black_scholes_on_sloped_curves) {
  market m = market_of(black_scholes_model{});
  m.curves.at("USD") = curve({0.25, 1.0, 3.0}, {-0.002, -0.03, -0.12});
  for (auto& [name, u] : m.underlyings) u.surface = term_volatility{{0.25, 0.5, 1.0, 2.0}, {0.3, 0.26, 0.22, 0.2}};
  EXPECT_EQ(compare(m, many), (tally{15, 16, 9, 0}));
}

TEST(references, dividends_in_cash) {
  market m = market_of(black_scholes_model{});
  for (auto& [name, u] : m.underlyings) u.dividends = {{test::after(m, 100), 2.0}, {test::after(m, 300), 2.5}};
  EXPECT_EQ(compare(m, many), (tally{1, 17, 19, 3}));
}

TEST(references, heston) { EXPECT_EQ(compare(market_of(heston), few, 3), (tally{1, 6, 6, 1})); }
TEST(references, bates) { EXPECT_EQ(compare(market_of(bates_model{heston, 0.7, -0.08, 0.12}), few, 2), (tally{3, 0, 12, 5})); }
TEST(references, merton) { EXPECT_EQ(compare(market_of(merton_model{0.18, 0.7, -0.08, 0.12}), many), (tally{5, 0, 26, 9})); }
TEST(references, kou) { EXPECT_EQ(compare(market_of(kou_model{0.18, 2, 0.3, 25, 15}), many), (tally{5, 0, 26, 9})); }
TEST(references, cev) { EXPECT_EQ(compare(market_of(cev_model{2, 0.5}), few, 2), (tally{3, 7, 9, 1})); }
TEST(references, sabr) {
  market m = market_of(sabr_model{2, 0.5, 0.4, -0.4});
  EXPECT_EQ(compare(m, few), (tally{1, 0, 0, 39})); // QuantLib's is of a forward
  for (auto& [name, u] : m.underlyings) u.dividend_yield = 0.03;
  EXPECT_EQ(compare(m, few), (tally{1, 5, 0, 34}));
}
TEST(references, rough_bergomi) {
  EXPECT_EQ(compare(market_of(rough_bergomi_model{0.04, 1.5, 0.1, -0.7}), few), (tally{1, 0, 0, 39}));
}
TEST(references, local_volatility) {
  local_volatility_model grid;
  for (int j = -100; j <= 100; ++j) grid.log_moneyness.push_back(j * 0.02);
  for (int i = 1; i <= 24; ++i) {
    grid.times.push_back(i / 12.0);
    auto& row = grid.values.emplace_back();
    for (const double x : grid.log_moneyness) row.push_back(0.22 - 0.08 * std::tanh(2 * x) + 0.04 * std::exp(-i / 12.0));
  }
  EXPECT_EQ(compare(market_of(grid), few, 2), (tally{1, 9, 9, 1}));
}

TEST(references, say_why_there_is_none) {
  market m = market_of(rough_bergomi_model{0.04, 1.5, 0.1, -0.7});
  const trade call{"1", "book", "X", 1, european_option{option_type::call, 100, test::after(m, 365)}};
  EXPECT_EQ(test::message_of<no_reference>([&] { reference_value(call, m); }),
            "QuantLib " QL_VERSION " has no engine for european under rough_bergomi (it has no process for the model)");
  m = market_of(black_scholes_model{});
  m.elapsed = 0.5 / 365;
  EXPECT_THROW(reference_value(call, m), no_reference);
}

} // namespace
} // namespace dojima
