#include "dojima/array/order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "array/library_call.hpp"
#include "kernels/order.hpp"

namespace dojima::detail {
namespace {

using kernels::quantile_point;
using kernels::quantile_rule;
using std::int64_t;

// ---- axes ------------------------------------------------------------------------------------------------------------

/// A tensor as a matrix whose rows run along some of its axes.
struct row_matrix {
  tensor data; ///< dense; the leading axes are those that are left
  extents outer;
  int64_t rows, columns;
};

row_matrix rows_over(const tensor& x, std::uint8_t axes) {
  extents order, outer;
  int64_t rows = 1, columns = 1;
  for (const bool inside : {false, true})
    for (std::size_t d = 0; d < x.shape.size(); ++d)
      if (((axes >> d & 1) != 0) == inside) {
        order.push_back(static_cast<int64_t>(d));
        (inside ? columns : rows) *= x.shape[d];
        if (!inside) outer.push_back(x.shape[d]);
      }
  return {dense(transpose(x, order)), outer, rows, columns};
}

/// The array, or all its elements in a row when no axis is named; and the axis of which then.
struct along_axis {
  tensor x;
  std::size_t axis;
};
along_axis along(const tensor& x, std::optional<int64_t> axis) {
  if (axis) return {x, normal_axis(*axis, x.shape.size())};
  return {reshape(dense(x), {x.size()}), 0};
}

/// A new tensor of `count` elements in each row, of the shape of x but for the axis; work(rows, rows of the result) fills it.
template <class Work> tensor map_rows(const char* name, const along_axis& in, dtype type, int64_t count, Work&& work) {
  const row_matrix rows = rows_over(in.x, static_cast<std::uint8_t>(1u << in.axis));
  extents shape = rows.outer;
  shape.push_back(count);
  const tensor out = allocate(type, shape, in.x.home(), name);
  if (out.size() > 0)
    submit_on(out.home(), name, {&rows.data, &out},
              [&](kernels::backend& backend, void* queue) { work(kernels::order_of(backend), rows, out.data(), queue); });
  extents back;
  for (std::size_t d = 0; d < shape.size(); ++d)
    back.push_back(static_cast<int64_t>(d < in.axis ? d : d == in.axis ? shape.size() - 1 : d - 1));
  return dense(transpose(out, back));
}

// ---- quantiles -------------------------------------------------------------------------------------------------------

/// The place of one quantile among n sorted elements, with NumPy's arithmetic (numpy/lib/_function_base_impl.py).
using place = quantile_point (*)(double n, double q);

quantile_point at(double index) {
  const auto i = static_cast<int64_t>(std::max(index, 0.0));
  return {i, i, 0.0};
}
/// Between the elements beside a real index, within the row.
quantile_point beside(double n, double index, double weight) {
  if (index >= n - 1) return at(n - 1);
  if (index < 0) return at(0);
  const auto low = static_cast<int64_t>(std::floor(index));
  return {low, low + 1, weight};
}
quantile_point beside(double n, double index) { return beside(n, index, index - std::floor(index)); }
/// Rule of Hyndman and Fan (1996, The American Statistician 50) with the parameters alpha and beta.
quantile_point hyndman_fan(double n, double q, double alpha, double beta) {
  return beside(n, n * q + (alpha + q * (1 - alpha - beta)) - 1);
}
/// The element before a real index when `before` says so of a whole one, otherwise the one after.
template <class Before> quantile_point discrete(double index, const Before& before) {
  const double previous = std::floor(index);
  return at(index == previous && before(previous) ? previous : previous + 1);
}

struct quantile_method {
  std::string_view name;
  quantile_rule rule;
  place of;
};
constexpr quantile_method quantile_methods[] = {
    {"inverted_cdf", quantile_rule::take, [](double n, double q) { return discrete(n * q - 1, [](double) { return true; }); }},
    {"averaged_inverted_cdf", quantile_rule::interpolate,
     [](double n, double q) {
       const double index = n * q - 1;
       return beside(n, index, index == std::floor(index) ? 0.5 : 1.0);
     }},
    {"closest_observation", quantile_rule::take,
     [](double n, double q) {
       return discrete(n * q - 1 - 0.5, [](double previous) { return std::fmod(previous, 2.0) != 0.0; });
     }},
    {"interpolated_inverted_cdf", quantile_rule::interpolate, [](double n, double q) { return hyndman_fan(n, q, 0, 1); }},
    {"hazen", quantile_rule::interpolate, [](double n, double q) { return hyndman_fan(n, q, 0.5, 0.5); }},
    {"weibull", quantile_rule::interpolate, [](double n, double q) { return hyndman_fan(n, q, 0, 0); }},
    {"linear", quantile_rule::interpolate, [](double n, double q) { return beside(n, (n - 1) * q); }},
    {"median_unbiased", quantile_rule::interpolate, [](double n, double q) { return hyndman_fan(n, q, 1 / 3.0, 1 / 3.0); }},
    {"normal_unbiased", quantile_rule::interpolate, [](double n, double q) { return hyndman_fan(n, q, 3 / 8.0, 3 / 8.0); }},
    {"lower", quantile_rule::take, [](double n, double q) { return at(std::floor((n - 1) * q)); }},
    {"higher", quantile_rule::take, [](double n, double q) { return at(std::ceil((n - 1) * q)); }},
    {"midpoint", quantile_rule::interpolate,
     [](double n, double q) {
       const double index = 0.5 * (std::floor((n - 1) * q) + std::ceil((n - 1) * q));
       return beside(n, index, index == std::floor(index) ? 0.0 : 0.5);
     }},
    {"nearest", quantile_rule::take, [](double n, double q) { return at(std::nearbyint((n - 1) * q)); }},
};

const quantile_method& method_named(std::string_view name) {
  const auto* found = std::find_if(std::begin(quantile_methods), std::end(quantile_methods),
                                   [&](const quantile_method& m) { return m.name == name; });
  if (found != std::end(quantile_methods)) return *found;
  std::string text = "'" + std::string(name) + "' is not a valid method. Use one of:";
  for (const quantile_method& m : quantile_methods) text += (&m == quantile_methods ? " " : ", ") + std::string(m.name);
  throw input_error(text);
}

/// points x (outer shape), or that shape alone for a `single` point; `keepdims` leaves the axes with extent one.
tensor quantile_at(const char* name, const tensor& x, std::uint8_t axes, bool single, bool keepdims, quantile_rule rule,
                   std::span<const quantile_point> points, int64_t count) {
  const row_matrix rows = rows_over(x, axes);
  extents shape;
  if (!single) shape.push_back(count);
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if ((axes >> d & 1) == 0) shape.push_back(x.shape[d]);
    else if (keepdims) shape.push_back(1);
  const tensor out = allocate(x.type == dtype::float32 ? dtype::float32 : dtype::float64, shape, x.home(), name);
  if (rows.columns == 0) assign(out, constant(scalar::of(std::numeric_limits<double>::quiet_NaN())));
  else if (out.size() > 0)
    submit_on(out.home(), name, {&rows.data, &out}, [&](kernels::backend& backend, void* queue) {
      kernels::order_of(backend).quantile(x.type, rows.data.data(), rows.rows, rows.columns, points, rule, out.data(), queue);
    });
  return out;
}

int64_t count_over(const tensor& x, std::uint8_t axes) {
  int64_t n = 1;
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if ((axes >> d & 1) != 0) n *= x.shape[d];
  return n;
}

// ---- histograms ------------------------------------------------------------------------------------------------------

std::string range_text(const std::array<double, 2>& range) {
  return "[" + std::to_string(range[0]) + ", " + std::to_string(range[1]) + "]";
}

std::array<double, 2> outer_edges(const tensor& x, const std::optional<std::array<double, 2>>& range) {
  std::array<double, 2> edges = range.value_or(std::array{0.0, 1.0});
  if (range) {
    if (edges[0] > edges[1]) throw input_error("max must be larger than min in range parameter: " + range_text(edges) + ".");
    if (!std::isfinite(edges[0]) || !std::isfinite(edges[1]))
      throw input_error("supplied range of " + range_text(edges) + " is not finite");
  } else if (x.size() > 0) {
    submit_on(x.home(), "histogram", {&x}, [&](kernels::backend& backend, void* queue) {
      edges = kernels::order_of(backend).extremes(x.type, x.data(), x.size(), queue);
    });
    if (!std::isfinite(edges[0]) || !std::isfinite(edges[1]))
      throw input_error("autodetected range of " + range_text(edges) + " is not finite");
  }
  if (edges[0] == edges[1]) return {edges[0] - 0.5, edges[1] + 0.5};
  return edges;
}

bins counted(const tensor& x, const std::vector<double>& edges, bool uniform) {
  const auto count = static_cast<int64_t>(edges.size()) - 1;
  const bins found{allocate(dtype::int64, {count}, x.home(), "histogram"),
                   allocate(dtype::float64, {count + 1}, x.home(), "histogram")};
  upload(found.edges, edges.data());
  submit_on(x.home(), "histogram", {&x, &found.counts, &found.edges}, [&](kernels::backend& backend, void* queue) {
    kernels::order_of(backend).histogram(x.type, x.data(), x.size(), static_cast<const double*>(found.edges.data()), count,
                                         uniform, static_cast<int64_t*>(found.counts.data()), queue);
  });
  return found;
}

} // namespace

tensor sort(const tensor& x, std::optional<int64_t> axis, bool descending) {
  const along_axis in = along(x, axis);
  return map_rows("sort", in, x.type, in.x.shape[in.axis], [&](auto& order, const row_matrix& rows, void* to, void* queue) {
    order.sort(x.type, rows.data.data(), to, rows.rows, rows.columns, descending, queue);
  });
}

tensor argsort(const tensor& x, std::optional<int64_t> axis, bool descending) {
  const along_axis in = along(x, axis);
  return map_rows(
      "argsort", in, dtype::int64, in.x.shape[in.axis], [&](auto& order, const row_matrix& rows, void* to, void* queue) {
        order.argsort(x.type, rows.data.data(), static_cast<int64_t*>(to), rows.rows, rows.columns, descending, queue);
      });
}

top topk(const tensor& x, int64_t k, bool largest, int64_t axis) {
  const along_axis in = along(x, axis);
  const int64_t extent = x.shape[in.axis];
  if (k < 0 || k > extent)
    throw input_error("topk: k = " + std::to_string(k) + " is out of bounds for axis " + std::to_string(in.axis) +
                      " with size " + std::to_string(extent));
  top found;
  found.indices = map_rows("topk", in, dtype::int64, k, [&](auto& order, const row_matrix& rows, void* to, void* queue) {
    order.top(x.type, rows.data.data(), static_cast<int64_t*>(to), rows.rows, rows.columns, k, largest, queue);
  });
  const row_matrix indices = rows_over(found.indices, static_cast<std::uint8_t>(1u << in.axis));
  found.values = map_rows("topk", in, x.type, k, [&](auto& order, const row_matrix& rows, void* to, void* queue) {
    order.gather(x.type, rows.data.data(), static_cast<const int64_t*>(indices.data.data()), to, rows.rows, rows.columns, k,
                 queue);
  });
  return found;
}

distinct unique(const tensor& x, bool counts, bool inverse) {
  const tensor flat = dense(x);
  const int64_t size = x.size();
  tensor values = allocate(x.type, {size}, x.home(), "unique");
  tensor how_many = allocate(dtype::int64, {counts ? size : 0}, x.home(), "unique");
  const tensor which =
      inverse ? allocate(dtype::int64, x.shape, x.home(), "unique") : allocate(dtype::int64, {0}, x.home(), "unique");
  int64_t found = 0;
  if (size > 0)
    submit_on(x.home(), "unique", {&flat, &values, &how_many, &which}, [&](kernels::backend& backend, void* queue) {
      found = kernels::order_of(backend).unique(x.type, flat.data(), size, values.data(),
                                                counts ? static_cast<int64_t*>(how_many.data()) : nullptr,
                                                inverse ? static_cast<int64_t*>(which.data()) : nullptr, queue);
    });
  const auto first = [&](tensor t) {
    t.shape[0] = found;
    return found == size ? t : fresh(t, x.home(), "unique"); // not a view of the longer one
  };
  return {first(values), counts ? first(how_many) : how_many, which};
}

tensor searchsorted(const tensor& sorted, const tensor& values, std::string_view side) {
  if (sorted.shape.size() != 1)
    throw input_error("searchsorted: object of too small depth for desired array (the sorted array has shape " +
                      to_string(sorted.shape) + ", must be a vector)");
  if (side != "left" && side != "right")
    throw input_error("search side must be 'left' or 'right' (got '" + std::string(side) + "')");
  const tensor row = dense(sorted), wanted = dense(values);
  const tensor out = allocate(dtype::int64, values.shape, values.home(), "searchsorted");
  if (out.size() > 0)
    submit_on(out.home(), "searchsorted", {&row, &wanted, &out}, [&](kernels::backend& backend, void* queue) {
      kernels::order_of(backend).search(row.type, row.data(), row.size(), wanted.data(), wanted.size(), side == "right",
                                        static_cast<int64_t*>(out.data()), queue);
    });
  return out;
}

bins histogram(const tensor& x, int64_t bins, std::optional<std::array<double, 2>> range) {
  if (bins < 1) throw input_error("`bins` must be positive, when an integer (" + std::to_string(bins) + ")");
  const tensor flat = dense(x);
  const auto [first, last] = outer_edges(flat, range);
  std::vector<double> edges(static_cast<std::size_t>(bins) + 1);
  const double step = (last - first) / static_cast<double>(bins);
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = static_cast<double>(i) * step + first;
  edges.back() = last;
  return counted(flat, edges, true);
}

bins histogram(const tensor& x, const std::vector<double>& edges) {
  if (edges.size() < 2) throw input_error("`bins` must hold at least two edges (" + std::to_string(edges.size()) + ")");
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    if (!(edges[i] <= edges[i + 1])) throw input_error("`bins` must increase monotonically, when an array");
  return counted(dense(x), edges, false);
}

tensor quantile(const tensor& x, const std::vector<double>& q, bool single, std::uint8_t axes, std::string_view method,
                bool keepdims) {
  const quantile_method& chosen = method_named(method);
  const auto n = static_cast<double>(count_over(x, axes));
  std::vector<quantile_point> points;
  for (const double level : q) {
    if (!(level >= 0.0 && level <= 1.0))
      throw input_error("Quantiles must be in the range [0, 1] (" + std::to_string(level) + "); divide percentiles by 100");
    if (n > 0) points.push_back(chosen.of(n, level));
  }
  return quantile_at("quantile", x, axes, single, keepdims, chosen.rule, points, static_cast<int64_t>(q.size()));
}

tensor median(const tensor& x, std::uint8_t axes, bool keepdims) {
  const int64_t n = count_over(x, axes);
  const quantile_point middle{(n - 1) / 2, n / 2, 0.5};
  return quantile_at("median", x, axes, true, keepdims, quantile_rule::mean, {&middle, 1}, 1);
}

tensor scan(bool product, const tensor& x, std::optional<int64_t> axis) {
  const along_axis in = along(x, axis);
  return map_rows(product ? "cumprod" : "cumsum", in, sum_type(x.type), in.x.shape[in.axis],
                  [&](auto& order, const row_matrix& rows, void* to, void* queue) {
                    order.scan(product, x.type, rows.data.data(), to, rows.rows, rows.columns, queue);
                  });
}

} // namespace dojima::detail
