// Shapes: views where the elements can stay where they are, copies where they cannot. Names and rules are NumPy's.
#pragma once

#include "dojima/array/reduce.hpp"

namespace dojima {

namespace detail {
tensor squeeze(const tensor& x, const std::optional<std::uint8_t>& axes);
tensor flip(const tensor& x, std::uint8_t axes);
tensor expand_dims(const tensor& x, std::int64_t axis);
tensor swap_axes(const tensor& x, std::int64_t a, std::int64_t b);
tensor concatenate(std::span<const tensor> parts, std::int64_t axis);
tensor stack(std::span<const tensor> parts, std::int64_t axis);
/// Sections that end at `ends` along the axis; the last one takes the rest.
std::vector<tensor> split(const tensor& x, std::span<const std::int64_t> ends, std::int64_t axis);
/// Ends of `sections` parts of one length. input_error when the axis does not divide evenly.
std::vector<std::int64_t> even_ends(const tensor& x, std::int64_t sections, std::int64_t axis);
/// Indices that stand on the host are checked at once.
void check_indices(std::span<const std::int64_t> indices, std::int64_t extent, std::size_t axis);

/// An operand as an array: itself, or its value.
template <operand A> array<value_t<A>> to_array(const A& x) { return array<value_t<A>>(evaluate(to_node(x))); }
template <operand A, class View, class... More> auto viewed(View view, const A& x, const More&... more) {
  return array<value_t<A>>(view(to_array(x).raw(), more...));
}
template <class T> std::vector<tensor> tensors_of(std::span<const array<T>> parts) {
  std::vector<tensor> list;
  for (const array<T>& part : parts) list.push_back(part.raw());
  return list;
}
template <class T> std::vector<array<T>> arrays_of(std::vector<tensor> parts) {
  std::vector<array<T>> list;
  for (tensor& part : parts) list.emplace_back(std::move(part));
  return list;
}
} // namespace detail

/// The elements in row-major order in another shape; one extent may be -1. A view where the strides allow it.
template <operand A> auto reshape(const A& x, const extents& shape) { return detail::viewed(detail::reshape, x, shape); }
/// All elements in one dimension.
template <operand A> auto ravel(const A& x) { return reshape(x, {-1}); }
/// Reverses the axes, or puts them in the order given. A view.
template <operand A> auto transpose(const A& x, const std::optional<extents>& order = none) {
  extents axes;
  for (auto d = static_cast<std::int64_t>(x.shape().size()); !order && d-- > 0;) axes.push_back(d);
  return detail::viewed(detail::transpose, x, order.value_or(axes));
}
template <operand A> auto swapaxes(const A& x, std::int64_t a, std::int64_t b) {
  return detail::viewed(detail::swap_axes, x, a, b);
}
/// Repeats dimensions of extent one, without a copy: elements of the view share memory.
template <operand A> auto broadcast_to(const A& x, const extents& shape) {
  return detail::viewed([](const detail::tensor& t, const extents& s) { return detail::broadcast_to(t, s); }, x, shape);
}
/// Drops dimensions of extent one: all, or those named. A view.
template <operand A> auto squeeze(const A& x, const std::optional<axes>& which = none) {
  return detail::viewed(detail::squeeze, x, which ? std::optional(which->mask(x.shape().size())) : none);
}
template <operand A> auto expand_dims(const A& x, std::int64_t axis) { return detail::viewed(detail::expand_dims, x, axis); }
/// Reverses the order along the axes. A view.
template <operand A> auto flip(const A& x, const axes& over = {}) {
  return detail::viewed(detail::flip, x, over.mask(x.shape().size()));
}

/// Joins arrays along an existing axis, on the home stream of the first.
template <element T> array<T> concatenate(std::span<const array<T>> parts, std::int64_t axis = 0) {
  return array<T>(detail::concatenate(detail::tensors_of(parts), axis));
}
template <element T> array<T> concatenate(std::initializer_list<array<T>> parts, std::int64_t axis = 0) {
  return concatenate(std::span<const array<T>>(parts.begin(), parts.size()), axis);
}
/// Joins arrays of one shape along a new axis.
template <element T> array<T> stack(std::span<const array<T>> parts, std::int64_t axis = 0) {
  return array<T>(detail::stack(detail::tensors_of(parts), axis));
}
template <element T> array<T> stack(std::initializer_list<array<T>> parts, std::int64_t axis = 0) {
  return stack(std::span<const array<T>>(parts.begin(), parts.size()), axis);
}
/// Equal parts along an axis. Views.
template <operand A> auto split(const A& x, std::int64_t sections, std::int64_t axis = 0) {
  const auto whole = detail::to_array(x);
  return detail::arrays_of<value_t<A>>(detail::split(whole.raw(), detail::even_ends(whole.raw(), sections, axis), axis));
}
/// Parts that begin at the indices. Views.
template <operand A> auto split(const A& x, const std::vector<std::int64_t>& indices, std::int64_t axis = 0) {
  return detail::arrays_of<value_t<A>>(detail::split(detail::to_array(x).raw(), indices, axis));
}

/// Elements by index along an axis; negative indices count from the end. The result is an expression: taking fuses with what is
/// done with the elements. Indices on the device are checked there: one that is out of bounds is thrown by the next
/// synchronisation of the stream (on the CPU at once).
template <operand A, operand I> expression<value_t<A>> take(const A& x, const I& indices, std::int64_t axis = 0) {
  const auto from = detail::to_array(x);
  return expression<value_t<A>>(detail::take(from.raw(), detail::to_node(indices), detail::normal_axis(axis, from.ndim())));
}
/// Indices on the host are checked at once.
template <operand A> expression<value_t<A>> take(const A& x, const std::vector<std::int64_t>& indices, std::int64_t axis = 0) {
  const auto from = detail::to_array(x);
  const std::size_t at = detail::normal_axis(axis, from.ndim());
  detail::check_indices(indices, from.shape()[at], at);
  return take(from, asarray(indices, from.home()), axis);
}

} // namespace dojima
