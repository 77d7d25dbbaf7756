// Sorting, searching, quantiles and running sums with NumPy's names, along an axis or over the flattened array (`none`). NaN
// sorts last, in descending order too. Sorts by index are stable, and every result has the same bits on every device and for
// every number of threads. Results are dense and live on the array's stream. Functions that say so wait for it, since the size
// of their result, or an error, depends on the elements; the others do not.
#pragma once

#include <string_view>
#include <vector>

#include "dojima/array/in_memory.hpp"
#include "dojima/array/reduce.hpp"

namespace dojima {

template <element T> struct topk_result {
  array<T> values;
  array<std::int64_t> indices;
};
template <element T> struct unique_counts_result {
  array<T> values;
  array<std::int64_t> counts;
};
template <element T> struct unique_inverse_result {
  array<T> values;
  array<std::int64_t> inverse; ///< values[inverse] is the array, in its shape
};
struct histogram_result {
  array<std::int64_t> counts;
  array<double> edges; ///< one more than counts
};

namespace detail {
tensor sort(const tensor& x, std::optional<std::int64_t> axis, bool descending);
tensor argsort(const tensor& x, std::optional<std::int64_t> axis, bool descending);
struct top {
  tensor values, indices;
};
top topk(const tensor& x, std::int64_t k, bool largest, std::int64_t axis);
struct distinct {
  tensor values, counts, inverse; ///< counts and inverse are empty when they were not asked for
};
distinct unique(const tensor& x, bool counts, bool inverse);
tensor searchsorted(const tensor& sorted, const tensor& values, std::string_view side);
struct bins {
  tensor counts, edges;
};
bins histogram(const tensor& x, std::int64_t bins, std::optional<std::array<double, 2>> range);
bins histogram(const tensor& x, const std::vector<double>& edges);
/// One more dimension in front, of the size of q, unless `single`.
tensor quantile(const tensor& x, const std::vector<double>& q, bool single, std::uint8_t axes, std::string_view method,
                bool keepdims);
tensor median(const tensor& x, std::uint8_t axes, bool keepdims);
tensor scan(bool product, const tensor& x, std::optional<std::int64_t> axis);

template <operand A> tensor ordered_tensor(const A& x) {
  static_assert(!is_complex(dtype_of<value_t<A>>), "complex numbers have no order; take abs, real or imag");
  return tensor_of<value_t<A>>(x);
}
template <operand A> using quantile_t = std::conditional_t<std::same_as<value_t<A>, float>, float, double>;
} // namespace detail

/// Sorted copies of the rows along an axis.
template <operand A> auto sort(const A& x, std::optional<std::int64_t> axis = -1, bool descending = false) {
  return array<value_t<A>>(detail::sort(detail::ordered_tensor(x), axis, descending));
}
/// The indices that would sort along an axis; equal elements stay in their order, also in descending order.
template <operand A> array<std::int64_t> argsort(const A& x, std::optional<std::int64_t> axis = -1, bool descending = false) {
  return array<std::int64_t>(detail::argsort(detail::ordered_tensor(x), axis, descending));
}
/// The k largest (smallest) elements along an axis, in descending (ascending) order, and their indices; of equal elements those
/// with the smallest indices.
template <operand A> auto topk(const A& x, std::int64_t k, bool largest = true, std::int64_t axis = -1) {
  const detail::top found = detail::topk(detail::ordered_tensor(x), k, largest, axis);
  return topk_result<value_t<A>>{array<value_t<A>>(found.values), array<std::int64_t>(found.indices)};
}

/// The different values of the flattened array, sorted; all NaN count as one, and so do -0.0 and 0.0. Waits.
template <operand A> auto unique(const A& x) {
  return array<value_t<A>>(detail::unique(detail::ordered_tensor(x), false, false).values);
}
/// And how often each occurs. Waits.
template <operand A> auto unique_counts(const A& x) {
  const detail::distinct found = detail::unique(detail::ordered_tensor(x), true, false);
  return unique_counts_result<value_t<A>>{array<value_t<A>>(found.values), array<std::int64_t>(found.counts)};
}
/// And which of them each element is. Waits.
template <operand A> auto unique_inverse(const A& x) {
  const detail::distinct found = detail::unique(detail::ordered_tensor(x), false, true);
  return unique_inverse_result<value_t<A>>{array<value_t<A>>(found.values), array<std::int64_t>(found.inverse)};
}

/// Where each value would be inserted in a sorted vector to keep its order: before its equals ("left") or after them ("right").
template <operand A, operand V>
array<std::int64_t> searchsorted(const A& sorted, const V& values, std::string_view side = "left") {
  using T = type_of<promote(dtype_of<value_t<A>>, dtype_of<value_t<V>>)>;
  static_assert(!is_complex(dtype_of<T>), "complex numbers have no order; take abs, real or imag");
  return array<std::int64_t>(detail::searchsorted(detail::tensor_of<T>(sorted), detail::tensor_of<T>(values), side));
}

/// Numbers of elements in `bins` bins of equal width over `range`, by default from the smallest element to the largest (which
/// waits). A bin holds its left edge, the last one both. Elements outside and NaN are not counted. Edges are in double.
template <operand A>
histogram_result histogram(const A& x, std::int64_t bins = 10, std::optional<std::array<double, 2>> range = none) {
  const detail::bins found = detail::histogram(detail::ordered_tensor(x), bins, range);
  return {array<std::int64_t>(found.counts), array<double>(found.edges)};
}
/// With edges of one's own, which must not decrease.
template <operand A> histogram_result histogram(const A& x, const std::vector<double>& edges) {
  const detail::bins found = detail::histogram(detail::ordered_tensor(x), edges);
  return {array<std::int64_t>(found.counts), array<double>(found.edges)};
}

/// The q-quantile over axes (all by default), NaN where an element is NaN or there is none. `method` is one of NumPy's:
/// inverted_cdf, averaged_inverted_cdf, closest_observation, interpolated_inverted_cdf, hazen, weibull, linear,
/// median_unbiased, normal_unbiased (the rules of Hyndman and Fan 1996), lower, higher, midpoint, nearest. Float stays float
/// (computed in double and rounded once), everything else gives double.
template <operand A>
auto quantile(const A& x, double q, const axes& over = {}, std::string_view method = "linear", bool keepdims = false) {
  return array<detail::quantile_t<A>>(
      detail::quantile(detail::ordered_tensor(x), {q}, true, over.mask(x.shape().size()), method, keepdims));
}
/// Several at once: the first dimension of the result counts them.
template <operand A>
auto quantile(const A& x, const std::vector<double>& q, const axes& over = {}, std::string_view method = "linear",
              bool keepdims = false) {
  return array<detail::quantile_t<A>>(
      detail::quantile(detail::ordered_tensor(x), q, false, over.mask(x.shape().size()), method, keepdims));
}
/// The middle element, or the mean of the two middle ones.
template <operand A> auto median(const A& x, const axes& over = {}, bool keepdims = false) {
  return array<detail::quantile_t<A>>(detail::median(detail::ordered_tensor(x), over.mask(x.shape().size()), keepdims));
}

/// Running sums along an axis, or of the flattened array. bool and integers give int64 (NumPy's uint64 for uint32 does not
/// exist here); float and complex<float> are summed in double and rounded once each.
template <operand A> auto cumsum(const A& x, std::optional<std::int64_t> axis = none) {
  using T = type_of<detail::sum_type(dtype_of<value_t<A>>)>;
  return array<T>(detail::scan(false, detail::tensor_of<value_t<A>>(x), axis));
}
/// Running products, likewise.
template <operand A> auto cumprod(const A& x, std::optional<std::int64_t> axis = none) {
  using T = type_of<detail::sum_type(dtype_of<value_t<A>>)>;
  return array<T>(detail::scan(true, detail::tensor_of<value_t<A>>(x), axis));
}

} // namespace dojima
