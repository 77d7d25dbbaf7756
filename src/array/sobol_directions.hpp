#pragma once

#include <vector>

#include "models/random/sobol.hpp"

namespace dojima {

/// The first `count` dimensions of Joe and Kuo's (2008) direction numbers, at most 21,201, with the scrambling words of a
/// replicate.
std::vector<sobol_dimension> sobol_dimensions(std::int64_t count, std::uint64_t seed, std::uint32_t replicate);

} // namespace dojima
