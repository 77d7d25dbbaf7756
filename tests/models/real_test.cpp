// The accuracy that models/real.hpp states, measured against 50-digit arithmetic.
#include "models/real.hpp"
#include "tests/support.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>

#include <limits>
#include <numbers>
#include <random>

namespace dojima {
namespace {

using wide = boost::multiprecision::cpp_bin_float_50;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double relative_error(double actual, const wide& exact) { return static_cast<double>(abs((wide(actual) - exact) / exact)); }
/// In units of the last place of the exact value.
double ulp_error(double actual, const wide& exact) {
  const double nearest = static_cast<double>(exact);
  const double unit = std::max(std::ldexp(1.0, std::ilogb(nearest) - 52), std::numeric_limits<double>::denorm_min());
  return static_cast<double>(abs(wide(actual) - exact) / unit);
}
/// Phi(-x) for x >= 0.
wide upper_tail(double x) { return boost::math::erfc(wide(x) / sqrt(wide(2))) / 2; }

struct worst {
  double error = 0, at = 0;
  void add(double e, double x) {
    if (!(e <= error)) error = e, at = x;
  }
};
std::ostream& operator<<(std::ostream& out, const worst& w) {
  return out << w.error << " at " << std::setprecision(17) << w.at << std::setprecision(6);
}

std::mt19937_64 generator(1);
double uniform(double a, double b) { return std::uniform_real_distribution<>(a, b)(generator); }

TEST(real, exp_is_within_one_ulp) {
  worst w;
  const auto check = [&](double x) { w.add(ulp_error(exp(x), exp(wide(x))), x); };
  for (int i = 0; i < 40000; ++i) check(uniform(-708, 709.7));
  for (int i = 0; i < 20000; ++i) check(uniform(-1, 1));
  for (int n = -1020; n <= 1022; ++n) { // either side of the places where the reduced argument changes sign
    const double x = (n + 0.5) * std::numbers::ln2;
    check(x), check(std::nextafter(x, -inf)), check(std::nextafter(x, inf));
  }
  for (const double x : {-708.0, 709.7, 0.0, -0.0, 1e-17, -1e-17, 5e-324, -2.2e-308}) check(x);
  EXPECT_LT(w.error, 1.0) << w;
  std::cout << "exp: " << w << " ulp\n";
}

TEST(real, exp_both_is_within_2_1_ulp) {
  worst w;
  const auto check = [&](double x) {
    double plus, minus;
    exp_both(x, plus, minus);
    w.add(ulp_error(plus, exp(wide(x))), x);
    w.add(ulp_error(minus, exp(-wide(x))), x);
  };
  for (int i = 0; i < 20000; ++i) check(uniform(-700, 700)), check(uniform(-1, 1));
  for (int n = -1009; n <= 1008; ++n) check((n + 0.5) * std::numbers::ln2);
  for (const double x : {-700.0, 700.0, 0.0, -0.0, 5e-324}) check(x);
  EXPECT_LT(w.error, 2.1) << w;
  std::cout << "exp_both: " << w << " ulp\n";
  double plus, minus, plus_end, minus_end;
  exp_both(700.0, plus_end, minus_end);
  exp_both(inf, plus, minus);
  EXPECT_EQ(plus, plus_end);
  EXPECT_EQ(minus, minus_end);
  exp_both(nan, plus, minus);
  EXPECT_TRUE(std::isnan(plus));
  EXPECT_TRUE(std::isnan(minus));
}

TEST(real, exp_at_its_edges) {
  EXPECT_EQ(exp(0.0), 1.0);
  EXPECT_EQ(exp(-0.0), 1.0);
  EXPECT_EQ(exp(std::nextafter(-708.0, -inf)), 0.0);
  EXPECT_EQ(exp(-inf), 0.0);
  EXPECT_EQ(exp(std::nextafter(709.7, inf)), inf);
  EXPECT_EQ(exp(inf), inf);
  EXPECT_TRUE(std::isnan(exp(nan)));
  EXPECT_TRUE(std::isnan(exp(-nan)));
}

TEST(real, log_is_within_2_5_ulp) {
  worst w;
  const auto check = [&](double x) {
    if (x != 1.0) w.add(ulp_error(log(x), log(wide(x))), x);
  };
  for (int i = 0; i < 30000; ++i) check(std::ldexp(uniform(1, 2), std::uniform_int_distribution<>(-1022, 1023)(generator)));
  for (int i = 0; i < 30000; ++i) check(uniform(0.5, 2));
  for (int i = 0; i < 10000; ++i) check(1 + uniform(-1, 1) * std::pow(2, uniform(-52, 0)));
  for (int e = -1022; e <= 1023; ++e)
    for (const double m :
         {1.0, std::numbers::sqrt2, std::nextafter(std::numbers::sqrt2, 2.0), std::nextafter(std::numbers::sqrt2, 1.0)})
      check(std::ldexp(m, e));
  for (const double x : {std::numeric_limits<double>::min(), std::numeric_limits<double>::max(), std::nextafter(1.0, 0.0),
                         std::nextafter(1.0, 2.0)})
    check(x);
  EXPECT_LT(w.error, 2.5) << w;
  EXPECT_EQ(log(1.0), 0.0);
  std::cout << "log: " << w << " ulp\n";
}

TEST(real, log_at_its_edges) {
  for (const double x : {0.0, -0.0, -1.0, -inf, nan, -nan, -5e-324}) EXPECT_TRUE(std::isnan(log(x))) << x;
}

TEST(real, mills_ratio_is_within_its_relative_error) {
  worst w;
  const auto check = [&](double x) {
    const wide density = exp(-wide(x) * wide(x) / 2) / sqrt(2 * boost::math::constants::pi<wide>());
    w.add(relative_error(mills_ratio(x), upper_tail(x) / density), x);
  };
  for (int i = 0; i < 1500; ++i) check(uniform(0, 40)), check(uniform(0, 4));
  for (const double x : {0.0, 4.0, 40.0, 5e-324}) check(x);
  EXPECT_LT(w.error, 1e-15) << w;
  std::cout << "mills_ratio: " << w << " relative\n";
}

TEST(real, mills_ratios_of_two_agree_with_one) {
  for (int i = 0; i < 20000; ++i) {
    const double x = uniform(0, 40), y = uniform(0, 40);
    double rx, ry;
    mills_ratios(x, y, rx, ry);
    ASSERT_NEAR(rx / mills_ratio(x), 1, 1e-15) << x << ' ' << y;
    ASSERT_NEAR(ry / mills_ratio(y), 1, 1e-15) << x << ' ' << y;
  }
}

TEST(real, norm_cdf_keeps_relative_accuracy_in_the_lower_tail) {
  worst w;
  const auto check = [&](double x) { w.add(relative_error(norm_cdf(x), x > 0 ? 1 - upper_tail(x) : upper_tail(-x)), x); };
  for (int i = 0; i < 1500; ++i) check(uniform(-37.5, 9)), check(uniform(-4, 4));
  for (const double x : {0.0, -0.0, 1e-300, -1e-300, -37.5, 8.3}) check(x);
  EXPECT_LT(w.error, 1e-15) << w;
  std::cout << "norm_cdf: " << w << " relative\n";
}

TEST(real, norm_cdf_at_its_edges) {
  EXPECT_NEAR(norm_cdf(0.0), 0.5, 2e-16);
  for (const double x : {9.0, 38.0, 41.0, 1e10, 1e150}) {
    EXPECT_EQ(norm_cdf(x), 1.0) << x;
    EXPECT_GE(norm_cdf(-x), 0.0) << x;
    EXPECT_LE(norm_cdf(-x), 1.2e-19) << x;
  }
  EXPECT_TRUE(std::isnan(norm_cdf(nan)));
}

TEST(real, norm_cdf_increases) {
  for (double x = -37.5, before = 0; x < 9; x += 0.0037) {
    const double now = norm_cdf(x);
    ASSERT_GE(now, before) << x;
    before = now;
  }
}

TEST(real, sincos_turn_is_within_its_absolute_error) {
  worst w;
  const auto check = [&](std::uint32_t turn) {
    double sine, cosine;
    sincos_turn(turn, sine, cosine);
    const wide angle = 2 * boost::math::constants::pi<wide>() * turn / wide(4294967296.0);
    w.add(static_cast<double>(abs(sine - sin(angle))), turn);
    w.add(static_cast<double>(abs(cosine - cos(angle))), turn);
  };
  for (int i = 0; i < 8000; ++i) check(static_cast<std::uint32_t>(generator()));
  for (std::uint32_t eighth = 0; eighth < 8; ++eighth)
    for (const std::uint32_t near : {0u, 1u, 0xffffffffu}) check((eighth << 29) + near);
  EXPECT_LT(w.error, 2e-16) << w;
  std::cout << "sincos_turn: " << w << " absolute\n";
}

TEST(real, min_and_max_keep_a_nan_in_the_first_argument) {
  EXPECT_TRUE(std::isnan(min(nan, 1.0)));
  EXPECT_TRUE(std::isnan(max(nan, 1.0)));
  EXPECT_EQ(min(2.0, 1.0), 1.0);
  EXPECT_EQ(max(2.0, 1.0), 2.0);
}

TEST(reference, normal_cdf) {
  test::reference_rows rows("normal_cdf");
  rows.for_each([&](const test::reference_row& r) {
    const double x = r.number("x");
    if (x < -37.6) return rows.skip("below -37.6, where exp ends: the density is 0");
    const bool cdf = r["quantity"] == "cdf";
    rows.expect_near(r, cdf ? norm_cdf(x) : norm_pdf(x), r.number("abs_tolerance") + 1e-15 * r.number("expected"));
  });
}

} // namespace
} // namespace dojima
