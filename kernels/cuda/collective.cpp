#include "kernels/collective.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/backend.hpp"
#include "kernels/libraries.hpp"

namespace dojima::kernels {
namespace {

// The part of NCCL's interface that is used here; declared so that no header of it is needed to build.
using communicator = struct opaque_communicator*;
struct nccl_functions {
  library file{"NCCL", "libnccl2", {"libnccl.so.2", "libnccl.so", "/usr/local/cuda/lib64/libnccl.so.2"}};
  int (*init_all)(communicator*, int, const int*) = file.function<int(communicator*, int, const int*)>("ncclCommInitAll");
  int (*group_start)() = file.function<int()>("ncclGroupStart");
  int (*group_end)() = file.function<int()>("ncclGroupEnd");
  int (*all_reduce)(const void*, void*, std::size_t, int, int, communicator, void*) =
      file.function<int(const void*, void*, std::size_t, int, int, communicator, void*)>("ncclAllReduce");
  const char* (*error_string)(int) = file.function<const char*(int)>("ncclGetErrorString");
};

const nccl_functions& nccl() {
  static const nccl_functions& functions = *new nccl_functions;
  return functions;
}
void check(int status, const char* what) {
  if (status != 0) throw std::runtime_error(std::string("NCCL: ") + what + " failed (" + nccl().error_string(status) + ")");
}

/// ncclDataType_t and how many of it make up an element.
std::pair<int, std::int64_t> type_of(dtype type, reduction what) {
  const bool adds = what == reduction::sum;
  switch (type) {
  case dtype::int32: return {2, 1};
  case dtype::uint32: return {3, 1};
  case dtype::int64: return {4, 1};
  case dtype::float32: return {7, 1};
  case dtype::float64: return {8, 1};
  case dtype::complex64:
    if (adds) return {7, 2};
    break;
  case dtype::complex128:
    if (adds) return {8, 2};
    break;
  default: break;
  }
  throw std::invalid_argument(std::string("NCCL has no such reduction of ") + name_of(type));
}
/// ncclRedOp_t.
int operation_of(reduction what) {
  switch (what) {
  case reduction::sum: return 0;
  case reduction::prod: return 1;
  case reduction::max: return 2;
  case reduction::min: return 3;
  default: throw std::invalid_argument("NCCL sums, multiplies, and takes the smallest or largest");
  }
}

/// One communicator for each GPU of a set. They live as long as the process: making them takes seconds, and NCCL may be gone
/// before a static object is.
struct group {
  std::vector<communicator> members;
  std::mutex calling; ///< all members must see the calls in the same order
};
group& group_of(const std::vector<int>& ordinals) {
  static std::mutex& guard = *new std::mutex;
  static auto& groups = *new std::map<std::vector<int>, std::unique_ptr<group>>;
  const std::lock_guard lock(guard);
  std::unique_ptr<group>& g = groups[ordinals];
  if (!g) {
    auto made = std::make_unique<group>();
    made->members.resize(ordinals.size());
    check(nccl().init_all(made->members.data(), static_cast<int>(ordinals.size()), ordinals.data()), "ncclCommInitAll");
    g = std::move(made);
  }
  return *g;
}

} // namespace

void all_reduce(std::span<backend* const> owners, std::span<void* const> data, std::int64_t count, dtype type, reduction what,
                std::span<void* const> streams) {
  const auto [element, numbers] = type_of(type, what);
  const int operation = operation_of(what);
  std::vector<int> ordinals;
  for (const backend* b : owners) ordinals.push_back(b->ordinal());
  group& all = group_of(ordinals);
  const std::lock_guard lock(all.calling);
  check(nccl().group_start(), "ncclGroupStart");
  int status = 0;
  for (std::size_t i = 0; i < owners.size() && status == 0; ++i)
    status = nccl().all_reduce(data[i], data[i], static_cast<std::size_t>(count * numbers), element, operation, all.members[i],
                               streams[i]);
  const int ended = nccl().group_end();
  check(status, "ncclAllReduce");
  check(ended, "ncclGroupEnd");
}

} // namespace dojima::kernels
