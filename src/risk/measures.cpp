#include "dojima/risk/measures.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// ceil(x), forgiving the rounding of products such as 1000 * 0.99.
std::size_t ceiling(double x) { return static_cast<std::size_t>(std::max(0.0, std::ceil(x - 1e-9))); }

double x_log_y(double x, double y) { return x == 0 ? 0.0 : x * std::log(y); }

likelihood_ratio test(double statistic, double degrees) {
  statistic = std::max(statistic, 0.0);
  return {statistic, boost::math::cdf(boost::math::complement(boost::math::chi_squared(degrees), statistic))};
}

/// Losses upwards; checks what every measure needs.
std::vector<double> sorted_losses(std::span<const double> pnl, double level) {
  if (pnl.empty()) throw input_error("VaR of an empty sample (at least one scenario is needed)");
  if (!(level > 0 && level < 1))
    throw input_error("VaR level " + number_text(level) + " (must be in (0, 1)); is it quoted in percent?");
  std::vector<double> losses(pnl.size());
  std::transform(pnl.begin(), pnl.end(), losses.begin(), [](double x) { return -x; });
  if (std::any_of(losses.begin(), losses.end(), [](double x) { return std::isnan(x); }))
    throw input_error("VaR of a sample with a NaN");
  std::sort(losses.begin(), losses.end());
  return losses;
}

double quantile(const std::vector<double>& losses, double level, quantile_rule rule) {
  const std::size_t n = losses.size();
  const double count = static_cast<double>(n);
  if (rule == quantile_rule::order_statistic) return losses[n - 1 - var_rank(n, level)];
  const double position = (count - 1.0) * level;
  const std::size_t below = std::min(static_cast<std::size_t>(position), n - 1), above = std::min(below + 1, n - 1);
  return losses[below] + (position - static_cast<double>(below)) * (losses[above] - losses[below]);
}

} // namespace

std::vector<std::size_t> by_loss(std::span<const double> pnl) {
  std::vector<std::size_t> order(pnl.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return pnl[a] < pnl[b]; });
  return order;
}

std::size_t tail_count(std::size_t n, double level) {
  return std::clamp<std::size_t>(ceiling(static_cast<double>(n) * (1.0 - level)), 1, std::max<std::size_t>(n, 1));
}

double value_at_risk(std::span<const double> pnl, double level, quantile_rule rule) {
  return quantile(sorted_losses(pnl, level), level, rule);
}

std::size_t var_rank(std::size_t n, double level) {
  return n - std::clamp<std::size_t>(ceiling(static_cast<double>(n) * level), 1, n);
}

tail_measures measure_tail(std::span<const double> pnl, double level, quantile_rule rule, double interval) {
  const std::vector<double> losses = sorted_losses(pnl, level);
  const std::size_t n = losses.size();
  if (!(interval > 0 && interval < 1)) throw input_error("interval " + number_text(interval) + " (must be in (0, 1))");
  tail_measures m;
  m.var = quantile(losses, level, rule);
  const std::size_t tail = tail_count(n, level);
  m.es = std::accumulate(losses.end() - static_cast<std::ptrdiff_t>(tail), losses.end(), 0.0) / static_cast<double>(tail);

  // P(L_(r) <= q) = P(B >= r) with B ~ Bin(n, level): the innermost ranks that leave at most half the error on each side.
  const double half = 0.5 * (1.0 - interval);
  const boost::math::binomial_distribution<double> below(static_cast<double>(n), level);
  const auto ranks = std::views::iota(std::size_t{1}, n + 2);
  const auto first_above = [&](double share) { // the smallest rank r with P(B < r) > share; n + 1 if there is none
    return *std::ranges::partition_point(
        ranks, [&](std::size_t r) { return r <= n && boost::math::cdf(below, static_cast<double>(r - 1)) <= share; });
  };
  const std::size_t low = first_above(half) - 1, high = first_above(std::nextafter(1.0 - half, 0.0));
  if (low >= 1 && high <= n) m.var_ci = range{losses[low - 1], losses[high - 1]};

  if (tail > 1) {
    double variance = 0;
    for (std::size_t i = n - tail; i < n; ++i)
      variance += (losses[i] - m.es) * (losses[i] - m.es) / static_cast<double>(tail - 1);
    const double error = std::sqrt((variance + level * (m.es - m.var) * (m.es - m.var)) / static_cast<double>(tail));
    const double z = boost::math::quantile(boost::math::normal(), 1.0 - half);
    m.es_ci = range{m.es - z * error, m.es + z * error};
  }
  return m;
}

likelihood_ratio kupiec(std::size_t days, std::size_t exceptions, double rate) {
  const double n = static_cast<double>(days), x = static_cast<double>(exceptions);
  if (days == 0) return {};
  const double seen = x / n;
  return test(-2.0 * (x_log_y(n - x, 1.0 - rate) + x_log_y(x, rate) - x_log_y(n - x, 1.0 - seen) - x_log_y(x, seen)), 1);
}

christoffersen_tests christoffersen(std::size_t n00, std::size_t n01, std::size_t n10, std::size_t n11,
                                    const likelihood_ratio& coverage) {
  const double a = static_cast<double>(n00), b = static_cast<double>(n01), c = static_cast<double>(n10),
               d = static_cast<double>(n11);
  const double after_calm = a + b > 0 ? b / (a + b) : 0.0, after_exception = c + d > 0 ? d / (c + d) : 0.0;
  const double always = a + b + c + d > 0 ? (b + d) / (a + b + c + d) : 0.0;
  const double statistic = -2.0 * (x_log_y(a + c, 1.0 - always) + x_log_y(b + d, always) - x_log_y(a, 1.0 - after_calm) -
                                   x_log_y(b, after_calm) - x_log_y(c, 1.0 - after_exception) - x_log_y(d, after_exception));
  const likelihood_ratio independence = test(statistic, 1);
  return {independence, test(independence.statistic + coverage.statistic, 2)};
}

christoffersen_tests christoffersen(const std::vector<bool>& exceptions, double rate) {
  std::size_t n[2][2] = {{0, 0}, {0, 0}};
  for (std::size_t i = 1; i < exceptions.size(); ++i) ++n[exceptions[i - 1] ? 1 : 0][exceptions[i] ? 1 : 0];
  const auto count = static_cast<std::size_t>(std::count(exceptions.begin(), exceptions.end(), true));
  return christoffersen(n[0][0], n[0][1], n[1][0], n[1][1], kupiec(exceptions.size(), count, rate));
}

basel_zone basel_traffic_light(std::size_t exceptions) {
  constexpr double yellow[] = {0.40, 0.50, 0.65, 0.75, 0.85};
  if (exceptions <= 4) return {"green", 0.0};
  if (exceptions <= 9) return {"yellow", yellow[exceptions - 5]};
  return {"red", 1.0};
}

} // namespace dojima
