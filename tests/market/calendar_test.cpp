#include "dojima/market/calendar.hpp"

#include <gtest/gtest.h>

namespace {

using namespace dojima;

date on(const char* text) { return parse_date(text).value(); }

/// The weekdays of a year on which the calendar is closed.
std::string closed(const char* name, int year) {
  const calendar c = calendar::named(name).value();
  std::string all;
  const date end = on((std::to_string(year + 1) + "-01-01").c_str());
  for (date d = on((std::to_string(year) + "-01-01").c_str()); d < end; d += std::chrono::days{1})
    if (std::chrono::weekday{d}.iso_encoding() <= 5 && !c.is_business_day(d)) all += to_string(d).substr(5) + " ";
  return all;
}

TEST(calendar, closes_on_published_days) {
  EXPECT_EQ(closed("TARGET", 2021), "01-01 04-02 04-05 "); // May 1, December 25 and 26 are at weekends
  EXPECT_EQ(closed("TARGET", 2024), "01-01 03-29 04-01 05-01 12-25 12-26 ");
  EXPECT_EQ(closed("TARGET", 1999), "01-01 12-31 ");
  EXPECT_EQ(closed("US", 2022), "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26 ");
  EXPECT_EQ(closed("US", 2021), "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25 12-24 12-31 ");
  EXPECT_EQ(closed("US-NYSE", 2021), "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24 ");
  EXPECT_EQ(closed("US-NYSE", 2025), "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25 ");
  EXPECT_EQ(closed("WeekendsOnly", 2024), "");
  EXPECT_EQ(closed("TARGET,US-NYSE", 2024), "01-01 01-15 02-19 03-29 04-01 05-01 05-27 06-19 07-04 09-02 11-28 12-25 12-26 ");
}

TEST(calendar, knows_its_names) {
  EXPECT_FALSE(calendar::named("Mars"));
  EXPECT_FALSE(calendar::named(""));
  EXPECT_FALSE(calendar::named("TARGET,"));
  EXPECT_TRUE(calendar::named("NullCalendar")->is_business_day(on("2024-06-01"))); // a Saturday
}

TEST(calendar, rolls_and_advances) {
  const calendar target = calendar::named("TARGET").value();
  const date saturday = on("2021-07-31");
  EXPECT_EQ(target.adjust(saturday, business_day_rule::unadjusted), saturday);
  EXPECT_EQ(target.adjust(saturday, business_day_rule::following), on("2021-08-02"));
  EXPECT_EQ(target.adjust(saturday, business_day_rule::modified_following), on("2021-07-30"));
  EXPECT_EQ(target.adjust(saturday, business_day_rule::preceding), on("2021-07-30"));
  EXPECT_EQ(target.advance(saturday, 0), on("2021-08-02"));
  EXPECT_EQ(target.advance(saturday, 1), on("2021-08-02"));
  EXPECT_EQ(target.advance(on("2021-04-01"), 1), on("2021-04-06")); // over Easter
}

TEST(schedule, leaves_the_short_period_at_the_other_end) {
  const calendar target = calendar::named("TARGET").value();
  const tenor year{1, 'Y'};
  const date start = on("2021-06-25"), end = on("2022-09-25");
  EXPECT_EQ(schedule(start, end, year, target, business_day_rule::modified_following),
            (std::vector{start, on("2021-09-27"), on("2022-09-26")}));
  EXPECT_EQ(schedule(start, end, year, target, business_day_rule::modified_following, date_generation::forward),
            (std::vector{start, on("2022-06-27"), on("2022-09-26")}));
}

TEST(schedule, of_days_has_each_business_day_once) {
  const calendar us = calendar::named("US").value();
  const std::vector<date> days =
      schedule(on("2025-07-12"), on("2026-01-19"), {1, 'D'}, us, business_day_rule::following, date_generation::forward);
  EXPECT_EQ(days.size(), 130u); // 137 weekdays up to the day after the last holiday, less seven holidays
  EXPECT_EQ(days.front(), on("2025-07-14"));
  EXPECT_EQ(days.back(), on("2026-01-20"));
  for (std::size_t i = 1; i < days.size(); ++i) EXPECT_EQ(us.advance(days[i - 1], 1), days[i]);
}

} // namespace
