// Arrays to and from other libraries, through structures as dlpack.h declares them.
#include "dojima/array/dlpack.hpp"
#include "dojima/array/elementwise.hpp"
#include "dojima/array/memory.hpp"
#include "tests/message_of.hpp"

#include <gtest/gtest.h>

namespace {

// The names and the layout of dlpack.h.
struct DLDevice {
  std::int32_t device_type;
  std::int32_t device_id;
};
struct DLDataType {
  std::uint8_t code, bits;
  std::uint16_t lanes;
};
struct DLTensor {
  void* data;
  DLDevice device;
  std::int32_t ndim;
  DLDataType dtype;
  std::int64_t *shape, *strides;
  std::uint64_t byte_offset;
};
struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(DLManagedTensor*);
};
struct DLPackVersion {
  std::uint32_t major, minor;
};
struct DLManagedTensorVersioned {
  DLPackVersion version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned*);
  std::uint64_t flags;
  DLTensor dl_tensor;
};
static_assert(sizeof(DLTensor) == sizeof(dojima::dlpack::tensor) && sizeof(DLTensor) == 48);
static_assert(offsetof(DLManagedTensorVersioned, dl_tensor) == offsetof(dojima::dlpack::managed_tensor_versioned, dl_tensor));

} // namespace

namespace dojima {
namespace {

using test::message_of;

template <class T> class dlpack_of : public testing::Test {};
using element_types =
    testing::Types<bool, std::int32_t, std::uint32_t, std::int64_t, float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(dlpack_of, element_types);

TYPED_TEST(dlpack_of, goes_out_and_comes_back_without_a_copy) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const std::size_t in_use = memory_pool(d).statistics().in_use;
    {
      array<TypeParam> x = ones<TypeParam>({4, 6}, on);
      x(1, 2) = TypeParam(0);
      const array<TypeParam> part = x(slice{0, none, 2}, slice{none, none, -1});
      auto* m = to_dlpack<DLManagedTensor>(part);
      EXPECT_EQ(m->dl_tensor.ndim, 2);
      EXPECT_EQ(m->dl_tensor.shape[0], 2);
      EXPECT_EQ(m->dl_tensor.strides[0], 12);
      EXPECT_EQ(m->dl_tensor.strides[1], -1);
      EXPECT_EQ(m->dl_tensor.data, part.data());
      EXPECT_EQ(m->dl_tensor.dtype.bits, 8 * sizeof(TypeParam));
      EXPECT_EQ(m->dl_tensor.device.device_type, d.is_cuda() ? 2 : 1);
      array<TypeParam> back = from_dlpack<TypeParam>(m, on);
      EXPECT_EQ(back.data(), part.data());
      EXPECT_EQ(back.shape(), part.shape());
      EXPECT_EQ(back.get(), part.get());
      back(0, 0) = TypeParam(0); // the same elements
      EXPECT_EQ(x.get()[5], TypeParam(0));
      x = array<TypeParam>(); // the other handle keeps them alive
      EXPECT_EQ(back.get()[1], TypeParam(1));
    }
    on.synchronize();
    EXPECT_EQ(memory_pool(d).statistics().in_use, in_use);
  }
}

/// Memory of the test's own, whose deleter counts.
struct own_tensor {
  std::vector<double> values{1, 2, 3, 4, 5, 6};
  std::int64_t shape[2] = {2, 3};
  int deleted = 0;
  DLManagedTensor managed{{values.data(), {1, 0}, 2, {2, 64, 1}, shape, nullptr, 0}, this, [](DLManagedTensor* m) {
                            ++static_cast<own_tensor*>(m->manager_ctx)->deleted;
                          }};
};

TEST(dlpack, calls_the_deleter_once_after_the_last_handle) {
  own_tensor t;
  {
    const array<double> x = from_dlpack<double>(&t.managed);
    EXPECT_EQ(x.get(), t.values);
    EXPECT_EQ(x.data(), t.values.data());
    {
      const array<double> y = x(1);
      EXPECT_EQ((y + 1.0).eval().get(), (std::vector<double>{5, 6, 7}));
    }
    EXPECT_EQ(t.deleted, 0);
  }
  EXPECT_EQ(t.deleted, 1);
}

TEST(dlpack, honours_offset_strides_and_a_missing_deleter) {
  own_tensor t;
  std::int64_t strides[2] = {1, 2};
  t.managed.dl_tensor.strides = strides;
  t.managed.dl_tensor.byte_offset = 8;
  t.shape[0] = t.shape[1] = 2;
  t.managed.deleter = nullptr;
  const array<double> x = from_dlpack<double>(&t.managed, stream(device::cpu()));
  EXPECT_EQ(x.get(), (std::vector<double>{2, 4, 3, 5}));
}

TEST(dlpack, refuses_what_it_cannot_hold_and_leaves_it_to_the_caller) {
  own_tensor t;
  const stream on(device::cpu());
  const auto refusal = [&] { return message_of<input_error>([&] { from_dlpack<double>(&t.managed, on); }); };
  EXPECT_EQ(message_of<input_error>([&] { from_dlpack<float>(&t.managed, on); }),
            "from_dlpack: elements are float64, not float32");
  t.managed.dl_tensor.dtype = {4, 16, 1};
  EXPECT_EQ(refusal(), "from_dlpack: elements are bfloat16, not float64");
  t.managed.dl_tensor.dtype = {2, 64, 2};
  EXPECT_EQ(refusal(), "from_dlpack: elements are float64x2, not float64");
  t.managed.dl_tensor.dtype = {2, 64, 1};
  t.managed.dl_tensor.device = {7, 0};
  EXPECT_EQ(refusal(), "from_dlpack: device type 7 (must be CPU or CUDA)");
  t.managed.dl_tensor.device = {2, 1};
  EXPECT_EQ(refusal(), "from_dlpack: the memory is on cuda:1, the stream on cpu");
  t.managed.dl_tensor.device = {1, 0};
  t.managed.dl_tensor.ndim = 9;
  EXPECT_EQ(refusal(), "from_dlpack: 9 dimensions (at most 8)");
  EXPECT_EQ(t.deleted, 0);
}

TEST(dlpack, versioned_has_flags) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d), consumer(d);
    const array<double> x = ones<double>({3}, on);
    auto* m = to_dlpack<DLManagedTensorVersioned>(x, consumer);
    EXPECT_EQ(m->version.major, 1u);
    EXPECT_EQ(m->flags, 0u);
    EXPECT_EQ((from_dlpack<double>(m, consumer) + 1.0).eval().get(), std::vector<double>(3, 2.0));
    m = to_dlpack_read_only<DLManagedTensorVersioned>(x);
    EXPECT_EQ(m->flags, 1u);
    EXPECT_EQ(message_of<input_error>([&] { from_dlpack<double>(m, on); }),
              "from_dlpack: the memory is read-only, and arrays can be written; ask the producer for a copy");
    m->flags = 0;
    m->version.major = 2;
    EXPECT_EQ(message_of<input_error>([&] { from_dlpack<double>(m, on); }), "from_dlpack: version 2.1 (must be 1.x)");
    m->deleter(m);
  }
}

TEST(dlpack, makes_the_consumers_stream_wait) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d), consumer(d);
    array<double> x = zeros<double>({1 << 22}, on);
    for (int i = 0; i < 20; ++i) x += 1.0;
    auto* m = d.is_cuda() ? to_dlpack<DLManagedTensor>(x, consumer.handle()) : to_dlpack<DLManagedTensor>(x, consumer);
    EXPECT_EQ(from_dlpack<double>(m, consumer).get()[12345], 20.0);
  }
}

TEST(dlpack, scalars_and_empty_arrays) {
  for (const device& d : device::all()) {
    const stream on(d);
    const array<double> zero_dimensional = full<double>({}, 3.0, on), none = zeros<double>({0, 3}, on);
    EXPECT_EQ(from_dlpack<double>(to_dlpack(zero_dimensional), on).item(), 3.0);
    const array<double> back = from_dlpack<double>(to_dlpack(none), on);
    EXPECT_EQ(back.shape(), (extents{0, 3}));
    EXPECT_TRUE(back.get().empty());
  }
}

} // namespace
} // namespace dojima
