// Indexing by a mask: selecting elements and assigning to them.
#include "array/expression.hpp"
#include "dojima/array/array.hpp"
#include "dojima/array/order.hpp"

namespace dojima::detail {
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
    throw input_error("boolean index did not match indexed array: shape of the array is " + to_string(x.shape) +
                      " but shape of the mask is " + to_string(mask.shape));
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
  const tensor running = scan(false, flat, 0);
  tensor last = running;
  last.offset += running.size() - 1;
  last.shape = last.strides = {};
  download(&rows.count, last);
  rows.position = apply(op::where, rows.mask,
                        apply(op::subtract, input(reshape(running, wide)), constant(scalar::of(std::int64_t{1}))), none);
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
