// Convolution for one instruction set; compiled once for each, with DOJIMA_ISA naming it.
#include "kernels/cpu/convolve.hpp"

#include <type_traits>

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {
namespace {

using std::int64_t;

template <class T> struct pair { T re, im; };

/// sum + x y. Integers in their unsigned type, which wraps.
template <class T> DOJIMA_FN void accumulate(T& sum, T x, T y) {
  if constexpr (std::is_same_v<T, bool>) sum = sum | (x & y);
  else sum = sum + x * y;
}
template <class T> DOJIMA_FN void accumulate(pair<T>& sum, pair<T> x, pair<T> y) {
  sum.re = sum.re + (rounded_product(x.re, y.re) - rounded_product(x.im, y.im));
  sum.im = sum.im + (rounded_product(x.re, y.im) + rounded_product(x.im, y.re));
}

DOJIMA_FN int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
DOJIMA_FN int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

template <class T> void convolve_row(const kernels::convolution& c, int64_t row, int64_t begin, int64_t end) {
  const T* const a = static_cast<const T*>(c.a);
  const T* const v = static_cast<const T*>(c.v);
  T sums[kernels::convolve_block] = {};
  const int64_t i = row + c.first_row, first = begin + c.first_column, n = end - begin;
  for (int64_t p = most(0, i - c.a_rows + 1); p <= least(i, c.v_rows - 1); ++p) {
    const T* const x = a + (i - p) * c.a_columns;
    const T* const y = v + p * c.v_columns;
    // Term q belongs to the columns first + j with q <= first + j < q + a_columns.
    const auto from = [&](int64_t q) { return least(most(0, q - first), n); };
    const auto to = [&](int64_t q) { return most(0, least(n, q + c.a_columns - first)); };
    const int64_t last = least(c.v_columns, first + n); // terms that reach a column
    int64_t q = most(0, first - c.a_columns + 1);
    for (; q + 4 <= last; q += 4) {
      // Four terms for one pass over the sums, in the order in which single terms would be added.
      const int64_t inner_from = from(q + 3), inner_to = most(inner_from, to(q));
      const auto edge = [&](int64_t j_from, int64_t j_to) {
        for (int64_t k = q; k < q + 4; ++k)
          for (int64_t j = most(j_from, from(k)); j < least(j_to, to(k)); ++j) accumulate(sums[j], y[k], x[first + j - k]);
      };
      edge(0, inner_from);
      const T y0 = y[q], y1 = y[q + 1], y2 = y[q + 2], y3 = y[q + 3];
      const int64_t base = first - q;
      for (int64_t j = inner_from; j < inner_to; ++j) {
        T sum = sums[j];
        accumulate(sum, y0, x[base + j]);
        accumulate(sum, y1, x[base + j - 1]);
        accumulate(sum, y2, x[base + j - 2]);
        accumulate(sum, y3, x[base + j - 3]);
        sums[j] = sum;
      }
      edge(inner_to, n);
    }
    for (; q < last; ++q)
      for (int64_t j = from(q); j < to(q); ++j) accumulate(sums[j], y[q], x[first + j - q]);
  }
  T* const out = static_cast<T*>(c.out) + row * c.columns + begin;
  for (int64_t j = 0; j < n; ++j) out[j] = sums[j];
}

} // namespace

extern const kernels::convolve_table convolve_loops;
const kernels::convolve_table convolve_loops = {{convolve_row<bool>, convolve_row<std::uint32_t>, convolve_row<std::uint32_t>,
                                                 convolve_row<std::uint64_t>, convolve_row<float>, convolve_row<double>,
                                                 convolve_row<pair<float>>, convolve_row<pair<double>>}};

} // namespace DOJIMA_ISA
} // namespace dojima
