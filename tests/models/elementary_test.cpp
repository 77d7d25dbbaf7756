// The accuracy and the special values that models/elementary.hpp states, against the table that data/make_elementary.py writes.
#include "models/elementary.hpp"
#include "tests/support.hpp"

#include <functional>
#include <limits>
#include <random>

namespace dojima {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

struct function {
  std::function<double(double, double)> value; ///< the second argument is pow's alone
  double bound;                                ///< in units of the last place
};

const std::map<std::string, function>& functions() {
#define DOJIMA_ROW(name, bound)                             \
  {                                                         \
#name, {                                                \
      [](double x, double) { return ieee::name(x); }, bound \
    }                                                       \
  }
  static const std::map<std::string, function> rows{
      DOJIMA_ROW(exp, 1.0),
      DOJIMA_ROW(expm1, 1.3),
      DOJIMA_ROW(log, 0.9),
      DOJIMA_ROW(log1p, 0.9),
      DOJIMA_ROW(cbrt, 0.51),
      DOJIMA_ROW(sin, 0.9),
      DOJIMA_ROW(cos, 0.9),
      DOJIMA_ROW(tan, 1.0),
      DOJIMA_ROW(tanh, 1.3),
      DOJIMA_ROW(erf, 1.0),
      DOJIMA_ROW(erfc, 0.9),
      DOJIMA_ROW(norm_cdf, 0.9),
      DOJIMA_ROW(inverse_norm_cdf, 4.0),
      {"pow", {[](double x, double y) { return ieee::pow(x, y); }, 0.9}},
  };
#undef DOJIMA_ROW
  return rows;
}

/// Like std::stod, which takes subnormal numbers for an error.
double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

double unit_of(double x) {
  return x == 0 ? std::numeric_limits<double>::denorm_min()
                : std::max(std::ldexp(1.0, std::ilogb(x) - 52), std::numeric_limits<double>::denorm_min());
}

/// Distance of `actual` from expected + rest units, in units; infinite where they are of another kind.
double ulp_error(double actual, double expected, double rest) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual) ? 0 : inf;
  if (std::isinf(expected) && actual == expected) return 0;
  if (std::isinf(expected) || std::isinf(actual)) return inf;
  if (std::signbit(actual) != std::signbit(expected)) return inf;
  return std::abs((actual - expected) / unit_of(expected) - rest);
}

struct worst {
  double error = 0;
  std::string at;
  std::size_t rows = 0;
};

TEST(elementary, table) {
  std::vector<rejection> rejected;
  std::vector<input_file> files;
  const io::table table = io::read_csv(test::data_directory() / "reference" / "elementary_functions.csv", rejected, files);
  ASSERT_TRUE(rejected.empty()) << to_string(rejected.front());
  std::map<std::string, worst> all;
  for (const io::row& r : table.rows) {
    const test::reference_row row(table, r);
    const std::string& name = row["function"];
    const double x = number(row["x"]), y = number(row["y"]), expected = number(row["expected"]);
    const function& f = functions().at(name);
    const double actual = f.value(x, y), error = ulp_error(actual, expected, number(row["rest"]));
    EXPECT_LE(error, f.bound) << std::setprecision(17) << name << '(' << row["x"] << ' ' << row["y"] << ") = " << actual
                              << ", expected " << expected << " (line " << r.line << ')';
    worst& w = all[name];
    ++w.rows;
    if (error > w.error) w.error = error, w.at = row["x"] + ' ' + row["y"];
  }
  EXPECT_EQ(all.size(), functions().size());
  for (const auto& [name, w] : all) {
    EXPECT_GT(w.rows, 300u) << name;
    std::cout << name << ": " << w.rows << " rows, worst " << w.error << " ulp at " << w.at << '\n';
  }
}

std::vector<double> random_numbers(double low, double high, int count) {
  std::mt19937_64 generator(3);
  std::uniform_real_distribution<> uniform(low, high);
  std::vector<double> numbers(static_cast<std::size_t>(count));
  for (double& x : numbers) x = uniform(generator);
  return numbers;
}

TEST(elementary, odd_functions_are_odd_to_the_bit) {
  for (const char* name : {"cbrt", "sin", "tan", "tanh", "erf"})
    for (const double x : random_numbers(-30, 30, 2000)) {
      const auto& f = functions().at(name).value;
      ASSERT_TRUE(test::same_bits(f(-x, 0), -f(x, 0))) << name << ' ' << x;
    }
  for (const double x : random_numbers(-1e7, 1e7, 2000)) ASSERT_TRUE(test::same_bits(ieee::cos(-x), ieee::cos(x))) << x;
}

/// Either side of the places where the formula changes, function by function.
TEST(elementary, no_step_back_where_the_formula_changes) {
  const auto check = [](const char* name, double place, double direction) {
    const auto& f = functions().at(name).value;
    double x = place;
    for (int i = 0; i < 500; ++i) x = std::nextafter(x, -inf);
    double before = f(x, 0);
    for (int i = 0; i < 1000; ++i) {
      x = std::nextafter(x, inf);
      const double now = f(x, 0), back = (before - now) * direction / unit_of(now);
      ASSERT_LE(back, 2.0) << name << " at " << std::setprecision(17) << x;
      before = now;
    }
  };
  for (const double place : {-0.29, 0.41}) check("log1p", place, 1);
  for (const double place : {-0.5, 0.5}) check("erf", place, 1), check("erfc", place, -1);
  for (const double place : {-0.7, 0.7}) check("norm_cdf", place, 1);
  for (const double place : {0.075, 0.925, 1.3887943864964021e-11}) check("inverse_norm_cdf", place, 1);
  for (const double place : {1e-17, 22.0, 37.5, -40.0}) check("expm1", place, 1), check("tanh", place, 1);
  for (const double place : {-708.3964185322641, 709.0}) check("exp", place, 1);
}

TEST(elementary, huge_angles_agree_with_moderate_ones) {
  // sin^2 + cos^2 = 1 and the doubled angle tie the two ways of reducing an angle together across 2^20.
  for (const double x : random_numbers(0.5 * 1048576.0, 1048576.0, 5000)) {
    const double s = ieee::sin(x), c = ieee::cos(x);
    ASSERT_NEAR(ieee::sin(2 * x), 2 * s * c, 5e-16) << x;
    ASSERT_NEAR(ieee::cos(2 * x), (c - s) * (c + s), 5e-16) << x;
    ASSERT_NEAR(s * s + c * c, 1, 5e-16) << x;
  }
}

TEST(elementary, inverse_norm_cdf_undoes_norm_cdf) {
  for (const double x : random_numbers(-37, 0, 5000)) {
    const double p = ieee::norm_cdf(x), allowed = 1e-15 * (1 + 1 / std::abs(x) + 1 / (x * x));
    ASSERT_NEAR(ieee::inverse_norm_cdf(p) / x, 1, allowed) << x;
  }
}

} // namespace
} // namespace dojima
