#include "array/sobol_directions.hpp"

#include <string_view>

namespace dojima {
namespace assets {
extern const std::string_view sobol_directions; // data/sobol/joe_kuo_6.txt; make_directions.py says what it holds
}

namespace {

/// Bits of base-64 text, the most significant first.
class bit_reader {
public:
  explicit bit_reader(std::string_view text) : text_(text) {}

  std::uint32_t take(int bits) {
    while (held_ < bits) {
      const char c = text_[next_++];
      if (c == '\n') continue;
      store_ = store_ << 6 | value_of(c);
      held_ += 6;
    }
    held_ -= bits;
    return static_cast<std::uint32_t>(store_ >> held_ & ((std::uint64_t{1} << bits) - 1));
  }

private:
  static std::uint64_t value_of(char c) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                                             : 63;
    return static_cast<std::uint64_t>(value);
  }

  std::string_view text_;
  std::size_t next_ = 0;
  std::uint64_t store_ = 0;
  int held_ = 0;
};

} // namespace

std::vector<sobol_dimension> sobol_dimensions(std::int64_t count, std::uint64_t seed, std::uint32_t replicate) {
  std::vector<sobol_dimension> dimensions(static_cast<std::size_t>(count));
  bit_reader stream(assets::sobol_directions);
  int degree = 0;
  std::uint32_t number = 0;
  for (sobol_dimension& d : dimensions) {
    std::uint32_t interior = 0, m[sobol_bits] = {};
    if (number > 0) {
      while (stream.take(1) != 0) ++degree;
      interior = stream.take(degree - 1);
      for (int i = 0; i < degree; ++i) m[i] = stream.take(i) << 1 | 1u;
    }
    set_directions(d, degree, interior, m);
    set_scramble(d, seed, replicate, number++);
  }
  return dimensions;
}

} // namespace dojima
