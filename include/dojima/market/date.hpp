// Calendar days, year fractions and tenors.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dojima {

/// A calendar day.
using date = std::chrono::sys_days;

/// Reads `YYYY-MM-DD`; with `month_first` also `M/D/YYYY`. Nothing when the text is no date of the calendar.
std::optional<date> parse_date(std::string_view text, bool month_first = false);
std::string to_string(date day); ///< YYYY-MM-DD

/// How days become years.
enum class day_count {
  act_365f,  ///< actual days / 365
  act_360,   ///< actual days / 360
  thirty_360 ///< 30/360 US ("bond basis"), ISDA 2006, 4.16(f) without the end-of-February rule
};

/// Years from `start` to `end` (negative when `end` comes first).
double year_fraction(date start, date end, day_count convention);

/// A length of time as quoted in the market: 3M, 10Y, 2W, 5D.
struct tenor {
  int count = 0;
  char unit = 'D';      ///< D, W, M or Y
  double years() const; ///< months / 12, days / 365
};
std::optional<tenor> parse_tenor(std::string_view text);
/// `day` plus the tenor; a month's missing day becomes its last.
date add(date day, tenor length);

/// Weekdays after `start` up to and including `end`; public holidays are not known here.
int business_days(date start, date end);

} // namespace dojima
