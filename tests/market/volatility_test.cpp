#include "dojima/market/volatility.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dojima/error.hpp"

namespace {

using namespace dojima;

double variance(const volatility& v, double time, double strike) {
  return time * volatility_at(v, time, strike) * volatility_at(v, time, strike);
}

TEST(volatility, flat_is_the_same_everywhere) {
  const volatility v = flat_volatility{0.2};
  check(v);
  for (const double t : {0.0, 0.1, 50.0})
    for (const double k : {1e-9, 1.0, 1e9}) EXPECT_EQ(volatility_at(v, t, k), 0.2);
}

TEST(volatility, term_structure_is_linear_in_total_variance) {
  const volatility v = term_volatility{{0.5, 1.0, 2.0}, {0.3, 0.25, 0.2}};
  check(v);
  EXPECT_DOUBLE_EQ(volatility_at(v, 0.5, 100), 0.3);
  EXPECT_DOUBLE_EQ(volatility_at(v, 1.0, 100), 0.25);
  EXPECT_DOUBLE_EQ(volatility_at(v, 2.0, 100), 0.2);
  EXPECT_EQ(volatility_at(v, 0.01, 100), 0.3); // constant outside
  EXPECT_EQ(volatility_at(v, 0.0, 100), 0.3);
  EXPECT_EQ(volatility_at(v, 9.0, 100), 0.2);
  EXPECT_NEAR(variance(v, 0.75, 100), 0.5 * (0.09 * 0.5 + 0.0625), 1e-15);
  EXPECT_NEAR(variance(v, 1.75, 100), 0.25 * 0.0625 + 0.75 * 0.08, 1e-15);
}

TEST(volatility, surface_is_linear_in_strike_and_in_total_variance) {
  const volatility v = surface_volatility{{{0.5, {80, 100, 120}, {0.3, 0.25, 0.22}}, {1.0, {90, 110}, {0.28, 0.24}}}};
  check(v);
  EXPECT_DOUBLE_EQ(volatility_at(v, 0.5, 100), 0.25);
  EXPECT_DOUBLE_EQ(volatility_at(v, 0.5, 90), 0.275);
  EXPECT_DOUBLE_EQ(volatility_at(v, 0.5, 105), 0.2425);
  EXPECT_DOUBLE_EQ(volatility_at(v, 1.0, 100), 0.26);
  for (const double k : {1.0, 79.0, 80.0})
    EXPECT_EQ(volatility_at(v, 0.25, k), 0.3); // flat outside the strikes and before the first expiry
  EXPECT_EQ(volatility_at(v, 5.0, 1e6), 0.24);
  EXPECT_NEAR(variance(v, 0.8, 100), 0.4 * 0.5 * 0.0625 + 0.6 * 0.0676, 1e-15);
}

TEST(volatility, variance_may_be_what_is_linear_in_strike) {
  const volatility v = surface_volatility{{{1.0, {80, 100}, {0.3, 0.2}}}, smile_interpolation::variance};
  EXPECT_DOUBLE_EQ(volatility_at(v, 1.0, 90), std::sqrt(0.5 * 0.09 + 0.5 * 0.04));
  EXPECT_DOUBLE_EQ(volatility_at(v, 1.0, 100), 0.2);
  EXPECT_DOUBLE_EQ(volatility_at(v, 1.0, 70), 0.3);
}

TEST(volatility, one_node_is_flat) {
  EXPECT_EQ(volatility_at(term_volatility{{1.0}, {0.2}}, 3.0, 1.0), 0.2);
  EXPECT_EQ(volatility_at(surface_volatility{{{1.0, {100}, {0.2}}}}, 0.1, 1.0), 0.2);
}

TEST(volatility, refuses_what_is_none) {
  for (const double bad : {0.0, -0.2, 5.01, 20.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(check(flat_volatility{bad}), input_error) << bad;
    EXPECT_THROW(check(term_volatility{{1.0, 2.0}, {0.2, bad}}), input_error) << bad;
    EXPECT_THROW(check(surface_volatility{{{1.0, {90, 100}, {bad, 0.2}}}}), input_error) << bad;
  }
  EXPECT_THROW(check(term_volatility{}), input_error);
  EXPECT_THROW(check(term_volatility{{1.0}, {0.2, 0.3}}), input_error);
  EXPECT_THROW(check(term_volatility{{1.0, 1.0}, {0.2, 0.3}}), input_error);
  EXPECT_THROW(check(term_volatility{{0.0, 1.0}, {0.2, 0.3}}), input_error);
  EXPECT_THROW(check(term_volatility{{2.0, 1.0}, {0.2, 0.3}}), input_error);
  EXPECT_THROW(check(surface_volatility{}), input_error);
  EXPECT_THROW(check(surface_volatility{{{1.0, {}, {}}}}), input_error);
  EXPECT_THROW(check(surface_volatility{{{1.0, {100, 90}, {0.2, 0.2}}}}), input_error);
  EXPECT_THROW(check(surface_volatility{{{1.0, {-90, 90}, {0.2, 0.2}}}}), input_error);
  EXPECT_THROW(check(surface_volatility{{{1.0, {90, 100}, {0.2}}}}), input_error);
  EXPECT_THROW(check(surface_volatility{{{1.0, {90}, {0.2}}, {0.5, {90}, {0.2}}}}), input_error);
  EXPECT_NO_THROW(check(flat_volatility{5.0}));
}

TEST(volatility, the_message_names_value_reason_and_suspicion) {
  try {
    check(flat_volatility{20.0});
    FAIL() << "accepted";
  } catch (const input_error& problem) {
    EXPECT_STREQ(problem.what(), "volatility 20 (must be a decimal in (0, 5]); is it quoted in percent?");
  }
}

} // namespace
