#include "pricing/correlation.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

using matrix_map = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

Eigen::Index order_of(const std::vector<double>& matrix) {
  return static_cast<Eigen::Index>(std::lround(std::sqrt(static_cast<double>(matrix.size()))));
}
matrix_map view(const std::vector<double>& matrix) { return {matrix.data(), order_of(matrix), order_of(matrix)}; }

/// The nearest positive semi-definite matrix.
Eigen::MatrixXd semi_definite(const Eigen::MatrixXd& a) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> s(a);
  return s.eigenvectors() * s.eigenvalues().cwiseMax(0.0).asDiagonal() * s.eigenvectors().transpose();
}

} // namespace

std::vector<double> correlations_of(const std::vector<std::string>& assets, const market& m) {
  const std::size_t n = assets.size();
  if (n < 2) return {};
  std::vector<double> all(n * n, 1.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const auto pair = std::minmax(assets[i], assets[j]);
      if (pair.first == pair.second) continue;
      const auto found = m.correlations.find({pair.first, pair.second});
      if (found == m.correlations.end())
        throw input_error("no correlation of " + pair.first + " and " + pair.second +
                          " (a trade observes both); add it to the market");
      if (!(std::abs(found->second) <= 1.0))
        throw input_error("correlation of " + pair.first + " and " + pair.second + " = " + number_text(found->second) +
                          " (must be in [-1, 1]); was it quoted in percent?");
      all[i * n + j] = all[j * n + i] = found->second;
    }
  return all;
}

double smallest_eigenvalue(const std::vector<double>& matrix) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(view(matrix), Eigen::EigenvaluesOnly).eigenvalues()[0];
}

std::vector<double> nearest_correlation(const std::vector<double>& matrix) {
  Eigen::MatrixXd y = view(matrix), x = y, correction = Eigen::MatrixXd::Zero(y.rows(), y.cols());
  for (int i = 0;; ++i) {
    if (i == 10'000)
      throw input_error("no nearest correlation matrix was found (10,000 projections do not settle); correct the correlations");
    const Eigen::MatrixXd r = y - correction;
    x = semi_definite(r);
    correction = x - r;
    y = x;
    y.diagonal().setOnes();
    if ((y - x).norm() <= 1e-10 * y.norm()) break;
  }
  const Eigen::VectorXd scale = x.diagonal().cwiseSqrt().cwiseInverse(); // semi-definite still, and ones to the last bit
  x = scale.asDiagonal() * x * scale.asDiagonal();
  x.diagonal().setOnes();
  return {x.data(), x.data() + x.size()};
}

double distance(const std::vector<double>& a, const std::vector<double>& b) { return (view(a) - view(b)).norm(); }

std::vector<double> cholesky_factor(const std::vector<double>& matrix) {
  const auto n = static_cast<std::size_t>(order_of(matrix));
  std::vector<double> l = matrix;
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return l[i * n + j]; };
  // Semi-definite is enough: two assets may move as one, and a column without rest is zero.
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < j; ++k) {
      at(j, j) -= at(j, k) * at(j, k);
      at(k, j) = 0;
    }
    at(j, j) = std::sqrt(std::max(at(j, j), 0.0));
    for (std::size_t i = j + 1; i < n; ++i) {
      for (std::size_t k = 0; k < j; ++k) at(i, j) -= at(i, k) * at(j, k);
      at(i, j) = at(j, j) > 1e-8 ? at(i, j) / at(j, j) : 0.0;
    }
  }
  return l;
}

} // namespace dojima
