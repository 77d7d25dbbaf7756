// Arrays on a device. Assigning an array copies the handle; `clone` copies the data; indexing gives a view of the same
// elements.
#pragma once

#include <cmath>
#include <optional>
#include <ranges>
#include <variant>

#include "dojima/array/expression.hpp"

namespace dojima {

// ---- indices ---------------------------------------------------------------------------------------------------------

/// start:stop:step of Python; an end that is left out (`none`) runs to the border, negative ends count from the back.
struct slice {
  std::optional<std::int64_t> start, stop;
  std::int64_t step = 1;
};
inline constexpr std::nullopt_t none = std::nullopt;
struct newaxis_index {};
struct ellipsis_index {};
inline constexpr newaxis_index newaxis;   ///< a new dimension of extent one
inline constexpr ellipsis_index ellipsis; ///< as many full slices as are missing
using index = std::variant<std::int64_t, slice, newaxis_index, ellipsis_index>;

namespace detail {
tensor view(const tensor& x, std::span<const index> indices);
/// The elements where the mask is true; waits for the mask's stream, as their number decides the shape.
tensor select(const tensor& x, const tensor& mask);
/// x[mask] = values, a scalar or as many values as the mask has true elements.
void assign_masked(const tensor& x, const tensor& mask, const node_ptr& values);
inline index to_index(std::integral auto i) { return static_cast<std::int64_t>(i); }
inline index to_index(const slice& s) { return s; }
inline index to_index(newaxis_index n) { return n; }
inline index to_index(ellipsis_index e) { return e; }
} // namespace detail

template <class T> class subarray;
template <class T> class masked;

/// A handle on an n-dimensional strided array (at most 8 dimensions) on the device of its home stream. Element types other than
/// those of `dtype` are stored and moved as bytes.
template <class T> class array {
  static_assert(std::is_trivially_copyable_v<T>, "array elements are copied as bytes");

public:
  using value_type = T;

  array() : array(extents{0}, stream::of(device::cpu())) {}
  /// Uninitialised memory. input_error when the shape is negative or too large.
  array(const extents& shape, const stream& on) : tensor_(detail::allocate(dtype_of<T>, sizeof(T), shape, on)) {}
  explicit array(detail::tensor tensor) : tensor_(std::move(tensor)) {}

  /// Evaluates an expression of the same element type.
  array(const expression<T>& e) requires element<T> : tensor_(detail::evaluate(e.node())) {}
  array& operator=(const expression<T>& e) requires element<T> {
    tensor_ = detail::evaluate(e.node());
    return *this;
  }

  std::int64_t size() const { return tensor_.size(); }
  std::size_t ndim() const { return tensor_.shape.size(); }
  const extents& shape() const { return tensor_.shape; }
  const extents& strides() const { return tensor_.strides; } ///< in elements
  const stream& home() const { return tensor_.home(); }
  const device& where() const { return tensor_.home().where(); }
  bool is_dense() const { return tensor_.is_dense(); }
  T* data() { return static_cast<T*>(tensor_.data()); } ///< device memory of the first element
  const T* data() const { return static_cast<const T*>(tensor_.data()); }
  const detail::tensor& raw() const { return tensor_; } ///< for the library's own code

  /// The elements in row-major order on the host; waits for this array's stream alone.
  std::vector<T> get() const {
    if constexpr (std::same_as<T, bool>) {
      const auto host = std::make_unique<bool[]>(static_cast<std::size_t>(size()));
      detail::download(host.get(), tensor_);
      return std::vector<bool>(host.get(), host.get() + size());
    } else {
      std::vector<T> host(static_cast<std::size_t>(size()));
      detail::download(host.data(), tensor_);
      return host;
    }
  }
  /// The one element of an array of size one; waits for its stream.
  T item() const {
    if (size() != 1) throw input_error("can only convert an array of size 1 to a scalar (shape " + to_string(shape()) + ")");
    T value;
    detail::download(&value, tensor_);
    return value;
  }
  /// Copies host elements in, in row-major order; the source may be reused at once.
  void set(std::span<const T> host) {
    if (static_cast<std::int64_t>(host.size()) != size())
      throw input_error("could not copy input array from shape (" + std::to_string(host.size()) + ",) into shape " +
                        to_string(shape()));
    detail::upload(tensor_, host.data());
  }
  /// A dense copy.
  array clone() const {
    array other(shape(), home());
    detail::copy(other.tensor_, tensor_);
    return other;
  }
  /// A copy on another stream or device, ordered after this array's work; the host does not wait.
  array to(const stream& on) const {
    array other(shape(), on);
    detail::copy(other.tensor_, tensor_);
    return other;
  }
  array to(const device& where) const { return to(stream::of(where)); }

  /// A view: `x(slice{1, none}, 0, newaxis, ellipsis)`. Assigning to it writes the elements.
  template <class... Index> subarray<T> operator()(Index... indices) const requires element<T> {
    const std::array<index, sizeof...(Index)> list{detail::to_index(indices)...};
    return subarray<T>(detail::view(tensor_, list));
  }
  /// The elements where a mask is true; assigning to it writes them.
  template <operand M> masked<T> operator[](const M& mask) const requires(element<T>&& std::same_as<value_t<M>, bool>) {
    return {*this, array<bool>(expression<bool>(detail::to_node(mask)))};
  }

  template <class E> array& operator+=(const E& e) requires element<T> { return update(op::add, e); }
  template <class E> array& operator-=(const E& e) requires element<T> { return update(op::subtract, e); }
  template <class E> array& operator*=(const E& e) requires element<T> { return update(op::multiply, e); }
  template <class E> array& operator/=(const E& e) requires element<T> {
    static_assert(is_floating(dtype_of<T>) || is_complex(dtype_of<T>), "the quotient of integers is not an integer");
    return update(op::divide, e);
  }

protected:
  template <class E> array& update(op code, const E& e) {
    static_assert(detail::common_type<array<T>, E>() == dtype_of<T>, "the result does not fit the array's type; use astype");
    detail::assign(tensor_, detail::apply_binary(code, *this, e));
    return *this;
  }

  detail::tensor tensor_;
};

/// A view that was made by indexing: reading it is reading an array, assigning to it writes the elements.
template <class T> class subarray : public array<T> {
public:
  explicit subarray(detail::tensor tensor) : array<T>(std::move(tensor)) {}
  subarray(const subarray&) = default;
  const subarray& operator=(const subarray& e) const { return assign(e); }
  template <class E> const subarray& operator=(const E& e) const requires(operand<E> || detail::number<E>) { return assign(e); }

private:
  template <class E> const subarray& assign(const E& e) const {
    if constexpr (operand<E>) {
      static_assert(promote(dtype_of<value_t<E>>, dtype_of<T>) == dtype_of<T>,
                    "the values do not fit the array's type; use astype");
      detail::assign(this->raw(), detail::to_node(e));
    } else {
      detail::assign(this->raw(), detail::weak_constant<dtype_of<T>>(e));
    }
    return *this;
  }
};

/// x[mask]: converts to the selected elements, or takes new values for them.
template <class T> class masked {
public:
  masked(const array<T>& x, const array<bool>& mask) : x_(x), mask_(mask) {}
  /// A fresh one-dimensional array; waits for the mask.
  operator array<T>() const { return eval(); }
  array<T> eval() const { return array<T>(detail::select(x_.raw(), mask_.raw())); }
  std::vector<T> get() const { return eval().get(); }

  template <class E> void operator=(const E& values) const requires(operand<E> || detail::number<E>) {
    if constexpr (operand<E>) detail::assign_masked(x_.raw(), mask_.raw(), detail::to_node(values));
    else detail::assign_masked(x_.raw(), mask_.raw(), detail::weak_constant<dtype_of<T>>(values));
  }

private:
  array<T> x_;
  array<bool> mask_;
};

// ---- creation --------------------------------------------------------------------------------------------------------

template <class T> array<T> empty(const extents& shape, const stream& on = stream::current()) { return array<T>(shape, on); }

/// Every element is `value`.
template <element T> array<T> full(const extents& shape, T value, const stream& on = stream::current()) {
  array<T> a(shape, on);
  detail::assign(a.raw(), detail::constant(detail::scalar::of(value)));
  return a;
}
template <element T> array<T> zeros(const extents& shape, const stream& on = stream::current()) {
  return full<T>(shape, T(0), on);
}
template <element T> array<T> ones(const extents& shape, const stream& on = stream::current()) {
  return full<T>(shape, T(1), on);
}

/// From host elements in row-major order; the source may be reused at once.
template <class T> array<T> asarray(std::span<const T> host, const extents& shape, const stream& on = stream::current()) {
  array<T> a(shape, on);
  a.set(host);
  return a;
}
template <class T> array<T> asarray(std::span<const T> host, const stream& on = stream::current()) {
  return asarray(host, extents{static_cast<std::int64_t>(host.size())}, on);
}
template <std::ranges::input_range R> auto asarray(const R& host, const extents& shape, const stream& on = stream::current()) {
  using T = std::ranges::range_value_t<R>;
  if constexpr (std::ranges::contiguous_range<R>) {
    return asarray(std::span<const T>(std::ranges::data(host), std::ranges::size(host)), shape, on);
  } else {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& value : host) ++n;
    const auto elements = std::make_unique<T[]>(n); // std::vector<bool> has no elements to point at
    std::ranges::copy(host, elements.get());
    return asarray(std::span<const T>(elements.get(), n), shape, on);
  }
}
template <std::ranges::input_range R> auto asarray(const R& host, const stream& on = stream::current()) {
  return asarray(host, extents{static_cast<std::int64_t>(std::ranges::distance(host))}, on);
}
template <class T> array<T> asarray(std::initializer_list<T> host, const stream& on = stream::current()) {
  return asarray(std::span<const T>(host.begin(), host.size()), on);
}
/// A matrix from its rows.
template <class T>
array<T> asarray(std::initializer_list<std::initializer_list<T>> rows, const stream& on = stream::current()) {
  const auto columns = rows.size() == 0 ? std::size_t{0} : rows.begin()->size();
  std::vector<T> host;
  for (const auto& row : rows) {
    if (row.size() != columns) throw input_error("setting an array element with a sequence (rows of different lengths)");
    host.insert(host.end(), row);
  }
  return asarray(host, extents{static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns)}, on);
}

/// start, start + step, ... below stop: ceil((stop - start) / step) elements, start + i * step each.
template <element T> array<T> arange(T start, T stop, T step = T(1), const stream& on = stream::current()) {
  static_assert(!is_complex(dtype_of<T>) && !std::same_as<T, bool>, "arange counts in integers or floating-point numbers");
  if (step == T(0)) throw input_error("arange: step is zero");
  std::int64_t count = 0;
  if constexpr (std::integral<T>) {
    const bool up = step > T(0);
    const auto low = static_cast<std::uint64_t>(up ? start : stop), high = static_cast<std::uint64_t>(up ? stop : start);
    const auto stride = up ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
    const std::uint64_t exact = (up ? start < stop : stop < start) ? (high - low - 1) / stride + 1 : 0;
    if (exact > INT64_MAX) throw input_error("arange: Maximum allowed size exceeded");
    count = static_cast<std::int64_t>(exact);
  } else {
    const double exact = std::ceil((static_cast<double>(stop) - static_cast<double>(start)) / static_cast<double>(step));
    if (!(exact < 9e18)) throw input_error("arange: Maximum allowed size exceeded");
    if (exact > 0) count = static_cast<std::int64_t>(exact);
  }
  array<T> a(extents{count}, on);
  const auto at = detail::cast(detail::coordinate(a.shape(), {1}), dtype_of<T>);
  detail::assign(a.raw(), detail::apply(op::add, detail::constant(detail::scalar::of(start)),
                                        detail::apply(op::multiply, at, detail::constant(detail::scalar::of(step)))));
  return a;
}
template <element T> array<T> arange(T stop, const stream& on = stream::current()) { return arange<T>(T(0), stop, T(1), on); }

/// `count` numbers from start to stop, both ends included.
template <std::floating_point T>
array<T> linspace(T start, T stop, std::int64_t count = 50, const stream& on = stream::current()) {
  if (count < 0) throw input_error("Number of samples, " + std::to_string(count) + ", must be non-negative.");
  array<T> a(extents{count}, on);
  const double first = static_cast<double>(start), last = static_cast<double>(stop); // rounded to T at the end
  const double step = count > 1 ? (last - first) / static_cast<double>(count - 1) : 0.0;
  const auto number = [](auto value) { return detail::constant(detail::scalar::of(value)); };
  const auto at = detail::coordinate(a.shape(), {1});
  const auto value =
      detail::apply(op::add, detail::apply(op::multiply, detail::cast(at, dtype::float64), number(step)), number(first));
  detail::assign(a.raw(), count > 1
                              ? detail::apply(op::where, detail::apply(op::equal, at, number(count - 1)), number(last), value)
                              : value);
  return a;
}

/// Ones on diagonal k of a rows x columns matrix, zeros elsewhere.
template <element T>
array<T> eye(std::int64_t rows, std::optional<std::int64_t> columns = none, std::int64_t k = 0,
             const stream& on = stream::current()) {
  array<T> a(extents{rows, columns.value_or(rows)}, on);
  const auto off = detail::coordinate(a.shape(), {-1, 1}); // column less row
  detail::assign(a.raw(), detail::cast(detail::apply(op::equal, off, detail::constant(detail::scalar::of(k))), dtype_of<T>));
  return a;
}

} // namespace dojima
