#include "dojima/array/random.hpp"

#include <cmath>

#include "array/sobol_directions.hpp"
#include "array/state.hpp"

namespace dojima {
namespace {

constexpr std::int64_t round_up(std::int64_t n, std::int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

std::string text(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.10g", x);
  return buffer;
}

/// Runs a kernel that makes `per_block` elements of each block of random words. The array begins where the address says inside
/// memory that begins with a whole block, and the memory ends with a whole column block.
template <class Kernel>
detail::tensor fill(Kernel kernel, dtype type, std::int64_t per_block, const extents& shape, const random::address& at,
                    const stream& on, const char* name) {
  const std::int64_t size = detail::checked_size(shape, size_of(type));
  const auto step = static_cast<std::uint64_t>(per_block);
  const auto skip = static_cast<std::int64_t>(at.offset % step);
  const std::int64_t blocks = size == 0 ? 0 : round_up((size + skip + per_block - 1) / per_block, kernels::column_block);
  detail::tensor t = detail::allocate(type, extents{blocks * per_block}, on, name);
  kernel.to = {at.seed, at.stream, at.offset / step, t.data(), size_of(type) == 4};
  detail::submit(on, name, [&](auto& backend, void* queue) { backend.launch(kernel, 1, blocks, queue); });
  t.offset = size == 0 ? 0 : skip;
  t.shape = shape;
  t.strides = detail::row_major(shape);
  return t;
}

} // namespace

namespace detail {

tensor random_bits(const extents& shape, const random::address& at, const stream& on) {
  return fill(kernels::random_bits{}, dtype::uint32, 4, shape, at, on, "random::bits");
}

tensor random_uniform(dtype type, const extents& shape, const random::address& at, double low, double high, const stream& on) {
  if (!std::isfinite(low) || !std::isfinite(high) || !std::isfinite(high - low))
    throw input_error("random::uniform from " + text(low) + " to " + text(high) +
                      " (both ends and their distance must be finite)");
  return fill(kernels::random_uniform{{}, low, high - low}, type, type == dtype::float32 ? 4 : 2, shape, at, on,
              "random::uniform");
}

tensor random_normal(dtype type, const extents& shape, const random::address& at, double mean, double deviation,
                     bool exponential, const stream& on) {
  const char* name = exponential ? "random::lognormal" : "random::normal";
  if (!(deviation >= 0)) throw input_error(std::string(name) + ": deviation = " + text(deviation) + " (must not be negative)");
  return fill(kernels::random_normal{{}, mean, deviation, exponential}, type, 2, shape, at, on, name);
}

tensor random_student(dtype type, const extents& shape, const random::address& at, double degrees, double location,
                      double scale, const stream& on) {
  if (!(degrees > 0) || !std::isfinite(degrees))
    throw input_error("random::student_t: degrees = " + text(degrees) +
                      " (must be positive and finite); use normal for infinity");
  if (!(scale >= 0)) throw input_error("random::student_t: scale = " + text(scale) + " (must not be negative)");
  return fill(kernels::random_student{{}, location, scale, std::sqrt(degrees), 1 / degrees}, type, 1, shape, at, on,
              "random::student_t");
}

tensor random_integers(dtype type, const extents& shape, const random::address& at, std::int64_t low, std::int64_t high,
                       const stream& on) {
  const std::string ends = "low = " + std::to_string(low) + ", high = " + std::to_string(high);
  if (low >= high) throw input_error("random::integers: " + ends + " (low must be below high, which is left out)");
  const std::int64_t least = type == dtype::int32 ? INT32_MIN : type == dtype::uint32 ? 0 : INT64_MIN;
  const std::int64_t most = type == dtype::int32 ? INT32_MAX : type == dtype::uint32 ? UINT32_MAX : INT64_MAX;
  if (low < least || high - 1 > most)
    throw input_error("random::integers: " + ends + " (must fit " + name_of(type) + "); use integers<std::int64_t>");
  return fill(kernels::random_integers{{}, low, static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)}, type, 2,
              shape, at, on, "random::integers");
}

} // namespace detail

array<double> random::sobol(std::int64_t points, std::int64_t dimensions, const sobol_settings& settings, const stream& on) {
  constexpr std::uint64_t most = std::uint64_t{1} << sobol_bits;
  if (dimensions < 1 || dimensions > sobol_max_dimensions)
    throw input_error("random::sobol: dimensions = " + std::to_string(dimensions) + " (must be in [1, " +
                      std::to_string(sobol_max_dimensions) + "])");
  if (points < 0 || settings.first > most || static_cast<std::uint64_t>(points) > most - settings.first)
    throw input_error("random::sobol: " + std::to_string(points) + " points from number " + std::to_string(settings.first) +
                      " (the sequence has 2^32)");
  const std::uint64_t first = settings.first / kernels::column_block * kernels::column_block;
  const auto skip = static_cast<std::int64_t>(settings.first - first);
  const std::int64_t stride = points == 0 ? 0 : round_up(skip + points, kernels::column_block);
  detail::tensor t = detail::allocate(dtype::float64, extents{dimensions, stride}, on, "random::sobol");
  const std::vector<sobol_dimension> host = sobol_dimensions(dimensions, settings.seed, settings.replicate);
  const detail::tensor table = detail::allocate(dtype::raw, sizeof(sobol_dimension), extents{dimensions}, on, "random::sobol");
  detail::upload(table, host.data());
  const kernels::sobol_points kernel{static_cast<const sobol_dimension*>(table.data()),
                                     static_cast<sobol_scramble>(settings.scrambling), static_cast<std::uint32_t>(first),
                                     static_cast<double*>(t.data()), stride};
  detail::submit(on, "random::sobol", [&](auto& backend, void* queue) { backend.launch(kernel, dimensions, stride, queue); });
  t.offset = points == 0 ? 0 : skip;
  t.shape = {points, dimensions};
  t.strides = {1, stride};
  return array<double>(std::move(t));
}

} // namespace dojima
