// Kernels in CUDA C++ that the user writes, compiled at run time.
#pragma once

#include <array>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "dojima/array/array.hpp"

namespace dojima {

/// Blocks of a grid, or threads of a block.
struct extent3 {
  unsigned x = 1, y = 1, z = 1;
};

/// A kernel in CUDA C++. It is compiled for a GPU when it is first launched there, and kept on disk for the next time.
///
///   const raw_kernel saxpy(R"(extern "C" __global__ void saxpy(float a, const float* x, float* y, long long n) {
///     const long long i = blockIdx.x * 256ll + threadIdx.x;
///     if (i < n) y[i] += a * x[i];
///   })", "saxpy");
///   saxpy.launch({blocks}, {256}, 0, on, 2.0f, x, y, x.size());
///
/// The compiler's own defaults hold, except for the language, which is C++20: pass "-fmad=false" where the bits of the CPU
/// count.
class raw_kernel {
public:
  /// `name` is declared extern "C". Options as of NVRTC: "-DN=3", "--use_fast_math".
  raw_kernel(std::string source, std::string name, std::vector<std::string> options = {});

  /// Arrays are passed as the address of their first element: the kernel must know their strides. Anything else is passed by
  /// value and must be trivially copyable. device_error on the CPU; an error with the compiler's log when it does not compile;
  /// input_error when number or sizes of the arguments are not those of the kernel.
  template <class... Args>
  void launch(extent3 grid, extent3 block, std::size_t shared_bytes, const stream& on, const Args&... args) const {
    std::vector<const detail::tensor*> arrays;
    (note_array(args, arrays), ...);
    std::tuple values{value_of(args)...}; // lives until the launch has copied it
    std::apply(
        [&](auto&... value) {
          const std::array<void*, sizeof...(Args)> pointers{&value...};
          const std::array<std::size_t, sizeof...(Args)> sizes{sizeof(value)...};
          run(grid, block, shared_bytes, on, arrays, pointers, sizes);
        },
        values);
  }

  /// Compiles for an architecture, "sm_90", whether or not there is such a GPU; an error with the compiler's log.
  void compile(const std::string& architecture) const;

private:
  template <class T> static void note_array(const array<T>& x, std::vector<const detail::tensor*>& arrays) {
    arrays.push_back(&x.raw());
  }
  template <class T> static void note_array(const T&, std::vector<const detail::tensor*>&) {}
  template <class T> static void* value_of(const array<T>& x) { return x.raw().data(); }
  template <class T> static T value_of(const T& x) {
    static_assert(std::is_trivially_copyable_v<T>, "kernel arguments are arrays or trivially copyable values");
    return x;
  }
  void run(extent3 grid, extent3 block, std::size_t shared_bytes, const stream& on,
           std::span<const detail::tensor* const> arrays, std::span<void* const> pointers,
           std::span<const std::size_t> sizes) const;

  struct loaded;
  std::shared_ptr<loaded> state_;
};

} // namespace dojima
