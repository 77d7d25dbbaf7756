#include "dojima/market/calendar.hpp"

#include <algorithm>

namespace dojima {
namespace {

using namespace std::chrono;

bool weekend(year_month_day, weekday w) { return w == Saturday || w == Sunday; }

/// Easter Sunday of the Gregorian calendar (Meeus 1991, chapter 8).
sys_days easter(year y) {
  const int n = static_cast<int>(y), a = n % 19, b = n / 100, c = n % 100;
  const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451, k = h + l - 7 * m + 114;
  return sys_days{y / (k / 31) / (k % 31 + 1)};
}

bool target(year_month_day d, weekday w) {
  const month_day md{d.month(), d.day()};
  if (weekend(d, w) || md == January / 1 || md == December / 25) return true;
  if (d.year() < year{2000}) return md == December / 31;
  return md == May / 1 || md == December / 26 || d == 2001y / December / 31 || sys_days{d} == easter(d.year()) - days{2} ||
         sys_days{d} == easter(d.year()) + days{1};
}

/// A holiday of a fixed date is kept on Monday when it falls on Sunday, and with `saturday` on Friday when it falls on
/// Saturday.
bool kept(year_month_day d, weekday w, month_day holiday, bool saturday = true) {
  const sys_days today{d};
  const auto falls_on = [&](sys_days day) {
    return month_day{year_month_day{day}.month(), year_month_day{day}.day()} == holiday;
  };
  return falls_on(today) || (w == Monday && falls_on(today - days{1})) ||
         (saturday && w == Friday && falls_on(today + days{1}));
}

bool nth(year_month_day d, weekday w, month m, weekday_indexed which) {
  return d.month() == m && w == which.weekday() && (static_cast<unsigned>(d.day()) + 6) / 7 == which.index();
}

/// Holidays that settlement and the exchange have in common.
bool united_states(year_month_day d, weekday w) {
  const bool memorial = d.month() == May && w == Monday && static_cast<unsigned>(d.day()) > 24;
  return weekend(d, w) || nth(d, w, January, Monday[3]) || nth(d, w, February, Monday[3]) || memorial ||
         (d.year() >= year{2022} && kept(d, w, June / 19)) || kept(d, w, July / 4) || nth(d, w, September, Monday[1]) ||
         nth(d, w, November, Thursday[4]) || kept(d, w, December / 25);
}

bool us_settlement(year_month_day d, weekday w) {
  return united_states(d, w) || kept(d, w, January / 1) || nth(d, w, October, Monday[2]) || kept(d, w, November / 11);
}

bool new_york_stock_exchange(year_month_day d, weekday w) {
  static constexpr year_month_day closures[] = {
      2001y / September / 11, 2001y / September / 12, 2001y / September / 13, 2001y / September / 14, 2004y / June / 11,
      2007y / January / 2,    2012y / October / 29,   2012y / October / 30,   2018y / December / 5,   2025y / January / 9};
  return united_states(d, w) || kept(d, w, January / 1, false) || sys_days{d} == easter(d.year()) - days{2} ||
         std::find(std::begin(closures), std::end(closures), d) != std::end(closures);
}

} // namespace

std::optional<calendar> calendar::named(std::string_view names) {
  static constexpr std::pair<std::string_view, holiday_rule> known[] = {
      {"TARGET", target},
      {"US", us_settlement},
      {"US-NYSE", new_york_stock_exchange},
      {"WeekendsOnly", weekend},
      {"NullCalendar", [](year_month_day, weekday) { return false; }}};
  calendar all;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    const auto found = std::find_if(std::begin(known), std::end(known),
                                    [&](const auto& one) { return one.first == names.substr(begin, end - begin); });
    if (found == std::end(known)) return {};
    all.closed_.push_back(found->second);
    begin = end + 1;
  }
  return all;
}

bool calendar::is_business_day(date day) const {
  return std::none_of(closed_.begin(), closed_.end(),
                      [&](holiday_rule rule) { return rule(year_month_day{day}, weekday{day}); });
}

date calendar::adjust(date day, business_day_rule rule) const {
  if (rule == business_day_rule::unadjusted) return day;
  date moved = day;
  const days step{rule == business_day_rule::preceding ? -1 : 1};
  while (!is_business_day(moved)) moved += step;
  if (rule == business_day_rule::modified_following && year_month_day{moved}.month() != year_month_day{day}.month())
    return adjust(day, business_day_rule::preceding);
  return moved;
}

date calendar::advance(date day, int count) const {
  for (; count > 0; --count) day = adjust(day + days{1}, business_day_rule::following);
  return adjust(day, business_day_rule::following);
}

std::vector<date> schedule(date start, date end, tenor step, const calendar& open, business_day_rule rule,
                           date_generation from) {
  std::vector<date> all{start, end};
  const bool forward = from == date_generation::forward;
  const auto at = [&](int k) { return add(forward ? start : end, {forward ? k * step.count : -k * step.count, step.unit}); };
  for (int k = 1; at(k) > start && at(k) < end; ++k) all.push_back(at(k));
  for (date& day : all) day = open.adjust(day, rule);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

} // namespace dojima
