#include "dojima/array/shape.hpp"

#include <algorithm>

namespace dojima::detail {

tensor squeeze(const tensor& x, const std::optional<std::uint8_t>& axes) {
  tensor t = x;
  for (std::size_t d = x.shape.size(); d-- > 0;) {
    const bool named = axes && (*axes >> d & 1) != 0;
    if (named && x.shape[d] != 1)
      throw input_error("cannot select an axis to squeeze out which has size not equal to one (axis " + std::to_string(d) +
                        " of shape " + to_string(x.shape) + ")");
    if (axes ? !named : x.shape[d] != 1) continue;
    t.shape.erase(d);
    t.strides.erase(d);
  }
  return t;
}

tensor flip(const tensor& x, std::uint8_t axes) {
  tensor t = x;
  if (x.size() == 0) return t;
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if ((axes >> d & 1) != 0) {
      t.offset += (x.shape[d] - 1) * x.strides[d];
      t.strides[d] = -x.strides[d];
    }
  return t;
}

tensor expand_dims(const tensor& x, std::int64_t axis) {
  tensor t = x;
  const std::size_t at = normal_axis(axis, x.shape.size() + 1);
  t.shape.insert(at, 1);
  t.strides.insert(at, 0);
  return t;
}

tensor swap_axes(const tensor& x, std::int64_t a, std::int64_t b) {
  tensor t = x;
  const std::size_t i = normal_axis(a, x.shape.size()), j = normal_axis(b, x.shape.size());
  std::swap(t.shape[i], t.shape[j]);
  std::swap(t.strides[i], t.strides[j]);
  return t;
}

tensor concatenate(std::span<const tensor> parts, std::int64_t axis) {
  if (parts.empty()) throw input_error("need at least one array to concatenate");
  const tensor& first = parts.front();
  if (first.shape.empty()) throw input_error("zero-dimensional arrays cannot be concatenated");
  const std::size_t at = normal_axis(axis, first.shape.size());
  extents shape = first.shape;
  shape[at] = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const extents& other = parts[i].shape;
    const auto refuse = [&](const std::string& problem, const std::string& has, const std::string& other_has) {
      throw input_error(problem + " the array at index 0 has " + has + " and the array at index " + std::to_string(i) +
                        " has " + other_has + " (shapes " + to_string(first.shape) + " and " + to_string(other) + ")");
    };
    if (other.size() != shape.size())
      refuse("all the input arrays must have same number of dimensions, but", std::to_string(shape.size()) + " dimension(s)",
             std::to_string(other.size()) + " dimension(s)");
    for (std::size_t d = 0; d < shape.size(); ++d)
      if (d != at && other[d] != shape[d])
        refuse("all the input array dimensions except for the concatenation axis must match exactly, but along dimension " +
                   std::to_string(d) + ",",
               "size " + std::to_string(shape[d]), "size " + std::to_string(other[d]));
  }
  for (const tensor& part : parts) shape[at] += part.shape[at];
  const tensor whole = allocate(first.type, first.item, shape, first.home(), "concatenate");
  std::int64_t begin = 0;
  for (const tensor& part : parts) {
    tensor place = whole;
    place.shape[at] = part.shape[at];
    place.offset += begin * whole.strides[at];
    begin += part.shape[at];
    copy(place, part);
  }
  return whole;
}

tensor stack(std::span<const tensor> parts, std::int64_t axis) {
  if (parts.empty()) throw input_error("need at least one array to stack");
  std::vector<tensor> wide;
  for (const tensor& part : parts) {
    if (!(part.shape == parts.front().shape))
      throw input_error("all input arrays must have the same shape: " + to_string(parts.front().shape) + " and " +
                        to_string(part.shape));
    wide.push_back(expand_dims(part, axis));
  }
  return concatenate(wide, axis);
}

std::vector<tensor> split(const tensor& x, std::span<const std::int64_t> ends, std::int64_t axis) {
  const std::size_t at = normal_axis(axis, x.shape.size());
  const std::int64_t extent = x.shape[at];
  std::vector<tensor> parts;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i <= ends.size(); ++i) { // as slices: begin:end
    std::int64_t end = i < ends.size() ? ends[i] : extent;
    end = std::clamp<std::int64_t>(end < 0 ? end + extent : end, 0, extent);
    tensor part = x;
    part.shape[at] = std::max<std::int64_t>(end - begin, 0);
    if (part.shape[at] > 0) part.offset += begin * x.strides[at];
    parts.push_back(part);
    begin = end;
  }
  return parts;
}

std::vector<std::int64_t> even_ends(const tensor& x, std::int64_t sections, std::int64_t axis) {
  const std::int64_t extent = x.shape[normal_axis(axis, x.shape.size())];
  if (sections <= 0) throw input_error("number sections must be larger than 0.");
  if (extent % sections != 0)
    throw input_error("array split does not result in an equal division (axis of size " + std::to_string(extent) + " into " +
                      std::to_string(sections) + " sections)");
  std::vector<std::int64_t> ends;
  for (std::int64_t i = 1; i < sections; ++i) ends.push_back(i * (extent / sections));
  return ends;
}

void check_indices(std::span<const std::int64_t> indices, std::int64_t extent, std::size_t axis) {
  for (const std::int64_t i : indices)
    if (i < -extent || i >= extent)
      throw input_error("index " + std::to_string(i) + " is out of bounds for axis " + std::to_string(axis) + " with size " +
                        std::to_string(extent));
}

} // namespace dojima::detail
