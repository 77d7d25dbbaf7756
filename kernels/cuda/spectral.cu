// Spectral work of a GPU: cuFFT, opened on first use, with a bounded cache of plans; direct convolution by a kernel of our own.
#include "kernels/spectral.hpp"

#include <cufft.h>
#include <cufftXt.h>

#include <algorithm>
#include <list>
#include <tuple>

#include "kernels/cuda/library_calls.hpp"
#include "kernels/libraries.hpp"

namespace dojima::kernels {
namespace {

using size = std::int64_t;

#define DOJIMA_FROM(opened, name) std::remove_pointer_t<decltype(&::name)>* name = opened.function<decltype(::name)>(#name)
struct cufft_functions {
  library opened{"cuFFT",
                 "libcufft-13-0 (of NVIDIA's CUDA 13; that of CUDA 12 serves too)",
                 {"libcufft.so.12", "/usr/local/cuda/lib64/libcufft.so.12", "libcufft.so.11",
                  "/usr/local/cuda/lib64/libcufft.so.11", "libcufft.so", "/usr/local/cuda/lib64/libcufft.so"}};
  DOJIMA_FROM(opened, cufftCreate);
  DOJIMA_FROM(opened, cufftDestroy);
  DOJIMA_FROM(opened, cufftSetAutoAllocation);
  DOJIMA_FROM(opened, cufftXtMakePlanMany);
  DOJIMA_FROM(opened, cufftSetStream);
  DOJIMA_FROM(opened, cufftSetWorkArea);
  DOJIMA_FROM(opened, cufftXtExec);
};
#undef DOJIMA_FROM
const cufft_functions& cufft() {
  static const cufft_functions functions;
  return functions;
}

// ---- transforms -----------------------------------------------------------------------------------------------------------

using plan_key = std::tuple<transform_kind, dtype, size, size>; // kind (forward stands for inverse too), type, rows, length

/// A cuFFT plan without work space of its own, so that calls on several streams share only the tables, which are read.
class plan {
public:
  explicit plan(const plan_key& key) {
    const auto [kind, type, rows, length] = key;
    const bool single = type == dtype::complex64;
    const cudaDataType complex = single ? CUDA_C_32F : CUDA_C_64F, real = single ? CUDA_R_32F : CUDA_R_64F;
    const bool from_real = kind == transform_kind::real_forward, to_real = kind == transform_kind::real_inverse;
    const long long half = length / 2 + 1;
    long long n = length;
    check_library(cufft().cufftCreate(&handle_), "cufftCreate");
    try {
      check_library(cufft().cufftSetAutoAllocation(handle_, 0), "cufftSetAutoAllocation");
      check_library(cufft().cufftXtMakePlanMany(handle_, 1, &n, nullptr, 1, to_real ? half : length, from_real ? real : complex,
                                                nullptr, 1, from_real ? half : length, to_real ? real : complex, rows,
                                                &work_bytes_, complex),
                    "cufftXtMakePlanMany");
    } catch (...) {
      cufft().cufftDestroy(handle_);
      throw;
    }
  }
  ~plan() { cufft().cufftDestroy(handle_); }
  plan(const plan&) = delete;
  plan& operator=(const plan&) = delete;

  void run(backend& owner, const void* in, void* out, bool inverse, cudaStream_t stream) {
    const device_memory work(owner, work_bytes_, stream);
    const std::lock_guard lock(guard_); // the stream and the work space are settings of the plan
    check_library(cufft().cufftSetStream(handle_, stream), "cufftSetStream");
    if (work_bytes_ > 0) check_library(cufft().cufftSetWorkArea(handle_, work.as()), "cufftSetWorkArea");
    check_library(cufft().cufftXtExec(handle_, const_cast<void*>(in), out, inverse ? CUFFT_INVERSE : CUFFT_FORWARD),
                  "cufftXtExec");
  }

private:
  std::mutex guard_;
  cufftHandle handle_ = 0;
  std::size_t work_bytes_ = 0;
};

/// The plans that were used last. A plan that falls out lives until the calls that hold it have returned.
class plan_cache {
public:
  std::shared_ptr<plan> get(const plan_key& key) {
    const std::lock_guard lock(guard_);
    const auto found = std::find_if(plans_.begin(), plans_.end(), [&](const auto& entry) { return entry.first == key; });
    if (found != plans_.end()) {
      plans_.splice(plans_.begin(), plans_, found);
    } else {
      plans_.emplace_front(key, std::make_shared<plan>(key));
      if (plans_.size() > most) plans_.pop_back();
    }
    return plans_.front().second;
  }

private:
  static constexpr std::size_t most = 32;
  std::mutex guard_;
  std::list<std::pair<plan_key, std::shared_ptr<plan>>> plans_;
};

constexpr int threads = 256;
unsigned blocks_for(size n) { return static_cast<unsigned>(std::min<size>((n + threads - 1) / threads, 65535 * 8)); }

__device__ size thread_index() { return size{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ size thread_count() { return size{gridDim.x} * blockDim.x; }

template <class T> __global__ void scale_all(T* x, size n, T factor) {
  for (size i = thread_index(); i < n; i += thread_count()) x[i] *= factor;
}

template <class T> struct pair { T re, im; };

/// A copy of half spectra whose first values, and last ones for an even length, are made real.
template <class T> __global__ void copy_hermitian(const pair<T>* in, pair<T>* out, size rows, size length) {
  const size half = length / 2 + 1;
  for (size at = thread_index(); at < rows * half; at += thread_count()) {
    const size k = at % half;
    pair<T> value = in[at];
    if (k == 0 || 2 * k == length) value.im = 0;
    out[at] = value;
  }
}

// ---- convolution ------------------------------------------------------------------------------------------------------------

// The sums of the CPU (kernels/cpu/convolve.cpp), operation by operation.
template <class T> __device__ void accumulate(T& sum, T x, T y) {
  if constexpr (std::is_same_v<T, bool>) sum = sum | (x & y);
  else sum = sum + x * y;
}
template <class T> __device__ void accumulate(pair<T>& sum, pair<T> x, pair<T> y) {
  sum.re = sum.re + (x.re * y.re - x.im * y.im);
  sum.im = sum.im + (x.re * y.im + x.im * y.re);
}

__device__ size least(size a, size b) { return a < b ? a : b; }
__device__ size most(size a, size b) { return a > b ? a : b; }

template <class T> __global__ void convolve(convolution c) {
  const T* const a = static_cast<const T*>(c.a);
  const T* const v = static_cast<const T*>(c.v);
  for (size at = thread_index(); at < c.rows * c.columns; at += thread_count()) {
    const size i = at / c.columns + c.first_row, j = at % c.columns + c.first_column;
    T sum = {};
    for (size p = most(0, i - c.a_rows + 1); p <= least(i, c.v_rows - 1); ++p) {
      const T* const x = a + (i - p) * c.a_columns + j;
      const T* const y = v + p * c.v_columns;
      const size last = least(j, c.v_columns - 1);
      for (size q = most(0, j - c.a_columns + 1); q <= last; ++q) accumulate(sum, y[q], x[-q]);
    }
    static_cast<T*>(c.out)[at] = sum;
  }
}

class gpu_spectral final : public spectral {
public:
  explicit gpu_spectral(backend& owner) : owner_(owner) {}
  bool serves(const backend& b) const { return &owner_ == &b; }

  void run(const transform& t, void* stream) override {
    if (t.rows == 0 || t.length == 0) return;
    const cudaStream_t queue = use_device_of(stream);
    t.type == dtype::complex64 ? run_of<float>(t, queue) : run_of<double>(t, queue);
  }

  void run(const convolution& c, void* stream) override {
    if (c.rows == 0 || c.columns == 0) return;
    const cudaStream_t queue = use_device_of(stream);
    const unsigned blocks = blocks_for(c.rows * c.columns);
    switch (c.type) {
    case dtype::boolean: convolve<bool><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::int32:
    case dtype::uint32: convolve<std::uint32_t><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::int64: convolve<std::uint64_t><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::float32: convolve<float><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::float64: convolve<double><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::complex64: convolve<pair<float>><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::complex128: convolve<pair<double>><<<blocks, threads, 0, queue>>>(c); break;
    case dtype::raw: throw library_error("convolve of elements that are no numbers");
    }
    check_cuda(cudaGetLastError(), "convolve");
  }

private:
  template <class T> void run_of(const transform& t, cudaStream_t queue) {
    const bool to_real = t.kind == transform_kind::real_inverse, inverse = t.kind == transform_kind::inverse || to_real;
    const size half = t.length / 2 + 1;
    const auto found =
        plans_.get({t.kind == transform_kind::inverse ? transform_kind::forward : t.kind, t.type, t.rows, t.length});
    // cuFFT takes the spectrum of a real row to be Hermitian, and may overwrite it.
    const device_memory spectrum(owner_, to_real ? static_cast<std::size_t>(t.rows * half) * sizeof(pair<T>) : 0, queue);
    if (to_real) {
      copy_hermitian<<<blocks_for(t.rows * half), threads, 0, queue>>>(static_cast<const pair<T>*>(t.in),
                                                                       spectrum.as<pair<T>>(), t.rows, t.length);
      check_cuda(cudaGetLastError(), "copying a spectrum");
    }
    found->run(owner_, to_real ? spectrum.as() : t.in, t.out, inverse, queue);
    if (t.scale != 1.0) {
      const size values = t.rows * (to_real ? t.length : 2 * (t.kind == transform_kind::real_forward ? half : t.length));
      scale_all<<<blocks_for(values), threads, 0, queue>>>(static_cast<T*>(t.out), values, static_cast<T>(t.scale));
      check_cuda(cudaGetLastError(), "scaling a transform");
    }
  }

  backend& owner_;
  plan_cache plans_;
};

} // namespace

spectral& cuda_spectral(backend& owner) {
  static std::vector<gpu_spectral*>& all = *[] { // never destroyed: no CUDA call after main
    auto* list = new std::vector<gpu_spectral*>;
    for (backend* gpu : cuda_backends()) list->push_back(new gpu_spectral(*gpu));
    return list;
  }();
  return **std::find_if(all.begin(), all.end(), [&](const gpu_spectral* s) { return s->serves(owner); });
}

} // namespace dojima::kernels
