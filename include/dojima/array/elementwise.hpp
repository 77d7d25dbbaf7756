// Operators and functions that work element by element, with NumPy's names, promotion and broadcasting. Each takes arrays,
// expressions and numbers in any mix with at least one array, and gives an expression. Transcendental functions of float are
// computed in double and rounded once; of integers, in double. In double all have the same bits on every device; their errors
// are stated in models/elementary.hpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "dojima/array/array.hpp"

namespace dojima {
namespace detail {

constexpr dtype floating_of(dtype type) { return is_floating(type) || is_complex(type) ? type : dtype::float64; }
constexpr dtype real_of(dtype type) {
  return type == dtype::complex64 ? dtype::float32 : type == dtype::complex128 ? dtype::float64 : type;
}
template <dtype type> using result = expression<type_of<type>>;

} // namespace detail

/// Converts the elements: to integers towards zero, complex to real by dropping the imaginary part.
template <element To, operand A> expression<To> astype(const A& x) {
  return expression<To>(detail::cast(detail::to_node(x), dtype_of<To>));
}

// ---- results of the promoted type ------------------------------------------------------------------------------------
#define DOJIMA_BINARY(name, code)                                                             \
  template <class A, class B>                                                                 \
  requires detail::operands<A, B>                                                             \
  auto name(const A& a, const B& b) {                                                         \
    return detail::result<detail::common_type<A, B>()>(detail::apply_binary(op::code, a, b)); \
  }
DOJIMA_BINARY(operator+, add)
DOJIMA_BINARY(operator-, subtract)
DOJIMA_BINARY(operator*, multiply)
DOJIMA_BINARY(operator%, remainder) ///< the sign of the divisor, as in Python
DOJIMA_BINARY(remainder, remainder)
DOJIMA_BINARY(floor_divide, floor_divide)
DOJIMA_BINARY(pow, power)
DOJIMA_BINARY(minimum, minimum) ///< NaN wins
DOJIMA_BINARY(maximum, maximum)
DOJIMA_BINARY(operator&, bitwise_and)
DOJIMA_BINARY(operator|, bitwise_or)
DOJIMA_BINARY(operator^, bitwise_xor)
#undef DOJIMA_BINARY

/// The true quotient: floating point, also of integers.
template <class A, class B>
requires detail::operands<A, B>
auto operator/(const A& a, const B& b) {
  return detail::result<detail::floating_of(detail::common_type<A, B>())>(detail::apply_binary(op::divide, a, b));
}

#define DOJIMA_COMPARISON(name, code)                                             \
  template <class A, class B>                                                     \
  requires detail::operands<A, B> expression<bool> name(const A& a, const B& b) { \
    return expression<bool>(detail::apply_binary(op::code, a, b));                \
  }
DOJIMA_COMPARISON(operator<, less)
DOJIMA_COMPARISON(operator<=, less_equal)
DOJIMA_COMPARISON(operator>, greater)
DOJIMA_COMPARISON(operator>=, greater_equal)
DOJIMA_COMPARISON(operator==, equal)
DOJIMA_COMPARISON(operator!=, not_equal)
DOJIMA_COMPARISON(operator&&, logical_and)
DOJIMA_COMPARISON(operator||, logical_or)
DOJIMA_COMPARISON(logical_xor, logical_xor)
#undef DOJIMA_COMPARISON

#define DOJIMA_UNARY(name, code, type) \
  template <operand A> auto name(const A& x) { return detail::result<type>(detail::apply(op::code, detail::to_node(x))); }
#define DOJIMA_SAME dtype_of<value_t<A>>
DOJIMA_UNARY(operator-, negative, DOJIMA_SAME)
DOJIMA_UNARY(operator~, invert, DOJIMA_SAME)
DOJIMA_UNARY(sign, sign, DOJIMA_SAME)
DOJIMA_UNARY(conj, conj, DOJIMA_SAME)
DOJIMA_UNARY(floor, floor, DOJIMA_SAME)
DOJIMA_UNARY(ceil, ceil, DOJIMA_SAME)
DOJIMA_UNARY(trunc, trunc, DOJIMA_SAME)
DOJIMA_UNARY(rint, rint, DOJIMA_SAME) ///< to the nearest integer, halves to even
#undef DOJIMA_SAME
DOJIMA_UNARY(abs, absolute, detail::real_of(dtype_of<value_t<A>>))
DOJIMA_UNARY(real, real, detail::real_of(dtype_of<value_t<A>>))
DOJIMA_UNARY(imag, imag, detail::real_of(dtype_of<value_t<A>>))
DOJIMA_UNARY(operator!, logical_not, dtype::boolean)
DOJIMA_UNARY(isnan, isnan, dtype::boolean)
DOJIMA_UNARY(isinf, isinf, dtype::boolean)
DOJIMA_UNARY(isfinite, isfinite, dtype::boolean)
#define DOJIMA_FLOATING detail::floating_of(dtype_of<value_t<A>>)
DOJIMA_UNARY(sqrt, sqrt, DOJIMA_FLOATING)
DOJIMA_UNARY(cbrt, cbrt, DOJIMA_FLOATING)
DOJIMA_UNARY(exp, exp, DOJIMA_FLOATING)
DOJIMA_UNARY(expm1, expm1, DOJIMA_FLOATING)
DOJIMA_UNARY(log, log, DOJIMA_FLOATING)
DOJIMA_UNARY(log1p, log1p, DOJIMA_FLOATING)
DOJIMA_UNARY(sin, sin, DOJIMA_FLOATING)
DOJIMA_UNARY(cos, cos, DOJIMA_FLOATING)
DOJIMA_UNARY(tan, tan, DOJIMA_FLOATING)
DOJIMA_UNARY(tanh, tanh, DOJIMA_FLOATING)
DOJIMA_UNARY(erf, erf, DOJIMA_FLOATING)
DOJIMA_UNARY(erfc, erfc, DOJIMA_FLOATING)
DOJIMA_UNARY(norm_cdf, norm_cdf, DOJIMA_FLOATING)
DOJIMA_UNARY(inverse_norm_cdf, inverse_norm_cdf, DOJIMA_FLOATING)
#undef DOJIMA_FLOATING
#undef DOJIMA_UNARY

template <operand A> auto square(const A& x) { return x * x; }

/// a where the condition holds, b elsewhere.
template <operand C, class A, class B>
requires(std::same_as<value_t<C>, bool> &&
         (detail::operands<A, B> || (detail::number<A> && detail::number<B>))) auto where(const C& condition, const A& a,
                                                                                          const B& b) {
  if constexpr (detail::operands<A, B>) {
    constexpr dtype type = detail::common_type<A, B>();
    using T = type_of<type>;
    return expression<T>(
        detail::apply(op::where, detail::to_node(condition), detail::node_beside<T>(a), detail::node_beside<T>(b)));
  } else {
    using T = std::common_type_t<A, B>;
    return expression<T>(detail::apply(op::where, detail::to_node(condition),
                                       detail::constant(detail::scalar::of(static_cast<T>(a))),
                                       detail::constant(detail::scalar::of(static_cast<T>(b)))));
  }
}

/// Holds x within [low, high]; NaN stays.
template <operand A, class L, class H> auto clip(const A& x, const L& low, const H& high) {
  return minimum(maximum(x, low), high);
}

/// a * b + c, rounded once.
template <operand A, class B, class C> auto fma(const A& a, const B& b, const C& c) {
  using T = value_t<A>;
  static_assert(is_floating(dtype_of<T>), "fma takes floating-point arrays");
  return expression<T>(detail::cast(
      detail::apply(op::fma, detail::to_node(a), detail::node_beside<T>(b), detail::node_beside<T>(c)), dtype_of<T>));
}

// ---- functions from text ---------------------------------------------------------------------------------------------

/// A function of named arrays, parsed from text once: `elementwise_kernel<> f("exp(a) * b"); array<double> y = f(x, z);`
///
/// The language: numbers, names, + - * / // % **, comparisons, and or not, `x if c else y`, parentheses, pi, and the functions
/// of this header by name. Arguments are bound in the order in which their names first occur, or in the order of `names`.
/// input_error points at the character that does not parse. T is the element type of the result.
template <element T = double> class elementwise_kernel;

namespace detail {
class formula {
public:
  explicit formula(std::string_view text, std::vector<std::string> names = {});
  const std::vector<std::string>& names() const { return names_; }
  node_ptr operator()(std::span<const node_ptr> arguments) const;

  struct term;

private:
  std::string text_;
  std::vector<std::string> names_;
  std::shared_ptr<const term> root_;
};
} // namespace detail

template <element T> class elementwise_kernel {
public:
  explicit elementwise_kernel(std::string_view text, std::vector<std::string> names = {}) : formula_(text, std::move(names)) {}
  /// The names in the order in which the call takes them.
  const std::vector<std::string>& names() const { return formula_.names(); }

  template <class... A>
  requires((operand<A> || detail::number<A>)&&...) expression<T>
  operator()(const A&... arguments) const {
    const std::array<detail::node_ptr, sizeof...(A)> nodes{node(arguments)...};
    return expression<T>(detail::cast(formula_(nodes), dtype_of<T>));
  }

private:
  template <class A> static detail::node_ptr node(const A& a) {
    if constexpr (operand<A>) return detail::to_node(a);
    else return detail::weak_constant<detail::weak_type<A, T>()>(a);
  }
  detail::formula formula_;
};

} // namespace dojima
