// Expressions as graphs: large ones, shared parts, life times, assignment to what they read, many threads.
#include <functional>
#include <numeric>
#include <thread>

#include "dojima/array/npy.hpp"
#include "dojima/array/shape.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

using test::message_of;

class expressions : public testing::TestWithParam<std::size_t> {
protected:
  const device where = test::all_devices()[GetParam()];
  const stream_scope scope{stream(where)};
};
INSTANTIATE_TEST_SUITE_P(on, expressions, testing::Range(std::size_t{0}, test::all_devices().size()), [](const auto& info) {
  const device d = test::all_devices()[info.param];
  return d.is_cuda() ? "cuda" + d.id().substr(5) : d.instruction_set();
});

std::vector<double> numbers(std::size_t n, std::uint64_t seed = 1) {
  std::vector<double> v(n);
  for (double& x : v) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    x = static_cast<double>(seed >> 11) * 0x1p-53 - 0.25;
  }
  return v;
}

TEST_P(expressions, of_many_operations) {
  const std::vector<double> host = numbers(3000);
  const array<double> x = asarray(host);
  expression<double> e = x;
  std::vector<double> want = host;
  for (int k = 0; k < 700; ++k) {
    e = k % 3 == 0 ? e * 0.75 + x : k % 3 == 1 ? e - x * 0.5 : maximum(e, 0.125 - e);
    for (std::size_t i = 0; i < host.size(); ++i)
      want[i] = k % 3 == 0   ? want[i] * 0.75 + host[i]
                : k % 3 == 1 ? want[i] - host[i] * 0.5
                             : std::max(want[i], 0.125 - want[i]);
  }
  EXPECT_EQ(e.get(), want);
}

TEST_P(expressions, that_double_at_each_step) { // 2^200 operations, were the graph a tree
  const array<double> x = ones<double>({1000});
  expression<double> e = x;
  for (int k = 0; k < 200; ++k) e = e * 0.5 + e * 0.5;
  EXPECT_EQ(e.get(), std::vector<double>(1000, 1.0));
}

TEST_P(expressions, of_reductions_of_reductions) { // 2^60 of them, were none shared
  const std::vector<double> host = numbers(2000);
  expression<double> e = asarray(host, {40, 50});
  for (int k = 0; k < 60; ++k) e = e - mean(e, 1, true) * 0.5;
  EXPECT_NEAR(sum(e).item(), std::accumulate(host.begin(), host.end(), 0.0) * 0x1p-60, 1e-12);
  expression<double> r = asarray(host);
  for (int k = 0; k < 300; ++k) r = sum(r, 0, true) * 0.5;
  EXPECT_NEAR(r.item() / (std::accumulate(host.begin(), host.end(), 0.0) * 0x1p-300), 1.0, 1e-12);
}

TEST_P(expressions, with_several_reductions_of_one_pass) {
  const array<double> x = asarray(numbers(5000), {5, 1000});
  const array<double> spread = max(x, 1) - min(x, 1), by_parts = array<double>(max(x, 1)) - array<double>(min(x, 1));
  EXPECT_EQ(spread.get(), by_parts.get());
  const array<double> two = sum(x, 1) / sum(x * x, 1), sums = sum(x, 1), squares = sum(x * x, 1);
  EXPECT_EQ(two.get(), (sums / squares).get());
  const array<double> soft = exp(x - max(x, 1, true)) / sum(exp(x - max(x, 1, true)), 1, true);
  for (const double total : sum(soft, 1).get()) EXPECT_NEAR(total, 1.0, 1e-14);
}

TEST_P(expressions, mixes_reductions_over_different_axes) {
  const array<double> x = asarray(numbers(2200), {44, 50});
  const array<double> rows = sum(x, 1, true), columns = sum(x, 0, true), all = sum(x);
  EXPECT_EQ((sum(x, 1, true) * sum(x, 0, true) / sum(x)).get(), (rows * columns / all).get());
  const array<double> square = x(ellipsis, slice{none, 44});
  EXPECT_EQ((sum(square, 0) - sum(square, 1)).get(), (array<double>(sum(square, 0)) - array<double>(sum(square, 1))).get());
  EXPECT_EQ((argmax(x, 0) + argmin(x, 0)).get(), (array<std::int64_t>(argmax(x, 0)) + array<std::int64_t>(argmin(x, 0))).get());
}

TEST_P(expressions, outlive_the_handles_of_their_arrays) {
  const std::vector<double> host = numbers(1000);
  const auto make = [&] {
    const array<double> x = asarray(host), y = x + 1.0;
    return sqrt(x * x + y * y) - sum(x);
  };
  const auto e = make();
  const array<double> noise = zeros<double>({1000}); // would take the memory if it were free
  std::vector<double> want;
  const double total = array<double>(sum(asarray(host))).item();
  for (const double x : host) want.push_back(std::sqrt(x * x + (x + 1.0) * (x + 1.0)) - total);
  EXPECT_EQ(e.get(), want);
  EXPECT_EQ(noise.get(), std::vector<double>(1000, 0.0));
}

TEST_P(expressions, assigned_to_the_array_they_read) {
  array<double> x = zeros<double>({300});
  const array<double> first = x;
  for (int k = 0; k < 10000; ++k) x = x + 1.0;
  EXPECT_EQ(x.get(), std::vector<double>(300, 10000.0));
  EXPECT_EQ(first.get(), std::vector<double>(300, 0.0)); // another handle keeps the old value
  for (int k = 0; k < 1000; ++k) x += x * 0.0 + 1.0;
  EXPECT_EQ(x.get(), std::vector<double>(300, 11000.0));
  const array<double> shared = x;
  x += 1.0;
  EXPECT_EQ(shared.get(), std::vector<double>(300, 11001.0)); // in place: all handles see it
}

TEST_P(expressions, assigned_to_views_of_what_they_read) {
  const array<double> x = asarray(numbers(10000), {100, 100});
  const std::vector<double> old = x.get();
  const auto at = [&](std::size_t i, std::size_t j) { return old[i * 100 + j]; };
  x(0) = sum(x, 0); // every element of the row goes into every sum
  x(slice{}, 0) += sum(x, 1) * 0.0;
  const std::vector<double> now = x.get(), sums = sum(asarray(old, {100, 100}), 0).get();
  for (std::size_t j = 0; j < 100; ++j) ASSERT_EQ(now[j], sums[j]);
  for (std::size_t i = 1; i < 100; ++i) ASSERT_EQ(now[i * 100 + 7], at(i, 7));
  const array<double> y = asarray(old, {100, 100});
  y(slice{}) = y - mean(y, 1, true); // the parts of an element, and a reduction over others, from one node
  EXPECT_EQ(y.get(), (asarray(old, {100, 100}) - mean(asarray(old, {100, 100}), 1, true)).get());
  const array<double> z = asarray(old, {100, 100});
  const auto doubled = z(3) * 2.0;
  z(3) = doubled + sum(z, 0);
  const array<double> fresh = asarray(old, {100, 100});
  EXPECT_EQ(z(3).get(), (fresh(3) * 2.0 + sum(fresh, 0)).get());
}

TEST_P(expressions, from_many_threads) {
  const std::vector<double> host = numbers(20000);
  const array<double> x = asarray(host, {100, 200});
  const auto e = exp(-x * x) / sqrt(1.0 + abs(x)) - mean(x, 0);
  const std::vector<double> want = e.get(), want_sum = sum(e, 1).get();
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      const stream_scope mine{stream(where)};
      array<double> own = zeros<double>({500});
      for (int k = 0; k < 40; ++k) {
        wrong[t] += e.get() != want;
        wrong[t] += sum(e, 1).get() != want_sum;
        own = own + static_cast<double>(t);
        own(slice{none, none, 2}) += 1.0;
      }
      wrong[t] += own.get()[1] != 40.0 * static_cast<double>(t);
      wrong[t] += own.get()[2] != 40.0 * static_cast<double>(t) + 40.0;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

TEST_P(expressions, with_more_inputs_than_operations_can_hold) {
  std::vector<array<double>> parts;
  for (int k = 0; k < 300; ++k) parts.push_back(full<double>({257}, k));
  expression<double> e = parts[0];
  for (std::size_t k = 1; k < parts.size(); ++k) e = e + parts[k];
  EXPECT_EQ(e.get(), std::vector<double>(257, 299 * 150));
}

// ---- where this library differs from NumPy, on purpose -----------------------------------------------------------------

TEST_P(expressions, integers_to_negative_powers) { // NumPy refuses, which it can as it looks at the values
  const auto a = asarray<std::int32_t>({0, 1, -1, -1, 2, -3}), b = asarray<std::int32_t>({-1, -5, -2, -3, -1, -2});
  EXPECT_EQ(pow(a, b).get(), (std::vector<std::int32_t>{0, 1, 1, -1, 0, 0}));
}

TEST_P(expressions, conversions_out_of_range) { // NumPy's answer depends on the processor; here it is x86's on each
  const double inf = INFINITY, nan = NAN;
  const auto x =
      asarray<double>({nan, inf, -inf, 3e9, -3e9, 1e19, -1e19, 4294967296.0 + 5.0, -1.0, 2147483647.9, -2147483648.9});
  constexpr std::int32_t low = INT32_MIN;
  EXPECT_EQ(astype<std::int32_t>(x).get(),
            (std::vector<std::int32_t>{low, low, low, low, low, low, low, low, -1, INT32_MAX, low}));
  EXPECT_EQ(astype<std::int64_t>(x).get(), (std::vector<std::int64_t>{INT64_MIN, INT64_MIN, INT64_MIN, 3000000000, -3000000000,
                                                                      INT64_MIN, INT64_MIN, 4294967301, -1, 2147483647, low}));
  EXPECT_EQ(astype<std::uint32_t>(x).get(),
            (std::vector<std::uint32_t>{0, 0, 0, 3000000000u, 1294967296u, 0, 0, 5, 4294967295u, 2147483647u, 2147483648u}));
  EXPECT_EQ(astype<bool>(x).get(), std::vector<bool>(11, true));
}

TEST_P(expressions, sums_of_uint32_are_int64) { // NumPy: uint64, which there is not
  const auto x = asarray<std::uint32_t>({4294967295u, 4294967295u});
  static_assert(std::same_as<decltype(sum(x).item()), std::int64_t>);
  EXPECT_EQ(sum(x).item(), 8589934590);
}

TEST_P(expressions, functions_of_bool_are_double) { // NumPy: float16
  static_assert(std::same_as<decltype(exp(asarray<bool>({true})).item()), double>);
  EXPECT_EQ(sqrt(asarray<bool>({true, false})).get(), (std::vector<double>{1.0, 0.0}));
}

TEST_P(expressions, rounding_keeps_integers) { // NumPy's rint gives double
  static_assert(std::same_as<decltype(rint(asarray<std::int32_t>({1})).item()), std::int32_t>);
  EXPECT_EQ(rint(asarray<std::int64_t>({INT64_MAX, -3})).get(), (std::vector<std::int64_t>{INT64_MAX, -3}));
}

TEST_P(expressions, ranges_of_large_integers_are_exact) { // NumPy's count goes through double
  const std::int64_t big = std::int64_t{1} << 53;
  EXPECT_EQ(arange<std::int64_t>(big, big + 3).get(), (std::vector<std::int64_t>{big, big + 1, big + 2}));
  EXPECT_EQ(arange<std::int64_t>(INT64_MAX, INT64_MIN, INT64_MIN).get(), (std::vector<std::int64_t>{INT64_MAX, -1}));
  EXPECT_EQ(arange<std::int32_t>(INT32_MAX - 1, INT32_MAX).get(), (std::vector<std::int32_t>{INT32_MAX - 1}));
  EXPECT_NE(message_of<input_error>([] { arange<std::int64_t>(INT64_MIN, INT64_MAX); }).find("size"), std::string::npos);
}

// ---- bits --------------------------------------------------------------------------------------------------------------

/// Random bit patterns, and numbers near one: every exponent, subnormals, NaN.
std::vector<double> arguments(std::size_t n) {
  std::vector<double> v = numbers(n, 77);
  std::uint64_t seed = 99;
  for (std::size_t i = 0; i < n; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    if (i % 4 == 0) v[i] = std::bit_cast<double>(seed ^ seed >> 29);
    if (i % 4 == 1) v[i] = std::ldexp(v[i], static_cast<int>(seed >> 58) - 40);
    if (i % 4 == 2) v[i] *= 40.0;
  }
  const double special[] = {0.0, -0.0, INFINITY,         -INFINITY,          NAN, 5e-324, -5e-324,
                            1.0, -1.0, 709.782712893384, -745.1332191019411, 0.5};
  std::ranges::copy(special, v.begin());
  return v;
}

TEST(bits, are_the_same_on_every_device) {
  constexpr std::size_t n = 200'000;
  const std::vector<double> a = arguments(n);
  std::vector<double> b = arguments(2 * n);
  b.erase(b.begin(), b.begin() + n);
  using function = std::function<any_array(const array<double>&, const array<double>&)>;
#define ROW(...)                                                                                                             \
  {                                                                                                                          \
#__VA_ARGS__, [](const array <double>& x, [[maybe_unused]] const array <double>& y) -> any_array { return __VA_ARGS__; } \
  }
#define COMPLEX(z) (astype<std::complex<double>>(z) + std::complex<double>(0.25, -3.0) * z)
  const std::vector<std::pair<const char*, function>> rows{ROW(x + y),
                                                           ROW(x - y),
                                                           ROW(x * y),
                                                           ROW(x / y),
                                                           ROW(x % y),
                                                           ROW(floor_divide(x, y)),
                                                           ROW(pow(x, y)),
                                                           ROW(pow(abs(x), y / 100.0)),
                                                           ROW(minimum(x, y)),
                                                           ROW(maximum(x, y)),
                                                           ROW(-x),
                                                           ROW(abs(x)),
                                                           ROW(sign(x)),
                                                           ROW(fma(x, y, x)),
                                                           ROW(floor(x)),
                                                           ROW(ceil(x)),
                                                           ROW(trunc(x)),
                                                           ROW(rint(x)),
                                                           ROW(sqrt(x)),
                                                           ROW(cbrt(x)),
                                                           ROW(exp(x)),
                                                           ROW(expm1(x)),
                                                           ROW(log(x)),
                                                           ROW(log(abs(x))),
                                                           ROW(log1p(x)),
                                                           ROW(sin(x)),
                                                           ROW(cos(x)),
                                                           ROW(tan(x)),
                                                           ROW(tanh(x)),
                                                           ROW(erf(x)),
                                                           ROW(erfc(x)),
                                                           ROW(norm_cdf(x)),
                                                           ROW(inverse_norm_cdf(x)),
                                                           ROW(inverse_norm_cdf(norm_cdf(x))),
                                                           ROW(x < y),
                                                           ROW(x == y),
                                                           ROW(isfinite(x)),
                                                           ROW(astype<std::int32_t>(x)),
                                                           ROW(astype<std::int64_t>(x)),
                                                           ROW(astype<std::uint32_t>(x)),
                                                           ROW(astype<float>(x)),
                                                           ROW(astype<bool>(x)),
                                                           ROW(exp(astype<float>(x))),
                                                           ROW(sin(astype<float>(x))),
                                                           ROW(astype<float>(x) * astype<float>(y)),
                                                           ROW(astype<float>(x) / astype<float>(y)),
                                                           ROW(astype<float>(x) % astype<float>(y)),
                                                           ROW(COMPLEX(x) * COMPLEX(y)),
                                                           ROW(COMPLEX(x) / COMPLEX(y)),
                                                           ROW(abs(COMPLEX(x))),
                                                           ROW(sqrt(COMPLEX(x))),
                                                           ROW(exp(COMPLEX(x))),
                                                           ROW(sign(COMPLEX(x))),
                                                           ROW(prod(COMPLEX(norm_cdf(x)) * 0.32)),
                                                           ROW(sum(COMPLEX(norm_cdf(x)) * COMPLEX(norm_cdf(y)))),
                                                           ROW(prod(astype<std::complex<float>>(COMPLEX(norm_cdf(x))) * 0.32)),
                                                           ROW(sum(norm_cdf(x))),
                                                           ROW(mean(norm_cdf(x))),
                                                           ROW(var(norm_cdf(x))),
                                                           ROW(std(norm_cdf(x) * 1e8)),
                                                           ROW(norm(norm_cdf(x), 1.0)),
                                                           ROW(norm(norm_cdf(x))),
                                                           ROW(norm(norm_cdf(x), INFINITY)),
                                                           ROW(prod(norm_cdf(x) + 0.5)),
                                                           ROW(sum(x)),
                                                           ROW(min(x)),
                                                           ROW(max(x)),
                                                           ROW(argmin(x)),
                                                           ROW(argmax(x)),
                                                           ROW(any(x)),
                                                           ROW(all(x)),
                                                           ROW(count_nonzero(x)),
                                                           ROW(dot(norm_cdf(x), norm_cdf(y))),
                                                           ROW(sum(astype<float>(norm_cdf(x)))),
                                                           ROW(sum(reshape(norm_cdf(x), {400, 500}), 0)),
                                                           ROW(sum(reshape(norm_cdf(x), {400, 500}), 1)),
                                                           ROW(sum(reshape(norm_cdf(x), {2, 100000}), 1)),
                                                           ROW(sum(reshape(norm_cdf(x), {100000, 2}), 0)),
                                                           ROW(sum(reshape(norm_cdf(x), {50, 80, 50}), {0, 2})),
                                                           ROW(sum(transpose(reshape(norm_cdf(x), {400, 500})), 1)),
                                                           ROW(sum(flip(norm_cdf(x)))),
                                                           ROW(sqrt(sum(reshape(x * y, {100, 2000}), -1)))};
#undef COMPLEX
#undef ROW
  for (const auto& [name, f] : rows) {
    std::vector<std::byte> first;
    for (const device& d : test::all_devices()) {
      if (!d.bitwise()) continue;
      const stream on(d);
      const stream_scope scope(on);
      const any_array result = f(asarray(a, on), asarray(b, on));
      std::vector<std::byte> bytes(static_cast<std::size_t>(result.raw().size()) * result.raw().item);
      detail::download(bytes.data(), result.raw());
      const auto one_nan = [&]<class R>(R) {
        for (std::size_t i = 0; i < bytes.size(); i += sizeof(R)) {
          R x;
          std::memcpy(&x, bytes.data() + i, sizeof x);
          if (std::isnan(x)) x = std::numeric_limits<R>::quiet_NaN(), std::memcpy(bytes.data() + i, &x, sizeof x);
        }
      };
      if (result.type() == dtype::float64 || result.type() == dtype::complex128) one_nan(double{});
      if (result.type() == dtype::float32 || result.type() == dtype::complex64) one_nan(float{});
      if (first.empty()) first = bytes;
      const auto [mine, other] = std::ranges::mismatch(bytes, first);
      EXPECT_TRUE(mine == bytes.end()) << name << " on " << test::label(d) << " differs at element "
                                       << static_cast<std::size_t>(mine - bytes.begin()) / result.raw().item;
    }
  }
}

} // namespace
} // namespace dojima
