#include "dojima/market/volatility.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

void check_value(double v) {
  if (!(v > 0.0) || v > 5.0)
    throw input_error("volatility " + number_text(v) + " (must be a decimal in (0, 5]); is it quoted in percent?");
}

void check_increasing(const std::vector<double>& x, const char* what) {
  if (x.empty()) throw input_error(std::string("a volatility without ") + what);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(x[i] > (i > 0 ? x[i - 1] : 0.0)))
      throw input_error(std::string(what) + " " + number_text(x[i]) + " of a volatility (must increase from above 0)");
}

/// Total variance linear between the two times that enclose `time`; `value(i)` is the volatility of expiry i.
template <class Times, class Value> double along_time(const Times& times, std::size_t n, double time, const Value& value) {
  if (time <= times(0)) return value(0);
  if (time >= times(n - 1)) return value(n - 1);
  std::size_t hi = 1;
  while (times(hi) < time) ++hi;
  const double t0 = times(hi - 1), t1 = times(hi);
  const double v0 = value(hi - 1), v1 = value(hi);
  const double share = (time - t0) / (t1 - t0);
  return std::sqrt(((1.0 - share) * v0 * v0 * t0 + share * v1 * v1 * t1) / time);
}

double along_strike(const smile& s, smile_interpolation linear, double strike) {
  const auto above = std::lower_bound(s.strikes.begin(), s.strikes.end(), strike);
  if (above == s.strikes.begin()) return s.values.front();
  if (above == s.strikes.end()) return s.values.back();
  const std::size_t hi = static_cast<std::size_t>(above - s.strikes.begin());
  const double share = (strike - s.strikes[hi - 1]) / (s.strikes[hi] - s.strikes[hi - 1]);
  const double left = s.values[hi - 1], right = s.values[hi];
  if (linear == smile_interpolation::volatility) return (1.0 - share) * left + share * right;
  return std::sqrt((1.0 - share) * left * left + share * right * right);
}

struct checker {
  void operator()(const flat_volatility& v) const { check_value(v.value); }
  void operator()(const term_volatility& v) const {
    check_increasing(v.times, "expiries");
    if (v.values.size() != v.times.size())
      throw input_error("a term structure with other numbers of expiries and volatilities");
    for (const double x : v.values) check_value(x);
  }
  void operator()(const surface_volatility& v) const {
    std::vector<double> times;
    for (const smile& s : v.smiles) {
      times.push_back(s.time);
      check_increasing(s.strikes, "strikes");
      if (s.values.size() != s.strikes.size()) throw input_error("a smile with other numbers of strikes and volatilities");
      for (const double x : s.values) check_value(x);
    }
    check_increasing(times, "expiries");
  }
};

struct evaluator {
  double time, strike;
  double operator()(const flat_volatility& v) const { return v.value; }
  double operator()(const term_volatility& v) const {
    return along_time([&](std::size_t i) { return v.times[i]; }, v.times.size(), time,
                      [&](std::size_t i) { return v.values[i]; });
  }
  double operator()(const surface_volatility& v) const {
    return along_time([&](std::size_t i) { return v.smiles[i].time; }, v.smiles.size(), time,
                      [&](std::size_t i) { return along_strike(v.smiles[i], v.linear, strike); });
  }
};

} // namespace

void check(const volatility& v) { std::visit(checker{}, v); }
double volatility_at(const volatility& v, double time, double strike) { return std::visit(evaluator{time, strike}, v); }

} // namespace dojima
