// Heston's model with lognormal jumps (Bates 1996, Rev. Financial Studies 9): the diffusion as in heston.hpp, the jumps as in
// merton.hpp. The jumps and their compensator are exact, so the bias is Heston's; watched at all times, that of merton.hpp too.
// No cash dividends.
#pragma once

#include "models/process/heston.hpp"
#include "models/process/poisson.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct bates {
  static constexpr int states = 3;                   // ln S, v, the jumps of the last step
  static constexpr int normals = 4, observables = 3; // z: Heston's two, jump sizes, number of jumps
  static constexpr int correlated = 1;
  static constexpr double largest_step = heston<Real>::largest_step;
  /// The compensator stands in the diffusion's growth; the thresholds of the number of jumps are `count` entries from `row`.
  template <class T> struct step {
    typename heston<Real>::template step<T> diffusion;
    T jump_mean, jump_deviation, row, count;
  };

#ifndef __CUDACC_RTC__
  static double watched_step(const bates_model& m) { return watched_step_of(m.intensity); }
  static prepared<bates> prepare(const bates_model& m, double spot, std::span<const grid_step> grid) {
    const auto diffusion = heston<Real>::prepare(m.diffusion, spot, grid);
    prepared<bates> p{{diffusion.start[0], diffusion.start[1], 0.0}, {}, {}};
    const double excess = std::expm1(m.jump_mean + 0.5 * m.jump_deviation * m.jump_deviation);
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const double compensator = m.intensity * grid[i].length() * excess;
      const std::size_t row = p.table.size();
      append_jump_thresholds(m.intensity * grid[i].jump_length(), p.table);
      const auto& c = diffusion.steps[i];
      p.steps.push_back(
          {{c.growth - compensator, c.decay, c.mean, c.spread, c.floor, c.k1, c.k2, c.k3, c.reach, c.exponent, c.length, c.rho},
           m.jump_mean,
           m.jump_deviation,
           static_cast<double>(row),
           static_cast<double>(p.table.size() - row)});
    }
    return p;
  }
#endif

  template <class T> static DOJIMA_FN T rho(const step<T>& c) { return heston<Real>::rho(c.diffusion); }

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals>& d, const T* table) {
    const Real n = jump_count(d.z[3], table + static_cast<int>(c.row), static_cast<int>(c.count));
    x[2] = fma(Real(c.jump_mean), n, c.jump_deviation * sqrt(n) * d.z[2]);
    Real diffused[2] = {x[0] + x[2], x[1]};
    heston<Real>::advance(diffused, c.diffusion, {{d.z[0], d.z[1]}, {Real(1.0), Real(1.0)}}, table);
    x[0] = diffused[0], x[1] = diffused[1];
  }
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = exp(x[0]);
    out[1] = c.diffusion.length * x[1];
    out[2] = exp(x[0] - x[2]);
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
