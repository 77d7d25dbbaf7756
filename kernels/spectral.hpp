// Fourier transforms and convolutions of one device, on raw device memory.
#pragma once

#include <cstdint>

#include "dojima/array/types.hpp"
#include "kernels/backend.hpp"

namespace dojima::kernels {

enum class transform_kind : std::uint8_t { forward, inverse, real_forward, real_inverse };

/// Discrete Fourier transforms of `rows` dense rows of `length` points: sum over j of x[j] e^(-2 pi i j k / length), inverse
/// with a plus sign, times `scale`. The complex side of the real kinds holds length / 2 + 1 values for each row; the imaginary
/// parts of the first one, and of the last one when the length is even, are not read. `in` is not written; it may not overlap
/// `out`.
struct transform {
  transform_kind kind;
  dtype type; ///< complex64 or complex128: the precision
  std::int64_t rows, length;
  double scale;
  const void* in;
  void* out;
};

/// The part of the full two-dimensional convolution, sum over p, q of v[p, q] a[i - p, j - q], that begins at (first_row,
/// first_column). All three matrices are row major and dense. Each sum runs over p, then q, ascending, one product and one
/// addition at a time; terms outside a are left out. So every device gives the same bits. Integers wrap around, booleans take
/// `and` and `or`.
struct convolution {
  dtype type;
  std::int64_t a_rows, a_columns, v_rows, v_columns, rows, columns, first_row, first_column;
  const void* a;
  const void* v;
  void* out;
};

/// Work is queued on the stream. On a GPU, library_error when cuFFT is missing; the transforms of the CPU and the convolutions
/// need no library.
class spectral {
public:
  virtual ~spectral() = default;
  virtual void run(const transform& t, void* stream) = 0;
  virtual void run(const convolution& c, void* stream) = 0;
};

/// The smallest even length of at least `least` points without a prime factor above 5: transforms of it are fast everywhere.
constexpr std::int64_t fast_length(std::int64_t least) {
  std::int64_t best = INT64_MAX;
  for (std::int64_t five = 1; five < 5 * least; five *= 5)
    for (std::int64_t three = five; three < 3 * least; three *= 3) {
      std::int64_t n = 2 * three;
      while (n < least) n *= 2;
      best = n < best ? n : best;
    }
  return best;
}

/// The transforms of a backend.
spectral& spectral_of(backend& owner);

spectral& cpu_spectral();
spectral& cuda_spectral(backend& owner); ///< owner is one of cuda_backends()

} // namespace dojima::kernels
