// How many samples a simulation takes, and what is said where they were not enough.
#include "pricing/book.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

class targets : public testing::Test {
protected:
  targets() {
    s.method = pricing_method::monte_carlo;
    s.paths = 4096;
  }
  estimate value(double strike = 100) const {
    return test::value_of(european_option{option_type::call, strike, test::after(m, 365)}, m, s);
  }

  market m = test::one_stock_market(100, 0, 0, 0.1);
  pricing_settings s;
};

TEST_F(targets, an_error_is_met) {
  s.target_error = 1e-3;
  const estimate e = value();
  EXPECT_LE(e.standard_error, 1e-3 * e.value);
  EXPECT_GT(e.paths, 100'000);
  EXPECT_LT(e.paths, 10'000'000);
  EXPECT_EQ(e.warning, "");
}

TEST_F(targets, an_error_that_is_missed_is_said) {
  s.most_paths = 1 << 15;
  for (const double wanted : {1e-3, 1e-9}) { // the second of which asks for more samples than there are numbers
    s.target_error = wanted;
    const estimate e = value();
    EXPECT_EQ(e.status, "");
    EXPECT_EQ(e.paths, s.most_paths);
    EXPECT_GT(e.value, 3);
    EXPECT_TRUE(e.warning.starts_with("target error missed (")) << e.warning;
    EXPECT_NE(e.warning.find("after 32768 samples"), std::string::npos) << e.warning;
  }
  s.most_paths = 1024; // fewer than the first run has
  EXPECT_EQ(value().paths, 4096);
}

TEST_F(targets, a_value_of_nothing_is_no_value_without_error) {
  const estimate none = value(175);
  EXPECT_EQ(none.value, 0);
  EXPECT_TRUE(none.warning.starts_with("no path paid (of 4096;")) << none.warning;
  s.target_error = 0.5;
  s.most_paths = 1 << 20;
  EXPECT_EQ(value(175).paths, s.most_paths);
  s.most_paths = 1 << 26;
  const estimate some = value(150); // 4 deviations: a path in 25,000 pays
  EXPECT_GT(some.value, 0);
  EXPECT_LE(some.standard_error, 0.5 * some.value);
  EXPECT_LT(some.paths, 1 << 21);
}

TEST_F(targets, a_budget_of_time_says_how_many) {
  s.time_budget = 0.2;
  const auto begin = std::chrono::steady_clock::now();
  const estimate e = value();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4)); // also where others use the processor
  EXPECT_GT(e.paths, 4096);
  s.most_paths = 20'000;
  EXPECT_EQ(value().paths, 20'000);
  s.target_error = 1e-9; // both at once: whatever ends first
  EXPECT_EQ(value().paths, 20'000);
  EXPECT_NE(value().warning, "");
  s.target_error = 0.5;
  EXPECT_EQ(value().paths, 4096);
  s.target_error = {};
  s.most_paths = 1024;
  EXPECT_EQ(value().paths, 4096);
  s.time_budget = 1e-9;
  s.most_paths = 1 << 26;
  EXPECT_EQ(value().paths, 4096);
}

TEST_F(targets, groups_refuse_runs_without_paths) {
  const trade t{"1", "b", "X", 1, european_option{option_type::call, 100, test::after(m, 365)}};
  path_group g({on_paths(t, m)}, {1.0}, m, s, {stream(device::cpu())});
  for (const std::int64_t paths : {std::int64_t{0}, std::numeric_limits<std::int64_t>::min()})
    EXPECT_NE(test::message_of<input_error>([&] { g.price(m, paths); }).find("at least 1"), std::string::npos);
}

} // namespace
} // namespace dojima
