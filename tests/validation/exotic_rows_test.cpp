// Analytic prices of exotic options and of short-rate models against the tables of data/reference, row by row.
#include "models/closed_form/binary_barrier.hpp"
#include "models/closed_form/chooser.hpp"
#include "models/closed_form/cliquet.hpp"
#include "models/closed_form/compound.hpp"
#include "models/closed_form/cox_ingersoll_ross.hpp"
#include "models/closed_form/discrete_dividend.hpp"
#include "models/closed_form/double_barrier.hpp"
#include "models/closed_form/geometric_average.hpp"
#include "models/closed_form/lookback.hpp"
#include "models/closed_form/quanto.hpp"
#include "models/closed_form/rainbow.hpp"
#include "models/closed_form/short_rate.hpp"
#include "models/closed_form/spread.hpp"
#include "tests/support.hpp"

#include <sstream>

namespace dojima {
namespace {

using test::reference_row;
using test::reference_rows;

lognormal_asset asset_of(const reference_row& r) {
  return {r.number("spot"), r.number("rate"), r.number("dividend_yield"), r.number("volatility")};
}

/// What a double formula adds to the table's own tolerance, where its terms are as large as `scale`.
double tolerance(const reference_row& r, double scale) { return r.number("abs_tolerance") + 1e-13 * scale; }

std::vector<std::string> fields(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, separator);) parts.push_back(field);
  return parts;
}

/// First and second derivative by central differences of fourth order.
template <class Function> double first_derivative(const Function& f, double x, double h) {
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}
template <class Function> double second_derivative(const Function& f, double x, double h) {
  return (16 * (f(x + h) + f(x - h)) - (f(x + 2 * h) + f(x - 2 * h)) - 30 * f(x)) / (12 * h * h);
}

TEST(exotic_reference, bivariate_normal_cdf) {
  reference_rows rows("bivariate_normal_cdf");
  rows.for_each([&](const reference_row& r) {
    rows.expect_near(r, bivariate_normal_cdf(r.number("a"), r.number("b"), r.number("rho")), tolerance(r, 0.01));
  });
}

TEST(exotic_reference, asian_geometric) {
  reference_rows rows("asian_geometric");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const double maturity = r.number("maturity");
    geometric_average average = average_over(asset, maturity);
    if (!r["fixings"].empty()) {
      std::vector<double> times(static_cast<std::size_t>(r.number("fixings")), r.number("first_fixing"));
      const double step = times.size() < 2 ? 0 : (r.number("last_fixing") - times[0]) / static_cast<double>(times.size() - 1);
      for (std::size_t i = 0; i < times.size(); ++i) times[i] += static_cast<double>(i) * step;
      average = average_over(asset, times);
    }
    const double value = r["payoff"] == "average_price"
                             ? average_price_value(asset, average, r.number("strike"), maturity, r.sign())
                             : average_strike_value(asset, average, maturity, r.sign());
    rows.expect_near(r, value, tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, lookback_continuous) {
  reference_rows rows("lookback_continuous");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const double extremum = r.number("running_extremum"), time = r.number("maturity");
    const double value = r["strike_type"] == "floating"
                             ? lookback_floating_value(asset, extremum, time, r.sign())
                             : lookback_fixed_value(asset, r.number("strike"), extremum, time, r.sign());
    rows.expect_near(r, value, tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, lookback_partial) {
  reference_rows rows("lookback_partial");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const double time = r.number("maturity");
    const double value =
        r["strike_type"] == "floating"
            ? lookback_partial_floating_value(asset, r.number("window_end"), time, r.sign())
            : lookback_partial_fixed_value(asset, r.number("strike"), r.number("window_start"), time, r.sign());
    rows.expect_near(r, value, tolerance(r, asset.spot));
  });
}

// The formulas of the books divide by r - q; here the value passes through zero carry, and from one form to the other.
TEST(exotic, lookbacks_without_carry) {
  for (const double sign : {1.0, -1.0}) {
    const auto value = [&](double carry) {
      return lookback_floating_value({100, 0.03, 0.03 - carry, 0.2}, 100 - 5 * sign, 0.5, sign);
    };
    const double h = 1e-3;
    EXPECT_NEAR(value(0), (4 * (value(h) + value(-h)) - value(2 * h) - value(-2 * h)) / 6, 1e-9);
    const double change = 0.1 / std::sqrt(0.5); // 2 (r - q) sqrt(T) / sigma = 1
    EXPECT_NEAR(value(change * (1 + 1e-13)), value(change * (1 - 1e-13)), 1e-11);
  }
}

// A window that covers all the life of the option, or next to nothing of it.
TEST(exotic, partial_lookbacks_at_their_limits) {
  const lognormal_asset asset{100, 0.06, 0.01, 0.2};
  for (const double sign : {1.0, -1.0}) {
    const double floating = lookback_floating_value(asset, 100, 1, sign),
                 fixed = lookback_fixed_value(asset, 105, 100, 1, sign);
    EXPECT_NEAR(lookback_partial_floating_value(asset, 1 - 1e-10, 1, sign), floating, 1e-7);
    EXPECT_NEAR(lookback_partial_floating_value(asset, 1e-14, 1, sign), asset.vanilla(100, 1, sign), 1e-5);
    EXPECT_NEAR(lookback_partial_fixed_value(asset, 105, 1e-14, 1, sign), fixed, 1e-5);
    EXPECT_NEAR(lookback_partial_fixed_value(asset, 105, 1 - 1e-14, 1, sign), asset.vanilla(105, 1, sign), 1e-5);
  }
}

TEST(exotic_reference, double_barrier) {
  reference_rows rows("double_barrier");
  rows.for_each([&](const reference_row& r) {
    if (!r["monitoring_dates"].empty()) return rows.skip("barriers are monitored at dates");
    const lognormal_asset asset = asset_of(r);
    const double strike = r.number("strike"), time = r.number("maturity");
    const double out = double_knock_out_value(asset, strike, r.number("barrier_low"), r.number("barrier_high"), time, r.sign());
    rows.expect_near(r, r["barrier_type"] == "knock_out" ? out : asset.vanilla(strike, time, r.sign()) - out,
                     tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, double_no_touch) {
  reference_rows rows("double_no_touch");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const double time = r.number("maturity");
    const double out = double_no_touch_value(asset, r.number("barrier_low"), r.number("barrier_high"), time);
    const double value = r["barrier_type"] == "knock_out" ? out : asset.discount(time) - out;
    rows.expect_near(r, r.number("cash") * value, tolerance(r, r.number("cash")));
  });
}

TEST(exotic_reference, one_touch) {
  reference_rows rows("one_touch");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const double barrier = r.number("barrier"), time = r.number("maturity");
    const bool up = r["direction"] == "up", pays_asset = r["payoff"] == "asset";
    double value;
    if (r["settlement"] == "at_hit") value = (pays_asset ? barrier : 1) * one_touch_at_hit_value(asset, barrier, time, up);
    else if (r["knock"] == "touch") value = one_touch_at_expiry_value(asset, barrier, time, up, pays_asset);
    else value = no_touch_value(asset, barrier, time, up, pays_asset);
    rows.expect_near(r, r.number_or("cash", 1) * value, tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, binary_barrier) {
  reference_rows rows("binary_barrier");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const std::string& type = r["barrier_type"];
    const double value = binary_barrier_value(asset, r.number("strike"), r.number("barrier"), r.number("maturity"), r.sign(),
                                              type.starts_with("up"), type.ends_with("in"), r["payoff"] == "asset");
    rows.expect_near(r, r.number_or("cash", 1) * value, tolerance(r, asset.spot));
  });
}

lognormal_pair pair_of(const reference_row& r) {
  const double time = r.number("maturity"), rate = r.number("rate");
  const auto forward = [&](const char* spot, const char* yield) {
    return r.number(spot) * std::exp((rate - r.number(yield)) * time);
  };
  return {forward("spot_1", "dividend_yield_1"), forward("spot_2", "dividend_yield_2"),
          r.number("volatility_1") * std::sqrt(time), r.number("volatility_2") * std::sqrt(time), r.number("correlation")};
}
double discount_of(const reference_row& r) { return std::exp(-r.number("rate") * r.number("maturity")); }

TEST(exotic_reference, rainbow_two_asset) {
  reference_rows rows("rainbow_two_asset");
  rows.for_each([&](const reference_row& r) {
    const double strike = r.number("strike");
    rows.expect_near(r, rainbow_value(pair_of(r), strike, discount_of(r), r["basket_type"] == "max", r.sign()),
                     tolerance(r, strike));
  });
}

TEST(exotic_reference, spread_two_asset) {
  reference_rows rows("spread_two_asset");
  rows.for_each([&](const reference_row& r) {
    const lognormal_pair pair = pair_of(r);
    const auto value = r["quantity"] == "price" ? spread_value : kirk_spread_value;
    rows.expect_near(r, value(pair, r.number("strike"), discount_of(r), r.sign()), tolerance(r, pair.forward_1));
  });
}

TEST(exotic_reference, exchange_two_asset) {
  constexpr double american_accuracy = 3e-5; // of spot, as models/closed_form/american.hpp states
  reference_rows rows("exchange_two_asset");
  rows.for_each([&](const reference_row& r) {
    const std::string& quantity = r["quantity"];
    const double q1 = r.number("dividend_yield_1"), q2 = r.number("dividend_yield_2"), time = r.number("maturity");
    const double s1 = r.number("quantity_1") * r.number("spot_1"), s2 = r.number("quantity_2") * r.number("spot_2");
    const lognormal_pair pair = pair_of(r);
    if (r["exercise"] == "american") { // a call with the second asset as numeraire; brought to a maturity of 365 days
      if (quantity != "price") return rows.skip("quantity " + quantity);
      const market m = test::one_stock_market(s1, q2 * time, q1 * time, pair.ratio_deviation());
      const estimate e = test::value_of(american_option{option_type::call, s2, test::after(m, 365)}, m);
      ASSERT_EQ(e.status, "") << r["id"];
      return rows.expect_near(r, e.value, r.number("abs_tolerance") + american_accuracy * s1);
    }
    const auto price = [&](double spot_1, double spot_2, double t) {
      const double v = std::sqrt(t / time);
      return exchange_value({spot_1 * std::exp(-q1 * t), spot_2 * std::exp(-q2 * t), v * pair.deviation_1, v * pair.deviation_2,
                             pair.correlation},
                            1.0);
    };
    const auto of_1 = [&](double s) { return price(r.number("quantity_1") * s, s2, time); };
    const auto of_2 = [&](double s) { return price(s1, r.number("quantity_2") * s, time); };
    const double h = 1e-3 * r.number("spot_1");
    const double value = quantity == "price"     ? price(s1, s2, time)
                         : quantity == "delta_1" ? first_derivative(of_1, r.number("spot_1"), h)
                         : quantity == "delta_2" ? first_derivative(of_2, r.number("spot_2"), h)
                         : quantity == "gamma_1" ? second_derivative(of_1, r.number("spot_1"), h)
                         : quantity == "gamma_2" ? second_derivative(of_2, r.number("spot_2"), h)
                                                 : -first_derivative([&](double t) { return price(s1, s2, t); }, time, 1e-4);
    rows.expect_near(r, value, tolerance(r, s1) + (quantity == "price" ? 0 : 1e-6));
  });
}

TEST(exotic_reference, chooser) {
  reference_rows rows("chooser");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    rows.expect_near(r,
                     chooser_value(asset, r.number("choice_time"), r.number("strike_call"), r.number("maturity_call"),
                                   r.number("strike_put"), r.number("maturity_put")),
                     tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, compound) {
  reference_rows rows("compound");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const auto price = [&](double spot, double volatility, double elapsed) {
      return compound_value({spot, asset.rate, asset.yield, volatility}, r.number("mother_strike"),
                            r.number("mother_maturity") - elapsed, r["mother_type"] == "call" ? 1 : -1,
                            r.number("daughter_strike"), r.number("daughter_maturity") - elapsed,
                            r["daughter_type"] == "call" ? 1 : -1);
    };
    const auto of_spot = [&](double s) { return price(s, asset.volatility, 0); };
    const auto of_volatility = [&](double s) { return price(asset.spot, s, 0); };
    const auto of_time = [&](double t) { return price(asset.spot, asset.volatility, t); };
    const std::string& quantity = r["quantity"];
    const double value = quantity == "price"   ? of_spot(asset.spot)
                         : quantity == "delta" ? first_derivative(of_spot, asset.spot, 1e-3 * asset.spot)
                         : quantity == "gamma" ? second_derivative(of_spot, asset.spot, 1e-3 * asset.spot)
                         : quantity == "vega"  ? first_derivative(of_volatility, asset.volatility, 1e-4)
                                               : first_derivative(of_time, 0, 1e-4);
    rows.expect_near(r, value, tolerance(r, asset.spot) + (quantity == "price" ? 0 : 1e-6));
  });
}

TEST(exotic_reference, forward_start) {
  reference_rows rows("forward_start");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    const auto value = r["payoff"] == "absolute" ? forward_start_value : forward_performance_value;
    rows.expect_near(r, value(asset, r.number("moneyness"), r.number("reset_time"), r.number("maturity"), r.sign()),
                     tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, cliquet) {
  reference_rows rows("cliquet");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset = asset_of(r);
    std::vector<double> dates;
    for (const std::string& field : fields(r["reset_times"], ';')) dates.push_back(std::stod(field));
    dates.push_back(r.number("maturity"));
    if (r["structure"] == "ratchet")
      return rows.expect_near(r, ratchet_value(asset, r.number("moneyness"), dates, r.sign()), tolerance(r, 100 * asset.spot));
    const double value = clipped_cliquet_value(asset, dates[0], static_cast<int>(dates.size()),
                                               r.number_or("local_floor", -infinity), r.number_or("local_cap", infinity),
                                               r.number_or("global_floor", -infinity), r.number_or("global_cap", infinity));
    rows.expect_near(r, r.number("notional") * value, tolerance(r, 0));
  });
}

TEST(exotic_reference, quanto) {
  reference_rows rows("quanto");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset =
        quanto_asset(r.number("spot"), r.number("rate_domestic"), r.number("rate_foreign"), r.number("dividend_yield"),
                     r.number("volatility"), r.number("fx_volatility"), r.number("correlation"));
    const std::string& contract = r["contract"];
    const double time = r.number("maturity"), strike = r.number_or("strike", NAN);
    double value;
    if (contract == "forward_start") {
      value = forward_start_value(asset, r.number("moneyness"), r.number("reset_time"), time, r.sign());
    } else {
      value = asset.vanilla(strike, time, r.sign());
      if (contract.starts_with("double")) {
        const double out =
            double_knock_out_value(asset, strike, r.number("barrier_low"), r.number("barrier_high"), time, r.sign());
        value = contract.ends_with("out") ? out : value - out;
      }
    }
    rows.expect_near(r, r.number("fixed_fx") * value, tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, discrete_dividend) {
  reference_rows rows("discrete_dividend");
  rows.for_each([&](const reference_row& r) {
    const lognormal_asset asset{r.number("spot"), r.number("rate"), 0, r.number("volatility")};
    std::vector<dividend> dividends;
    for (const std::string& field : fields(r["dividends"], ';')) {
      const auto parts = fields(field, ':');
      const double number = std::stod(parts[1]);
      dividends.push_back(parts[1].back() == '%' ? dividend{std::stod(parts[0]), 0, number / 100}
                                                 : dividend{std::stod(parts[0]), number, 0});
    }
    const double strike = r.number("strike"), time = r.number("maturity");
    const double value = r["dividend_model"] == "escrowed"
                             ? escrowed_asset(asset, dividends).vanilla(strike, time, r.sign())
                             : one_dividend_value(asset, dividends.at(0), strike, time, r.sign(), r["exercise"] == "american");
    rows.expect_near(r, value, tolerance(r, asset.spot));
  });
}

TEST(exotic_reference, digital_sensitivities) {
  reference_rows rows("digital");
  rows.for_each([&](const reference_row& r) {
    if (r["quantity"] == "price") return rows.skip("prices are checked by reference.digital");
    const lognormal_asset base = asset_of(r);
    const double strike = r.number("strike"), time = r.number("maturity");
    const auto price = [&](double spot, double volatility) {
      const lognormal_asset asset{spot, base.rate, base.yield, volatility};
      const double moneyness = std::log(asset.forward(time) / strike), v = asset.deviation(time);
      const double cash = asset.discount(time) * digital_probability(moneyness, v, r.sign(), false);
      const double delivered = asset.prepaid(time) * digital_probability(moneyness, v, r.sign(), true);
      if (r["payoff"] == "cash_or_nothing") return r.number("cash") * cash;
      if (r["payoff"] == "asset_or_nothing") return delivered;
      return r.sign() * (delivered - r.number("payoff_strike") * cash);
    };
    const auto of_spot = [&](double s) { return price(s, base.volatility); };
    const auto of_volatility = [&](double s) { return price(base.spot, s); };
    const std::string& quantity = r["quantity"];
    const double h = 1e-3 * base.spot;
    const double value = quantity == "delta"   ? first_derivative(of_spot, base.spot, h)
                         : quantity == "gamma" ? second_derivative(of_spot, base.spot, h)
                                               : first_derivative(of_volatility, base.volatility, 1e-3 * base.volatility);
    rows.expect_near(r, value, r.number("abs_tolerance") + 1e-8 * (1 + std::abs(value)));
  });
}

TEST(exotic_reference, black_rates) {
  reference_rows rows("black_rates");
  rows.for_each([&](const reference_row& r) {
    const double forward = r.number("forward"), strike = r.number("strike");
    const double value =
        black_value(forward, strike, std::log(forward / strike), r.number("volatility") * std::sqrt(r.number("expiry")),
                    r.number("discount_factor"), r.sign());
    const double scale = r.number("notional") * r.number("accrual_or_annuity");
    rows.expect_near(r, scale * value, tolerance(r, scale * forward));
  });
}

TEST(exotic_reference, short_rate_zero_bond) {
  reference_rows rows("short_rate_zero_bond");
  rows.for_each([&](const reference_row& r) {
    const double rate = r.number("short_rate"), reversion = r.number("mean_reversion"), level = r.number("long_rate");
    const double volatility = r.number("volatility"), time = r.number("maturity") - r.number("valuation_time");
    const double value = r["model"] == "cir" ? cox_ingersoll_ross{rate, reversion, level, volatility}.bond(time)
                                             : vasicek_bond(rate, reversion, level, volatility, time);
    rows.expect_near(r, value, tolerance(r, 0.1));
  });
}

TEST(exotic_reference, short_rate_bond_option) {
  reference_rows rows("short_rate_bond_option");
  rows.for_each([&](const reference_row& r) {
    const double rate = r.number("short_rate"), reversion = r.number("mean_reversion"), level = r.number_or("long_rate", NAN);
    const double volatility = r.number("volatility"), strike = r.number("strike");
    const double expiry = r.number("option_maturity"), maturity = r.number("bond_maturity");
    if (r["model"] == "cir") {
      const cox_ingersoll_ross model{rate, reversion, level, volatility};
      return rows.expect_near(r, model.bond_option(strike, expiry, maturity, r.sign()), tolerance(r, 1));
    }
    const auto bond = [&](double time) {
      return r["model"] == "vasicek" ? vasicek_bond(rate, reversion, level, volatility, time) : std::exp(-rate * time);
    };
    const double deviation = hull_white_deviation(reversion, volatility, expiry, maturity);
    rows.expect_near(r, bond_option_value(bond(expiry), bond(maturity), strike, deviation, r.sign()), tolerance(r, 1));
  });
}

TEST(exotic_reference, hull_white_swaption_cap) {
  reference_rows rows("hull_white_swaption_cap");
  rows.for_each([&](const reference_row& r) {
    const double reversion = r.number("mean_reversion"), volatility = r.number("volatility"), strike = r.number("strike");
    const double start = r.number("first_reset"), accrual = r.number("period_length"), notional = r.number("notional");
    const auto bond = [&](double time) { return std::exp(-r.number("rate") * time); };
    const std::string& instrument = r["instrument"];
    const double sign = instrument == "payer_swaption" || instrument == "cap" ? 1 : -1;
    std::vector<double> times, bonds, payments;
    double strip = 0, before = start;
    for (int i = 1; i <= static_cast<int>(r.number("periods")); ++i) {
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
    rows.expect_near(r, notional * value, tolerance(r, notional));
  });
}

TEST(exotic_reference, g2pp_bond_option) {
  reference_rows rows("g2pp_bond_option");
  rows.for_each([&](const reference_row& r) {
    const double expiry = r.number("option_maturity"), maturity = r.number("bond_maturity");
    const auto bond = [&](double time) { return std::exp(-r.number("rate") * time); };
    const double deviation =
        g2pp_deviation(r.number("a"), r.number("sigma"), r.number("b"), r.number("eta"), r.number("rho"), expiry, maturity);
    rows.expect_near(
        r,
        bond_option_value(bond(expiry), bond(maturity), r.number("strike"), deviation, r["instrument"] == "bond_call" ? 1 : -1),
        tolerance(r, 1));
  });
}

} // namespace
} // namespace dojima
