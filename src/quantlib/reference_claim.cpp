#include "quantlib/reference_claim.hpp"

#include <algorithm>
#include <cmath>

#include "dojima/quantlib/references.hpp"

namespace dojima::quantlib {
namespace {

/// Observations of the only asset: those that are known, then those on dates of the path.
struct series {
  std::vector<double> known;
  std::vector<std::size_t> ahead;
  template <class F> void for_each(const path& s, F&& f) const {
    for (const double x : known) f(x);
    for (const std::size_t i : ahead) f(s(i));
  }
};

struct claim_maker {
  const trade& t;
  const market& m;
  claim made = {underlyings_of(t), {}, {}};

  double spot() const { return m.underlyings.at(t.underlying).spot; }
  double discount(date day) const { return m.curves.at(m.underlyings.at(t.underlying).currency).discount(m.time_to(day)); }
  double forward(date day) const {
    const underlying& u = m.underlyings.at(t.underlying);
    const double time = m.time_to(day);
    return u.spot * std::exp(m.log_carry(u, time)) / discount(day);
  }
  static double intrinsic(option_type type, double x) { return std::max(sign_of(type) * x, 0.0); }

  /// Those of the dates that lie ahead become dates of the path.
  void watch(const std::vector<date>& days) {
    for (const date d : days)
      if (d > m.as_of) made.dates.push_back(d);
    std::sort(made.dates.begin(), made.dates.end());
    made.dates.erase(std::unique(made.dates.begin(), made.dates.end()), made.dates.end());
  }
  std::size_t index(date day) const {
    return static_cast<std::size_t>(std::lower_bound(made.dates.begin(), made.dates.end(), day) - made.dates.begin());
  }
  std::vector<std::size_t> indices(const std::vector<date>& days) const {
    std::vector<std::size_t> all;
    for (const date d : days)
      if (d > m.as_of) all.push_back(index(d));
    return all;
  }
  series watch(const std::vector<fixing_date>& fixings, std::vector<date> also = {}) {
    series s;
    for (const fixing_date& f : fixings) {
      if (f.value || f.day <= m.as_of) s.known.push_back(f.value.value_or(spot()));
      else also.push_back(f.day);
    }
    watch(also);
    for (const fixing_date& f : fixings)
      if (!f.value && f.day > m.as_of) s.ahead.push_back(index(f.day));
    return s;
  }
  claim pays(std::function<double(const path&)> value) {
    made.value = std::move(value);
    return made;
  }
  /// Of the dates on which it is watched, the first one that `touches`; `never` if there is none.
  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  template <class Touches> auto first_touch(const std::vector<date>& monitoring, date expiry, Touches touches) {
    if (monitoring.empty()) throw no_reference("paths are seen on dates, its barrier at all times");
    watch(monitoring);
    watch(std::vector{expiry});
    return [watched = indices(monitoring), touches](const path& s) {
      for (const std::size_t i : watched)
        if (touches(s(i))) return i;
      return never;
    };
  }

  claim operator()(const european_option& c) {
    watch(std::vector{c.expiry});
    return pays([c, df = discount(c.expiry)](const path& s) { return df * intrinsic(c.type, s(0) - c.strike); });
  }
  claim operator()(const digital_option& c) {
    watch(std::vector{c.expiry});
    return pays([c, df = discount(c.expiry)](const path& s) {
      return sign_of(c.type) * (s(0) - c.strike) > 0 ? df * c.cash.value_or(s(0)) : 0;
    });
  }
  claim operator()(const barrier_option& c) {
    const auto first = first_touch(c.monitoring, c.expiry, [c](double s) { return c.up ? s >= c.barrier : s <= c.barrier; });
    std::vector<double> df;
    for (const date d : made.dates) df.push_back(discount(d));
    return pays([=, end = index(c.expiry)](const path& s) {
      const std::size_t hit = first(s);
      const double option = df[end] * intrinsic(c.type, s(end) - c.strike);
      if (c.knock_in) return hit == never ? df[end] * c.rebate : option;
      return hit == never ? option : df[hit] * c.rebate;
    });
  }
  claim operator()(const double_barrier_option& c) {
    const auto first = first_touch(c.monitoring, c.expiry, [c](double s) { return s <= c.lower || s >= c.upper; });
    return pays([=, end = index(c.expiry), df = discount(c.expiry)](const path& s) {
      return df * ((first(s) == never) == c.knock_in ? c.rebate : intrinsic(c.type, s(end) - c.strike));
    });
  }
  claim operator()(const touch_option& c) {
    const auto first = first_touch(c.monitoring, c.expiry, [c](double s) { return c.up ? s >= c.barrier : s <= c.barrier; });
    std::vector<double> df;
    for (const date d : made.dates) df.push_back(discount(d));
    return pays([=, end = index(c.expiry)](const path& s) {
      const std::size_t hit = first(s);
      if ((hit == never) != c.no_touch) return 0.0;
      return c.cash * df[c.at_hit ? hit : end];
    });
  }
  claim operator()(const asian_option& c) {
    const series fixings = watch(c.fixings, {c.expiry});
    return pays([=, end = index(c.expiry), df = discount(c.expiry), n = static_cast<double>(c.fixings.size())](const path& s) {
      double sum = 0;
      fixings.for_each(s, [&](double x) { sum += c.mean == averaging::geometric ? std::log(x) : x; });
      const double average = c.mean == averaging::geometric ? std::exp(sum / n) : sum / n;
      return df * intrinsic(c.type, c.average_strike ? s(end) - average : average - c.strike);
    });
  }
  claim operator()(const lookback_option& c) {
    const series fixings = watch(c.fixings, {c.expiry});
    return pays([=, end = index(c.expiry), df = discount(c.expiry)](const path& s) {
      double highest = 0, lowest = 1e300;
      fixings.for_each(s, [&](double x) { highest = std::max(highest, x), lowest = std::min(lowest, x); });
      const bool call = c.type == option_type::call;
      if (c.strike) return df * std::max(call ? highest - *c.strike : *c.strike - lowest, 0.0);
      return df * std::max(call ? s(end) - lowest : highest - s(end), 0.0);
    });
  }
  claim operator()(const basket_option& c) {
    watch(std::vector{c.expiry});
    return pays([c, df = discount(c.expiry)](const path& s) {
      double sum = 0, best = -1e300, worst = 1e300;
      for (std::size_t i = 0; i < c.components.size(); ++i) {
        const double x = c.components[i].weight * s(0, i);
        sum += x, best = std::max(best, x), worst = std::min(worst, x);
      }
      const double x = c.kind == basket_kind::sum ? sum : c.kind == basket_kind::best ? best : worst;
      return df * intrinsic(c.type, x - c.strike);
    });
  }
  claim operator()(const cliquet_option& c) {
    const series resets = watch(c.resets);
    return pays([=, df = discount(c.resets.back().day)](const path& s) {
      double sum = 0, before = 0;
      resets.for_each(s, [&](double x) {
        if (before > 0) sum += std::clamp(x / before - 1, c.local_floor, c.local_cap);
        before = x;
      });
      return df * std::clamp(sum, c.global_floor, c.global_cap);
    });
  }
  claim operator()(const forward_start_option& c) {
    const series reset = watch(std::vector{c.reset}, {c.expiry});
    return pays([=, end = index(c.expiry), df = discount(c.expiry)](const path& s) {
      double start = 0;
      reset.for_each(s, [&](double x) { start = x; });
      return df * intrinsic(c.type, s(end) - c.moneyness * start) / (c.performance ? start : 1);
    });
  }
  /// The holder takes the call where the forward to expiry is above the strike (parity).
  claim operator()(const chooser_option& c) {
    if (!m.underlyings.at(t.underlying).dividends.empty())
      throw no_reference("the choice on a path needs a forward without cash dividends");
    watch(std::vector{c.choice, c.expiry});
    return pays([c, df = discount(c.expiry), growth = forward(c.expiry) / forward(c.choice)](const path& s) {
      return df * intrinsic(s(0) * growth > c.strike ? option_type::call : option_type::put, s(1) - c.strike);
    });
  }
  claim operator()(const variance_swap& c) {
    const series fixings = watch(c.fixings);
    const double annual = c.annual_factor / static_cast<double>(c.fixings.size() - 1);
    return pays([=, df = discount(c.fixings.back().day)](const path& s) {
      double sum = 0, before = 0;
      fixings.for_each(s, [&](double x) {
        if (before > 0) sum += std::pow(std::log(x / before), 2);
        before = x;
      });
      return df * ((c.volatility ? std::sqrt(annual * sum) : annual * sum) - c.strike);
    });
  }
  claim operator()(const autocallable_note& c) {
    watch(c.observations);
    std::vector<double> df;
    for (const date d : made.dates) df.push_back(discount(d));
    return pays([=](const path& s) {
      double paid = 0, missed = c.missed, worst = 0;
      for (std::size_t i = 0; i < df.size(); ++i) {
        worst = 1e300;
        for (std::size_t k = 0; k < c.components.size(); ++k) worst = std::min(worst, s(i, k) / c.components[k].weight);
        if (worst >= c.coupon_barrier) {
          paid += df[i] * c.coupon * (c.memory ? 1 + missed : 1);
          missed = 0;
        } else {
          ++missed;
        }
        if (worst >= c.call_level) return paid + df[i];
      }
      return paid + df.back() * (worst >= c.protection ? 1 : std::min(worst, 1.0));
    });
  }
  template <class Other> claim operator()(const Other&) {
    throw no_reference("what it pays does not follow from spots on dates");
  }
};

} // namespace

claim claim_of(const trade& t, const market& m) { return std::visit(claim_maker{t, m}, t.terms); }

} // namespace dojima::quantlib
