// Random arrays: addresses, laws, and Sobol points on every device.
#include "dojima/array/random.hpp"
#include "models/real.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <sstream>

namespace dojima {
namespace {

using random::address;
using test::message_of;

constexpr std::int64_t many = 1'000'000;

/// Every law as doubles, so that one body can test them all.
struct law {
  const char* name;
  std::function<std::vector<double>(const extents&, const address&, const stream&)> draw;
};
template <class T> std::vector<double> doubles(const array<T>& a) {
  const std::vector<T> host = a.get();
  return {host.begin(), host.end()};
}
const std::vector<law> laws = {
    {"bits", [](const auto& s, const auto& a, const auto& on) { return doubles(random::bits(s, a, on)); }},
    {"uniform", [](const auto& s, const auto& a, const auto& on) { return doubles(random::uniform(s, a, -1, 3, on)); }},
    {"uniform_float",
     [](const auto& s, const auto& a, const auto& on) { return doubles(random::uniform<float>(s, a, -1, 3, on)); }},
    {"normal", [](const auto& s, const auto& a, const auto& on) { return doubles(random::normal(s, a, 1, 2, on)); }},
    {"normal_float",
     [](const auto& s, const auto& a, const auto& on) { return doubles(random::normal<float>(s, a, 1, 2, on)); }},
    {"lognormal", [](const auto& s, const auto& a, const auto& on) { return doubles(random::lognormal(s, a, 0.1, 0.3, on)); }},
    {"lognormal_float",
     [](const auto& s, const auto& a, const auto& on) { return doubles(random::lognormal<float>(s, a, 0.1, 0.3, on)); }},
    {"student_t", [](const auto& s, const auto& a, const auto& on) { return doubles(random::student_t(s, a, 2.5, 1, 2, on)); }},
    {"student_t_float",
     [](const auto& s, const auto& a, const auto& on) { return doubles(random::student_t<float>(s, a, 2.5, 1, 2, on)); }},
    {"int64", [](const auto& s, const auto& a, const auto& on) { return doubles(random::integers(s, a, -5, 1'000'000, on)); }},
    {"int32", [](const auto& s, const auto& a,
                 const auto& on) { return doubles(random::integers<std::int32_t>(s, a, -5, 1'000'000, on)); }},
    {"uint32", [](const auto& s, const auto& a,
                  const auto& on) { return doubles(random::integers<std::uint32_t>(s, a, 5, 4'000'000'000, on)); }},
};

// ---- addresses -------------------------------------------------------------------------------------------------------

TEST(random_address, same_bits_on_every_device) {
  const address at{0x123456789abcdef0u, 77, (std::uint64_t{1} << 34) - 501}; // the low half of the block number wraps within
  for (const law& l : laws) {
    const auto expected = l.draw({3, 1111}, at, stream(device::cpu()));
    for (const device& d : test::all_devices()) {
      const auto actual = l.draw({3, 1111}, at, stream(d));
      ASSERT_EQ(expected.size(), actual.size());
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (d.bitwise() && device::cpu().bitwise())
          ASSERT_TRUE(test::same_bits(expected[i], actual[i])) << l.name << " at " << i << " on " << test::label(d);
        else
          ASSERT_NEAR(expected[i], actual[i], 1e-6 * std::max(1.0, std::abs(expected[i])))
              << l.name << " on " << test::label(d);
    }
  }
}

TEST(random_address, any_split_gives_the_same_numbers) {
  for (const device& d : test::all_devices()) {
    const stream on(d);
    for (const law& l : laws) {
      const auto whole = l.draw({1000}, {.seed = 42, .stream = 3, .offset = 5}, on);
      EXPECT_EQ(l.draw({10, 20, 5}, {.seed = 42, .stream = 3, .offset = 5}, on), whole) << l.name;
      for (const std::int64_t split : {1, 2, 3, 63, 64, 65, 400, 997}) {
        auto parts = l.draw({split}, {.seed = 42, .stream = 3, .offset = 5}, on);
        const auto rest =
            l.draw({1000 - split}, {.seed = 42, .stream = 3, .offset = 5 + static_cast<std::uint64_t>(split)}, on);
        parts.insert(parts.end(), rest.begin(), rest.end());
        EXPECT_EQ(parts, whole) << l.name << " split at " << split << " on " << test::label(d);
      }
    }
  }
}

TEST(random_address, seed_stream_and_offset_matter) {
  const stream on(device::cpu());
  for (const law& l : laws) {
    const auto a = l.draw({64}, {.seed = 1, .stream = 1}, on);
    EXPECT_EQ(a, l.draw({64}, {.seed = 1, .stream = 1}, on)) << l.name;
    for (const address& other : {address{2, 1, 0}, address{1, 2, 0}, address{1, 1, 64}, address{1 + (1ull << 32), 1, 0},
                                 address{1, 1 + (1ull << 32), 0}, address{1, 1, std::uint64_t{1} << 40}}) {
      const auto b = l.draw({64}, other, on);
      int equal = 0;
      for (std::size_t i = 0; i < 64; ++i) equal += a[i] == b[i];
      EXPECT_LE(equal, 1) << l.name << ' ' << other.seed << ' ' << other.stream << ' ' << other.offset;
    }
  }
}

TEST(random_address, empty_and_single_elements) {
  for (const device& d : test::all_devices())
    for (const law& l : laws) {
      EXPECT_TRUE(l.draw({0}, {.offset = 3}, stream(d)).empty());
      EXPECT_TRUE(l.draw({4, 0, 2}, {}, stream(d)).empty());
      EXPECT_EQ(l.draw({}, {.seed = 9, .offset = 3}, stream(d)), l.draw({1}, {.seed = 9, .offset = 3}, stream(d))) << l.name;
    }
}

TEST(random_address, bits_are_curand_s) {
  for (const device& d : test::all_devices()) {
    test::reference_rows rows("rng_curand_philox");
    rows.for_each([&](const test::reference_row& r) {
      const auto words =
          random::bits({12},
                       {std::stoull(r["seed"], nullptr, 16), std::stoull(r["stream"], nullptr, 16), std::stoull(r["offset"])},
                       stream(d))
              .get();
      std::string text;
      for (const std::uint32_t w : words) {
        char word[12];
        std::snprintf(word, sizeof word, "%s%08x", text.empty() ? "" : " ", w);
        text += word;
      }
      rows.expect_equal(r, text);
    });
  }
}

TEST(random_address, floats_are_the_doubles_rounded) {
  const stream on(device::cpu());
  const address at{.seed = 5, .stream = 6, .offset = 7};
  const auto wide = random::normal({999}, at, 1, 2, on).get();
  const auto narrow = random::normal<float>({999}, at, 1, 2, on).get();
  for (std::size_t i = 0; i < wide.size(); ++i) ASSERT_EQ(narrow[i], static_cast<float>(wide[i]));
}

TEST(random_address, refuses_impossible_laws) {
  const stream on(device::cpu());
  const address at{};
  EXPECT_EQ(message_of<input_error>([&] { random::normal({3}, at, 0, -1, on); }),
            "random::normal: deviation = -1 (must not be negative)");
  EXPECT_EQ(message_of<input_error>([&] { random::student_t({3}, at, 0, 0, 1, on); }),
            "random::student_t: degrees = 0 (must be positive and finite); use normal for infinity");
  EXPECT_EQ(message_of<input_error>([&] { random::integers({3}, at, 4, 4, on); }),
            "random::integers: low = 4, high = 4 (low must be below high, which is left out)");
  EXPECT_EQ(message_of<input_error>([&] { random::integers<std::int32_t>({3}, at, 0, std::int64_t{1} << 32, on); }),
            "random::integers: low = 0, high = 4294967296 (must fit int32); use integers<std::int64_t>");
  EXPECT_EQ(message_of<input_error>([&] { random::uniform({3}, at, -1e308, 1e308, on); }),
            "random::uniform from -1e+308 to 1e+308 (both ends and their distance must be finite)");
  EXPECT_EQ(message_of<input_error>([&] { random::uniform({-3}, at, 0, 1, on); }),
            "negative dimensions are not allowed: shape (-3,)");
}

// ---- laws ------------------------------------------------------------------------------------------------------------

/// Kolmogorov and Smirnov's statistic times the root of the count; above 1.95 once in a thousand. `step` looks at every so many
/// of the sorted numbers, for distribution functions that take long.
double distance(std::vector<double> x, const std::function<double(double)>& cdf, std::size_t step = 1) {
  std::sort(x.begin(), x.end());
  double worst = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); i += step) {
    const double p = cdf(x[i]), at = static_cast<double>(i);
    worst = std::max({worst, std::abs(p - at / n), std::abs(p - (at + 1) / n)});
  }
  return worst * std::sqrt(n);
}

double mean_of(const std::vector<double>& x, const std::function<double(double)>& f) {
  double sum = 0;
  for (const double value : x) sum += f(value);
  return sum / static_cast<double>(x.size());
}

/// Probability of a larger chi-square for equally likely buckets.
double chi_square_p(const std::vector<std::int64_t>& counts) {
  const double expected =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0})) / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::int64_t n : counts)
    sum += (static_cast<double>(n) - expected) * (static_cast<double>(n) - expected) / expected;
  return boost::math::cdf(complement(boost::math::chi_squared(static_cast<double>(counts.size() - 1)), sum));
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

TEST(random_law, uniform) {
  const stream on(device::best());
  for (const bool narrow : {false, true}) {
    const auto x = narrow ? doubles(random::uniform<float>({many}, {.seed = 1}, 0, 1, on))
                          : doubles(random::uniform({many}, {.seed = 1}, 0, 1, on));
    EXPECT_GE(*std::ranges::min_element(x), 0.0);
    EXPECT_LT(*std::ranges::max_element(x), 1.0);
    EXPECT_LT(distance(x, [](double u) { return u; }), 1.95);
    const double root = std::sqrt(static_cast<double>(many));
    EXPECT_LT(std::abs(mean_of(x, [](double u) { return u - 0.5; })), 4 * std::sqrt(1 / 12.0) / root);
    EXPECT_LT(std::abs(mean_of(x, [](double u) { return u * u - 1 / 3.0; })), 4 * std::sqrt(4 / 45.0) / root);
    std::vector<std::int64_t> pairs(64 * 64); // neighbours fill the square
    for (std::size_t i = 0; i + 1 < x.size(); i += 2)
      ++pairs[static_cast<std::size_t>(x[i] * 64) * 64 + static_cast<std::size_t>(x[i + 1] * 64)];
    EXPECT_GT(chi_square_p(pairs), 1e-3);
  }
}

TEST(random_law, bits) {
  const auto words = random::bits({many}, {.seed = 2}, stream(device::best())).get();
  for (int byte = 0; byte < 4; ++byte) {
    std::vector<std::int64_t> counts(256);
    for (const std::uint32_t w : words) ++counts[w >> (8 * byte) & 255];
    EXPECT_GT(chi_square_p(counts), 1e-3) << byte;
  }
}

TEST(random_law, normal) {
  const auto x = random::normal({many}, {.seed = 3}, 0, 1, stream(device::best())).get();
  const double root = std::sqrt(static_cast<double>(many));
  EXPECT_LT(distance(x, normal_cdf), 1.95);
  EXPECT_LT(std::abs(mean_of(x, [](double z) { return z; })), 4 / root);
  EXPECT_LT(std::abs(mean_of(x, [](double z) { return z * z - 1; })), 4 * std::sqrt(2.0) / root);
  EXPECT_LT(std::abs(mean_of(x, [](double z) { return z * z * z; })), 4 * std::sqrt(15.0) / root);
  EXPECT_LT(std::abs(mean_of(x, [](double z) { return z * z * z * z - 3; })), 4 * std::sqrt(96.0) / root);
  const double far = mean_of(x, [](double z) { return std::abs(z) > 4; }), exact = 2 * normal_cdf(-4);
  EXPECT_LT(std::abs(far - exact), 4 * std::sqrt(exact) / root);
}

TEST(random_law, normals_take_mean_and_deviation) {
  const stream on(device::best());
  const auto z = random::normal({1000}, {.seed = 3}, 0, 1, on).get(),
             x = random::normal({1000}, {.seed = 3}, -2, 0.5, on).get(),
             e = random::lognormal({1000}, {.seed = 3}, -2, 0.5, on).get();
  for (std::size_t i = 0; i < z.size(); ++i) {
    ASSERT_EQ(x[i], -2 + 0.5 * z[i]);
    ASSERT_NEAR(e[i] / std::exp(x[i]), 1, 4e-16);
  }
}

TEST(random_law, lognormal) {
  const auto x = random::lognormal({many}, {.seed = 4}, 0.2, 0.7, stream(device::best())).get();
  EXPECT_LT(distance(x, [](double v) { return normal_cdf((std::log(v) - 0.2) / 0.7); }), 1.95);
  const double mean = std::exp(0.2 + 0.245), deviation = mean * std::sqrt(std::expm1(0.49));
  EXPECT_LT(std::abs(mean_of(x, [](double v) { return v; }) - mean), 4 * deviation / std::sqrt(static_cast<double>(many)));
}

TEST(random_law, student_t) {
  const double root = std::sqrt(static_cast<double>(many));
  for (const double nu : {0.5, 1.0, 2.5, 5.0, 30.0, 1e9}) {
    const auto x =
        random::student_t({many}, {.seed = 5, .stream = static_cast<std::uint64_t>(nu * 2)}, nu, 0, 1, stream(device::best()))
            .get();
    const boost::math::students_t law(nu);
    EXPECT_LT(distance(
                  x, [&](double t) { return boost::math::cdf(law, t); }, 100),
              1.95)
        << nu;
    EXPECT_LT(std::abs(mean_of(x, [](double t) { return t > 0 ? 1.0 : -1.0; })), 4 / root) << nu;
    if (nu >= 30) {
      const double variance = nu / (nu - 2), fourth = 3 * nu * nu / ((nu - 2) * (nu - 4));
      EXPECT_LT(std::abs(mean_of(x, [&](double t) { return t * t - variance; })),
                4 * std::sqrt(fourth - variance * variance) / root);
    }
  }
}

TEST(random_law, integers) {
  const stream on(device::best());
  for (const std::int64_t range : {2, 10, 1000}) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(range));
    for (const std::int64_t i : random::integers({many}, {.seed = 6}, -7, range - 7, on).get())
      ++counts.at(static_cast<std::size_t>(i + 7));
    EXPECT_GT(chi_square_p(counts), 1e-3) << range;
  }
  for (const std::int32_t i :
       random::integers<std::int32_t>({999}, {.seed = 6}, INT32_MIN, std::int64_t{INT32_MAX} + 1, on).get())
    EXPECT_NE(i, 0);
  const auto wide = doubles(random::integers({many}, {.seed = 6}, INT64_MIN, INT64_MAX, on));
  EXPECT_LT(distance(wide, [](double x) { return x * 0x1p-64 + 0.5; }), 1.95);
}

TEST(random_law, streams_seeds_and_neighbours_are_uncorrelated) {
  const stream on(device::best());
  const auto draw = [&](const address& at) { return random::normal({many}, at, 0, 1, on).get(); };
  const auto a = draw({1, 1, 0});
  const auto correlation = [&](const std::vector<double>& b, std::size_t shift) {
    double sum = 0;
    for (std::size_t i = 0; i + shift < a.size(); ++i) sum += a[i] * b[i + shift];
    return std::abs(sum) / std::sqrt(static_cast<double>(a.size() - shift));
  };
  for (const address& other : {address{1, 2, 0}, address{2, 1, 0}, address{1, 1, many}, address{0, 1, 0}, address{1, 0, 0}})
    EXPECT_LT(correlation(draw(other), 0), 4) << other.seed << ' ' << other.stream << ' ' << other.offset;
  for (std::size_t shift = 1; shift <= 8; ++shift) EXPECT_LT(correlation(a, shift), 4) << shift;
}

// ---- Sobol points ----------------------------------------------------------------------------------------------------

random::sobol_settings settings(random::scramble s, std::uint64_t first = 0, std::uint32_t replicate = 0) {
  return {.seed = 11, .replicate = replicate, .first = first, .scrambling = s};
}
constexpr random::scramble scrambles[] = {random::scramble::none, random::scramble::digital_shift, random::scramble::owen};

TEST(sobol_points, published_points) {
  for (const device& d : test::all_devices()) {
    const auto x = random::sobol(5, 3, settings(random::scramble::none), stream(d));
    EXPECT_EQ(x.shape(), (extents{5, 3}));
    EXPECT_EQ(x.get(), (std::vector<double>{0, 0, 0, 0.5, 0.5, 0.5, 0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.375, 0.375, 0.625}));
  }
}

TEST(sobol_points, reference_points) {
  for (const device& d : test::all_devices()) {
    const auto x =
        random::sobol(65536 - 65472, random::sobol_max_dimensions, settings(random::scramble::none, 65472), stream(d)).get();
    test::reference_rows rows("sobol_points");
    rows.for_each([&](const test::reference_row& r) {
      const double index = r.number("index");
      if (index < 65472 || index >= 65536) return rows.skip("another part of the sequence");
      const double value = x[static_cast<std::size_t>((index - 65472) * 21201 + r.number("dimension") - 1)];
      rows.expect_equal(r, std::to_string(static_cast<std::int64_t>(value * 0x1p32)));
    });
  }
}

TEST(sobol_points, same_bits_on_every_device_and_for_every_split) {
  for (const auto s : scrambles) {
    const auto whole = random::sobol(1000, 37, settings(s, 100), stream(device::cpu())).get();
    for (const device& d : test::all_devices()) {
      const stream on(d);
      EXPECT_EQ(random::sobol(1000, 37, settings(s, 100), on).get(), whole) << test::label(d);
      for (const std::int64_t split : {1, 28, 63, 500}) {
        auto parts = random::sobol(split, 37, settings(s, 100), on).get();
        const auto rest = random::sobol(1000 - split, 37, settings(s, 100 + static_cast<std::uint64_t>(split)), on).get();
        parts.insert(parts.end(), rest.begin(), rest.end());
        EXPECT_EQ(parts, whole) << split << " on " << test::label(d);
      }
    }
  }
  const stream on(device::cpu()); // the last points there are
  const auto end = random::sobol(3, 2, settings(random::scramble::owen, (std::uint64_t{1} << 32) - 3), on).get();
  const auto middle = random::sobol(1, 2, settings(random::scramble::owen, (std::uint64_t{1} << 32) - 2), on).get();
  EXPECT_EQ(std::vector(end.begin() + 2, end.begin() + 4), middle);
}

TEST(sobol_points, each_dimension_is_contiguous) {
  const auto x = random::sobol(1000, 4, settings(random::scramble::owen, 7), stream(device::cpu()));
  EXPECT_EQ(x.strides()[0], 1);
  const auto rows = x.get();
  const auto column = x(slice{}, 2);
  EXPECT_TRUE(column.is_dense());
  const auto values = column.get();
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], rows[4 * i + 2]);
}

TEST(sobol_points, scrambled_points_are_inside_and_fill_every_interval) {
  for (const auto s : {random::scramble::digital_shift, random::scramble::owen})
    for (const std::uint32_t replicate : {0u, 5u}) {
      const auto x = random::sobol(4096, 5, settings(s, 0, replicate), stream(device::best())).get();
      for (std::size_t j = 0; j < 5; ++j) {
        std::vector<int> count(4096);
        for (std::size_t i = 0; i < 4096; ++i) {
          ASSERT_GT(x[5 * i + j], 0.0);
          ASSERT_LT(x[5 * i + j], 1.0);
          ++count[static_cast<std::size_t>(x[5 * i + j] * 4096)];
        }
        EXPECT_TRUE(std::ranges::all_of(count, [](int n) { return n == 1; }));
      }
    }
}

/// A smooth function on the unit cube, with integral 1.
double smooth(const double* x) {
  double product = 1;
  for (int j = 0; j < 4; ++j) {
    const double c = 1.0 / (j + 1);
    product *= c / std::expm1(c) * std::exp(c * x[j]);
  }
  return product;
}

struct replicates {
  double value, standard_error, root_mean_square;
};
replicates integrate(random::scramble s, std::int64_t points, std::uint32_t count) {
  double sum = 0, squares = 0;
  for (std::uint32_t r = 0; r < count; ++r) {
    const auto x = random::sobol(points, 4, settings(s, 0, r), stream(device::cpu())).get();
    double mean = 0;
    for (std::int64_t i = 0; i < points; ++i) mean += smooth(&x[static_cast<std::size_t>(4 * i)]);
    const double error = mean / static_cast<double>(points) - 1;
    sum += error, squares += error * error;
  }
  const double mean = sum / count, variance = squares / count - mean * mean;
  return {1 + mean, std::sqrt(variance / (count - 1)), std::sqrt(squares / count)};
}

TEST(sobol_points, replicates_are_unbiased_and_converge) {
  for (const auto s : {random::scramble::digital_shift, random::scramble::owen}) {
    const replicates few = integrate(s, 16, 400), more = integrate(s, 128, 100), most = integrate(s, 4096, 100);
    EXPECT_WITHIN_STDERR(few, 1.0, 4);
    EXPECT_WITHIN_STDERR(more, 1.0, 4);
    EXPECT_WITHIN_STDERR(most, 1.0, 4);
    const double order = std::log2(more.root_mean_square / most.root_mean_square) / 5;
    std::cout << (s == random::scramble::owen ? "owen" : "digital shift") << ": error " << most.root_mean_square
              << " at 4096 points, order " << order << '\n';
    EXPECT_GT(order, s == random::scramble::owen ? 1.3 : 0.85); // theory: 3/2 and 1, but for logarithms
  }
}

TEST(sobol_points, refuses_what_is_not_there) {
  const stream on(device::cpu());
  EXPECT_EQ(message_of<input_error>([&] { random::sobol(4, 21202, {}, on); }),
            "random::sobol: dimensions = 21202 (must be in [1, 21201])");
  EXPECT_EQ(message_of<input_error>([&] { random::sobol(2, 2, {.first = 0xffffffffu}, on); }),
            "random::sobol: 2 points from number 4294967295 (the sequence has 2^32)");
  EXPECT_EQ(random::sobol(0, 3, {}, on).shape(), (extents{0, 3}));
}

} // namespace
} // namespace dojima
