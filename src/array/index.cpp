// Indexing: views, masks and their assignment.
#include <algorithm>

#include "array/expression.hpp"
#include "dojima/array/array.hpp"
#include "dojima/array/order.hpp"

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
    throw input_error("too many indices for array: array is " + std::to_string(rank) + "-dimensional, but " + std::to_string(taking) +
                      " were indexed (shape " + to_string(x.shape) + ")");
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
        throw input_error("index " + std::to_string(*at) + " is out of bounds for axis " + std::to_string(axis) + " with size " +
                          std::to_string(extent) + " (shape " + to_string(x.shape) + ")");
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

namespace {

/// How a mask over the leading dimensions of x addresses its true elements.
struct masked_rows {
  node_ptr mask;      ///< with x's rank: ones for the dimensions that it does not have
  node_ptr position;  ///< number of true elements before; -1 where the mask is false
  std::int64_t count; ///< true elements
  extents rest;       ///< dimensions of x that the mask does not have
};

masked_rows rows_of(const tensor& x, const tensor& mask) {
  bool fits = mask.shape.size() <= x.shape.size();
  for (std::size_t d = 0; fits && d < mask.shape.size(); ++d) fits = mask.shape[d] == x.shape[d];
  if (!fits)
    throw input_error("boolean index did not match indexed array: shape of the array is " + to_string(x.shape) + " but shape of the mask is " +
                      to_string(mask.shape));
  masked_rows rows;
  for (std::size_t d = mask.shape.size(); d < x.shape.size(); ++d) rows.rest.push_back(x.shape[d]);
  extents wide = mask.shape;
  for (std::size_t d = 0; d < rows.rest.size(); ++d) wide.push_back(1);
  const tensor flat = dense(reshape(mask, {-1}));
  rows.count = 0;
  rows.mask = input(reshape(flat, wide));
  const node_ptr none = constant(scalar::of(std::int64_t{-1}));
  if (flat.size() == 0) {
    rows.position = broadcast_to(none, wide);
    return rows;
  }
  const tensor running = cumulate(reduction::sum, flat, 0);
  tensor last = running;
  last.offset += running.size() - 1;
  last.shape = last.strides = {};
  download(&rows.count, last);
  rows.position = apply(op::where, rows.mask, apply(op::subtract, input(reshape(running, wide)), constant(scalar::of(std::int64_t{1}))), none);
  return rows;
}

} // namespace

tensor select(const tensor& x, const tensor& mask) {
  const masked_rows rows = rows_of(x, mask);
  extents shape{rows.count};
  for (const std::int64_t extent : rows.rest) shape.push_back(extent);
  const tensor result = allocate(x.type, x.item, shape, x.home(), "boolean index");
  tensor place = result; // strides over x's shape; the row comes from the position
  place.shape = x.shape;
  place.strides = extents(x.shape.size(), 0);
  const std::size_t leading = x.shape.size() - rows.rest.size();
  for (std::size_t d = 0; d < rows.rest.size(); ++d) place.strides[leading + d] = result.strides[d + 1];
  if (rows.count > 0) scatter(place, result.strides[0], rows.position, input(x));
  return result;
}

void assign_masked(const tensor& x, const tensor& mask, const node_ptr& values) {
  if (values->shape.empty() || values->shape == extents{1}) {
    extents wide = mask.shape;
    while (wide.size() < x.shape.size()) wide.push_back(1);
    if (wide.size() > x.shape.size()) rows_of(x, mask); // says what is wrong
    const node_ptr one = values->shape.empty() ? values : input(reshape(evaluate(values), {}));
    assign(x, cast(apply(op::where, input(reshape(mask, wide)), one, input(x)), x.type));
    return;
  }
  const masked_rows rows = rows_of(x, mask);
  extents shape{rows.count};
  for (const std::int64_t extent : rows.rest) shape.push_back(extent);
  const tensor list = broadcast_to(evaluate(cast(values, x.type)), shape);
  if (rows.count == 0) return;
  // Row by row: every element of x reads its value, where the mask is false its own.
  const tensor at = dense(evaluate(apply(op::maximum, rows.position, constant(scalar::of(std::int64_t{0})))));
  const std::size_t leading = x.shape.size() - rows.rest.size();
  extents only_leading;
  for (std::size_t d = 0; d < leading; ++d) only_leading.push_back(x.shape[d]);
  assign(x, apply(op::where, rows.mask, take(list, input(reshape(at, only_leading)), 0), input(x)));
}

} // namespace dojima::detail
