// Every kernel for one instruction set; compiled once for each, with DOJIMA_ISA naming it.
#include <cstring>

#include "kernels/cells.hpp"
#include "kernels/cpu/cells.hpp"
#include "kernels/cpu/pack.hpp"
#include "kernels/cpu/words.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {
namespace {

template <class Kernel> void run_block(const void* arguments, kernels::cell_block block) {
  Kernel kernel;
  std::memcpy(&kernel, arguments, sizeof kernel);
  using Real = std::conditional_t<scalar_columns<Kernel>, double, pack>;
  constexpr std::int64_t width = scalar_columns<Kernel> ? 1 : pack::width;
  static_assert(kernels::column_block % width == 0);
  for (std::int64_t i = block.item_begin; i < block.item_end; ++i)
    for (std::int64_t s = block.column_begin; s < block.column_end; s += width) run<Real>(kernel, i, s);
}

} // namespace

extern const kernels::cell_function cells[kernels::id::count];
#define DOJIMA_KERNEL_ENTRY(name) &run_block<kernels::name>,
const kernels::cell_function cells[kernels::id::count] = {DOJIMA_KERNELS(DOJIMA_KERNEL_ENTRY)};
#undef DOJIMA_KERNEL_ENTRY

} // namespace DOJIMA_ISA
} // namespace dojima
