// NumPy's results in data/reference/array_linalg_fft.csv, whose inputs follow from a formula (tests/array/make_linalg_fft.py).
#pragma once

#include <charconv>
#include <complex>
#include <sstream>

#include "dojima/array/array.hpp"
#include "tests/support.hpp"

namespace dojima::test {

inline std::int64_t count_of(const extents& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

inline std::int64_t numerator(std::int64_t i, std::int64_t seed) { return (7919 * i + 104729 * seed + 12345) % 2003 - 1001; }

template <class T> T value_at(std::int64_t i, std::int64_t seed) {
  if constexpr (is_complex(dtype_of<T>)) {
    using R = typename T::value_type;
    return {static_cast<R>(numerator(i, seed)) / R(128), static_cast<R>(numerator(i, seed + 1)) / R(128)};
  } else if constexpr (std::integral<T>) {
    return static_cast<T>((numerator(i, seed) % 10 + 10) % 10);
  } else {
    return static_cast<T>(numerator(i, seed)) / T(128);
  }
}
template <class T> array<T> values(const extents& shape, std::int64_t seed, const stream& on) {
  std::vector<T> host(static_cast<std::size_t>(count_of(shape)));
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = value_at<T>(static_cast<std::int64_t>(i), seed);
  return asarray(host, shape, on);
}

template <class T> array<T> filled(std::initializer_list<T> host, const extents& shape, const stream& on) {
  return asarray(std::span<const T>(host.begin(), host.size()), shape, on);
}

inline extents parse_shape(std::string text) {
  extents shape;
  std::replace(text.begin(), text.end(), 'x', ' ');
  std::istringstream in(text);
  for (std::int64_t extent; in >> extent;) shape.push_back(extent);
  return shape;
}

/// Fields separated by '|'.
inline std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> fields(1);
  for (const char c : text)
    if (c == '|') fields.emplace_back();
    else fields.back() += c;
  return fields;
}

struct numpy_case {
  std::string id, function, type, options;
  extents a, b, shape;
  std::vector<double> expected;
};

/// The cases of some functions; the test fails when there is none.
inline std::vector<numpy_case> numpy_cases(std::initializer_list<std::string_view> functions) {
  std::vector<rejection> rejected;
  std::vector<input_file> files;
  static const io::table table = io::read_csv(data_directory() / "reference" / "array_linalg_fft.csv", rejected, files);
  std::vector<numpy_case> cases;
  for (const io::row& r : table.rows) {
    const reference_row row(table, r);
    if (std::find(functions.begin(), functions.end(), row["function"]) == functions.end()) continue;
    numpy_case c{row["id"],
                 row["function"],
                 row["type"],
                 row["options"],
                 parse_shape(row["shape_a"]),
                 parse_shape(row["shape_b"]),
                 parse_shape(row["shape"]),
                 {}};
    std::istringstream in(row["expected"]);
    for (double value; in >> value;) c.expected.push_back(value);
    cases.push_back(std::move(c));
  }
  EXPECT_FALSE(cases.empty());
  return cases;
}

/// Shape and elements, within `tolerance` of the largest element.
template <class T> void expect_case(const numpy_case& c, const array<T>& actual, double tolerance) {
  EXPECT_EQ(to_string(actual.shape()), to_string(c.shape)) << c.function << ", case " << c.id;
  EXPECT_TRUE(actual.is_dense()) << c.function << ", case " << c.id;
  std::vector<double> flat;
  for (const T& value : actual.get()) {
    if constexpr (is_complex(dtype_of<T>)) {
      flat.push_back(static_cast<double>(value.real()));
      flat.push_back(static_cast<double>(value.imag()));
    } else {
      flat.push_back(static_cast<double>(value));
    }
  }
  ASSERT_EQ(flat.size(), c.expected.size()) << c.function << ", case " << c.id;
  double largest = 1.0;
  for (const double value : c.expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < flat.size(); ++i)
    EXPECT_NEAR(flat[i], c.expected[i], tolerance * largest) << c.function << ", case " << c.id << ", element " << i;
}

/// Largest absolute difference of two arrays' elements.
template <class T> double distance(const std::vector<T>& a, const std::vector<T>& b) {
  EXPECT_EQ(a.size(), b.size());
  double most = 0.0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double difference = static_cast<double>(std::abs(a[i] - b[i]));
    most = difference <= most ? most : difference; // a NaN stays
  }
  return most;
}

} // namespace dojima::test
