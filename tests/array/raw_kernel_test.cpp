// Kernels in CUDA C++.
#include "dojima/array/raw_kernel.hpp"
#include "tests/message_of.hpp"

#include <gtest/gtest.h>

namespace dojima {
namespace {

using test::message_of;

const raw_kernel saxpy(R"(
extern "C" __global__ void saxpy(float a, const float* x, float* y, long long n) {
  const long long i = blockIdx.x * 256ll + threadIdx.x;
  if (i < n) y[i] += a * x[i];
})",
                       "saxpy");

TEST(raw_kernels, run_on_gpus_and_say_so_on_the_cpu) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const array<float> x = full<float>({1000}, 3.0f, on), y = full<float>({1000}, 1.0f, on);
    const auto launch = [&] { saxpy.launch({4}, {256}, 0, on, 2.0f, x, y, x.size()); };
    if (!d.is_cuda()) {
      EXPECT_EQ(message_of<device_error>(launch),
                "raw_kernel 'saxpy' is CUDA C++ and runs on a GPU, not on cpu; elementwise_kernel runs on both");
      continue;
    }
    launch();
    EXPECT_EQ(y.get(), std::vector<float>(1000, 7.0f));
    const stream other(d);
    saxpy.launch({4}, {256}, 0, other, 1.0f, x, y, x.size()); // waits for the arrays' stream, and that for it
    EXPECT_EQ(y.get(), std::vector<float>(1000, 10.0f));
    EXPECT_EQ(message_of<input_error>([&] { saxpy.launch({4}, {256}, 0, on, 2.0f, x, y); }),
              "raw_kernel 'saxpy' takes 4 arguments, but got 3");
    EXPECT_EQ(message_of<input_error>([&] { saxpy.launch({4}, {256}, 0, on, 2.0, x, y, x.size()); }),
              "raw_kernel 'saxpy': argument 0 has 8 bytes, the kernel's parameter 4; give it the parameter's type");
    const array<float> elsewhere = zeros<float>({1000}, stream(device::cpu()));
    EXPECT_NE(
        message_of<input_error>([&] { saxpy.launch({4}, {256}, 0, on, 2.0f, elsewhere, y, x.size()); }).find("an array on cpu"),
        std::string::npos);
    const raw_kernel misnamed("__global__ void f() {}", "f");
    EXPECT_EQ(message_of<error>([&] { misnamed.launch({1}, {1}, 0, on); }),
              "raw_kernel 'f': no kernel 'f' in the source; declare it extern \"C\" __global__");
    const raw_kernel with_shared(R"(extern "C" __global__ void reversed(const int* x, int* y) {
        extern __shared__ int room[];
        room[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
        y[threadIdx.x] = room[blockDim.x - 1 - threadIdx.x];
      })",
                                 "reversed");
    const array<std::int32_t> i = arange<std::int32_t>(64, on), r = empty<std::int32_t>({64}, on);
    with_shared.launch({1}, {64}, 60000, on, i, r); // more than 48 KiB are asked for
    EXPECT_EQ(r.get()[0], 63);
  }
}

TEST(raw_kernels, compile_without_a_gpu) {
  try {
    saxpy.compile("sm_90");
  } catch (const device_error& problem) {
    GTEST_SKIP() << problem.what(); // no NVRTC here
  }
  const std::string text =
      message_of<error>([] { raw_kernel("extern \"C\" __global__ void f() { undeclared(); }", "f").compile("sm_90"); });
  EXPECT_TRUE(text.starts_with("raw_kernel 'f': CUDA source does not compile:")) << text;
  EXPECT_NE(text.find("identifier \"undeclared\" is undefined"), std::string::npos) << text;
  raw_kernel("extern \"C\" __global__ void f(int* x) { *x = N; }", "f", {"-DN=3"}).compile("sm_80");
}

} // namespace
} // namespace dojima
