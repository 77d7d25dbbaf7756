#include "dojima/validation/fault.hpp"

#include <charconv>
#include <cmath>

#include "dojima/error.hpp"
#include "pricing/bumps.hpp"
#include "text.hpp"

namespace dojima {
namespace {

constexpr std::pair<const char*, injected_fault::kind> forms[] = {
    {"vol+", injected_fault::kind::volatility}, {"spot*", injected_fault::kind::spot}, {"rate+", injected_fault::kind::rate}};

} // namespace

injected_fault parse_fault(const std::string& text) {
  for (const auto& [head, kind] : forms)
    if (text.starts_with(head)) {
      const char* begin = text.data() + std::string(head).size();
      const char* end = text.data() + text.size();
      double amount = 0;
      const auto [last, status] = std::from_chars(begin, end, amount);
      if (begin < end && status == std::errc{} && last == end && std::isfinite(amount)) {
        const bool changes = kind == injected_fault::kind::spot ? amount > 0.1 && amount < 10 && amount != 1
                                                                : std::abs(amount) < 1 && amount != 0;
        if (!changes)
          throw input_error("fault '" + text + "' (is none, or no small one); write vol+1e-4, rate+1e-5 or spot*1.0001");
        return {kind, amount};
      }
    }
  throw input_error("fault '" + text + "' (is not understood); write vol+1e-4, rate+1e-5 or spot*1.0001");
}

std::string to_string(const injected_fault& f) {
  for (const auto& [head, kind] : forms)
    if (kind == f.what) return head + number_text(f.amount);
  return {};
}

market with_fault(const market& m, const injected_fault& f) {
  valuation v{m};
  if (f.what == injected_fault::kind::rate) return with_rates(std::move(v), f.amount).m;
  for (const auto& [name, u] : m.underlyings)
    v = f.what == injected_fault::kind::spot ? with_spot(std::move(v), name, f.amount)
                                             : with_volatility(std::move(v), name, f.amount);
  return v.m;
}

} // namespace dojima
