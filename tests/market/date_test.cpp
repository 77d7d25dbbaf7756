#include "dojima/market/date.hpp"

#include <gtest/gtest.h>

namespace {

using namespace dojima;

date day(const char* text) { return parse_date(text).value(); }

TEST(date, reads_days_of_the_calendar) {
  EXPECT_EQ(to_string(day("2022-12-28")), "2022-12-28");
  EXPECT_EQ(to_string(day("2024-02-29")), "2024-02-29");
  EXPECT_EQ(to_string(day("2000-02-29")), "2000-02-29");
  EXPECT_EQ(to_string(day("1969-12-31")), "1969-12-31");
  EXPECT_EQ(day("1970-01-02") - day("1969-12-31"), std::chrono::days{2});
}

TEST(date, refuses_what_is_no_day) {
  for (const char* text :
       {"",           "2023-02-29", "1900-02-29",         "2022-13-01",  "2022-00-10",  "2022-04-31",          "2022-01-00",
        "22-01-01",   "2022-1",     "2022-01-01-",        "2022-01-01 ", " 2022-01-01", "2022-01-01 00:00:00", "-2022-01-01",
        "2022--1-01", "2022-01-+1", "2022/01/01",         "20220101",    "12022-01-01", "2022-01-1x",          "abc",
        "-",          "--",         "2022-99999999999-01"})
    EXPECT_FALSE(parse_date(text)) << text;
}

TEST(date, reads_month_first_only_where_it_is_allowed) {
  EXPECT_FALSE(parse_date("10/20/2023"));
  EXPECT_EQ(parse_date("10/20/2023", true), day("2023-10-20"));
  EXPECT_EQ(parse_date("1/2/1990", true), day("1990-01-02"));
  EXPECT_EQ(parse_date("2022-12-28", true), day("2022-12-28"));
  for (const char* text : {"20/10/2023", "2/29/2023", "1/2/90", "1/2", "1/2/", "/2/1990", "1/2/1990/3", "0/2/1990"})
    EXPECT_FALSE(parse_date(text, true)) << text;
}

TEST(date, actual_day_counts) {
  EXPECT_DOUBLE_EQ(year_fraction(day("2022-01-01"), day("2023-01-01"), day_count::act_365f), 1.0);
  EXPECT_DOUBLE_EQ(year_fraction(day("2024-01-01"), day("2025-01-01"), day_count::act_365f), 366 / 365.0);
  EXPECT_DOUBLE_EQ(year_fraction(day("2022-01-01"), day("2022-07-01"), day_count::act_360), 181 / 360.0);
  EXPECT_DOUBLE_EQ(year_fraction(day("2022-07-01"), day("2022-01-01"), day_count::act_360), -181 / 360.0);
  EXPECT_EQ(year_fraction(day("2022-07-01"), day("2022-07-01"), day_count::act_365f), 0.0);
}

// Days by ISDA 2006, 4.16(f), worked out by hand.
TEST(date, thirty_360_at_month_ends) {
  const struct {
    const char *start, *end;
    int days;
  } cases[] = {
      {"2007-01-15", "2007-01-30", 15},  {"2007-01-15", "2007-02-15", 30},  {"2007-01-15", "2007-07-15", 180},
      {"2007-09-30", "2008-03-31", 180}, {"2007-09-30", "2007-10-31", 30},  {"2007-09-30", "2008-09-30", 360},
      {"2007-01-15", "2007-01-31", 16},  {"2007-01-31", "2007-02-28", 28},  {"2007-02-28", "2007-03-31", 33},
      {"2006-08-31", "2007-02-28", 178}, {"2007-02-28", "2007-08-31", 183}, {"2007-02-14", "2007-02-28", 14},
      {"2008-02-29", "2009-02-28", 359}, {"2007-01-31", "2007-03-31", 60},  {"2007-03-31", "2007-01-31", -60},
  };
  for (const auto& c : cases)
    EXPECT_DOUBLE_EQ(year_fraction(day(c.start), day(c.end), day_count::thirty_360), c.days / 360.0)
        << c.start << " to " << c.end;
}

TEST(tenor, reads_market_quotes) {
  EXPECT_DOUBLE_EQ(parse_tenor("3M")->years(), 0.25);
  EXPECT_DOUBLE_EQ(parse_tenor("10Y")->years(), 10.0);
  EXPECT_DOUBLE_EQ(parse_tenor("2W")->years(), 14 / 365.0);
  EXPECT_DOUBLE_EQ(parse_tenor("5D")->years(), 5 / 365.0);
  for (const char* text : {"", "M", "3", "0M", "-3M", "+3M", "3m", "1.5Y", "3 M", "99999Y", "3_MO", "Y3", "3MM"})
    EXPECT_FALSE(parse_tenor(text)) << text;
}

TEST(tenor, adds_to_days) {
  const auto plus = [](const char* start, const char* length) {
    return to_string(add(day(start), parse_tenor(length).value()));
  };
  EXPECT_EQ(plus("2023-01-31", "1M"), "2023-02-28");
  EXPECT_EQ(plus("2024-01-31", "1M"), "2024-02-29");
  EXPECT_EQ(plus("2023-08-31", "1M"), "2023-09-30");
  EXPECT_EQ(plus("2023-08-31", "6M"), "2024-02-29");
  EXPECT_EQ(plus("2024-02-29", "1Y"), "2025-02-28");
  EXPECT_EQ(plus("2024-02-29", "4Y"), "2028-02-29");
  EXPECT_EQ(plus("2022-12-28", "2W"), "2023-01-11");
  EXPECT_EQ(plus("2022-12-28", "5D"), "2023-01-02");
  EXPECT_EQ(plus("2022-11-30", "3M"), "2023-02-28");
}

TEST(date, counts_weekdays) {
  EXPECT_EQ(business_days(day("2022-12-23"), day("2022-12-26")), 1); // Friday to Monday
  EXPECT_EQ(business_days(day("2022-12-23"), day("2022-12-25")), 0);
  EXPECT_EQ(business_days(day("2022-12-26"), day("2023-01-02")), 5);
  EXPECT_EQ(business_days(day("2022-12-26"), day("2022-12-26")), 0);
  EXPECT_EQ(business_days(day("2022-12-27"), day("2022-12-26")), 0);
}

} // namespace
