#include "pricing/construction.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <utility>

namespace dojima {

std::vector<double> brownian_bridge(std::span<const double> times) {
  const std::size_t n = times.size();
  std::vector<std::vector<double>> w(n + 1, std::vector<double>(n, 0.0)); // W at 0 and at the times, as combinations
  const auto time = [&](std::size_t i) { return i == 0 ? 0.0 : times[i - 1]; };
  std::size_t next = 0;
  w[n][next++] = std::sqrt(time(n));
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, n}};
  for (std::size_t at = 0; at < open.size(); ++at) {
    const auto [a, b] = open[at];
    if (b - a < 2) continue;
    const std::size_t c = (a + b) / 2;
    const double left = (time(b) - time(c)) / (time(b) - time(a));
    for (std::size_t k = 0; k < n; ++k) w[c][k] = left * w[a][k] + (1 - left) * w[b][k];
    w[c][next++] += std::sqrt((time(b) - time(c)) * (time(c) - time(a)) / (time(b) - time(a)));
    open.emplace_back(a, c);
    open.emplace_back(c, b);
  }
  std::vector<double> map(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k) map[i * n + k] = (w[i + 1][k] - w[i][k]) / std::sqrt(time(i + 1) - time(i));
  return map;
}

std::vector<double> principal_components(std::span<const double> times) {
  const auto n = static_cast<Eigen::Index>(times.size());
  const auto time = [&](Eigen::Index i) { return times[static_cast<std::size_t>(i)]; };
  const Eigen::MatrixXd covariance =
      Eigen::MatrixXd::NullaryExpr(n, n, [&](Eigen::Index i, Eigen::Index j) { return std::min(time(i), time(j)); });
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> s(covariance);
  std::vector<double> map;
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index k = n - 1; k >= 0; --k) { // the eigenvalues increase
      const auto v = s.eigenvectors().col(k);
      const double sign = v[n - 1] < 0 ? -1.0 : 1.0; // a larger normal ends higher
      const double step = v[i] - (i > 0 ? v[i - 1] : 0.0), length = time(i) - (i > 0 ? time(i - 1) : 0.0);
      map.push_back(sign * std::sqrt(s.eigenvalues()[k] / length) * step);
    }
  return map;
}

} // namespace dojima
