// Lookback options.
#include <cmath>

#include "models/closed_form/lookback.hpp"
#include "validation/tables/bias.hpp"

namespace dojima {
namespace {

/// A lookback's side: the highest price of a floating put and a fixed call, else the lowest.
struct extremum {
  bool floating, highest;
  double strike, so_far;
};
extremum extremum_of(const reference_row& r, double spot) {
  extremum e{r.is("strike_type", "floating", "fixed"), false, 0, 0};
  e.highest = (r.sign() > 0) != e.floating;
  if (!e.floating) e.strike = r.positive("strike");
  const double seen = r.positive("running_extremum");
  e.so_far = e.highest ? std::max(seen, spot) : std::min(seen, spot);
  return e;
}

// By simulation, the extreme of all times is that of n dates moved by b = exp(+-beta sigma sqrt(T / n)) (Broadie, Glasserman
// and Kou 1999): b units of an option whose strike and past are divided by b. With a floating strike it is the option at the
// past extreme, and the difference of the two, which is known.
row_value lookback_continuous(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double time = r.positive("maturity"), sign = r.sign();
  const extremum e = extremum_of(r, asset.spot);
  const auto price = [&](const lognormal_asset& a, double elapsed) {
    const double left = time - elapsed;
    return e.floating ? lookback_floating_value(a, e.so_far, left, sign)
                      : lookback_fixed_value(a, e.strike, e.so_far, left, sign);
  };
  const double noise = 1e-15 * (asset.spot + e.strike + e.so_far);
  row_value v{of_asset(r, asset, price, noise, time, 0, std::abs(asset.spot - e.so_far))};
  if (r.quantity() != "price") return v;
  v.formula->uncertainty *= 100;
  v.trade = [=, &r] {
    constexpr int n = 256;
    constexpr double beta = 0.5825971579390107;
    const double side = e.highest ? 1 : -1, strike = e.floating ? e.so_far : e.strike;
    const double move = asset.deviation(time) / std::sqrt(n), b = std::exp(side * beta * move);
    const auto times = dates_to(time, n);
    const calendar c(times);
    const lookback_option option{e.highest ? option_type::call : option_type::put, strike / b, c.day(time),
                                 c.fixings(times, e.so_far / b)};
    const double difference = asset.prepaid(time) - strike * asset.discount(time);
    const double bias = shifted_extreme_bias(move * move, asset.log_mean(time) / n);
    return position{c.stock(r), option, b, e.floating ? -side * difference : 0, bias * asset.spot};
  };
  return v;
}

row_value lookback_discrete(const reference_row& r) {
  require_price(r);
  const extremum e = extremum_of(r, r.positive("spot"));
  const auto times = dates_to(r.positive("maturity"), r.count("monitoring_dates", 1, 10'000));
  row_value v;
  v.trade = [=, &r] {
    const calendar c(times);
    const auto strike = e.floating ? std::nullopt : std::optional(e.strike);
    return position{c.stock(r), lookback_option{r.type(), strike, c.day(times.back()), c.fixings(times, e.so_far)}};
  };
  return v;
}

row_value lookback_partial(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset = asset_of(r);
  const double time = r.positive("maturity"), sign = r.sign();
  if (r.is("strike_type", "floating", "fixed")) {
    const double end = r.positive("window_end");
    if (end > time) throw problem{"window_end = " + r["window_end"], "must not be after maturity", "are both in years?"};
    const double value = end == time ? lookback_floating_value(asset, asset.spot, time, sign)
                                     : lookback_partial_floating_value(asset, end, time, sign);
    return formula(value, rounding(asset.spot));
  }
  const double start = r.not_negative("window_start"), strike = r.positive("strike");
  if (start > time) throw problem{"window_start = " + r["window_start"], "must not be after maturity", "are both in years?"};
  const double value = start == 0      ? lookback_fixed_value(asset, strike, asset.spot, time, sign)
                       : start == time ? asset.vanilla(strike, time, sign)
                                       : lookback_partial_fixed_value(asset, strike, start, time, sign);
  return formula(value, rounding(asset.spot + strike));
}

} // namespace

std::vector<table_kind> extremum_tables() {
  return {
      {"lookback_continuous",
       {"strike_type", "option_type", "spot", "strike", "running_extremum", "rate", "dividend_yield", "volatility", "maturity"},
       lookback_continuous},
      {"lookback_discrete",
       {"strike_type", "option_type", "spot", "strike", "running_extremum", "rate", "dividend_yield", "volatility", "maturity",
        "monitoring_dates"},
       lookback_discrete},
      {"lookback_partial",
       {"strike_type", "option_type", "spot", "strike", "rate", "dividend_yield", "volatility", "window_start", "window_end",
        "maturity"},
       lookback_partial},
  };
}

} // namespace dojima
