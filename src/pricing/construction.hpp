// Paths of Brownian motion from normals that are ordered by what they decide: for Sobol points, whose first dimensions are the
// best. Both give steps x steps by rows: row i is the normal of step i, as a combination of those ordered. times: ends of the
// steps, in years.
#pragma once

#include <span>
#include <vector>

namespace dojima {

/// The first normal decides the end, the next the middle, and so on (Caflisch and Moskowitz 1995).
std::vector<double> brownian_bridge(std::span<const double> times);
/// The first normal decides the direction in which the path varies most, and so on: eigenvectors of the covariances
/// min(t_i, t_j), by size of their eigenvalues (Acworth, Broadie and Glasserman 1998). The cube of the steps to make.
std::vector<double> principal_components(std::span<const double> times);

} // namespace dojima
