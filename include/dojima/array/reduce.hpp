// Reductions over any axes. Sums and products go through a tree whose shape depends on the number of elements alone, so that
// their bits are the same on every device and for every number of threads: tiles of 1024 elements; in a tile, 32 lanes each add
// every 32nd element in order and are then halved 16, 8, 4, 2, 1; the tiles' results are reduced in the same way. Floats are
// summed in double and rounded once.
#pragma once

#include "dojima/array/elementwise.hpp"

namespace dojima {

/// The axes of a reduction: none (all), one, or several; negative ones count from the end.
class axes {
public:
  axes() = default;
  axes(std::nullopt_t) {}
  axes(std::integral auto axis) : list_({static_cast<std::int64_t>(axis)}), all_(false) {}
  axes(std::initializer_list<std::int64_t> list) : list_(list), all_(false) {}
  explicit axes(const extents& list) : list_(list), all_(false) {}

  /// Bit i is set for axis i. input_error, in NumPy's words, for an axis out of bounds or named twice.
  std::uint8_t mask(std::size_t rank) const;

private:
  extents list_;
  bool all_ = true;
};

/// `tree`: the same bits everywhere. `unordered`: in whatever order is fastest; the last bits may differ from run to run.
enum class summation { tree, unordered };

namespace detail {

/// NumPy's type of a sum: int64 of bool and int32; uint32 gives int64 here, as there is no uint64.
constexpr dtype sum_type(dtype type) { return is_integer(type) || type == dtype::boolean ? dtype::int64 : type; }
template <dtype type, operand A>
result<type> reduced(reduction what, const A& x, const axes& over, bool keepdims, summation order = summation::tree) {
  const node_ptr& node = to_node(x);
  return result<type>(reduce(what, cast(node, type), over.mask(node->shape.size()), keepdims, order == summation::tree));
}
/// Number of elements that go into each result.
std::int64_t reduced_count(const extents& shape, std::uint8_t mask);

} // namespace detail

template <operand A> auto sum(const A& x, const axes& over = {}, bool keepdims = false, summation order = summation::tree) {
  return detail::reduced<detail::sum_type(dtype_of<value_t<A>>)>(reduction::sum, x, over, keepdims, order);
}
template <operand A> auto prod(const A& x, const axes& over = {}, bool keepdims = false) {
  return detail::reduced<detail::sum_type(dtype_of<value_t<A>>)>(reduction::prod, x, over, keepdims);
}
/// Smallest element; NaN if there is one. input_error for no elements.
template <operand A> auto min(const A& x, const axes& over = {}, bool keepdims = false) {
  return detail::reduced<dtype_of<value_t<A>>>(reduction::min, x, over, keepdims);
}
template <operand A> auto max(const A& x, const axes& over = {}, bool keepdims = false) {
  return detail::reduced<dtype_of<value_t<A>>>(reduction::max, x, over, keepdims);
}

namespace detail {
template <operand A>
expression<std::int64_t> arg_reduced(reduction what, const A& x, std::optional<std::int64_t> axis, bool keepdims) {
  const node_ptr& node = to_node(x);
  const axes over = axis ? axes(*axis) : axes();
  return expression<std::int64_t>(reduce(what, node, over.mask(node->shape.size()), keepdims, true));
}
} // namespace detail

/// Index of the first smallest element along an axis, or in the flattened array; of the first NaN if there is one.
template <operand A> auto argmin(const A& x, std::optional<std::int64_t> axis = none, bool keepdims = false) {
  return detail::arg_reduced(reduction::argmin, x, axis, keepdims);
}
template <operand A> auto argmax(const A& x, std::optional<std::int64_t> axis = none, bool keepdims = false) {
  return detail::arg_reduced(reduction::argmax, x, axis, keepdims);
}
/// Whether any, or every, element differs from zero.
template <operand A> auto any(const A& x, const axes& over = {}, bool keepdims = false) {
  return detail::reduced<dtype::boolean>(reduction::any, x, over, keepdims);
}
template <operand A> auto all(const A& x, const axes& over = {}, bool keepdims = false) {
  return detail::reduced<dtype::boolean>(reduction::all, x, over, keepdims);
}
template <operand A> auto count_nonzero(const A& x, const axes& over = {}, bool keepdims = false) {
  return sum(astype<bool>(x), over, keepdims);
}

template <operand A> auto mean(const A& x, const axes& over = {}, bool keepdims = false) {
  constexpr dtype type = detail::floating_of(dtype_of<value_t<A>>);
  const auto count = detail::reduced_count(x.shape(), over.mask(x.shape().size()));
  // The sum of floats is divided before it is rounded.
  constexpr dtype wide = type == dtype::float32 ? dtype::float64 : type;
  return astype<type_of<type>>(detail::reduced<wide>(reduction::sum, x, over, keepdims) / static_cast<double>(count));
}
/// Mean squared deviation from the mean, over the count less `ddof`.
template <operand A> auto var(const A& x, const axes& over = {}, double ddof = 0.0, bool keepdims = false) {
  constexpr dtype type = detail::floating_of(dtype_of<value_t<A>>);
  constexpr dtype wide = type == dtype::float32 ? dtype::float64 : type == dtype::complex64 ? dtype::complex128 : type;
  const auto count = static_cast<double>(detail::reduced_count(x.shape(), over.mask(x.shape().size())));
  const auto deviation = astype<type_of<wide>>(x) - astype<type_of<wide>>(mean(astype<type_of<wide>>(x), over, true));
  const auto squares = [&] {
    if constexpr (is_complex(wide)) return real(deviation) * real(deviation) + imag(deviation) * imag(deviation);
    else return deviation * deviation;
  }();
  return astype<type_of<detail::real_of(type)>>(sum(squares, over, keepdims) / (count > ddof ? count - ddof : 0.0));
}
template <operand A> auto std(const A& x, const axes& over = {}, double ddof = 0.0, bool keepdims = false) {
  return sqrt(var(x, over, ddof, keepdims));
}

/// Vector norm over the axes: `order` 1 (sum of absolute values), 2 (Euclidean) or infinity (largest absolute value).
template <operand A> auto norm(const A& x, double order = 2.0, const axes& over = {}, bool keepdims = false) {
  constexpr dtype type = detail::floating_of(detail::real_of(dtype_of<value_t<A>>));
  constexpr dtype wide = type == dtype::float32 ? dtype::float64 : type;
  const auto size = astype<type_of<wide>>(abs(x));
  const auto result = [&] {
    if (order == 1.0) return expression<type_of<wide>>(sum(size, over, keepdims));
    if (order == 2.0) return expression<type_of<wide>>(sqrt(sum(size * size, over, keepdims)));
    if (order == INFINITY) return expression<type_of<wide>>(max(size, over, keepdims));
    throw input_error("Invalid norm order " + std::to_string(order) + " for vectors (1, 2 or infinity)");
  }();
  return astype<type_of<type>>(result);
}

/// Sum of products of two vectors.
template <operand A, operand B> auto dot(const A& a, const B& b) {
  if (a.shape().size() != 1 || b.shape().size() != 1 || !(a.shape() == b.shape()))
    throw input_error("shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                      " not aligned (dot takes two vectors of one length; matmul multiplies matrices)");
  constexpr dtype type = detail::common_type<A, B>();
  return astype<type_of<type>>(sum(a * b));
}

} // namespace dojima
