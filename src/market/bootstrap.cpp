#include "market/bootstrap.hpp"

#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <cstdint>

#include "dojima/error.hpp"

namespace dojima {

curve bootstrap(std::vector<curve_instrument> instruments, curve_interpolation linear) {
  std::stable_sort(instruments.begin(), instruments.end(),
                   [](const curve_instrument& a, const curve_instrument& b) { return a.time < b.time; });
  std::vector<double> times, logs;
  for (const curve_instrument& one : instruments) {
    times.push_back(one.time);
    logs.push_back(one.guess);
    const auto excess = [&](double log_discount) {
      logs.back() = log_discount;
      return one.excess(curve(times, logs, linear));
    };
    double low = one.guess - 1.0, high = one.guess + 1.0;
    for (double step = 1; step < 64 && !(excess(low) < 0); step *= 2) low -= step;
    for (double step = 1; step < 64 && !(excess(high) > 0); step *= 2) high += step;
    if (!(excess(low) < 0) || !(excess(high) > 0))
      throw input_error("no discount factor fits " + one.name + "; is it quoted in percent?");
    std::uintmax_t steps = 100;
    const auto [a, b] =
        boost::math::tools::toms748_solve(excess, low, high, boost::math::tools::eps_tolerance<double>(52), steps);
    logs.back() = 0.5 * (a + b);
  }
  return curve(std::move(times), std::move(logs), linear);
}

} // namespace dojima
