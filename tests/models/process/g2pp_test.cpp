// G2++: bonds and options on them against closed forms (rows of g2pp_bond_option.csv, on flat curves).
#include "models/process/g2pp.hpp"
#include "tests/models/process/walk.hpp"

namespace dojima {
namespace {

using process = g2pp<double>;

prepared<process> flat(const g2pp_model& m, double rate, const std::vector<double>& times) {
  std::vector<grid_step> grid;
  std::vector<double> log_discounts;
  for (const double t : times) {
    grid.push_back({grid.empty() ? 0.0 : grid.back().end, t, 0.0, 1.0});
    log_discounts.push_back(-rate * t);
  }
  return process::prepare(m, grid, log_discounts);
}

double price(const process::bond& b, double rate, double length, double x, double y) {
  return std::exp(-rate * length + b.constant - b.slope_x * x - b.slope_y * y);
}

const g2pp_model brigo_mercurio{0.543009105, 0.005837408, 0.075716774, 0.011657837, -0.991401219};

TEST(g2pp, paths_discount_to_the_curve) {
  for (const g2pp_model& m : {brigo_mercurio, g2pp_model{0.0, 0.01, 0.4, 0.02, 0.3}}) {
    const std::vector<double> times{0.25, 2.0, 10.0, 20.0};
    const auto p = flat(m, 0.03, times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto discount = [&](const test::normal_numbers& z) { return std::pair{test::walk(p, z)[i][2], 0.0}; };
      EXPECT_WITHIN_STDERR(test::mean_over(40000, 12, discount), std::exp(-0.03 * times[i]), 4.0);
      const process::bond b = process::bond_at(m, times[i], times[i] + 5.0);
      const auto longer = [&](const test::normal_numbers& z) {
        const auto out = test::walk(p, z)[i];
        return std::pair{out[2] * price(b, 0.03, 5.0, out[0], out[1]), 0.0};
      };
      EXPECT_WITHIN_STDERR(test::mean_over(40000, 12, longer), std::exp(-0.03 * (times[i] + 5.0)), 4.0);
    }
  }
}

TEST(g2pp, rate_is_normal_and_discount_lognormal) { // Brigo and Mercurio, eq. (4.10) for the variance of ln D
  const auto& [a, sigma, b, eta, rho] = brigo_mercurio;
  const double t = 5.0;
  const auto p = flat(brigo_mercurio, 0.03, {1.0, 4.0, t});
  const auto decay = [&](double k) { return std::expm1(-k * t) / k; };
  const double rate = -sigma * sigma * decay(2 * a) - eta * eta * decay(2 * b) - 2 * rho * sigma * eta * decay(a + b);
  const auto own = [&](double k, double s) { return s * s / (k * k) * (t + 2 * decay(k) - decay(2 * k)); };
  const double variance =
      own(a, sigma) + own(b, eta) + 2 * rho * sigma * eta / (a * b) * (t + decay(a) + decay(b) - decay(a + b));
  const auto law = [&](const auto& probability) {
    return test::chi_square_of(50000, 9, [&](const auto& z) { return norm_cdf(probability(test::walk(p, z).back())); });
  };
  EXPECT_LT(law([&](const auto& out) { return (out[0] + out[1]) / std::sqrt(rate); }), 110);
  EXPECT_LT(law([&](const auto& out) { return (std::log(out[2]) + 0.15 + 0.5 * variance) / std::sqrt(variance); }), 110);
}

TEST(g2pp, two_steps_have_the_law_of_one) {
  for (const g2pp_model& m : {brigo_mercurio, g2pp_model{0.0, 0.01, 0.0, 0.02, 0.3}, g2pp_model{1e-6, 0.01, 3.0, 0.02, 0.9}}) {
    // The covariances of x, y and I at the end, from the walks along each normal.
    const auto law = [](const prepared<process>& p) {
      std::array<double, 6> sums{};
      const double rest = std::log(test::walk(p, test::normal_numbers(6, 0.0)).back()[2]);
      for (std::size_t k = 0; k < 3 * p.steps.size(); ++k) {
        test::normal_numbers z(6, 0.0);
        z[k] = 1.0;
        const auto out = test::walk(p, z).back();
        const double v[] = {out[0], out[1], rest - std::log(out[2])};
        for (std::size_t i = 0, at = 0; i < 3; ++i)
          for (std::size_t j = 0; j <= i; ++j) sums[at++] += v[i] * v[j];
      }
      return sums;
    };
    const auto once = law(flat(m, 0.03, {4.0})), twice = law(flat(m, 0.03, {1.5, 4.0}));
    for (std::size_t k = 0; k < once.size(); ++k) EXPECT_NEAR(twice[k] / once[k], 1.0, 1e-10) << m.a << ' ' << k;
  }
}

TEST(g2pp, a_factor_twice_is_one_factor) { // the covariances are singular
  const auto p = flat({0.1, 0.01, 0.1, 0.02, 1.0}, 0.03, {1.0, 5.0});
  const auto out = test::walk(p, {0.5, 1.0, -1.0, -2.0, 0.3, 0.7}).back();
  EXPECT_NEAR(out[1], 2.0 * out[0], 1e-9);
  EXPECT_TRUE(std::isfinite(out[2]));
}

TEST(g2pp, options_on_bonds_agree_with_the_closed_form) {
  struct row {
    const char* id;
    double sign;
    g2pp_model m;
    double rate, strike, expiry, maturity, expected;
  };
  const g2pp_model second{0.1, 0.01, 0.2, 0.013, -0.5}, third{0.05, 0.008, 0.5, 0.01, -0.7};
  const row rows[] = {
      {"0001", 1, brigo_mercurio, 0.05, 0.922693, 1, 2, 0.027144713750745897},
      {"0004", -1, brigo_mercurio, 0.05, 0.755437, 2, 7, 0.006960905208586277},
      {"0005", 1, brigo_mercurio, 0.05, 0.794377, 2, 7, 0.009598353672620963},
      {"0014", 1, second, 0.04875825, 0.595686, 5, 15, 0.02722175170962282},
      {"0021", -1, third, 0.03, 0.877922, 2, 7, 0.02221868317579101},
  };
  for (const row& r : rows) {
    const auto p = flat(r.m, r.rate, {0.5 * r.expiry, r.expiry});
    const process::bond b = process::bond_at(r.m, r.expiry, r.maturity);
    const auto value = [&](const test::normal_numbers& z) {
      const auto out = test::walk(p, z).back();
      const double bond = price(b, r.rate, r.maturity - r.expiry, out[0], out[1]);
      return std::pair{out[2] * std::max(0.0, r.sign * (bond - r.strike)), out[2] * bond - std::exp(-r.rate * r.maturity)};
    };
    const test::sample_mean mc = test::mean_over(50000, 6, value);
    EXPECT_WITHIN_STDERR(mc, r.expected, 4.0) << r.id;
    EXPECT_LT(mc.standard_error, 0.005 * r.expected) << r.id;
  }
}

} // namespace
} // namespace dojima
