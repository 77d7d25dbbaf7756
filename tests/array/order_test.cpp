// Sorting, quantiles and running sums on every device: against NumPy, and against plain code that defines what is meant.
#include "dojima/array/order.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <numeric>
#include <random>

#include <oneapi/tbb/global_control.h>

namespace dojima {
namespace {

using std::int64_t;
using test::message_of;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

template <class F> void on_every_device(const F& f) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(test::label(d));
    f(stream(d));
  }
}

/// NumPy's order: NaN after everything, zeros equal.
template <class T> bool before(T a, T b) { return a < b || (a == a && b != b); }
template <class T> bool after(T a, T b) { return a > b || (a == a && b != b); }

template <class T> bool same(T a, T b) { return a == b || (a != a && b != b); }
template <class T> void expect_same(const std::vector<T>& actual, const std::vector<T>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_TRUE(same<T>(actual[i], expected[i])) << "at " << i << ": " << actual[i] << ", expected " << expected[i];
}

/// Numbers of every kind that sorts: spread, repeated, special.
template <class T> std::vector<T> mixture(std::size_t n, unsigned seed) {
  std::mt19937_64 words(seed);
  std::vector<T> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t w = words();
    if constexpr (std::floating_point<T>) {
      const T special[] = {T(nan),
                           T(-nan),
                           T(inf),
                           T(-inf),
                           T(0),
                           T(-0.0),
                           std::numeric_limits<T>::denorm_min(),
                           std::numeric_limits<T>::max(),
                           std::numeric_limits<T>::lowest(),
                           T(1),
                           T(1),
                           T(-1)};
      x[i] = w % 7 == 0 ? special[w / 7 % std::size(special)]
                        : static_cast<T>(std::normal_distribution<double>()(words) * (w % 5 == 1 ? 1e-30 : 1.0));
    } else if constexpr (std::same_as<T, bool>) {
      x[i] = w % 3 == 0;
    } else {
      const T special[] = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), T(0), T(1)};
      x[i] = w % 7 == 0 ? special[w / 7 % 4] : w % 2 == 0 ? static_cast<T>(words()) : static_cast<T>(words() % 100);
    }
  }
  return x;
}

template <class T> class order_of : public testing::Test {};
using real_types = testing::Types<bool, std::int32_t, std::uint32_t, std::int64_t, float, double>;
TYPED_TEST_SUITE(order_of, real_types);

const std::vector<std::pair<int64_t, int64_t>> matrix_shapes = {{1, 1},     {1, 2},    {3, 7},    {5, 31},   {2, 100},
                                                                {300, 33},  {3, 2048}, {3, 2049}, {6, 2500}, {1, 40000},
                                                                {2, 33000}, {7, 5000}, {1, 70001}};

TYPED_TEST(order_of, rows_sort_as_the_standard_librarys_stable_sort) {
  using T = TypeParam;
  on_every_device([](const stream& on) {
    for (const auto& [rows, columns] : matrix_shapes)
      for (const bool descending : {false, true}) {
        SCOPED_TRACE(to_string(extents{rows, columns}) + (descending ? " descending" : ""));
        const std::vector<T> host = mixture<T>(static_cast<std::size_t>(rows * columns), static_cast<unsigned>(columns));
        std::vector<T> expected;
        std::vector<int64_t> places;
        for (int64_t row = 0; row < rows; ++row) {
          std::vector<int64_t> order(static_cast<std::size_t>(columns));
          std::iota(order.begin(), order.end(), 0);
          const auto at = [&](int64_t i) -> T { return host[static_cast<std::size_t>(row * columns + i)]; };
          std::stable_sort(order.begin(), order.end(),
                           [&](int64_t a, int64_t b) { return descending ? after<T>(at(a), at(b)) : before<T>(at(a), at(b)); });
          for (const int64_t i : order) places.push_back(i), expected.push_back(at(i));
        }
        const auto x = asarray(host, {rows, columns}, on);
        expect_same(argsort(x, -1, descending).get(), places);
        expect_same(sort(x, -1, descending).get(), expected);
        const int64_t k = std::min<int64_t>(columns, columns > 10000 ? 100 : 5);
        const auto top = topk(x, k, descending);
        EXPECT_EQ(top.values.shape(), (extents{rows, k}));
        std::vector<T> first;
        std::vector<int64_t> first_places;
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t i = 0; i < k; ++i) {
            first.push_back(expected[static_cast<std::size_t>(row * columns + i)]);
            first_places.push_back(places[static_cast<std::size_t>(row * columns + i)]);
          }
        expect_same(top.indices.get(), first_places);
        expect_same(top.values.get(), first);
      }
  });
}

TYPED_TEST(order_of, unique_values_counts_and_places) {
  using T = TypeParam;
  on_every_device([](const stream& on) {
    for (const std::size_t n : {0u, 1u, 2u, 50u, 3000u, 50000u}) {
      const std::vector<T> host = mixture<T>(n, 5);
      std::vector<T> sorted = host;
      std::sort(sorted.begin(), sorted.end(), before<T>);
      std::vector<T> expected;
      std::vector<int64_t> counts;
      for (const T x : sorted)
        if (!expected.empty() && same<T>(expected.back(), x)) ++counts.back();
        else expected.push_back(x), counts.push_back(1);
      const auto x = asarray(host, on);
      expect_same(unique(x).get(), expected);
      const auto counted = unique_counts(x);
      expect_same(counted.values.get(), expected);
      expect_same(counted.counts.get(), counts);
      const auto placed = unique_inverse(x);
      const std::vector<int64_t> inverse = placed.inverse.get();
      ASSERT_EQ(inverse.size(), n);
      for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(same<T>(expected[static_cast<std::size_t>(inverse[i])], host[i])) << i;
    }
  });
}

TYPED_TEST(order_of, searches_a_sorted_row) {
  using T = TypeParam;
  on_every_device([](const stream& on) {
    std::vector<T> row = mixture<T>(3000, 8);
    std::sort(row.begin(), row.end(), before<T>);
    const std::vector<T> values = mixture<T>(2000, 9);
    std::vector<int64_t> left, right;
    for (const T v : values) {
      left.push_back(std::lower_bound(row.begin(), row.end(), v, before<T>) - row.begin());
      right.push_back(std::upper_bound(row.begin(), row.end(), v, before<T>) - row.begin());
    }
    const auto sorted = asarray(row, on);
    expect_same(searchsorted(sorted, asarray(values, on)).get(), left);
    expect_same(searchsorted(sorted, asarray(values, {40, 50}, on), "right").get(), right);
  });
}

TEST(sort, keeps_signs_of_zeros_and_puts_nan_last) {
  on_every_device([](const stream& on) {
    for (const int64_t n : {8, 4096, 50000}) {
      std::vector<double> host(static_cast<std::size_t>(n), 0.0);
      host[1] = -0.0, host[2] = nan, host[3] = -inf, host[5] = -0.0, host[6] = inf;
      const std::vector<double> up = sort(asarray(host, on)).get(), down = sort(asarray(host, on), -1, true).get();
      EXPECT_EQ(up[0], -inf);
      EXPECT_TRUE(std::signbit(up[1]) && std::signbit(up[2]) && !std::signbit(up[3]));
      EXPECT_EQ(up[static_cast<std::size_t>(n) - 2], inf);
      EXPECT_TRUE(std::isnan(up.back()) && std::isnan(down.back()));
      EXPECT_EQ(down[0], inf);
      EXPECT_EQ(argsort(asarray(host, on)).get()[1], 0); // zeros of both signs are equal
    }
  });
}

TEST(sort, works_along_any_axis_and_over_views) {
  on_every_device([](const stream& on) {
    const std::vector<double> host = mixture<double>(4 * 5 * 6, 3);
    const auto x = asarray(host, {4, 5, 6}, on);
    for (const int64_t axis : {0, 1, 2, -3}) {
      const auto d = static_cast<std::size_t>((axis + 3) % 3);
      const auto sorted = sort(x, axis);
      const auto places = argsort(x, axis);
      EXPECT_EQ(sorted.shape(), x.shape());
      const std::vector<double> result = sorted.get();
      const std::vector<int64_t> indices = places.get();
      const int64_t strides[] = {30, 6, 1};
      for (int64_t i = 0; i < 120; ++i) {
        const int64_t at = i / strides[d] % x.shape()[d], first = i - at * strides[d];
        ASSERT_TRUE(same(result[static_cast<std::size_t>(i)],
                         host[static_cast<std::size_t>(first + indices[static_cast<std::size_t>(i)] * strides[d])]));
        if (at > 0) {
          ASSERT_FALSE(before(result[static_cast<std::size_t>(i)], result[static_cast<std::size_t>(i - strides[d])]));
        }
      }
    }
    expect_same(sort(x, none).get(), sort(asarray(host, on)).get());
    const auto part = x(slice{none, none, -2}, slice{1, 4}, ellipsis);
    expect_same(sort(part, 1).get(), sort(part.clone(), 1).get());
    expect_same(sort(x + 1.0, 0).get(), sort(array<double>(x + 1.0), 0).get());
  });
}

TEST(sort, inputs_that_defeat_a_bad_choice_of_buckets) {
  const std::size_t n = 200000;
  std::vector<std::function<double(std::size_t)>> shapes = {
      [](std::size_t) { return 7.0; },
      [](std::size_t i) { return static_cast<double>(i); },
      [](std::size_t i) { return -static_cast<double>(i); },
      [](std::size_t i) { return i % 1000 == 0 ? 1e300 : 1.0 + static_cast<double>(i % 9973) * 1e-16; },
      [](std::size_t i) { return std::ldexp(1.0, static_cast<int>(i * 7919 % 2000) - 1000); },
      [](std::size_t i) { return i % 2 == 0 ? 1.0 + static_cast<double>(i) * 1e-15 : 1e200 + static_cast<double>(i) * 1e185; },
      [](std::size_t i) { return i == 77 ? -1.0 : 0.0; }};
  on_every_device([&](const stream& on) {
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      SCOPED_TRACE(s);
      std::vector<double> host(n);
      for (std::size_t i = 0; i < n; ++i) host[i] = shapes[s](i);
      std::vector<double> expected = host;
      std::sort(expected.begin(), expected.end());
      const auto x = asarray(host, on);
      expect_same(sort(x).get(), expected);
      EXPECT_EQ(median(x).item(), (expected[n / 2 - 1] + expected[n / 2]) / 2);
      EXPECT_EQ(quantile(x, 0.001, {}, "lower").item(), expected[199]);
      EXPECT_EQ(topk(x, 50, false).values.get(), std::vector<double>(expected.begin(), expected.begin() + 50));
    }
  });
}

// ---- against NumPy -----------------------------------------------------------------------------------------------------

std::vector<double> numbers_of(const std::string& text) {
  std::vector<double> list;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    list.push_back(std::strtod(text.substr(at, end - at).c_str(), nullptr));
    at = end + 1;
  }
  return list;
}

template <class T> std::vector<T> formula(int64_t count, int64_t seed) {
  std::vector<T> x;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t numerator = (7919 * i + 104729 * seed + 12345) % 2003 - 1001;
    if constexpr (std::integral<T>) x.push_back((numerator % 10 + 10) % 10);
    else x.push_back(static_cast<T>(numerator) / T(127));
  }
  return x;
}

TEST(quantile, has_numpys_bits_for_every_method) {
  on_every_device([](const stream& on) {
    test::reference_rows rows("array_quantile");
    rows.for_each([&](const test::reference_row& row) {
      SCOPED_TRACE(row["id"] + " " + row["method"]);
      const std::vector<double> arguments = numbers_of(row["arguments"]), expected = numbers_of(row["expected"]);
      const auto count = static_cast<int64_t>(row.number("count")), seed = static_cast<int64_t>(row.number("seed"));
      const auto check = [&](const auto& x) {
        std::vector<double> actual;
        if (row["function"] == "quantile") {
          actual = quantile(x, arguments, {}, row["method"]).get();
          for (std::size_t i = 0; i < arguments.size(); i += 5) // a few alone are selected, many are sorted
            EXPECT_EQ(quantile(x, arguments[i], 0, row["method"]).item(), expected[i]);
        } else if (row["function"] == "median") {
          actual = median(x).get();
        } else {
          const auto range = arguments.size() == 3 ? std::optional(std::array{arguments[1], arguments[2]}) : none;
          const histogram_result h = histogram(x, static_cast<int64_t>(arguments[0]), range);
          for (const int64_t n : h.counts.get()) actual.push_back(static_cast<double>(n));
          for (const double edge : h.edges.get()) actual.push_back(edge);
        }
        const bool same_bits = std::equal(actual.begin(), actual.end(), expected.begin(), expected.end(), same<double>);
        rows.expect_equal(row, same_bits ? row["expected"] : testing::PrintToString(actual));
      };
      if (row["type"] == "int64") check(asarray(formula<int64_t>(count, seed), on));
      else check(asarray(formula<double>(count, seed), on));
    });
  });
}

TEST(quantile, over_axes_with_nan_and_of_nothing) {
  on_every_device([](const stream& on) {
    std::vector<double> host = formula<double>(3 * 4 * 5, 2);
    host[7] = nan; // in row (0, 1), column 2
    const auto x = asarray(host, {3, 4, 5}, on);
    const auto by_axis = quantile(x, {0.25, 0.5}, 1);
    EXPECT_EQ(by_axis.shape(), (extents{2, 3, 5}));
    const std::vector<double> found = by_axis.get();
    for (int64_t p = 0; p < 2; ++p)
      for (int64_t i = 0; i < 3; ++i)
        for (int64_t k = 0; k < 5; ++k) {
          std::vector<double> column;
          for (int64_t j = 0; j < 4; ++j) column.push_back(host[static_cast<std::size_t>(20 * i + 5 * j + k)]);
          const double expected = quantile(asarray(column, on), p == 0 ? 0.25 : 0.5).item();
          EXPECT_TRUE(same(found[static_cast<std::size_t>(15 * p + 5 * i + k)], expected));
          EXPECT_EQ(std::isnan(expected), i == 0 && k == 2);
        }
    EXPECT_EQ(quantile(x, 0.5, 1, "linear", true).shape(), (extents{3, 1, 5}));
    EXPECT_EQ(quantile(x, std::vector{0.5}, {0, -1}).shape(), (extents{1, 4}));
    EXPECT_EQ(median(x, {0, 2}, true).shape(), (extents{1, 4, 1}));
    EXPECT_TRUE(std::isnan(median(x).item()));
    EXPECT_TRUE(std::isnan(quantile(array<double>({0}, on), 0.5).item()));
    EXPECT_EQ(quantile(array<double>({2, 0, 3}, on), {0.1, 0.2}, 1).get().size(), 12u);
    EXPECT_TRUE(std::isnan(median(array<float>({4, 0}, on), 1).get()[3]));
    EXPECT_EQ(median(array<float>({0, 4}, on), 1).shape(), (extents{0}));
  });
}

TEST(quantile, of_long_rows_with_nan_infinities_and_few_values) {
  on_every_device([](const stream& on) {
    const int64_t rows = 3, columns = 60000;
    std::vector<float> host;
    std::mt19937 words(1);
    for (int64_t i = 0; i < rows * columns; ++i)
      host.push_back(i < columns ? static_cast<float>(words() % 3) : static_cast<float>(words()) * 0x1p-31f - 1.0f);
    host[static_cast<std::size_t>(columns) + 5] = std::numeric_limits<float>::infinity();
    host[static_cast<std::size_t>(2 * columns) + 9] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<double> levels = {0.0, 0.2, 0.5, 0.77, 1.0};
    const auto x = asarray(host, {rows, columns}, on);
    const std::vector<float> found = quantile(x, levels, 1, "lower").get();
    for (int64_t row = 0; row < rows; ++row) {
      std::vector<float> sorted(host.begin() + row * columns, host.begin() + (row + 1) * columns);
      std::sort(sorted.begin(), sorted.end(), before<float>);
      for (std::size_t p = 0; p < levels.size(); ++p) {
        const float actual = found[p * static_cast<std::size_t>(rows) + static_cast<std::size_t>(row)];
        const float expected = row == 2 ? std::numeric_limits<float>::quiet_NaN()
                                        : sorted[static_cast<std::size_t>(static_cast<double>(columns - 1) * levels[p])];
        EXPECT_TRUE(same(actual, expected)) << row << " " << levels[p] << ": " << actual << ", expected " << expected;
      }
    }
  });
}

TEST(quantile, is_the_same_selected_or_sorted) {
  on_every_device([](const stream& on) {
    std::vector<double> host(100000);
    std::mt19937_64 words(3);
    for (double& x : host) x = std::normal_distribution<double>()(words);
    const auto x = asarray(host, on);
    std::vector<double> levels;
    for (int i = 0; i <= 60; ++i) levels.push_back(i / 60.0);
    const std::vector<double> together = quantile(x, levels).get();
    for (std::size_t i = 0; i < levels.size(); ++i) EXPECT_EQ(quantile(x, levels[i]).item(), together[i]);
    const std::vector<double> seven(levels.begin(), levels.begin() + 7);
    expect_same(quantile(x, seven).get(), std::vector<double>(together.begin(), together.begin() + 7));
  });
}

// ---- scans ---------------------------------------------------------------------------------------------------------------

/// The shape of kernels/order_cells.hpp, written down plainly: chunks of 32, tiles of 32 chunks, tiles again.
template <class Sum, class Op> std::vector<Sum> scan_by_definition(const std::vector<Sum>& x, Op op) {
  const auto in_sequence = [&](std::vector<Sum> y) {
    for (std::size_t i = 1; i < y.size(); ++i) y[i] = op(y[i - 1], y[i]);
    return y;
  };
  std::vector<std::vector<Sum>> chunks; // running totals
  std::vector<Sum> tile_totals;
  std::vector<std::vector<Sum>> chunk_totals; // running, of each tile
  for (std::size_t i = 0; i < x.size(); i += 32)
    chunks.push_back(in_sequence(
        {x.begin() + static_cast<std::ptrdiff_t>(i), x.begin() + static_cast<std::ptrdiff_t>(std::min(x.size(), i + 32))}));
  for (std::size_t c = 0; c < chunks.size(); c += 32) {
    std::vector<Sum> totals;
    for (std::size_t i = c; i < std::min(chunks.size(), c + 32); ++i) totals.push_back(chunks[i].back());
    chunk_totals.push_back(in_sequence(totals));
    tile_totals.push_back(chunk_totals.back().back());
  }
  if (tile_totals.size() > 1) tile_totals = scan_by_definition(tile_totals, op);
  std::vector<Sum> result;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    const std::size_t tile = c / 32, in_tile = c % 32;
    for (const Sum y : chunks[c]) {
      if (tile == 0 && in_tile == 0) result.push_back(y);
      else if (tile == 0) result.push_back(op(chunk_totals[0][in_tile - 1], y));
      else if (in_tile == 0) result.push_back(op(tile_totals[tile - 1], y));
      else result.push_back(op(op(tile_totals[tile - 1], chunk_totals[tile][in_tile - 1]), y));
    }
  }
  return result;
}

const std::vector<int64_t> scan_lengths = {1, 2, 31, 32, 33, 64, 100, 1023, 1024, 1025, 2048, 40000, 1024 * 1024 + 5};

TEST(cumsum, has_the_bits_of_its_definition_on_every_device_and_for_any_threads) {
  on_every_device([](const stream& on) {
    for (const int64_t n : scan_lengths)
      for (const std::size_t threads : {1u, 2u, 7u}) {
        SCOPED_TRACE(n);
        const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism, threads);
        std::mt19937_64 words(static_cast<unsigned>(n));
        std::vector<double> host(static_cast<std::size_t>(n)), near_one;
        for (double& x : host) x = std::normal_distribution<double>()(words);
        for (const double x : host) near_one.push_back(1.0 + 1e-3 * x);
        EXPECT_EQ(cumsum(asarray(host, on)).get(), scan_by_definition(host, std::plus<double>()));
        EXPECT_EQ(cumprod(asarray(near_one, on)).get(), scan_by_definition(near_one, std::multiplies<double>()));
        const std::vector<float> single(host.begin(), host.end());
        const std::vector<double> wide =
            scan_by_definition(std::vector<double>(single.begin(), single.end()), std::plus<double>());
        EXPECT_EQ(cumsum(asarray(single, on)).get(), std::vector<float>(wide.begin(), wide.end()));
      }
  });
}

TEST(cumsum, of_integers_and_complex_numbers) {
  on_every_device([](const stream& on) {
    for (const int64_t n : {1, 33, 5000}) {
      const auto check = [&]<class T>(T) {
        const std::vector<T> host = mixture<T>(static_cast<std::size_t>(n), 4);
        std::vector<int64_t> sums, products;
        std::uint64_t sum = 0, product = 1; // wraps around
        for (const T x : host) {
          sums.push_back(static_cast<int64_t>(sum += static_cast<std::uint64_t>(static_cast<int64_t>(x))));
          products.push_back(static_cast<int64_t>(product *= static_cast<std::uint64_t>(static_cast<int64_t>(x) | 1)));
        }
        std::vector<int64_t> odd;
        for (const T x : host) odd.push_back(static_cast<int64_t>(x) | 1);
        expect_same(cumsum(asarray(host, on)).get(), sums);
        expect_same(cumprod(asarray(odd, on)).get(), products);
      };
      check(bool{}), check(std::int32_t{}), check(std::uint32_t{}), check(int64_t{});

      using complex = std::complex<double>;
      std::vector<complex> host;
      for (int64_t i = 0; i < n; ++i) host.emplace_back(std::cos(static_cast<double>(i)), std::sin(static_cast<double>(i * i)));
      const auto times = [](complex a, complex b) {
        return complex(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real());
      };
      EXPECT_EQ(cumsum(asarray(host, on)).get(), scan_by_definition(host, std::plus<complex>()));
      EXPECT_EQ(cumprod(asarray(host, on)).get(), scan_by_definition(host, times));
      const std::vector<std::complex<float>> single(host.begin(), host.end());
      const std::vector<complex> wide =
          scan_by_definition(std::vector<complex>(single.begin(), single.end()), std::plus<complex>());
      EXPECT_EQ(cumsum(asarray(single, on)).get(), std::vector<std::complex<float>>(wide.begin(), wide.end()));
    }
  });
}

TEST(cumsum, along_axes_and_of_special_values) {
  on_every_device([](const stream& on) {
    const auto x = asarray({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, on);
    EXPECT_EQ(cumsum(x).get(), (std::vector<double>{1, 3, 6, 10, 15, 21}));
    EXPECT_EQ(cumsum(x, 0).get(), (std::vector<double>{1, 2, 3, 5, 7, 9}));
    EXPECT_EQ(cumsum(x, -1).get(), (std::vector<double>{1, 3, 6, 4, 9, 15}));
    EXPECT_EQ(cumprod(x, 1).get(), (std::vector<double>{1, 2, 6, 4, 20, 120}));
    EXPECT_EQ(cumsum(x, 0).shape(), (extents{2, 3}));
    EXPECT_TRUE(std::signbit(cumsum(asarray({-0.0, -0.0}, on)).get()[1]));
    EXPECT_EQ(cumsum(array<double>({0, 3}, on), 0).shape(), (extents{0, 3}));
    EXPECT_EQ(cumsum(array<double>({}, on)).shape(), (extents{1}));
    const auto many = full<double>({2000, 50}, 0.5, on);
    EXPECT_EQ(cumsum(many, 1)(1999, 49).item(), 25.0);
    EXPECT_EQ(cumsum(many, 0)(1999, 49).item(), 1000.0);
  });
}

// ---- histograms, and what is refused ------------------------------------------------------------------------------------

TEST(histogram, of_given_edges_outliers_and_nan) {
  on_every_device([](const stream& on) {
    const auto x = asarray({0.0, 0.5, 1.0, 1.0, 2.0, 3.0, 3.5, -1.0, nan, inf}, on);
    const histogram_result h = histogram(x, std::vector{0.0, 1.0, 1.0, 3.0});
    EXPECT_EQ(h.counts.get(), (std::vector<int64_t>{2, 0, 4})); // the last bin holds its right edge
    EXPECT_EQ(h.edges.get(), (std::vector{0.0, 1.0, 1.0, 3.0}));
    EXPECT_EQ(histogram(x, 2, std::array{0.0, 2.0}).counts.get(), (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(histogram(asarray({4, 4}, on), 1).edges.get(), (std::vector{3.5, 4.5}));
    const histogram_result nothing = histogram(array<double>({0}, on), 2);
    EXPECT_EQ(nothing.counts.get(), (std::vector<int64_t>{0, 0}));
    EXPECT_EQ(nothing.edges.get(), (std::vector{0.0, 0.5, 1.0}));
    const auto many = arange<std::int32_t>(0, 300000, 1, on);
    const std::vector<int64_t> counts = histogram(many, 20000).counts.get(); // more bins than shared memory holds
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), int64_t{0}), 300000);
    EXPECT_EQ(counts[5], 15);
  });
}

TEST(order, of_nothing) {
  on_every_device([](const stream& on) {
    EXPECT_EQ(sort(array<double>({0}, on)).shape(), (extents{0}));
    EXPECT_EQ(argsort(array<double>({3, 0}, on), 0).shape(), (extents{3, 0}));
    EXPECT_EQ(topk(array<double>({3}, on), 0).indices.shape(), (extents{0}));
    EXPECT_EQ(unique(array<bool>({0}, on)).size(), 0);
    EXPECT_EQ(searchsorted(array<double>({0}, on), asarray({1.0}, on)).get(), std::vector<int64_t>{0});
  });
}

TEST(order, errors_are_numpys) {
  const stream on(device::cpu());
  const auto x = asarray({{1.0, 2.0}, {3.0, 4.0}}, on);
  const auto text = [](const auto& action) { return message_of<input_error>(action); };
  EXPECT_NE(text([&] { sort(x, 3); }).find("axis 3 is out of bounds for array of dimension 2"), std::string::npos);
  EXPECT_NE(text([&] { quantile(x, 0.5, 2); }).find("axis 2 is out of bounds for array of dimension 2"), std::string::npos);
  EXPECT_NE(text([&] { quantile(x, 1.5); }).find("Quantiles must be in the range [0, 1]"), std::string::npos);
  EXPECT_NE(text([&] { quantile(x, nan); }).find("Quantiles must be in the range [0, 1]"), std::string::npos);
  EXPECT_NE(text([&] { quantile(x, 0.5, {}, "cubic"); }).find("'cubic' is not a valid method. Use one of: inverted_cdf"),
            std::string::npos);
  EXPECT_NE(text([&] { topk(x, 3); }).find("k = 3 is out of bounds for axis 1 with size 2"), std::string::npos);
  EXPECT_NE(text([&] { searchsorted(x, x); }).find("shape (2,2), must be a vector"), std::string::npos);
  EXPECT_NE(text([&] { searchsorted(asarray({1.0}, on), x, "middle"); }).find("search side must be 'left' or 'right'"),
            std::string::npos);
  EXPECT_NE(text([&] { histogram(x, 0); }).find("`bins` must be positive"), std::string::npos);
  EXPECT_NE(text([&] { histogram(x, std::vector{1.0, 0.0}); }).find("must increase monotonically"), std::string::npos);
  EXPECT_NE(text([&] { histogram(x, 3, std::array{1.0, 0.0}); }).find("max must be larger than min"), std::string::npos);
  EXPECT_NE(text([&] { histogram(x / 0.0); }).find("is not finite"), std::string::npos);
}

} // namespace
} // namespace dojima
