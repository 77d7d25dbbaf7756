// Books with more schedules than one simulation has: each trade has the value of the simulation that it joined.
#include "dojima/pricing/price.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

pricing_settings few_paths() {
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = 4096;
  return s;
}

/// Of 140 trades on 70 schedules, two to each, the first 64 schedules share one simulation and the rest another.
void expect_two_simulations(const portfolio& book, const market& m, const pricing_settings& s) {
  const stream on(device::cpu());
  pricer all(book, m, s, on);
  EXPECT_EQ(all.simulations(), 2u);
  const std::vector<estimate> found = all.price(m);
  portfolio parts[2];
  for (std::size_t i = 0; i < book.size(); ++i) parts[i % 70 < 64 ? 0 : 1].push_back(book[i]);
  ASSERT_EQ(parts[1].size(), 12u);
  std::vector<estimate> alone[2];
  for (int k = 0; k < 2; ++k) {
    pricer part(parts[k], m, s, on);
    EXPECT_EQ(part.simulations(), 1u);
    alone[k] = part.price(m);
  }
  std::size_t at[2] = {0, 0};
  for (std::size_t i = 0; i < book.size(); ++i) {
    const int k = i % 70 < 64 ? 0 : 1;
    const estimate& e = alone[k][at[k]++];
    ASSERT_EQ(found[i].status, "");
    EXPECT_GT(found[i].value, 0);
    EXPECT_TRUE(test::same_bits(found[i].value, e.value)) << i;
    EXPECT_TRUE(test::same_bits(found[i].standard_error, e.standard_error)) << i;
  }
}

TEST(many_schedules, expiries_under_heston) {
  market m = test::one_stock_market(100, 0.03, 0, 0.2);
  m.underlyings["X"].dynamics = heston_model{0.04, 1, 0.04, 0.5, -0.7};
  portfolio book;
  for (const double strike : {90.0, 100.0})
    for (int week = 1; week <= 70; ++week)
      book.push_back({"x", "b", "X", 1.0, european_option{option_type::call, strike, test::after(m, 7 * week)}});
  expect_two_simulations(book, m, few_paths());
}

TEST(many_schedules, fixings_of_asian_options) {
  const market m = test::one_stock_market(100, 0.03, 0, 0.2);
  portfolio book;
  for (const double strike : {90.0, 110.0})
    for (int day = 1; day <= 70; ++day)
      book.push_back(
          {"x", "b", "X", 1.0,
           asian_option{
               option_type::call, strike, test::after(m, 365), {{test::after(m, day), {}}, {test::after(m, 200 + day), {}}}}});
  expect_two_simulations(book, m, few_paths());
}

TEST(many_schedules, importance_sampling_has_pilots_of_them_too) {
  const market m = test::one_stock_market(100, 0.03, 0, 0.2);
  portfolio book;
  for (int day = 1; day <= 70; ++day)
    book.push_back(
        {"x", "b", "X", 1.0,
         asian_option{option_type::call, 90, test::after(m, 365), {{test::after(m, day), {}}, {test::after(m, 300), {}}}}});
  pricing_settings s = few_paths();
  s.importance_sampling = true;
  for (const estimate& e : price(book, m, s, stream(device::cpu()))) EXPECT_EQ(e.status, "");
}

} // namespace
} // namespace dojima
