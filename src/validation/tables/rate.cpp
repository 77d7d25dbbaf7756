// Bonds, short rates and options on them.
#include <cmath>

#include "models/closed_form/bond.hpp"
#include "models/closed_form/cox_ingersoll_ross.hpp"
#include "models/closed_form/short_rate.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {
namespace {

row_value black_rates(const reference_row& r) {
  require_price(r);
  r.one_of("instrument", {"caplet", "floorlet", "swaption", "bond_option"});
  const double forward = r.positive("forward"), strike = r.positive("strike"), expiry = r.positive("expiry");
  const double value = black_value(forward, strike, std::log(forward / strike), r.volatility() * std::sqrt(expiry),
                                   r.positive("discount_factor"), r.sign());
  const double scale = r.number("notional") * r.number("accrual_or_annuity");
  return formula(scale * value, rounding(scale * (forward + strike)));
}

row_value short_rate_zero_bond(const reference_row& r) {
  require_price(r);
  const double rate = r.number("short_rate"), reversion = r.number("mean_reversion"), level = r.number("long_rate");
  const double volatility = r.not_negative("volatility"), time = r.number("maturity") - r.number("valuation_time");
  if (time < 0) throw problem{"maturity = " + r["maturity"], "lies before valuation_time", "are both in years?"};
  const double value = r.is("model", "cir", "vasicek") ? cox_ingersoll_ross{rate, reversion, level, volatility}.bond(time)
                                                       : vasicek_bond(rate, reversion, level, volatility, time);
  return formula(value, 1e-13 * value);
}

row_value short_rate_bond_option(const reference_row& r) {
  require_price(r);
  const std::string& model = r.one_of("model", {"cir", "vasicek", "hull_white"});
  const double rate = r.number("short_rate"), reversion = r.number("mean_reversion"), volatility = r.volatility();
  const double strike = r.positive("strike"), expiry = r.positive("option_maturity"), maturity = r.positive("bond_maturity");
  if (expiry >= maturity)
    throw problem{"option_maturity = " + r["option_maturity"], "must be before bond_maturity", "are both in years?"};
  const double level = model == "hull_white" ? 0 : r.number("long_rate");
  if (model == "cir")
    return formula(cox_ingersoll_ross{rate, reversion, level, volatility}.bond_option(strike, expiry, maturity, r.sign()),
                   1e-12);
  const auto bond = [&](double time) {
    return model == "vasicek" ? vasicek_bond(rate, reversion, level, volatility, time) : std::exp(-rate * time);
  };
  const double deviation = hull_white_deviation(reversion, volatility, expiry, maturity);
  return formula(bond_option_value(bond(expiry), bond(maturity), strike, deviation, r.sign()), 1e-13);
}

row_value hull_white_swaption_cap(const reference_row& r) {
  require_price(r);
  const double reversion = r.number("mean_reversion"), volatility = r.volatility(), strike = r.number("strike");
  const double start = r.positive("first_reset"), accrual = r.positive("period_length"), notional = r.number("notional");
  const auto bond = [&](double time) { return std::exp(-r.number("rate") * time); };
  const std::string& instrument = r.one_of("instrument", {"payer_swaption", "receiver_swaption", "cap", "floor"});
  const double sign = instrument == "payer_swaption" || instrument == "cap" ? 1 : -1;
  std::vector<double> times, bonds, payments;
  double strip = 0, before = start;
  for (int i = 1, n = r.count("periods", 1, 10'000); i <= n; ++i) {
    const double time = start + i * accrual;
    strip += hull_white_caplet(reversion, volatility, before, bond(before), time, bond(time), accrual, strike, sign);
    times.push_back(before = time);
    bonds.push_back(bond(time));
    payments.push_back(strike * accrual);
  }
  payments.back() += 1;
  const double value = instrument.ends_with("swaption")
                           ? hull_white_swaption(reversion, volatility, start, bond(start), times, bonds, payments, sign)
                           : strip;
  return formula(notional * value, rounding(notional));
}

row_value g2pp_bond_option(const reference_row& r) {
  require_price(r);
  const double expiry = r.positive("option_maturity"), maturity = r.positive("bond_maturity"), rate = r.number("rate");
  if (expiry >= maturity)
    throw problem{"option_maturity = " + r["option_maturity"], "must be before bond_maturity", "are both in years?"};
  const double deviation = g2pp_deviation(r.number("a"), r.not_negative("sigma"), r.number("b"), r.not_negative("eta"),
                                          r.within("rho", -1, 1), expiry, maturity);
  const double sign = r.is("instrument", "bond_call", "bond_put") ? 1 : -1;
  return formula(bond_option_value(std::exp(-rate * expiry), std::exp(-rate * maturity), r.positive("strike"), deviation, sign),
                 1e-13);
}

row_value bond_analytics(const reference_row& r) {
  const int payments = r.count("payments_per_year", 1, 366);
  const double periods = r.positive("years") * payments;
  if (std::abs(periods - std::round(periods)) > 1e-9 || periods > 1e5)
    throw not_valued{"the bond does not mature at the end of a period"};
  const bond_measures b = bond_of(r.positive("face"), r.number("coupon_rate"), payments, static_cast<int>(std::round(periods)),
                                  r.number("yield"), r.is("compounding", "continuous", "periodic"));
  const std::string& quantity = r.quantity();
  const auto exactly = [](double value) { return formula(value, 1e-12 * std::abs(value)); };
  if (quantity == "price") return exactly(b.price);
  if (quantity == "macaulay_duration") return exactly(b.macaulay_duration);
  if (quantity == "modified_duration") return exactly(b.modified_duration);
  if (quantity == "convexity") return exactly(b.convexity);
  throw not_valued{"quantity " + quantity};
}

} // namespace

std::vector<table_kind> rate_tables() {
  return {
      {"black_rates",
       {"instrument", "option_type", "forward", "strike", "volatility", "expiry", "discount_factor", "accrual_or_annuity",
        "notional"},
       black_rates},
      {"short_rate_zero_bond",
       {"model", "short_rate", "mean_reversion", "long_rate", "volatility", "valuation_time", "maturity"},
       short_rate_zero_bond},
      {"short_rate_bond_option",
       {"model", "option_type", "short_rate", "mean_reversion", "long_rate", "volatility", "strike", "option_maturity",
        "bond_maturity"},
       short_rate_bond_option},
      {"hull_white_swaption_cap",
       {"instrument", "rate", "mean_reversion", "volatility", "strike", "first_reset", "periods", "period_length", "notional"},
       hull_white_swaption_cap},
      {"g2pp_bond_option",
       {"instrument", "rate", "a", "sigma", "b", "eta", "rho", "strike", "option_maturity", "bond_maturity"},
       g2pp_bond_option},
      {"bond_analytics", {"face", "coupon_rate", "payments_per_year", "years", "yield", "compounding"}, bond_analytics},
  };
}

} // namespace dojima
