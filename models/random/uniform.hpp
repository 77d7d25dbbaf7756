// Uniform numbers and integers from random words.
#pragma once

#include "models/random/philox.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// The top 24 bits of a word as a number in [0, 1).
template <class Word> DOJIMA_FN auto uniform24(const Word& w) {
  return real_of_low_half(low_half(w) >> 8) * 5.9604644775390625e-08; // 2^-24
}

/// The top 53 bits of the 64-bit word low + 2^32 high as a number in [0, 1): NumPy's mapping. Every step is exact: 2^20 + high
/// 2^-32 and 1/2 + (low >> 11) 2^-53 are put together from their bits.
template <class Word> DOJIMA_FN auto uniform53(const Word& low, const Word& high) {
  const auto upper = from_bits(low_half(high) | Word(0x4130000000000000u)) - 1048576.5;
  return upper + from_bits((low << 32 >> 43) | Word(0x3fe0000000000000u));
}

/// The upper 64 bits of (low + 2^32 high) * range: an integer in [0, range), whose probability is within 2^-64 of 1 / range
/// (Lemire 2019, "Fast random integer generation in an interval", ACM TOMACS 29, without the rejection step).
template <class Word> DOJIMA_FN Word integer_below(std::uint64_t range, const Word& low, const Word& high) {
  const Word range_low(range & 0xffffffffu), range_high(range >> 32);
  const Word carry = multiply_low(high, range_low) + (multiply_low(low, range_low) >> 32);
  const Word middle = multiply_low(low, range_high) + low_half(carry);
  return multiply_low(high, range_high) + (carry >> 32) + (middle >> 32);
}

} // namespace DOJIMA_ISA
} // namespace dojima
