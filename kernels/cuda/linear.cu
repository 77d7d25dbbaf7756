// Linear algebra of a GPU: cuBLAS and cuSOLVER, opened on first use. Every call takes its work space from the stream's pool, so
// calls on several streams share nothing and results do not depend on what else runs.
#include "kernels/linear.hpp"

#include <cublas_v2.h>
#include <cusolverDn.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <optional>

#include "kernels/cuda/library_calls.hpp"
#include "kernels/libraries.hpp"

namespace dojima::kernels {
namespace {

using size = std::int64_t;

// Of a library's function: its type from the header, its address from the opened library.
#define DOJIMA_FROM(opened, name) std::remove_pointer_t<decltype(&::name)>* name = opened.function<decltype(::name)>(#name)

struct cublas_functions {
  library opened{"cuBLAS",
                 "libcublas-13-0 (of NVIDIA's CUDA 13; that of CUDA 12 serves too)",
                 {"libcublas.so.13", "/usr/local/cuda/lib64/libcublas.so.13", "libcublas.so.12",
                  "/usr/local/cuda/lib64/libcublas.so.12", "libcublas.so", "/usr/local/cuda/lib64/libcublas.so"}};
  DOJIMA_FROM(opened, cublasCreate_v2);
  DOJIMA_FROM(opened, cublasSetStream_v2);
  DOJIMA_FROM(opened, cublasSetWorkspace_v2);
  DOJIMA_FROM(opened, cublasGemmStridedBatchedEx_64);
  DOJIMA_FROM(opened, cublasSgetrfBatched);
  DOJIMA_FROM(opened, cublasDgetrfBatched);
  DOJIMA_FROM(opened, cublasSgetrsBatched);
  DOJIMA_FROM(opened, cublasDgetrsBatched);
};
const cublas_functions& cublas() {
  static const cublas_functions functions;
  return functions;
}

struct cusolver_functions {
  library opened{"cuSOLVER",
                 "libcusolver-13-0 (of NVIDIA's CUDA 13; that of CUDA 12 serves too)",
                 {"libcusolver.so.12", "/usr/local/cuda/lib64/libcusolver.so.12", "libcusolver.so.11",
                  "/usr/local/cuda/lib64/libcusolver.so.11", "libcusolver.so", "/usr/local/cuda/lib64/libcusolver.so"}};
  DOJIMA_FROM(opened, cusolverDnCreate);
  DOJIMA_FROM(opened, cusolverDnCreateParams);
  DOJIMA_FROM(opened, cusolverDnSetStream);
  DOJIMA_FROM(opened, cusolverDnXpotrf_bufferSize);
  DOJIMA_FROM(opened, cusolverDnXpotrf);
  DOJIMA_FROM(opened, cusolverDnSpotrfBatched);
  DOJIMA_FROM(opened, cusolverDnDpotrfBatched);
  DOJIMA_FROM(opened, cusolverDnXgetrf_bufferSize);
  DOJIMA_FROM(opened, cusolverDnXgetrf);
  DOJIMA_FROM(opened, cusolverDnXgetrs);
  DOJIMA_FROM(opened, cusolverDnXgeqrf_bufferSize);
  DOJIMA_FROM(opened, cusolverDnXgeqrf);
  DOJIMA_FROM(opened, cusolverDnSorgqr_bufferSize);
  DOJIMA_FROM(opened, cusolverDnDorgqr_bufferSize);
  DOJIMA_FROM(opened, cusolverDnSorgqr);
  DOJIMA_FROM(opened, cusolverDnDorgqr);
  DOJIMA_FROM(opened, cusolverDnXgesvd_bufferSize);
  DOJIMA_FROM(opened, cusolverDnXgesvd);
  DOJIMA_FROM(opened, cusolverDnXsyevd_bufferSize);
  DOJIMA_FROM(opened, cusolverDnXsyevd);
};
const cusolver_functions& cusolver() {
  static const cusolver_functions functions;
  return functions;
}
#undef DOJIMA_FROM

// What differs between float32 and float64.
template <class T> struct typed;
template <> struct typed<float> {
  static constexpr cudaDataType type = CUDA_R_32F;
  static auto potrf_batched() { return cusolver().cusolverDnSpotrfBatched; }
  static auto getrf_batched() { return cublas().cublasSgetrfBatched; }
  static auto getrs_batched() { return cublas().cublasSgetrsBatched; }
  static auto orgqr_size() { return cusolver().cusolverDnSorgqr_bufferSize; }
  static auto orgqr() { return cusolver().cusolverDnSorgqr; }
};
template <> struct typed<double> {
  static constexpr cudaDataType type = CUDA_R_64F;
  static auto potrf_batched() { return cusolver().cusolverDnDpotrfBatched; }
  static auto getrf_batched() { return cublas().cublasDgetrfBatched; }
  static auto getrs_batched() { return cublas().cublasDgetrsBatched; }
  static auto orgqr_size() { return cusolver().cusolverDnDorgqr_bufferSize; }
  static auto orgqr() { return cusolver().cusolverDnDorgqr; }
};

struct cublas_handle {
  cublas_handle() { check_library(cublas().cublasCreate_v2(&handle), "cublasCreate"); }
  cublasHandle_t handle = nullptr;
};
struct cusolver_handle {
  cusolver_handle() {
    check_library(cusolver().cusolverDnCreate(&handle), "cusolverDnCreate");
    check_library(cusolver().cusolverDnCreateParams(&params), "cusolverDnCreateParams");
  }
  cusolverDnHandle_t handle = nullptr;
  cusolverDnParams_t params = nullptr;
};

// ---- kernels --------------------------------------------------------------------------------------------------------------

constexpr int threads = 256;
int blocks_for(size n) { return static_cast<int>(std::min<size>((n + threads - 1) / threads, 65535 * 8)); }

/// The index of this thread and the number of all, for a loop over any number of elements.
__device__ size thread_index() { return size{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ size thread_count() { return size{gridDim.x} * blockDim.x; }

template <class T> __global__ void list_matrices(T** pointers, T* first, size stride, size count) {
  for (size i = thread_index(); i < count; i += thread_count()) pointers[i] = first + i * stride;
}

/// Sets what is below the diagonals of column-major n x n matrices to zero, and notes the first NaN on each diagonal.
template <class T> __global__ void keep_upper(T* a, size n, size count, int* first_nan) {
  for (size at = thread_index(); at < n * n * count; at += thread_count()) {
    const size row = at % n, column = at / n % n;
    if (row > column) a[at] = T(0);
    if (row == column && isnan(a[at])) atomicMin(&first_nan[at / (n * n)], static_cast<int>(row) + 1);
  }
}

/// r[i][j], row major, of the upper triangle of a column-major matrix with `rows` rows.
template <class T> __global__ void copy_upper(const T* a, T* r, size rows, size k, size columns) {
  for (size at = thread_index(); at < k * columns; at += thread_count()) {
    const size i = at / columns, j = at % columns;
    r[at] = j < i ? T(0) : a[j * rows + i];
  }
}

template <class T> __global__ void note_nan(const T* values, size n, size count, int* first_nan) {
  for (size at = thread_index(); at < n * count; at += thread_count())
    if (isnan(values[at])) atomicMin(&first_nan[at / n], 1);
}

template <class To, class From> __global__ void convert(const From* from, To* to, size n) {
  for (size at = thread_index(); at < n; at += thread_count()) to[at] = static_cast<To>(from[at]);
}

__global__ void add_correction(const float* correction, double* x, size n) {
  for (size at = thread_index(); at < n; at += thread_count()) x[at] += static_cast<double>(correction[at]);
}

/// The bits of |x|. They order as the numbers do, and NaN above all.
__device__ unsigned long long bits_of_size(double x) { return static_cast<unsigned long long>(__double_as_longlong(fabs(x))); }
__device__ double number_of(unsigned long long bits) { return __longlong_as_double(static_cast<long long>(bits)); }

/// The largest sum of |a| along a row of a column-major matrix.
__global__ void find_largest_row(const double* a, size n, unsigned long long* largest) {
  for (size row = thread_index(); row < n; row += thread_count()) {
    double sum = 0.0;
    for (size column = 0; column < n; ++column) sum += fabs(a[column * n + row]);
    atomicMax(largest, bits_of_size(sum));
  }
}

/// Raises `state` to 1 when a column's residual is above sqrt(n) 2^-53 |a| |x|, and to 2 when it is no number. A block takes a
/// column.
__global__ void note_unsolved(const double* residual, const double* x, size n, size columns, const unsigned long long* norm,
                              int* state) {
  __shared__ unsigned long long largest[2];
  const double bound = sqrt(static_cast<double>(n)) * 0x1p-53 * number_of(*norm);
  for (size column = blockIdx.x; column < columns; column += gridDim.x) {
    if (threadIdx.x < 2) largest[threadIdx.x] = 0;
    __syncthreads();
    unsigned long long of_residual = 0, of_x = 0;
    for (size at = column * n + threadIdx.x; at < (column + 1) * n; at += blockDim.x) {
      of_residual = ::max(of_residual, bits_of_size(residual[at]));
      of_x = ::max(of_x, bits_of_size(x[at]));
    }
    atomicMax(&largest[0], of_residual);
    atomicMax(&largest[1], of_x);
    __syncthreads();
    const double worst = number_of(largest[0]);
    if (threadIdx.x == 0 && !(worst <= number_of(largest[1]) * bound)) atomicMax(state, isfinite(worst) ? 1 : 2);
    __syncthreads();
  }
}

struct strided_batch {
  size rank, extent[extents::max_rank], a[extents::max_rank], b[extents::max_rank];
};

constexpr int integer_tile = 16;

/// Products of integers, as matrices of 16 x 16 in shared memory; block z takes matrices z, z + gridDim.z, ...
template <class T, class Sum>
__global__ void multiply_integers(const T* a, const T* b, T* c, size rows, size inner, size columns, size a_row, size a_column,
                                  size b_row, size b_column, strided_batch batch, size count) {
  __shared__ T left[integer_tile][integer_tile + 1], right[integer_tile][integer_tile + 1];
  const size column = size{blockIdx.x} * integer_tile + threadIdx.x;
  for (size m = blockIdx.z; m < count; m += gridDim.z) {
    size a_at = 0, b_at = 0;
    for (size d = batch.rank, rest = m; d-- > 0; rest /= batch.extent[d]) {
      a_at += rest % batch.extent[d] * batch.a[d];
      b_at += rest % batch.extent[d] * batch.b[d];
    }
    for (size top = size{blockIdx.y} * integer_tile; top < rows; top += size{gridDim.y} * integer_tile) {
      const size row = top + threadIdx.y;
      Sum sum = 0;
      for (size k = 0; k < inner; k += integer_tile) {
        const size across = k + threadIdx.x, down = k + threadIdx.y;
        left[threadIdx.y][threadIdx.x] = row < rows && across < inner ? a[a_at + row * a_row + across * a_column] : T(0);
        right[threadIdx.y][threadIdx.x] = down < inner && column < columns ? b[b_at + down * b_row + column * b_column] : T(0);
        __syncthreads();
        for (int i = 0; i < integer_tile; ++i) {
          const Sum x = static_cast<Sum>(left[threadIdx.y][i]), y = static_cast<Sum>(right[i][threadIdx.x]);
          if constexpr (std::is_same_v<T, bool>) sum |= x & y;
          else sum += x * y;
        }
        __syncthreads();
      }
      if (row < rows && column < columns) c[(m * rows + row) * columns + column] = static_cast<T>(sum);
    }
  }
}

// ---- products -------------------------------------------------------------------------------------------------------------

/// The batch with neighbouring dimensions joined where one stride serves both.
strided_batch joined(const product& p) {
  strided_batch batch{};
  for (std::size_t d = 0; d < p.batch.size(); ++d) {
    const size n = p.batch[d], a = p.a.batch_strides[d], b = p.b.batch_strides[d];
    if (n == 1) continue;
    const size last = batch.rank - 1;
    if (batch.rank > 0 && batch.a[last] == a * n && batch.b[last] == b * n) {
      batch.extent[last] *= n;
      batch.a[last] = a, batch.b[last] = b;
    } else {
      batch.extent[batch.rank] = n;
      batch.a[batch.rank] = a, batch.b[batch.rank] = b;
      ++batch.rank;
    }
  }
  return batch;
}

template <class T, class Sum> void multiply_integers_of(const product& p, size count, cudaStream_t stream) {
  const auto tiles = [](size n) { return static_cast<unsigned>(std::min<size>((n + integer_tile - 1) / integer_tile, 65535)); };
  const size across = (p.columns + integer_tile - 1) / integer_tile;
  if (across > INT_MAX) throw library_error("a product of integers with " + std::to_string(p.columns) + " columns");
  const dim3 grid(static_cast<unsigned>(across), tiles(p.rows), static_cast<unsigned>(std::min<size>(count, 65535)));
  multiply_integers<T, Sum><<<grid, dim3(integer_tile, integer_tile), 0, stream>>>(
      static_cast<const T*>(p.a.data), static_cast<const T*>(p.b.data), static_cast<T*>(p.c), p.rows, p.inner, p.columns,
      p.a.row_stride, p.a.column_stride, p.b.row_stride, p.b.column_stride, joined(p), count);
  check_cuda(cudaGetLastError(), "matmul of integers");
}

constexpr std::size_t cublas_work_space = std::size_t{32} << 20; // what NVIDIA advises for Hopper

class gpu_linear final : public linear {
public:
  explicit gpu_linear(backend& owner) : owner_(owner) {}
  bool serves(const backend& b) const { return &owner_ == &b; }

  void multiply(const product& p, void* stream) override {
    const cudaStream_t queue = use_device_of(stream);
    size count = 1;
    for (const size extent : p.batch) count *= extent;
    if (count == 0 || p.rows == 0 || p.columns == 0) return;
    switch (p.type) {
    case dtype::boolean: return multiply_integers_of<bool, unsigned>(p, count, queue);
    case dtype::int32: return multiply_integers_of<std::int32_t, std::uint32_t>(p, count, queue);
    case dtype::uint32: return multiply_integers_of<std::uint32_t, std::uint32_t>(p, count, queue);
    case dtype::int64: return multiply_integers_of<std::int64_t, unsigned long long>(p, count, queue);
    case dtype::float32: return multiply_floating(p, count, CUDA_R_32F, queue);
    case dtype::float64: return multiply_floating(p, count, CUDA_R_64F, queue);
    case dtype::complex64: return multiply_floating(p, count, CUDA_C_32F, queue);
    case dtype::complex128: return multiply_floating(p, count, CUDA_C_64F, queue);
    case dtype::raw: throw library_error("matmul of elements that are no numbers");
    }
  }

  std::optional<failure> cholesky(dtype type, size n, size count, void* a, void* stream) override {
    return type == dtype::float32 ? cholesky_of(n, count, static_cast<float*>(a), stream)
                                  : cholesky_of(n, count, static_cast<double*>(a), stream);
  }
  std::optional<failure> solve(dtype type, size n, size columns, size count, void* a, void* b, bool transposed,
                               void* stream) override {
    return type == dtype::float32
               ? solve_of(n, columns, count, static_cast<float*>(a), static_cast<float*>(b), transposed, stream)
               : solve_of(n, columns, count, static_cast<double*>(a), static_cast<double*>(b), transposed, stream);
  }
  void qr(dtype type, size rows, size columns, size count, void* a, void* r, void* stream) override {
    type == dtype::float32 ? qr_of(rows, columns, count, static_cast<float*>(a), static_cast<float*>(r), stream)
                           : qr_of(rows, columns, count, static_cast<double*>(a), static_cast<double*>(r), stream);
  }

  std::optional<failure> solve_mixed(size n, size columns, size count, void* a, void* b, void* x, void* stream) override {
    if (n == 0 || columns == 0 || count == 0) return std::nullopt;
    auto *const matrices = static_cast<double*>(a), *const rhs = static_cast<double*>(b), *const out = static_cast<double*>(x);
    const auto solve_in_double = [&](size first, size matrices_of_it) {
      const size at = first * n * columns, elements = matrices_of_it * n * columns;
      owner_.copy(out + at, rhs + at, static_cast<std::size_t>(elements) * sizeof(double), stream);
      return solve_of(n, columns, matrices_of_it, matrices + first * n * n, out + at, false, stream);
    };
    if (many_small(n, count)) return solve_in_double(0, count); // refinement one by one would take longer
    for (size i = 0; i < count; ++i)
      if (!refine(n, columns, matrices + i * n * n, rhs + i * n * columns, out + i * n * columns, stream))
        if (const auto failed = solve_in_double(i, 1)) return failure{i, failed->order};
    return std::nullopt;
  }

  std::optional<failure> svd(dtype type, size rows, size columns, size count, void* a, void* s, void* u, void* vt, bool full,
                             void* stream) override {
    if (columns == 0 || count == 0) return std::nullopt;
    const cudaStream_t queue = use_device_of(stream);
    const auto solver = solver_on(queue);
    const cudaDataType data = type == dtype::float32 ? CUDA_R_32F : CUDA_R_64F;
    const auto item = static_cast<size>(size_of(type));
    const auto job = static_cast<signed char>(full ? 'A' : 'S');
    const orders info(owner_, count, stream);
    std::size_t device_bytes = 0, host_bytes = 0;
    check_library(cusolver().cusolverDnXgesvd_bufferSize(solver->handle, solver->params, job, job, rows, columns, data, a, rows,
                                                         data, s, data, u, rows, data, vt, columns, data, &device_bytes,
                                                         &host_bytes),
                  "cusolverDnXgesvd_bufferSize");
    const device_memory work(owner_, device_bytes, stream);
    std::vector<char> host(host_bytes);
    const auto at = [item](void* base, size elements) { return static_cast<char*>(base) + elements * item; };
    for (size i = 0; i < count; ++i)
      check_library(cusolver().cusolverDnXgesvd(solver->handle, solver->params, job, job, rows, columns, data,
                                                at(a, i * rows * columns), rows, data, at(s, i * columns), data,
                                                at(u, i * rows * (full ? rows : columns)), rows, data,
                                                at(vt, i * columns * columns), columns, data, work.as(), device_bytes,
                                                host.data(), host_bytes, info.of_library() + i),
                    "cusolverDnXgesvd");
    note_nans(type, s, columns, count, info, queue);
    return info.first_failure();
  }

  std::optional<failure> eigh(dtype type, size n, size count, void* a, void* values, void* stream) override {
    if (n == 0 || count == 0) return std::nullopt;
    const cudaStream_t queue = use_device_of(stream);
    const auto solver = solver_on(queue);
    const cudaDataType data = type == dtype::float32 ? CUDA_R_32F : CUDA_R_64F;
    const auto item = static_cast<size>(size_of(type));
    const orders info(owner_, count, stream);
    std::size_t device_bytes = 0, host_bytes = 0;
    check_library(cusolver().cusolverDnXsyevd_bufferSize(solver->handle, solver->params, CUSOLVER_EIG_MODE_VECTOR,
                                                         CUBLAS_FILL_MODE_UPPER, n, data, a, n, data, values, data,
                                                         &device_bytes, &host_bytes),
                  "cusolverDnXsyevd_bufferSize");
    const device_memory work(owner_, device_bytes, stream);
    std::vector<char> host(host_bytes);
    for (size i = 0; i < count; ++i)
      check_library(cusolver().cusolverDnXsyevd(solver->handle, solver->params, CUSOLVER_EIG_MODE_VECTOR,
                                                CUBLAS_FILL_MODE_UPPER, n, data, static_cast<char*>(a) + i * n * n * item, n,
                                                data, static_cast<char*>(values) + i * n * item, data, work.as(), device_bytes,
                                                host.data(), host_bytes, info.of_library() + i),
                    "cusolverDnXsyevd");
    note_nans(type, values, n, count, info, queue);
    return info.first_failure();
  }

private:
  /// For each matrix of a batch, the order that the library reports and the first NaN that was found.
  class orders {
  public:
    orders(backend& owner, size count, void* stream)
        : owner_(owner), count_(count), stream_(stream),
          memory_(owner, 2 * static_cast<std::size_t>(count) * sizeof(int), stream) {
      const auto queue = static_cast<cudaStream_t>(stream);
      const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(int);
      check_cuda(cudaMemsetAsync(of_library(), 0, bytes, queue), "clearing memory");
      check_cuda(cudaMemsetAsync(first_nan(), 0x7f, bytes, queue), "clearing memory");
    }
    int* of_library() const { return memory_.as<int>(); }
    int* first_nan() const { return memory_.as<int>() + count_; }

    /// Waits for the stream.
    std::optional<failure> first_failure() const {
      std::vector<int> host(2 * static_cast<std::size_t>(count_));
      owner_.copy(host.data(), memory_.as(), host.size() * sizeof(int), stream_);
      owner_.synchronize(stream_);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) {
        const int info = host[i], nan = host[static_cast<std::size_t>(count_) + i];
        if (info < 0) throw std::runtime_error("CUDA: cuSOLVER refused argument " + std::to_string(-info));
        if (info > 0 || nan < 0x7f7f7f7f) return failure{static_cast<size>(i), info > 0 ? std::min(info, nan) : nan};
      }
      return std::nullopt;
    }

  private:
    backend& owner_;
    size count_;
    void* stream_;
    device_memory memory_;
  };

  /// Factors of one matrix at a time, by cuSOLVER. The object must outlive the work that it queued.
  template <class T> class lu {
  public:
    lu(gpu_linear& owner, size n, T* a, cudaStream_t queue)
        : solver_(owner.solver_on(queue)), n_(n),
          pivots_(owner.owner_, static_cast<std::size_t>(n) * sizeof(std::int64_t), queue),
          refused_(owner.owner_, sizeof(int), queue) {
      std::size_t host_bytes = 0;
      check_library(cusolver().cusolverDnXgetrf_bufferSize(solver_->handle, solver_->params, n, n, typed<T>::type, a, n,
                                                           typed<T>::type, &device_bytes_, &host_bytes),
                    "cusolverDnXgetrf_bufferSize");
      work_.emplace(owner.owner_, device_bytes_, queue);
      host_.resize(host_bytes);
    }
    void factorise(T* a, int* info) {
      check_library(cusolver().cusolverDnXgetrf(solver_->handle, solver_->params, n_, n_, typed<T>::type, a, n_,
                                                pivots_.as<std::int64_t>(), typed<T>::type, work_->as(), device_bytes_,
                                                host_.data(), host_.size(), info),
                    "cusolverDnXgetrf");
    }
    void solve(cublasOperation_t operation, const T* a, size columns, T* b) {
      check_library(cusolver().cusolverDnXgetrs(solver_->handle, solver_->params, operation, n_, columns, typed<T>::type, a, n_,
                                                pivots_.as<std::int64_t>(), typed<T>::type, b, n_, refused_.as<int>()),
                    "cusolverDnXgetrs");
    }

  private:
    handle_pool<cusolver_handle>::lease solver_;
    size n_;
    device_memory pivots_, refused_;
    std::size_t device_bytes_ = 0;
    std::optional<device_memory> work_;
    std::vector<char> host_;
  };

  static int to_int(size n) {
    if (n > INT_MAX)
      throw library_error("a matrix with an extent of " + std::to_string(n) + " (the library counts to 2^31 - 1)");
    return static_cast<int>(n);
  }

  handle_pool<cusolver_handle>::lease solver_on(cudaStream_t queue) {
    auto solver = solvers_.borrow();
    check_library(cusolver().cusolverDnSetStream(solver->handle, queue), "cusolverDnSetStream");
    return solver;
  }

  handle_pool<cublas_handle>::lease blas_on(cudaStream_t queue, const device_memory& work) {
    auto blas = blas_.borrow();
    check_library(cublas().cublasSetStream_v2(blas->handle, queue), "cublasSetStream");
    check_library(cublas().cublasSetWorkspace_v2(blas->handle, work.as(), cublas_work_space), "cublasSetWorkspace");
    return blas;
  }

  void note_nans(dtype type, const void* values, size n, size count, const orders& info, cudaStream_t queue) {
    if (type == dtype::float32)
      note_nan<<<blocks_for(n * count), threads, 0, queue>>>(static_cast<const float*>(values), n, count, info.first_nan());
    else note_nan<<<blocks_for(n * count), threads, 0, queue>>>(static_cast<const double*>(values), n, count, info.first_nan());
    check_cuda(cudaGetLastError(), "looking for NaN");
  }

  void multiply_floating(const product& p, size count, cudaDataType type, cudaStream_t stream) {
    const size item = static_cast<size>(size_of(p.type));
    if (p.inner == 0) {
      check_cuda(cudaMemsetAsync(p.c, 0, static_cast<std::size_t>(count * p.rows * p.columns * item), stream),
                 "clearing memory");
      return;
    }
    const bool single = p.type == dtype::float32 || p.type == dtype::complex64;
    const cublasComputeType_t compute =
        single ? (p.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F) : CUBLAS_COMPUTE_64F;
    const float one[2] = {1, 0}, zero[2] = {};
    const double one_d[2] = {1, 0}, zero_d[2] = {};
    const void *alpha = single ? static_cast<const void*>(one) : one_d,
               *beta = single ? static_cast<const void*>(zero) : zero_d;

    const device_memory work(owner_, cublas_work_space, stream);
    const auto lent = blas_on(stream, work);
    const cublasHandle_t handle = lent->handle;

    // One call takes the last dimension of the batch; the others are walked through.
    strided_batch batch = joined(p);
    const size last = batch.rank - 1;
    const size together = batch.rank > 0 ? batch.extent[last] : 1;
    const size a_step = batch.rank > 0 ? batch.a[last] : 0, b_step = batch.rank > 0 ? batch.b[last] : 0;
    for (size outer = 0; outer < count / together; ++outer) {
      size a_at = 0, b_at = 0, rest = outer;
      for (size d = last; d-- > 0; rest /= batch.extent[d]) {
        a_at += rest % batch.extent[d] * batch.a[d];
        b_at += rest % batch.extent[d] * batch.b[d];
      }
      // Row major read as column major is transposed: c^T = b^T a^T.
      check_library(cublas().cublasGemmStridedBatchedEx_64(
                        handle, p.b.row_major() ? CUBLAS_OP_N : CUBLAS_OP_T, p.a.row_major() ? CUBLAS_OP_N : CUBLAS_OP_T,
                        p.columns, p.rows, p.inner, alpha, static_cast<const char*>(p.b.data) + b_at * item, type,
                        p.b.leading(p.inner, p.columns), b_step, static_cast<const char*>(p.a.data) + a_at * item, type,
                        p.a.leading(p.rows, p.inner), a_step, beta,
                        static_cast<char*>(p.c) + outer * together * p.rows * p.columns * item, type, p.columns,
                        p.rows * p.columns, together, compute, CUBLAS_GEMM_DEFAULT),
                    "cublasGemmStridedBatchedEx");
    }
  }

  /// Many small matrices go through one call of a batched function, others one by one.
  static bool many_small(size n, size count) { return count > 1 && n <= 256 && count <= INT_MAX; }

  template <class T> std::optional<failure> cholesky_of(size n, size count, T* a, void* stream) {
    if (n == 0 || count == 0) return std::nullopt;
    const cudaStream_t queue = use_device_of(stream);
    const auto solver = solver_on(queue);
    const orders info(owner_, count, stream);
    std::vector<char> host; // outlives the work, which first_failure waits for
    if (many_small(n, count)) {
      const device_memory list(owner_, static_cast<std::size_t>(count) * sizeof(T*), stream);
      list_matrices<<<blocks_for(count), threads, 0, queue>>>(list.as<T*>(), a, n * n, count);
      check_cuda(cudaGetLastError(), "listing matrices");
      check_library(typed<T>::potrf_batched()(solver->handle, CUBLAS_FILL_MODE_UPPER, static_cast<int>(n), list.as<T*>(),
                                              static_cast<int>(n), info.of_library(), static_cast<int>(count)),
                    "cusolverDn<t>potrfBatched");
    } else {
      std::size_t device_bytes = 0, host_bytes = 0;
      check_library(cusolver().cusolverDnXpotrf_bufferSize(solver->handle, solver->params, CUBLAS_FILL_MODE_UPPER, n,
                                                           typed<T>::type, a, n, typed<T>::type, &device_bytes, &host_bytes),
                    "cusolverDnXpotrf_bufferSize");
      const device_memory work(owner_, device_bytes, stream);
      host.resize(host_bytes);
      for (size i = 0; i < count; ++i)
        check_library(cusolver().cusolverDnXpotrf(solver->handle, solver->params, CUBLAS_FILL_MODE_UPPER, n, typed<T>::type,
                                                  a + i * n * n, n, typed<T>::type, work.as(), device_bytes, host.data(),
                                                  host_bytes, info.of_library() + i),
                      "cusolverDnXpotrf");
    }
    keep_upper<<<blocks_for(n * n * count), threads, 0, queue>>>(a, n, count, info.first_nan());
    check_cuda(cudaGetLastError(), "keeping a triangle");
    return info.first_failure();
  }

  template <class T>
  std::optional<failure> solve_of(size n, size columns, size count, T* a, T* b, bool transposed, void* stream) {
    if (n == 0 || count == 0) return std::nullopt;
    const cudaStream_t queue = use_device_of(stream);
    const cublasOperation_t operation = transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    const orders info(owner_, count, stream);
    if (many_small(n, count)) {
      const int order = static_cast<int>(n), right = to_int(columns), matrices = static_cast<int>(count);
      const device_memory space(owner_, cublas_work_space, stream);
      const auto lent = blas_on(queue, space);
      const cublasHandle_t handle = lent->handle;
      const device_memory list(owner_, 2 * static_cast<std::size_t>(count) * sizeof(T*), stream);
      const device_memory pivots(owner_, static_cast<std::size_t>(n * count) * sizeof(int), stream);
      T **const left = list.as<T*>(), **const rhs = left + count;
      list_matrices<<<blocks_for(count), threads, 0, queue>>>(left, a, n * n, count);
      list_matrices<<<blocks_for(count), threads, 0, queue>>>(rhs, b, n * columns, count);
      check_cuda(cudaGetLastError(), "listing matrices");
      check_library(typed<T>::getrf_batched()(handle, order, left, order, pivots.as<int>(), info.of_library(), matrices),
                    "cublas<t>getrfBatched");
      int refused = 0;
      if (columns > 0)
        check_library(typed<T>::getrs_batched()(handle, operation, order, right, left, order, pivots.as<int>(), rhs, order,
                                                &refused, matrices),
                      "cublas<t>getrsBatched");
      return info.first_failure();
    }
    lu<T> factors(*this, n, a, queue);
    for (size i = 0; i < count; ++i) {
      factors.factorise(a + i * n * n, info.of_library() + i);
      if (columns > 0) factors.solve(operation, a + i * n * n, columns, b + i * n * columns);
    }
    return info.first_failure(); // waits, so the host's work space outlives the work
  }

  /// x = a^-1 b from factors of float32 and residuals of float64 (Buttari et al. 2007, Int. J. High Perform. Comput. Appl. 21,
  /// with LAPACK's criterion); waits. False when it does not converge, as for a matrix that is singular in float32; a and b are
  /// as before. cuSOLVER's own (DSgesv) gives no sign of a singular matrix.
  bool refine(size n, size columns, const double* a, const double* b, double* x, void* stream) {
    constexpr int most_steps = 30;
    const cudaStream_t queue = use_device_of(stream);
    const size elements = n * columns;
    const device_memory factor_memory(owner_, static_cast<std::size_t>(n * n) * sizeof(float), stream),
        correction_memory(owner_, static_cast<std::size_t>(elements) * sizeof(float), stream),
        residual_memory(owner_, static_cast<std::size_t>(elements) * sizeof(double), stream),
        norm(owner_, sizeof(unsigned long long), stream), marks(owner_, 2 * sizeof(int), stream),
        space(owner_, cublas_work_space, stream);
    int *const zero_pivot = marks.as<int>(), *const state = zero_pivot + 1;
    float *const factor = factor_memory.as<float>(), *const correction = correction_memory.as<float>();
    double* const residual = residual_memory.as<double>();
    const auto blas = blas_on(queue, space);
    lu<float> factors(*this, n, factor, queue);
    convert<<<blocks_for(n * n), threads, 0, queue>>>(a, factor, n * n);
    factors.factorise(factor, zero_pivot);
    check_cuda(cudaMemsetAsync(norm.as(), 0, sizeof(unsigned long long), queue), "clearing memory");
    find_largest_row<<<blocks_for(n), threads, 0, queue>>>(a, n, norm.as<unsigned long long>());
    check_cuda(cudaMemsetAsync(x, 0, static_cast<std::size_t>(elements) * sizeof(double), queue), "clearing memory");
    owner_.copy(residual, b, static_cast<std::size_t>(elements) * sizeof(double), stream);
    for (int step = 0; step < most_steps; ++step) {
      convert<<<blocks_for(elements), threads, 0, queue>>>(residual, correction, elements);
      factors.solve(CUBLAS_OP_N, factor, columns, correction);
      add_correction<<<blocks_for(elements), threads, 0, queue>>>(correction, x, elements);
      const double minus = -1.0, one = 1.0;
      owner_.copy(residual, b, static_cast<std::size_t>(elements) * sizeof(double), stream);
      check_library(cublas().cublasGemmStridedBatchedEx_64(blas->handle, CUBLAS_OP_N, CUBLAS_OP_N, n, columns, n, &minus, a,
                                                           CUDA_R_64F, n, n * n, x, CUDA_R_64F, n, elements, &one, residual,
                                                           CUDA_R_64F, n, elements, 1, CUBLAS_COMPUTE_64F, CUBLAS_GEMM_DEFAULT),
                    "cublasGemmStridedBatchedEx");
      check_cuda(cudaMemsetAsync(state, 0, sizeof(int), queue), "clearing memory");
      note_unsolved<<<static_cast<int>(std::min<size>(columns, 65535)), threads, 0, queue>>>(
          residual, x, n, columns, norm.as<unsigned long long>(), state);
      check_cuda(cudaGetLastError(), "refining a solution");
      int found[2]; // the order of a zero pivot, and the state
      owner_.copy(found, marks.as(), sizeof found, stream);
      owner_.synchronize(stream);
      if (found[0] != 0 || found[1] == 2) return false;
      if (found[1] == 0) return true;
    }
    return false;
  }

  template <class T> void qr_of(size rows, size columns, size count, T* a, T* r, void* stream) {
    const size k = std::min(rows, columns);
    if (k == 0 || count == 0) return;
    const cudaStream_t queue = use_device_of(stream);
    const auto solver = solver_on(queue);
    const int m = to_int(rows), ki = to_int(k);
    const device_memory tau(owner_, static_cast<std::size_t>(k) * sizeof(T), stream), refused(owner_, sizeof(int), stream);
    std::size_t device_bytes = 0, host_bytes = 0;
    int orgqr_length = 0;
    check_library(cusolver().cusolverDnXgeqrf_bufferSize(solver->handle, solver->params, rows, columns, typed<T>::type, a, rows,
                                                         typed<T>::type, tau.as(), typed<T>::type, &device_bytes, &host_bytes),
                  "cusolverDnXgeqrf_bufferSize");
    check_library(typed<T>::orgqr_size()(solver->handle, m, ki, ki, a, m, tau.as<T>(), &orgqr_length), "orgqr_bufferSize");
    const device_memory work(owner_, std::max(device_bytes, static_cast<std::size_t>(orgqr_length) * sizeof(T)), stream);
    std::vector<char> host(host_bytes);
    for (size i = 0; i < count; ++i) {
      T* const matrix = a + i * rows * columns;
      check_library(cusolver().cusolverDnXgeqrf(solver->handle, solver->params, rows, columns, typed<T>::type, matrix, rows,
                                                typed<T>::type, tau.as(), typed<T>::type, work.as(), device_bytes, host.data(),
                                                host_bytes, refused.as<int>()),
                    "cusolverDnXgeqrf");
      copy_upper<<<blocks_for(k * columns), threads, 0, queue>>>(matrix, r + i * k * columns, rows, k, columns);
      check_cuda(cudaGetLastError(), "copying a triangle");
      check_library(
          typed<T>::orgqr()(solver->handle, m, ki, ki, matrix, m, tau.as<T>(), work.as<T>(), orgqr_length, refused.as<int>()),
          "cusolverDn<t>orgqr");
    }
    if (host_bytes > 0) owner_.synchronize(stream); // the host's work space must outlive the work
  }

  backend& owner_;
  handle_pool<cublas_handle> blas_;
  handle_pool<cusolver_handle> solvers_;
};

} // namespace

linear& cuda_linear(backend& owner) {
  static std::vector<gpu_linear*>& all = *[] { // never destroyed: no CUDA call after main
    auto* list = new std::vector<gpu_linear*>;
    for (backend* gpu : cuda_backends()) list->push_back(new gpu_linear(*gpu));
    return list;
  }();
  return **std::find_if(all.begin(), all.end(), [&](const gpu_linear* l) { return l->serves(owner); });
}

} // namespace dojima::kernels
