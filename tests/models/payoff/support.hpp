// Payoffs run in plain double on one path: on spots written by hand, and on paths of a process.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "models/payoff/payoff.hpp"
#include "models/process/black_scholes.hpp"
#include "models/process/draws.hpp"
#include "models/random/philox.hpp"

namespace dojima::test {

/// What one asset shows after each step: its spot, the variance of ln S, and the spot before a jump where there is one.
struct asset_step {
  double spot, variance;
  std::optional<double> before = {};
};
using asset_path = std::vector<asset_step>;

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
  double spot(int asset) const { return (*assets)[static_cast<std::size_t>(asset)][step].spot; }
  double spot_before(int asset) const { return (*assets)[static_cast<std::size_t>(asset)][step].before.value_or(spot(asset)); }
  bool jumps() const { return (*assets)[0][step].before.has_value(); }
  double variance(int asset) const { return (*assets)[static_cast<std::size_t>(asset)][step].variance; }
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

struct payoff_mean {
  double value, standard_error;
};

/// Equal steps for a spot that grows at a constant rate.
inline std::vector<grid_step> equal_steps(double spot, double growth, double time, std::size_t steps) {
  std::vector<grid_step> grid;
  for (std::size_t i = 0; i < steps; ++i) {
    const double h = time / static_cast<double>(steps), start = h * static_cast<double>(i), end = start + h;
    grid.push_back({start, end, growth * h, spot * std::exp(growth * end)});
  }
  return grid;
}

/// Discounted mean over antithetic pairs of paths of processes with one normal a step; the control is the sum of the last
/// spots, whose mean is `forwards`. correlation: of the normals, [asset][asset] by rows; empty for independent assets.
template <class Process, class Payoff>
payoff_mean simulated(const Payoff& form, const std::vector<prepared<Process>>& assets, const calendar& days, double forwards,
                      double discount, int pairs, const std::vector<double>& correlation = {}) {
  const std::size_t n = days.masks.size(), count = assets.size();
  std::vector<double> root(count * count, 0.0); // of the correlation, by Cholesky
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = correlation.empty() ? (i == j ? 1.0 : 0.0) : correlation[i * count + j];
      for (std::size_t k = 0; k < j; ++k) rest -= root[i * count + k] * root[j * count + k];
      root[i * count + j] = i == j ? std::sqrt(rest) : rest / root[j * count + j];
    }
  std::vector<double> z(count * (n + 3));
  std::vector<asset_path> paths(count, asset_path(n));
  double v = 0, c = 0, vv = 0, vc = 0, cc = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    for (std::size_t a = 0; a < count; ++a)
      for (std::size_t i = 0; i < n; i += 4) {
        const philox_words r = philox_at(20240607, static_cast<std::uint32_t>(a), static_cast<std::uint64_t>(pair),
                                         static_cast<std::uint32_t>(i / 4));
        const std::uint64_t words[4] = {r.w[0], r.w[1], r.w[2], r.w[3]};
        draws<double, 1, 0> four[4];
        make_draws(words, four);
        for (std::size_t q = 0; q < 4; ++q) z[a * (n + 3) + i + q] = four[q].z[0];
      }
    double value = 0, control = 0;
    for (const double side : {0.5, -0.5}) {
      for (std::size_t a = 0; a < count; ++a) {
        double x[Process::states];
        std::copy_n(assets[a].start, Process::states, x);
        for (std::size_t i = 0; i < n; ++i) {
          draws<double, 1, 0> d{};
          for (std::size_t b = 0; b <= a; ++b) d.z[0] += 2 * side * root[a * count + b] * z[b * (n + 3) + i];
          Process::advance(x, assets[a].steps[i], d, assets[a].table.data());
          double out[Process::observables];
          Process::observe(x, assets[a].steps[i], out);
          paths[a][i] = {out[0], out[1]};
        }
        control += 0.5 * paths[a].back().spot;
      }
      value += 0.5 * discount * paid_on(paths, days, form);
    }
    control -= forwards;
    v += value, c += control, vv += value * value, vc += value * control, cc += control * control;
  }
  v /= pairs, c /= pairs;
  const double cross = vc / pairs - v * c, spread = cc / pairs - c * c, beta = spread > 0 ? cross / spread : 0;
  return {v - beta * c, std::sqrt((vv / pairs - v * v - beta * cross) / pairs)};
}

struct lognormal {
  double spot, growth, volatility;
};

template <class Payoff>
payoff_mean simulated(const Payoff& form, const std::vector<lognormal>& assets, const calendar& days, double time, double rate,
                      int pairs, const std::vector<double>& correlation = {}) {
  const std::size_t n = days.masks.size();
  std::vector<prepared<black_scholes<double>>> processes;
  double forwards = 0;
  for (const lognormal& a : assets) {
    const std::vector variances(n, a.volatility * a.volatility * time / static_cast<double>(n));
    processes.push_back(black_scholes<double>::prepare(a.spot, equal_steps(a.spot, a.growth, time, n), variances));
    forwards += a.spot * std::exp(a.growth * time);
  }
  return simulated(form, processes, days, forwards, std::exp(-rate * time), pairs, correlation);
}

/// A row of the reference tables, by its id, within four standard errors.
inline void expect_row(const char* id, const payoff_mean& m, double expected) {
  EXPECT_LE(std::abs(m.value - expected), 4.0 * m.standard_error)
      << id << ": " << m.value << " +- " << m.standard_error << ", expected " << expected;
}

} // namespace dojima::test
