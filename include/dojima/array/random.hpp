// Random arrays by address: element i of an array is a function of (seed, stream, offset + i) alone, with i counted in
// row-major order. So the numbers are the same on every device, for every number of threads, and however the work is split:
//
//     normal<double>({1000}, {.seed = 7})   holds the elements of   normal<double>({400}, {.seed = 7})
//                                            followed by those of    normal<double>({600}, {.seed = 7, .offset = 400})
//
// The random words are those of Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011) as cuRAND's device generator gives them
// after curand_init(seed, stream, 0). Different streams of one seed are independent; two laws at one address share their words
// and are not. Where no address is given a second time, no number comes twice: a stream has 2^66 words.
//
//     law                                             words taken by element i
//     bits, uniform<float>                            word i
//     uniform<double>, normal, lognormal, integers    words 2 i and 2 i + 1 (normals: with their neighbour's)
//     student_t                                       words 4 i .. 4 i + 3
#pragma once

#include "dojima/array/array.hpp"

namespace dojima::random {

struct address {
  std::uint64_t seed = 0, stream = 0;
  std::uint64_t offset = 0; ///< elements of the stream to pass over
};

} // namespace dojima::random

namespace dojima::detail {
tensor random_bits(const extents& shape, const random::address& at, const stream& on);
tensor random_uniform(dtype type, const extents& shape, const random::address& at, double low, double high, const stream& on);
tensor random_normal(dtype type, const extents& shape, const random::address& at, double mean, double deviation,
                     bool exponential, const stream& on);
tensor random_student(dtype type, const extents& shape, const random::address& at, double degrees, double location,
                      double scale, const stream& on);
tensor random_integers(dtype type, const extents& shape, const random::address& at, std::int64_t low, std::int64_t high,
                       const stream& on);
} // namespace dojima::detail

namespace dojima::random {

template <class T>
concept floating = std::same_as<T, float> || std::same_as<T, double>;
template <class T>
concept integer = std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> || std::same_as<T, std::int64_t>;

/// The words of the stream as they are.
inline array<std::uint32_t> bits(const extents& shape, const address& at, const stream& on = stream::current()) {
  return array<std::uint32_t>(detail::random_bits(shape, at, on));
}

/// low + (high - low) u with u in [0, 1): 53 random bits for double, by NumPy's mapping from 64-bit words, and 24 for float.
/// Rounding can give `high` itself, as in NumPy. input_error unless low, high and high - low are finite.
template <floating T = double>
array<T> uniform(const extents& shape, const address& at, double low = 0, double high = 1,
                 const stream& on = stream::current()) {
  return array<T>(detail::random_uniform(dtype_of<T>, shape, at, low, high, on));
}

/// Box and Muller (1958) from 53-bit uniforms; the numbers end at 8.57 standard deviations. The floats are the doubles,
/// rounded. input_error for a negative deviation.
template <floating T = double>
array<T> normal(const extents& shape, const address& at, double mean = 0, double deviation = 1,
                const stream& on = stream::current()) {
  return array<T>(detail::random_normal(dtype_of<T>, shape, at, mean, deviation, false, on));
}

/// e to the power of the normals with the same address, mean and deviation (of the logarithm).
template <floating T = double>
array<T> lognormal(const extents& shape, const address& at, double mean = 0, double deviation = 1,
                   const stream& on = stream::current()) {
  return array<T>(detail::random_normal(dtype_of<T>, shape, at, mean, deviation, true, on));
}

/// location + scale times Student's t with any number of degrees of freedom above 0, whole or not: Bailey's (1994) polar form,
/// exact and without rejection. The standard deviation is scale * sqrt(degrees / (degrees - 2)) where degrees > 2. Below
/// degrees = 0.052 the tails are cut near 1e307. input_error unless degrees is positive and finite.
template <floating T = double>
array<T> student_t(const extents& shape, const address& at, double degrees, double location = 0, double scale = 1,
                   const stream& on = stream::current()) {
  return array<T>(detail::random_student(dtype_of<T>, shape, at, degrees, location, scale, on));
}

/// Integers from low to high - 1, `high` left out as in NumPy. Each has probability 1 / (high - low) within 2^-64. input_error
/// unless low < high and both ends fit T.
template <integer T = std::int64_t>
array<T> integers(const extents& shape, const address& at, std::int64_t low, std::int64_t high,
                  const stream& on = stream::current()) {
  return array<T>(detail::random_integers(dtype_of<T>, shape, at, low, high, on));
}

/// What is done to Sobol points. `none`: the published points, coordinates k 2^-32 in [0, 1), the first of them the origin. The
/// others are centred in their cells, (k + 1/2) 2^-32 in (0, 1), and each replicate is unbiased: `digital_shift` flips each bit
/// of a coordinate alike for all points; `owen` is nested uniform scrambling (Owen 1995), by a hash (Burley 2020), whose error
/// falls faster on smooth integrands.
enum class scramble { none, digital_shift, owen };

struct sobol_settings {
  std::uint64_t seed = 0;
  std::uint32_t replicate = 0; ///< independent scramblings of one seed, for the standard error
  std::uint64_t first = 0;     ///< number of the first point; a whole net starts at a multiple of a power of two
  scramble scrambling = scramble::owen;
};

inline constexpr std::int64_t sobol_max_dimensions = 21201;

/// Points `first` .. `first + points - 1` of Sobol's sequence with the direction numbers of Joe and Kuo (2008), 32 bits wide,
/// in the order of the published generators. The shape is (points, dimensions), as in SciPy; in memory each dimension is
/// contiguous (column-major), so that `x(slice{}, j)` is dense. input_error when there are more than 2^32 points or 21,201
/// dimensions.
array<double> sobol(std::int64_t points, std::int64_t dimensions, const sobol_settings& settings = {},
                    const stream& on = stream::current());

} // namespace dojima::random
