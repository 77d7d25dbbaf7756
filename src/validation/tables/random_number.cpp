// Random generators and low-discrepancy points.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <sstream>

#include "array/sobol_directions.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {
namespace {

std::vector<std::uint32_t> words(const reference_row& r, const char* column, std::size_t count) {
  std::vector<std::uint32_t> w;
  for (const std::string& field : fields(r[column], ' ')) {
    unsigned word = 0;
    if (field.size() != 8 || std::sscanf(field.c_str(), "%8x", &word) != 1)
      throw problem{std::string(column) + " = " + r[column], "not hexadecimal words of 32 bits", "separate them by blanks"};
    w.push_back(word);
  }
  if (w.size() != count)
    throw problem{std::string(column) + " = " + r[column], std::to_string(count) + " words are needed", ""};
  return w;
}

row_value rng_counter_based(const reference_row& r) {
  if (r["generator"] != "philox4x32" || r["rounds"] != "10")
    throw not_valued{r["generator"] + " of " + r["rounds"] + " rounds is not a generator of Dojima"};
  const auto counter = words(r, "counter", 4), key = words(r, "key", 2);
  const philox_words out = philox4x32_10({{counter[0], counter[1], counter[2], counter[3]}}, key[0], key[1]);
  char text[40];
  std::snprintf(text, sizeof text, "%08x %08x %08x %08x", out.w[0], out.w[1], out.w[2], out.w[3]);
  return same_text(r, text);
}

// The C++ philox_engine (C++26, [rand.eng.philox]) runs through the words of blocks 0, 1, ... of the key `seed`, 0.
row_value rng_sequential(const reference_row& r) {
  if (!r["generator"].starts_with("philox4x32")) throw not_valued{r["generator"] + " is not a generator of Dojima"};
  const auto seed = static_cast<std::uint32_t>(r.within("seed", 0, 4294967295.0));
  const auto at = static_cast<std::uint32_t>(r.count("index", 1, 2'000'000'000)) - 1;
  if (r.quantity() != "integer_output") throw not_valued{"quantity " + r.quantity()};
  return same_text(r, std::to_string(philox4x32_10({{at / 4, 0, 0, 0}}, seed, 0).w[at % 4]));
}

std::uint64_t hexadecimal(const reference_row& r, const char* column) {
  std::uint64_t word = 0;
  int length = 0;
  if (std::sscanf(r[column].c_str(), "%" SCNx64 "%n", &word, &length) != 1 ||
      static_cast<std::size_t>(length) != r[column].size() || r[column].starts_with('-'))
    throw problem{std::string(column) + " = " + r[column], "not a hexadecimal word of 64 bits", "write it without signs"};
  return word;
}

// Twelve words of cuRAND's curand() after curand_init(seed, stream, offset).
row_value rng_curand_philox(const reference_row& r) {
  const std::uint64_t seed = hexadecimal(r, "seed"), stream = hexadecimal(r, "stream");
  const auto offset = static_cast<std::uint64_t>(r.within("offset", 0, 9007199254740992.0));
  std::string text;
  for (std::uint64_t i = offset; i < offset + 12; ++i) {
    std::uint64_t w[4];
    stream_words(seed, stream, i / 4, w);
    char word[12];
    std::snprintf(word, sizeof word, "%s%08x", text.empty() ? "" : " ", static_cast<unsigned>(w[i % 4]));
    text += word;
  }
  return same_text(r, text);
}

constexpr int most_dimensions = 21201;
const std::vector<sobol_dimension>& dimensions() {
  static const auto all = sobol_dimensions(most_dimensions, 0, 0);
  return all;
}

row_value sobol_points(const reference_row& r) {
  const auto& d = dimensions()[static_cast<std::size_t>(r.count("dimension", 1, most_dimensions)) - 1];
  const auto index = static_cast<std::uint32_t>(r.within("index", 0, 4294967295.0));
  const std::uint32_t coordinate = sobol_at(d, sobol_scramble::none, index);
  if (r.quantity() == "integer_coordinate") return formula(coordinate, 0);
  if (r.quantity() == "coordinate") return formula(sobol_number(std::uint64_t{coordinate}, sobol_scramble::none), 0);
  throw not_valued{"quantity " + r.quantity()};
}

// The published numbers are expanded to all 32 directions, as Dojima keeps them.
row_value sobol_direction_numbers(const reference_row& r) {
  std::istringstream in(r["expected"]);
  int degree = 0;
  std::uint32_t interior = 0, m[sobol_bits];
  in >> degree >> interior;
  for (int i = 0; i < degree && i < sobol_bits; ++i) in >> m[i];
  if (!in || degree < 1 || degree > sobol_bits)
    throw problem{"expected = " + r["expected"], "not s a m_1 ... m_s", "as in the file of Joe and Kuo"};
  sobol_dimension expected{};
  set_directions(expected, degree, interior, m);
  const auto& ours = dimensions()[static_cast<std::size_t>(r.count("dimension", 2, most_dimensions)) - 1];
  return same_text(r, std::ranges::equal(ours.direction, expected.direction) ? r["expected"] : "other numbers");
}

row_value halton_points(const reference_row&) { throw not_valued{"Halton points are not offered: Sobol points are"}; }

} // namespace

std::vector<table_kind> random_number_tables() {
  return {
      {"rng_counter_based", {"generator", "rounds", "counter", "key"}, rng_counter_based},
      {"rng_sequential", {"generator", "seed", "index"}, rng_sequential},
      {"rng_curand_philox", {"generator", "seed", "stream", "offset"}, rng_curand_philox},
      {"sobol_points", {"index", "dimension"}, sobol_points},
      {"sobol_direction_numbers", {"dimension"}, sobol_direction_numbers},
      {"halton_points", {"index", "base"}, halton_points},
  };
}

} // namespace dojima
