// Options on averages, and with an average as the strike.
#include "models/payoff/asian_price.hpp"
#include "models/payoff/asian_strike.hpp"
#include "tests/models/payoff/support.hpp"

namespace dojima::test {
namespace {

using payoffs::asian_price, payoffs::asian_strike, payoffs::mean;

TEST(asian, averages_past_and_coming_fixings) {
  const calendar all = calendar(3).on_all(0);
  EXPECT_DOUBLE_EQ(paid_on(spots({90, 100, 122}), all, asian_price<double>({100, 1, 108, 0.25})), 5);
  EXPECT_DOUBLE_EQ(paid_on(spots({90, 100, 102}), all, asian_price<double>({100, -1, 100, 0.25})), 2);
  EXPECT_NEAR(paid_on(spots({2, 4, 8}), all, asian_price<double>({1, 1, std::log(4.0), 0.25}, mean::geometric)), 3, 1e-14);
  const calendar fixings = calendar(3).on_all(1).at_end(0);
  EXPECT_DOUBLE_EQ(paid_on(spots({90, 100, 122}), fixings, asian_strike<double>({1, 108, 0.25})), 17);
  EXPECT_NEAR(paid_on(spots({8, 4, 2}), fixings, asian_strike<double>({-1, std::log(4.0), 0.25}, mean::geometric)), 2, 1e-14);
}

TEST(asian, reference_rows) {
  const auto price = [](const char* id, asian_price<double>::terms t, mean kind, lognormal asset, double rate, int fixings,
                        double expected) {
    expect_row(id, simulated(asian_price<double>(t, kind), {asset}, calendar(fixings).on_all(0), 1, rate, 40000), expected);
  };
  price("asian_arithmetic_discrete_0001", {90, 1, 100, 1.0 / 13}, mean::arithmetic, {100, 0.0367, 0.17801}, 0.0367, 12,
        11.90491575);
  price("asian_arithmetic_discrete_0002", {100, 1, 100, 1.0 / 13}, mean::arithmetic, {100, 0.0367, 0.17801}, 0.0367, 12,
        4.8819616);
  price("asian_arithmetic_discrete_0005", {110, 1, 100, 1.0 / 51}, mean::arithmetic, {100, 0.0367, 0.17801}, 0.0367, 50,
        1.4025155);
  price("asian_geometric_0001", {100, 1, 0, 0.1}, mean::geometric, {100, 0.03, 0.2}, 0.06, 10, 5.3425606635);
  price("asian_geometric_0003", {100, 1, 0, 0.25}, mean::geometric, {100, 0.03, 0.2}, 0.05, 4, 6.016110665352942);
  price("asian_geometric_0009", {100, -1, 0, 1.0 / 12}, mean::geometric, {100, 0.03, 0.2}, 0.05, 12, 4.088834430771569);

  const auto strike = [](const char* id, asian_strike<double>::terms t, mean kind, lognormal asset, double rate, double time,
                         int fixings, double expected) {
    const calendar days = calendar(fixings).on_all(1).at_end(0);
    expect_row(id, simulated(asian_strike<double>(t, kind), {asset}, days, time, rate, 40000), expected);
  };
  const double months = 0.9166666666666666;
  strike("asian_arithmetic_discrete_0024", {1, 90, 0.125}, mean::arithmetic, {90, -0.035, 0.13}, 0.025, months, 7,
         1.7624397728024956);
  strike("asian_geometric_0004", {1, 0, 1.0 / 12}, mean::geometric, {100, 0.03, 0.2}, 0.05, 1, 12, 5.075252354328826);
  strike("asian_geometric_0025", {-1, 0, 1.0 / 12}, mean::geometric, {100, 0.04, 0.5}, 0.08, 2, 12, 10.290825080645371);
}

TEST(asian, the_geometric_average_controls_the_arithmetic_one) {
  const calendar all = calendar(12).on_all(0);
  const auto arithmetic = simulated(asian_price<double>({100, 1, 0, 1.0 / 12}), {{100, 0.03, 0.2}}, all, 1, 0.05, 16000);
  const auto geometric =
      simulated(asian_price<double>({100, 1, 0, 1.0 / 12}, mean::geometric), {{100, 0.03, 0.2}}, all, 1, 0.05, 16000);
  EXPECT_GT(arithmetic.value, geometric.value); // on the same paths
  EXPECT_LT(arithmetic.value, 1.05 * geometric.value);
}

} // namespace
} // namespace dojima::test
