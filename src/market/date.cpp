#include "dojima/market/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace dojima {
namespace {

/// The number that fills the whole text, of at most four digits.
std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 4 || text.front() == '-' || text.front() == '+') return std::nullopt;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::array<int, 3>> three_numbers(std::string_view text, char separator) {
  const std::size_t first = text.find(separator);
  const std::size_t second = first == text.npos ? text.npos : text.find(separator, first + 1);
  if (second == text.npos) return std::nullopt;
  const auto a = whole_number(text.substr(0, first));
  const auto b = whole_number(text.substr(first + 1, second - first - 1));
  const auto c = whole_number(text.substr(second + 1));
  if (!a || !b || !c) return std::nullopt;
  return std::array<int, 3>{*a, *b, *c};
}

} // namespace

std::optional<date> parse_date(std::string_view text, bool month_first) {
  using namespace std::chrono;
  std::optional<year_month_day> parsed;
  if (const auto iso = three_numbers(text, '-'); iso && text.find('-') == 4) parsed = year{(*iso)[0]} / (*iso)[1] / (*iso)[2];
  else if (const auto us = three_numbers(text, '/'); us && month_first && (*us)[2] >= 1000)
    parsed = year{(*us)[2]} / (*us)[0] / (*us)[1];
  if (!parsed || !parsed->ok()) return std::nullopt;
  return sys_days{*parsed};
}

std::string to_string(date day) {
  const std::chrono::year_month_day d{day};
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(d.year()), static_cast<unsigned>(d.month()),
                static_cast<unsigned>(d.day()));
  return text;
}

double year_fraction(date start, date end, day_count convention) {
  switch (convention) {
  case day_count::act_365f: return (end - start).count() / 365.0;
  case day_count::act_360: return (end - start).count() / 360.0;
  case day_count::thirty_360: {
    const std::chrono::year_month_day a{start}, b{end};
    const int d1 = std::min(static_cast<int>(static_cast<unsigned>(a.day())), 30);
    int d2 = static_cast<int>(static_cast<unsigned>(b.day()));
    if (d2 == 31 && d1 == 30) d2 = 30;
    const int months = 12 * (static_cast<int>(b.year()) - static_cast<int>(a.year())) +
                       static_cast<int>(static_cast<unsigned>(b.month())) - static_cast<int>(static_cast<unsigned>(a.month()));
    return (30 * months + d2 - d1) / 360.0;
  }
  }
  throw std::logic_error("unknown day count");
}

double tenor::years() const {
  switch (unit) {
  case 'Y': return count;
  case 'M': return count / 12.0;
  case 'W': return 7 * count / 365.0;
  default: return count / 365.0;
  }
}

std::optional<tenor> parse_tenor(std::string_view text) {
  if (text.size() < 2 || std::string_view("DWMY").find(text.back()) == std::string_view::npos) return std::nullopt;
  const auto count = whole_number(text.substr(0, text.size() - 1));
  if (!count || *count <= 0) return std::nullopt;
  return tenor{*count, text.back()};
}

date add(date day, tenor length) {
  using namespace std::chrono;
  if (length.unit == 'D') return day + days{length.count};
  if (length.unit == 'W') return day + weeks{length.count};
  const year_month_day moved = year_month_day{day} + months{length.unit == 'Y' ? 12 * length.count : length.count};
  return moved.ok() ? sys_days{moved} : sys_days{moved.year() / moved.month() / last};
}

int business_days(date start, date end) {
  int count = 0;
  for (date d = start + std::chrono::days{1}; d <= end; d += std::chrono::days{1})
    if (std::chrono::weekday{d}.iso_encoding() <= 5) ++count;
  return count;
}

} // namespace dojima
