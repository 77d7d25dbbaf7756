#include "dojima/array/linalg.hpp"

#include <algorithm>
#include <cmath>

#include "array/library_call.hpp"
#include "dojima/array/reduce.hpp"
#include "kernels/linear.hpp"

namespace dojima::detail {
namespace {

using std::int64_t;

// ---- shapes ----------------------------------------------------------------------------------------------------------

std::string extent_text(int64_t n) { return std::to_string(n); }

int64_t rows_of(const tensor& x) { return x.shape[x.shape.size() - 2]; }
int64_t columns_of(const tensor& x) { return x.shape.back(); }

/// The shape without its last `core` dimensions.
extents batch_of(const extents& shape, std::size_t core) { return extents(std::span(shape.begin(), shape.size() - core)); }
extents with(extents batch, std::initializer_list<int64_t> core) {
  for (const int64_t extent : core) batch.push_back(extent);
  return batch;
}
int64_t count_of(const extents& batch) {
  int64_t n = 1;
  for (const int64_t extent : batch) n *= extent;
  return n;
}

void require_matrices(const tensor& x, const char* function) {
  if (x.shape.size() < 2)
    throw input_error(std::string(function) + ": " + std::to_string(x.shape.size()) +
                      "-dimensional array given. Array must be at least two-dimensional (shape " + to_string(x.shape) + ")");
}
void require_square(const tensor& x, const char* function) {
  require_matrices(x, function);
  if (rows_of(x) != columns_of(x))
    throw input_error(std::string(function) + ": Last 2 dimensions of the array must be square (shape " + to_string(x.shape) +
                      ")");
}

/// " of matrix 5", " of matrix (1,2)"; nothing for a single matrix.
std::string matrix_text(int64_t flat, const extents& batch) {
  if (batch.empty()) return "";
  if (batch.size() == 1) return " of matrix " + extent_text(flat);
  extents index = batch;
  for (std::size_t d = batch.size(); d-- > 0; flat /= batch[d]) index[d] = flat % batch[d];
  return " of matrix " + to_string(index);
}

/// A dense tensor whose matrices, read as column major, are those of x.
tensor column_major(const tensor& x, const stream& on, const char* function) { return fresh(swap_last(x), on, function); }

/// Ones on the diagonals of matrices, `inside` elsewhere.
node_ptr diagonal(const extents& shape, dtype type) {
  extents strides(shape.size(), 0);
  strides[shape.size() - 2] = -1;
  strides[shape.size() - 1] = 1;
  return cast(apply(op::equal, coordinate(shape, strides), constant(scalar::of(int64_t{0}))), type);
}

// ---- products --------------------------------------------------------------------------------------------------------

struct matrix_operand {
  tensor memory;
  kernels::product::operand strides;
};

/// x as an operand of a product over `batch`: in place when its matrices are row or column major, else copied.
matrix_operand operand_of(const tensor& x, const extents& batch) {
  const std::size_t rank = x.shape.size();
  int64_t row = x.strides[rank - 2], column = x.strides[rank - 1];
  const int64_t rows = rows_of(x), columns = columns_of(x);
  if (rows <= 1) row = column == 1 ? std::max<int64_t>(columns, 1) : 1; // never stepped
  if (columns <= 1) column = row == 1 ? std::max<int64_t>(rows, 1) : 1;
  const bool row_major = column == 1 && row >= columns, column_major = row == 1 && column >= rows;
  if (!row_major && !column_major) return operand_of(fresh(x, x.home(), "matmul"), batch);
  matrix_operand found{x, {x.data(), row, column, {}}};
  const std::size_t own = rank - 2, shift = batch.size() - own;
  for (std::size_t d = 0; d < batch.size(); ++d)
    found.strides.batch_strides.push_back(d < shift || x.shape[d - shift] == 1 ? 0 : x.strides[d - shift]);
  return found;
}

tensor with_axis(tensor x, std::size_t at) {
  x.shape.insert(at, 1);
  x.strides.insert(at, 1);
  return x;
}
tensor without_axis(tensor x, std::size_t at) {
  x.shape.erase(at);
  x.strides.erase(at);
  return x;
}

void require_dimensions(const tensor& x, int operand) {
  if (x.shape.empty())
    throw input_error("matmul: Input operand " + std::to_string(operand) +
                      " does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) requires 1)");
}

} // namespace

tensor matmul(const tensor& a, const tensor& b, precision how) {
  require_dimensions(a, 0);
  require_dimensions(b, 1);
  if (how == precision::mixed && (a.type == dtype::float64 || a.type == dtype::complex128)) {
    const dtype low = a.type == dtype::float64 ? dtype::float32 : dtype::complex64;
    const tensor product = matmul(evaluate(cast(input(a), low)), evaluate(cast(input(b), low)), precision::full);
    return evaluate(cast(input(product), a.type));
  }
  const bool row = a.shape.size() == 1, column = b.shape.size() == 1;
  const tensor left = row ? with_axis(a, 0) : a, right = column ? with_axis(b, 1) : b;
  if (columns_of(left) != rows_of(right))
    throw input_error("matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
                      "(n?,k),(k,m?)->(n?,m?) (size " +
                      extent_text(rows_of(right)) + " is different from " + extent_text(columns_of(left)) + "); shapes " +
                      to_string(a.shape) + " and " + to_string(b.shape));
  const extents batch = broadcast(batch_of(left.shape, 2), batch_of(right.shape, 2));
  const stream& on = a.home();
  tensor c = allocate(a.type, with(batch, {rows_of(left), columns_of(right)}), on, "matmul");
  if (c.size() > 0) {
    const matrix_operand x = operand_of(left, batch), y = operand_of(right, batch);
    submit_on(on, "matmul", {&x.memory, &y.memory, &c}, [&](kernels::backend& backend, void* queue) {
      kernels::linear_of(backend).multiply({a.type, how == precision::tf32, rows_of(left), columns_of(left), columns_of(right),
                                            batch, x.strides, y.strides, c.data()},
                                           queue);
    });
  }
  if (column) c = without_axis(c, c.shape.size() - 1);
  if (row) c = without_axis(c, c.shape.size() - (column ? 1 : 2));
  return c;
}

// ---- factorisations --------------------------------------------------------------------------------------------------

tensor cholesky(const tensor& a) {
  require_square(a, "cholesky");
  const extents batch = batch_of(a.shape, 2);
  tensor l = fresh(a, a.home(), "cholesky");
  std::optional<kernels::failure> failed;
  submit_on(a.home(), "cholesky", {&l}, [&](kernels::backend& backend, void* queue) {
    failed = kernels::linear_of(backend).cholesky(a.type, columns_of(a), count_of(batch), l.data(), queue);
  });
  if (failed)
    throw input_error("Matrix is not positive definite (leading minor of order " + extent_text(failed->order) +
                      matrix_text(failed->matrix, batch) + "); nearest_correlation repairs a correlation matrix");
  return l;
}

namespace {

[[noreturn]] void refuse_singular(const kernels::failure& failed, const extents& batch) {
  throw input_error("Singular matrix (pivot " + extent_text(failed.order) + matrix_text(failed.matrix, batch) + " is zero)");
}

/// The shape of the batch that `solve` runs over; b is a vector or holds matrices.
extents solve_batch(const tensor& a, const tensor& b) {
  require_square(a, "solve");
  if (b.shape.empty())
    throw input_error("solve: Input operand 1 does not have enough dimensions (has 0, gufunc core with signature "
                      "(m,m),(m)->(m) requires 1)");
  const bool vector = b.shape.size() == 1;
  const int64_t rows = vector ? b.shape[0] : rows_of(b);
  if (rows != columns_of(a))
    throw input_error(std::string("solve: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature ") +
                      (vector ? "(m,m),(m)->(m)" : "(m,m),(m,n)->(m,n)") + " (size " + extent_text(rows) +
                      " is different from " + extent_text(columns_of(a)) + "); shapes " + to_string(a.shape) + " and " +
                      to_string(b.shape));
  return vector ? batch_of(a.shape, 2) : broadcast(batch_of(a.shape, 2), batch_of(b.shape, 2));
}

} // namespace

tensor solve(const tensor& a, const tensor& b, precision how) {
  const extents batch = solve_batch(a, b);
  const stream& on = a.home();
  const int64_t n = columns_of(a);
  const tensor right = b.shape.size() == 1 ? with_axis(b, 1) : b;
  const int64_t columns = columns_of(right);
  tensor x = column_major(broadcast_to(right, with(batch, {n, columns})), on, "solve");
  const tensor matrices = broadcast_to(a, with(batch, {n, n}));
  std::optional<kernels::failure> failed;
  if (how == precision::mixed && a.type == dtype::float64) {
    const tensor factors = column_major(matrices, on, "solve"), rhs = x;
    x = allocate(x.type, x.shape, on, "solve");
    submit_on(on, "solve", {&factors, &rhs, &x}, [&](kernels::backend& backend, void* queue) {
      failed =
          kernels::linear_of(backend).solve_mixed(n, columns, count_of(batch), factors.data(), rhs.data(), x.data(), queue);
    });
  } else {
    const tensor factors = fresh(matrices, on, "solve"); // the transpose, read as column major
    submit_on(on, "solve", {&factors, &x}, [&](kernels::backend& backend, void* queue) {
      failed = kernels::linear_of(backend).solve(a.type, n, columns, count_of(batch), factors.data(), x.data(), true, queue);
    });
  }
  if (failed) refuse_singular(*failed, batch);
  x = swap_last(x);
  return dense(b.shape.size() == 1 ? without_axis(x, x.shape.size() - 1) : x);
}

tensor inv(const tensor& a) {
  require_square(a, "inv");
  const extents batch = batch_of(a.shape, 2);
  const int64_t n = columns_of(a);
  // Column major, the factors are a^T, and so the result is a^-T: row major, a^-1.
  const tensor factors = fresh(a, a.home(), "inv");
  tensor x = allocate(a.type, a.shape, a.home(), "inv");
  assign(x, diagonal(a.shape, a.type));
  std::optional<kernels::failure> failed;
  submit_on(a.home(), "inv", {&factors, &x}, [&](kernels::backend& backend, void* queue) {
    failed = kernels::linear_of(backend).solve(a.type, n, n, count_of(batch), factors.data(), x.data(), false, queue);
  });
  if (failed) refuse_singular(*failed, batch);
  return x;
}

std::array<tensor, 2> qr(const tensor& a) {
  require_matrices(a, "qr");
  const extents batch = batch_of(a.shape, 2);
  const int64_t rows = rows_of(a), columns = columns_of(a), k = std::min(rows, columns);
  tensor q = column_major(a, a.home(), "qr");
  const tensor r = allocate(a.type, with(batch, {k, columns}), a.home(), "qr");
  submit_on(a.home(), "qr", {&q, &r}, [&](kernels::backend& backend, void* queue) {
    kernels::linear_of(backend).qr(a.type, rows, columns, count_of(batch), q.data(), r.data(), queue);
  });
  q.shape[q.shape.size() - 2] = k; // the columns that became q
  return {dense(swap_last(q)), r};
}

std::array<tensor, 3> svd(const tensor& a, bool full_matrices) {
  require_matrices(a, "svd");
  const extents batch = batch_of(a.shape, 2);
  const stream& on = a.home();
  const int64_t rows = rows_of(a), columns = columns_of(a), k = std::min(rows, columns);
  // The kernel wants at least as many rows as columns. A wide matrix is, read as column major, its tall transpose
  // a^T = v diag(s) u^T, and the factors read as row major are transposed again: no copy is needed.
  const bool wide = columns >= rows;
  const tensor work = wide ? fresh(a, on, "svd") : column_major(a, on, "svd");
  const int64_t longer = std::max(rows, columns);
  const tensor s = allocate(a.type, with(batch, {k}), on, "svd");
  const tensor tall = allocate(a.type, with(batch, {full_matrices ? longer : k, longer}), on, "svd");
  const tensor small = allocate(a.type, with(batch, {k, k}), on, "svd");
  if (k == 0) assign(tall, diagonal(tall.shape, a.type)); // only the full factor of an empty matrix has elements
  std::optional<kernels::failure> failed;
  submit_on(on, "svd", {&work, &s, &tall, &small}, [&](kernels::backend& backend, void* queue) {
    if (k > 0)
      failed = kernels::linear_of(backend).svd(a.type, longer, k, count_of(batch), work.data(), s.data(), tall.data(),
                                               small.data(), full_matrices, queue);
  });
  if (failed) throw input_error("SVD did not converge" + matrix_text(failed->matrix, batch) + " (NaN or infinity in it?)");
  if (wide) return {small, s, tall};
  return {dense(swap_last(tall)), s, dense(swap_last(small))};
}

std::array<tensor, 2> eigh(const tensor& a) {
  require_square(a, "eigh");
  const extents batch = batch_of(a.shape, 2);
  const tensor vectors = fresh(a, a.home(), "eigh");
  const tensor values = allocate(a.type, with(batch, {columns_of(a)}), a.home(), "eigh");
  std::optional<kernels::failure> failed;
  submit_on(a.home(), "eigh", {&vectors, &values}, [&](kernels::backend& backend, void* queue) {
    failed = kernels::linear_of(backend).eigh(a.type, columns_of(a), count_of(batch), vectors.data(), values.data(), queue);
  });
  if (failed)
    throw input_error("Eigenvalues did not converge" + matrix_text(failed->matrix, batch) + " (NaN or infinity in it?)");
  return {values, dense(swap_last(vectors))};
}

// ---- least squares ---------------------------------------------------------------------------------------------------

namespace {

template <class T> least_squares least_squares_of(const tensor& a, const tensor& b, std::optional<double> rcond) {
  const stream& on = a.home();
  const int64_t rows = rows_of(a), columns = columns_of(a);
  const bool vector = b.shape.size() == 1;
  const tensor right = vector ? with_axis(b, 1) : b;
  const auto [u, s, vt] = svd(a, false);

  std::vector<T> values(static_cast<std::size_t>(s.size()));
  download(values.data(), s);
  const double relative =
      rcond && *rcond >= 0 ? *rcond : std::numeric_limits<T>::epsilon() * static_cast<double>(std::max(rows, columns));
  const double least = values.empty() ? 0.0 : relative * static_cast<double>(values.front());
  int64_t rank = 0;
  for (T& value : values) {
    const bool counts = static_cast<double>(value) > least;
    rank += counts;
    value = counts ? T(1) / value : T(0);
  }
  const tensor inverse = allocate(a.type, extents{s.size(), 1}, on, "lstsq");
  upload(inverse, values.data());

  const tensor projected = matmul(swap_last(u), right, precision::full);
  const tensor x = matmul(swap_last(vt), evaluate(apply(op::multiply, input(projected), input(inverse))), precision::full);
  tensor residuals = allocate(a.type, extents{0}, on, "lstsq");
  if (rank == columns && rows > columns) {
    const array<T> rest(evaluate(apply(op::subtract, input(right), input(matmul(a, x, precision::full)))));
    residuals = array<T>(sum(rest * rest, 0)).raw();
  }
  return {vector ? without_axis(x, 1) : x, residuals, s, rank};
}

} // namespace

least_squares lstsq(const tensor& a, const tensor& b, std::optional<double> rcond) {
  if (a.shape.size() != 2)
    throw input_error("lstsq: " + std::to_string(a.shape.size()) +
                      "-dimensional array given. Array must be two-dimensional (shape " + to_string(a.shape) + ")");
  if (b.shape.empty() || b.shape.size() > 2 || b.shape[0] != a.shape[0])
    throw input_error("lstsq: Incompatible dimensions: shapes " + to_string(a.shape) + " and " + to_string(b.shape));
  return a.type == dtype::float32 ? least_squares_of<float>(a, b, rcond) : least_squares_of<double>(a, b, rcond);
}

// ---- nearest correlation matrix -----------------------------------------------------------------------------------------

correlation_result nearest_correlation(const tensor& given, double tolerance, int max_iterations, double smallest_eigenvalue) {
  require_square(given, "nearest_correlation");
  if (given.shape.size() != 2)
    throw input_error("nearest_correlation: takes one matrix (shape " + to_string(given.shape) + ")");
  if (!(smallest_eigenvalue >= 0.0 && smallest_eigenvalue < 1.0))
    throw input_error("smallest_eigenvalue = " + std::to_string(smallest_eigenvalue) +
                      " (must be in [0, 1): the eigenvalues of a correlation matrix have the mean 1)");
  if (!(tolerance > 0.0)) throw input_error("tolerance = " + std::to_string(tolerance) + " (must be positive)");
  const array<double> a(given), transposed(swap_last(given));
  if (a.size() == 0) return {a.clone(), 0, 0.0};
  if (!(max(abs(a - transposed)).item() <= 1e-8 * std::max(1.0, max(abs(a)).item())))
    throw input_error(
        "nearest_correlation: the matrix is not symmetric, or not finite (its lower and upper triangle must agree); "
        "pass 0.5 * (a + a^T) if the difference is noise");

  const array<bool> on_diagonal(evaluate(diagonal(a.shape(), dtype::boolean), &a.home()));
  array<double> x = a.clone(), y = (a + transposed) * 0.5, correction(a.shape(), a.home());
  correction = y * 0.0;
  double change = 0.0;
  for (int iteration = 1; iteration <= max_iterations; ++iteration) {
    const array<double> r = y - correction;
    const auto [values, vectors] = eigh(r.raw());
    // The nearest matrix with eigenvalues at or above the bound, then the nearest one with a unit diagonal.
    const array<double> v(vectors);
    const array<double> scaled = v * maximum(array<double>(values), smallest_eigenvalue);
    const array<double> next_x(matmul(scaled.raw(), swap_last(v.raw()), precision::full));
    correction = next_x - r;
    const array<double> next_y = where(on_diagonal, 1.0, next_x);
    const double size_x = norm(next_x).item(), size_y = norm(next_y).item();
    change =
        std::max({norm(next_x - x).item() / size_x, norm(next_y - y).item() / size_y, norm(next_y - next_x).item() / size_y});
    x = next_x;
    y = next_y;
    if (change <= tolerance) return {y, iteration, change};
  }
  throw error("nearest_correlation did not converge in " + std::to_string(max_iterations) + " iterations (relative change " +
              std::to_string(change) + "); raise max_iterations or the tolerance");
}

} // namespace dojima::detail
