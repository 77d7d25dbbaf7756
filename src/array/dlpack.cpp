#include "dojima/array/dlpack.hpp"

#include "array/state.hpp"

namespace dojima::detail {
namespace {

dlpack::data_type type_to(dtype type) {
  const auto bits = static_cast<std::uint8_t>(8 * size_of(type));
  switch (type) {
  case dtype::boolean: return {dlpack::boolean, bits, 1};
  case dtype::uint32: return {dlpack::unsigned_integer, bits, 1};
  case dtype::int32:
  case dtype::int64: return {dlpack::integer, bits, 1};
  case dtype::float32:
  case dtype::float64: return {dlpack::floating, bits, 1};
  default: return {dlpack::complex, bits, 1};
  }
}

std::string text_of(const dlpack::data_type& type) {
  constexpr const char* names[] = {"int", "uint", "float", "opaque", "bfloat", "complex", "bool"};
  const std::string name = type.code < std::size(names) ? names[type.code] : "type " + std::to_string(type.code) + " of ";
  return name + std::to_string(type.bits) + (type.lanes == 1 ? "" : "x" + std::to_string(type.lanes));
}

/// What a tensor that was given away stands on.
struct exported {
  tensor kept;
  std::int64_t shape[extents::max_rank], strides[extents::max_rank];
};

dlpack::tensor describe(exported& e) {
  const tensor& x = e.kept;
  for (std::size_t d = 0; d < x.shape.size(); ++d) e.shape[d] = x.shape[d], e.strides[d] = x.strides[d];
  const kernels::backend& backend = x.home().where().backend();
  const bool gpu = backend.ordinal() >= 0;
  return {x.size() > 0 ? x.data() : nullptr,
          {gpu ? dlpack::cuda : dlpack::cpu, gpu ? backend.ordinal() : 0},
          static_cast<std::int32_t>(x.shape.size()),
          type_to(x.type),
          e.shape,
          e.strides,
          0};
}

template <class Managed> Managed* give_away(const tensor& x) {
  struct whole {
    Managed managed{};
    exported data;
  };
  auto* made = new whole{{}, {x, {}, {}}};
  made->managed.dl_tensor = describe(made->data);
  made->managed.manager_ctx = made;
  made->managed.deleter = [](Managed* self) { delete static_cast<whole*>(self->manager_ctx); };
  return &made->managed;
}

template <class Managed> tensor take_over(Managed* m, dtype wanted, const stream& on) {
  const dlpack::tensor& t = m->dl_tensor;
  const dlpack::data_type type = type_to(wanted);
  if (t.dtype.code != type.code || t.dtype.bits != type.bits || t.dtype.lanes != 1)
    throw input_error("from_dlpack: elements are " + text_of(t.dtype) + ", not " + name_of(wanted));
  if (t.ndim < 0 || t.ndim > static_cast<std::int32_t>(extents::max_rank))
    throw input_error("from_dlpack: " + std::to_string(t.ndim) + " dimensions (at most 8)");
  const bool on_cpu = t.device.type == dlpack::cpu || t.device.type == dlpack::cuda_host;
  const bool on_gpu = t.device.type == dlpack::cuda || t.device.type == dlpack::cuda_managed;
  if (!on_cpu && !on_gpu)
    throw input_error("from_dlpack: device type " + std::to_string(t.device.type) + " (must be CPU or CUDA)");
  const int ordinal = on.where().backend().ordinal();
  if (on_cpu ? ordinal >= 0 : ordinal != t.device.id)
    throw input_error("from_dlpack: the memory is on " + (on_cpu ? std::string("cpu") : "cuda:" + std::to_string(t.device.id)) +
                      ", the stream on " + on.where().id());
  extents shape(std::span<const std::int64_t>(t.shape, static_cast<std::size_t>(t.ndim)));
  checked_size(shape, size_of(wanted));
  extents strides = row_major(shape);
  if (t.strides != nullptr && t.ndim > 0)
    strides = extents(std::span<const std::int64_t>(t.strides, static_cast<std::size_t>(t.ndim)));
  tensor x{wanted, size_of(wanted), nullptr, 0, shape, strides};
  const std::shared_ptr<void> owner(m, [](void* self) {
    auto* managed = static_cast<Managed*>(self);
    if (managed->deleter != nullptr) managed->deleter(managed);
  });
  x.memory = std::make_shared<storage>(static_cast<std::byte*>(t.data) + t.byte_offset, on, owner);
  return x;
}

} // namespace

dlpack::managed_tensor* to_dlpack(const tensor& x) { return give_away<dlpack::managed_tensor>(x); }
dlpack::managed_tensor_versioned* to_dlpack_versioned(const tensor& x, bool read_only) {
  auto* m = give_away<dlpack::managed_tensor_versioned>(x);
  m->version = {1, 1};
  m->flags = read_only ? dlpack::read_only : 0;
  return m;
}

void export_to(const tensor& x, const stream& consumer) { x.memory->before_use(consumer); }
void export_to(const tensor& x, void* consumer) {
  const stream& home = x.home();
  if (!home.where().is_cuda()) return;
  x.memory->before_use(home); // from now on the home stream's order says it all
  const event mark = home.record();
  submit(home, "to_dlpack", [&](kernels::backend& backend, void*) { backend.wait(consumer, mark.state().handle); });
}

tensor from_dlpack(dlpack::managed_tensor* m, dtype wanted, const stream& on) { return take_over(m, wanted, on); }
tensor from_dlpack(dlpack::managed_tensor_versioned* m, dtype wanted, const stream& on) {
  if (m->version.major != 1)
    throw input_error("from_dlpack: version " + std::to_string(m->version.major) + "." + std::to_string(m->version.minor) +
                      " (must be 1.x)");
  if ((m->flags & dlpack::read_only) != 0)
    throw input_error("from_dlpack: the memory is read-only, and arrays can be written; ask the producer for a copy");
  return take_over(m, wanted, on);
}

} // namespace dojima::detail
