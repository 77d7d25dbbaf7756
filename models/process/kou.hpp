// Black-Scholes with double-exponential jumps (Kou 2002, Management Science 48): jumps of ln S come at rate lambda a year, up
// with probability p and mean 1 / eta_up, else down with mean 1 / eta_down:
//
//   S(t + h) = S(t) exp(growth - sigma^2 h / 2 - compensator + sigma sqrt(h) Z + U - D).
//
// U and D, the sums of a step's jumps up and down, are independent. Each is the quantile function of its law at a normal of its
// own, from a table linear between 512 nodes, which begins where the probability of no jump ends. With x in means of a jump
//
//   P(U > x) = P(M > K),  M and K Poisson numbers of means lambda p h and x,
//
// for the n-th arrival of rate 1 exceeds x where K < n. No jump is cut off: the table is within 1e-4 of a jump's mean, and the
// compensator is the table's own, so that forwards are matched whatever the step; lambda h < 350, eta_up > 1.
// Watched at all times (process.hpp), touches are off by 0.001 of their payment at twenty jumps a year. No cash dividends.
#pragma once

#include "models/process/gather.hpp"
#include "models/process/poisson.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct kou {
  static constexpr int states = 2;                   // S; the jumps of the last step, of ln S in powers of two
  static constexpr int normals = 3, observables = 3; // z: diffusion, jumps up, jumps down
  static constexpr int correlated = 1;
  /// No bias at any: a year bounds the jumps of a step.
  static constexpr double largest_step = 1.0;
  static constexpr int nodes = 512;
  template <class T> struct step {
    T drift, deviation;          ///< in powers of two
    T row;                       ///< of the table: 512 numbers for U, then 512 for D, in powers of two
    T up_position, up_scale;     ///< the node of z is position + scale z
    T down_position, down_scale; ///< for D
    T variance;                  ///< of ln S by the diffusion
  };

#ifndef __CUDACC_RTC__
  static double watched_step(const kou_model& m) { return watched_step_of(m.intensity); }
  static prepared<kou> prepare(const kou_model& m, double spot, std::span<const grid_step> grid) {
    prepared<kou> p{{spot, 0.0}, {}, {}};
    std::vector<jump_table> tables;
    double compensator = 0.0; // a year
    for (const grid_step& g : grid) {
      const double h = g.length(), jumps = g.jump_length(), variance = m.volatility * m.volatility * h;
      auto of = std::ranges::find_if(tables, [&](const jump_table& t) { return std::abs(t.length - jumps) <= 1e-9 * jumps; });
      if (of == tables.end()) {
        const auto row = static_cast<double>(p.table.size());
        const jump_sum up = append_quantiles(m.intensity * m.p * jumps, 1.0 / m.up, p.table);
        const jump_sum down = append_quantiles(m.intensity * (1.0 - m.p) * jumps, -1.0 / m.down, p.table);
        of = tables.insert(tables.end(), {jumps, row, up, down});
      }
      if (jumps > 0.0) compensator = (of->up.log_mean + of->down.log_mean) / jumps;
      p.steps.push_back({(g.growth - 0.5 * variance - compensator * h) * log2_e, std::sqrt(variance) * log2_e, of->row,
                         of->up.position, of->up.scale, of->down.position, of->down.scale, variance});
    }
    return p;
  }
#endif

private:
#ifndef __CUDACC_RTC__
  struct jump_sum {
    double position, scale, log_mean;
  };
  struct jump_table {
    double length; ///< years
    double row;
    jump_sum up, down;
  };

  /// Appends the quantile function of the sum of a Poisson number of exponential jumps; log_mean: ln E of its exponential.
  static jump_sum append_quantiles(double jumps, double mean_size, std::vector<double>& table) {
    const std::vector<double> tails = poisson_tails(jumps);
    const auto tail = [&](double x) { // P(M > K)
      double sum = 0.0, density = std::exp(-x);
      for (std::size_t k = 0; k < tails.size(); density *= x / static_cast<double>(++k)) sum += density * tails[k];
      return sum;
    };
    const auto cdf = [](double z) { return 0.5 * std::erfc(-z * 0.70710678118654752); };
    const double last = 8.0, first = std::min(std::max(-ieee::inverse_norm_cdf(tails[0]), -last), last - 1.0);
    const double distance = (last - first) / (nodes - 1);
    double x = 0.0, mean = cdf(first), before = 0.0;
    for (int i = 0; i < nodes; ++i) {
      const double z = first + i * distance, target = cdf(-z);
      double high = x;
      while (tail(high) > target) x = high, high += 0.5;
      for (int k = 0; k < 40; ++k) {
        const double middle = 0.5 * (x + high);
        (tail(middle) > target ? x : high) = middle;
      }
      const double y = mean_size * x;
      if (i == 0) mean *= std::exp(y);
      else { // the integral of the exponential over a piece that is linear in z
        const double slope = (y - before) / distance;
        mean += std::exp(y - slope * z + 0.5 * slope * slope) * (cdf(z - slope) - cdf(z - distance - slope));
      }
      before = y;
      table.push_back(y * log2_e);
    }
    return {-first / distance, 1.0 / distance, std::log(mean + cdf(-last) * std::exp(before))};
  }

#endif
  /// A quantile function at its node x, linear between the nodes.
  template <class T> static DOJIMA_FN Real quantile(const T* table, Real row, Real x) {
    const Real y = min(max(Real(0.0), x), Real(nodes - 1.01));
    const Real below = nearest_whole(y - 0.5), low = gather(table, row + below);
    return fma(y - below, gather(table, row + below + 1.0) - low, low);
  }

public:
  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T* table) {
    const Real up = quantile(table, Real(c.row), fma(Real(c.up_scale), d.z[1], Real(c.up_position)));
    const Real down = quantile(table, Real(c.row + nodes), fma(Real(c.down_scale), d.z[2], Real(c.down_position)));
    x[1] = up + down;
    x[0] = x[0] * power_of_two(fma(Real(c.deviation), d.z[0], c.drift + x[1]));
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = x[0];
    out[1] = Real(c.variance);
    out[2] = x[0] * power_of_two(-x[1]);
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
