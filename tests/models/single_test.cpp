// The accuracy that models/single.hpp states, measured against double precision, and its random numbers against those of
// double.
#include "models/process/draws.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <numbers>

namespace dojima {
namespace {

/// In units of the last place of the exact value.
double ulp_error(float actual, double exact) { return std::abs(actual - exact) / std::ldexp(1.0, std::ilogb(exact) - 23); }

/// The largest error over every `stride`-th float between two of equal sign.
double worst_ulp(const char* name, float from, float to, std::uint32_t stride, const std::function<single(single)>& f,
                 const std::function<double(double)>& exact) {
  double worst = 0, at = 0;
  std::uint32_t a = to_bits(single(from)), b = to_bits(single(to));
  if (a > b) std::swap(a, b);
  for (std::uint64_t bits = a; bits <= b; bits += stride) {
    const single x = from_bits(static_cast<std::uint32_t>(bits));
    const double e = ulp_error(f(x).v, exact(x.v));
    if (!(e <= worst)) worst = e, at = x.v;
  }
  std::cout << name << ": " << worst << " ulp at " << at << '\n';
  return worst;
}

TEST(single, functions_are_within_their_stated_errors) {
  const auto power = [](single x) { return power_of_two(x); };
  const auto power_exact = [](double x) { return std::exp2(x); };
  EXPECT_LT(worst_ulp("power_of_two", 1e-9F, 125.9F, 101, power, power_exact), 1);
  EXPECT_LT(worst_ulp("power_of_two", -1e-9F, -125.9F, 101, power, power_exact), 1);
  const auto exponential = [](single x) { return exp(x); };
  const auto exponential_exact = [](double x) { return std::exp(x); };
  EXPECT_LT(worst_ulp("exp", 1e-9F, 88.0F, 101, exponential, exponential_exact), 1.3);
  EXPECT_LT(worst_ulp("exp", -1e-9F, -87.0F, 101, exponential, exponential_exact), 1.3);
  const auto logarithm = [](single x) { return log(x); };
  const auto logarithm_exact = [](double x) { return std::log(x); };
  EXPECT_LT(worst_ulp("log", 1.1754944e-38F, 3.4e38F, 1009, logarithm, logarithm_exact), 1.2);
  EXPECT_LT(worst_ulp("log", 0.5F, 2.0F, 11, logarithm, logarithm_exact), 1.2);
  const auto density = [](single x) { return norm_pdf(x); };
  const auto density_exact = [](double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); };
  EXPECT_LT(worst_ulp("norm_pdf", 1e-6F, 13.0F, 101, density, density_exact), 3);
}

TEST(single, norm_cdf_is_within_its_stated_error) {
  double worst = 0;
  for (double x = -13; x < 10; x += 1e-4) {
    const single y(x);
    const double exact = 0.5 * std::erfc(-y.v / std::numbers::sqrt2);
    worst = std::max(worst, std::abs(norm_cdf(y).v / exact - 1));
  }
  std::cout << "norm_cdf: " << worst << '\n';
  EXPECT_LT(worst, 5e-7);
}

TEST(single, functions_keep_their_edges) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(exp(single(0.0)).v, 1);
  EXPECT_EQ(exp(single(-88.0)).v, 0);
  EXPECT_EQ(exp(single(89.0)).v, inf);
  EXPECT_EQ(power_of_two(single(-3.0)).v, 0.125F);
  EXPECT_EQ(log(single(1.0)).v, 0);
  EXPECT_TRUE(std::isnan(log(single(0.0)).v) && std::isnan(log(single(-1.0)).v) && std::isnan(log(single(nan)).v));
  EXPECT_TRUE(std::isnan(max(single(nan), single(0.0)).v) && std::isnan(min(single(nan), single(0.0)).v));
  EXPECT_EQ(max(single(0.0), single(nan)).v, 0);
}

TEST(single, sines_and_cosines_of_words) {
  double worst = 0;
  for (std::uint64_t w = 0; w < 1ull << 32; w += 4093) {
    single sine, cosine;
    sincos_of_word(static_cast<std::uint32_t>(w), sine, cosine);
    const double angle = static_cast<double>(w) * std::ldexp(2 * std::numbers::pi, -32);
    worst = std::max({worst, std::abs(sine.v - std::sin(angle)), std::abs(cosine.v - std::cos(angle))});
  }
  std::cout << "sin, cos: " << worst << '\n';
  EXPECT_LT(worst, 2.1e-7);
}

TEST(single, uniforms_stay_above_zero) {
  EXPECT_EQ(uniform32<single>(0u).v, std::ldexp(1.0F, -33));
  EXPECT_EQ(uniform32<single>(0xffffffffu).v, 1);
}

TEST(single, reads_a_table) {
  const float table[] = {1, 2, 4, 8};
  EXPECT_EQ(gather(table, single(2.0)).v, 4);
}

/// The normals of one block of a path.
template <class Real> std::array<double, 4> normals_of(std::uint32_t path, std::uint32_t block) {
  word_of<Real> w[4] = {path, block, 0, 3};
  philox_rounds(w, 42, 7);
  draws<Real, 1, 0> d[4];
  make_draws(w, d);
  std::array<double, 4> z;
  for (std::size_t s = 0; s < 4; ++s)
    if constexpr (single_precision<Real>) z[s] = d[s].z[0].v;
    else z[s] = d[s].z[0];
  return z;
}

/// Where the uniform is close to 1, and the radius to 0, the rounding of the uniform shows.
TEST(single, normals_are_those_of_double_rounded) {
  constexpr int paths = 1 << 20;
  double sums[5] = {}, worst = 0;
  for (std::uint32_t p = 0; p < paths; ++p) {
    const std::array<double, 4> a = normals_of<single>(p, 5), b = normals_of<double>(p, 5);
    for (std::size_t s = 0; s < 4; ++s) {
      const double radius = std::hypot(b[s], b[s ^ 1]);
      worst = std::max(worst, std::abs(a[s] - b[s]) / (radius + 1 / radius));
      for (int k = 1; k <= 4; ++k) sums[k] += std::pow(a[s], k);
    }
  }
  std::cout << "largest difference of normals: " << worst << " (radius + 1 / radius)" << '\n';
  EXPECT_LT(worst, 2.5e-7);
  const double n = 4.0 * paths, exact[] = {0, 0, 1, 0, 3}, variances[] = {0, 1, 2, 15, 96};
  for (int k = 1; k <= 4; ++k) EXPECT_LT(std::abs(sums[k] / n - exact[k]), 4 * std::sqrt(variances[k] / n)) << "moment " << k;
}

} // namespace
} // namespace dojima
