#include "market/bootstrap.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dojima/error.hpp"

namespace {

using namespace dojima;

/// A swap that pays `rate` each year up to a whole number of years.
curve_instrument swap(double years, double rate) {
  return {"swap", years, -rate * years, [=](const curve& c) {
            double value = c.discount(years) - 1.0;
            for (double t = years; t > 0.5; t -= 1.0) value += rate * c.discount(t);
            return value;
          }};
}

TEST(bootstrap, solves_in_order_of_time_and_reprices) {
  const std::vector<curve_instrument> swaps{swap(10, 0.04), swap(1, -0.005), swap(3, 0.02)};
  for (const curve_interpolation linear : {curve_interpolation::log_discount, curve_interpolation::zero_rate}) {
    const curve c = bootstrap(swaps, linear);
    EXPECT_EQ(c.times(), (std::vector{1.0, 3.0, 10.0}));
    EXPECT_EQ(c.linear(), linear);
    EXPECT_NEAR(c.log_discount(1.0), -std::log1p(-0.005), 1e-14);
    for (const curve_instrument& s : swaps) EXPECT_NEAR(s.excess(c), 0.0, 1e-14);
  }
}

TEST(bootstrap, names_what_does_not_fit) {
  EXPECT_THROW(bootstrap({swap(1, 0.02), swap(1, 0.03)}), input_error);
  curve_instrument never = swap(2, 0.01);
  never.name = "the quote of nothing";
  never.excess = [](const curve&) { return 1.0; };
  try {
    bootstrap({never});
    FAIL();
  } catch (const input_error& e) {
    EXPECT_NE(std::string(e.what()).find("the quote of nothing"), std::string::npos) << e.what();
  }
}

} // namespace
