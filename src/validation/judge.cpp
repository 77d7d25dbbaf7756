#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "dojima/validation/result.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// Doubles in their order, as whole numbers: neighbours differ by one, both zeros are 0.
double place(double x) {
  const auto magnitude = static_cast<double>(std::bit_cast<std::int64_t>(std::abs(x)));
  return x < 0 ? -magnitude : magnitude;
}

comparison compare(const road_value& a, const road_value& b, bool bits, double threshold) {
  comparison c{a.road, b.road};
  c.difference = a.value - b.value;
  c.ulps = std::abs(place(a.value) - place(b.value));
  const double chance = std::hypot(a.standard_error, b.standard_error);
  if (chance > 0 && !bits) c.z = c.difference / chance;
  c.limit = bits ? 0 : threshold * chance + a.uncertainty + b.uncertainty;
  c.agrees = std::abs(c.difference) <= c.limit;
  return c;
}

std::string explain(const comparison& c) {
  std::string text = c.left + " and " + c.right + " differ by " + number_text(c.difference, 3);
  if (c.z) text += ", " + number_text(*c.z, 3) + " standard errors";
  return text + (c.limit > 0 ? "; allowed is " + number_text(c.limit, 3)
                             : " (" + number_text(c.ulps, 3) + " ULP); the same bits are promised");
}

} // namespace

std::string to_string(verdict v) {
  static constexpr const char* names[] = {"passed", "failed", "listed", "skipped"};
  return names[static_cast<int>(v)];
}

void judge(validated& item, const std::vector<std::string>& same_bits, double threshold) {
  const auto promises = [&](const road_value& r) { return std::ranges::find(same_bits, r.road) != same_bits.end(); };
  std::vector<std::string> problems, missing;
  std::vector<const road_value*> found;
  for (const road_value& r : item.roads)
    if (!r.missing.empty()) missing.push_back(r.road + ": " + r.missing);
    else if (!std::isfinite(r.value)) problems.push_back(r.road + " is " + number_text(r.value));
    else found.push_back(&r);
  item.comparisons.clear();
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::size_t j = i + 1; j < found.size(); ++j) {
      item.comparisons.push_back(compare(*found[i], *found[j], promises(*found[i]) && promises(*found[j]), threshold));
      if (!item.comparisons.back().agrees) problems.push_back(explain(item.comparisons.back()));
    }
  item.outcome = !problems.empty() ? verdict::failed : item.comparisons.empty() ? verdict::skipped : verdict::passed;
  item.reason.clear();
  for (const std::string& text : item.outcome == verdict::skipped ? missing : problems)
    item.reason += (item.reason.empty() ? "" : "; ") + text;
}

} // namespace dojima
