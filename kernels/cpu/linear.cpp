// Linear algebra of the CPU: OpenBLAS on one thread for each call, oneTBB across the batch and across tiles. Tiles depend on
// sizes alone, so the number of threads does not change a bit of the result. (The processor does: OpenBLAS has a kernel for
// each kind.)
#include "kernels/linear.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <concepts>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/libraries.hpp"

namespace dojima::kernels {
namespace {

using size = std::int64_t;
using fortran_length = std::size_t; // Fortran passes the lengths of character arguments last

struct openblas_library {
  library opened{"OpenBLAS", "libopenblas0-pthread", {"libopenblas.so.0", "libopenblas.so"}};
  /// One built for a single thread hands out its work space without a lock: two calls at once may share it, and are wrong.
  bool takes_turns = true;

  openblas_library() {
    // Threads of its own would compete with oneTBB's. When it is here for somebody else, the setting is theirs.
    if (!opened.was_loaded_before())
      if (auto* set_threads = opened.optional<void(int)>("openblas_set_num_threads")) set_threads(1);
    if (auto* threading = opened.optional<int()>("openblas_get_parallel")) takes_turns = threading() == 0;
  }
};
const openblas_library& openblas() {
  static const openblas_library only;
  return only;
}

std::mutex guard; // held by the call whose turn it is

/// A subroutine of OpenBLAS, for any number of threads at once.
template <class F> class subroutine {
public:
  explicit subroutine(const std::string& name) : address_(openblas().opened.function<F>(name)) {}
  template <class... Arguments> void operator()(Arguments... arguments) const {
    std::unique_lock turn(guard, std::defer_lock);
    if (openblas().takes_turns) turn.lock();
    address_(arguments...);
  }

private:
  F* address_;
};

template <class T> constexpr char prefix = 's';
template <> constexpr char prefix<double> = 'd';
template <> constexpr char prefix<std::complex<float>> = 'c';
template <> constexpr char prefix<std::complex<double>> = 'z';

template <class T> struct blas {
  using gemm_t = void(const char*, const char*, const int*, const int*, const int*, const T*, const T*, const int*, const T*,
                      const int*, const T*, T*, const int*);
  using gemv_t = void(const char*, const int*, const int*, const T*, const T*, const int*, const T*, const int*, const T*, T*,
                      const int*);

  subroutine<gemm_t> gemm{prefix<T> + std::string("gemm_")};
  subroutine<gemv_t> gemv{prefix<T> + std::string("gemv_")};

  static const blas& get() {
    static const blas functions;
    return functions;
  }
};

template <class T> struct lapack {
  using trsm_t = void(const char*, const char*, const char*, const char*, const int*, const int*, const T*, const T*,
                      const int*, T*, const int*);
  using potrf_t = void(const char*, const int*, T*, const int*, int*);
  using getrf_t = void(const int*, const int*, T*, const int*, int*, int*);
  using laswp_t = void(const int*, T*, const int*, const int*, const int*, const int*, const int*);
  using geqrf_t = void(const int*, const int*, T*, const int*, T*, T*, const int*, int*);
  using orgqr_t = void(const int*, const int*, const int*, T*, const int*, const T*, T*, const int*, int*);
  using gesdd_t = void(const char*, const int*, const int*, T*, const int*, T*, T*, const int*, T*, const int*, T*, const int*,
                       int*, int*, fortran_length);
  using syevd_t = void(const char*, const char*, const int*, T*, const int*, T*, T*, const int*, int*, const int*, int*,
                       fortran_length, fortran_length);

  subroutine<trsm_t> trsm{prefix<T> + std::string("trsm_")};
  subroutine<potrf_t> potrf{prefix<T> + std::string("potrf_")};
  subroutine<getrf_t> getrf{prefix<T> + std::string("getrf_")};
  subroutine<laswp_t> laswp{prefix<T> + std::string("laswp_")};
  subroutine<geqrf_t> geqrf{prefix<T> + std::string("geqrf_")};
  subroutine<orgqr_t> orgqr{prefix<T> + std::string("orgqr_")};
  subroutine<gesdd_t> gesdd{prefix<T> + std::string("gesdd_")};
  subroutine<syevd_t> syevd{prefix<T> + std::string("syevd_")};

  static const lapack& get() {
    static const lapack functions;
    return functions;
  }
};

using dsgesv_t = void(const int*, const int*, double*, const int*, int*, const double*, const int*, double*, const int*,
                      double*, float*, int*, int*);

int fortran_int(size n) {
  if (n > INT_MAX) throw library_error("a matrix with an extent of " + std::to_string(n) + " (OpenBLAS counts to 2^31 - 1)");
  return static_cast<int>(n);
}

/// Uninitialised work space.
template <class T> std::unique_ptr<T[]> scratch(size n) {
  return std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(std::max<size>(n, 1)));
}

/// body(0) ... body(n - 1), isolated, so that a thread that waits here takes no other work of its caller.
template <class Body> void parallel(size n, const Body& body, size grain = 1) {
  using range = oneapi::tbb::blocked_range<size>;
  const auto piece = [&](const range& r) {
    for (size i = r.begin(); i < r.end(); ++i) body(i);
  };
  if (n <= grain) return piece(range(0, n));
  oneapi::tbb::this_task_arena::isolate(
      [&] { oneapi::tbb::parallel_for(range(0, n, static_cast<std::size_t>(grain)), piece); });
}

constexpr size blocks(size n, size block) { return (n + block - 1) / block; }

// ---- products --------------------------------------------------------------------------------------------------------

constexpr size tile = 256;

/// c = a b for one tile, row major; computed as c^T = b^T a^T, which is column major, and row major read as column major is
/// transposed.
template <class T> void multiply_tile(const product& p, const T* a, const T* b, T* c, size rows, size columns) {
  const T one = 1, zero = 0;
  const int m = fortran_int(rows), n = fortran_int(columns), k = fortran_int(p.inner), step = 1;
  const int lda = fortran_int(p.a.leading(rows, p.inner)), ldb = fortran_int(p.b.leading(p.inner, columns));
  const int ldc = fortran_int(p.columns);
  const bool a_row_major = p.a.row_major(), b_row_major = p.b.row_major();
  if (columns == 1) {
    const int incb = b_row_major ? ldb : 1, rows_of_a = a_row_major ? k : m, columns_of_a = a_row_major ? m : k;
    blas<T>::get().gemv(a_row_major ? "T" : "N", &rows_of_a, &columns_of_a, &one, a, &lda, b, &incb, &zero, c, &ldc);
  } else if (rows == 1) {
    const int inca = a_row_major ? 1 : lda, rows_of_b = b_row_major ? n : k, columns_of_b = b_row_major ? k : n;
    blas<T>::get().gemv(b_row_major ? "N" : "T", &rows_of_b, &columns_of_b, &one, b, &ldb, a, &inca, &zero, c, &step);
  } else {
    blas<T>::get().gemm(b_row_major ? "N" : "T", a_row_major ? "N" : "T", &n, &m, &k, &one, b, &ldb, a, &lda, &zero, c, &ldc);
  }
}

/// Exact products of integers, modulo 2^bits, and of booleans.
template <std::integral T> void multiply_tile(const product& p, const T* a, const T* b, T* c, size rows, size columns) {
  using sum_t = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>; // wraps without undefined behaviour
  for (size i = 0; i < rows; ++i) {
    sum_t sums[tile] = {};
    for (size k = 0; k < p.inner; ++k) {
      const sum_t x = static_cast<sum_t>(a[i * p.a.row_stride + k * p.a.column_stride]);
      const T* const row = b + k * p.b.row_stride;
      for (size j = 0; j < columns; ++j) {
        const sum_t y = static_cast<sum_t>(row[j * p.b.column_stride]);
        if constexpr (std::same_as<T, bool>) sums[j] |= x & y;
        else sums[j] += x * y;
      }
    }
    for (size j = 0; j < columns; ++j) c[i * p.columns + j] = static_cast<T>(sums[j]);
  }
}

/// Where matrix `i` of a batch begins.
size batch_offset(size i, const extents& batch, const extents& strides) {
  size offset = 0;
  for (std::size_t d = batch.size(); d-- > 0; i /= batch[d]) offset += i % batch[d] * strides[d];
  return offset;
}

template <class T> void multiply_all(const product& p) {
  size count = 1;
  for (const size extent : p.batch) count *= extent;
  if (count == 0 || p.rows == 0 || p.columns == 0) return;
  T* const c = static_cast<T*>(p.c);
  if (p.inner == 0) {
    std::fill_n(c, count * p.rows * p.columns, T(0));
    return;
  }
  if constexpr (!std::integral<T>) blas<T>::get(); // a missing library is an error of the caller's thread
  const size down = blocks(p.rows, tile), across = blocks(p.columns, tile);
  // Tiles of one small product are not worth a thread.
  const size per_task = std::max<size>(1, 200'000 / (std::min(p.rows, tile) * std::min(p.columns, tile) * p.inner));
  const auto one = [&](size index) {
    const size i = index / (down * across), row = index / across % down * tile, column = index % across * tile;
    const T* const a = static_cast<const T*>(p.a.data) + batch_offset(i, p.batch, p.a.batch_strides) + row * p.a.row_stride;
    const T* const b =
        static_cast<const T*>(p.b.data) + batch_offset(i, p.batch, p.b.batch_strides) + column * p.b.column_stride;
    multiply_tile(p, a, b, c + (i * p.rows + row) * p.columns + column, std::min(tile, p.rows - row),
                  std::min(tile, p.columns - column));
  };
  parallel(count * down * across, one, per_task);
}

// ---- factorisations ---------------------------------------------------------------------------------------------------

/// The first matrix, in order, for which `factorise(i)` returns an order other than 0.
template <class Body> std::optional<failure> first_failure(size count, const Body& factorise) {
  std::vector<size> orders(static_cast<std::size_t>(count));
  parallel(count, [&](size i) { orders[static_cast<std::size_t>(i)] = factorise(i); });
  for (size i = 0; i < count; ++i)
    if (orders[static_cast<std::size_t>(i)] != 0) return failure{i, orders[static_cast<std::size_t>(i)]};
  return std::nullopt;
}

template <class T>
void gemm_update(const char* ta, const char* tb, size m, size n, size k, const T* a, size lda, const T* b, size ldb, T* c,
                 size ldc) {
  const T minus = -1, one = 1;
  const int mi = static_cast<int>(m), ni = static_cast<int>(n), ki = static_cast<int>(k);
  const int la = static_cast<int>(lda), lb = static_cast<int>(ldb), lc = static_cast<int>(ldc);
  blas<T>::get().gemm(ta, tb, &mi, &ni, &ki, &minus, a, &la, b, &lb, &one, c, &lc);
}

/// a = u^T u by blocks of rows: factorise the block on the diagonal, solve for the rest of its rows, update what is below.
template <class T> size cholesky_upper(size n, T* a) {
  const lapack<T>& f = lapack<T>::get();
  const int lda = static_cast<int>(n);
  const T one = 1;
  for (size j = 0; j < n; j += tile) {
    const size width = std::min(tile, n - j), rest = n - j - width;
    T* const diagonal = a + j * n + j;
    const int w = static_cast<int>(width);
    int info = 0;
    f.potrf("U", &w, diagonal, &lda, &info);
    if (info > 0) return j + info;
    for (size i = 0; i < width; ++i)
      if (!(diagonal[i * n + i] > 0)) return j + i + 1; // a NaN is not caught by every version
    const size strips = blocks(rest, tile);
    T* const right = diagonal + width * n; // columns after the block
    parallel(strips, [&](size s) {
      const int columns = static_cast<int>(std::min(tile, rest - s * tile));
      f.trsm("L", "U", "T", "N", &w, &columns, &one, diagonal, &lda, right + s * tile * n, &lda);
    });
    parallel(strips * (strips + 1) / 2, [&](size index) {
      size q = 0; // block (p, q) with p <= q
      while ((q + 1) * (q + 2) / 2 <= index) ++q;
      const size p = index - q * (q + 1) / 2;
      gemm_update("T", "N", std::min(tile, rest - p * tile), std::min(tile, rest - q * tile), width, right + p * tile * n, n,
                  right + q * tile * n, n, right + q * tile * n + width + p * tile, n);
    });
  }
  for (size column = 0; column < n; ++column) std::fill_n(a + column * n + column + 1, n - column - 1, T(0));
  return 0;
}

/// a = p l u by blocks of columns: factorise a panel, then exchange, solve and update each strip of columns to the right.
template <class T> size lu(size n, T* a, int* pivots) {
  const lapack<T>& f = lapack<T>::get();
  const int lda = static_cast<int>(n), step = 1;
  const T one = 1;
  const size panel = n <= 2 * tile ? n : tile / 2;
  size singular = 0;
  for (size j = 0; j < n; j += panel) {
    const size width = std::min(panel, n - j), below = n - j - width;
    const int rows = static_cast<int>(n - j), w = static_cast<int>(width), first = static_cast<int>(j) + 1,
              last = static_cast<int>(j + width);
    T* const diagonal = a + j * n + j;
    int info = 0;
    f.getrf(&rows, &w, diagonal, &lda, pivots + j, &info);
    if (info > 0 && singular == 0) singular = j + info;
    for (size i = j; i < j + width; ++i) pivots[i] += static_cast<int>(j);
    const size left = blocks(j, tile), strips = left + blocks(below, tile);
    parallel(strips, [&](size s) {
      const size column = s < left ? s * tile : j + width + (s - left) * tile;
      const size columns = std::min(tile, (s < left ? j : n) - column);
      const int c = static_cast<int>(columns);
      f.laswp(&c, a + column * n, &lda, &first, &last, pivots, &step);
      if (s < left) return;
      T* const top = a + column * n + j;
      f.trsm("L", "L", "N", "U", &w, &c, &one, diagonal, &lda, top, &lda);
      if (below > 0) gemm_update("N", "N", below, columns, width, diagonal + width, n, top, n, top + width, n);
    });
  }
  return singular;
}

template <class T> void lu_solve(size n, size columns, const T* a, const int* pivots, T* b, bool transposed) {
  const lapack<T>& f = lapack<T>::get();
  const int lda = static_cast<int>(n), first = 1, forward = 1, backward = -1;
  const T one = 1;
  parallel(blocks(columns, tile), [&](size s) {
    const int c = static_cast<int>(std::min(tile, columns - s * tile));
    T* const x = b + s * tile * n;
    if (!transposed) f.laswp(&c, x, &lda, &first, &lda, pivots, &forward);
    f.trsm("L", transposed ? "U" : "L", transposed ? "T" : "N", transposed ? "N" : "U", &lda, &c, &one, a, &lda, x, &lda);
    f.trsm("L", transposed ? "L" : "U", transposed ? "T" : "N", transposed ? "U" : "N", &lda, &c, &one, a, &lda, x, &lda);
    if (transposed) f.laswp(&c, x, &lda, &first, &lda, pivots, &backward);
  });
}

template <class T> bool all_finite(const T* a, size n) {
  return std::all_of(a, a + n, [](T x) { return std::isfinite(x); });
}

template <class T> void qr_one(size rows, size columns, T* a, T* r) {
  const lapack<T>& f = lapack<T>::get();
  const size k = std::min(rows, columns);
  if (k == 0) return;
  const int m = static_cast<int>(rows), n = static_cast<int>(columns), ki = static_cast<int>(k);
  const auto tau = scratch<T>(k);
  int info = 0, query = -1;
  T wanted[2] = {};
  f.geqrf(&m, &n, a, &m, tau.get(), &wanted[0], &query, &info);
  f.orgqr(&m, &ki, &ki, a, &m, tau.get(), &wanted[1], &query, &info);
  const int length = static_cast<int>(std::max(wanted[0], wanted[1]));
  const auto work = scratch<T>(length);
  f.geqrf(&m, &n, a, &m, tau.get(), work.get(), &length, &info);
  for (size i = 0; i < k; ++i)
    for (size j = 0; j < columns; ++j) r[i * columns + j] = j < i ? T(0) : a[j * rows + i];
  f.orgqr(&m, &ki, &ki, a, &m, tau.get(), work.get(), &length, &info);
}

template <class T> size svd_one(size rows, size columns, T* a, T* s, T* u, T* vt, bool full) {
  if (!all_finite(a, rows * columns)) return 1;
  const lapack<T>& f = lapack<T>::get();
  const int m = static_cast<int>(rows), n = static_cast<int>(columns), ldvt = std::max(n, 1), ldu = std::max(m, 1);
  const auto iwork = scratch<int>(8 * columns);
  int info = 0, query = -1;
  T wanted = 0;
  const char* job = full ? "A" : "S";
  f.gesdd(job, &m, &n, a, &ldu, s, u, &ldu, vt, &ldvt, &wanted, &query, iwork.get(), &info, 1);
  const int length = static_cast<int>(wanted) + 1;
  const auto work = scratch<T>(length);
  f.gesdd(job, &m, &n, a, &ldu, s, u, &ldu, vt, &ldvt, work.get(), &length, iwork.get(), &info, 1);
  return info;
}

template <class T> size eigh_one(size n, T* a, T* values) {
  for (size j = 0; j < n; ++j)
    if (!all_finite(a + j * n, j + 1)) return 1;
  const lapack<T>& f = lapack<T>::get();
  const int order = static_cast<int>(n), lda = std::max(order, 1);
  int info = 0, query = -1, iwanted = 0;
  T wanted = 0;
  f.syevd("V", "U", &order, a, &lda, values, &wanted, &query, &iwanted, &query, &info, 1, 1);
  const int length = static_cast<int>(wanted) + 1;
  const auto work = scratch<T>(length);
  const auto iwork = scratch<int>(iwanted);
  f.syevd("V", "U", &order, a, &lda, values, work.get(), &length, iwork.get(), &iwanted, &info, 1, 1);
  return info;
}

/// Calls `body` with the C++ type of a floating-point dtype.
template <class Body> auto with_floating(dtype type, const Body& body) {
  if (type == dtype::float32) return body(float{});
  if (type == dtype::float64) return body(double{});
  throw library_error(std::string("array type ") + name_of(type) + " is unsupported in linalg");
}

class cpu_linear_algebra final : public linear {
public:
  void multiply(const product& p, void*) override {
    switch (p.type) {
    case dtype::boolean: return multiply_all<bool>(p);
    case dtype::int32: return multiply_all<std::int32_t>(p);
    case dtype::uint32: return multiply_all<std::uint32_t>(p);
    case dtype::int64: return multiply_all<std::int64_t>(p);
    case dtype::float32: return multiply_all<float>(p);
    case dtype::float64: return multiply_all<double>(p);
    case dtype::complex64: return multiply_all<std::complex<float>>(p);
    case dtype::complex128: return multiply_all<std::complex<double>>(p);
    case dtype::raw: throw library_error("matmul of elements that are no numbers");
    }
  }

  std::optional<failure> cholesky(dtype type, size n, size count, void* a, void*) override {
    return with_floating(type, [&]<class T>(T) {
      fortran_int(n), lapack<T>::get();
      return first_failure(count, [&](size i) { return cholesky_upper(n, static_cast<T*>(a) + i * n * n); });
    });
  }

  std::optional<failure> solve(dtype type, size n, size columns, size count, void* a, void* b, bool transposed,
                               void*) override {
    return with_floating(type, [&]<class T>(T) {
      fortran_int(std::max(n, columns)), lapack<T>::get();
      return first_failure(count, [&](size i) {
        T* const matrix = static_cast<T*>(a) + i * n * n;
        const auto pivots = scratch<int>(n);
        const size singular = lu(n, matrix, pivots.get());
        if (singular == 0 && n > 0)
          lu_solve(n, columns, matrix, pivots.get(), static_cast<T*>(b) + i * n * columns, transposed);
        return singular;
      });
    });
  }

  std::optional<failure> solve_mixed(size n, size columns, size count, void* a, void* b, void* x, void*) override {
    const subroutine<dsgesv_t> dsgesv("dsgesv_");
    const int order = fortran_int(n), right = fortran_int(columns), leading = std::max(order, 1);
    return first_failure(count, [&](size i) -> size {
      const auto pivots = scratch<int>(n);
      const auto work = scratch<double>(n * columns);
      const auto single = scratch<float>(n * (n + columns));
      int iterations = 0, info = 0;
      dsgesv(&order, &right, static_cast<double*>(a) + i * n * n, &leading, pivots.get(),
             static_cast<double*>(b) + i * n * columns, &leading, static_cast<double*>(x) + i * n * columns, &leading,
             work.get(), single.get(), &iterations, &info);
      return info;
    });
  }

  void qr(dtype type, size rows, size columns, size count, void* a, void* r, void*) override {
    with_floating(type, [&]<class T>(T) {
      fortran_int(std::max(rows, columns)), lapack<T>::get();
      const size k = std::min(rows, columns);
      parallel(count, [&](size i) {
        qr_one(rows, columns, static_cast<T*>(a) + i * rows * columns, static_cast<T*>(r) + i * k * columns);
      });
    });
  }

  std::optional<failure> svd(dtype type, size rows, size columns, size count, void* a, void* s, void* u, void* vt, bool full,
                             void*) override {
    return with_floating(type, [&]<class T>(T) {
      fortran_int(rows), lapack<T>::get();
      return first_failure(count, [&](size i) {
        return svd_one(rows, columns, static_cast<T*>(a) + i * rows * columns, static_cast<T*>(s) + i * columns,
                       static_cast<T*>(u) + i * rows * (full ? rows : columns), static_cast<T*>(vt) + i * columns * columns,
                       full);
      });
    });
  }

  std::optional<failure> eigh(dtype type, size n, size count, void* a, void* values, void*) override {
    return with_floating(type, [&]<class T>(T) {
      fortran_int(n), lapack<T>::get();
      return first_failure(
          count, [&](size i) { return eigh_one(n, static_cast<T*>(a) + i * n * n, static_cast<T*>(values) + i * n); });
    });
  }
};

} // namespace

linear& cpu_linear() {
  static cpu_linear_algebra only;
  return only;
}

linear& linear_of(backend& owner) {
  for (backend* gpu : cuda_backends())
    if (gpu == &owner) return cuda_linear(owner);
  return cpu_linear();
}

} // namespace dojima::kernels
