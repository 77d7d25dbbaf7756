// Random numbers: known answers, addresses and moments.
#include "array/sobol_directions.hpp"
#include "models/random/normal.hpp"
#include "tests/support.hpp"

#include <algorithm>
#include <array>
#include <numbers>
#include <random>
#include <set>

namespace dojima {
namespace {

TEST(philox, upper_halves_do_not_matter) {
  std::uint64_t clean[4] = {1, 2, 3, 4}, full[4];
  for (int i = 0; i < 4; ++i) full[i] = clean[i] | 0xabcdef0100000000u;
  philox_rounds(clean, 5u, 6u);
  philox_rounds(full, 5u, 6u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(static_cast<std::uint32_t>(clean[i]), static_cast<std::uint32_t>(full[i]));
}

TEST(philox, address_fills_counter_and_key) {
  const auto at = philox_at(0x1122334455667788u, 0xaabbccddu, 0x99aabbcc00112233u, 0x55u);
  const auto direct = philox4x32_10({{0x00112233u, 0x55u, 0x99aabbccu, 0xaabbccddu}}, 0x55667788u, 0x11223344u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(at.w[i], direct.w[i]);
}

TEST(philox, every_part_of_the_address_matters) {
  std::set<std::array<std::uint32_t, 4>> seen;
  const auto add = [&](std::uint64_t seed, std::uint32_t stream, std::uint64_t path, std::uint32_t block) {
    const philox_words r = philox_at(seed, stream, path, block);
    EXPECT_TRUE(seen.insert({r.w[0], r.w[1], r.w[2], r.w[3]}).second) << seed << ' ' << stream << ' ' << path << ' ' << block;
  };
  add(0, 0, 0, 0);
  for (int bit = 0; bit < 64; ++bit) add(1ull << bit, 0, 0, 0), add(0, 0, 1ull << bit, 0);
  for (int bit = 0; bit < 32; ++bit) add(0, 1u << bit, 0, 0), add(0, 0, 0, 1u << bit);
}

std::vector<double> draws(std::uint64_t seed, std::uint32_t stream, std::size_t paths, std::uint32_t blocks) {
  std::vector<double> z;
  for (std::uint64_t p = 0; p < paths; ++p)
    for (std::uint32_t b = 0; b < blocks; ++b) {
      double four[4];
      normals_at(seed, stream, p, b, four);
      z.insert(z.end(), four, four + 4);
    }
  return z;
}

double mean_of(const std::vector<double>& z, const auto& f) {
  double sum = 0;
  for (const double x : z) sum += f(x);
  return sum / static_cast<double>(z.size());
}

TEST(normals, moments_and_law) {
  std::vector<double> z = draws(42, 3, 1 << 16, 4);
  const double root = std::sqrt(static_cast<double>(z.size()));
  EXPECT_LT(std::abs(mean_of(z, [](double x) { return x; })), 4 / root);
  EXPECT_LT(std::abs(mean_of(z, [](double x) { return x * x - 1; })), 4 * std::sqrt(2.0) / root);
  EXPECT_LT(std::abs(mean_of(z, [](double x) { return x * x * x; })), 4 * std::sqrt(15.0) / root);
  EXPECT_LT(std::abs(mean_of(z, [](double x) { return x * x * x * x - 3; })), 4 * std::sqrt(96.0) / root);
  std::sort(z.begin(), z.end());
  double distance = 0; // Kolmogorov and Smirnov
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double p = norm_cdf(z[i]), n = static_cast<double>(z.size());
    distance = std::max({distance, std::abs(p - static_cast<double>(i) / n), std::abs(p - static_cast<double>(i + 1) / n)});
  }
  EXPECT_LT(distance * root, 1.95); // exceeded once in a thousand
}

TEST(normals, neighbours_are_uncorrelated) {
  const std::size_t paths = 1 << 16;
  const std::vector<double> a = draws(42, 1, paths, 1), other_stream = draws(42, 2, paths, 1),
                            other_seed = draws(43, 1, paths, 1);
  const auto correlation = [](const std::vector<double>& x, const std::vector<double>& y, std::size_t shift) {
    double sum = 0;
    for (std::size_t i = 0; i + shift < x.size(); ++i) sum += x[i] * y[i + shift];
    return sum / std::sqrt(static_cast<double>(x.size() - shift));
  };
  EXPECT_LT(std::abs(correlation(a, other_stream, 0)), 4);
  EXPECT_LT(std::abs(correlation(a, other_seed, 0)), 4);
  for (std::size_t shift = 1; shift <= 8; ++shift) EXPECT_LT(std::abs(correlation(a, a, shift)), 4) << shift;
}

TEST(normals, largest_is_6_76_and_the_smallest_radius_is_not_0) {
  const auto radius = [](std::uint32_t word) { return sqrt(-2.0 * log((word + 0.5) * 0x1p-32)); };
  EXPECT_NEAR(radius(0), 6.7637, 0.0001);
  EXPECT_GT(radius(0xffffffffu), 0.0);
  for (const double x : draws(7, 0, 1 << 16, 1)) ASSERT_LE(std::abs(x), 6.7638);
}

// ---- uniforms and integers -------------------------------------------------------------------------------------------

/// Random words with the edges among them: all bits clear, all set, one set, and rubbish above the low half.
std::vector<std::uint64_t> some_words() {
  std::vector<std::uint64_t> list{0, 0xffffffffu, 0x80000000u, 1, 0x7ff, 0x800, 0xff, 0x100, 0xffffffff00000000u};
  std::mt19937_64 generator(5);
  for (int i = 0; i < 2000; ++i) list.push_back(generator());
  return list;
}

TEST(uniform, keeps_the_top_bits_exactly) {
  const auto list = some_words();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::uint64_t low = list[i] & 0xffffffffu;
    EXPECT_EQ(uniform24(list[i]), static_cast<double>(low >> 8) * 0x1p-24);
    for (std::size_t j = 0; j < list.size(); j += i < 9 ? 1 : 97)
      ASSERT_EQ(uniform53(list[i], list[j]), static_cast<double>((low | list[j] << 32) >> 11) * 0x1p-53)
          << list[i] << ' ' << list[j];
  }
  EXPECT_EQ(uniform53(std::uint64_t{0xffffffffu}, std::uint64_t{0xffffffffu}), 1 - 0x1p-53);
}

TEST(uniform, integers_are_the_upper_half_of_the_product) {
  const auto list = some_words();
  for (const std::uint64_t range : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{6}, std::uint64_t{1} << 32,
                                    (std::uint64_t{1} << 32) + 1, std::uint64_t{0x123456789abcdefu}, UINT64_MAX})
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
      const std::uint64_t word = (list[i] & 0xffffffffu) | list[i + 1] << 32;
      const auto expected = static_cast<std::uint64_t>(static_cast<unsigned __int128>(word) * range >> 64);
      ASSERT_EQ(integer_below(range, list[i], list[i + 1]), expected) << word << " * " << range;
    }
}

// ---- normal and Student-t --------------------------------------------------------------------------------------------

TEST(normals, sine_and_cosine_of_a_turn) {
  double worst = 0;
  const auto check = [&](double u) {
    double s, c;
    sincos_of_turn(u, s, c);
    const long double angle = 2 * std::numbers::pi_v<long double> * u;
    worst = std::max(
        {worst, std::abs(static_cast<double>(s - std::sin(angle))), std::abs(static_cast<double>(c - std::cos(angle)))});
  };
  for (int i = 0; i <= 200000; ++i) check(i / 200000.0);
  EXPECT_LT(worst, 3e-16);
  for (int quarter = 0; quarter <= 4; ++quarter) {
    double s, c;
    sincos_of_turn(quarter / 4.0, s, c);
    const double exact[] = {0, 1, 0, -1, 0};
    EXPECT_EQ(s, exact[quarter]);
    EXPECT_EQ(c, exact[(quarter + 1) % 4]);
  }
}

TEST(normals, pair_of_a_block) {
  std::mt19937_64 generator(6);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t w[4] = {generator(), generator(), generator(), generator()};
    const auto uniform = [](std::uint64_t low, std::uint64_t high) {
      return static_cast<long double>(((low & 0xffffffffu) | high << 32) >> 11) * 0x1p-53l;
    };
    const long double radius = std::sqrt(-2 * std::log1p(-uniform(w[0], w[1])));
    const long double angle = 2 * std::numbers::pi_v<long double> * uniform(w[2], w[3]);
    double first, second;
    normal_pair<double>(w, first, second);
    ASSERT_NEAR(first, static_cast<double>(radius * std::cos(angle)), 4e-15);
    ASSERT_NEAR(second, static_cast<double>(radius * std::sin(angle)), 4e-15);
  }
}

TEST(normals, the_ends_of_the_pair) {
  constexpr std::uint64_t ones = 0xffffffffu;
  double first, second;
  const std::uint64_t largest[4] = {ones, ones, 0, 0}, smallest[4] = {0, 0, 0, 0};
  normal_pair<double>(largest, first, second);
  EXPECT_NEAR(first, std::sqrt(106 * std::numbers::ln2), 1e-14); // 8.57
  EXPECT_EQ(second, 0.0);
  normal_pair<double>(smallest, first, second);
  EXPECT_EQ(first, 0.0);
}

TEST(student, expm1_in_ulps) {
  double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    const double x = std::exp(-40 + 46.5 * i / 200000.0); // 4e-18 .. 665
    const long double exact = std::expm1(static_cast<long double>(x));
    const double ulp = std::nextafter(static_cast<double>(exact), infinity) - static_cast<double>(exact);
    worst = std::max(worst, std::abs(static_cast<double>((expm1_positive(x) - exact) / ulp)));
  }
  EXPECT_LT(worst, 2.0);
  EXPECT_EQ(expm1_positive(0.0), 0.0);
  EXPECT_TRUE(std::isfinite(expm1_positive(1e300)));
}

TEST(student, is_bailey_s_formula) {
  std::mt19937_64 generator(7);
  for (const double nu : {0.05, 0.5, 1.0, 2.5, 4.0, 100.0, 1e8, 1e300})
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t w[4] = {generator(), generator(), generator(), generator()};
      const long double u = 1 - static_cast<long double>(uniform53(w[0], w[1])), v = uniform53(w[2], w[3]);
      const long double exact =
          std::sqrt(nu * std::expm1(-2 * std::log(u) / nu)) * std::cos(2 * std::numbers::pi_v<long double> * v);
      const double x = student_number<double>(w, std::sqrt(nu), 1 / nu);
      ASSERT_NEAR(x, static_cast<double>(exact),
                  1e-13 * std::max(1.0, std::abs(static_cast<double>(exact)) / nu) *
                      std::max(1.0, std::abs(static_cast<double>(exact))))
          << nu;
    }
}

// ---- Sobol points ----------------------------------------------------------------------------------------------------

TEST(sobol, reversed_bits) {
  for (const std::uint64_t w : some_words()) {
    std::uint32_t expected = 0;
    for (int bit = 0; bit < 32; ++bit) expected |= static_cast<std::uint32_t>(w >> bit & 1) << (31 - bit);
    ASSERT_EQ(reverse_bits(w), expected);
  }
}

TEST(sobol, a_point_is_the_product_with_its_gray_code) {
  const auto dimensions = sobol_dimensions(50, 0, 0);
  std::mt19937 generator(8);
  for (const auto& d : dimensions)
    for (int i = 0; i < 200; ++i) {
      const std::uint32_t index = i == 0 ? 0xffffffffu : static_cast<std::uint32_t>(generator()) >> (i % 33 % 32);
      std::uint32_t x = 0;
      for (int bit = 0; bit < 32; ++bit)
        if (((index ^ index >> 1) >> bit & 1u) != 0)
          x ^= static_cast<std::uint32_t>(reverse_bits(std::uint64_t{d.direction[bit]}));
      ASSERT_EQ(sobol_at(d, sobol_scramble::none, index), x);
    }
}

TEST(sobol, scrambling_is_nested_and_one_to_one) {
  std::mt19937 generator(9);
  for (int i = 0; i < 20000; ++i) {
    const auto add = static_cast<std::uint32_t>(generator()), multiply = static_cast<std::uint32_t>(generator());
    const auto x = static_cast<std::uint32_t>(generator()), other = static_cast<std::uint32_t>(generator());
    const int depth = i % 32; // bits of x above this one, in reverse order, are kept
    const std::uint32_t kept = (std::uint32_t{1} << depth) - 1, y = (x & kept) | (other & ~kept);
    const auto a = static_cast<std::uint32_t>(owen_hash(std::uint64_t{x}, add, multiply));
    const auto b = static_cast<std::uint32_t>(owen_hash(std::uint64_t{y}, add, multiply));
    ASSERT_EQ(a & kept, b & kept);                                    // what stands above decides what is above
    ASSERT_EQ((a ^ b) >> depth & 1u, (x ^ y) >> depth & 1u) << depth; // and a bit alone is flipped or not: one to one
  }
}

/// Number of boxes 2^-a x 2^-b that do not hold exactly one of 2^(a + b) points.
int bad_boxes(const sobol_dimension& x, const sobol_dimension& y, sobol_scramble scramble, int a, int b, std::uint32_t first) {
  std::vector<int> count(std::size_t{1} << (a + b));
  for (std::uint32_t i = 0; i < count.size(); ++i) {
    const std::uint64_t column = a == 0 ? 0 : sobol_at(x, scramble, first + i) >> (32 - a);
    const std::uint64_t row = b == 0 ? 0 : sobol_at(y, scramble, first + i) >> (32 - b);
    ++count[column << b | row];
  }
  return static_cast<int>(std::ranges::count_if(count, [](int n) { return n != 1; }));
}

TEST(sobol, every_replicate_keeps_the_net) {
  constexpr int bits = 10;
  for (const std::uint32_t replicate : {0u, 1u, 2u, 77u}) {
    const auto d = sobol_dimensions(64, 31, replicate);
    for (const auto scramble : {sobol_scramble::none, sobol_scramble::digital_shift, sobol_scramble::owen})
      for (const std::uint32_t first : {0u, 5u << bits}) {
        for (int a = 0; a <= bits; ++a) EXPECT_EQ(bad_boxes(d[0], d[1], scramble, a, bits - a, first), 0) << a; // t = 0
        for (const auto& one : d) EXPECT_EQ(bad_boxes(one, one, scramble, bits, 0, first), 0);
      }
  }
}

TEST(sobol, scrambled_bits_are_fair_and_independent) {
  // Over replicates: each bit of a coordinate is set half of the time, and two points or two dimensions have independent bits.
  constexpr int replicates = 4000;
  double set[32] = {}, same_point[32] = {}, same_dimension[32] = {};
  for (std::uint32_t r = 0; r < replicates; ++r) {
    const auto d = sobol_dimensions(3, 1, r);
    const std::uint32_t a = sobol_at(d[2], sobol_scramble::owen, 5), b = sobol_at(d[2], sobol_scramble::owen, 6),
                        c = sobol_at(d[1], sobol_scramble::owen, 5);
    for (int bit = 0; bit < 32; ++bit) {
      set[bit] += (a >> bit & 1u) - 0.5;
      same_dimension[bit] += ((a ^ b) >> bit & 1u) - 0.5;
      same_point[bit] += ((a ^ c) >> bit & 1u) - 0.5;
    }
  }
  const double limit = 4.5 * 0.5 * std::sqrt(replicates);
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_LT(std::abs(set[bit]), limit) << bit;
    EXPECT_LT(std::abs(same_point[bit]), limit) << bit;
  }
  for (int bit = 0; bit < 28; ++bit) // the two points part above bit 28; below, their flips are independent
    EXPECT_LT(std::abs(same_dimension[bit]), limit) << bit;
}

} // namespace
} // namespace dojima
