// Transforms and convolutions on every device, against NumPy and identities.
#include "dojima/array/elementwise.hpp"
#include "dojima/array/fft.hpp"
#include "tests/array/numpy_cases.hpp"
#include "tests/message_of.hpp"

#include <numbers>
#include <thread>

namespace dojima {
namespace {

using test::message_of;
using test::numpy_case;
using test::values;
using complex = std::complex<double>;

fft_norm norm_of(const std::string& name) {
  return name == "ortho" ? fft_norm::ortho : name == "forward" ? fft_norm::forward : fft_norm::backward;
}
convolve_mode mode_of(const std::string& name) {
  return name == "same" ? convolve_mode::same : name == "valid" ? convolve_mode::valid : convolve_mode::full;
}

/// One case in the precision of R.
template <class R> void check_transform(const numpy_case& c, const stream& on, double tolerance) {
  const auto options = test::split(c.options);
  const std::int64_t axis = std::stoll(options[0]), seed = c.b.empty() ? c.a[0] : c.b[0];
  const auto n = options[1].empty() ? std::nullopt : std::optional(static_cast<std::int64_t>(std::stoll(options[1])));
  const fft_norm norm = norm_of(options[2]);
  const auto x = values<std::complex<R>>(c.a, seed, on);
  const auto r = values<R>(c.a, seed, on);
  const bool from_real = c.type == "float64";
  if (c.function == "fft") test::expect_case(c, from_real ? fft(r, n, axis, norm) : fft(x, n, axis, norm), tolerance);
  if (c.function == "ifft") test::expect_case(c, from_real ? ifft(r, n, axis, norm) : ifft(x, n, axis, norm), tolerance);
  if (c.function == "rfft") test::expect_case(c, rfft(r, n, axis, norm), tolerance);
  if (c.function == "irfft") test::expect_case(c, irfft(x, n, axis, norm), tolerance);
}

TEST(fft, agrees_with_numpy) {
  for (const device& d : device::all())
    for (const numpy_case& c : test::numpy_cases({"fft", "ifft", "rfft", "irfft"})) {
      check_transform<double>(c, stream(d), 1e-13);
      check_transform<float>(c, stream(d), 2e-6);
    }
}

// Lengths with small factors, large primes (Bluestein's chirp on the CPU), and a large power of two.
TEST(fft, inverts_and_keeps_the_energy) {
  for (const device& d : device::all()) {
    const stream on(d);
    for (const std::int64_t n : {1024, 1000, 1009, 2 * 1009, 10007, 65536, 1 << 18, 100003}) {
      const auto x = values<complex>({2, n}, n, on);
      const auto y = fft(x);
      EXPECT_LT(test::distance(ifft(y).get(), x.get()), 1e-13) << d.id() << " n = " << n;
      const auto r = values<double>({2, n}, n, on);
      EXPECT_LT(test::distance(irfft(rfft(r), n).get(), r.get()), 1e-13) << d.id() << " n = " << n;
      double energy = 0.0, transformed = 0.0;
      for (const complex& value : x.get()) energy += std::norm(value);
      for (const complex& value : y.get()) transformed += std::norm(value);
      EXPECT_NEAR(transformed / static_cast<double>(n) / energy, 1.0, 1e-13) << d.id() << " n = " << n;
    }
  }
}

TEST(fft, of_a_wave_is_one_line) {
  for (const device& d : device::all()) {
    const std::int64_t n = 1013, line = 17;
    std::vector<complex> wave(static_cast<std::size_t>(n));
    for (std::int64_t j = 0; j < n; ++j)
      wave[static_cast<std::size_t>(j)] =
          std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(line * j % n) / static_cast<double>(n));
    std::vector<complex> expected(wave.size());
    expected[line] = static_cast<double>(n);
    EXPECT_LT(test::distance(fft(asarray(wave, stream(d))).get(), expected), 1e-10) << d.id();
  }
}

TEST(fft, reads_strided_arrays_and_other_types) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto x = values<double>({6, 8}, 3, on);
    const auto column = x(slice{}, 2); // stride 8
    const std::vector<double> host = column.get();
    EXPECT_EQ(rfft(column).get(), rfft(asarray(host, on)).get());
    const auto counts = values<std::int64_t>({12}, 5, on);
    EXPECT_LT(test::distance(rfft(counts).get(), rfft(astype<double>(counts)).get()), 1e-12);
    static_assert(std::same_as<decltype(fft(values<float>({4}, 0, on))), array<std::complex<float>>>);
    static_assert(std::same_as<decltype(irfft(values<std::complex<float>>({4}, 0, on))), array<float>>);
    EXPECT_EQ(to_string(fft(array<double>({0, 4}, on)).shape()), "(0,4)");
  }
}

TEST(fft, ignores_the_imaginary_ends_of_a_half_spectrum) {
  for (const device& d : device::all()) {
    const stream on(d);
    for (const std::int64_t n : {8, 9, 10, 62}) {
      std::vector<complex> half = rfft(values<double>({n}, n, on)).get();
      const std::vector<double> expected = irfft(asarray(half, on), n).get();
      half.front() += complex(0, 3);
      if (n % 2 == 0) half.back() += complex(0, -2);
      EXPECT_LT(test::distance(irfft(asarray(half, on), n).get(), expected), 1e-14) << d.id() << " n = " << n;
    }
  }
}

TEST(fft, refuses) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto x = values<double>({2, 3}, 0, on);
    EXPECT_EQ(message_of<input_error>([&] { fft(x, 0); }), "fft: Invalid number of FFT data points (0) specified.");
    EXPECT_EQ(message_of<input_error>([&] { irfft(values<complex>({1}, 0, on)); }),
              "irfft: Invalid number of FFT data points (0) specified.");
    EXPECT_EQ(message_of<input_error>([&] { rfft(x, none, 2); }), "axis 2 is out of bounds for array of dimension 2");
  }
}

TEST(fft, from_many_threads) {
  for (const device& d : device::all()) {
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    const auto x = values<complex>({3, 210}, 1, stream(d));
    const auto expected = fft(x).get();
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        const stream own(d);
        const auto mine = x.to(own);
        for (int repeat = 0; repeat < 20; ++repeat) {
          wrong += fft(mine).get() != expected;
          (void)fft(values<complex>({100 + 10 * t + repeat}, 1, own)).get(); // other lengths push plans out
        }
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(wrong, 0) << d.id();
  }
}

// ---- convolutions ----------------------------------------------------------------------------------------------------

template <class T> void check_convolution(const numpy_case& c, const stream& on, convolve_method method, double tolerance) {
  const auto a = values<T>(c.a, c.a[0], on), v = values<T>(c.b, c.b[0] + 20, on);
  const convolve_mode mode = mode_of(c.options);
  test::expect_case(c, c.function == "convolve" ? convolve(a, v, mode, method) : correlate(a, v, mode, method), tolerance);
}

TEST(convolve, agrees_with_numpy) {
  for (const device& d : device::all())
    for (const numpy_case& c : test::numpy_cases({"convolve", "correlate"})) {
      const stream on(d);
      if (c.type == "int64") {
        check_convolution<std::int64_t>(c, on, convolve_method::automatic, 0.0);
        check_convolution<std::int32_t>(c, on, convolve_method::direct, 0.0);
      }
      for (const auto method : {convolve_method::automatic, convolve_method::direct, convolve_method::fft}) {
        if (c.type == "float64") {
          check_convolution<double>(c, on, method, 1e-13);
          check_convolution<float>(c, on, method, 2e-6);
        }
        if (c.type == "complex128") {
          check_convolution<complex>(c, on, method, 1e-13);
          check_convolution<std::complex<float>>(c, on, method, 2e-6);
        }
      }
    }
}

TEST(convolve, direct_and_fft_agree_around_the_choice) {
  for (const device& d : device::all()) {
    const stream on(d);
    for (const std::int64_t m : {511, 512, 700}) {
      const auto a = values<double>({5000}, 1, on), v = values<double>({m}, 2, on);
      for (const auto mode : {convolve_mode::full, convolve_mode::same, convolve_mode::valid}) {
        const auto direct = convolve(a, v, mode, convolve_method::direct).get();
        const auto fast = convolve(v, a, mode, convolve_method::fft).get();
        EXPECT_LT(test::distance(direct, fast), 1e-9) << d.id(); // sums of 500 products of up to 64
        const auto chosen = convolve(a, v, mode).get();
        EXPECT_EQ(chosen, m < 512 ? direct : convolve(a, v, mode, convolve_method::fft).get()) << d.id();
      }
    }
  }
}

template <class T>
std::vector<T> convolve2d_plainly(const std::vector<T>& x, std::int64_t rows, std::int64_t columns, const std::vector<T>& k,
                                  std::int64_t k_rows, std::int64_t k_columns) {
  std::vector<T> full(static_cast<std::size_t>((rows + k_rows - 1) * (columns + k_columns - 1)));
  for (std::int64_t i = 0; i < rows + k_rows - 1; ++i)
    for (std::int64_t j = 0; j < columns + k_columns - 1; ++j) {
      T sum = 0;
      for (std::int64_t p = 0; p < k_rows; ++p)
        for (std::int64_t q = 0; q < k_columns; ++q)
          if (i - p >= 0 && i - p < rows && j - q >= 0 && j - q < columns)
            sum += k[static_cast<std::size_t>(p * k_columns + q)] * x[static_cast<std::size_t>((i - p) * columns + j - q)];
      full[static_cast<std::size_t>(i * (columns + k_columns - 1) + j)] = sum;
    }
  return full;
}

// The sums are specified to the bit, so every device and the plain loop give the same ones.
TEST(convolve, two_dimensional_to_the_bit) {
  for (const device& d : device::all()) {
    const stream on(d);
    for (const auto& [rows, columns, k_rows, k_columns] : std::vector<std::array<std::int64_t, 4>>{
             {1, 1, 1, 1}, {5, 7, 3, 3}, {4, 1300, 2, 5}, {9, 6, 9, 6}, {3, 4, 5, 6}, {40, 30, 1, 8}}) {
      const auto x = values<double>({rows, columns}, 1, on), k = values<double>({k_rows, k_columns}, 2, on);
      const std::vector<double> plain = convolve2d_plainly(x.get(), rows, columns, k.get(), k_rows, k_columns);
      EXPECT_EQ(convolve2d(x, k).get(), plain) << d.id();
      if (rows < k_rows || columns < k_columns) continue;
      const array<double> full = asarray(plain, {rows + k_rows - 1, columns + k_columns - 1}, on);
      const std::int64_t top = (k_rows - 1) / 2, left = (k_columns - 1) / 2;
      EXPECT_EQ(convolve2d(x, k, convolve_mode::same).get(), full(slice{top, top + rows}, slice{left, left + columns}).get());
      EXPECT_EQ(convolve2d(x, k, convolve_mode::valid).get(),
                full(slice{k_rows - 1, rows}, slice{k_columns - 1, columns}).get());
    }
  }
}

TEST(convolve, does_not_spread_what_is_not_finite) {
  for (const device& d : device::all()) {
    std::vector<double> x(600, 1.0);
    x[300] = NAN;
    const auto y = convolve(asarray(x, stream(d)), values<double>({4}, 1, stream(d)), convolve_mode::valid).get();
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i >= 297 && i <= 300) << i;
    const double infinite = INFINITY;
    const auto ends = convolve(asarray({1.0, 2.0}, stream(d)), asarray({infinite, 1.0}, stream(d))).get();
    EXPECT_EQ(ends, (std::vector<double>{infinite, infinite, 2.0}));
  }
}

TEST(convolve, refuses) {
  for (const device& d : device::all()) {
    const stream on(d);
    const auto x = values<double>({2, 3}, 0, on), y = values<double>({3}, 0, on);
    EXPECT_EQ(message_of<input_error>([&] { convolve(y, array<double>({0}, on)); }), "convolve: v cannot be empty");
    EXPECT_EQ(message_of<input_error>([&] { correlate(array<double>({0}, on), y); }), "correlate: a cannot be empty");
    EXPECT_EQ(message_of<input_error>([&] { convolve(x, y); }),
              "convolve: object of wrong depth for desired array (takes two vectors, not shapes (2,3) and (3,))");
    EXPECT_EQ(message_of<input_error>([&] {
                convolve2d(x, values<double>({3, 3}, 0, on), convolve_mode::same);
              }),
              "convolve2d: the kernel is larger than the matrix (shapes (2,3) and (3,3)); use convolve_mode::full");
    EXPECT_NE(message_of<input_error>([&] {
                convolve(values<int>({4}, 0, on), values<int>({4}, 0, on), convolve_mode::full, convolve_method::fft);
              }).find("not int32"),
              std::string::npos);
  }
}

} // namespace
} // namespace dojima
