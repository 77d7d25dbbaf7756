// Moving data between host and device: pinned arrays, and many small arrays in one copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "dojima/array/array.hpp"

namespace dojima {

namespace detail {

class host_block;
std::shared_ptr<host_block> make_host_block(std::size_t bytes);
std::byte* data_of(const host_block& block);
bool is_idle(host_block& block);
void wait_for(host_block& block);
/// One copy in the order of `on`, a stream on the tensor's device.
void copy_to_host(const std::shared_ptr<host_block>& to, const tensor& from, const stream& on);
void copy_to_device(const tensor& to, const std::shared_ptr<host_block>& from, const stream& on);

} // namespace detail

/// An array in host memory that a GPU reads and writes by itself, so that copies run beside everything else. On a machine
/// without a GPU it is plain memory. Copies of the handle share the elements. The memory is used again only when all copies to
/// and from it have ended, so a pinned array may be dropped at any time.
template <class T> class pinned {
  static_assert(std::is_trivially_copyable_v<T>, "array elements are copied as bytes");

public:
  using value_type = T;

  /// Uninitialised.
  explicit pinned(std::size_t size) : block_(detail::make_host_block(size * sizeof(T))), size_(size) {}
  explicit pinned(std::span<const T> elements) : pinned(elements.size()) {
    std::copy(elements.begin(), elements.end(), begin());
  }

  std::size_t size() const { return size_; }
  T* data() const { return reinterpret_cast<T*>(detail::data_of(*block_)); }
  T* begin() const { return data(); }
  T* end() const { return data() + size_; }
  T& operator[](std::size_t i) const { return data()[i]; }

  /// Whether the copies given so far have ended. Until then their sources must not be written, nor their targets be read.
  bool ready() const { return detail::is_idle(*block_); }
  /// Waits until they have.
  void wait() const { detail::wait_for(*block_); }

  const std::shared_ptr<detail::host_block>& block() const { return block_; } ///< for the library's own code

private:
  std::shared_ptr<detail::host_block> block_;
  std::size_t size_;
};

namespace detail {
template <class T> void check_sizes(const array<T>& x, const pinned<T>& host) {
  if (x.size() != static_cast<std::int64_t>(host.size()))
    throw input_error("could not copy between pinned array of shape (" + std::to_string(host.size()) +
                      ",) and array of shape " + to_string(x.shape()));
}
} // namespace detail

/// Copies an array's elements to the host, in row-major order; `to.wait()` or `on.synchronize()` tells when they are there. On
/// another stream than the array's own the copy waits for the array, and runs beside what its stream is given later.
template <class T> void copy_to(const array<T>& from, pinned<T>& to, const stream& on) {
  detail::check_sizes(from, to);
  detail::copy_to_host(to.block(), from.raw(), on);
}
template <class T> void copy_to(const array<T>& from, pinned<T>& to) { copy_to(from, to, from.home()); }

/// Copies elements from the host into an array; they must not be changed before `from.ready()`.
template <class T> void copy_from(const array<T>& to, const pinned<T>& from, const stream& on) {
  detail::check_sizes(to, from);
  detail::copy_to_device(to.raw(), from.block(), on);
}
template <class T> void copy_from(const array<T>& to, const pinned<T>& from) { copy_from(to, from, to.home()); }

/// Many small arrays in one copy, whose cost is that of one: add all, send once, take them out by their tickets.
///
///   transfer_batch batch;
///   const auto strikes = batch.add(host_strikes);
///   const auto counts = batch.add(host_counts, {2, 3});
///   const sent_batch sent = batch.send(on);
///   const array<double> k = sent[strikes];
class transfer_batch {
public:
  template <class T> struct ticket { std::size_t number; };
  class sent_batch {
  public:
    template <class T> array<T> operator[](ticket<T> t) const { return array<T>(arrays_.at(t.number)); }

  private:
    friend class transfer_batch;
    std::vector<detail::tensor> arrays_;
  };

  /// The elements are read by `send`; they must live until then.
  template <class T> ticket<T> add(std::span<const T> host, const extents& shape) {
    static_assert(std::is_trivially_copyable_v<T>, "array elements are copied as bytes");
    return {add(host.data(), host.size(), dtype_of<T>, sizeof(T), shape)};
  }
  template <std::ranges::contiguous_range R> auto add(const R& host, const extents& shape) {
    return add(std::span<const std::ranges::range_value_t<R>>(std::ranges::data(host), std::ranges::size(host)), shape);
  }
  template <std::ranges::contiguous_range R> auto add(const R& host) {
    return add(host, extents{static_cast<std::int64_t>(std::ranges::size(host))});
  }

  /// Returns once the elements may be changed again. The batch is empty afterwards.
  sent_batch send(const stream& on = stream::current());

private:
  struct item {
    const void* data;
    detail::tensor array;
  };
  std::size_t add(const void* data, std::size_t size, dtype type, std::size_t bytes_each, const extents& shape);

  std::vector<item> items_;
};
using sent_batch = transfer_batch::sent_batch;

} // namespace dojima
