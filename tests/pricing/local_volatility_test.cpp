// Local volatility of implied surfaces: SSVI, its fit and its limits, and what the process makes of it.
#include "dojima/error.hpp"
#include "dojima/pricing/local_volatility.hpp"
#include "models/closed_form/black.hpp"
#include "models/process/local_volatility.hpp"
#include "tests/message_of.hpp"
#include "tests/models/process/walk.hpp"

namespace dojima {
namespace {

const ssvi_surface equity{{0.25, 1.0, 2.0}, {0.012, 0.04, 0.085}, -0.6, 1.2, 0.4};
double forward(double time) { return 100.0 * std::exp(0.02 * time); }

/// Quotes at the surface's times, at the strikes of `log_moneyness`.
surface_volatility quotes_of(const ssvi_surface& s, const std::vector<double>& log_moneyness) {
  surface_volatility v;
  for (const double t : s.times) {
    v.smiles.push_back({t, {}, {}});
    for (const double k : log_moneyness) {
      v.smiles.back().strikes.push_back(forward(t) * std::exp(k));
      v.smiles.back().values.push_back(volatility_at(s, t, k));
    }
  }
  return v;
}

TEST(local_volatility_from, flat_and_term_volatilities_go_through) {
  const local_volatility_model flat = local_volatility_from(flat_volatility{0.2}, forward, 3.0).model;
  for (const auto& row : flat.values)
    for (const double v : row) EXPECT_EQ(v, 0.2);
  // Total variance 0.04 at 1, 0.10 at 2, then 0.05 a year.
  const local_volatility_model term =
      local_volatility_from(term_volatility{{1.0, 2.0}, {0.2, std::sqrt(0.05)}}, forward, 3.0).model;
  ASSERT_EQ(term.times.size(), 3u);
  EXPECT_NEAR(term.values[0][0], 0.2, 1e-15);
  EXPECT_NEAR(term.values[1][0], std::sqrt(0.06), 1e-15);
  EXPECT_NEAR(term.values[2][1], std::sqrt(0.05), 1e-15);
}

TEST(local_volatility_from, the_process_reprices_the_surface) {
  const local_volatility_model m = local_volatility_from(equity, 1.0);
  const int steps = 100;
  const std::vector<grid_step> grid = test::even_grid(100.0, 0.02, 1.0, steps);
  const auto p = prepared<local_volatility<double>>(local_volatility<double>::prepare(m, 100.0, grid));
  for (const double time : {0.25, 1.0})
    for (const double k : {-0.2, -0.1, 0.0, 0.1}) {
      const std::size_t last = static_cast<std::size_t>(std::lround(time * steps)) - 1;
      const double f = forward(time), strike = f * std::exp(k), sign = k < 0.0 ? -1.0 : 1.0;
      const double constant = 0.2 * std::sqrt(time), control = black_legs(f, strike, -k, constant, sign);
      const test::sample_mean mc = test::mean_over(20000, steps, [&](const test::normal_numbers& z) {
        double sum = 0.0;
        for (std::size_t i = 0; i <= last; ++i) sum += z[i];
        const double other = f * std::exp(constant * (sum / std::sqrt(static_cast<double>(last + 1)) - 0.5 * constant));
        return std::pair{std::max(0.0, sign * (test::walk(p, z)[last][0] - strike)),
                         std::max(0.0, sign * (other - strike)) - control};
      });
      const double sigma = volatility_at(equity, time, k), deviation = sigma * std::sqrt(time);
      const double vega = strike * norm_pdf(-k / deviation - 0.5 * deviation) * std::sqrt(time);
      EXPECT_NEAR(mc.value, black_legs(f, strike, -k, deviation, sign), 3.0 * mc.standard_error + 0.0012 * vega)
          << time << ' ' << k;
    }
}

TEST(fit_ssvi, finds_the_surface_of_its_own_quotes) {
  const ssvi_fit fit = fit_ssvi(quotes_of(equity, {-0.4, -0.2, -0.1, 0.0, 0.1, 0.2}), forward);
  EXPECT_TRUE(fit.warnings.empty());
  EXPECT_LT(fit.largest_error, 1e-6);
  EXPECT_NEAR(fit.surface.rho, equity.rho, 1e-4);
  EXPECT_NEAR(fit.surface.eta, equity.eta, 1e-3);
  EXPECT_NEAR(fit.surface.gamma, equity.gamma, 1e-3);
}

TEST(fit_ssvi, stays_without_arbitrage_and_says_what_it_misses) {
  ssvi_surface steep = equity;
  steep.eta = 2.5; // butterflies have negative prices far out
  const ssvi_fit fit = fit_ssvi(quotes_of(steep, {-0.4, -0.2, -0.1, 0.0, 0.1, 0.2}), forward);
  EXPECT_NO_THROW(check(fit.surface));
  ASSERT_FALSE(fit.warnings.empty());
  EXPECT_NE(fit.warnings.back().find("SSVI misses a quote by"), std::string::npos);
}

TEST(fit_ssvi, names_quotes_that_contradict_each_other) {
  surface_volatility v = quotes_of(equity, {-0.2, -0.1, 0.0, 0.1, 0.2});
  v.smiles[1].values[1] += 0.05;
  const ssvi_fit butterfly = fit_ssvi(v, forward);
  ASSERT_FALSE(butterfly.warnings.empty());
  EXPECT_NE(butterfly.warnings.front().find("a butterfly around it has a negative price"), std::string::npos);
  v = quotes_of(equity, {-0.2, -0.1, 0.0, 0.1, 0.2});
  v.smiles[1].values[4] = 0.05;
  bool calendar = false;
  for (const std::string& warning : fit_ssvi(v, forward).warnings)
    calendar |= warning.find("a calendar spread") != std::string::npos;
  EXPECT_TRUE(calendar);
  v.smiles[1].values = std::vector<double>(5, 0.1);
  EXPECT_NE(test::message_of<input_error>([&] { fit_ssvi(v, forward); }).find("total variance at the money"),
            std::string::npos);
}

TEST(ssvi, limits_are_those_of_its_theorems) {
  const auto surface = [](double rho, double eta, double gamma) { return ssvi_surface{{1.0}, {0.04}, rho, eta, gamma}; };
  EXPECT_NO_THROW(check(surface(-0.6, 2.0 / std::sqrt(1.6), 0.5)));
  EXPECT_NO_THROW(check(surface(0.0, 3.99, 0.0)));
  const auto problem = [](const ssvi_surface& s) { return test::message_of<input_error>([&] { check(s); }); };
  EXPECT_NE(problem(surface(-0.6, 2.0001 / std::sqrt(1.6), 0.5)).find("eta"), std::string::npos);
  EXPECT_NE(problem(surface(0.0, 4.01, 0.0)).find("eta"), std::string::npos);
  EXPECT_NE(problem(surface(0.0, 1.0, 0.6)).find("gamma"), std::string::npos);
  EXPECT_NE(problem(surface(-1.0, 1.0, 0.5)).find("rho"), std::string::npos);
}

} // namespace
} // namespace dojima
