// Dense linear algebra of one device, on raw device memory. BLAS and LAPACK do the work: OpenBLAS on the CPU, cuBLAS and
// cuSOLVER on a GPU; all are opened on first use (library_error when missing).
//
// Matrices of the factorisations are in LAPACK's order: column major, without gaps, `count` of them one after the other. A
// row-major matrix is the column-major matrix of its transpose, so callers mostly need no copy.
#pragma once

#include <cstdint>
#include <optional>

#include "dojima/array/types.hpp"
#include "kernels/backend.hpp"

namespace dojima::kernels {

/// c[i] = a[i] b[i]: rows x inner times inner x columns, for every i of `batch` (at most six dimensions). Strides count
/// elements. c is row major and dense. Integers wrap around; for booleans the sum is `or`.
struct product {
  struct operand {
    const void* data;
    std::int64_t row_stride, column_stride; ///< one is 1, the other at least the extent of that direction
    extents batch_strides;

    bool row_major() const { return column_stride == 1; }
    /// BLAS's leading dimension of the matrix, or of its transpose when it is row major.
    std::int64_t leading(std::int64_t rows, std::int64_t columns) const {
      const std::int64_t extent = row_major() ? columns : rows, stride = row_major() ? row_stride : column_stride;
      return extent > stride ? extent : stride;
    }
  };
  dtype type;
  bool tf32; ///< float32 and complex64 may be rounded to 10 bits of mantissa for tensor cores, where there are any
  std::int64_t rows, inner, columns;
  extents batch;
  operand a, b;
  void* c;
};

/// The first matrix of a batch that could not be factorised, and LAPACK's `info` for it.
struct failure {
  std::int64_t matrix, order;
};

/// Types are float32 and float64, except that of a product. Functions that return a failure wait for the stream; the others
/// only queue work.
class linear {
public:
  virtual ~linear() = default;

  virtual void multiply(const product& p, void* stream) = 0;

  /// a = u^T u from the upper triangle of the column-major a (the lower one of a row-major a = l l^T). The other triangle is
  /// set to zero. The failure's order is that of the first leading minor that is not positive (a NaN is not).
  virtual std::optional<failure> cholesky(dtype type, std::int64_t n, std::int64_t count, void* a, void* stream) = 0;

  /// b = a^-1 b, or a^-T b, for `columns` right-hand sides; a is overwritten. Order: of the first zero pivot.
  virtual std::optional<failure> solve(dtype type, std::int64_t n, std::int64_t columns, std::int64_t count, void* a, void* b,
                                       bool transposed, void* stream) = 0;
  /// x = a^-1 b in float64: factorised in float32, refined in float64 until the residual is that of float64; falls back to a
  /// factorisation in float64 where that does not converge. a and b may be overwritten.
  virtual std::optional<failure> solve_mixed(std::int64_t n, std::int64_t columns, std::int64_t count, void* a, void* b,
                                             void* x, void* stream) = 0;

  /// a = q r with k = min(rows, columns): the first k columns of a become q; r, k x columns, is written row major.
  virtual void qr(dtype type, std::int64_t rows, std::int64_t columns, std::int64_t count, void* a, void* r, void* stream) = 0;

  /// a = u diag(s) vt for rows >= columns, singular values descending; a is overwritten. u has `columns` columns, or `rows`
  /// when `full`. Fails when the iteration does not converge or a holds no finite numbers.
  virtual std::optional<failure> svd(dtype type, std::int64_t rows, std::int64_t columns, std::int64_t count, void* a, void* s,
                                     void* u, void* vt, bool full, void* stream) = 0;

  /// Eigenvalues, ascending, of the symmetric matrix in the upper triangle of the column-major a, whose columns become the
  /// eigenvectors. Fails as `svd`.
  virtual std::optional<failure> eigh(dtype type, std::int64_t n, std::int64_t count, void* a, void* values, void* stream) = 0;
};

/// The linear algebra of a backend.
linear& linear_of(backend& owner);

linear& cpu_linear();
linear& cuda_linear(backend& owner); ///< owner is one of cuda_backends()

} // namespace dojima::kernels
