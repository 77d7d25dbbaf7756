// Linear algebra with numpy.linalg's names, over the last two dimensions of stacks of matrices. OpenBLAS does the work on the
// CPU, cuBLAS and cuSOLVER on a GPU; they are opened on first use, and an error says which package to install when one is
// missing. Factorisations take float32 and float64, and integers as float64; results are dense and live on the first array's
// stream. Rounding differs between devices and processors, but not with the number of threads.
#pragma once

#include <optional>

#include "dojima/array/in_memory.hpp"

namespace dojima {

/// What may be given up for speed; only ever on request.
enum class precision {
  full,  ///< the elements' own precision
  tf32,  ///< matmul of float32 and complex64 on tensor cores: operands are rounded to 10 bits of mantissa. No effect on a CPU.
  mixed, ///< float64 in float32: `matmul` rounds the operands to float32; `solve` factorises in float32 and refines to the
         ///< accuracy of float64. No effect on float32.
};

template <element T> struct qr_result { array<T> q, r; };
template <element T> struct svd_result {
  array<T> u, s, vt; ///< a = u diag(s) vt; s descending
};
template <element T> struct eigh_result {
  array<T> values, vectors; ///< ascending; vectors(..., i) belongs to values(..., i)
};
template <element T> struct lstsq_result {
  array<T> solution;
  array<T> residuals; ///< sums of squared residuals, one for each column of b; empty when a has no full rank or no more rows
                      ///< than columns
  std::int64_t rank;
  array<T> singular_values;
};
struct correlation_result {
  array<double> matrix;
  int iterations;
  double change; ///< relative change in the last iteration
};

namespace detail {
tensor matmul(const tensor& a, const tensor& b, precision how);
tensor cholesky(const tensor& a);
tensor solve(const tensor& a, const tensor& b, precision how);
tensor inv(const tensor& a);
std::array<tensor, 2> qr(const tensor& a);
std::array<tensor, 3> svd(const tensor& a, bool full_matrices);
std::array<tensor, 2> eigh(const tensor& a);
struct least_squares {
  tensor solution, residuals, singular_values;
  std::int64_t rank;
};
least_squares lstsq(const tensor& a, const tensor& b, std::optional<double> rcond);
correlation_result nearest_correlation(const tensor& a, double tolerance, int max_iterations, double smallest_eigenvalue);

/// The element type in which arrays are factorised together.
template <operand A, operand B = A> constexpr dtype factor_type() {
  constexpr dtype type = promote(dtype_of<value_t<A>>, dtype_of<value_t<B>>);
  static_assert(!is_complex(type), "factorisations take real matrices");
  return is_floating(type) ? type : dtype::float64;
}
template <class... A> using factor_t = type_of<factor_type<A...>()>;
} // namespace detail

/// Matrix product with NumPy's rules: vectors are rows on the left and columns on the right, leading dimensions broadcast.
/// Transposed operands are read in place. Integers stay integers, and wrap around.
template <operand A, operand B> auto matmul(const A& a, const B& b, precision how = precision::full) {
  using T = type_of<promote(dtype_of<value_t<A>>, dtype_of<value_t<B>>)>;
  return array<T>(detail::matmul(detail::tensor_of<T>(a), detail::tensor_of<T>(b), how));
}

/// The lower triangular l with a = l l^T; reads the lower triangles. Waits; input_error names the first matrix, and the order
/// of its first leading minor, that is not positive definite.
template <operand A> auto cholesky(const A& a) {
  using T = detail::factor_t<A>;
  return array<T>(detail::cholesky(detail::tensor_of<T>(a)));
}

/// x with a x = b, for a vector or for the columns of matrices. Waits; input_error for a singular matrix.
template <operand A, operand B> auto solve(const A& a, const B& b, precision how = precision::full) {
  using T = detail::factor_t<A, B>;
  return array<T>(detail::solve(detail::tensor_of<T>(a), detail::tensor_of<T>(b), how));
}

/// The inverse. Waits; input_error for a singular matrix.
template <operand A> auto inv(const A& a) {
  using T = detail::factor_t<A>;
  return array<T>(detail::inv(detail::tensor_of<T>(a)));
}

/// a = q r with orthonormal columns in q and upper triangular r, both reduced to min(rows, columns).
template <operand A> auto qr(const A& a) {
  using T = detail::factor_t<A>;
  auto [q, r] = detail::qr(detail::tensor_of<T>(a));
  return qr_result<T>{array<T>(q), array<T>(r)};
}

/// Singular value decomposition, reduced unless `full_matrices` (NumPy's default is full). Waits; input_error when it does not
/// converge, as for NaN.
template <operand A> auto svd(const A& a, bool full_matrices = false) {
  using T = detail::factor_t<A>;
  auto [u, s, vt] = detail::svd(detail::tensor_of<T>(a), full_matrices);
  return svd_result<T>{array<T>(u), array<T>(s), array<T>(vt)};
}

/// Eigenvalues and orthonormal eigenvectors of symmetric matrices; reads the lower triangles. Waits; input_error when it does
/// not converge, as for NaN.
template <operand A> auto eigh(const A& a) {
  using T = detail::factor_t<A>;
  auto [values, vectors] = detail::eigh(detail::tensor_of<T>(a));
  return eigh_result<T>{array<T>(values), array<T>(vectors)};
}

/// The x of least norm among those that minimise |a x - b|, by singular values; those of at most rcond times the largest count
/// as zero. Default: the machine's epsilon times the larger extent of a. Waits.
template <operand A, operand B> auto lstsq(const A& a, const B& b, std::optional<double> rcond = none) {
  using T = detail::factor_t<A, B>;
  const detail::least_squares found = detail::lstsq(detail::tensor_of<T>(a), detail::tensor_of<T>(b), rcond);
  return lstsq_result<T>{array<T>(found.solution), array<T>(found.residuals), found.rank, array<T>(found.singular_values)};
}

/// The correlation matrix nearest to a symmetric matrix in the Frobenius norm, by alternating projections with Dykstra's
/// correction (N. J. Higham 2002, IMA J. Numer. Anal. 22, algorithm 3.3), until the relative change is at most `tolerance`.
/// Eigenvalues are kept at or above `smallest_eigenvalue` up to about the tolerance; a small positive one makes room for
/// `cholesky`. Waits; error when it does not converge.
template <operand A>
correlation_result nearest_correlation(const A& a, double tolerance = 1e-10, int max_iterations = 10'000,
                                       double smallest_eigenvalue = 0.0) {
  static_assert(!is_complex(dtype_of<value_t<A>>), "a correlation matrix is real");
  return detail::nearest_correlation(detail::tensor_of<double>(a), tolerance, max_iterations, smallest_eigenvalue);
}

} // namespace dojima
