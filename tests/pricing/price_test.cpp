#include "dojima/pricing/price.hpp"

#include <thread>

#include "tests/support.hpp"

namespace dojima {
namespace {

portfolio small_book(const market& m) {
  const date expiry = test::after(m, 180);
  return {{"european", "b", "X", 2, european_option{option_type::call, 100, expiry}},
          {"american", "b", "X", -1, american_option{option_type::put, 105, expiry}},
          {"asian", "b", "X", 1, asian_option{option_type::call, 100, expiry, {{test::after(m, 90), {}}, {expiry, {}}}}},
          {"expired", "b", "X", 1, european_option{option_type::call, 100, m.as_of}}};
}

TEST(price, says_method_error_and_status) {
  const market m = test::one_stock_market(100, 0.03, 0.01, 0.2);
  const std::vector<estimate> e = price(small_book(m), m, {}, stream(device::cpu()));
  EXPECT_EQ(e[0].method, "closed_form");
  EXPECT_EQ(e[0].standard_error, 0);
  EXPECT_EQ(e[1].method, "spectral_collocation");
  EXPECT_LT(e[1].value, 0);
  EXPECT_EQ(e[2].method, "monte_carlo");
  EXPECT_GT(e[2].standard_error, 0);
  EXPECT_NE(e[3].status.find("expired"), std::string::npos);
  EXPECT_TRUE(price({}, m).empty());
}

TEST(price, from_many_threads_gives_the_same_bits) {
  const market m = test::one_stock_market(100, 0.03, 0.01, 0.2);
  const portfolio book = small_book(m);
  for (const device& where : test::all_devices()) {
    const std::vector<estimate> alone = price(book, m, {}, stream(where));
    std::vector<std::vector<estimate>> together(8);
    std::vector<std::thread> threads;
    for (auto& mine : together) threads.emplace_back([&] { mine = price(book, m, {}, stream(where)); });
    for (std::thread& t : threads) t.join();
    for (const auto& e : together)
      for (std::size_t i = 0; i < book.size(); ++i)
        EXPECT_TRUE(test::same_bits(e[i].value, alone[i].value)) << test::label(where);
  }
}

} // namespace
} // namespace dojima
