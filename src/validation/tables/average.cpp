// Asian options.
#include <cmath>

#include "models/closed_form/asian_approximation.hpp"
#include "models/closed_form/geometric_average.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

std::vector<double> fixing_times(const reference_row& r) {
  const double first = r.not_negative("first_fixing"), last = r.number("last_fixing");
  if (!(first <= last && last <= r.positive("maturity")))
    throw problem{"last_fixing = " + r["last_fixing"], "must lie between first_fixing and maturity", "are they years?"};
  return spaced(first, last, r.count("fixings", 1, 10'000));
}

position average_option(const reference_row& r, averaging mean, const std::vector<double>& times) {
  const double maturity = r.number("maturity");
  std::vector<double> all = times;
  all.push_back(maturity);
  const calendar c(all);
  return {c.stock(r), asian_option{r.type(), r.number_or("strike", 0), c.day(maturity), c.fixings(times), mean,
                                   r["payoff"] == "average_strike"}};
}

row_value asian_geometric(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double maturity = r.positive("maturity"), sign = r.sign();
  const bool on_price = r.is("payoff", "average_price", "average_strike"), dates = r.has("fixings");
  const double strike = on_price ? r.positive("strike") : 0;
  const std::vector<double> times = dates ? fixing_times(r) : std::vector<double>{};
  const auto price = [&](const lognormal_asset& a, double) {
    const geometric_average g = dates ? average_over(a, times) : average_over(a, maturity);
    return on_price ? average_price_value(a, g, strike, maturity, sign) : average_strike_value(a, g, maturity, sign);
  };
  if (r.quantity().starts_with("theta")) throw not_valued{"quantity " + r.quantity()};
  row_value v{of_asset(r, asset, price, 1e-15 * (asset.spot + strike), maturity)};
  if (r.quantity() != "price") return v;
  v.formula->uncertainty *= 100;
  if (dates) v.trade = [=, &r] { return average_option(r, averaging::geometric, times); };
  return v;
}

row_value asian_arithmetic_discrete(const reference_row& r) {
  require_price(r);
  if (r.is("payoff", "average_price", "average_strike")) r.not_negative("strike");
  const auto times = fixing_times(r);
  row_value v;
  v.trade = [=, &r] { return average_option(r, averaging::arithmetic, times); };
  return v;
}

// The average of all times is that of the middles of n equal periods; its law is then off by terms of order 1/n^2.
row_value asian_arithmetic_continuous(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), maturity = r.positive("maturity");
  row_value v;
  v.trade = [=, &r] {
    constexpr int n = 128;
    const auto times = spaced(maturity / (2 * n), maturity - maturity / (2 * n), n);
    const calendar c(dates_to(maturity, 2 * n));
    const double move = asset.deviation(maturity) / n, drift = (asset.rate - asset.yield) * maturity / n;
    return position{c.stock(r), asian_option{r.type(), strike, c.day(maturity), c.fixings(times)}, 1, 0,
                    (move * move + drift * drift) * asset.spot};
  };
  return v;
}

row_value asian_arithmetic_approximation(const reference_row& r) {
  const std::string& method = r.one_of("method", {"levy", "turnbull_wakeman"});
  if (r.quantity() != method + "_price") throw not_valued{"quantity " + r.quantity()};
  const lognormal_asset asset = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("remaining_maturity");
  const double open = 1e-13 * (asset.spot + strike) / std::min(1.0, asset.deviation(time)); // of the logarithm of moments
  if (method == "turnbull_wakeman") {
    const auto times = spaced(r.not_negative("first_fixing"), time, r.count("fixings", 1, 10'000));
    return formula(turnbull_wakeman_value(asset, strike, times, time, r.sign()), open);
  }
  const double elapsed = r.number_or("elapsed", 0);
  return formula(levy_asian_value(asset, strike, elapsed > 0 ? r.positive("running_average") : 0,
                                  r.positive("averaging_length"), elapsed, time, r.sign()),
                 open);
}

} // namespace

std::vector<table_kind> average_tables() {
  const std::vector<std::string> discrete = {"average_type", "payoff",      "option_type",    "spot",
                                             "strike",       "rate",        "dividend_yield", "volatility",
                                             "first_fixing", "last_fixing", "fixings",        "maturity"};
  return {
      {"asian_geometric", discrete, asian_geometric},
      {"asian_arithmetic_discrete", discrete, asian_arithmetic_discrete},
      {"asian_arithmetic_continuous",
       {"option_type", "spot", "strike", "rate", "dividend_yield", "volatility", "maturity"},
       asian_arithmetic_continuous},
      {"asian_arithmetic_approximation",
       {"method", "option_type", "spot", "strike", "running_average", "rate", "dividend_yield", "volatility",
        "averaging_length", "elapsed", "remaining_maturity", "first_fixing", "fixings"},
       asian_arithmetic_approximation},
  };
}

} // namespace dojima
