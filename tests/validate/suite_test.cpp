// The built-in suite, with few paths: that it covers everything, agrees, and finds faults.
#include <algorithm>
#include <set>

#include "dojima/pricing/price.hpp"
#include "dojima/validation/validate.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

validation_settings few_paths() {
  validation_settings s;
  s.pricing.paths = 4096;
  s.z_scores = 500;
  s.convergence = false;
  return s;
}
std::string failures(const validation_report& r) {
  std::string all;
  for (const validated& v : r.items)
    if (v.outcome == verdict::failed) all += v.id + ": " + v.reason + "\n";
  return all + r.law.reason;
}
std::set<std::string> failed_ids(const validation_report& r) {
  std::set<std::string> ids;
  for (const validated& v : r.items)
    if (v.outcome == verdict::failed) ids.insert(v.id);
  return ids;
}
const validated& item(const validation_report& r, const std::string& id) {
  const auto found = std::ranges::find(r.items, id, &validated::id);
  if (found == r.items.end()) throw std::out_of_range(id);
  return *found;
}

TEST(fault, is_read_and_put_into_the_market) {
  const market m = test::one_stock_market(100, 0.03, 0.01, 0.2);
  const auto with = [&](const char* text) { return with_fault(m, parse_fault(text)); };
  EXPECT_DOUBLE_EQ(std::get<flat_volatility>(*with("vol+1e-4").underlyings.at("X").surface).value, 0.2001);
  EXPECT_DOUBLE_EQ(with("spot*1.0001").underlyings.at("X").spot, 100.01);
  EXPECT_DOUBLE_EQ(with("rate+-1e-5").curves.at("USD").zero_rate(2), 0.02999);
  market heston = m;
  heston.underlyings.at("X").dynamics = heston_model{0.04, 1, 0.09, 0.5, -0.5};
  const market moved = with_fault(heston, parse_fault("vol+0.01"));
  EXPECT_DOUBLE_EQ(std::get<heston_model>(moved.underlyings.at("X").dynamics).theta, 0.31 * 0.31);
  EXPECT_EQ(to_string(parse_fault("vol+1e-4")), "vol+0.0001");
  for (const char* wrong : {"", "vol", "vol+", "vol*2", "vol+x", "spot+1", "vol+1e-4 ", "vol+nan"})
    EXPECT_EQ(test::message_of<input_error>([&] { parse_fault(wrong); }),
              "fault '" + std::string(wrong) + "' (is not understood); write vol+1e-4, rate+1e-5 or spot*1.0001");
}

TEST(fault, must_be_small_and_change_something) {
  for (const char* wrong : {"vol+0", "vol+2", "rate+1e300", "spot*1", "spot*0", "spot*-1", "spot*1e308"})
    EXPECT_NE(test::message_of<input_error>([&] { parse_fault(wrong); }).find("is none, or no small one"), std::string::npos)
        << wrong;
}

TEST(suite, has_every_product_under_every_model) {
  const auto [m, book] = validation_suite();
  std::map<std::string, std::set<std::string>> models; // by product
  std::set<std::size_t> contracts, dynamics;
  std::set<std::string> ids;
  for (const trade& t : book) {
    EXPECT_FALSE(find_problem(t, m)) << t.id;
    EXPECT_TRUE(ids.insert(t.id).second) << t.id;
    const underlying& u = m.underlyings.at(t.underlying);
    models[product_name(t.terms)].insert(t.book);
    contracts.insert(t.terms.index());
    dynamics.insert(u.dynamics.index());
  }
  EXPECT_EQ(contracts.size(), std::variant_size_v<contract> - 1) << "all but the payoffs of users";
  EXPECT_EQ(dynamics.size(), std::variant_size_v<model>);
  for (const auto& [product, found] : models)
    if (product != "fx_forward" && product != "american" && product != "compound") {
      EXPECT_GE(found.size(), std::variant_size_v<model>) << product;
    }
}

TEST(suite, passes) {
  const validation_report r = validate_suite(few_paths(), {closed_forms()});
  EXPECT_TRUE(r.passed()) << failures(r);
  EXPECT_EQ(r.law.outcome, verdict::passed) << r.law.reason;
  EXPECT_EQ(r.law.count, 500u);
  EXPECT_EQ(r.items.size(), validation_suite().second.size());
  std::size_t compared = 0;
  for (const validation_group& g : r.groups) compared += g.passed;
  EXPECT_GE(compared, 45u);
  // Formula, closed form and simulation of one trade.
  const validated& call = item(r, "black_scholes call");
  EXPECT_EQ(call.roads.front().method, "monte_carlo");
  EXPECT_EQ(call.roads.back().road, "closed form");
  EXPECT_NEAR(call.roads.back().value, call.roads[r.devices.size()].value, 1e-12);
  EXPECT_GT(call.roads.front().standard_error, 0);
  EXPECT_EQ(item(r, "heston call").roads.back().method, "Heston 1993");
  EXPECT_GT(item(r, "heston call").roads.front().uncertainty, 0) << "what the process states";
}

// The bits of each device are those of the first; one of them off by one unit in the last place would show.
TEST(suite, devices_give_the_same_bits) {
  validation_settings s = few_paths();
  s.z_scores = 0;
  s.devices.clear();
  for (const device& d : test::all_devices())
    if (d.bitwise()) s.devices.push_back(d);
  if (s.devices.size() < 2) GTEST_SKIP() << "one device that promises equal bits";
  const validation_report r = validate_suite(s, {});
  EXPECT_TRUE(r.passed()) << failures(r);
  for (const validated& v : r.items) EXPECT_NE(v.outcome, verdict::skipped) << v.id << ": " << v.reason;
}

TEST(suite, finds_injected_faults) {
  for (const char* fault : {"vol+1e-4", "rate+1e-5", "spot*1.0001"}) {
    validation_settings s = few_paths();
    s.fault = parse_fault(fault);
    const validation_report r = validate_suite(s, {closed_forms()});
    EXPECT_FALSE(r.passed()) << fault;
    const std::set<std::string> ids = failed_ids(r);
    for (const char* id : {"black_scholes call", "black_scholes up-and-out call", "EURUSD call"})
      EXPECT_TRUE(ids.contains(id)) << fault << ' ' << id;
    EXPECT_EQ(ids.contains("EURUSD forward"), std::string(fault) != "vol+1e-4") << "a forward has no volatility";
    EXPECT_EQ(r.items.front().outcome, verdict::failed) << "failures come first";
    EXPECT_NE(r.items.front().reason.find("allowed is"), std::string::npos) << r.items.front().reason;
  }
}

// On curves and volatilities that change, a barrier's formula takes those of expiry for constants.
TEST(validate_portfolio, barriers_are_simulated_with_the_constants_of_their_formula) {
  market_data data;
  data.snapshot = test::one_stock_market(100, 0.03, 0.01, 0.2);
  const std::vector<double> times{0.25, 1}, rates{0.0, 0.08};
  data.snapshot.curves.at("USD") = curve::from_zero_rates(times, rates);
  data.snapshot.underlyings.at("X").surface = term_volatility{times, {0.15, 0.3}};
  portfolio_data book;
  book.trades = {{"B", "b", "X", 1, barrier_option{option_type::put, 100, test::after(data.snapshot, 365), true, true, 110, 0}},
                 {"E", "b", "X", 1, european_option{option_type::put, 100, test::after(data.snapshot, 120)}}}; // splits paths
  validation_settings s = few_paths();
  s.pricing.paths = 1 << 17;
  const market m = data.snapshot;
  const validation_report r = validate_portfolio(data, book, s, {closed_forms()});
  EXPECT_TRUE(r.passed()) << failures(r);
  EXPECT_EQ(r.law.outcome, verdict::passed) << r.law.reason;
  const validated& b = item(r, "B");
  pricing_settings simulated = s.pricing;
  simulated.method = pricing_method::monte_carlo;
  const estimate e = price(book.trades, m, simulated, stream(device::cpu())).front();
  EXPECT_GT(std::abs(e.value - b.roads.back().value), 4 * e.standard_error) << "on the curves it is another number";
}

// A fault that simulations see as well as formulas: a point of volatility.
TEST(suite, simulations_find_a_fault_of_the_size_of_their_errors) {
  validation_settings s = few_paths();
  s.fault = parse_fault("vol+0.01");
  const validation_report r = validate_suite(s, {closed_forms()});
  EXPECT_EQ(r.law.outcome, verdict::failed);
  const validated& merton = item(r, "merton put");
  const auto by_chance = std::ranges::find_if(merton.comparisons, [](const comparison& c) { return c.z.has_value(); });
  ASSERT_NE(by_chance, merton.comparisons.end());
  EXPECT_GT(std::abs(*by_chance->z), 1) << "simulation against the closed form";
}

} // namespace
} // namespace dojima
