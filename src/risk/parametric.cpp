#include "dojima/risk/parametric.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>

#include "dojima/array/array.hpp"
#include "dojima/array/linalg.hpp"
#include "dojima/array/shape.hpp"
#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

const boost::math::normal standard_normal;

double checked(double level) {
  if (!(level > 0 && level < 1))
    throw input_error("VaR level " + number_text(level) + " (must be in (0, 1)); is it quoted in percent?");
  return level;
}
double normal_quantile(double level) { return boost::math::quantile(standard_normal, checked(level)); }

array<double> square(const std::vector<std::vector<double>>& rows) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const auto n = static_cast<std::int64_t>(rows.size());
  return asarray(all, extents{n, n}, stream::of(device::cpu()));
}

} // namespace

loss_tail normal_tail(double location, double scale, double level) {
  const double z = normal_quantile(level);
  return {location + scale * z, location + scale * boost::math::pdf(standard_normal, z) / (1 - level)};
}

loss_tail student_tail(double location, double scale, double degrees, double level) {
  const boost::math::students_t law(degrees);
  const double t = boost::math::quantile(law, checked(level));
  const double mean = degrees > 1 ? boost::math::pdf(law, t) / (1 - level) * (degrees + t * t) / (degrees - 1)
                                  : std::numeric_limits<double>::infinity();
  return {location + scale * t, location + scale * mean};
}

loss_tail lognormal_tail(double value, double mean, double deviation, double level) {
  const double z = normal_quantile(level);
  const double below = boost::math::cdf(boost::math::complement(standard_normal, z + deviation));
  return {-value * std::expm1(mean - deviation * z),
          value - value * std::exp(mean + 0.5 * deviation * deviation) * below / (1 - level)};
}

loss_tail pareto_tail(double threshold, double shape, double scale, double beyond, double level) {
  const double x = -std::log((1 - checked(level)) / beyond);
  const double var = threshold + scale * (shape == 0 ? x : std::expm1(shape * x) / shape);
  const double es = shape < 1 ? (var + scale - shape * threshold) / (1 - shape) : std::numeric_limits<double>::infinity();
  return {var, es};
}

loss_tail cornish_fisher_tail(double mean, double deviation, double skewness, double excess_kurtosis, double level) {
  const auto expansion = [&](double z, double square, double cube) {
    return mean + deviation * (z + (square - 1) * skewness / 6 + (cube - 3 * z) * excess_kurtosis / 24 -
                               (2 * cube - 5 * z) * skewness * skewness / 36);
  };
  const double z = normal_quantile(level), hazard = boost::math::pdf(standard_normal, z) / (1 - level);
  return {expansion(z, z * z, z * z * z), expansion(hazard, 1 + z * hazard, (2 + z * z) * hazard)}; // of normals beyond z
}

double exponential_weight(double decay, int window, int age) {
  if (decay == 1) return 1.0 / window;
  return (1 - decay) / -std::expm1(window * std::log(decay)) * std::pow(decay, age - 1);
}

double weighted_value_at_risk(std::span<const double> losses, std::span<const double> weights, double level) {
  checked(level);
  if (losses.empty() || losses.size() != weights.size())
    throw input_error("VaR of " + std::to_string(losses.size()) + " losses with " + std::to_string(weights.size()) +
                      " weights (one for each is needed)");
  std::vector<std::size_t> order(losses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return losses[i]; });
  double reached = 0;
  for (const std::size_t i : order)
    if ((reached += weights[i]) >= level - 1e-12) return losses[i];
  return losses[order.back()];
}

quadratic_gain::quadratic_gain(double theta, const std::vector<double>& delta, const std::vector<std::vector<double>>& gamma,
                               const std::vector<std::vector<double>>& covariance)
    : theta_(theta) {
  const array<double> factor = cholesky(square(covariance)); // x = factor z, and rotated until Gamma is diagonal
  const auto turned = eigh(matmul(transpose(factor), matmul(square(gamma), factor)));
  l_ = turned.values.get();
  b_ = matmul(transpose(turned.vectors), matmul(transpose(factor), asarray(delta, stream::of(device::cpu())))).get();
}

double quadratic_gain::mean() const { return theta_ + 0.5 * std::accumulate(l_.begin(), l_.end(), 0.0); }

double quadratic_gain::cumulant(int order) const {
  const double factorial = std::tgamma(order + 1.0);
  double sum = 0;
  for (std::size_t i = 0; i < l_.size(); ++i)
    sum += 0.5 * factorial * (std::pow(l_[i], order) / order + b_[i] * b_[i] * std::pow(l_[i], order - 2));
  return sum;
}

double quadratic_gain::distribution(double x) const {
  using complex = std::complex<double>;
  double largest = 0, smallest = std::numeric_limits<double>::infinity(), end = theta_ - x;
  for (const double l : l_) largest = std::max(largest, std::abs(l));
  for (std::size_t i = 0; i < l_.size(); ++i) {
    if (std::abs(l_[i]) <= 1e-12 * largest) continue;
    smallest = std::min(smallest, std::abs(l_[i]));
    end -= 0.5 * b_[i] * b_[i] / l_[i]; // ln of the transform is s * end + O(ln s) far out
  }
  bool linear = false; // factors whose Gaussian ends the integral by itself
  for (std::size_t i = 0; i < l_.size(); ++i) linear = linear || (std::abs(l_[i]) <= 1e-12 * largest && b_[i] != 0);
  const double bend = linear || largest == 0 ? 0 : (end < 0 ? 0.2 : -0.2) * smallest;
  const double deviation = std::sqrt(cumulant(2)),
               start = -0.5 * std::min(1 / deviation, largest > 0 ? 1 / largest : 1 / deviation);
  const auto term = [&](double t) {
    const complex s(start + bend * t * t, t), slope(2 * bend * t, 1);
    complex exponent = s * (theta_ - x);
    for (std::size_t i = 0; i < l_.size(); ++i) {
      const complex rest = 1.0 - s * l_[i];
      exponent += 0.5 * s * s * b_[i] * b_[i] / rest - 0.5 * std::log(rest);
    }
    return (std::exp(exponent) / s * slope / complex(0, 1)).real();
  };
  const double reach = 1 / std::max(deviation, largest);
  double step = 0.5 * reach, before = 0, sum = 0;
  const auto add = [&](double first, double by) { // the trapezoidal rule, over t > 0
    int small = 0;
    for (double t = first; small < 8 && t < 1e6 * reach; t += by) {
      const double value = term(t);
      sum += value;
      small = std::abs(value) < 1e-14 * (std::abs(sum) + std::abs(term(0))) ? small + 1 : 0;
    }
  };
  sum = 0.5 * term(0);
  add(step, step);
  for (int halvings = 0; halvings < 8; ++halvings) {
    before = step * sum;
    add(0.5 * step, step);
    step *= 0.5;
    if (std::abs(step * sum - before) < 1e-12) break;
  }
  return -step * sum / std::numbers::pi;
}

double quadratic_gain::value_at_risk(double level) const {
  checked(level);
  const double centre = mean(), deviation = std::sqrt(cumulant(2));
  double low = centre - 2 * deviation, high = centre + 2 * deviation;
  while (distribution(low) > 1 - level) low -= 4 * deviation;
  while (distribution(high) < 1 - level && high < centre + 1e3 * deviation) high += 4 * deviation;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (distribution(middle) < 1 - level ? low : high) = middle;
  }
  return -0.5 * (low + high);
}

double garch::updated(double variance, double previous_return) const {
  return omega + alpha * previous_return * previous_return + beta * variance;
}
double garch::long_run() const { return omega / (1 - alpha - beta); }
double garch::forecast(double variance, double periods) const {
  return long_run() + std::pow(alpha + beta, periods) * (variance - long_run());
}
double garch::mean_forecast(double variance, double periods) const {
  const double decay = -std::log(alpha + beta) * periods;
  return long_run() - std::expm1(-decay) / decay * (variance - long_run());
}

} // namespace dojima
