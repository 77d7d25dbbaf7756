#include "dojima/array/fft.hpp"

#include <algorithm>
#include <cmath>

#include "array/library_call.hpp"
#include "kernels/spectral.hpp"

namespace dojima::detail {
namespace {

using std::int64_t;

tensor with_last_axis(const tensor& x, std::size_t axis) {
  extents order;
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if (d != axis) order.push_back(static_cast<int64_t>(d));
  order.push_back(static_cast<int64_t>(axis));
  return transpose(x, order);
}
/// Undoes with_last_axis.
tensor with_axis_back(const tensor& x, std::size_t axis) {
  extents order;
  for (std::size_t d = 0; d + 1 < x.shape.size(); ++d) order.push_back(static_cast<int64_t>(d));
  order.insert(axis, static_cast<int64_t>(x.shape.size()) - 1);
  return transpose(x, order);
}

/// The first `points` elements of each row, with zeros behind a row that is shorter; dense.
tensor with_length(tensor x, int64_t points, const char* function) {
  const int64_t have = x.shape.back();
  if (have >= points) {
    x.shape[x.shape.size() - 1] = points;
    return dense(x);
  }
  extents shape = x.shape;
  shape[shape.size() - 1] = points;
  const tensor filled = allocate(x.type, shape, x.home(), function);
  assign(filled, cast(constant(scalar::of(false)), x.type));
  tensor front = filled;
  front.shape = x.shape;
  copy(front, x);
  return filled;
}

kernels::transform_kind kind_of(transform kind) {
  switch (kind) {
  case transform::forward: return kernels::transform_kind::forward;
  case transform::inverse: return kernels::transform_kind::inverse;
  case transform::real_forward: return kernels::transform_kind::real_forward;
  case transform::real_inverse: break;
  }
  return kernels::transform_kind::real_inverse;
}

constexpr const char* names[] = {"fft", "ifft", "rfft", "irfft"};

/// The transform of the dense rows of x, which have the right length.
tensor transform_rows(transform kind, const tensor& x, int64_t length, double scale) {
  const char* const name = names[static_cast<int>(kind)];
  const bool single = is_single(x.type);
  const dtype complex = single ? dtype::complex64 : dtype::complex128;
  extents shape = x.shape;
  shape[shape.size() - 1] = kind == transform::real_forward ? length / 2 + 1 : length;
  const dtype type = kind != transform::real_inverse ? complex : single ? dtype::float32 : dtype::float64;
  const tensor out = allocate(type, shape, x.home(), name);
  if (out.size() > 0)
    submit_on(x.home(), name, {&x, &out}, [&](kernels::backend& backend, void* queue) {
      kernels::spectral_of(backend).run(
          kernels::transform{kind_of(kind), complex, out.size() / shape.back(), length, scale, x.data(), out.data()}, queue);
    });
  return out;
}

} // namespace

tensor transformed(transform kind, const tensor& x, std::optional<int64_t> n, int64_t axis, fft_norm norm) {
  const char* const name = names[static_cast<int>(kind)];
  const std::size_t along = normal_axis(axis, x.shape.size());
  const bool to_real = kind == transform::real_inverse;
  const int64_t length = n.value_or(to_real ? 2 * (x.shape[along] - 1) : x.shape[along]);
  if (length < 1)
    throw input_error(std::string(name) + ": Invalid number of FFT data points (" + std::to_string(length) + ") specified.");
  const tensor rows = with_length(with_last_axis(x, along), to_real ? length / 2 + 1 : length, name);
  const bool inverse = kind == transform::inverse || to_real;
  const auto points = static_cast<double>(length);
  const double scale = norm == fft_norm::ortho                   ? 1.0 / std::sqrt(points)
                       : (norm == fft_norm::backward) == inverse ? 1.0 / points
                                                                 : 1.0;
  return dense(with_axis_back(transform_rows(kind, rows, length, scale), along));
}

// ---- convolution -----------------------------------------------------------------------------------------------------

namespace {

constexpr int64_t fft_from = 512; // elements of the shorter array

struct part {
  int64_t first, count;
};

/// Of the full convolution of lengths a and v. `same` is centred; for an even shorter length the middle is rounded up when
/// `late`.
part part_of(convolve_mode mode, int64_t a, int64_t v, bool late) {
  const int64_t shorter = std::min(a, v), longer = std::max(a, v);
  switch (mode) {
  case convolve_mode::full: return {0, a + v - 1};
  case convolve_mode::same: return {late ? shorter / 2 : (shorter - 1) / 2, longer};
  case convolve_mode::valid: break;
  }
  return {shorter - 1, longer - shorter + 1};
}

void require_vectors(const tensor& a, const tensor& v, const char* function) {
  if (a.shape.size() != 1 || v.shape.size() != 1)
    throw input_error(std::string(function) + ": object of wrong depth for desired array (takes two vectors, not shapes " +
                      to_string(a.shape) + " and " + to_string(v.shape) + ")");
  if (a.size() == 0) throw input_error(std::string(function) + ": a cannot be empty");
  if (v.size() == 0) throw input_error(std::string(function) + ": v cannot be empty");
}

void convolve_directly(const char* name, const tensor& a, const tensor& v, const tensor& out, part rows, part columns) {
  const auto extent = [](const tensor& x, std::size_t back) {
    return x.shape.size() < back ? 1 : x.shape[x.shape.size() - back];
  };
  if (out.size() > 0)
    submit_on(out.home(), name, {&a, &v, &out}, [&](kernels::backend& backend, void* queue) {
      kernels::spectral_of(backend).run(kernels::convolution{a.type, extent(a, 2), extent(a, 1), extent(v, 2), extent(v, 1),
                                                             rows.count, columns.count, rows.first, columns.first, a.data(),
                                                             v.data(), out.data()},
                                        queue);
    });
}

tensor convolve_by_fft(const tensor& a, const tensor& v, part wanted) {
  const bool complex = is_complex(a.type);
  const int64_t length = kernels::fast_length(a.size() + v.size() - 1);
  const auto spectrum_of = [&](const tensor& x) {
    return transform_rows(complex ? transform::forward : transform::real_forward, with_length(x, length, "convolve"), length,
                          1.0);
  };
  const tensor product = evaluate(apply(op::multiply, input(spectrum_of(a)), input(spectrum_of(v))));
  tensor sums = transform_rows(complex ? transform::inverse : transform::real_inverse, product, length,
                               1.0 / static_cast<double>(length));
  sums.offset += wanted.first;
  sums.shape[0] = wanted.count;
  return fresh(sums, sums.home(), "convolve"); // not a view of the longer one
}

tensor convolve_part(const char* name, const tensor& a, const tensor& v, part wanted, convolve_method method) {
  const tensor& longer = a.size() >= v.size() ? a : v;
  const tensor& shorter = a.size() >= v.size() ? v : a;
  const bool can = is_floating(a.type) || is_complex(a.type);
  if (method == convolve_method::fft && !can)
    throw input_error(std::string(name) + ": the FFT takes floating-point or complex elements, not " + name_of(a.type) +
                      "; use astype, or convolve_method::direct");
  if (method == convolve_method::fft || (method == convolve_method::automatic && can && shorter.size() >= fft_from))
    return convolve_by_fft(longer, shorter, wanted);
  const tensor out = allocate(a.type, extents{wanted.count}, a.home(), name);
  convolve_directly(name, dense(longer), dense(shorter), out, {0, 1}, wanted);
  return out;
}

} // namespace

tensor convolve(const tensor& a, const tensor& v, convolve_mode mode, convolve_method method) {
  require_vectors(a, v, "convolve");
  return convolve_part("convolve", a, v, part_of(mode, a.size(), v.size(), false), method);
}

tensor correlate(const tensor& a, const tensor& v, convolve_mode mode, convolve_method method) {
  require_vectors(a, v, "correlate");
  tensor reversed = is_complex(v.type) ? evaluate(apply(op::conj, input(v))) : v;
  reversed.offset += (v.size() - 1) * reversed.strides[0];
  reversed.strides[0] = -reversed.strides[0];
  return convolve_part("correlate", a, reversed, part_of(mode, a.size(), v.size(), v.size() > a.size()), method);
}

tensor convolve2d(const tensor& x, const tensor& kernel, convolve_mode mode) {
  if (x.shape.size() != 2 || kernel.shape.size() != 2)
    throw input_error("convolve2d: takes two matrices, not shapes " + to_string(x.shape) + " and " + to_string(kernel.shape));
  if (x.size() == 0 || kernel.size() == 0)
    throw input_error("convolve2d: a matrix is empty (shapes " + to_string(x.shape) + " and " + to_string(kernel.shape) + ")");
  if (mode != convolve_mode::full && (kernel.shape[0] > x.shape[0] || kernel.shape[1] > x.shape[1]))
    throw input_error("convolve2d: the kernel is larger than the matrix (shapes " + to_string(x.shape) + " and " +
                      to_string(kernel.shape) + "); use convolve_mode::full");
  const part rows = part_of(mode, x.shape[0], kernel.shape[0], false),
             columns = part_of(mode, x.shape[1], kernel.shape[1], false);
  const tensor out = allocate(x.type, extents{rows.count, columns.count}, x.home(), "convolve2d");
  convolve_directly("convolve2d", dense(x), dense(kernel), out, rows, columns);
  return out;
}

} // namespace dojima::detail
