// Dojima's own formulas and statistics against the tables of data/reference, row by row.
#include "dojima/risk/measures.hpp"
#include "models/closed_form/asian_geometric.hpp"
#include "models/closed_form/barrier.hpp"
#include "models/payoff/asian.hpp"
#include "models/random/normal.hpp"
#include "tests/support.hpp"

#include <optional>
#include <sstream>

namespace dojima {
namespace {

using test::reference_row;
using test::reference_rows;

/// The Black-Scholes inputs that most tables share.
struct inputs {
  double spot, strike, rate, yield, sigma, time, sign;
  explicit inputs(const reference_row& r, const char* rate_column = "rate", const char* yield_column = "dividend_yield")
      : spot(r.number("spot")), strike(r.number_or("strike", NAN)), rate(r.number(rate_column)), yield(r.number(yield_column)),
        sigma(r.number("volatility")), time(r.number("maturity")), sign(r.sign()) {}
  double forward() const { return spot * std::exp((rate - yield) * time); }
  double discount() const { return std::exp(-rate * time); }
  double deviation() const { return sigma * std::sqrt(time); }
  double vanilla() const { return black_value(forward(), strike, std::log(forward() / strike), deviation(), discount(), sign); }
};

/// Rounding of a double formula beside the table's own tolerance: a few ulp of its largest term.
double tolerance(const reference_row& r, double scale) { return r.number("abs_tolerance") + 2e-14 * scale; }

bool is_price(reference_rows& rows, const reference_row& r) {
  if (r["quantity"] == "price") return true;
  rows.skip("quantity " + r["quantity"] + " is not computed yet");
  return false;
}

TEST(reference, european_bsm) {
  reference_rows rows("european_bsm");
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    const inputs in(r);
    rows.expect_near(r, in.vanilla(), tolerance(r, in.spot + in.strike));
  });
}

TEST(reference, european_black76) {
  reference_rows rows("european_black76");
  rows.for_each([&](const reference_row& r) {
    if (r["model"] != "black76") return rows.skip("model " + r["model"]);
    if (!is_price(rows, r)) return;
    const double forward = r.number("forward"), strike = r.number("strike");
    const double value =
        black_value(forward, strike, std::log(forward / strike), r.number("volatility") * std::sqrt(r.number("maturity")),
                    r.number("discount_factor"), r.sign());
    rows.expect_near(r, value, tolerance(r, forward + strike));
  });
}

TEST(reference, european_fx_garman_kohlhagen) {
  reference_rows rows("european_fx_garman_kohlhagen");
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    const inputs in(r, "rate_domestic", "rate_foreign");
    rows.expect_near(r, in.vanilla(), tolerance(r, in.spot + in.strike));
  });
}

TEST(reference, digital) {
  reference_rows rows("digital");
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    const inputs in(r);
    const double moneyness = std::log(in.forward() / in.strike);
    const double cash = in.discount() * digital_probability(moneyness, in.deviation(), in.sign, false);
    const double asset = in.discount() * in.forward() * digital_probability(moneyness, in.deviation(), in.sign, true);
    double value;
    if (r["payoff"] == "cash_or_nothing") value = r.number("cash") * cash;
    else if (r["payoff"] == "asset_or_nothing") value = asset;
    else // gap: an asset less a fixed amount, both if the option ends in the money
      value = in.sign * (asset - r.number("payoff_strike") * cash);
    rows.expect_near(r, value, tolerance(r, in.spot + in.strike));
  });
}

TEST(reference, barrier_continuous) {
  reference_rows rows("barrier_continuous");
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    const inputs in(r);
    const std::string& type = r["barrier_type"];
    const auto contract = make_barrier_contract(in.sign, type.starts_with("up"), type.ends_with("in"), in.strike,
                                                r.number("barrier"), r.number("rebate"));
    rows.expect_near(r, barrier_value(contract, in.spot, in.forward(), in.discount(), in.deviation()),
                     tolerance(r, in.spot + in.strike));
  });
}

// The value depends on rate, yield and variance times maturity alone, so every row is brought to a maturity of 365 days.
TEST(reference, american_vanilla) {
  constexpr double accuracy = 3e-5; // of spot, as models/closed_form/american.hpp states
  reference_rows rows("american_vanilla");
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    const inputs in(r);
    const market m = test::one_stock_market(in.spot, in.rate * in.time, in.yield * in.time, in.deviation());
    const estimate e =
        test::value_of(american_option{in.sign > 0 ? option_type::call : option_type::put, in.strike, test::after(m, 365)}, m);
    ASSERT_EQ(e.status, "") << r["id"];
    rows.expect_near(r, e.value, r.number("abs_tolerance") + accuracy * in.spot);
  });
}

/// Fixing times equally spaced between two.
std::vector<double> fixing_times(const reference_row& r) {
  const int n = static_cast<int>(r.number("fixings"));
  const double first = r.number("first_fixing"), last = r.number("last_fixing");
  std::vector<double> times(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) times[static_cast<std::size_t>(i)] = n == 1 ? first : first + (last - first) * i / (n - 1);
  return times;
}

/// Mean and standard deviation of the average of ln S over fixings.
struct log_average {
  double mean = 0, deviation = 0;
  log_average(const inputs& in, const std::vector<double>& times) {
    const auto n = static_cast<double>(times.size());
    double variance = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      mean += (std::log(in.spot) + (in.rate - in.yield - 0.5 * in.sigma * in.sigma) * times[i]) / n;
      for (const double other : times) variance += std::min(times[i], other) / (n * n);
    }
    deviation = in.sigma * std::sqrt(variance);
  }
};

TEST(reference, asian_geometric) {
  reference_rows rows("asian_geometric");
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    if (r["payoff"] != "average_price") return rows.skip("payoff " + r["payoff"]);
    const inputs in(r);
    log_average average(in, {});
    if (r["fixings"].empty()) { // continuous averaging over [0, maturity]
      average.mean = std::log(in.spot) + 0.5 * (in.rate - in.yield - 0.5 * in.sigma * in.sigma) * in.time;
      average.deviation = in.deviation() / std::sqrt(3.0);
    } else {
      average = log_average(in, fixing_times(r));
    }
    const double value = asian_geometric_value(average.mean, average.deviation, 1.0, in.strike, in.discount(), in.sign);
    rows.expect_near(r, value, tolerance(r, in.spot + in.strike));
  });
}

TEST(reference, asian_arithmetic_discrete) {
  constexpr int pairs = 4000;
  reference_rows rows("asian_arithmetic_discrete");
  std::uint32_t stream = 0;
  rows.for_each([&](const reference_row& r) {
    if (!is_price(rows, r)) return;
    if (r["payoff"] != "average_price") return rows.skip("payoff " + r["payoff"]);
    const inputs in(r);
    const std::vector<double> times = fixing_times(r);
    const log_average average(in, times);
    std::vector<double> level, path(times.size());
    for (const double t : times) level.push_back(in.spot * std::exp((in.rate - in.yield - 0.5 * in.sigma * in.sigma) * t));
    ++stream;
    double sum = 0, squares = 0;
    for (std::uint64_t p = 0; p < pairs; ++p) {
      double z[4], w = 0, before = 0;
      for (std::size_t f = 0; f < times.size(); ++f) {
        if (f % 4 == 0) normals_at(7, stream, p, static_cast<std::uint32_t>(f / 4), z);
        path[f] = w += std::sqrt(times[f] - before) * z[f % 4];
        before = times[f];
      }
      const double x = asian_pair_residual(
          static_cast<int>(times.size()), in.sigma, 1.0, in.strike, in.sign, std::exp(average.mean),
          [&](int f) { return level[static_cast<std::size_t>(f)]; }, [&](int f) { return path[static_cast<std::size_t>(f)]; });
      sum += x;
      squares += x * x;
    }
    const double mean = sum / pairs, error = in.discount() * std::sqrt((squares / pairs - mean * mean) / (pairs - 1));
    const double value =
        in.discount() * mean + asian_geometric_value(average.mean, average.deviation, 1.0, in.strike, in.discount(), in.sign);
    rows.expect_near(r, value, r.number("abs_tolerance") + 4 * error);
  });
}

std::vector<double> numbers(const std::string& text) {
  std::vector<double> values;
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, ';');) values.push_back(std::stod(field));
  return values;
}

TEST(reference, var_es_historical) {
  reference_rows rows("var_es_historical");
  rows.for_each([&](const reference_row& r) {
    if (r["weighting"] != "equal") return rows.skip("weighting " + r["weighting"]);
    std::vector<double> pnl = numbers(r["losses"]);
    for (double& x : pnl) x = -x;
    const auto rule = r["convention"] == "linear_type7" ? quantile_rule::linear_type7 : quantile_rule::order_statistic;
    const tail_measures tail = measure_tail(pnl, r.number("confidence"), rule);
    rows.expect_near(r, r["quantity"] == "value_at_risk" ? tail.var : tail.es, r.number("abs_tolerance") + 1e-14);
  });
}

TEST(reference, backtest_kupiec) {
  reference_rows rows("backtest_kupiec");
  rows.for_each([&](const reference_row& r) {
    const std::string& quantity = r["quantity"];
    const auto days = static_cast<std::size_t>(r.number("observations"));
    const double rate = r.number("exception_probability"), tolerance = r.number("abs_tolerance") + 1e-12;
    if (quantity == "lr_pof" || quantity == "p_value") {
      const likelihood_ratio test = kupiec(days, static_cast<std::size_t>(r.number("exceptions")), rate);
      rows.expect_near(r, quantity == "lr_pof" ? test.statistic : test.p_value, tolerance);
    } else if (quantity == "lower_bound" || quantity == "upper_bound") { // the smallest and largest count that is not rejected
      std::optional<std::size_t> low, high;
      for (std::size_t n = 0; n <= days; ++n)
        if (kupiec(days, n, rate).p_value > r.number("test_level")) low = low.value_or(n), high = n;
      ASSERT_TRUE(low && high) << r["id"];
      rows.expect_near(r, static_cast<double>(quantity == "lower_bound" ? *low : *high), tolerance);
    } else {
      rows.skip("quantity " + quantity + " is not computed yet");
    }
  });
}

TEST(reference, backtest_christoffersen) {
  reference_rows rows("backtest_christoffersen");
  rows.for_each([&](const reference_row& r) {
    const auto count = [&](const char* column) { return static_cast<std::size_t>(r.number(column)); };
    const std::size_t n00 = count("n00"), n01 = count("n01"), n10 = count("n10"), n11 = count("n11");
    const likelihood_ratio coverage = kupiec(n00 + n01 + n10 + n11, n01 + n11, r.number("exception_probability"));
    const christoffersen_tests tests = christoffersen(n00, n01, n10, n11, coverage);
    const double value = r["quantity"] == "lr_independence"    ? tests.independence.statistic
                         : r["quantity"] == "lr_unconditional" ? coverage.statistic
                                                               : tests.conditional_coverage.statistic;
    rows.expect_near(r, value, r.number("abs_tolerance") + 1e-12);
  });
}

TEST(reference, backtest_basel_zones) {
  reference_rows rows("backtest_basel_zones");
  rows.for_each([&](const reference_row& r) {
    const basel_zone zone = basel_traffic_light(static_cast<std::size_t>(r.number("exceptions")));
    if (r["quantity"] == "zone") return rows.expect_equal(r, zone.zone);
    if (r["quantity"] == "plus_factor") return rows.expect_near(r, zone.plus_factor, r.number("abs_tolerance") + 1e-12);
    rows.skip("quantity " + r["quantity"] + " is not computed yet");
  });
}

} // namespace
} // namespace dojima
