// Lazy expressions. Operators and functions on arrays build a small graph that owns its inputs; it is evaluated in one pass
// over memory when it is assigned to an `array`, or by `eval`, `get` and `item`.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <memory>
#include <vector>

#include "dojima/array/tensor.hpp"

namespace dojima {

template <class T> class array;
template <class T> class expression;

namespace detail {

/// A number whose type is known at run time.
struct scalar {
  dtype type = dtype::float64;
  std::uint64_t bits[2] = {0, 0};

  template <element T> static scalar of(T value) {
    scalar s{dtype_of<T>};
    std::memcpy(s.bits, &value, sizeof value);
    return s;
  }
};

struct node;
using node_ptr = std::shared_ptr<const node>;

enum class node_kind : std::uint8_t { input, constant, coordinate, operation, take, reduce };

/// One node of an expression. Immutable; shared between expressions and threads.
struct node {
  node_kind kind;
  dtype type;
  extents shape;
  op code = op::cast;              ///< operation
  reduction what = reduction::sum; ///< reduce
  bool ordered = true;             ///< reduce: by the fixed tree
  std::uint8_t axes = 0;           ///< reduce: bit i for axis i of the argument; take: the axis
  std::uint16_t weight = 1;        ///< size of the graph, counted as a tree
  std::array<node_ptr, 3> args{};
  tensor data{};     ///< input; take: what is taken from
  scalar value{};    ///< constant
  extents strides{}; ///< coordinate: the value is the sum of index * stride
};

node_ptr input(const tensor& x);
node_ptr constant(const scalar& value);
node_ptr coordinate(const extents& shape, const extents& strides);
/// Promotes and broadcasts the arguments as NumPy's function of that name does.
node_ptr apply(op code, node_ptr a, node_ptr b = nullptr, node_ptr c = nullptr);
node_ptr cast(node_ptr x, dtype to);
node_ptr take(const tensor& x, node_ptr indices, std::size_t axis);
node_ptr reduce(reduction what, node_ptr x, std::uint8_t axes, bool keepdims, bool ordered);
node_ptr broadcast_to(node_ptr x, const extents& shape);

/// The values in a fresh dense tensor. Without `on`: on the home stream of the first array, or the current stream.
tensor evaluate(const node_ptr& x, const stream* on = nullptr);
/// to[...] = x, cast to its type and broadcast to its shape.
void assign(const tensor& to, const node_ptr& x);

} // namespace detail

/// A value that is not computed yet: shape and type are known, the elements are not.
template <class T> class expression {
public:
  using value_type = T;

  expression(const array<T>& x) : node_(detail::input(x.raw())) {}
  explicit expression(detail::node_ptr node) : node_(std::move(node)) {}

  const extents& shape() const { return node_->shape; }
  const detail::node_ptr& node() const { return node_; }

  array<T> eval() const { return array<T>(detail::evaluate(node_)); }
  array<T> eval(const stream& on) const { return array<T>(detail::evaluate(node_, &on)); }
  std::vector<T> get() const { return eval().get(); } ///< the elements on the host; waits
  T item() const { return eval().item(); }            ///< the one element; waits

private:
  detail::node_ptr node_;
};

namespace detail {
// Arrays, sections of arrays and expressions.
template <class T> std::type_identity<T> array_element(const array<T>*);
template <class T> std::type_identity<T> array_element(const expression<T>*);
template <class A>
concept array_like = requires(const A* a) {
  array_element(a);
}
&&element<typename decltype(array_element(static_cast<const A*>(nullptr)))::type>;
template <array_like A> using element_of = typename decltype(array_element(static_cast<const A*>(nullptr)))::type;
template <class A>
concept number = element<A> ||(std::integral<A> && sizeof(A) == 8) || (std::integral<A> && !element<A>);

template <array_like A> const node_ptr& to_node(const A& x) requires requires { x.node(); }
{ return x.node(); }
template <array_like A> node_ptr to_node(const A& x) requires(!requires { x.node(); }) { return input(x.raw()); }
} // namespace detail

/// What a function on arrays takes: an array, a section of one, or an expression.
template <class A>
concept operand = detail::array_like<A>;
template <operand A> using value_t = detail::element_of<A>;

namespace detail {

/// A C++ number beside an array is weak, as a Python number beside a NumPy array: it takes the array's type unless its kind
/// (bool, integer, floating, complex) is higher.
template <class Number, class T> constexpr dtype weak_type() {
  constexpr dtype with = dtype_of<T>;
  if constexpr (std::same_as<Number, bool>) return with;
  if constexpr (std::integral<Number>) return with == dtype::boolean ? dtype::int64 : with;
  if constexpr (std::floating_point<Number>) return is_floating(with) || is_complex(with) ? with : dtype::float64;
  return is_complex(with) ? with : with == dtype::float32 ? dtype::complex64 : dtype::complex128;
}

template <dtype type, class Number> node_ptr weak_constant(Number value) {
  return constant(scalar::of(static_cast<type_of<type>>(value)));
}

/// Node of `x`, an operand or a number beside arrays of type `With`.
template <class With, class X> node_ptr node_beside(const X& x) {
  if constexpr (operand<X>) return to_node(x);
  else return weak_constant<weak_type<X, With>()>(x);
}

template <class A, class B> constexpr dtype common_type() {
  if constexpr (operand<A> && operand<B>) return promote(dtype_of<value_t<A>>, dtype_of<value_t<B>>);
  else if constexpr (operand<A>) return promote(dtype_of<value_t<A>>, weak_type<B, value_t<A>>());
  else return promote(dtype_of<value_t<B>>, weak_type<A, value_t<B>>());
}

template <class A, class B>
concept operands = (operand<A> && (operand<B> || number<B>)) || (number<A> && operand<B>);

template <class A, class B> node_ptr apply_binary(op code, const A& a, const B& b) {
  if constexpr (operand<A> && operand<B>) return apply(code, to_node(a), to_node(b));
  else if constexpr (operand<A>) return apply(code, to_node(a), node_beside<value_t<A>>(b));
  else return apply(code, node_beside<value_t<B>>(a), to_node(b));
}

} // namespace detail
} // namespace dojima
