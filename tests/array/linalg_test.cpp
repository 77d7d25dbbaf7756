// Linear algebra on every device, against NumPy and identities.
#include "dojima/array/linalg.hpp"
#include "dojima/array/reduce.hpp"
#include "kernels/libraries.hpp"
#include "tests/array/numpy_cases.hpp"
#include "tests/message_of.hpp"

#include <atomic>
#include <thread>

#include <oneapi/tbb/global_control.h>

namespace dojima {
namespace {

using test::filled;
using test::message_of;
using test::numpy_case;
using test::values;
using complex = std::complex<double>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

array<double> transposed(const array<double>& x) {
  const std::size_t rank = x.ndim();
  extents order;
  for (std::size_t d = 0; d < rank; ++d) order.push_back(static_cast<std::int64_t>(d));
  std::swap(order[rank - 1], order[rank - 2]);
  return array<double>(detail::transpose(x.raw(), order));
}
/// Well conditioned: values of the formula and 20 on the diagonal.
array<double> regular(const extents& shape, std::int64_t seed, const stream& on) {
  return values<double>(shape, seed, on) + eye<double>(shape.back(), none, 0, on) * 20.0;
}
array<double> positive(const extents& shape, std::int64_t seed, const stream& on) {
  const auto a = regular(shape, seed, on);
  return matmul(a, transposed(a));
}
double largest(const array<double>& x) { return x.size() == 0 ? 0.0 : max(abs(x)).item(); }
double off_identity(const array<double>& x) { return largest(x - eye<double>(x.shape().back(), none, 0, x.home())); }

// ---- products --------------------------------------------------------------------------------------------------------

TEST(matmul, agrees_with_numpy) {
  for (const device& d : device::all())
    for (const numpy_case& c : test::numpy_cases({"matmul"})) {
      const stream on(d);
      const auto check = [&]<class T>(T, double tolerance) {
        test::expect_case(c, matmul(values<T>(c.a, 1, on), values<T>(c.b, 5, on)), tolerance);
      };
      if (c.type == "float64") check(double{}, 1e-13), check(float{}, 1e-6);
      if (c.type == "complex128") check(complex{}, 1e-13), check(std::complex<float>{}, 1e-6);
      if (c.type == "int64") check(std::int64_t{}, 0.0), check(std::int32_t{}, 0.0), check(std::uint32_t{}, 0.0);
    }
}

TEST(matmul, reads_views_in_place_or_copies) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = values<double>({7, 300}, 1, on), b = values<double>({300, 5}, 2, on);
    const std::vector<double> expected = matmul(a, b).get();
    const auto dense_a = transposed(a).clone(), dense_b = transposed(b).clone();
    EXPECT_LT(test::distance(matmul(transposed(dense_a), b).get(), expected), 1e-9);
    EXPECT_LT(test::distance(matmul(a, transposed(dense_b)).get(), expected), 1e-9);
    EXPECT_LT(test::distance(matmul(transposed(dense_a), transposed(dense_b)).get(), expected), 1e-9);

    const auto wide = values<double>({14, 900}, 1, on);
    const auto strided = wide(slice{none, none, 2}, slice{none, none, 3}),
               backwards = wide(slice{none, none, -2}, slice{599, none, -2});
    EXPECT_LT(test::distance(matmul(strided, b).get(), matmul(strided.clone(), b).get()), 1e-9);
    EXPECT_LT(test::distance(matmul(backwards, b).get(), matmul(backwards.clone(), b).get()), 1e-9);
    const auto part = wide(slice{3, 10}, slice{100, 400}); // rows stay apart by 900
    EXPECT_LT(test::distance(matmul(part, b).get(), matmul(part.clone(), b).get()), 1e-9);
    const auto column = wide(slice{}, slice{0, 1}), row = wide(slice{0, 1}, slice{none, none, 3}); // one element wide
    EXPECT_EQ(matmul(column, row).get(), matmul(column.clone(), row.clone()).get());
    EXPECT_EQ(matmul(row, transposed(row)).get(), matmul(row.clone(), transposed(row.clone())).get());
    const array<double> repeated(detail::broadcast_to(values<double>({300}, 3, on).raw(), {7, 300})); // stride 0
    EXPECT_LT(test::distance(matmul(repeated, b).get(), matmul(repeated.clone(), b).get()), 1e-9);
  }
}

// Larger than a tile in each direction.
TEST(matmul, large_products_of_every_layout) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = values<std::int64_t>({300, 70}, 1, on), b = values<std::int64_t>({70, 520}, 2, on);
    const std::vector<std::int64_t> exact = matmul(a, b).get();
    std::int64_t plain = 0; // one element by hand
    for (std::int64_t k = 0; k < 70; ++k)
      plain += a.get()[299 * 70 + static_cast<std::size_t>(k)] * b.get()[static_cast<std::size_t>(k) * 520 + 519];
    EXPECT_EQ(exact.back(), plain);
    const array<double> x = astype<double>(a), y = astype<double>(b);
    const std::vector<double> expected(exact.begin(), exact.end()); // small integers: exact in double in any order
    EXPECT_EQ(matmul(x, y).get(), expected);
    EXPECT_EQ(matmul(transposed(transposed(x).clone()), transposed(transposed(y).clone())).get(), expected);
  }
}

TEST(matmul, integers_wrap_and_types_promote) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto big = full<std::int32_t>({1, 1}, 2'000'000'000, on);
    EXPECT_EQ(matmul(big, full<std::int32_t>({1, 1}, 2, on)).get(), std::vector<std::int32_t>{-294'967'296});
    EXPECT_EQ(matmul(big, full<std::int64_t>({1, 1}, 2, on)).get(), std::vector<std::int64_t>{4'000'000'000});
    static_assert(std::same_as<decltype(matmul(values<float>({1}, 0, on), values<int>({1}, 0, on))), array<double>>);
    const array<bool> yes = values<double>({3, 3}, 1, on) > 0.0;
    const array<std::int64_t> counts = matmul(astype<std::int64_t>(yes), astype<std::int64_t>(yes));
    EXPECT_EQ(astype<std::int32_t>(matmul(yes, yes)).get(), astype<std::int32_t>(counts > 0).get());
  }
}

TEST(matmul, gives_up_precision_only_when_asked) {
  for (const device& d : device::all()) {
    const stream on(d);
    // 1 + 2^-20 is a float, but no TF32 number; 1 + 2^-40 is a double, but no float.
    const auto single = full<float>({64, 64}, 1.0f + 0x1p-20f, on);
    for (const float x : matmul(single, eye<float>(64, none, 0, on)).get()) EXPECT_EQ(x, 1.0f + 0x1p-20f);
    const std::vector<float> rounded = matmul(single, eye<float>(64, none, 0, on), precision::tf32).get();
    if (!d.is_cuda()) {
      EXPECT_EQ(rounded.front(), 1.0f + 0x1p-20f);
    }
    EXPECT_NEAR(rounded.front(), 1.0f, 1e-3f);
    const auto twice = full<double>({64, 64}, 1.0 + 0x1p-40, on);
    EXPECT_EQ(matmul(twice, eye<double>(64, none, 0, on)).get().front(), 1.0 + 0x1p-40);
    EXPECT_EQ(matmul(twice, eye<double>(64, none, 0, on), precision::mixed).get().front(), 1.0);
  }
}

TEST(matmul, refuses_in_numpys_words) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = values<double>({2, 4}, 0, on), b = values<double>({3, 5}, 0, on);
    EXPECT_EQ(message_of<input_error>([&] { matmul(a, b); }),
              "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) "
              "(size 3 is different from 4); shapes (2,4) and (3,5)");
    EXPECT_EQ(
        message_of<input_error>([&] { matmul(values<double>({}, 0, on), b); }),
        "matmul: Input operand 0 does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) "
        "requires 1)");
    EXPECT_EQ(message_of<input_error>([&] {
                matmul(values<double>({2, 2, 2}, 0, on), values<double>({3, 2, 2}, 0, on));
              }),
              "operands could not be broadcast together with shapes (2,) (3,)");
  }
}

TEST(matmul, same_bits_for_any_number_of_threads) {
  const stream on(device::cpu());
  const auto a = values<double>({700, 650}, 1, on), b = values<double>({650, 700}, 2, on);
  const auto spd = positive({600, 600}, 3, on);
  const auto all = matmul(a, b).get(), factor = cholesky(spd).get(), x = solve(spd, b(slice{0, 600})).get();
  const oneapi::tbb::global_control one(oneapi::tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(matmul(a, b).get(), all);
  EXPECT_EQ(cholesky(spd).get(), factor);
  EXPECT_EQ(solve(spd, b(slice{0, 600})).get(), x);
}

TEST(linalg, from_many_threads) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = regular({40, 40}, 1, on);
    const auto product = matmul(a, a).get(), inverse = inv(a).get();
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        const stream own(d);
        const auto mine = a.to(own);
        for (int repeat = 0; repeat < 10; ++repeat) wrong += matmul(mine, mine).get() != product || inv(mine).get() != inverse;
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(wrong, 0) << d.id();
  }
}

// A library may lend the work space of one call to another at the same time: a few products in 10,000 were wrong.
TEST(matmul, thousands_of_small_products_at_once) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = values<std::int64_t>({2000, 40, 40}, 1, on), b = values<std::int64_t>({40, 40}, 2, on);
    const array<double> exact = astype<double>(matmul(a, b)), x = astype<double>(a), y = astype<double>(b);
    int wrong = 0;
    for (int repeat = 0; repeat < 30; ++repeat) wrong += largest(matmul(x, y) - exact) != 0.0;
    EXPECT_EQ(wrong, 0) << d.id();
  }
}

TEST(library, says_what_is_missing) {
  const auto open = [](std::initializer_list<const char*> names) { kernels::library("Nothing", "libnothing1", names); };
  const std::string text = message_of<kernels::library_error>([&] { open({"libnothing.so.1", "libnothing.so"}); });
  EXPECT_TRUE(text.starts_with("Nothing is not usable (libnothing.so.1: ")) << text;
  EXPECT_TRUE(text.ends_with("; install the package libnothing1")) << text;
  const kernels::library c("The C library", "libc6", {"libnothing.so.1", "libc.so.6"});
  EXPECT_EQ(c.function<std::size_t(const char*)>("strlen")("four"), 4u);
  EXPECT_TRUE(c.was_loaded_before());
  EXPECT_EQ(c.optional<void()>("no_such_function"), nullptr);
  EXPECT_EQ(message_of<kernels::library_error>([&] { c.function<void()>("no_such_function"); }),
            "The C library is too old (no function no_such_function); update the package libc6");
}

// ---- factorisations --------------------------------------------------------------------------------------------------

TEST(linalg, agrees_with_numpy) {
  for (const device& d : device::all()) {
    const stream on(d);
    for (const numpy_case& c : test::numpy_cases({"inv", "cholesky", "eigvalsh", "solve", "svdvals", "qr_projector"})) {
      const std::int64_t seed = c.a.back();
      if (c.function == "inv") test::expect_case(c, inv(regular(c.a, seed, on)), 1e-12);
      if (c.function == "cholesky") test::expect_case(c, cholesky(positive(c.a, seed, on)), 1e-12);
      if (c.function == "eigvalsh") test::expect_case(c, eigh(positive(c.a, seed, on)).values, 1e-12);
      if (c.function == "solve") {
        const auto a = regular(c.a, seed, on), b = values<double>(c.b, 3, on);
        test::expect_case(c, solve(a, b), 1e-11);
        test::expect_case(c, solve(a, b, precision::mixed), 1e-11);
        test::expect_case(c, solve(astype<float>(a), astype<float>(b)), 2e-4);
      }
      if (c.function == "svdvals") test::expect_case(c, svd(values<double>(c.a, 7, on)).s, 1e-12);
      if (c.function == "qr_projector") {
        const auto q = qr(values<double>(c.a, 73, on)).q;
        test::expect_case(c, matmul(q, transposed(q)), 1e-12);
      }
    }
    for (const numpy_case& c : test::numpy_cases({"lstsq"})) {
      auto a = values<double>(c.a, c.a[0] + c.a[1], on);
      const auto b = values<double>(c.b, 11, on);
      const auto options = test::split(c.options);
      if (!options[1].empty()) a = a * 0.0 + a(slice{0, 1});
      const auto found = lstsq(a, b);
      if (options[0] == "x") test::expect_case(c, found.solution, 1e-11);
      if (options[0] == "residuals") test::expect_case(c, found.residuals, 1e-11);
      if (options[0] == "rank") {
        EXPECT_EQ(static_cast<double>(found.rank), c.expected.front()) << c.id;
      }
      if (options[0] == "s") test::expect_case(c, found.singular_values, 1e-11);
    }
  }
}

// Reconstruction and orthogonality, also beyond the block sizes (256 and 512) and for stacks.
TEST(linalg, factors_multiply_to_the_matrix) {
  for (const device& d : device::all()) {
    const stream on(d);
    for (const extents& shape :
         {extents{1, 1}, extents{6, 6}, extents{300, 300}, extents{600, 600}, extents{3, 2, 40, 40}, extents{50, 17, 17}}) {
      const std::int64_t n = shape.back();
      const auto text = d.id() + " " + to_string(shape);
      const auto a = regular(shape, n, on);
      const double scale = 100.0 * static_cast<double>(n) * 1e-15;
      const auto spd = positive(shape, n, on);
      const auto l = cholesky(spd);
      EXPECT_LT(largest(matmul(l, transposed(l)) - spd), scale * largest(spd)) << text;
      EXPECT_EQ(max(abs(where(expression<bool>(detail::apply(op::greater, detail::coordinate({n, n}, {-1, 1}),
                                                             detail::constant(detail::scalar::of(std::int64_t{0})))),
                              l, 0.0)))
                    .item(),
                0.0)
          << text;
      EXPECT_LT(off_identity(matmul(a, inv(a))), 1e-9) << text;
      const auto [values_of, vectors] = eigh(spd);
      EXPECT_LT(off_identity(matmul(transposed(vectors), vectors)), scale) << text;
      EXPECT_LT(largest(matmul(spd, vectors) - vectors * values_of(ellipsis, newaxis, slice{})), scale * largest(spd)) << text;
      const auto b = test::values<double>(shape, 5, on);
      EXPECT_LT(largest(matmul(a, solve(a, b)) - b), 1e-8) << text;
      EXPECT_LT(largest(matmul(a, solve(a, b, precision::mixed)) - b), 1e-8) << text;
    }
    for (const extents& shape :
         {extents{5, 3}, extents{3, 5}, extents{300, 40}, extents{40, 300}, extents{4, 9, 6}, extents{4, 6, 9}}) {
      const auto text = d.id() + " " + to_string(shape);
      const auto a = test::values<double>(shape, 3, on);
      const auto [q, r] = qr(a);
      EXPECT_LT(largest(matmul(q, r) - a), 1e-12 * 300) << text;
      EXPECT_LT(off_identity(matmul(transposed(q), q)), 1e-13) << text;
      const auto [u, s, vt] = svd(a);
      EXPECT_LT(largest(matmul(u * s(ellipsis, newaxis, slice{}), vt) - a), 1e-12 * 300) << text;
      EXPECT_LT(off_identity(matmul(transposed(u), u)), 1e-13) << text;
      EXPECT_LT(off_identity(matmul(vt, transposed(vt))), 1e-13) << text;
      const auto whole = svd(a, true);
      EXPECT_EQ(whole.u.shape().back(), shape[shape.size() - 2]) << text;
      EXPECT_EQ(whole.vt.shape().back(), shape.back()) << text;
      EXPECT_LT(off_identity(matmul(transposed(whole.u), whole.u)), 1e-13) << text;
      EXPECT_LT(off_identity(matmul(whole.vt, transposed(whole.vt))), 1e-13) << text;
    }
  }
}

TEST(linalg, takes_empty_stacks_and_matrices) {
  for (const device& d : device::all()) {
    const stream on(d);
    const array<double> none_of_them({0, 3, 3}, on), nothing({0, 0}, on), flat({3, 0}, on);
    EXPECT_EQ(to_string(cholesky(none_of_them).shape()), "(0,3,3)");
    EXPECT_EQ(to_string(inv(nothing).shape()), "(0,0)");
    EXPECT_EQ(to_string(solve(nothing, array<double>({0, 2}, on)).shape()), "(0,2)");
    EXPECT_EQ(to_string(eigh(nothing).values.shape()), "(0,)");
    EXPECT_EQ(to_string(qr(flat).q.shape()), "(3,0)");
    EXPECT_EQ(to_string(svd(flat).u.shape()), "(3,0)");
    EXPECT_EQ(off_identity(svd(flat, true).u), 0.0);
    EXPECT_EQ(matmul(flat, array<double>({0, 2}, on)).get(), std::vector<double>(6, 0.0));
  }
}

TEST(cholesky, names_the_failing_minor) {
  for (const device& d : device::all()) {
    const stream on(d);
    const std::string advice = "); nearest_correlation repairs a correlation matrix";
    const auto with_bad = [&](const extents& shape, std::int64_t matrix, std::int64_t at, double value) {
      std::vector<double> host = positive(shape, 2, on).get();
      const std::int64_t n = shape.back();
      host[static_cast<std::size_t>(matrix * n * n + at * n + at)] = value;
      return asarray(host, shape, on);
    };
    EXPECT_EQ(message_of<input_error>([&] {
                cholesky(with_bad({4, 4}, 0, 2, -1.0));
              }),
              "Matrix is not positive definite (leading minor of order 3" + advice);
    EXPECT_EQ(message_of<input_error>([&] {
                cholesky(with_bad({8, 4, 4}, 5, 2, -1.0));
              }),
              "Matrix is not positive definite (leading minor of order 3 of matrix 5" + advice);
    EXPECT_EQ(message_of<input_error>([&] {
                cholesky(with_bad({2, 3, 4, 4}, 5, 0, 0.0));
              }),
              "Matrix is not positive definite (leading minor of order 1 of matrix (1,2)" + advice);
    EXPECT_EQ(message_of<input_error>([&] {
                cholesky(with_bad({4, 4}, 0, 1, not_a_number));
              }),
              "Matrix is not positive definite (leading minor of order 2" + advice);
    EXPECT_EQ(message_of<input_error>([&] {
                cholesky(with_bad({600, 600}, 0, 400, -1.0));
              }), // in the second block
              "Matrix is not positive definite (leading minor of order 401" + advice);
    EXPECT_EQ(message_of<input_error>([&] {
                cholesky(values<double>({2, 3}, 0, on));
              }),
              "cholesky: Last 2 dimensions of the array must be square (shape (2,3))");
    EXPECT_EQ(message_of<input_error>([&] { cholesky(values<double>({3}, 0, on)); }),
              "cholesky: 1-dimensional array given. Array must be at least two-dimensional (shape (3,))");
  }
}

TEST(cholesky, reads_the_lower_triangle_and_keeps_its_input) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = filled({4.0, 99.0, 2.0, 5.0}, {2, 2}, on);
    EXPECT_LT(test::distance(cholesky(a).get(), {2, 0, 1, 2}), 1e-15);
    EXPECT_EQ(a.get(), (std::vector<double>{4, 99, 2, 5}));
    EXPECT_LT(test::distance(eigh(filled({2.0, 99.0, 1.0, 2.0}, {2, 2}, on)).values.get(), {1, 3}), 1e-14);
    const auto integers = filled({4, 2, 2, 5}, {2, 2}, on);
    static_assert(std::same_as<decltype(cholesky(integers)), array<double>>);
    EXPECT_LT(test::distance(cholesky(integers).get(), {2, 0, 1, 2}), 1e-15);
  }
}

TEST(solve, refuses_singular_matrices_and_other_shapes) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto singular = filled({1.0, 2.0, 2.0, 4.0}, {2, 2}, on);
    const auto b = values<double>({2}, 0, on);
    EXPECT_EQ(message_of<input_error>([&] { solve(singular, b); }), "Singular matrix (pivot 2 is zero)");
    EXPECT_EQ(message_of<input_error>([&] { inv(singular); }), "Singular matrix (pivot 2 is zero)");
    EXPECT_EQ(message_of<input_error>([&] { solve(singular, b, precision::mixed); }), "Singular matrix (pivot 2 is zero)");
    EXPECT_EQ(message_of<input_error>([&] {
                inv(filled({1.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 4.0}, {2, 2, 2}, on));
              }),
              "Singular matrix (pivot 2 of matrix 1 is zero)");
    EXPECT_EQ(
        message_of<input_error>([&] {
          solve(singular, values<double>({3, 1}, 0, on));
        }),
        "solve: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (m,m),(m,n)->(m,n) (size 3 is "
        "different from 2); shapes (2,2) and (3,1)");
    EXPECT_EQ(message_of<input_error>([&] { lstsq(singular, values<double>({3}, 0, on)); }),
              "lstsq: Incompatible dimensions: shapes (2,2) and (3,)");
  }
}

// Refinement brings the error of the single-precision factors down to that of double.
TEST(solve, mixed_precision_is_as_accurate_as_double) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = regular({200, 200}, 4, on), x = values<double>({200, 1}, 9, on);
    const auto b = matmul(a, x);
    const double mixed = largest(solve(a, b, precision::mixed) - x), exact = largest(solve(a, b) - x);
    EXPECT_LT(mixed, 1e-9) << d.id() << " (in double " << exact << ")";
  }
}

TEST(svd, refuses_what_is_not_finite) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto bad = filled({1.0, 2.0, not_a_number, 4.0}, {2, 2}, on);
    EXPECT_EQ(message_of<input_error>([&] { svd(bad); }), "SVD did not converge (NaN or infinity in it?)");
    EXPECT_EQ(message_of<input_error>([&] { eigh(bad); }), "Eigenvalues did not converge (NaN or infinity in it?)");
  }
}

TEST(lstsq, cuts_at_rcond) {
  for (const device& d : device::all()) {
    const auto a = filled({1.0, 0.0, 0.0, 1e-3}, {2, 2}, stream(d));
    const auto b = asarray({1.0, 1.0}, stream(d));
    EXPECT_LT(test::distance(lstsq(a, b).solution.get(), {1, 1000}), 1e-9);
    EXPECT_LT(test::distance(lstsq(a, b, 0.01).solution.get(), {1, 0}), 1e-12);
    EXPECT_EQ(lstsq(a, b, 0.01).rank, 1);
  }
}

// ---- nearest correlation matrix -----------------------------------------------------------------------------------------

// The example of Higham (2002), section 4: the off-diagonal elements become 0.7607 and 0.1573.
TEST(nearest_correlation, reproduces_highams_example) {
  for (const device& d : device::all()) {
    const auto found = nearest_correlation(filled({1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0}, {3, 3}, stream(d)));
    EXPECT_LT(test::distance(found.matrix.get(), {1, 0.7607, 0.1573, 0.7607, 1, 0.7607, 0.1573, 0.7607, 1}), 5e-5) << d.id();
    EXPECT_LE(found.change, 1e-10);
    EXPECT_GT(found.iterations, 1);
    EXPECT_GT(eigh(found.matrix).values.get().front(), -1e-9);
  }
}

// The optimum is known by its conditions: x = P_S(a + diag(t)) for some t, so (a - x) off the diagonal is minus the part of
// a + diag(t) with negative eigenvalues; its product with x vanishes.
TEST(nearest_correlation, meets_the_conditions_of_the_optimum) {
  for (const device& d : device::all()) {
    const stream on(d);
    const std::int64_t n = 30;
    const array<double> noise = values<double>({n, n}, 8, on) / 10.0;
    const array<double> a =
        (noise + transposed(noise)) * 0.5 * (1.0 - eye<double>(n, none, 0, on)) + eye<double>(n, none, 0, on);
    const array<double> x = nearest_correlation(a, 1e-12, 100'000).matrix;
    const std::vector<double> host = x.get();
    for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(host[static_cast<std::size_t>(i * n + i)], 1.0);
    EXPECT_GT(eigh(x).values.get().front(), -1e-9);
    // With z = x - a - diag(t): z x = 0 determines t: row i of (x - a) x has t_i at column i.
    const array<double> product = matmul(x - a, x);
    const array<double> t = sum(product * eye<double>(n, none, 0, on), 1);
    EXPECT_LT(largest(product - t(slice{}, newaxis) * x), 1e-8) << d.id();
    const array<double> z = x - a - eye<double>(n, none, 0, on) * t(newaxis, slice{});
    EXPECT_GT(eigh(z).values.get().front(), -1e-7) << d.id();
  }
}

TEST(nearest_correlation, leaves_correlations_alone_and_bounds_eigenvalues) {
  for (const device& d : device::all()) {
    const stream on(d);
    const std::vector<double> good{1, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 1};
    const auto same = nearest_correlation(asarray(good, {3, 3}, on));
    EXPECT_LT(test::distance(same.matrix.get(), good), 1e-14);
    EXPECT_EQ(same.iterations, 1);
    const auto a = filled({1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0}, {3, 3}, on);
    const auto bounded = nearest_correlation(a, 1e-12, 10'000, 0.01).matrix;
    EXPECT_NEAR(eigh(bounded).values.get().front(), 0.01, 1e-9);
    EXPECT_NO_THROW(cholesky(bounded));
  }
}

// Whatever the current device is, work stays on the device of the arrays.
TEST(linalg, runs_where_its_arrays_are) {
  for (const device& d : device::all())
    for (const device& current : device::all()) {
      const stream on(d);
      const auto a = positive({4, 4}, 1, on), b = values<double>({4}, 2, on);
      const auto correlation = filled({1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0}, {3, 3}, on);
      const stream_scope scope(current);
      const auto found = lstsq(a, b);
      for (const array<double>& x :
           {matmul(a, a), matmul(a, a, precision::mixed), cholesky(a), solve(a, b), solve(a, b, precision::mixed), inv(a),
            qr(a).q, svd(a).u, svd(array<double>({3, 0}, on), true).u, eigh(a).vectors, found.solution, found.residuals,
            nearest_correlation(correlation).matrix})
        EXPECT_TRUE(x.home().where() == d) << d.id() << " with " << current.id() << " current";
    }
}

TEST(nearest_correlation, refuses) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto a = filled({1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0}, {3, 3}, on);
    EXPECT_NE(message_of<error>([&] { nearest_correlation(a, 1e-10, 2); }).find("did not converge in 2 iterations"),
              std::string::npos);
    EXPECT_NE(message_of<input_error>([&] {
                nearest_correlation(filled({1.0, 0.3, 0.2, 1.0}, {2, 2}, on));
              }).find("not symmetric"),
              std::string::npos);
    EXPECT_NE(message_of<input_error>([&] {
                nearest_correlation(filled({1.0, not_a_number, not_a_number, 1.0}, {2, 2}, on));
              }).find("not finite"),
              std::string::npos);
    EXPECT_NE(message_of<input_error>([&] { nearest_correlation(a, 1e-10, 10, 1.5); }).find("must be in [0, 1)"),
              std::string::npos);
  }
}

} // namespace
} // namespace dojima
