// Every public function against NumPy, on every device: the cases of data/reference/numpy_cases.npz, whose language and whose
// expected values tests/array/make_numpy_cases.py explains. In double the devices also agree with each other bit for bit.
//
// A new function is a line in `functions` and a few in the generator.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <mutex>
#include <thread>

#include "dojima/array/fft.hpp"
#include "dojima/array/npy.hpp"
#include "dojima/array/order.hpp"
#include "dojima/array/shape.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

// ---- the archive -----------------------------------------------------------------------------------------------------
constexpr std::string_view codes = "biulfdFD"; // in the order of dtype

std::vector<std::byte> host_bytes(const any_array& x) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(x.raw().size()) * x.raw().item);
  if (!bytes.empty()) detail::download(bytes.data(), x.raw());
  return bytes;
}

struct archive {
  std::vector<std::byte> pools[codes.size()]; ///< elements of each type
  std::string text;
  std::vector<std::string_view> lines;

  archive() {
    const npz_file file(test::data_directory() / "reference/numpy_cases.npz", stream::of(device::cpu()));
    for (std::size_t t = 0; t < codes.size(); ++t) pools[t] = host_bytes(file[name_of(static_cast<dtype>(t))]);
    const auto words = host_bytes(file["cases"]);
    text.assign(reinterpret_cast<const char*>(words.data()), words.size());
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      if (end > begin) lines.emplace_back(text.data() + begin, end - begin);
  }
};
const archive& cases() {
  static const archive all;
  return all;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t end; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
  }
  return parts;
}
template <class Number> Number number(std::string_view text) {
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) throw std::logic_error("not a number: " + std::string(text));
  return value;
}
/// "(3,4)", "(3,)" or "3,4".
extents numbers(std::string_view text) {
  extents list;
  if (text.starts_with('(')) text = text.substr(1, text.size() - 2);
  for (const std::string_view part : split(text, ',')) list.push_back(number<std::int64_t>(part));
  return list;
}
std::vector<std::int64_t> list(std::string_view text) {
  const extents values = numbers(text);
  return {values.begin(), values.end()};
}
/// "[1,2:7:-1,None,...]".
std::vector<index> indices(std::string_view text) {
  std::vector<index> list;
  for (const std::string_view part : split(text.substr(1, text.size() - 2), ',')) {
    if (part == "None") {
      list.emplace_back(newaxis);
    } else if (part == "...") {
      list.emplace_back(ellipsis);
    } else if (part.find(':') == std::string_view::npos) {
      list.emplace_back(number<std::int64_t>(part));
    } else {
      const auto fields = split(part, ':');
      const auto field = [&](std::size_t i) -> std::optional<std::int64_t> {
        if (i < fields.size() && !fields[i].empty()) return number<std::int64_t>(fields[i]);
        return none;
      };
      list.emplace_back(slice{field(0), field(1), field(2).value_or(1)});
    }
  }
  return list;
}
std::uint64_t splitmix64(std::uint64_t i, std::uint64_t seed) {
  std::uint64_t z = (i + (seed << 32)) * 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
template <class T> T generated(std::uint64_t i, std::uint64_t seed) {
  if constexpr (is_complex(dtype_of<T>)) {
    using R = typename T::value_type;
    return {generated<R>(2 * i, seed), generated<R>(2 * i + 1, seed)};
  } else {
    const std::uint64_t z = splitmix64(i + 1, seed);
    if constexpr (std::same_as<T, bool>) return (z >> 63) != 0;
    else if constexpr (std::integral<T>)
      return static_cast<T>(static_cast<std::int64_t>(z >> 40) - (std::same_as<T, std::uint32_t> ? 0 : 1 << 23));
    else return static_cast<T>(static_cast<double>(z >> 11) * 0x1p-52 - 1.0);
  }
}

/// Calls f with the C++ type of a dtype.
template <class F> auto with_type(dtype type, F&& f) {
  switch (type) {
  case dtype::boolean: return f.template operator()<bool>();
  case dtype::int32: return f.template operator()<std::int32_t>();
  case dtype::uint32: return f.template operator()<std::uint32_t>();
  case dtype::int64: return f.template operator()<std::int64_t>();
  case dtype::float32: return f.template operator()<float>();
  case dtype::float64: return f.template operator()<double>();
  case dtype::complex64: return f.template operator()<std::complex<float>>();
  default: return f.template operator()<std::complex<double>>();
  }
}

/// An array as a case writes it: "d@120(3,4)[::2]T(1,0)" or "d#7(100000)".
struct written_array {
  dtype type;
  bool from_seed;
  std::int64_t at;
  extents shape;
  std::string_view views;

  explicit written_array(std::string_view text) {
    type = static_cast<dtype>(codes.find(text[0]));
    from_seed = text[1] == '#';
    const std::size_t open = text.find('('), close = text.find(')');
    at = number<std::int64_t>(text.substr(2, open - 2));
    shape = numbers(text.substr(open, close + 1 - open));
    views = text.substr(close + 1);
  }
  const std::byte* stored() const {
    return cases().pools[static_cast<int>(type)].data() + static_cast<std::size_t>(at) * size_of(type);
  }

  any_array on(const stream& where) const {
    detail::tensor x = detail::allocate(type, shape, where);
    const auto size = static_cast<std::size_t>(x.size());
    if (size == 0) {
    } else if (!from_seed) {
      detail::upload(x, stored());
    } else {
      with_type(type, [&]<class T>() {
        const auto host = std::make_unique<T[]>(size);
        for (std::size_t i = 0; i < size; ++i) host[i] = generated<T>(i, static_cast<std::uint64_t>(at));
        detail::upload(x, host.get());
      });
    }
    for (std::string_view rest = views; !rest.empty();) {
      const bool is_index = rest[0] == '[';
      const std::size_t end = rest.find(is_index ? ']' : ')') + 1;
      x = is_index ? detail::view(x, indices(rest.substr(0, end))) : detail::transpose(x, numbers(rest.substr(1, end - 1)));
      rest.remove_prefix(end);
    }
    return any_array(x);
  }
};

// ---- one case --------------------------------------------------------------------------------------------------------
struct call {
  std::vector<std::string_view> words; ///< arguments
  stream on;

  std::string_view word(std::size_t i) const { return words.at(i); }
  std::int64_t integer(std::size_t i) const { return number<std::int64_t>(word(i)); }
  any_array array(std::size_t i) const { return written_array(word(i)).on(on); }
  bool is_array(std::size_t i) const { return word(i).find('(') != std::string_view::npos; }
  dojima::axes axes(std::size_t i) const { return word(i) == "all" ? dojima::axes() : dojima::axes(numbers(word(i))); }
  std::optional<std::int64_t> axis(std::size_t i) const { return word(i) == "none" ? none : std::optional(integer(i)); }
  /// A number that is written with its kind before it.
  double real(std::size_t i) const { return number<double>(word(i).substr(1)); }
  std::vector<double> reals(std::size_t i) const {
    std::vector<double> list;
    for (const std::string_view part : split(word(i).substr(0, word(i).find(';')), ',')) list.push_back(number<double>(part));
    return list;
  }
  std::optional<std::array<double, 2>> range(std::size_t i) const {
    if (word(i) == "none") return none;
    return std::array{reals(i)[0], reals(i)[1]};
  }
  convolve_mode mode(std::size_t i) const {
    return word(i) == "full" ? convolve_mode::full : word(i) == "same" ? convolve_mode::same : convolve_mode::valid;
  }
  dtype type(std::size_t i) const { return static_cast<dtype>(codes.find(word(i)[0])); }
};

/// The result of a function; its type as C++ sees it is also the one that is computed.
template <class T> any_array checked(const expression<T>& e) {
  if (e.node()->type != dtype_of<T>)
    throw std::logic_error(std::string("declared ") + name_of(dtype_of<T>) + ", computed " + name_of(e.node()->type));
  return e;
}
template <class T> any_array checked(const array<T>& a) { return a; }

/// Calls f(array<T>) with the array's type, among all, the real ones, or some.
template <class F> any_array each(const any_array& x, F&& f) {
  return with_type(x.type(), [&]<class T>() { return f(x.get<T>()); });
}
template <class... T, class F> any_array each_of(const any_array& x, F&& f) {
  std::optional<any_array> result;
  ((x.type() == dtype_of<T> ? (result = f(x.get<T>()), 0) : 0), ...);
  if (!result) throw std::logic_error(std::string("no such case for ") + name_of(x.type()));
  return *result;
}
template <class F> any_array each_real(const any_array& x, F&& f) {
  return each_of<bool, std::int32_t, std::uint32_t, std::int64_t, float, double>(x, f);
}
/// Calls f(number) with a number of C++ as it is written: k5, r0.5, bTrue, z1.0,-2.0.
template <class F> any_array with_number(std::string_view text, F&& f) {
  const std::string_view value = text.substr(1);
  switch (text[0]) {
  case 'k': return f(number<int>(value));
  case 'r': return f(number<double>(value));
  case 'b': return f(value == "True");
  default: {
    const auto parts = split(value, ',');
    return f(std::complex<double>(number<double>(parts[0]), number<double>(parts[1])));
  }
  }
}

struct function {
  std::function<any_array(const call&)> run;
  double ulp = 0;         ///< allowed error in units of the last place; 0: exact
  bool zero_signs = true; ///< whether -0.0 differs from 0.0
};

#define UNARY(expr) [](const call& c) { return each(c.array(0), [](const auto& a) { return checked(expr); }); }
#define BINARY(expr)                                                                                                        \
  [](const call& c) {                                                                                                       \
    return each(c.array(0), [&](const auto& a) { return each(c.array(1), [&](const auto& b) { return checked(expr); }); }); \
  }
#define WITH_NUMBER(expr)                                                                                                  \
  [](const call& c) {                                                                                                      \
    return each(c.array(0), [&](const auto& a) { return with_number(c.word(1), [&](auto b) { return checked(expr); }); }); \
  }
#define NUMBER_WITH(expr)                                                                                                  \
  [](const call& c) {                                                                                                      \
    return each(c.array(1), [&](const auto& b) { return with_number(c.word(0), [&](auto a) { return checked(expr); }); }); \
  }
#define REDUCE(expr)                             \
  [](const call& c) {                            \
    return each(c.array(0), [&](const auto& a) { \
      const axes over = c.axes(1);               \
      const bool keep = c.integer(2) != 0;       \
      return checked(expr);                      \
    });                                          \
  }
#define POSITION(expr)                           \
  [](const call& c) {                            \
    return each(c.array(0), [&](const auto& a) { \
      const auto axis = c.axis(1);               \
      const bool keep = c.integer(2) != 0;       \
      return checked(expr);                      \
    });                                          \
  }
#define CREATE(...) [](const call& c) { return with_type(c.type(0), [&]<class T>() -> any_array { return __VA_ARGS__; }); }
#define ORDER(expr) [](const call& c) { return each_real(c.array(0), [&](const auto& a) { return checked(expr); }); }
#define SHAPE(expr) [](const call& c) { return each(c.array(0), [&](const auto& a) { return checked(expr); }); }
/// x(index) = ..., then the whole of x.
#define UPDATE(statement)                                                                           \
  [](const call& c) {                                                                               \
    return each_of<double, std::int64_t>(c.array(0), [&]<class T>(const array<T>& x) -> any_array { \
      subarray<T> part(detail::view(x.raw(), indices(c.word(1))));                                  \
      if (c.is_array(2)) {                                                                          \
        const array<T> y = c.array(2).get<T>();                                                     \
        statement;                                                                                  \
      } else {                                                                                      \
        const T y = static_cast<T>(c.real(2));                                                      \
        statement;                                                                                  \
      }                                                                                             \
      return x;                                                                                     \
    });                                                                                             \
  }

any_array assigned(const call& c) {
  return each(c.array(0), [&]<class T>(const array<T>& x) -> any_array {
    const subarray<T> part(detail::view(x.raw(), indices(c.word(1))));
    if (!c.is_array(2)) {
      if constexpr (!std::same_as<T, bool>) part = static_cast<int>(c.real(2));
      return x;
    }
    each(c.array(2), [&]<class V>(const array<V>& values) -> any_array {
      if constexpr (promote(dtype_of<V>, dtype_of<T>) == dtype_of<T>) part = values;
      return x;
    });
    return x;
  });
}
/// Reads and writes the same memory.
any_array overlapping(const call& c, bool adds) {
  return each(c.array(0), [&]<class T>(const array<T>& x) -> any_array {
    const subarray<T> to(detail::view(x.raw(), indices(c.word(1))));
    const std::string_view from_text = c.word(2);
    const std::size_t end = from_text.find(']') + 1;
    detail::tensor from = detail::view(x.raw(), indices(from_text.substr(0, end)));
    if (end < from_text.size()) from = detail::transpose(from, {1, 0});
    if (adds) to = array<T>(to.raw()) + array<T>(from);
    else to = array<T>(from);
    return x;
  });
}
any_array masked_update(const call& c) {
  return each(c.array(0), [&]<class T>(const array<T>& x) -> any_array {
    const array<bool> mask = c.array(1).get<bool>();
    if (c.is_array(2)) x[mask] = c.array(2).get<T>();
    else x[mask] = static_cast<int>(c.real(2));
    return x;
  });
}
template <class F> any_array joined(const call& c, F&& f) {
  return each(c.array(1), [&]<class T>(const array<T>& first) -> any_array {
    std::vector<array<T>> parts{first};
    for (std::size_t i = 2; i < c.words.size(); ++i) parts.push_back(c.array(i).get<T>());
    return f(std::span<const array<T>>(parts), c.integer(0));
  });
}

const std::map<std::string_view, function>& functions() {
  static const std::map<std::string_view, function> table{
      // creation
      {"arange", {[](const call& c) -> any_array {
         switch (c.type(0)) {
         case dtype::int32:
           return arange<std::int32_t>(static_cast<std::int32_t>(c.real(1)), static_cast<std::int32_t>(c.real(2)),
                                       static_cast<std::int32_t>(c.real(3)), c.on);
         case dtype::uint32:
           return arange<std::uint32_t>(static_cast<std::uint32_t>(c.real(1)), static_cast<std::uint32_t>(c.real(2)),
                                        static_cast<std::uint32_t>(c.real(3)), c.on);
         case dtype::int64:
           return arange<std::int64_t>(static_cast<std::int64_t>(c.real(1)), static_cast<std::int64_t>(c.real(2)),
                                       static_cast<std::int64_t>(c.real(3)), c.on);
         case dtype::float32:
           return arange<float>(static_cast<float>(c.real(1)), static_cast<float>(c.real(2)), static_cast<float>(c.real(3)),
                                c.on);
         default: return arange<double>(c.real(1), c.real(2), c.real(3), c.on);
         }
       }}},
      {"linspace", {[](const call& c) -> any_array {
         if (c.type(0) == dtype::float32)
           return linspace<float>(static_cast<float>(c.real(1)), static_cast<float>(c.real(2)), c.integer(3), c.on);
         return linspace<double>(c.real(1), c.real(2), c.integer(3), c.on);
       }}},
      {"eye", {CREATE(eye<T>(c.integer(1), c.integer(2), c.integer(3), c.on))}},
      {"full", {CREATE(full<T>(numbers(c.word(1)), static_cast<T>(c.real(2)), c.on))}},
      {"zeros", {CREATE(zeros<T>(numbers(c.word(1)), c.on))}},
      {"astype", {[](const call& c) {
         return each(c.array(0),
                     [&](const auto& a) { return with_type(c.type(1), [&]<class T>() { return checked(astype<T>(a)); }); });
       }}},
      // arithmetic, comparison, logic: exact. Which zero minimum and maximum of 0.0 and -0.0 give is left open.
      {"add", {BINARY(a + b)}},
      {"subtract", {BINARY(a - b)}},
      {"multiply", {BINARY(a * b)}},
      {"divide", {BINARY(a / b)}}, // complex: with a bound
      {"floor_divide", {BINARY(floor_divide(a, b))}},
      {"remainder", {BINARY(a % b)}},
      {"power", {BINARY(pow(a, b)), 1}},
      {"minimum", {BINARY(minimum(a, b)), 0, false}},
      {"maximum", {BINARY(maximum(a, b)), 0, false}},
      {"bitwise_and", {BINARY(a & b)}},
      {"bitwise_or", {BINARY(a | b)}},
      {"bitwise_xor", {BINARY(a ^ b)}},
      {"less", {BINARY(a < b)}},
      {"less_equal", {BINARY(a <= b)}},
      {"greater", {BINARY(a > b)}},
      {"greater_equal", {BINARY(a >= b)}},
      {"equal", {BINARY(a == b)}},
      {"not_equal", {BINARY(a != b)}},
      {"logical_and", {BINARY(a && b)}},
      {"logical_or", {BINARY(a || b)}},
      {"logical_xor", {BINARY(logical_xor(a, b))}},
      {"add_number", {WITH_NUMBER(a + b)}},
      {"subtract_number", {WITH_NUMBER(a - b)}},
      {"multiply_number", {WITH_NUMBER(a * b)}},
      {"divide_number", {WITH_NUMBER(a / b)}},
      {"less_number", {WITH_NUMBER(a < b)}},
      {"equal_number", {WITH_NUMBER(a == b)}},
      {"maximum_number", {WITH_NUMBER(maximum(a, b)), 0, false}},
      {"floor_divide_number", {WITH_NUMBER(floor_divide(a, b))}},
      {"remainder_number", {WITH_NUMBER(a % b)}},
      {"number_add", {NUMBER_WITH(a + b)}},
      {"number_subtract", {NUMBER_WITH(a - b)}},
      {"number_multiply", {NUMBER_WITH(a * b)}},
      {"number_less", {NUMBER_WITH(a < b)}},
      {"number_equal", {NUMBER_WITH(a == b)}},
      {"number_maximum", {NUMBER_WITH(maximum(a, b)), 0, false}},
      {"number_floor_divide", {NUMBER_WITH(floor_divide(a, b))}},
      {"number_remainder", {NUMBER_WITH(a % b)}},
      {"negative", {UNARY(-a)}},
      {"invert", {UNARY(~a)}},
      {"sign", {UNARY(sign(a))}},
      {"conj", {UNARY(conj(a))}},
      {"floor", {UNARY(floor(a))}},
      {"ceil", {UNARY(ceil(a))}},
      {"trunc", {UNARY(trunc(a))}},
      {"rint", {UNARY(rint(a))}},
      {"abs", {UNARY(abs(a))}}, // complex: with a bound
      {"real", {UNARY(real(a))}},
      {"imag", {UNARY(imag(a))}},
      {"logical_not", {UNARY(!a)}},
      {"isnan", {UNARY(isnan(a))}},
      {"isinf", {UNARY(isinf(a))}},
      {"isfinite", {UNARY(isfinite(a))}},
      {"square", {UNARY(square(a))}},
      {"where", {[](const call& c) {
         return each(c.array(1), [&](const auto& a) {
           return each(c.array(2), [&](const auto& b) { return checked(where(c.array(0).get<bool>(), a, b)); });
         });
       }}},
      {"clip",
       {[](const call& c) {
          return each_real(c.array(0), [&]<class T>(const array<T>& a) {
            return checked(clip(a, c.array(1).get<T>(), c.array(2).get<T>()));
          });
        },
        0, false}},
      {"clip_number",
       {[](const call& c) {
          return each_real(c.array(0), [&](const auto& a) {
            return checked(clip(a, static_cast<int>(c.real(1)), static_cast<int>(c.real(2))));
          });
        },
        0, false}},
      {"fma", {[](const call& c) {
         return each_of<float, double>(
             c.array(0), [&]<class T>(const array<T>& a) { return checked(fma(a, c.array(1).get<T>(), c.array(2).get<T>())); });
       }}},
      // functions: largest errors as models/elementary.hpp states them, rounded up
      {"sqrt", {UNARY(sqrt(a))}},
      {"cbrt", {UNARY(cbrt(a)), 1}},
      {"exp", {UNARY(exp(a)), 1}},
      {"expm1", {UNARY(expm1(a)), 1}},
      {"log", {UNARY(log(a)), 1}},
      {"log1p", {UNARY(log1p(a)), 1}},
      {"sin", {UNARY(sin(a)), 1}},
      {"cos", {UNARY(cos(a)), 1}},
      {"tan", {UNARY(tan(a)), 1}},
      {"tanh", {UNARY(tanh(a)), 2}},
      {"erf", {UNARY(erf(a)), 1}},
      {"erfc", {UNARY(erfc(a)), 1}},
      {"norm_cdf", {UNARY(norm_cdf(a)), 1}},
      {"inverse_norm_cdf", {UNARY(inverse_norm_cdf(a)), 3}},
      // indexing
      {"index", {[](const call& c) { return any_array(detail::view(c.array(0).raw(), indices(c.word(1)))); }}},
      {"assign", {assigned}},
      {"assign_overlapping", {[](const call& c) { return overlapping(c, false); }}},
      {"add_overlapping", {[](const call& c) { return overlapping(c, true); }}},
      {"update_add", {UPDATE(part += y)}},
      {"update_subtract", {UPDATE(part -= y)}},
      {"update_multiply", {UPDATE(part *= y)}},
      {"update_divide", {[](const call& c) -> any_array {
         const array<double> x = c.array(0).get<double>();
         subarray<double> part(detail::view(x.raw(), indices(c.word(1))));
         if (c.is_array(2)) part /= c.array(2).get<double>();
         else part /= c.real(2);
         return x;
       }}},
      {"mask", {[](const call& c) {
         return each(c.array(0), [&](const auto& x) { return checked(x[c.array(1).get<bool>()].eval()); });
       }}},
      {"assign_mask", {masked_update}},
      {"take", {[](const call& c) {
         return each(c.array(0), [&](const auto& x) {
           return each_of<std::int32_t, std::int64_t>(c.array(1),
                                                      [&](const auto& i) { return checked(take(x, i, c.integer(2))); });
         });
       }}},
      // shapes
      {"reshape", {SHAPE(reshape(a, numbers(c.word(1))))}},
      {"ravel", {SHAPE(ravel(a))}},
      {"transpose", {SHAPE(c.word(1) == "all" ? transpose(a) : transpose(a, numbers(c.word(1))))}},
      {"swapaxes", {SHAPE(swapaxes(a, c.integer(1), c.integer(2)))}},
      {"broadcast_to", {SHAPE(broadcast_to(a, numbers(c.word(1))))}},
      {"squeeze", {SHAPE(c.word(1) == "all" ? squeeze(a) : squeeze(a, c.axes(1)))}},
      {"expand_dims", {SHAPE(expand_dims(a, c.integer(1)))}},
      {"flip", {SHAPE(flip(a, c.axes(1)))}},
      {"split", {SHAPE(split(a, c.integer(1), c.integer(2)).at(static_cast<std::size_t>(c.integer(3))))}},
      {"split_at", {SHAPE(split(a, list(c.word(1)), c.integer(2)).at(static_cast<std::size_t>(c.integer(3))))}},
      {"concatenate",
       {[](const call& c) { return joined(c, [](auto parts, std::int64_t axis) { return concatenate(parts, axis); }); }}},
      {"stack", {[](const call& c) { return joined(c, [](auto parts, std::int64_t axis) { return stack(parts, axis); }); }}},
      // reductions; sums have the bound of the tree, and float32 is rounded once more. A sum of zeros has either sign.
      {"sum", {REDUCE(sum(a, over, keep)), 1, false}},
      {"prod", {REDUCE(prod(a, over, keep)), 1}},
      {"mean", {REDUCE(mean(a, over, keep)), 1, false}},
      {"var", {REDUCE(var(a, over, c.real(3), keep)), 2, false}},
      {"std", {REDUCE(std(a, over, c.real(3), keep)), 2, false}},
      {"norm1", {REDUCE(norm(a, 1, over, keep)), 1}},
      {"norm2", {REDUCE(norm(a, 2, over, keep)), 1}},
      {"norm_inf", {REDUCE(norm(a, INFINITY, over, keep))}},
      {"min", {REDUCE(min(a, over, keep)), 0, false}},
      {"max", {REDUCE(max(a, over, keep)), 0, false}},
      {"any", {REDUCE(any(a, over, keep))}},
      {"all", {REDUCE(all(a, over, keep))}},
      {"count_nonzero", {REDUCE(count_nonzero(a, over, keep))}},
      {"argmin", {POSITION(argmin(a, axis, keep))}},
      {"argmax", {POSITION(argmax(a, axis, keep))}},
      {"dot", {BINARY(dot(a, b)), 1, false}},
      // order; 0.0 and -0.0 are equal, and their order among themselves is left open
      {"sort", {ORDER(sort(a, c.axis(1), c.integer(2) != 0)), 0, false}},
      {"argsort", {ORDER(argsort(a, c.axis(1), c.integer(2) != 0))}},
      {"topk", {ORDER(topk(a, c.integer(1), c.integer(2) != 0, c.integer(3)).values), 0, false}},
      {"topk_indices", {ORDER(topk(a, c.integer(1), c.integer(2) != 0, c.integer(3)).indices)}},
      {"unique", {ORDER(unique(a)), 0, false}},
      {"unique_counts", {ORDER(unique_counts(a).counts)}},
      {"unique_inverse", {ORDER(unique_inverse(a).inverse)}},
      {"searchsorted", {[](const call& c) {
         return each_real(c.array(0), [&](const auto& a) {
           return each_real(c.array(1), [&](const auto& b) { return checked(searchsorted(a, b, c.word(2))); });
         });
       }}},
      {"histogram", {ORDER(histogram(a, c.integer(1), c.range(2)).counts)}},
      {"histogram_edges", {ORDER(histogram(a, c.integer(1), c.range(2)).edges), 1}},
      {"histogram_at", {ORDER(histogram(a, c.reals(1)).counts)}},
      {"quantile",
       {ORDER(c.word(1).ends_with(';') ? quantile(a, c.reals(1)[0], c.axes(2), c.word(3), c.integer(4) != 0)
                                       : quantile(a, c.reals(1), c.axes(2), c.word(3), c.integer(4) != 0)),
        1, false}},
      {"median", {ORDER(median(a, c.axes(1), c.integer(2) != 0)), 0, false}},
      {"cumsum", {SHAPE(cumsum(a, c.axis(1))), 1, false}},
      {"cumprod", {SHAPE(cumprod(a, c.axis(1))), 1}},
      {"convolve", {BINARY(convolve(a, b, c.mode(2), convolve_method::direct)), 1}},
      {"correlate", {BINARY(correlate(a, b, c.mode(2), convolve_method::direct)), 1}},
  };
  return table;
}

// ---- comparison ------------------------------------------------------------------------------------------------------
template <class R> bool is_near(R got, R want, const function& f, double bound) {
  if constexpr (std::floating_point<R>) {
    if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got);
    if (got == want) return got != 0 || !f.zero_signs || bound > 0 || std::signbit(got) == std::signbit(want);
    if (std::isinf(got) || std::isinf(want)) return false;
    const double unit = static_cast<double>(std::nextafter(std::abs(want), std::numeric_limits<R>::infinity())) -
                        std::abs(static_cast<double>(want));
    return std::abs(static_cast<double>(got) - static_cast<double>(want)) <= f.ulp * unit + bound;
  } else {
    return got == want;
  }
}
template <class R> std::string text_of(R x) {
  std::ostringstream out;
  out << std::setprecision(17) << x;
  return out.str();
}

/// What is wrong with the elements; empty if nothing.
std::string difference(const std::vector<std::byte>& got, const written_array& want, const function& f,
                       const std::byte* bounds) {
  return with_type(want.type, [&]<class T>() -> std::string {
    constexpr bool complex = is_complex(dtype_of<T>);
    using R = type_of<detail::real_of(dtype_of<T>)>;
    const std::size_t parts = complex ? 2 : 1, n = got.size() / sizeof(R);
    for (std::size_t i = 0; i < n; ++i) {
      R a, b;
      double bound = 0;
      std::memcpy(&a, got.data() + i * sizeof(R), sizeof(R));
      std::memcpy(&b, want.stored() + i * sizeof(R), sizeof(R));
      if (bounds != nullptr) std::memcpy(&bound, bounds + i / parts * sizeof bound, sizeof bound);
      if (!is_near(a, b, f, bound))
        return "element " + std::to_string(i / parts) +
               (!complex     ? ""
                : i % 2 == 0 ? " (real part)"
                             : " (imaginary part)") +
               " is " + text_of(a) + ", expected " + text_of(b) + (bound > 0 ? " +- " + text_of(bound) : "");
    }
    return "";
  });
}

/// Runs one case; what is wrong with it, or nothing. `bytes` receives the result, with one NaN for all.
std::string problem_with(std::string_view line, const stream& on, std::vector<std::byte>& bytes) {
  std::string message;
  bool refuses = false;
  std::string_view wanted;
  call c{{}, on};
  if (const std::size_t refusal = line.find(" ! "); refusal != std::string_view::npos) {
    refuses = true;
    wanted = line.substr(refusal + 3);
    c.words = split(line.substr(0, refusal), ' ');
  } else {
    const std::size_t at = line.find(" = ");
    wanted = line.substr(at + 3);
    c.words = split(line.substr(0, at), ' ');
  }
  const auto found = functions().find(c.words.front());
  if (found == functions().end()) return "there is no such function in the test's table";
  const function& f = found->second;
  c.words.erase(c.words.begin());
  try {
    const any_array result = f.run(c);
    bytes = host_bytes(result);
    if (refuses) return "is not refused";
    const std::size_t tilde = wanted.find(" ~ ");
    const written_array want(wanted.substr(0, tilde));
    if (result.type() != want.type) return std::string("is ") + name_of(result.type()) + ", expected " + name_of(want.type);
    if (!(result.shape() == want.shape))
      return "has shape " + to_string(result.shape()) + ", expected " + to_string(want.shape);
    const std::byte* bounds = tilde == std::string_view::npos ? nullptr : written_array(wanted.substr(tilde + 3)).stored();
    function with_device = f;
    if (!on.where().bitwise() && f.ulp > 0) with_device.ulp += 1; // without fused multiply-add
    message = difference(bytes, want, with_device, bounds);
    with_type(detail::real_of(want.type), [&]<class R>() {
      if constexpr (std::floating_point<R>)
        for (std::size_t i = 0; i < bytes.size(); i += sizeof(R)) {
          R x;
          std::memcpy(&x, bytes.data() + i, sizeof x);
          if (std::isnan(x)) x = std::numeric_limits<R>::quiet_NaN(), std::memcpy(bytes.data() + i, &x, sizeof x);
        }
    });
    return message;
  } catch (const input_error& problem) {
    const std::string got = problem.what();
    if (!refuses) return "is refused: " + got;
    return got.find(wanted) != std::string::npos ? "" : "says '" + got + "'";
  } catch (const std::exception& problem) {
    return std::string("throws ") + problem.what();
  }
}

/// From several host threads at once, each with a stream of its own.
TEST(numpy, answers_on_every_device) {
  const auto& lines = cases().lines;
  ASSERT_GE(lines.size(), 5000u);
  std::vector<std::vector<std::byte>> bits(lines.size()); // of the first device with the bitwise promise
  bool have_bits = false;
  for (const device& where : test::all_devices()) {
    std::atomic<std::size_t> next = 0;
    std::mutex guard;
    std::map<std::string, std::size_t> failures;
    std::vector<std::string> texts;
    const auto work = [&] {
      const stream on(where);
      const stream_scope scope(on);
      for (std::size_t i; (i = next++) < lines.size();) {
        std::vector<std::byte> bytes;
        std::string wrong = problem_with(lines[i], on, bytes);
        if (where.bitwise() && wrong.empty()) {
          if (!have_bits) bits[i] = std::move(bytes);
          else if (bits[i] != bytes && !bits[i].empty()) wrong = "differs from the first device in its bits";
        }
        if (wrong.empty()) continue;
        const std::lock_guard lock(guard);
        ++failures[std::string(lines[i].substr(0, lines[i].find(' ')))];
        if (texts.size() < 200) texts.push_back(std::string(lines[i]) + "\n    " + wrong);
      }
    };
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < std::max(2u, std::thread::hardware_concurrency()); ++t) threads.emplace_back(work);
    for (std::thread& t : threads) t.join();
    have_bits = have_bits || where.bitwise();

    std::string summary;
    for (const auto& [name, count] : failures) summary += " " + name + " " + std::to_string(count);
    for (const std::string& text : texts) ADD_FAILURE() << test::label(where) << ": " << text;
    EXPECT_TRUE(failures.empty()) << test::label(where) << ":" << summary;
    std::cout << test::label(where) << ": " << lines.size() << " cases of " << functions().size() << " functions\n";
  }
}

} // namespace
} // namespace dojima
