#include "validation/tables/expression.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "dojima/pricing/trade.hpp"

namespace dojima {
namespace {

using values = std::vector<double>;
using node = std::function<double(const values&)>;

/// By recursive descent; ^ binds more than a sign before it, and to the right.
class parser {
public:
  parser(const std::string& text, const std::vector<std::string>& variables) : text_(text), variables_(variables) {}
  node whole() {
    skip();
    node n = sum();
    if (at_ != text_.size()) fail();
    return n;
  }

private:
  [[noreturn]] void fail() {
    throw problem{"'" + text_ + "'", "not a formula from character " + std::to_string(at_ + 1) + " on",
                  "use numbers, " + variables_.front() + ", + - * / ^ and functions such as exp(...)"};
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    skip();
    return true;
  }
  template <class Operation> static node both(node a, node b, Operation of) {
    return [a = std::move(a), b = std::move(b), of](const values& x) { return of(a(x), b(x)); };
  }
  node sum() {
    node left = product();
    for (;;)
      if (take('+')) left = both(left, product(), std::plus<>{});
      else if (take('-')) left = both(left, product(), std::minus<>{});
      else return left;
  }
  node product() {
    node left = factor();
    for (;;)
      if (take('*')) left = both(left, factor(), std::multiplies<>{});
      else if (take('/')) left = both(left, factor(), std::divides<>{});
      else return left;
  }
  node factor() {
    if (take('-')) return [n = factor()](const values& x) { return -n(x); };
    node base = atom();
    if (!take('^')) return base;
    return both(base, factor(), [](double a, double b) { return std::pow(a, b); });
  }
  node atom() {
    if (take('(')) {
      node n = sum();
      if (!take(')')) fail();
      return n;
    }
    double number = 0;
    const auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (status == std::errc()) {
      at_ = static_cast<std::size_t>(end - text_.data());
      return [number](const values&) { return number; };
    }
    std::size_t length = 0;
    while (at_ + length < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_ + length]))) ++length;
    const std::string name = text_.substr(at_, length);
    if (const auto v = std::ranges::find(variables_, name); v != variables_.end()) {
      at_ += length;
      return [i = static_cast<std::size_t>(v - variables_.begin())](const values& x) { return x[i]; };
    }
    return function(name);
  }
  node function(const std::string& name) {
    static const std::map<std::string, double (*)(double)> of_one = {
        {"exp", std::exp}, {"log", std::log}, {"sqrt", std::sqrt}, {"tanh", std::tanh}, {"abs", std::fabs}};
    static const std::map<std::string, double (*)(double, double)> of_two = {{"min", std::fmin}, {"max", std::fmax}};
    const auto one = of_one.find(name);
    const auto two = of_two.find(name);
    if (one == of_one.end() && two == of_two.end()) fail();
    at_ += name.size();
    if (!take('(')) fail();
    node n = sum();
    if (two != of_two.end()) {
      if (!take(',')) fail();
      n = both(n, sum(), two->second);
    } else {
      n = [n, f = one->second](const values& x) { return f(n(x)); };
    }
    if (!take(')')) fail();
    return n;
  }

  const std::string& text_;
  const std::vector<std::string>& variables_;
  std::size_t at_ = 0;
};

} // namespace

expression::expression(const std::string& text, std::vector<std::string> variables) {
  constexpr std::size_t longest = 1000; // the depth of the recursion is bounded by it
  if (text.size() > longest)
    throw problem{"a formula of " + std::to_string(text.size()) + " characters", "the longest has 1000", "shorten it"};
  value_ = parser(text, variables).whole();
}

} // namespace dojima
