// The draws of a step: errors of the radius and of the angle in double precision.
#include "models/process/draws.hpp"
#include "models/process/heston.hpp"
#include "tests/support.hpp"

#include <algorithm>
#include <numbers>

namespace dojima {
namespace {

/// All words near 0 and 2^32 - 1, and many between them.
template <class See> void for_words(const See& see) {
  for (std::uint64_t i = 0; i < 2000; ++i) see(i), see(0xffffffffu - i), see(0x80000000u - 1000 + i);
  for (std::uint64_t i = 0; i < 300000; ++i) see(i * 2654435761u & 0xffffffffu);
}

TEST(draws, radius_is_that_of_the_uniform) {
  double worst = 0;
  for_words([&](std::uint64_t w) {
    const double got = minus_two_log(static_cast<double>(w) + 0.5, 32);
    const long double u = (static_cast<long double>(w) + 0.5L) / 4294967296.0L;
    const long double exact = w >= 0x80000000u ? -2 * std::log1p(u - 1) : -2 * std::log(u);
    worst = std::max(worst, static_cast<double>(std::abs((got - exact) / exact)));
  });
  std::cout << "-2 ln u: " << worst << " relative\n";
  EXPECT_LT(worst, 3.5e-16);
}

TEST(draws, sine_and_cosine_are_those_of_the_word) {
  double worst = 0;
  for_words([&](std::uint64_t w) {
    double s, c;
    sincos_of_low_half(w, s, c);
    const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(w) / 4294967296.0L;
    worst = std::max(
        {worst, static_cast<double>(std::abs(s - std::sin(angle))), static_cast<double>(std::abs(c - std::cos(angle)))});
  });
  std::cout << "sin, cos: " << worst << " absolute\n";
  EXPECT_LT(worst, 2e-16);
}

TEST(draws, corrections_near_one) {
  double log_worst = 0, quotient_worst = 0, single_worst = 0;
  for (int i = -1000; i <= 1000; ++i) {
    const double s = i / 31000.0, y = i / 32000.0;
    log_worst = std::max(log_worst, std::abs(log_near_one(s) - std::log1p(s)));
    single_worst = std::max(single_worst, std::abs(log_near_one(single(s)).v - std::log1p(static_cast<double>(single(s).v))));
    quotient_worst = std::max(quotient_worst, std::abs(over_near_one(3.0, y) / (3.0 / (1 - y)) - 1));
  }
  EXPECT_LT(log_worst, 3e-17 + 4e-18);
  EXPECT_LT(single_worst, 1.2e-8);
  EXPECT_LT(quotient_worst, 5e-16);
}

} // namespace
} // namespace dojima
