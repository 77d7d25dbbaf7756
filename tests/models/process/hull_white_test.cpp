// Hull-White: bonds, and options on them and on swaps against closed forms (rows of short_rate_zero_bond.csv,
// short_rate_bond_option.csv and hull_white_swaption_cap.csv, on flat curves).
#include "models/process/hull_white.hpp"
#include "tests/models/process/walk.hpp"

namespace dojima {
namespace {

using process = hull_white<double>;

prepared<process> flat(const hull_white_model& m, double rate, const std::vector<double>& times) {
  std::vector<grid_step> grid;
  std::vector<double> log_discounts;
  for (const double t : times) {
    grid.push_back({grid.empty() ? 0.0 : grid.back().end, t, 0.0, 1.0});
    log_discounts.push_back(-rate * t);
  }
  return process::prepare(m, grid, log_discounts);
}

double price(const process::bond& b, double rate, double length, double x) {
  return std::exp(-rate * length + b.constant - b.slope * x);
}

TEST(hull_white, bonds_on_a_vasicek_curve_are_vasicek_bonds) {
  // The rate is at its long-run mean, so x = 0 in five years is today's rate again.
  const double five = 0.7799356052658476, ten = 0.6116497660594805; // rows 0002, 0003
  EXPECT_NEAR(price(process::bond_at({0.1, 0.01}, 5.0, 10.0), -std::log(ten / five) / 5.0, 5.0, 0.0), five, 1e-14);
}

TEST(hull_white, paths_discount_to_the_curve) {
  for (const hull_white_model& m : {hull_white_model{0.1, 0.02}, hull_white_model{0.0, 0.01}}) {
    const std::vector<double> times{0.25, 2.0, 10.0, 30.0};
    const auto p = flat(m, 0.03, times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto discount = [&](const test::normal_numbers& z) { return std::pair{test::walk(p, z)[i][1], 0.0}; };
      EXPECT_WITHIN_STDERR(test::mean_over(40000, 8, discount), std::exp(-0.03 * times[i]), 4.0);
      const process::bond b = process::bond_at(m, times[i], times[i] + 5.0);
      const auto longer = [&](const test::normal_numbers& z) {
        const auto out = test::walk(p, z)[i];
        return std::pair{out[1] * price(b, 0.03, 5.0, out[0]), 0.0};
      };
      EXPECT_WITHIN_STDERR(test::mean_over(40000, 8, longer), std::exp(-0.03 * (times[i] + 5.0)), 4.0);
    }
  }
}

TEST(hull_white, rate_is_normal_and_discount_lognormal) {
  const hull_white_model m{0.1, 0.02};
  const auto p = flat(m, 0.03, {1.0, 4.0, 5.0});
  const double deviation = m.volatility * std::sqrt(mean_reversion_factor(0.2, 5.0));
  const double variance = 2.0 * std::log(vasicek_bond(0.0, m.mean_reversion, 0.0, m.volatility, 5.0)); // of ln D
  const auto law = [&](const auto& probability) {
    return test::chi_square_of(50000, 6, [&](const auto& z) { return norm_cdf(probability(test::walk(p, z).back())); });
  };
  EXPECT_LT(law([&](const auto& out) { return out[0] / deviation; }), 110);
  EXPECT_LT(law([&](const auto& out) { return (std::log(out[1]) + 0.15 + 0.5 * variance) / std::sqrt(variance); }), 110);
}

TEST(hull_white, two_steps_have_the_law_of_one) {
  for (const double a : {0.0, 1e-6, 0.1, 3.0}) {
    const hull_white_model m{a, 0.02};
    const auto once = flat(m, 0.03, {4.0}), twice = flat(m, 0.03, {1.5, 4.0});
    // Var x, Cov(x, I), Var I at the end, from the walks along each normal.
    const auto law = [](const prepared<process>& p) {
      std::array<double, 3> sums{};
      const double rest = std::log(test::walk(p, test::normal_numbers(4, 0.0)).back()[1]);
      for (std::size_t k = 0; k < 2 * p.steps.size(); ++k) {
        test::normal_numbers z(4, 0.0);
        z[k] = 1.0;
        const auto out = test::walk(p, z).back();
        const double x = out[0], integral = rest - std::log(out[1]);
        sums[0] += x * x;
        sums[1] += x * integral;
        sums[2] += integral * integral;
      }
      return sums;
    };
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(law(twice)[k] / law(once)[k], 1.0, 1e-11) << a << ' ' << k;
  }
}

TEST(hull_white, options_on_bonds_agree_with_the_closed_form) {
  struct row {
    const char* id;
    double sign, rate, mean_reversion, volatility, strike, expiry, maturity, expected;
  };
  const row rows[] = {
      {"0002", 1, 0.05, 0.1, 0.01, 0.802356, 1, 5, 0.01937514133711138},
      {"0010", -1, 0.03, 0.3, 0.02, 0.770895, 2, 10, 0.012634402314553317},
      {"0012", 1, 0.03, 0.3, 0.02, 0.786628, 2, 10, 0.019330933605244127},
      {"0023", -1, 0.08, 0.05, 0.015, 0.913528, 0.5, 2, 0.025690368148115317},
  };
  for (const row& r : rows) {
    const hull_white_model m{r.mean_reversion, r.volatility};
    const auto p = flat(m, r.rate, {0.5 * r.expiry, r.expiry});
    const process::bond b = process::bond_at(m, r.expiry, r.maturity);
    const auto value = [&](const test::normal_numbers& z) {
      const auto out = test::walk(p, z).back();
      const double bond = price(b, r.rate, r.maturity - r.expiry, out[0]);
      return std::pair{out[1] * std::max(0.0, r.sign * (bond - r.strike)), out[1] * bond - std::exp(-r.rate * r.maturity)};
    };
    const test::sample_mean mc = test::mean_over(100000, 4, value);
    EXPECT_WITHIN_STDERR(mc, r.expected, 4.0) << r.id;
    EXPECT_LT(mc.standard_error, 0.004 * r.expected) << r.id;
  }
}

TEST(hull_white, swaptions_and_caps_agree_with_the_closed_form) {
  struct row {
    const char* id;
    double sign, strike;
    double first;
    int periods;
    double length, expected;
  };
  const hull_white_model m{0.048696, 0.0058904};
  const double rate = 0.04875825;
  const auto check = [&](const row& r, bool swaption) {
    std::vector<double> times{r.first};
    for (int i = 1; i < r.periods && !swaption; ++i) times.push_back(r.first + i * r.length);
    const auto p = flat(m, rate, times);
    const auto value = [&](const test::normal_numbers& z) {
      const auto seen = test::walk(p, z);
      double sum = 0.0, control = seen[0][1] - std::exp(-rate * times[0]);
      if (swaption) {
        double fixed = 0.0, bond = 0.0;
        for (int i = 1; i <= r.periods; ++i) {
          bond = price(process::bond_at(m, r.first, r.first + i * r.length), rate, i * r.length, seen[0][0]);
          fixed += r.strike * r.length * bond;
        }
        sum = seen[0][1] * std::max(0.0, r.sign * (1.0 - bond - fixed));
        control = seen[0][1] * bond - std::exp(-rate * (r.first + r.periods * r.length));
      } else {
        for (std::size_t i = 0; i < times.size(); ++i) { // each paid at its period's end: worth its bond at the reset
          const double bond = price(process::bond_at(m, times[i], times[i] + r.length), rate, r.length, seen[i][0]);
          sum += seen[i][1] * std::max(0.0, r.sign * (1.0 - bond * (1.0 + r.strike * r.length)));
        }
      }
      return std::pair{100.0 * sum, control};
    };
    const test::sample_mean mc = test::mean_over(swaption ? 40000 : 20000, 2 * times.size(), value);
    EXPECT_WITHIN_STDERR(mc, r.expected, 4.0) << r.id;
    EXPECT_LT(mc.standard_error, 0.02 * r.expected) << r.id;
  };
  check({"0046", 1, 0.049966, 1.0, 5, 1.0, 0.8858006595623293}, true);
  check({"0049", -1, 0.049966, 5.0, 5, 1.0, 1.4851386234107848}, true);
  check({"0053", -1, 0.049357, 2.0, 20, 0.5, 1.8578065367813583}, true);
  check({"0056", 1, 0.048758, 0.5, 9, 0.5, 1.41183301850559}, false);
  check({"0060", -1, 0.048758, 1.0, 16, 0.25, 1.1887545256257566}, false);
}

} // namespace
} // namespace dojima
