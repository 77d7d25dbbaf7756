#include "dojima/market/curve.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "dojima/error.hpp"
#include "dojima/market/market.hpp"
#include "io/csv.hpp"
#include "tests/support.hpp"

namespace {

using namespace dojima;

/// Price of a bond that pays a coupon of half of `y` at every half year counted back from maturity, the first in proportion.
double par_bond(const curve& c, double maturity, double y) {
  double price = c.discount(maturity);
  for (int k = 0; maturity - 0.5 * k > 1e-9; ++k) {
    const double t = maturity - 0.5 * k;
    price += c.discount(t) * y * (t < 0.5 ? t : 0.5);
  }
  return price;
}

void expect_par(const curve& c, const std::vector<double>& times, const std::vector<double>& yields) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double value = times[i] <= 0.5 ? c.discount(times[i]) * (1 + yields[i] * times[i]) : par_bond(c, times[i], yields[i]);
    EXPECT_NEAR(value, 1.0, 1e-12) << times[i] << " at " << yields[i];
  }
}

TEST(curve, bootstrap_reprices_its_bonds) {
  const std::vector<double> times{0.25, 0.5, 1, 1.25, 2, 5, 10, 30};
  const std::vector<std::vector<double>> sets{{0.04, 0.045, 0.047, 0.046, 0.043, 0.04, 0.038, 0.0398},
                                              {-0.005, -0.004, -0.003, -0.002, 0.0, 0.001, 0.004, 0.01},
                                              {0, 0, 0, 0, 0, 0, 0, 0},
                                              {0.001, 0.005, 0.01, 0.015, 0.03, 0.05, 0.065, 0.07},
                                              {0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15},
                                              {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}};
  for (const auto& yields : sets) expect_par(curve::from_par_yields(times, yields), times, yields);
}

TEST(curve, zero_rates_may_be_what_is_linear) {
  const curve c({1.0, 3.0}, {-0.02, -0.12}, curve_interpolation::zero_rate);
  EXPECT_DOUBLE_EQ(c.zero_rate(0.25), 0.02);
  EXPECT_DOUBLE_EQ(c.zero_rate(1.0), 0.02);
  EXPECT_DOUBLE_EQ(c.zero_rate(1.5), 0.025);
  EXPECT_DOUBLE_EQ(c.zero_rate(3.0), 0.04);
  EXPECT_DOUBLE_EQ(c.zero_rate(9.0), 0.04);
  EXPECT_DOUBLE_EQ(curve({1.0, 3.0}, {-0.02, -0.12}).log_discount(1.5), -0.045);
}

TEST(curve, carry_of_an_equity_is_its_dividend_curve_or_its_yield) {
  market m;
  underlying u;
  u.dividend_yield = 0.03;
  EXPECT_DOUBLE_EQ(m.log_carry(u, 2.0), -0.06);
  u.dividend_curve = curve({1.0, 3.0}, {-0.02, -0.12});
  EXPECT_DOUBLE_EQ(m.log_carry(u, 2.0), -0.07);
}

TEST(curve, flat_par_yields_give_their_compounded_rate) {
  const curve c = curve::from_par_yields(std::vector<double>{0.5, 1.0, 1.5, 2.0}, std::vector<double>(4, 0.06));
  for (const double t : {0.5, 1.0, 1.5, 2.0}) EXPECT_NEAR(c.discount(t), std::pow(1.03, -2 * t), 1e-13);
}

TEST(curve, bootstraps_the_treasury_curve_of_the_data) {
  const std::filesystem::path file = test::data_directory() / "market" / "curves.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  std::vector<rejection> rejected;
  std::vector<input_file> files;
  const io::table t = io::read_csv(file, rejected, files);
  std::vector<double> times, yields;
  for (const io::row& row : t.rows)
    if (row.fields[0] == "USD" && row.fields[3] == "par") {
      times.push_back(parse_tenor(row.fields[1])->years());
      yields.push_back(io::parse_number(row.fields[2]).value());
    }
  ASSERT_EQ(times.size(), 13u);
  const curve c = curve::from_par_yields(times, yields);
  expect_par(c, times, yields);
  for (double t = 0.1; t < 30; t += 0.1) EXPECT_LT(c.discount(t + 0.1), c.discount(t)) << t;
  EXPECT_NEAR(c.zero_rate(10), 0.0388, 0.002);
}

TEST(curve, is_linear_in_the_logarithm) {
  const curve c({1.0, 3.0}, {-0.02, -0.09});
  EXPECT_EQ(c.log_discount(0), 0.0);
  EXPECT_EQ(c.log_discount(-1), 0.0);
  EXPECT_EQ(c.discount(0), 1.0);
  EXPECT_DOUBLE_EQ(c.log_discount(0.25), -0.005);
  EXPECT_DOUBLE_EQ(c.log_discount(1.0), -0.02);
  EXPECT_DOUBLE_EQ(c.log_discount(2.0), -0.055);
  EXPECT_DOUBLE_EQ(c.log_discount(3.0), -0.09);
  EXPECT_DOUBLE_EQ(c.log_discount(6.0), -0.18); // the last zero rate, 3 %, goes on
  EXPECT_DOUBLE_EQ(c.zero_rate(100.0), 0.03);
  EXPECT_DOUBLE_EQ(c.zero_rate(0.0), 0.02);
  EXPECT_DOUBLE_EQ(c.discount(2.0), std::exp(-0.055));
}

TEST(curve, weights_give_the_same_bits) {
  const curve c({0.1, 0.7, 1.3, 4.9}, {-0.0013, -0.017, -0.041, -0.2});
  for (double t = -0.5; t < 12; t += 0.0371) {
    const curve_weights w = c.weights(t);
    EXPECT_EQ(w.weight_lo * c.log_discounts()[static_cast<std::size_t>(w.lo)] +
                  w.weight_hi * c.log_discounts()[static_cast<std::size_t>(w.hi)],
              c.log_discount(t))
        << t;
  }
  for (std::size_t i = 0; i < c.times().size(); ++i) EXPECT_EQ(c.log_discount(c.times()[i]), c.log_discounts()[i]);
}

TEST(curve, zero_rates_come_back) {
  const std::vector<double> times{0.5, 2, 10}, rates{0.01, -0.002, 0.03};
  const curve c = curve::from_zero_rates(times, rates);
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(c.zero_rate(times[i]), rates[i], 1e-16);
  EXPECT_DOUBLE_EQ(curve::flat(0.04).zero_rate(7.0), 0.04);
  EXPECT_DOUBLE_EQ(curve::flat(0.04).zero_rate(0.3), 0.04);
}

TEST(curve, refuses_bad_nodes) {
  EXPECT_THROW(curve({}, {}), input_error);
  EXPECT_THROW(curve({1.0}, {}), input_error);
  EXPECT_THROW(curve({0.0}, {0.0}), input_error);
  EXPECT_THROW(curve({1.0, 1.0}, {0.0, 0.0}), input_error);
  EXPECT_THROW(curve({2.0, 1.0}, {0.0, 0.0}), input_error);
  EXPECT_THROW(curve({1.0}, {std::nan("")}), input_error);
  EXPECT_THROW(curve({INFINITY}, {0.0}), input_error);
  EXPECT_THROW(curve::from_zero_rates(std::vector<double>{1.0, 2.0}, std::vector<double>{0.01}), input_error);
  EXPECT_THROW(curve::from_par_yields(std::vector<double>{1.0, 2.0}, std::vector<double>{0.01}), input_error);
  EXPECT_THROW(curve::from_par_yields(std::vector<double>{}, std::vector<double>{}), input_error);
}

TEST(curve, says_where_no_discount_factor_fits) {
  // Coupons of the early years alone are worth more than par.
  try {
    curve::from_par_yields(std::vector<double>{1.0, 30.0}, std::vector<double>{0.01, 4.5});
    FAIL() << "accepted";
  } catch (const input_error& problem) {
    EXPECT_NE(std::string(problem.what()).find("30"), std::string::npos) << problem.what();
    EXPECT_NE(std::string(problem.what()).find("percent"), std::string::npos) << problem.what();
  }
}

} // namespace
