// Payoffs run in plain double on one path: on spots written by hand, and on Black-Scholes paths.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>

#include "models/payoff/payoff.hpp"
#include "models/process/black_scholes.hpp"
#include "tests/models/process/walk.hpp"

namespace dojima::test {

/// What one asset shows after each step: its spot and the variance of ln S.
using asset_path = std::vector<std::array<double, 2>>;

/// Which schedules see which steps, and the columns of the dates.
struct calendar {
  std::vector<unsigned> masks;              ///< [step], a bit for each schedule
  std::vector<std::vector<double>> columns; ///< [column][step]

  explicit calendar(int steps) : masks(static_cast<std::size_t>(steps)) {}
  int last() const { return static_cast<int>(masks.size()) - 1; }
  calendar& on(int schedule, int first, int end, int stride = 1) { ///< steps first, first + stride, ... before end
    for (int i = first; i < end; i += stride) masks[static_cast<std::size_t>(i)] |= 1u << schedule;
    return *this;
  }
  calendar& on_all(int schedule) { return on(schedule, 0, last() + 1); }
  calendar& at_end(int schedule) { return on(schedule, last(), last() + 1); }
  calendar& column(std::vector<double> values) {
    columns.push_back(std::move(values));
    return *this;
  }
  /// The column e^(rate (end - t)) of even steps: the value at the end of one unit paid at the step, or a part of a step
  /// earlier.
  calendar& accrual(double rate, double end, double earlier = 0.0) {
    const double steps = static_cast<double>(masks.size());
    std::vector<double> values;
    for (std::size_t i = 1; i <= masks.size(); ++i)
      values.push_back(std::exp(rate * end * (1.0 - (static_cast<double>(i) - earlier) / steps)));
    return column(std::move(values));
  }
};

struct path_observation {
  const std::vector<asset_path>* assets;
  const calendar* days;
  std::size_t step;
  double spot(int asset) const { return (*assets)[static_cast<std::size_t>(asset)][step][0]; }
  double variance(int asset) const { return (*assets)[static_cast<std::size_t>(asset)][step][1]; }
  double date(int column) const { return days->columns[static_cast<std::size_t>(column)][step]; }
};

template <class Payoff>
requires payoffs::payoff_form<Payoff, path_observation>
double paid_on(const std::vector<asset_path>& assets, const calendar& days, Payoff form) {
  for (std::size_t i = 0; i < days.masks.size(); ++i)
    for (int k = 0; days.masks[i] >> k != 0; ++k)
      if ((days.masks[i] >> k & 1u) != 0) form.observe(k, path_observation{&assets, &days, i});
  return form.value();
}

/// A path of one asset by hand, without variance.
inline std::vector<asset_path> spots(std::initializer_list<double> values) {
  asset_path path;
  for (const double v : values) path.push_back({v, 0.0});
  return {path};
}

struct lognormal {
  double spot, growth, volatility;
};

/// Discounted mean over antithetic pairs of paths in even steps; the control is the sum of the last spots. correlation:
/// [asset][asset] by rows, empty for independent assets.
template <class Payoff>
auto simulated(const Payoff& form, const std::vector<lognormal>& assets, const calendar& days, double time, double rate,
               int pairs, const std::vector<double>& correlation = {}) {
  const std::size_t n = days.masks.size(), count = assets.size();
  std::vector<double> root(count * count, 0.0); // of the correlation, by Cholesky
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = correlation.empty() ? (i == j ? 1.0 : 0.0) : correlation[i * count + j];
      for (std::size_t k = 0; k < j; ++k) rest -= root[i * count + k] * root[j * count + k];
      root[i * count + j] = i == j ? std::sqrt(rest) : rest / root[j * count + j];
    }
  std::vector<prepared<black_scholes<double>>> processes;
  double forwards = 0;
  for (const lognormal& a : assets) {
    const double variance = a.volatility * a.volatility * time / static_cast<double>(n);
    processes.push_back(black_scholes<double>::prepare(a.spot, even_grid(a.spot, a.growth, time, static_cast<int>(n)),
                                                       std::vector(n, variance)));
    forwards += a.spot * std::exp(a.growth * time);
  }
  std::vector<asset_path> paths(count);
  normal_numbers own(n);
  const double discount = std::exp(-rate * time);
  return mean_over(pairs, n * count, [&](const normal_numbers& z) {
    double ends = 0;
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t i = 0; i < n; ++i) {
        own[i] = 0;
        for (std::size_t b = 0; b <= a; ++b) own[i] += root[a * count + b] * z[i * count + b];
      }
      paths[a] = walk(processes[a], own);
      ends += paths[a].back()[0];
    }
    return std::pair{discount * paid_on(paths, days, form), ends - forwards};
  });
}

/// A row of the reference tables, by its id, within four standard errors.
template <class Mean> void expect_row(const char* id, const Mean& m, double expected) {
  EXPECT_LE(std::abs(m.value - expected), 4.0 * m.standard_error)
      << id << ": " << m.value << " +- " << m.standard_error << ", expected " << expected;
}

} // namespace dojima::test
