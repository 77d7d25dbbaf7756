// Every process of one instruction set, by its id.
#include "kernels/cpu/paths.hpp"
#include "kernels/simulation.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

#define DOJIMA_PROCESS_ENTRY(name) extern const kernels::process_entry entry_##name;
DOJIMA_PROCESSES(DOJIMA_PROCESS_ENTRY)
#undef DOJIMA_PROCESS_ENTRY

extern const kernels::process_entry* const processes[];
#define DOJIMA_PROCESS_ENTRY(name) &entry_##name,
const kernels::process_entry* const processes[] = {DOJIMA_PROCESSES(DOJIMA_PROCESS_ENTRY)};
#undef DOJIMA_PROCESS_ENTRY

} // namespace DOJIMA_ISA
} // namespace dojima
