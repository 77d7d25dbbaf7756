// Business days, and dates that move with them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dojima/market/date.hpp"

namespace dojima {

/// Where a date that is no business day goes.
enum class business_day_rule {
  unadjusted,
  following,          ///< to the next business day
  modified_following, ///< to the next one, or back to the last where the next is in another month
  preceding           ///< to the last one
};

class calendar {
public:
  /// The calendar of that name; nothing when it is not known. `TARGET`: the euro's settlement system, since 1999. `US`:
  /// settlement in US dollars. `US-NYSE`: the New York Stock Exchange, with its closures for a day since 2001. `WeekendsOnly`.
  /// `NullCalendar`: every day is a business day. Of several, separated by commas, all must be open.
  static std::optional<calendar> named(std::string_view names);

  bool is_business_day(date day) const;
  date adjust(date day, business_day_rule rule) const;
  /// The `count`-th business day after `day`; for 0 `day` itself, or the next business day when it is none.
  date advance(date day, int count) const;

private:
  using holiday_rule = bool (*)(std::chrono::year_month_day, std::chrono::weekday);
  std::vector<holiday_rule> closed_;
};

/// From which end the dates of a schedule are counted; what is left over is a short period at the other end.
enum class date_generation { forward, backward };

/// `start`, `end` and the days between them at distances of `step`, each moved by `rule`; days that coincide appear once.
std::vector<date> schedule(date start, date end, tenor step, const calendar& open, business_day_rule rule,
                           date_generation from = date_generation::backward);

} // namespace dojima
