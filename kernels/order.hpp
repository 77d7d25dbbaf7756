// Order and scans: what each backend does with dense rows of numbers. Everything works along the last axis of a rows x columns
// matrix; the host layer moves axes. Results are the same bits on every backend and for every number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dojima/array/types.hpp"

namespace dojima::kernels {

class backend;

/// Where a quantile lies in a sorted row: between the elements of ranks `low` and `high`, by `weight` towards `high`.
struct quantile_point {
  std::int64_t low, high;
  double weight;
};

/// What happens between the two elements: the lower one is taken, NumPy's two-sided interpolation, or their mean.
enum class quantile_rule : std::uint8_t { take, interpolate, mean };

/// Rows are ordered as NumPy orders them: NaN last, also in descending order. -0.0 and 0.0 are equal to argsort, top, unique
/// and search, so that stable means what it says; the values of sort and quantile hold -0.0 before 0.0, and every NaN is the
/// same quiet one. Complex numbers have no order and are refused by the host layer.
class order_kernels {
public:
  virtual ~order_kernels() = default;

  /// `to` may be `from`.
  virtual void sort(dtype type, const void* from, void* to, std::int64_t rows, std::int64_t columns, bool descending,
                    void* stream) = 0;
  /// Stable: equal elements stay in their order.
  virtual void argsort(dtype type, const void* from, std::int64_t* to, std::int64_t rows, std::int64_t columns, bool descending,
                       void* stream) = 0;
  /// The indices of the first `count` of argsort, rows x count; 0 <= count <= columns.
  virtual void top(dtype type, const void* from, std::int64_t* to, std::int64_t rows, std::int64_t columns, std::int64_t count,
                   bool largest, void* stream) = 0;
  /// to[row][i] = from[row][indices[row][i]], rows x count.
  virtual void gather(dtype type, const void* from, const std::int64_t* indices, void* to, std::int64_t rows,
                      std::int64_t columns, std::int64_t count, void* stream) = 0;
  /// The different values of one row, sorted; returns how many they are, for which it waits for the stream. The outputs have
  /// room for `size` elements; counts and inverse may be null.
  virtual std::int64_t unique(dtype type, const void* from, std::int64_t size, void* values, std::int64_t* counts,
                              std::int64_t* inverse, void* stream) = 0;
  /// The place of each value in a sorted row: before (left) or after (right) its equals.
  virtual void search(dtype type, const void* sorted, std::int64_t size, const void* values, std::int64_t count, bool right,
                      std::int64_t* to, void* stream) = 0;
  /// to[point][row] in double, in float for float32; NaN where the row holds one. columns > 0; the points are copied.
  virtual void quantile(dtype type, const void* from, std::int64_t rows, std::int64_t columns,
                        std::span<const quantile_point> points, quantile_rule rule, void* to, void* stream) = 0;
  /// Smallest and largest of size > 0 numbers, both NaN if one is; waits for the stream.
  virtual std::array<double, 2> extremes(dtype type, const void* from, std::int64_t size, void* stream) = 0;
  /// counts[b] = numbers in edges[b] <= x < edges[b + 1], in the last bin also x = edges[bins]. `uniform` says that the edges
  /// are equally spaced up to rounding. NaN is in no bin.
  virtual void histogram(dtype type, const void* from, std::int64_t size, const double* edges, std::int64_t bins, bool uniform,
                         std::int64_t* counts, void* stream) = 0;
  /// Running sums or products of rows, in the shape of `kernels/order_cells.hpp`. bool and integers go to int64, the rest keeps
  /// its type; float32 and complex64 are accumulated in double.
  virtual void scan(bool product, dtype type, const void* from, void* to, std::int64_t rows, std::int64_t columns,
                    void* stream) = 0;
};

order_kernels& order_of(backend& owner);

order_kernels& cpu_order();
order_kernels& cuda_order(backend& owner); ///< owner is one of cuda_backends()

} // namespace dojima::kernels
