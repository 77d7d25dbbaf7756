// The table of CPU kernels that each instruction set fills.
#pragma once

#include "kernels/arguments.hpp"

namespace dojima::kernels {

struct cell_block {
  std::int64_t item_begin, item_end, column_begin, column_end;
};
using cell_function = void (*)(const void* arguments, cell_block block);

} // namespace dojima::kernels
