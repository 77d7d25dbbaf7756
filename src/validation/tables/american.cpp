// American and Bermudan options on one asset.
#include "validation/tables/american.hpp"

#include <cmath>

#include "dojima/pricing/price.hpp"
#include "models/closed_form/american_approximation.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

// The value depends on rate, yield and variance times maturity alone: brought to a maturity of one market year.
double american_price(const lognormal_asset& a, double strike, double time, option_type type) {
  const calendar c(time);
  market m = c.stock(a.spot, a.rate, a.yield, 1e-9);
  m.underlyings["X"].surface = flat_volatility{c.volatility(a.volatility)};
  const estimate e = price({{"", "", "X", 1.0, american_option{type, strike, c.day(time)}}}, m).front();
  if (!e.status.empty()) throw not_valued{e.status};
  return e.value;
}

row_value american_vanilla(const reference_row& r) {
  const lognormal_asset a = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("maturity");
  const option_type type = r.type();
  const formula_value value = american_value_of(a, strike, time, type);
  const std::string& quantity = r.quantity();
  if (quantity == "price") return {value};
  // Its error is smooth, so that differences over steps of a tenth of the deviation keep it small; bounds are two to four times
  // what is seen over data/reference.
  const double step = 0.1 * std::min(1.0, a.deviation(time));
  const auto at = [&](double spot, double rate, double yield, double volatility) {
    return american_price({spot, rate, yield, volatility}, strike, time, type);
  };
  const double up = at(a.spot * (1 + step), a.rate, a.yield, a.volatility),
               down = at(a.spot * (1 - step), a.rate, a.yield, a.volatility);
  const double ds = a.spot * step, vega = a.prepaid(time) * std::sqrt(time);
  if (quantity == "delta") return formula((up - down) / (2 * ds), 2e-3);
  if (quantity == "gamma") {
    const double gamma = (up - 2 * value.value + down) / (ds * ds);
    return formula(gamma, 0.005 * std::abs(gamma) + 0.0025 / (a.spot * a.deviation(time)));
  }
  if (quantity == "vega") {
    const double h = 0.02 * a.volatility;
    return formula((at(a.spot, a.rate, a.yield, a.volatility + h) - at(a.spot, a.rate, a.yield, a.volatility - h)) / (2 * h),
                   5e-4 * vega);
  }
  if (quantity == "rho" || quantity == "dividend_rho") {
    const double h = 1e-3, of_rate = quantity == "rho" ? h : 0, of_yield = h - of_rate;
    return formula((at(a.spot, a.rate + of_rate, a.yield + of_yield, a.volatility) -
                    at(a.spot, a.rate - of_rate, a.yield - of_yield, a.volatility)) /
                       (2 * h),
                   5e-4 * strike * time);
  }
  throw not_valued{"quantity " + quantity};
}

row_value american_approximation(const reference_row& r) {
  const lognormal_asset a = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("maturity"), open = 1e-10 * (a.spot + strike);
  const std::string& quantity = r.quantity();
  if (quantity == "barone_adesi_whaley_price") return formula(quadratic_american_value(a, strike, time, r.sign(), false), open);
  if (quantity == "ju_price") return formula(quadratic_american_value(a, strike, time, r.sign(), true), open);
  if (quantity == "bjerksund_stensland_price") return formula(bjerksund_stensland_1993(a, strike, time, r.sign()), open);
  throw not_valued{"quantity " + quantity};
}

row_value bermudan_vanilla(const reference_row& r) {
  const lognormal_asset a = asset_of(r);
  const double strike = r.positive("strike"), time = r.positive("maturity");
  if (r.quantity() == "european_price") return formula(a.vanilla(strike, time, r.sign()), rounding(a.spot + strike));
  throw not_valued{"exercise on dates is not offered yet"};
}

row_value bermudan_max_call(const reference_row&) { throw not_valued{"exercise on dates is not offered yet"}; }

} // namespace

formula_value american_value_of(const lognormal_asset& a, double strike, double time, option_type type) {
  const double r = type == option_type::put ? a.rate : a.yield, q = type == option_type::put ? a.yield : a.rate;
  if (q < r && r < 0) throw not_valued{"exercise can pay at two boundaries, which the library does not value"};
  const bool usual = a.volatility >= 0.1 && std::abs(a.rate) <= 0.08 && std::abs(a.yield) <= 0.08 && time <= 3;
  return {american_price(a, strike, time, type), (usual ? 6e-5 : 5e-4) * a.spot, "spectral collocation"};
}

std::vector<table_kind> american_tables() {
  const std::vector<std::string> vanilla = {"option_type",    "spot",       "strike",  "rate",
                                            "dividend_yield", "volatility", "maturity"};
  std::vector<std::string> on_dates = vanilla;
  on_dates.push_back("exercise_dates");
  return {
      {"american_vanilla", vanilla, american_vanilla},
      {"american_approximation", vanilla, american_approximation},
      {"bermudan_vanilla", on_dates, bermudan_vanilla},
      {"bermudan_max_call",
       {"option_type", "assets", "spot", "strike", "rate", "dividend_yield", "volatility", "correlation", "maturity",
        "exercise_dates"},
       bermudan_max_call},
  };
}

} // namespace dojima
