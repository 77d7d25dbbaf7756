// Indexing by integers and slices: views of the same elements.
#include <algorithm>

#include "dojima/array/array.hpp"

namespace dojima::detail {
namespace {

/// Python's slice.indices: first index, step, and how many.
void normalise(const slice& s, std::int64_t extent, std::int64_t& first, std::int64_t& count) {
  if (s.step == 0) throw input_error("slice step cannot be zero");
  const bool back = s.step < 0;
  const std::int64_t low = back ? -1 : 0, high = back ? extent - 1 : extent;
  const auto place = [&](const std::optional<std::int64_t>& end, std::int64_t open) {
    if (!end) return open;
    return std::clamp(*end < 0 ? *end + extent : *end, low, high);
  };
  first = place(s.start, back ? high : low);
  const std::int64_t stop = place(s.stop, back ? low : high);
  const std::int64_t distance = back ? first - stop : stop - first;
  const std::int64_t step = back ? (s.step == INT64_MIN ? INT64_MAX : -s.step) : s.step;
  count = distance <= 0 ? 0 : (distance - 1) / step + 1;
}

} // namespace

tensor view(const tensor& x, std::span<const index> indices) {
  const auto is = [](const index& i, auto kind) { return std::holds_alternative<decltype(kind)>(i); };
  const auto taking = std::ranges::count_if(indices, [&](const index& i) { return is(i, std::int64_t{}) || is(i, slice{}); });
  const auto rank = static_cast<std::ptrdiff_t>(x.shape.size());
  if (taking > rank)
    throw input_error("too many indices for array: array is " + std::to_string(rank) + "-dimensional, but " +
                      std::to_string(taking) + " were indexed (shape " + to_string(x.shape) + ")");
  if (std::ranges::count_if(indices, [&](const index& i) { return is(i, ellipsis); }) > 1)
    throw input_error("an index can only have a single ellipsis ('...')");

  tensor t = x;
  t.shape = t.strides = {};
  std::size_t axis = 0;
  const auto keep = [&](std::ptrdiff_t dimensions) {
    for (; dimensions > 0; --dimensions, ++axis) {
      t.shape.push_back(x.shape[axis]);
      t.strides.push_back(x.strides[axis]);
    }
  };
  for (const index& i : indices) {
    if (is(i, newaxis)) {
      t.shape.push_back(1);
      t.strides.push_back(0);
    } else if (is(i, ellipsis)) {
      keep(rank - taking);
    } else if (const auto* at = std::get_if<std::int64_t>(&i)) {
      const std::int64_t extent = x.shape[axis], k = *at < 0 ? *at + extent : *at;
      if (k < 0 || k >= extent)
        throw input_error("index " + std::to_string(*at) + " is out of bounds for axis " + std::to_string(axis) +
                          " with size " + std::to_string(extent) + " (shape " + to_string(x.shape) + ")");
      t.offset += k * x.strides[axis++];
    } else {
      const slice& s = std::get<slice>(i);
      std::int64_t first = 0, count = 0;
      normalise(s, x.shape[axis], first, count);
      if (count > 0) t.offset += first * x.strides[axis];
      t.shape.push_back(count);
      t.strides.push_back(count > 1 ? x.strides[axis] * s.step : x.strides[axis]);
      ++axis;
    }
  }
  keep(rank - static_cast<std::ptrdiff_t>(axis));
  return t;
}

} // namespace dojima::detail
