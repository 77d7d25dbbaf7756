// Paths of one process under given normals, with what all its steps show, and means over antithetic pairs of them.
#pragma once

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/models/process/support.hpp"

namespace dojima::test {

/// The normals of a path, [step][k].
using normal_numbers = std::vector<double>;

/// What a process shows after each step.
template <class Process>
std::vector<std::array<double, Process::observables>> walk(const prepared<Process>& p, normal_numbers z) {
  constexpr std::size_t normals = Process::normals;
  const std::size_t n = p.steps.size();
  if (!p.map.empty())
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) z[normals * i + normals - 1] += p.map[i * n + j] * z[normals * j + normals - 2];
  double x[Process::states];
  for (int k = 0; k < Process::states; ++k) x[k] = p.start[k];
  std::vector<std::array<double, Process::observables>> seen(n);
  for (std::size_t i = 0; i < n; ++i) {
    draws<double, Process::normals> d{};
    for (std::size_t k = 0; k < normals; ++k) d.z[k] = z[normals * i + k];
    Process::advance(x, p.steps[i], d, p.table.data());
    double out[Process::observables];
    Process::observe(x, p.steps[i], out);
    for (std::size_t k = 0; k < seen[i].size(); ++k) seen[i][k] = out[k];
  }
  return seen;
}

/// The normals of a path's address, as many as z holds.
inline void fill_normals(int path, normal_numbers& z) {
  double four[4];
  for (std::size_t k = 0; k < z.size(); ++k) {
    if (k % 4 == 0) normals_at(20240607, 0, static_cast<std::uint64_t>(path), static_cast<std::uint32_t>(k / 4), four);
    z[k] = four[k % 4];
  }
}

/// Chi-square of f(normals), the probability of what is seen under the law that it should have.
template <class Function> double chi_square_of(int paths, std::size_t normals, const Function& f) {
  uniform_cells cells;
  normal_numbers z(normals);
  for (int path = 0; path < paths; ++path) {
    fill_normals(path, z);
    cells.add(f(z));
  }
  return cells.chi_square();
}

/// Mean of f(normals) = {value, control}, where the control has mean 0.
template <class Function> sample_mean mean_over(int pairs, std::size_t normals, const Function& f) {
  double v = 0, c = 0, vv = 0, vc = 0, cc = 0;
  normal_numbers z(normals), mirrored(normals);
  for (int pair = 0; pair < pairs; ++pair) {
    fill_normals(pair, z);
    for (std::size_t k = 0; k < z.size(); ++k) mirrored[k] = -z[k];
    const std::pair<double, double> a = f(z), b = f(mirrored);
    const double value = 0.5 * (a.first + b.first), control = 0.5 * (a.second + b.second);
    v += value;
    c += control;
    vv += value * value;
    vc += value * control;
    cc += control * control;
  }
  v /= pairs;
  c /= pairs;
  const double cross = vc / pairs - v * c, spread = cc / pairs - c * c, beta = spread > 0.0 ? cross / spread : 0.0;
  return {v - beta * c, std::sqrt((vv / pairs - v * v - beta * cross) / pairs)};
}

} // namespace dojima::test
