// Random numbers: known answers, addresses and moments.
#include "models/random/normal.hpp"
#include "tests/support.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

namespace dojima {
namespace {

std::vector<std::uint32_t> words(const std::string& text) {
  std::vector<std::uint32_t> w;
  std::istringstream in(text);
  for (std::string field; in >> field;) w.push_back(static_cast<std::uint32_t>(std::stoul(field, nullptr, 16)));
  return w;
}

TEST(reference, rng_counter_based) {
  test::reference_rows rows("rng_counter_based");
  rows.for_each([&](const test::reference_row& r) {
    if (r["generator"] != "philox4x32" || r["rounds"] != "10")
      return rows.skip("generator " + r["generator"] + " of " + r["rounds"] + " rounds");
    const auto counter = words(r["counter"]), key = words(r["key"]);
    const philox_words out = philox4x32_10({{counter[0], counter[1], counter[2], counter[3]}}, key[0], key[1]);
    char text[40];
    std::snprintf(text, sizeof text, "%08x %08x %08x %08x", out.w[0], out.w[1], out.w[2], out.w[3]);
    rows.expect_equal(r, text);
  });
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

} // namespace
} // namespace dojima
