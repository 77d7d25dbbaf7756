// The language of `elementwise_kernel`: a formula becomes the same graph that operators build.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <numbers>

#include "dojima/array/elementwise.hpp"

namespace dojima::detail {

/// A node of a parsed formula: a number, an argument, or an operation on other terms.
struct formula::term {
  enum class kind { number, argument, operation } what;
  scalar value{};           ///< number
  std::size_t argument = 0; ///< position among the names
  op code = op::cast;
  std::vector<std::shared_ptr<const term>> args{};
};

namespace {

using term = formula::term;
using term_ptr = std::shared_ptr<const term>;

/// What can stand between two operands, from weakest to strongest binding.
struct infix {
  const char* text;
  int strength;
  op code;
};
constexpr int comparison = 4, unary = 7, exponent = 8;
constexpr infix infixes[] = {{"or", 1, op::logical_or},
                             {"and", 2, op::logical_and},
                             {"<=", comparison, op::less_equal},
                             {">=", comparison, op::greater_equal},
                             {"==", comparison, op::equal},
                             {"!=", comparison, op::not_equal},
                             {"<", comparison, op::less},
                             {">", comparison, op::greater},
                             {"**", exponent, op::power},
                             {"//", 6, op::floor_divide},
                             {"+", 5, op::add},
                             {"-", 5, op::subtract},
                             {"*", 6, op::multiply},
                             {"/", 6, op::divide},
                             {"%", 6, op::remainder}};

class parser {
public:
  parser(std::string_view text, std::vector<std::string>& names, bool closed) : text_(text), names_(names), closed_(closed) {}

  term_ptr run() {
    term_ptr t = conditional();
    skip();
    if (at_ < text_.size()) fail("unexpected '" + std::string(1, text_[at_]) + "'", at_);
    return t;
  }

private:
  [[noreturn]] void fail(const std::string& problem, std::size_t at) const {
    throw input_error("formula: " + problem + " at character " + std::to_string(at + 1) + "\n  " + std::string(text_) + "\n  " +
                      std::string(at, ' ') + "^");
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  static bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
  bool is_next(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    const std::size_t end = at_ + token.size();
    return !in_name(token.back()) || end == text_.size() || !in_name(text_[end]);
  }
  bool take(std::string_view token) {
    if (!is_next(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail("'" + std::string(token) + "' expected", at_);
  }
  /// Parentheses and signs nest; the stack does not grow without end.
  struct nested {
    explicit nested(parser& p) : p(p) {
      if (++p.depth_ > 200) p.fail("nested too deeply", p.at_);
    }
    ~nested() { --p.depth_; }
    parser& p;
  };
  static term_ptr make(op code, std::vector<term_ptr> args) {
    return std::make_shared<term>(term{term::kind::operation, {}, 0, code, std::move(args)});
  }

  static term_ptr negative(const term& number) {
    const bool whole = number.value.type == dtype::int64;
    return std::make_shared<term>(term{term::kind::number, whole
                                                               ? scalar::of(-std::bit_cast<std::int64_t>(number.value.bits[0]))
                                                               : scalar::of(-std::bit_cast<double>(number.value.bits[0]))});
  }

  term_ptr conditional() { // a if c else b
    const nested guard(*this);
    term_ptr yes = binary(0);
    if (!take("if")) return yes;
    term_ptr condition = binary(0);
    expect("else");
    return make(op::where, {condition, yes, conditional()});
  }
  term_ptr binary(int weakest) {
    const nested guard(*this);
    term_ptr left;
    if (weakest <= 3 && take("not")) left = make(op::logical_not, {binary(3)});
    else left = prefix();
    for (;;) {
      const auto next = std::ranges::find_if(infixes, [&](const infix& i) { return is_next(i.text); });
      if (next == std::end(infixes) || next->strength < weakest) return left;
      const std::size_t at = at_;
      take(next->text);
      // ** binds to the right; a sign may stand after it.
      term_ptr right = next->strength == exponent ? binary_after_power() : binary(next->strength + 1);
      if (next->strength == comparison &&
          std::ranges::any_of(infixes, [&](const infix& i) { return i.strength == comparison && is_next(i.text); }))
        fail("comparisons do not chain; join them with 'and'", at);
      left = make(next->code, {left, right});
    }
  }
  term_ptr binary_after_power() {
    const nested guard(*this);
    if (is_next("-") || is_next("+")) return prefix();
    return binary(exponent);
  }
  term_ptr prefix() {
    const nested guard(*this);
    if (take("-")) {
      const term_ptr of = binary(unary);
      return of->what == term::kind::number ? negative(*of) : make(op::negative, {of});
    }
    if (take("+")) return binary(unary);
    return primary();
  }
  term_ptr primary() {
    skip();
    if (at_ == text_.size()) fail("an operand is missing", at_);
    if (take("(")) {
      term_ptr inside = conditional();
      expect(")");
      return inside;
    }
    const char c = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') return number();
    if (!in_name(c)) fail("unexpected '" + std::string(1, c) + "'", at_);
    return name();
  }
  term_ptr number() {
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    double value = 0;
    const auto [stop, status] = std::from_chars(begin, end, value);
    if (status == std::errc::invalid_argument) fail("a number is expected", at_);
    std::int64_t whole = 0;
    const auto [whole_stop, whole_status] = std::from_chars(begin, stop, whole);
    const bool is_whole = whole_status == std::errc() && whole_stop == stop;
    at_ += static_cast<std::size_t>(stop - begin);
    return std::make_shared<term>(term{term::kind::number, is_whole ? scalar::of(whole) : scalar::of(value)});
  }
  term_ptr name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    if (is_next("(")) return call(word, begin);
    for (const char* keyword : {"and", "or", "not", "if", "else"})
      if (word == keyword) fail("an operand is missing before '" + word + "'", begin);
    const auto known = std::ranges::find(names_, word);
    if (known == names_.end()) {
      if (word == "pi") return std::make_shared<term>(term{term::kind::number, scalar::of(std::numbers::pi)});
      if (closed_) fail("'" + word + "' is not among the arguments", begin);
      names_.push_back(word);
    }
    const auto position = static_cast<std::size_t>(std::ranges::find(names_, word) - names_.begin());
    return std::make_shared<term>(term{term::kind::argument, {}, position});
  }
  term_ptr call(const std::string& function, std::size_t begin) {
    expect("(");
    std::vector<term_ptr> args;
    if (!is_next(")")) do {
        args.push_back(conditional());
      } while (take(","));
    expect(")");
    const auto count = [&](std::size_t wanted) {
      if (args.size() != wanted)
        fail(function + " takes " + std::to_string(wanted) + " argument(s), not " + std::to_string(args.size()), begin);
    };
    if (function == "clip") {
      count(3);
      return make(op::minimum, {make(op::maximum, {args[0], args[1]}), args[2]});
    }
    if (function == "square") {
      count(1);
      return make(op::multiply, {args[0], args[0]});
    }
    // The short names of min, max, abs and pow beside NumPy's.
    const std::string full = function == "abs"   ? "absolute"
                             : function == "min" ? "minimum"
                             : function == "max" ? "maximum"
                             : function == "pow" ? "power"
                                                 : function;
    for (int code = 1; code < static_cast<int>(op::count); ++code)
      if (full == name_of(static_cast<op>(code))) {
        count(static_cast<std::size_t>(arity_of(static_cast<op>(code))));
        return make(static_cast<op>(code), args);
      }
    fail("there is no function '" + function + "'", begin);
  }

  std::string_view text_;
  std::vector<std::string>& names_;
  bool closed_; ///< the names were given
  std::size_t at_ = 0;
  int depth_ = 0;
};

/// Numbers are weak: beside arrays they take the arrays' type unless their kind is higher.
dtype weak_type(const scalar& number, dtype with) {
  if (number.type == dtype::int64) return with == dtype::boolean ? dtype::int64 : with;
  return floating_of(with);
}

scalar converted(const scalar& number, dtype to) {
  const auto whole = std::bit_cast<std::int64_t>(number.bits[0]);
  const double value = number.type == dtype::int64 ? static_cast<double>(whole) : std::bit_cast<double>(number.bits[0]);
  switch (to) {
  case dtype::int32: return scalar::of(static_cast<std::int32_t>(whole));
  case dtype::uint32: return scalar::of(static_cast<std::uint32_t>(whole));
  case dtype::float32: return scalar::of(static_cast<float>(value));
  case dtype::float64: return scalar::of(value);
  case dtype::complex64: return scalar::of(std::complex<float>(static_cast<float>(value)));
  case dtype::complex128: return scalar::of(std::complex<double>(value));
  default: return number;
  }
}

} // namespace

formula::formula(std::string_view text, std::vector<std::string> names) : text_(text), names_(std::move(names)) {
  const bool closed = !names_.empty();
  root_ = parser(text_, names_, closed).run();
}

node_ptr formula::operator()(std::span<const node_ptr> arguments) const {
  if (arguments.size() != names_.size()) {
    std::string list;
    for (const std::string& name : names_) list += (list.empty() ? "" : ", ") + name;
    throw input_error("formula '" + text_ + "' takes " + std::to_string(names_.size()) + " argument(s) (" + list + "), not " +
                      std::to_string(arguments.size()));
  }
  const auto build = [&](const auto& self, const term& t) -> node_ptr {
    if (t.what == term::kind::argument) return arguments[t.argument];
    if (t.what == term::kind::number) return constant(t.value);
    std::vector<node_ptr> args;
    for (const term_ptr& arg : t.args) args.push_back(self(self, *arg));
    const auto is_number = [&](std::size_t i) { return t.args[i]->what == term::kind::number; };
    dtype strong = dtype::boolean;
    bool any_strong = false;
    const std::size_t first = t.code == op::where ? 1 : 0; // the condition has no say in the type
    for (std::size_t i = first; i < args.size(); ++i)
      if (!is_number(i)) {
        strong = any_strong ? promote(strong, args[i]->type) : args[i]->type;
        any_strong = true;
      }
    if (any_strong)
      for (std::size_t i = first; i < args.size(); ++i)
        if (is_number(i)) args[i] = constant(converted(args[i]->value, weak_type(args[i]->value, strong)));
    args.resize(3);
    return apply(t.code, args[0], args[1], args[2]);
  };
  return build(build, *root_);
}

} // namespace dojima::detail
