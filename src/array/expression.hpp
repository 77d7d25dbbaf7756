// Shared by the files that build and run expressions.
#pragma once

#include "dojima/array/expression.hpp"

namespace dojima::detail {

/// to.data[index * index_stride + ...] = x where index, an int64 node of the same shape as x, is not negative. `to` has the
/// strides over x's shape.
void scatter(const tensor& to, std::int64_t index_stride, const node_ptr& index, const node_ptr& x);

} // namespace dojima::detail
