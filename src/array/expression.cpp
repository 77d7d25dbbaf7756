// The nodes of expressions: what each operation makes of its arguments' types and shapes.
#include "dojima/array/expression.hpp"

#include "array/expression.hpp"
#include "dojima/array/elementwise.hpp"
#include "dojima/array/reduce.hpp"

namespace dojima {
namespace detail {
namespace {

/// An expression of more operations than this evaluates its parts while it is built, so that kernels stay small.
constexpr int largest_weight = 96;

std::shared_ptr<node> make(node_kind kind, dtype type, const extents& shape) {
  auto n = std::make_shared<node>();
  n->kind = kind;
  n->type = type;
  n->shape = shape;
  return n;
}

node_ptr make_operation(op code, dtype type, node_ptr a, node_ptr b, node_ptr c) {
  extents shape = a->shape;
  if (b) shape = broadcast(shape, b->shape);
  if (c) shape = broadcast(shape, c->shape);
  int weight = 1;
  for (node_ptr* x : {&a, &b, &c})
    if (*x) weight += (*x)->weight;
  if (weight > largest_weight) {
    weight = 1;
    for (node_ptr* x : {&a, &b, &c})
      if (*x) {
        if ((*x)->weight > largest_weight / 4) *x = input(evaluate(*x));
        weight += (*x)->weight;
      }
  }
  auto n = make(node_kind::operation, type, shape);
  n->code = code;
  n->weight = static_cast<std::uint16_t>(weight);
  n->args = {std::move(a), std::move(b), std::move(c)};
  return n;
}

[[noreturn]] void refuse(op code, dtype type) {
  throw input_error("ufunc '" + std::string(name_of(code)) + "' not supported for the input type " + name_of(type) +
                    "; convert with astype");
}

} // namespace

node_ptr input(const tensor& x) {
  auto n = make(node_kind::input, x.type, x.shape);
  n->data = x;
  return n;
}

node_ptr constant(const scalar& value) {
  auto n = make(node_kind::constant, value.type, {});
  n->value = value;
  return n;
}

node_ptr coordinate(const extents& shape, const extents& strides) {
  auto n = make(node_kind::coordinate, dtype::int64, shape);
  n->strides = strides;
  return n;
}

node_ptr cast(node_ptr x, dtype to) {
  if (x->type == to) return x;
  return make_operation(op::cast, to, std::move(x), nullptr, nullptr);
}

node_ptr broadcast_to(node_ptr x, const extents& shape) {
  if (x->shape == shape) return x;
  const std::size_t shift = shape.size() - x->shape.size();
  bool fits = x->shape.size() <= shape.size();
  for (std::size_t d = 0; fits && d < x->shape.size(); ++d) fits = x->shape[d] == shape[d + shift] || x->shape[d] == 1;
  if (!fits)
    throw input_error("could not broadcast input array from shape " + to_string(x->shape) + " into shape " + to_string(shape));
  auto n = make(node_kind::operation, x->type, shape); // a cast to its own type
  n->weight = static_cast<std::uint16_t>(x->weight + 1);
  n->args[0] = std::move(x);
  return n;
}

node_ptr apply(op code, node_ptr a, node_ptr b, node_ptr c) {
  const auto unary = [&](dtype argument, dtype result) {
    return make_operation(code, result, cast(std::move(a), argument), nullptr, nullptr);
  };
  const auto binary = [&](dtype argument, dtype result) {
    return make_operation(code, result, cast(std::move(a), argument), cast(std::move(b), argument), nullptr);
  };
  const dtype type = a->type, both = b ? promote(type, b->type) : type;
  switch (code) {
  case op::add:
  case op::multiply:
  case op::minimum:
  case op::maximum: return binary(both, both);
  case op::subtract:
    if (both == dtype::boolean) refuse(code, both);
    return binary(both, both);
  case op::divide: return binary(floating_of(both), floating_of(both));
  case op::floor_divide:
  case op::remainder:
  case op::power:
    if (both == dtype::boolean || is_complex(both)) refuse(code, both);
    return binary(both, both);
  case op::bitwise_and:
  case op::bitwise_or:
  case op::bitwise_xor:
    if (both != dtype::boolean && !is_integer(both)) refuse(code, both);
    return binary(both, both);
  case op::less:
  case op::less_equal:
  case op::greater:
  case op::greater_equal:
  case op::equal:
  case op::not_equal: return binary(both, dtype::boolean);
  case op::logical_and:
  case op::logical_or:
  case op::logical_xor: return binary(dtype::boolean, dtype::boolean);
  case op::logical_not: return unary(dtype::boolean, dtype::boolean);
  case op::negative:
  case op::sign:
    if (type == dtype::boolean) refuse(code, type);
    return unary(type, type);
  case op::conj: return unary(type, type);
  case op::absolute:
  case op::real:
  case op::imag: return unary(type, real_of(type));
  case op::invert:
    if (type != dtype::boolean && !is_integer(type)) refuse(code, type);
    return unary(type, type);
  case op::isnan:
  case op::isinf:
  case op::isfinite: return unary(type, dtype::boolean);
  case op::floor:
  case op::ceil:
  case op::trunc:
  case op::rint:
    if (type == dtype::boolean || is_complex(type)) refuse(code, type);
    return unary(type, type);
  case op::where: {
    const dtype result = promote(b->type, c->type);
    return make_operation(code, result, cast(std::move(a), dtype::boolean), cast(std::move(b), result),
                          cast(std::move(c), result));
  }
  case op::fma: {
    const dtype result = promote(both, c->type);
    if (!is_floating(result)) refuse(code, result);
    return make_operation(code, result, cast(std::move(a), result), cast(std::move(b), result), cast(std::move(c), result));
  }
  case op::sqrt:
  case op::exp:
    if (type == dtype::complex64) return cast(apply(code, cast(std::move(a), dtype::complex128)), type);
    return unary(floating_of(type), floating_of(type));
  default: // functions of real numbers
    if (is_complex(type)) refuse(code, type);
    return unary(floating_of(type), floating_of(type));
  }
}

node_ptr take(const tensor& x, node_ptr indices, std::size_t axis) {
  if (!is_integer(indices->type))
    throw input_error("arrays used as indices must be of integer type (not " + std::string(name_of(indices->type)) + ")");
  extents shape;
  for (std::size_t d = 0; d < axis; ++d) shape.push_back(x.shape[d]);
  for (const std::int64_t extent : indices->shape) shape.push_back(extent);
  for (std::size_t d = axis + 1; d < x.shape.size(); ++d) shape.push_back(x.shape[d]);
  auto n = make(node_kind::take, x.type, shape);
  if (x.shape[axis] == 0 && n->shape.size() != 0 && checked_size(shape, 1) != 0)
    throw input_error("cannot do a non-empty take from an empty axes.");
  n->data = x;
  n->axes = static_cast<std::uint8_t>(axis);
  n->args[0] = input(dense(evaluate(cast(std::move(indices), dtype::int64)))); // kernels read indices, they do not compute them
  return n;
}

std::int64_t reduced_count(const extents& shape, std::uint8_t mask) {
  std::int64_t n = 1;
  for (std::size_t d = 0; d < shape.size(); ++d)
    if ((mask >> d & 1) != 0) n *= shape[d];
  return n;
}

node_ptr reduce(reduction what, node_ptr x, std::uint8_t axes, bool keepdims, bool ordered) {
  const bool sums = what == reduction::sum || what == reduction::prod;
  if (sums && (x->type == dtype::float32 || x->type == dtype::complex64)) {
    const dtype narrow = x->type;
    return cast(reduce(what, cast(std::move(x), narrow == dtype::float32 ? dtype::float64 : dtype::complex128), axes, keepdims,
                       ordered),
                narrow);
  }
  extents shape;
  for (std::size_t d = 0; d < x->shape.size(); ++d) {
    const bool gone = (axes >> d & 1) != 0;
    if (!gone || keepdims) shape.push_back(gone ? 1 : x->shape[d]);
  }
  const bool position = what == reduction::argmin || what == reduction::argmax;
  const dtype type = position ? dtype::int64 : x->type;
  if (axes == 0) return position ? broadcast_to(constant(scalar::of(std::int64_t{0})), shape) : x; // of each element for itself
  if (reduced_count(x->shape, axes) == 0) {
    if (position) throw input_error("attempt to get " + std::string(name_of(what)) + " of an empty sequence");
    if (what == reduction::min || what == reduction::max)
      throw input_error("zero-size array to reduction operation " +
                        std::string(what == reduction::min ? "minimum" : "maximum") + " which has no identity (shape " +
                        to_string(x->shape) + ")");
    const bool one = what == reduction::prod || what == reduction::all;
    return broadcast_to(cast(constant(scalar::of(one)), type), shape);
  }
  if (x->weight >= largest_weight) x = input(evaluate(x));
  auto n = make(node_kind::reduce, type, shape);
  n->weight = static_cast<std::uint16_t>(x->weight + 1);
  n->what = what;
  n->axes = axes;
  n->ordered = ordered;
  n->args[0] = std::move(x);
  return n;
}

} // namespace detail

std::uint8_t axes::mask(std::size_t rank) const {
  if (all_) return static_cast<std::uint8_t>((1u << rank) - 1);
  unsigned bits = 0;
  for (const std::int64_t axis : list_) {
    const unsigned bit = 1u << detail::normal_axis(axis, rank);
    if ((bits & bit) != 0) throw input_error("duplicate value in 'axis' (" + to_string(list_) + ")");
    bits |= bit;
  }
  return static_cast<std::uint8_t>(bits);
}

} // namespace dojima
