#include "dojima/validation/result.hpp"

#include <cmath>
#include <limits>

#include "tests/support.hpp"

namespace dojima {
namespace {

road_value road(const char* name, double value, double standard_error = 0, double uncertainty = 0, const char* mark = "") {
  return {name, value, standard_error, uncertainty, mark};
}
validated judged(std::vector<road_value> roads, double threshold = validation_threshold) {
  validated item{"T1", "book", "european", "black_scholes", "value", std::move(roads)};
  judge(item, threshold);
  return item;
}

TEST(judge, allows_so_many_standard_errors_of_the_difference_and_both_uncertainties) {
  // hypot(0.3, 0.4) = 0.5: four of them and 0.1 + 0.2.
  const auto item = [](double difference) {
    return judged({road("cpu", 10 + difference, 0.3, 0.1), road("table", 10, 0.4, 0.2)});
  };
  const validated inside = item(2.29), outside = item(-2.31);
  EXPECT_EQ(inside.outcome, verdict::passed) << inside.reason;
  EXPECT_EQ(inside.reason, "");
  ASSERT_EQ(inside.comparisons.size(), 1u);
  const comparison& c = inside.comparisons[0];
  EXPECT_EQ(c.left + ' ' + c.right, "cpu table");
  EXPECT_NEAR(c.difference, 2.29, 1e-12);
  EXPECT_NEAR(c.limit, 2.3, 1e-12);
  EXPECT_NEAR(c.z.value(), 4.58, 1e-12);
  EXPECT_EQ(outside.outcome, verdict::failed);
  EXPECT_EQ(outside.reason, "cpu and table differ by -2.31, -4.62 standard errors, allowed is 2.3");
  EXPECT_EQ(judged({road("cpu", 12.31, 0.3, 0.1), road("table", 10, 0.4, 0.2)}, 5).outcome, verdict::passed);
}

TEST(judge, has_no_z_without_chance_and_counts_ulps) {
  const double next = std::nextafter(1.0, 2.0);
  const validated item = judged({road("cpu", next, 0, 1e-15), road("quantlib", 1)});
  EXPECT_EQ(item.outcome, verdict::passed);
  EXPECT_FALSE(item.comparisons[0].z);
  EXPECT_EQ(item.comparisons[0].ulps, 1);
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(judged({road("a", -tiny), road("b", tiny)}).comparisons[0].ulps, 2);
  EXPECT_EQ(judged({road("a", -0.0), road("b", 0.0)}).outcome, verdict::passed);
  EXPECT_EQ(judged({road("a", next), road("b", 1)}).outcome, verdict::failed) << "nothing is uncertain";
}

TEST(judge, holds_roads_to_their_promise_of_equal_bits) {
  const double next = std::nextafter(2.0, 3.0);
  const validated kept =
      judged({road("cpu", 2, 0.1, 0, "simulated"), road("cuda:0", 2, 0.1, 0, "simulated"), road("table", 2.1)});
  EXPECT_EQ(kept.outcome, verdict::passed) << kept.reason;
  ASSERT_EQ(kept.comparisons.size(), 2u) << "copies are not compared again";
  EXPECT_EQ(kept.comparisons[0].limit, 0);
  EXPECT_FALSE(kept.comparisons[0].z) << "the same paths are no chance";
  EXPECT_TRUE(kept.comparisons[1].z);
  const validated broken = judged({road("cpu", 2, 0.1, 0, "simulated"), road("cuda:0", next, 0.1, 0, "simulated")});
  EXPECT_EQ(broken.outcome, verdict::failed);
  EXPECT_NE(broken.reason.find("(1 ULP), no difference is allowed"), std::string::npos) << broken.reason;
  // Another mark is another promise.
  EXPECT_EQ(judged({road("cpu", 2, 0.1, 0, "simulated"), road("cpu formula", next, 0, 0, "formula")}).outcome, verdict::passed);
}

TEST(judge, names_what_is_not_finite_and_what_is_missing) {
  const validated nan = judged({road("cpu", std::nan("")), road("table", 1)});
  EXPECT_EQ(nan.outcome, verdict::failed);
  EXPECT_NE(nan.reason.find("cpu is nan"), std::string::npos) << nan.reason;
  EXPECT_EQ(judged({road("cpu", 1, std::nan("")), road("table", 1)}).outcome, verdict::failed)
      << "an error that is not finite would allow everything";

  road_value without = road("quantlib", 0);
  without.missing = "no engine";
  const validated alone = judged({road("cpu", 1), without});
  EXPECT_EQ(alone.outcome, verdict::skipped);
  EXPECT_EQ(alone.reason, "quantlib: no engine");
  EXPECT_TRUE(alone.comparisons.empty());
  EXPECT_EQ(judged({road("cpu", 1), without, road("table", 1)}).outcome, verdict::passed);
}

} // namespace
} // namespace dojima
