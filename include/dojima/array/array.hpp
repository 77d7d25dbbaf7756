// Arrays on a device, and their transfer. Assigning an array copies the handle; `clone` copies the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "dojima/array/stream.hpp"
#include "dojima/error.hpp"

namespace dojima {

namespace detail {
/// Memory of one device, released in its stream's order.
std::shared_ptr<void> allocate(std::size_t bytes, const stream& on);
void copy(void* to, const void* from, std::size_t bytes, const stream& on);
std::string shape_text(std::span<const std::int64_t> shape);
} // namespace detail

/// A dense, row-major array of a trivially copyable type, of any rank up to 8, on the device of its home stream.
template <class T> class array {
  static_assert(std::is_trivially_copyable_v<T>, "array elements are copied as bytes");

public:
  array() : array({0}, stream(device::cpu())) {}
  /// Uninitialised memory.
  array(std::vector<std::int64_t> shape, const stream& on) : home_(on), shape_(std::move(shape)) {
    if (shape_.size() > 8) throw input_error("array of rank " + std::to_string(shape_.size()) + " (at most 8 dimensions)");
    for (const std::int64_t extent : shape_) {
      if (extent < 0) throw input_error("negative dimensions are not allowed: shape " + detail::shape_text(shape_));
      if (__builtin_mul_overflow(size_, extent, &size_) || size_ > INT64_MAX / static_cast<std::int64_t>(sizeof(T)))
        throw input_error("array is too big: shape " + detail::shape_text(shape_));
    }
    data_ = detail::allocate(bytes(), home_);
  }

  std::int64_t size() const { return size_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  const stream& home() const { return home_; }
  const device& where() const { return home_.where(); }
  T* data() { return static_cast<T*>(data_.get()); } ///< device memory
  const T* data() const { return static_cast<const T*>(data_.get()); }

  /// The elements on the host; waits for this array's stream alone.
  std::vector<T> get() const {
    std::vector<T> host(static_cast<std::size_t>(size_));
    detail::copy(host.data(), data(), bytes(), home_);
    home_.synchronize();
    return host;
  }
  /// Copies host elements in; the source may be reused at once.
  void set(std::span<const T> host) {
    if (static_cast<std::int64_t>(host.size()) != size_)
      throw input_error("could not copy input array from shape (" + std::to_string(host.size()) + ",) into shape " +
                        detail::shape_text(shape_));
    detail::copy(data(), host.data(), bytes(), home_);
  }
  array clone() const {
    array other(shape_, home_);
    detail::copy(other.data(), data(), bytes(), home_);
    return other;
  }
  /// The same elements on another stream's device, after this array's own stream has ended its work.
  array to(const stream& on) const {
    home_.synchronize();
    array other(shape_, on);
    if (where().is_cuda() && on.where().is_cuda() && !(where() == on.where())) {
      other.set(get()); // through the host
    } else {
      const stream& mover = where().is_cuda() ? home_ : on; // a GPU's stream can reach both sides, the CPU's cannot
      on.synchronize();
      detail::copy(other.data(), data(), bytes(), mover);
      mover.synchronize();
    }
    return other;
  }

private:
  std::size_t bytes() const { return static_cast<std::size_t>(size_) * sizeof(T); }

  stream home_;
  std::vector<std::int64_t> shape_;
  std::int64_t size_ = 1;
  std::shared_ptr<void> data_;
};

template <class T> array<T> empty(std::vector<std::int64_t> shape, const stream& on) { return array<T>(std::move(shape), on); }

/// A one-dimensional array from host elements; the source may be reused at once.
template <class T> array<T> asarray(std::span<const T> host, const stream& on) {
  array<T> a({static_cast<std::int64_t>(host.size())}, on);
  a.set(host);
  return a;
}
template <class T> array<T> asarray(const std::vector<T>& host, const stream& on) {
  return asarray(std::span<const T>(host), on);
}

} // namespace dojima
