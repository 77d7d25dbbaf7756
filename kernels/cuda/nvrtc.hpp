// CUDA source to machine code at run time, kept in a cache on disk.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace dojima::kernels {

/// `bitwise`: without contraction, and with the headers of models/ and kernels/ that expressions and simulations stand on.
/// `contracted`: the same headers, products and sums contracted, for single precision. `plain`: the compiler's own defaults.
enum class dialect { bitwise, contracted, plain };

/// Machine code for `architecture` ("sm_90"). The result is kept in DOJIMA_CACHE_DIR, else in XDG_CACHE_HOME/dojima or
/// ~/.cache/dojima, under a hash of source, headers, options, architecture and compiler version; a cache that cannot be read or
/// written is no error. std::runtime_error with the compiler's log when the source does not compile; library_error without
/// NVRTC.
std::string compile(const std::string& source, const std::string& architecture, std::span<const std::string> options = {},
                    dialect as = dialect::bitwise);

/// How often `compile` ran the compiler in this process.
int compilations();

} // namespace dojima::kernels
