#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "dojima/validation/result.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// How many steps from one double to the next lead from x to y; both zeros are one place.
double steps_between(double x, double y) {
  const auto from_zero = [](double v) { return std::bit_cast<std::uint64_t>(std::abs(v)); };
  const std::uint64_t a = from_zero(x), b = from_zero(y);
  if (std::signbit(x) != std::signbit(y)) return static_cast<double>(a) + static_cast<double>(b);
  return static_cast<double>(a > b ? a - b : b - a);
}

comparison compare(const road_value& a, const road_value& b, bool bits, double threshold) {
  comparison c{a.road, b.road};
  c.difference = a.value - b.value;
  c.ulps = steps_between(a.value, b.value);
  const double chance = std::hypot(a.standard_error, b.standard_error);
  if (chance > 0 && !bits) c.z = c.difference / chance;
  c.limit = bits ? 0 : threshold * chance + a.uncertainty + b.uncertainty;
  c.agrees = std::abs(c.difference) <= c.limit;
  return c;
}

std::string explain(const comparison& c) {
  std::string text = c.left + " and " + c.right + " differ by " + number_text(c.difference, 3);
  if (c.z) text += ", " + number_text(*c.z, 3) + " standard errors";
  return text + (c.limit > 0 ? ", allowed is " + number_text(c.limit, 3)
                             : " (" + number_text(c.ulps, 3) + " ULP), no difference is allowed");
}

} // namespace

std::string to_string(verdict v) {
  static constexpr const char* names[] = {"passed", "failed", "listed", "skipped"};
  return names[static_cast<int>(v)];
}

void judge(validated& item, double threshold) {
  std::vector<std::string> problems, missing;
  std::vector<const road_value*> found; // of roads that promise the same bits the first
  item.comparisons.clear();
  const auto add = [&](const road_value& a, const road_value& b, bool bits) {
    item.comparisons.push_back(compare(a, b, bits, threshold));
    if (!item.comparisons.back().agrees) problems.push_back(explain(item.comparisons.back()));
  };
  for (const road_value& r : item.roads) {
    if (!r.missing.empty()) {
      missing.push_back(r.road + ": " + r.missing);
      continue;
    }
    if (!std::isfinite(r.value) || !std::isfinite(r.standard_error) || !std::isfinite(r.uncertainty)) {
      problems.push_back(r.road + " is " + number_text(r.value) + " +- " + number_text(r.standard_error));
      continue;
    }
    const auto twin =
        std::ranges::find_if(found, [&](const road_value* f) { return !r.same_bits.empty() && f->same_bits == r.same_bits; });
    if (twin != found.end()) add(**twin, r, true);
    else found.push_back(&r);
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::size_t j = i + 1; j < found.size(); ++j) add(*found[i], *found[j], false);
  item.outcome = !problems.empty() ? verdict::failed : item.comparisons.empty() ? verdict::skipped : verdict::passed;
  item.reason.clear();
  for (const std::string& text : item.outcome == verdict::skipped ? missing : problems)
    item.reason += (item.reason.empty() ? "" : "; ") + text;
}

} // namespace dojima
