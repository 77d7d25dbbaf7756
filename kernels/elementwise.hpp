// What each elementwise operation does, for one element: the same source on CPU lanes, in the GPU code that is compiled at run
// time, and in the tests. NumPy's semantics: integers wrap around, integer division by zero gives zero, NaN wins in minimum and
// maximum. Functions of float are computed in double and rounded once.
#pragma once

#include "models/elementary.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {
namespace elementwise {

using int32 = std::int32_t;
using uint32 = std::uint32_t;
using int64 = std::int64_t;
using uint64 = std::uint64_t;

/// A complex number with the layout of std::complex.
template <class R> struct complex { R re, im; };
using complex64 = complex<float>;
using complex128 = complex<double>;

// ---- kinds of element ------------------------------------------------------------------------------------------------
template <class T> struct kind {
  static constexpr bool is_complex = false, is_floating = false;
  using real = T;
};
template <> struct kind<float> {
  static constexpr bool is_complex = false, is_floating = true;
  using real = float;
};
template <> struct kind<double> {
  static constexpr bool is_complex = false, is_floating = true;
  using real = double;
};
template <class R> struct kind<complex<R>> {
  static constexpr bool is_complex = true, is_floating = false;
  using real = R;
};
template <class A, class B> inline constexpr bool same = false;
template <class A> inline constexpr bool same<A, A> = true;

/// Signed integers wrap around; C++ leaves that open, so it is done without a sign.
template <class T> struct wrapping { using type = T; };
template <> struct wrapping<int32> { using type = uint32; };
template <> struct wrapping<int64> { using type = uint64; };
template <class T> using wrap = typename wrapping<T>::type;

DOJIMA_FN bool is_nan(double x) { return x != x; }
DOJIMA_FN float root(float x) { return ::sqrtf(x); }
DOJIMA_FN double root(double x) { return ::sqrt(x); }
DOJIMA_FN float magnitude(float x) { return ::fabsf(x); }
DOJIMA_FN double magnitude(double x) { return ::fabs(x); }

// ---- arithmetic ------------------------------------------------------------------------------------------------------
template <class T> DOJIMA_FN T add(T a, T b) {
  if constexpr (same<T, bool>) return a || b;
  else if constexpr (kind<T>::is_complex) return {a.re + b.re, a.im + b.im};
  else return static_cast<T>(static_cast<wrap<T>>(a) + static_cast<wrap<T>>(b));
}
template <class T> DOJIMA_FN T subtract(T a, T b) {
  if constexpr (kind<T>::is_complex) return {a.re - b.re, a.im - b.im};
  else return static_cast<T>(static_cast<wrap<T>>(a) - static_cast<wrap<T>>(b));
}
template <class T> DOJIMA_FN T multiply(T a, T b) {
  if constexpr (same<T, bool>) return a && b;
  else if constexpr (kind<T>::is_complex)
    return {rounded_product(a.re, b.re) - rounded_product(a.im, b.im),
            rounded_product(a.re, b.im) + rounded_product(a.im, b.re)};
  else return static_cast<T>(static_cast<wrap<T>>(a) * static_cast<wrap<T>>(b));
}
/// Floating-point types only. Complex: R. L. Smith (1962), Algorithm 116, CACM 5.
template <class T> DOJIMA_FN T divide(T a, T b) {
  if constexpr (kind<T>::is_complex) {
    if (magnitude(b.re) >= magnitude(b.im)) {
      const auto ratio = b.im / b.re, scale = b.re + rounded_product(b.im, ratio);
      if (b.re == 0 && b.im == 0) return {a.re / magnitude(b.re), a.im / magnitude(b.re)};
      return {(a.re + rounded_product(a.im, ratio)) / scale, (a.im - rounded_product(a.re, ratio)) / scale};
    }
    const auto ratio = b.re / b.im, scale = b.im + rounded_product(b.re, ratio);
    return {(rounded_product(a.re, ratio) + a.im) / scale, (rounded_product(a.im, ratio) - a.re) / scale};
  } else {
    return a / b;
  }
}
template <class T> DOJIMA_FN T negative(T a) {
  if constexpr (kind<T>::is_complex) return {-a.re, -a.im};
  else if constexpr (kind<T>::is_floating) return -a;
  else return static_cast<T>(wrap<T>(0) - static_cast<wrap<T>>(a));
}

/// Quotient and remainder with the sign of the divisor, as Python's // and %.
DOJIMA_FN void divide_floor(double a, double b, double& quotient, double& remainder) {
  remainder = ::fmod(a, b);
  if (b == 0.0) {
    quotient = a / b;
    return;
  }
  double q = (a - remainder) / b;
  if (remainder != 0.0) {
    if ((b < 0.0) != (remainder < 0.0)) {
      remainder += b;
      q -= 1.0;
    }
  } else {
    remainder = ::copysign(0.0, b);
  }
  if (q != 0.0) {
    quotient = ::floor(q);
    if (q - quotient > 0.5) quotient += 1.0;
  } else {
    quotient = ::copysign(0.0, a / b);
  }
}
template <class T> DOJIMA_FN T floor_divide(T a, T b) {
  if constexpr (kind<T>::is_floating) {
    double quotient, remainder;
    divide_floor(a, b, quotient, remainder);
    return static_cast<T>(quotient);
  } else {
    if (b == T(0)) return T(0);
    if constexpr (T(-1) < T(0))
      if (b == T(-1)) return negative(a); // the smallest number has no quotient
    const T q = static_cast<T>(a / b);
    return a % b != T(0) && (a < T(0)) != (b < T(0)) ? static_cast<T>(q - 1) : q;
  }
}
template <class T> DOJIMA_FN T remainder(T a, T b) {
  if constexpr (kind<T>::is_floating) {
    double quotient, remainder;
    divide_floor(a, b, quotient, remainder);
    return static_cast<T>(remainder);
  } else {
    if (b == T(0)) return T(0);
    if constexpr (T(-1) < T(0))
      if (b == T(-1)) return T(0);
    const T r = static_cast<T>(a % b);
    return r != T(0) && (r < T(0)) != (b < T(0)) ? static_cast<T>(r + b) : r;
  }
}
/// Integers: by squaring, wrapping around; a negative exponent gives 0 but for the bases 1 and -1.
template <class T> DOJIMA_FN T power(T a, T b) {
  if constexpr (kind<T>::is_floating) {
    return static_cast<T>(ieee::pow(static_cast<double>(a), static_cast<double>(b)));
  } else {
    if constexpr (T(-1) < T(0))
      if (b < T(0)) return a == T(1) ? T(1) : a == T(-1) ? (b % 2 == 0 ? T(1) : T(-1)) : T(0);
    wrap<T> result = 1, base = static_cast<wrap<T>>(a);
    for (wrap<T> n = static_cast<wrap<T>>(b); n != 0; n >>= 1, base *= base)
      if (n & 1) result *= base;
    return static_cast<T>(result);
  }
}

// ---- order -----------------------------------------------------------------------------------------------------------
template <class T> DOJIMA_FN bool less(T a, T b) {
  if constexpr (kind<T>::is_complex) return a.re < b.re || (a.re == b.re && a.im < b.im);
  else return a < b;
}
template <class T> DOJIMA_FN bool equal(T a, T b) {
  if constexpr (kind<T>::is_complex) return a.re == b.re && a.im == b.im;
  else return a == b;
}
template <class T> DOJIMA_FN bool less_equal(T a, T b) {
  if constexpr (kind<T>::is_complex) return a.re < b.re || (a.re == b.re && a.im <= b.im);
  else return a <= b;
}
template <class T> DOJIMA_FN bool greater(T a, T b) { return less(b, a); }
template <class T> DOJIMA_FN bool greater_equal(T a, T b) { return less_equal(b, a); }
template <class T> DOJIMA_FN bool not_equal(T a, T b) { return !equal(a, b); }
template <class T> DOJIMA_FN bool isnan(T a) {
  if constexpr (kind<T>::is_complex) return a.re != a.re || a.im != a.im;
  else return a != a;
}
template <class T> DOJIMA_FN bool isfinite(T a) {
  if constexpr (kind<T>::is_complex) return isfinite(a.re) && isfinite(a.im);
  else if constexpr (kind<T>::is_floating) return a - a == T(0);
  else return true;
}
template <class T> DOJIMA_FN bool isinf(T a) {
  if constexpr (kind<T>::is_complex) return isinf(a.re) || isinf(a.im);
  else return !isfinite(a) && !isnan(a);
}
/// Whether `goes_first`, which compares a with b, lets a stay: NaN wins. A complex number with one NaN part can still be less.
template <class T> DOJIMA_FN bool stays(T a, T b, bool goes_first) {
  if constexpr (kind<T>::is_complex) return isnan(a) || (goes_first && !isnan(b));
  else return isnan(a) || goes_first;
}
template <class T> DOJIMA_FN T minimum(T a, T b) { return stays(a, b, less(a, b)) ? a : b; }
template <class T> DOJIMA_FN T maximum(T a, T b) { return stays(a, b, less(b, a)) ? a : b; }

// ---- logic -----------------------------------------------------------------------------------------------------------
template <class T> DOJIMA_FN T bitwise_and(T a, T b) { return static_cast<T>(a & b); }
template <class T> DOJIMA_FN T bitwise_or(T a, T b) { return static_cast<T>(a | b); }
template <class T> DOJIMA_FN T bitwise_xor(T a, T b) { return static_cast<T>(a ^ b); }
template <class T> DOJIMA_FN T invert(T a) {
  if constexpr (same<T, bool>) return !a;
  else return static_cast<T>(~a);
}
DOJIMA_FN bool logical_and(bool a, bool b) { return a && b; }
DOJIMA_FN bool logical_or(bool a, bool b) { return a || b; }
DOJIMA_FN bool logical_xor(bool a, bool b) { return a != b; }
DOJIMA_FN bool logical_not(bool a) { return !a; }
template <class T> DOJIMA_FN T where(bool c, T a, T b) { return c ? a : b; }

// ---- parts -----------------------------------------------------------------------------------------------------------
template <class T> DOJIMA_FN typename kind<T>::real real(T a) {
  if constexpr (kind<T>::is_complex) return a.re;
  else return a;
}
template <class T> DOJIMA_FN typename kind<T>::real imag(T a) {
  if constexpr (kind<T>::is_complex) return a.im;
  else return T(0);
}
template <class T> DOJIMA_FN T conj(T a) {
  if constexpr (kind<T>::is_complex) return {a.re, -a.im};
  else return a;
}
template <class T> DOJIMA_FN typename kind<T>::real absolute(T a) {
  if constexpr (kind<T>::is_complex) { // scaled, so that squares neither overflow nor vanish
    const auto x = magnitude(a.re), y = magnitude(a.im);
    const auto large = x < y ? y : x, small = x < y ? x : y;
    if (isinf(x) || isinf(y)) return large == large ? large : small;
    if (large == 0 || isnan(a)) return x + y;
    const auto ratio = small / large;
    return large * root(1 + ratio * ratio);
  } else if constexpr (kind<T>::is_floating) {
    return magnitude(a);
  } else if constexpr (T(-1) < T(0)) {
    return a < T(0) ? negative(a) : a;
  } else {
    return a;
  }
}
template <class T> DOJIMA_FN T sign(T a) {
  if constexpr (kind<T>::is_complex) {
    const auto size = absolute(a);
    return size == 0 ? T{0, 0} : T{a.re / size, a.im / size};
  } else {
    return isnan(a) ? a : static_cast<T>(static_cast<int>(T(0) < a) - static_cast<int>(a < T(0)));
  }
}

// ---- rounding; integers stay -----------------------------------------------------------------------------------------
#define DOJIMA_ROUNDING(name)                                                                  \
  template <class T> DOJIMA_FN T name(T a) {                                                   \
    if constexpr (kind<T>::is_floating) return static_cast<T>(::name(static_cast<double>(a))); \
    else return a;                                                                             \
  }
DOJIMA_ROUNDING(floor)
DOJIMA_ROUNDING(ceil)
DOJIMA_ROUNDING(trunc)
DOJIMA_ROUNDING(rint)
#undef DOJIMA_ROUNDING

// ---- functions of real numbers ---------------------------------------------------------------------------------------
template <class T> DOJIMA_FN T sqrt(T a) { return root(a); }
DOJIMA_FN complex128 sqrt(complex128 a) { // W. Kahan (1987), branch cuts
  if (isinf(a.im)) return {magnitude(a.im), a.im};
  if (isnan(a.re)) return {a.re, a.re};
  if (isinf(a.re)) {
    const double rest = isnan(a.im) ? a.im : 0.0;
    return a.re > 0 ? complex128{a.re, ::copysign(rest, a.im)} : complex128{rest, ::copysign(a.re, a.im)};
  }
  const double size = absolute(a);
  if (size == 0) return {0, a.im};
  const double t = ::sqrt(0.5 * (size + magnitude(a.re)));
  return a.re >= 0 ? complex128{t, a.im / (2 * t)} : complex128{magnitude(a.im) / (2 * t), ::copysign(t, a.im)};
}
template <class T> DOJIMA_FN T fma(T a, T b, T c) {
  if constexpr (same<T, double>) return ::fma(a, b, c);
  else return ::fmaf(a, b, c);
}
#define DOJIMA_FUNCTION(name) \
  template <class T> DOJIMA_FN T name(T a) { return static_cast<T>(ieee::name(static_cast<double>(a))); }
DOJIMA_FUNCTION(cbrt)
DOJIMA_FUNCTION(expm1)
DOJIMA_FUNCTION(log)
DOJIMA_FUNCTION(log1p)
DOJIMA_FUNCTION(tan)
DOJIMA_FUNCTION(tanh)
DOJIMA_FUNCTION(erf)
DOJIMA_FUNCTION(erfc)
DOJIMA_FUNCTION(norm_cdf)
DOJIMA_FUNCTION(inverse_norm_cdf)
DOJIMA_FUNCTION(sin)
DOJIMA_FUNCTION(cos)
#undef DOJIMA_FUNCTION
template <class T> DOJIMA_FN T exp(T a) {
  if constexpr (kind<T>::is_complex) {
    // The limits of C99, annex G; above e^700 a small cosine or sine can still make a finite product.
    using R = typename kind<T>::real;
    const double re = static_cast<double>(a.re), angle = static_cast<double>(a.im);
    const bool large = re > 700.0;
    const double size = ieee::exp(large ? 0.5 * re : re), more = large ? size : 1.0;
    if (angle == 0.0) return {static_cast<R>(size * more), a.im};
    if (!isfinite(angle) && isinf(re))
      return re < 0 ? T{R(0), static_cast<R>(::copysign(0.0, angle))} : T{a.re, static_cast<R>(angle - angle)};
    return {static_cast<R>(size * ieee::cos(angle) * more), static_cast<R>(size * ieee::sin(angle) * more)};
  } else {
    return static_cast<T>(ieee::exp(static_cast<double>(a)));
  }
}

// ---- conversion ------------------------------------------------------------------------------------------------------
template <class To, class From> DOJIMA_FN To cast(From a) {
  if constexpr (same<To, From>) {
    return a;
  } else if constexpr (same<To, bool>) {
    if constexpr (kind<From>::is_complex) return a.re != 0 || a.im != 0;
    else return a != From(0);
  } else if constexpr (kind<To>::is_complex) {
    using R = typename kind<To>::real;
    return {static_cast<R>(real(a)), static_cast<R>(imag(a))};
  } else if constexpr (kind<From>::is_complex) {
    return cast<To>(a.re);
  } else if constexpr (kind<From>::is_floating && !kind<To>::is_floating) {
    // Out of range C++ leaves the result open: like x86, the smallest integer stands for it.
    const double x = static_cast<double>(a);
    if constexpr (same<To, uint32>)
      return x > -9223372036854775808.0 && x < 9223372036854775808.0 ? static_cast<To>(static_cast<int64>(x)) : To(0);
    else if constexpr (same<To, int32>) return x > -2147483649.0 && x < 2147483648.0 ? static_cast<To>(x) : To(-2147483647 - 1);
    else
      return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? static_cast<To>(x)
                                                                      : static_cast<To>(-9223372036854775807LL - 1);
  } else {
    return static_cast<To>(a);
  }
}

// ---- reductions: the neutral element, and how two partial results become one -----------------------------------------
/// x as a T; a complex number has it in both parts.
template <class T> DOJIMA_FN T in_each_part(double x) {
  if constexpr (kind<T>::is_complex) return {static_cast<typename kind<T>::real>(x), static_cast<typename kind<T>::real>(x)};
  else return static_cast<T>(x);
}
template <class T> DOJIMA_FN T smallest() {
  if constexpr (kind<T>::is_complex || kind<T>::is_floating) return in_each_part<T>(-infinity);
  else if constexpr (same<T, bool>) return false;
  else if constexpr (T(-1) < T(0)) return static_cast<T>(wrap<T>(1) << (8 * sizeof(T) - 1));
  else return T(0);
}
template <class T> DOJIMA_FN T largest() {
  if constexpr (kind<T>::is_complex || kind<T>::is_floating) return in_each_part<T>(infinity);
  else if constexpr (same<T, bool>) return true;
  else return static_cast<T>(~smallest<T>());
}

struct sum_of {
  template <class T> static DOJIMA_FN T identity() { return in_each_part<T>(-0.0); } // leaves every number as it is
  template <class T> static DOJIMA_FN T combine(T a, T b) { return add(a, b); }
};
struct prod_of {
  template <class T> static DOJIMA_FN T identity() { return cast<T>(1); }
  template <class T> static DOJIMA_FN T combine(T a, T b) { return multiply(a, b); }
};
struct min_of {
  template <class T> static DOJIMA_FN T identity() { return largest<T>(); }
  template <class T> static DOJIMA_FN T combine(T a, T b) { return minimum(a, b); }
};
struct max_of {
  template <class T> static DOJIMA_FN T identity() { return smallest<T>(); }
  template <class T> static DOJIMA_FN T combine(T a, T b) { return maximum(a, b); }
};
struct any_of {
  template <class T> static DOJIMA_FN T identity() { return T(false); }
  template <class T> static DOJIMA_FN T combine(T a, T b) { return a || b; }
};
struct all_of {
  template <class T> static DOJIMA_FN T identity() { return T(true); }
  template <class T> static DOJIMA_FN T combine(T a, T b) { return a && b; }
};
/// For argmin and argmax: whether (a, i) goes before (b, j). NaN goes first, then the better value, then the lower position.
/// A negative position is none.
template <bool highest> struct position_of {
  template <class T> static DOJIMA_FN bool better(T a, T b) { return highest ? less(b, a) : less(a, b); }
  template <class T> static DOJIMA_FN bool before(T a, int64 i, T b, int64 j) {
    if (i < 0 || j < 0) return j < 0;
    if (isnan(a) != isnan(b)) return isnan(a);
    if (better(a, b)) return true;
    return !better(b, a) && i < j;
  }
};
using argmin_of = position_of<false>;
using argmax_of = position_of<true>;

} // namespace elementwise
} // namespace DOJIMA_ISA
} // namespace dojima
