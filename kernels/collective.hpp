// Collective work of several GPUs in this process.
#pragma once

#include <cstdint>
#include <span>

#include "dojima/array/types.hpp"

namespace dojima::kernels {

class backend;

/// data[i], `count` elements on GPU `owners[i]` in the order of streams[i], becomes the reduction over all of them, element by
/// element: sum, prod, min or max. The GPUs differ from one another. Through NCCL; library_error where it is not installed.
void all_reduce(std::span<backend* const> owners, std::span<void* const> data, std::int64_t count, dtype type, reduction what,
                std::span<void* const> streams);

} // namespace dojima::kernels
