// Operands for the functions that need their elements in memory.
#pragma once

#include "dojima/array/array.hpp"

namespace dojima::detail {

/// The operand in memory, as elements of type T.
template <element T, operand A> tensor tensor_of(const A& x) {
  if constexpr (std::same_as<value_t<A>, T> && requires { x.raw(); }) return x.raw();
  else return evaluate(cast(to_node(x), dtype_of<T>));
}

} // namespace dojima::detail
