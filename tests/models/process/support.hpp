// Simulates a process in double precision, and compares what comes out with forwards, laws and prices.
#pragma once

#include "models/process/draws.hpp"
#include "models/random/philox.hpp"
#include "tests/support.hpp"

#include <span>

namespace dojima::test {

/// Equal steps under a constant growth rate.
inline std::vector<grid_step> even_grid(double spot, double growth, double years, int steps) {
  std::vector<grid_step> grid;
  for (int i = 0; i < steps; ++i) {
    const double start = years * i / steps, end = years * (i + 1) / steps;
    grid.push_back({start, end, growth * (end - start), spot * std::exp(growth * end)});
  }
  return grid;
}

/// Calls see(step, observables) after each step of each path.
template <class Process, class See> void simulate(const prepared<Process>& p, int paths, const See& see) {
  using layout = draw_layout<Process::normals, Process::uniforms>;
  for (int path = 0; path < paths; ++path) {
    double x[Process::states], out[Process::observables];
    std::copy_n(p.start, Process::states, x);
    for (std::size_t first = 0; first < p.steps.size(); first += layout::steps) {
      std::uint64_t words[4 * layout::blocks];
      for (std::size_t b = 0; b < layout::blocks; ++b) {
        const std::size_t block = first / layout::steps * layout::blocks + b;
        const philox_words r = philox_at(20240229, 0, static_cast<std::uint64_t>(path), static_cast<std::uint32_t>(block));
        std::copy_n(r.w, 4, words + 4 * b);
      }
      draws_for<Process, double> d[layout::steps];
      make_draws(words, d);
      for (std::size_t i = first; i < std::min(first + layout::steps, p.steps.size()); ++i) {
        Process::advance(x, p.steps[i], d[i - first], p.table.data());
        Process::observe(x, p.steps[i], out);
        see(i, out);
      }
    }
  }
}

struct sample_mean {
  double value, standard_error;
};

/// The mean of payoff(S) at the last step, with S, whose mean is the forward, as the control.
template <class Process, class Payoff>
sample_mean mean_at_end(const prepared<Process>& p, double forward, int paths, const Payoff& payoff) {
  double y1 = 0, y2 = 0, s1 = 0, s2 = 0, ys = 0;
  simulate(p, paths, [&](std::size_t i, const double* out) {
    if (i + 1 < p.steps.size()) return;
    const double y = payoff(out[0]), s = out[0] - forward;
    y1 += y, y2 += y * y, s1 += s, s2 += s * s, ys += y * s;
  });
  const double n = paths, covariance = ys / n - y1 / n * (s1 / n), slope = covariance / (s2 / n - s1 / n * (s1 / n));
  return {(y1 - slope * s1) / n, std::sqrt((y2 / n - y1 / n * (y1 / n) - slope * covariance) / n)};
}

/// A European option, discounted.
template <class Process>
sample_mean european(const prepared<Process>& p, double forward, int paths, double strike, double sign, double discount) {
  return mean_at_end(p, forward, paths, [&](double s) { return discount * std::max(sign * (s - strike), 0.0); });
}

/// The mean of the spot is the forward after every step.
template <class Process> void expect_forwards(const prepared<Process>& p, std::span<const double> forwards, int paths) {
  std::vector<double> sums(p.steps.size()), squares(p.steps.size());
  simulate(p, paths, [&](std::size_t i, const double* out) {
    EXPECT_TRUE(out[0] >= 0 && out[1] >= 0 && std::isfinite(out[0]) && std::isfinite(out[1]));
    sums[i] += out[0];
    squares[i] += out[0] * out[0];
  });
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double mean = sums[i] / paths;
    const sample_mean spot{mean, std::sqrt((squares[i] / paths - mean * mean) / paths)};
    EXPECT_WITHIN_STDERR(spot, forwards[i], 4) << "after step " << i + 1;
  }
}
template <class Process> void expect_forwards(const prepared<Process>& p, const std::vector<grid_step>& grid, int paths) {
  std::vector<double> forwards;
  for (const grid_step& g : grid) forwards.push_back(g.forward);
  expect_forwards(p, std::span<const double>(forwards), paths);
}

/// Chi-square of the spot at the last step over 64 cells of equal probability under a continuous law; it has mean 63 and is
/// above 110 once in 5000 seeds.
template <class Process, class Cdf> double chi_square(const prepared<Process>& p, int paths, const Cdf& cdf) {
  double counts[64] = {}, sum = 0;
  simulate(p, paths, [&](std::size_t i, const double* out) {
    if (i + 1 == p.steps.size()) ++counts[std::min(63, static_cast<int>(64.0 * cdf(out[0])))];
  });
  for (const double count : counts) sum += (count - paths / 64.0) * (count - paths / 64.0);
  return sum / (paths / 64.0);
}

/// The mean difference of the spot at the last step between single and double precision, over the mean spot.
template <template <class> class Process> double single_error(const prepared<Process<double>>& p, int paths) {
  using process = Process<double>;
  using step = typename Process<single>::template step<float>;
  const auto narrow = [](const auto* from, std::size_t n, auto* to) {
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<float>(from[i]);
  };
  std::vector<step> steps(p.steps.size());
  std::vector<float> table(p.table.size());
  constexpr std::size_t numbers = sizeof(step) / sizeof(float);
  narrow(reinterpret_cast<const double*>(p.steps.data()), numbers * steps.size(), reinterpret_cast<float*>(steps.data()));
  narrow(p.table.data(), table.size(), table.data());
  double difference = 0, sum = 0;
  for (int path = 0; path < paths; ++path) {
    double x[process::states], out[process::observables];
    single y[process::states], narrow_out[process::observables];
    for (int k = 0; k < process::states; ++k) y[k] = x[k] = p.start[k];
    for (std::size_t i = 0; i < steps.size(); ++i) {
      draws_for<process, double> d;
      draws_for<process, single> e;
      double z[8];
      for (std::uint32_t b = 0; b < 2; ++b) {
        double four[4];
        normals_at(20240301, 0, static_cast<std::uint64_t>(path), 2 * static_cast<std::uint32_t>(i) + b, four);
        std::copy_n(four, 4, z + 4 * b);
      }
      for (int k = 0; k < process::normals; ++k) set_normal(d, k, z[k]), set_normal(e, k, single(z[k]));
      for (int k = 0; k < process::uniforms; ++k) e.u[k] = d.u[k] = norm_cdf(z[4 + k]);
      process::advance(x, p.steps[i], d, p.table.data());
      Process<single>::advance(y, steps[i], e, table.data());
    }
    process::observe(x, p.steps.back(), out);
    Process<single>::observe(y, steps.back(), narrow_out);
    difference += std::abs(out[0] - narrow_out[0].v);
    sum += out[0];
  }
  return difference / sum;
}

} // namespace dojima::test
