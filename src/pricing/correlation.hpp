// Correlation matrices, by rows.
#pragma once

#include <string>
#include <vector>

#include "dojima/market/market.hpp"

namespace dojima {

/// The market's correlations of some underlyings; empty for one alone.
std::vector<double> correlations_of(const std::vector<std::string>& assets, const market& m);

double smallest_eigenvalue(const std::vector<double>& matrix);

/// The correlation matrix nearest to a symmetric one in the Frobenius norm: alternating projections with Dykstra's correction
/// (Higham 2002, "Computing the nearest correlation matrix", IMA J. Numerical Analysis 22, algorithm 3.3), to 1e-10.
std::vector<double> nearest_correlation(const std::vector<double>& matrix);

/// Frobenius norm of the difference.
double distance(const std::vector<double>& a, const std::vector<double>& b);

/// Lower Cholesky factor of a positive semi-definite matrix.
std::vector<double> cholesky_factor(const std::vector<double>& matrix);

} // namespace dojima
