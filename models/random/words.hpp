// The integer side of a Real: one 64-bit word for each of its numbers, with the bit operations + ^ & | << >> and those below.
// Random words and Sobol points are 32 bits wide and stand in the low half of a word.
#pragma once

#include "models/real.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <class Real> struct word_lanes;
template <> struct word_lanes<double> {
  using type = std::uint64_t;
  static DOJIMA_FN std::uint64_t numbers() { return 0; }
};
/// The words that stand beside a Real: std::uint64_t, or a register pack of them.
template <class Real> using word_of = typename word_lanes<Real>::type;

/// The number of each lane: 0, 1, 2, ...
template <class Real> DOJIMA_FN word_of<Real> lane_numbers() { return word_lanes<Real>::numbers(); }

/// The product of the low halves.
DOJIMA_FN std::uint64_t multiply_low(std::uint64_t a, std::uint64_t b) {
  return std::uint64_t{static_cast<std::uint32_t>(a)} * static_cast<std::uint32_t>(b);
}

template <class Word> DOJIMA_FN Word low_half(const Word& w) { return w & Word(0xffffffffu); }

/// All bits set where the lowest bit of w is, none elsewhere.
template <class Word> DOJIMA_FN Word spread_lowest_bit(const Word& w) { return Word(0u) - (w & Word(1u)); }

/// The low half as a number.
template <class Word> DOJIMA_FN auto real_of_low_half(const Word& w) {
  return from_bits(low_half(w) | Word(0x4330000000000000u)) - 4503599627370496.0; // 2^52 + w
}

// Stores of several numbers a lane, lane by lane: p[0] = a, p[1] = b of the first lane, and so on.
template <class T> struct alignas(2 * sizeof(T)) two { T a, b; };
DOJIMA_FN void store_pairs(double* p, double a, double b) { *reinterpret_cast<two<double>*>(p) = {a, b}; }
DOJIMA_FN void store_pairs(std::uint64_t* p, std::uint64_t a, std::uint64_t b) {
  *reinterpret_cast<two<std::uint64_t>*>(p) = {a, b};
}
DOJIMA_FN void store_pairs(float* p, double a, double b) {
  *reinterpret_cast<two<float>*>(p) = {static_cast<float>(a), static_cast<float>(b)};
}
struct alignas(16) four_floats {
  float a, b, c, d;
};
DOJIMA_FN void store_fours(float* p, double a, double b, double c, double d) {
  *reinterpret_cast<four_floats*>(p) = {static_cast<float>(a), static_cast<float>(b), static_cast<float>(c),
                                        static_cast<float>(d)};
}
DOJIMA_FN void store(float* p, double x) { *p = static_cast<float>(x); }
DOJIMA_FN void store(std::uint64_t* p, std::uint64_t w) { *p = w; }

} // namespace DOJIMA_ISA
} // namespace dojima
