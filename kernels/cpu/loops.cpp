// Compiled once for each instruction set, in a namespace of its own.
#include "kernels/cpu/loops.hpp"

#include <utility>

#include "kernels/cpu/pack.hpp"
#include "kernels/elementwise.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

namespace k = kernels;
namespace e = elementwise;
using std::int64_t;

namespace {

template <dtype> struct element_of;
template <> struct element_of<dtype::boolean> { using type = bool; };
template <> struct element_of<dtype::int32> { using type = e::int32; };
template <> struct element_of<dtype::uint32> { using type = e::uint32; };
template <> struct element_of<dtype::int64> { using type = e::int64; };
template <> struct element_of<dtype::float32> { using type = float; };
template <> struct element_of<dtype::float64> { using type = double; };
template <> struct element_of<dtype::complex64> { using type = e::complex64; };
template <> struct element_of<dtype::complex128> { using type = e::complex128; };
template <int type> using element_at = typename element_of<static_cast<dtype>(type)>::type;

template <class F, class T> void unary_loop(void* out, const void* const* args, int64_t n) {
  const T* a = static_cast<const T*>(args[0]);
  auto* r = static_cast<decltype(F::run(T{}))*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) r[i] = F::run(a[i]);
}
template <class F, class T> void binary_loop(void* out, const void* const* args, int64_t n) {
  const T* a = static_cast<const T*>(args[0]);
  const T* b = static_cast<const T*>(args[1]);
  auto* r = static_cast<decltype(F::run(T{}, T{}))*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) r[i] = F::run(a[i], b[i]);
}
template <class T> void where_loop(void* out, const void* const* args, int64_t n) {
  const bool* c = static_cast<const bool*>(args[0]);
  const T* a = static_cast<const T*>(args[1]);
  const T* b = static_cast<const T*>(args[2]);
  T* r = static_cast<T*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) r[i] = e::where(c[i], a[i], b[i]);
}
template <class T> void fma_loop(void* out, const void* const* args, int64_t n) {
  const T* a = static_cast<const T*>(args[0]);
  const T* b = static_cast<const T*>(args[1]);
  const T* c = static_cast<const T*>(args[2]);
  T* r = static_cast<T*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) r[i] = e::fma(a[i], b[i], c[i]);
}

/// Functions over Real run on packs; floats are widened first, and the rest of a block is filled up.
template <class T> DOJIMA_FN pack load_pack(const T* p) {
  if constexpr (std::is_same_v<T, double>) {
    return load<pack>(p);
  } else {
    double wide[pack::width];
    for (int i = 0; i < pack::width; ++i) wide[i] = static_cast<double>(p[i]);
    return load<pack>(wide);
  }
}
template <class T> DOJIMA_FN void store_pack(T* p, const pack& x) {
  if constexpr (std::is_same_v<T, double>) {
    store(p, x);
  } else {
    double wide[pack::width];
    store(wide, x);
    for (int i = 0; i < pack::width; ++i) p[i] = static_cast<T>(wide[i]);
  }
}
template <class F, class T, int arguments> void pack_loop(void* out, const void* const* args, int64_t n) {
  const auto run = [](T * r, const T* a, [[maybe_unused]] const T* b) __attribute__((always_inline)) {
    if constexpr (arguments == 1) store_pack(r, F::run(load_pack(a)));
    else store_pack(r, F::run(load_pack(a), load_pack(b)));
  };
  const T* a = static_cast<const T*>(args[0]);
  const T* b = arguments == 1 ? a : static_cast<const T*>(args[1]);
  T* r = static_cast<T*>(out);
  for (; n > 0; n -= pack::width, a += pack::width, b += pack::width, r += pack::width) {
    if (n >= pack::width) {
      run(r, a, b);
    } else {
      T rest_a[pack::width] = {}, rest_b[pack::width] = {}, rest[pack::width];
      for (int64_t i = 0; i < n; ++i) rest_a[i] = a[i], rest_b[i] = b[i];
      run(rest, rest_a, rest_b);
      for (int64_t i = 0; i < n; ++i) r[i] = rest[i];
    }
  }
}

// Which types an operation is defined for.
template <class T> constexpr bool is_bool = std::is_same_v<T, bool>;
template <class T> constexpr bool is_complex_v = e::kind<T>::is_complex;
template <class T> constexpr bool is_floating_v = e::kind<T>::is_floating;
template <class T> constexpr bool is_integral_v = std::is_integral_v<T> && !is_bool<T>;

template <op code> struct entry; // loop for a type, or null
#define DOJIMA_LOOP(name, shape, when)                                                \
  struct run_##name {                                                                 \
    template <class... T> static DOJIMA_FN auto run(T... a) { return e::name(a...); } \
  };                                                                                  \
  template <> struct entry<op::name> {                                                \
    template <class T> static constexpr k::loop get() {                               \
      if constexpr (when) return shape<run_##name, T>;                                \
      else return nullptr;                                                            \
    }                                                                                 \
  };
DOJIMA_LOOP(add, binary_loop, true)
DOJIMA_LOOP(subtract, binary_loop, !is_bool<T>)
DOJIMA_LOOP(multiply, binary_loop, true)
DOJIMA_LOOP(divide, binary_loop, is_floating_v<T> || is_complex_v<T>)
DOJIMA_LOOP(floor_divide, binary_loop, !is_bool<T> && !is_complex_v<T>)
DOJIMA_LOOP(remainder, binary_loop, !is_bool<T> && !is_complex_v<T>)
DOJIMA_LOOP(minimum, binary_loop, true)
DOJIMA_LOOP(maximum, binary_loop, true)
DOJIMA_LOOP(negative, unary_loop, !is_bool<T>)
DOJIMA_LOOP(absolute, unary_loop, true)
DOJIMA_LOOP(sign, unary_loop, !is_bool<T>)
DOJIMA_LOOP(conj, unary_loop, true)
DOJIMA_LOOP(real, unary_loop, true)
DOJIMA_LOOP(imag, unary_loop, true)
DOJIMA_LOOP(bitwise_and, binary_loop, std::is_integral_v<T>)
DOJIMA_LOOP(bitwise_or, binary_loop, std::is_integral_v<T>)
DOJIMA_LOOP(bitwise_xor, binary_loop, std::is_integral_v<T>)
DOJIMA_LOOP(invert, unary_loop, std::is_integral_v<T>)
DOJIMA_LOOP(less, binary_loop, true)
DOJIMA_LOOP(less_equal, binary_loop, true)
DOJIMA_LOOP(greater, binary_loop, true)
DOJIMA_LOOP(greater_equal, binary_loop, true)
DOJIMA_LOOP(equal, binary_loop, true)
DOJIMA_LOOP(not_equal, binary_loop, true)
DOJIMA_LOOP(logical_and, binary_loop, is_bool<T>)
DOJIMA_LOOP(logical_or, binary_loop, is_bool<T>)
DOJIMA_LOOP(logical_xor, binary_loop, is_bool<T>)
DOJIMA_LOOP(logical_not, unary_loop, is_bool<T>)
DOJIMA_LOOP(isnan, unary_loop, true)
DOJIMA_LOOP(isinf, unary_loop, true)
DOJIMA_LOOP(isfinite, unary_loop, true)
DOJIMA_LOOP(floor, unary_loop, is_integral_v<T> || is_floating_v<T>)
DOJIMA_LOOP(ceil, unary_loop, is_integral_v<T> || is_floating_v<T>)
DOJIMA_LOOP(trunc, unary_loop, is_integral_v<T> || is_floating_v<T>)
DOJIMA_LOOP(rint, unary_loop, is_integral_v<T> || is_floating_v<T>)
#undef DOJIMA_LOOP

template <> struct entry<op::cast> {
  template <class T> static constexpr k::loop get() { return nullptr; }
};
template <> struct entry<op::where> {
  template <class T> static constexpr k::loop get() { return where_loop<T>; }
};
template <> struct entry<op::fma> {
  template <class T> static constexpr k::loop get() {
    if constexpr (is_floating_v<T>) return fma_loop<T>;
    else return nullptr;
  }
};
struct run_sqrt {
  template <class T> static DOJIMA_FN T run(T a) { return e::sqrt(a); }
};
template <> struct entry<op::sqrt> {
  template <class T> static constexpr k::loop get() {
    if constexpr (is_floating_v<T> || std::is_same_v<T, e::complex128>) return unary_loop<run_sqrt, T>;
    else return nullptr;
  }
};
struct run_power {
  template <class T> static DOJIMA_FN T run(T a, T b) { return e::power(a, b); }
};
struct run_pack_power {
  static DOJIMA_FN pack run(const pack& a, const pack& b) { return ieee::pow(a, b); }
};
template <> struct entry<op::power> {
  template <class T> static constexpr k::loop get() {
    if constexpr (is_floating_v<T>) return pack_loop<run_pack_power, T, 2>;
    else if constexpr (is_integral_v<T>) return binary_loop<run_power, T>;
    else return nullptr;
  }
};
#define DOJIMA_FUNCTION_LOOP(name)                                                                      \
  struct run_pack_##name {                                                                              \
    static DOJIMA_FN pack run(const pack& a) { return ieee::name(a); }                                  \
  };                                                                                                    \
  template <> struct entry<op::name> {                                                                  \
    template <class T> static constexpr k::loop get() {                                                 \
      if constexpr (is_floating_v<T>) return pack_loop<run_pack_##name, T, 1>;                          \
      else if constexpr (op::name == op::exp && is_complex_v<T>) return unary_loop<run_complex_exp, T>; \
      else return nullptr;                                                                              \
    }                                                                                                   \
  };
struct run_complex_exp {
  template <class T> static DOJIMA_FN T run(T a) { return e::exp(a); }
};
DOJIMA_FUNCTION_LOOP(cbrt)
DOJIMA_FUNCTION_LOOP(exp)
DOJIMA_FUNCTION_LOOP(expm1)
DOJIMA_FUNCTION_LOOP(log)
DOJIMA_FUNCTION_LOOP(log1p)
DOJIMA_FUNCTION_LOOP(sin)
DOJIMA_FUNCTION_LOOP(cos)
DOJIMA_FUNCTION_LOOP(tan)
DOJIMA_FUNCTION_LOOP(tanh)
DOJIMA_FUNCTION_LOOP(erf)
DOJIMA_FUNCTION_LOOP(erfc)
DOJIMA_FUNCTION_LOOP(norm_cdf)
DOJIMA_FUNCTION_LOOP(inverse_norm_cdf)
#undef DOJIMA_FUNCTION_LOOP

template <class To, class From> void cast_loop(void* out, const void* const* args, int64_t n) {
  const From* a = static_cast<const From*>(args[0]);
  To* r = static_cast<To*>(out);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) r[i] = e::cast<To>(a[i]);
}

// ---- lanes -----------------------------------------------------------------------------------------------------------

template <class F, class T> struct value_lanes {
  static void begin(void* values, int64_t*) {
    T* v = static_cast<T*>(values);
    for (int64_t l = 0; l < k::lanes; ++l) v[l] = F::template identity<T>();
  }
  static void add(void* values, int64_t*, const void* elements, const int64_t*, int64_t, int64_t n) {
    T* v = static_cast<T*>(values);
    const T* x = static_cast<const T*>(elements);
    int64_t i = 0;
    if constexpr (std::is_same_v<F, e::sum_of> && std::is_same_v<T, double>) {
      constexpr int packs = static_cast<int>(k::lanes) / pack::width;
      pack sums[packs];
      DOJIMA_UNROLL
      for (int p = 0; p < packs; ++p) sums[p] = load<pack>(v + p * pack::width);
      for (; i + k::lanes <= n; i += k::lanes) {
        DOJIMA_UNROLL
        for (int p = 0; p < packs; ++p) sums[p] = sums[p] + load<pack>(x + i + p * pack::width);
      }
      DOJIMA_UNROLL
      for (int p = 0; p < packs; ++p) store(v + p * pack::width, sums[p]);
    } else {
      for (; i + k::lanes <= n; i += k::lanes) {
#pragma GCC ivdep
        for (int64_t l = 0; l < k::lanes; ++l) v[l] = F::combine(v[l], x[i + l]);
      }
    }
    for (int64_t l = 0; i < n; ++l, ++i) v[l] = F::combine(v[l], x[i]);
  }
  static void end(void* values, int64_t*) {
    T* v = static_cast<T*>(values);
    for (int64_t width = k::lanes / 2; width > 0; width /= 2)
      for (int64_t l = 0; l < width; ++l) v[l] = F::combine(v[l], v[l + width]);
  }
};

template <class F, class T> struct position_lanes {
  static void begin(void*, int64_t* at) {
    for (int64_t l = 0; l < k::lanes; ++l) at[l] = -1;
  }
  static void merge(T& value, int64_t& at, T other, int64_t other_at) {
    if (F::before(other, other_at, value, at)) value = other, at = other_at;
  }
  static void add(void* values, int64_t* at, const void* elements, const int64_t* positions, int64_t first, int64_t n) {
    T* v = static_cast<T*>(values);
    const T* x = static_cast<const T*>(elements);
    for (int64_t i = 0; i < n; ++i)
      merge(v[i % k::lanes], at[i % k::lanes], x[i], positions != nullptr ? positions[i] : first + i);
  }
  static void end(void* values, int64_t* at) {
    T* v = static_cast<T*>(values);
    for (int64_t width = k::lanes / 2; width > 0; width /= 2)
      for (int64_t l = 0; l < width; ++l) merge(v[l], at[l], v[l + width], at[l + width]);
  }
};

template <class Lanes> constexpr k::lane_loops lane_entry() { return {Lanes::begin, Lanes::add, Lanes::end}; }

template <int type> constexpr void fill_type(k::loop_table& table) {
  using T = element_at<type>;
#define DOJIMA_ENTRY(name, arity) table.operations[static_cast<int>(op::name)][type] = entry<op::name>::template get<T>();
  DOJIMA_OPERATIONS(DOJIMA_ENTRY)
#undef DOJIMA_ENTRY
  [&]<int... to>(std::integer_sequence<int, to...>) { ((table.casts[to][type] = cast_loop<element_at<to>, T>), ...); }
  (std::make_integer_sequence<int, k::dtypes>{});

  const auto lanes_of = [&](reduction what) -> k::lane_loops& { return table.lane[static_cast<int>(what)][type]; };
  lanes_of(reduction::min) = lane_entry<value_lanes<e::min_of, T>>();
  lanes_of(reduction::max) = lane_entry<value_lanes<e::max_of, T>>();
  lanes_of(reduction::argmin) = lane_entry<position_lanes<e::argmin_of, T>>();
  lanes_of(reduction::argmax) = lane_entry<position_lanes<e::argmax_of, T>>();
  if constexpr (is_bool<T>) {
    lanes_of(reduction::any) = lane_entry<value_lanes<e::any_of, T>>();
    lanes_of(reduction::all) = lane_entry<value_lanes<e::all_of, T>>();
  } else {
    lanes_of(reduction::sum) = lane_entry<value_lanes<e::sum_of, T>>();
    lanes_of(reduction::prod) = lane_entry<value_lanes<e::prod_of, T>>();
  }
}

constexpr k::loop_table make_loops() {
  k::loop_table table{};
  [&]<int... type>(std::integer_sequence<int, type...>) { (fill_type<type>(table), ...); }
  (std::make_integer_sequence<int, k::dtypes>{});
  const auto combine = [&](reduction what, op code) { table.combine[static_cast<int>(what)] = code; };
  combine(reduction::sum, op::add);
  combine(reduction::prod, op::multiply);
  combine(reduction::min, op::minimum);
  combine(reduction::max, op::maximum);
  combine(reduction::any, op::logical_or);
  combine(reduction::all, op::logical_and);
  return table;
}

} // namespace

extern const kernels::loop_table loops;
const kernels::loop_table loops = make_loops();

} // namespace DOJIMA_ISA
} // namespace dojima
