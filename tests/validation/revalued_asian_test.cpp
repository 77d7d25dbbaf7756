// The control variate by which revaluation under scenarios values Asian options, against data/reference.
#include "models/closed_form/geometric_average.hpp"
#include "models/payoff/asian.hpp"
#include "models/random/normal.hpp"
#include "tests/support.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

TEST(revalued, asian_arithmetic_discrete) {
  constexpr int pairs = 4000;
  test::reference_rows rows("asian_arithmetic_discrete");
  std::uint32_t stream = 0;
  rows.for_each([&](const test::reference_row& r) {
    if (r["payoff"] != "average_price") return rows.skip("payoff " + r["payoff"]);
    const lognormal_asset asset{r.number("spot"), r.number("rate"), r.number("dividend_yield"), r.number("volatility")};
    const double strike = r.number("strike"), maturity = r.number("maturity");
    const auto times = spaced(r.number("first_fixing"), r.number("last_fixing"), std::stoi(r["fixings"]));
    const geometric_average g = average_over(asset, times);
    std::vector<double> level, path(times.size());
    for (const double t : times) level.push_back(asset.spot * std::exp(asset.log_mean(t)));
    double log_mean = 0;
    for (const double x : level) log_mean += std::log(x) / static_cast<double>(times.size());
    ++stream;
    double sum = 0, squares = 0;
    for (std::uint64_t p = 0; p < pairs; ++p) {
      double z[4], w = 0, before = 0;
      for (std::size_t f = 0; f < times.size(); ++f) {
        if (f % 4 == 0) normals_at(7, stream, p, static_cast<std::uint32_t>(f / 4), z);
        path[f] = w += std::sqrt(times[f] - before) * z[f % 4];
        before = times[f];
      }
      const double x = asian_pair_residual(
          static_cast<int>(times.size()), asset.volatility, 1.0, strike, r.sign(), std::exp(log_mean),
          [&](int f) { return level[static_cast<std::size_t>(f)]; }, [&](int f) { return path[static_cast<std::size_t>(f)]; });
      sum += x;
      squares += x * x;
    }
    const double mean = sum / pairs,
                 error = asset.discount(maturity) * std::sqrt((squares / pairs - mean * mean) / (pairs - 1));
    const double value = asset.discount(maturity) * mean + average_price_value(asset, g, strike, maturity, r.sign());
    rows.expect_near(r, value, r.number("abs_tolerance") + 4 * error);
  });
}

} // namespace
} // namespace dojima
