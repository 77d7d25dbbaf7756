#include "dojima/market/history.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace dojima;

date day(const char* text) { return parse_date(text).value(); }

TEST(history, takes_the_last_value_of_at_most_five_business_days) {
  factor_series s;
  s.dates = {day("2022-12-01"), day("2022-12-02"), day("2022-12-19")};
  s.values = {1, 2, 3};
  EXPECT_TRUE(std::isnan(value_on(s, day("2022-11-30"))));
  EXPECT_EQ(value_on(s, day("2022-12-01")), 1);
  EXPECT_EQ(value_on(s, day("2022-12-04")), 2); // a Sunday
  EXPECT_EQ(value_on(s, day("2022-12-09")), 2); // five weekdays later
  EXPECT_EQ(value_on(s, day("2022-12-11")), 2); // still five
  EXPECT_TRUE(std::isnan(value_on(s, day("2022-12-12"))));
  EXPECT_EQ(value_on(s, day("2022-12-19")), 3);
  EXPECT_TRUE(std::isnan(value_on(s, day("2122-12-19"))));
  EXPECT_EQ(value_on(s, day("2022-12-02"), 0), 2);
  EXPECT_EQ(value_on(s, day("2022-12-03"), 0), 2); // a Saturday is no business day
  EXPECT_TRUE(std::isnan(value_on(s, day("2022-12-05"), 0)));
  EXPECT_TRUE(std::isnan(value_on(factor_series{}, day("2022-12-05"))));
}

} // namespace
