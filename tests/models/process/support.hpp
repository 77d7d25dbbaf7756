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

/// The grid while a payoff watches at all times.
inline std::vector<grid_step> in_pairs(std::vector<grid_step> grid) {
  for (std::size_t i = 0; i + 1 < grid.size(); i += 2) {
    grid[i].moved = grid[i + 1].length();
    grid[i + 1].moved = -grid[i + 1].length();
  }
  return grid;
}

/// Calls see(step, observables) after each step of each path.
template <class Process, class See> void simulate(const prepared<Process>& p, int paths, const See& see) {
  using layout = draw_layout<Process::normals>;
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

/// Of a grid in pairs: the jumps come after first steps, and ln S moves there by `mean` a year of the pair.
template <class Process> void expect_jumps_between(const prepared<Process>& p, double pair, double mean, int paths) {
  double sum = 0, squares = 0, n = 0;
  simulate(p, paths, [&](std::size_t i, const double* out) {
    const double jump = std::log(out[0] / out[2]);
    if (i % 2 == 1) {
      EXPECT_NEAR(jump, 0, 1e-14);
      return;
    }
    sum += jump, squares += jump * jump, ++n;
  });
  const sample_mean found{sum / n, std::sqrt((squares / n - sum / n * (sum / n)) / n)};
  EXPECT_WITHIN_STDERR(found, mean * pair, 4);
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

/// Counts probabilities, which are uniform in (0, 1) where numbers have the law that they were taken under, in 64 equal cells.
class uniform_cells {
  double counts[64] = {}, n = 0;

public:
  void add(double probability) {
    ++counts[std::clamp(static_cast<int>(64.0 * probability), 0, 63)];
    ++n;
  }
  /// It has mean 63 and is above 110 once in 5000 seeds.
  double chi_square() const {
    double sum = 0;
    for (const double count : counts) sum += (count - n / 64.0) * (count - n / 64.0);
    return sum / (n / 64.0);
  }
};

/// Chi-square of the spot at the last step under a continuous law.
template <class Process, class Cdf> double chi_square(const prepared<Process>& p, int paths, const Cdf& cdf) {
  uniform_cells cells;
  simulate(p, paths, [&](std::size_t i, const double* out) {
    if (i + 1 == p.steps.size()) cells.add(cdf(out[0]));
  });
  return cells.chi_square();
}

/// cdf(x) between low and high, linear between 400 points that are even in ln(x).
template <class Cdf> auto tabulated(const Cdf& cdf, double low, double high) {
  const double ratio = std::log(high / low) / 399;
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(cdf(low * std::exp(ratio * i)));
  return [=](double x) {
    const double at = std::clamp(std::log(x / low) / ratio, 0.0, 398.999);
    const auto i = static_cast<std::size_t>(at);
    return values[i] + (at - static_cast<double>(i)) * (values[i + 1] - values[i]);
  };
}
/// The law whose undiscounted European puts are put(strike): their derivative by the strike.
template <class Put> auto law_of_puts(const Put& put, double low, double high) {
  const auto slope = [&](double x) { return (put(1.0001 * x) - put(0.9999 * x)) / (0.0002 * x); };
  return tabulated(slope, low, high);
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
