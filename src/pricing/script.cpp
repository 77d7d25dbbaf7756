// The language of docs/payoffs.md. The parser writes each part of a payoff as a list of operations, checked and in the order in
// which they are done: one block for each loop and each function over dates, and one for the end of the path. A payoff runs the
// lists, on path values for the future and on numbers for what was seen.
#include "dojima/pricing/script.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "dojima/array/types.hpp"
#include "dojima/error.hpp"
#include "models/elementary.hpp"
#include "text.hpp"

namespace dojima {
namespace {

// ---- what a text becomes ---------------------------------------------------------------------------------------------

struct node {
  enum class source { operation, known, spot, carried, state } from;
  int index = 0; ///< of the known number, the asset, the state
  op code = op::cast;
  int args[3] = {-1, -1, -1}; ///< earlier nodes
};

/// What is done on some dates: all nodes are computed, then the states stored.
struct block {
  struct update {
    int state, node;
  };
  std::vector<node> nodes;
  std::vector<update> updates;
  std::vector<date> dates;
};

/// A number that does not depend on the path.
struct known_number {
  double value;
  bool is_parameter; ///< or made from parameters
};

struct script {
  std::vector<known_number> known;
  std::vector<int> starts; ///< of each state: a known number
  std::vector<block> blocks;
  block end;
  int value = 0; ///< node of `end`
  bool carries = false;
};

bool truth(double x) { return x != 0; }
double stored(bool x) { return x ? 1.0 : 0.0; }
path_condition truth(path_value x) { return path_condition(x.node()); }
path_value stored(path_condition x) { return path_value::of_node(x.node()); }

template <class Real> Real apply(op code, Real a, Real b, Real c) {
  switch (code) {
  case op::add: return a + b;
  case op::subtract: return a - b;
  case op::multiply: return a * b;
  case op::divide: return a / b;
  case op::negative: return -a;
  case op::power: return pow(a, b);
  case op::minimum: return min(a, b);
  case op::maximum: return max(a, b);
  case op::absolute: return abs(a);
  case op::sqrt: return sqrt(a);
  case op::exp: return exp(a);
  case op::log: return log(a);
  case op::norm_cdf: return norm_cdf(a);
  case op::less: return stored(a < b);
  case op::less_equal: return stored(a <= b);
  case op::greater: return stored(a > b);
  case op::greater_equal: return stored(a >= b);
  case op::equal: return stored(a == b);
  case op::not_equal: return stored(a != b);
  case op::logical_and: return stored(truth(a) & truth(b));
  case op::logical_or: return stored(truth(a) | truth(b));
  case op::logical_not: return stored(!truth(a));
  default: return select(truth(a), b, c);
  }
}

bool gives_truth(op code) {
  return (code >= op::less && code <= op::not_equal) || code == op::logical_and || code == op::logical_or ||
         code == op::logical_not;
}

/// The nodes' values; `leaf` gives those of the leaves.
template <class Real, class Leaf> std::vector<Real> values_of(const std::vector<node>& nodes, const Leaf& leaf) {
  std::vector<Real> all;
  const auto at = [&](int i) { return i < 0 ? Real(0.0) : all[static_cast<std::size_t>(i)]; };
  for (const node& n : nodes)
    all.push_back(n.from == node::source::operation ? apply(n.code, at(n.args[0]), at(n.args[1]), at(n.args[2])) : leaf(n));
  return all;
}

template <class Real> using numbers = std::vector<Real>;

template <class Real, class Observation>
void observe(const script& s, const std::vector<std::size_t>& blocks, const numbers<Real>& known, numbers<Real>& states,
             const Observation& o) {
  for (const std::size_t b : blocks) {
    const auto all = values_of<Real>(s.blocks[b].nodes, [&](const node& n) -> Real {
      const auto index = static_cast<std::size_t>(n.index);
      switch (n.from) {
      case node::source::known: return known[index];
      case node::source::spot: return o.spot(n.index);
      case node::source::carried: return o.date(0);
      default: return states[index];
      }
    });
    for (const block::update& u : s.blocks[b].updates)
      states[static_cast<std::size_t>(u.state)] = all[static_cast<std::size_t>(u.node)];
  }
}

// ---- text ------------------------------------------------------------------------------------------------------------

struct token {
  enum class type { name, number, symbol, line_end, end } what;
  std::string_view text;
  std::size_t at; ///< in the whole text
  double value = 0;
};

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_name(char c) { return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string& problem) {
  const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80; }; // UTF-8
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  std::size_t shown = std::max(begin, at - std::min<std::size_t>(at, 100)); // of a long line a part
  while (shown < at && continues(shown)) ++shown;
  std::string under; // below each character of the line one of equal width
  for (std::size_t i = shown; i < at; ++i)
    if (!continues(i)) under += text[i] == '\t' ? '\t' : ' ';
  std::size_t column = under.size() + 1;
  for (std::size_t i = begin; i < shown; ++i) column += continues(i) ? 0 : 1;
  throw input_error("payoff, line " + std::to_string(std::ranges::count(text.substr(0, begin), '\n') + 1) + ", column " +
                    std::to_string(column) + ": " + problem + "\n  " +
                    std::string(text.substr(shown, std::min({text.find('\n', at), text.size(), at + 40}) - shown)) + "\n  " +
                    under + "^");
}

constexpr const char* symbols[] = {"<=", ">=", "==", "!=", "<", ">", "=", "+", "-", "*", "/", "^", "(", ")", "{", "}", ","};
/// What other languages write.
constexpr std::pair<const char*, const char*> foreign[] = {{"**", "^"}, {"&&", "and"}, {"||", "or"}, {"&", "and"},
                                                           {"|", "or"}, {"<>", "!="},  {"!", "not"}, {":=", "="}};

std::vector<token> tokens_of(std::string_view text) {
  std::vector<token> all;
  int open = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const char c = rest[0];
    const auto add = [&](token::type what, std::size_t length, double value = 0) {
      all.push_back({what, rest.substr(0, length), at, value});
      at += length;
    };
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if ((c == '\n' && open <= 0) || c == ';') {
      add(token::type::line_end, 1);
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (begins_name(c)) {
      add(token::type::name, static_cast<std::size_t>(std::ranges::find_if_not(rest, in_name) - rest.begin()));
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') {
      double value = 0;
      const auto [stop, status] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
      if (status != std::errc()) fail(text, at, "no number, or one that double precision does not hold");
      add(token::type::number, static_cast<std::size_t>(stop - rest.data()), value);
      if (at < text.size() && in_name(text[at])) fail(text, at, "an operator is missing after the number");
    } else {
      const auto starts = [&](const char* s) { return rest.starts_with(s); };
      const auto known = std::ranges::find_if(symbols, starts);
      const auto other = std::ranges::find_if(foreign, [&](const auto& f) { return starts(f.first); });
      if (other != std::end(foreign) && (known == std::end(symbols) || std::string_view(*known).size() < 2))
        fail(text, at, "'" + std::string(other->first) + "' is not known here; write " + other->second);
      if (known == std::end(symbols)) {
        std::size_t length = 1; // a character may be several bytes
        while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xc0) == 0x80) ++length;
        fail(text, at, "unexpected '" + std::string(rest.substr(0, length)) + "'");
      }
      open += c == '(' ? 1 : c == ')' ? -1 : 0;
      add(token::type::symbol, std::string_view(*known).size());
    }
  }
  all.push_back({token::type::end, {}, text.size()});
  return all;
}

/// Insertions, deletions and replacements that make a word of another.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char from : a) {
    std::size_t corner = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j)
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, corner + (from == b[j - 1] ? 0 : 1)}));
  }
  return row.back();
}

// ---- the parser ------------------------------------------------------------------------------------------------------

const std::set<std::string_view> keywords = {"if", "then", "else", "for", "each", "date",
                                             "in", "and",  "or",   "not", "true", "false"};
const std::map<std::string_view, op> functions = {{"exp", op::exp},      {"log", op::log},           {"sqrt", op::sqrt},
                                                  {"abs", op::absolute}, {"norm_cdf", op::norm_cdf}, {"pow", op::power},
                                                  {"min", op::minimum},  {"max", op::maximum}};
const std::set<std::string_view> over_dates = {"mean", "gmean", "sum", "prod", "count", "min", "max", "first", "last"};
const std::set<std::string_view> on_dates = {"prev", "pay"};

/// What stands between two operands, from weakest to strongest.
struct infix {
  std::string_view text;
  int strength;
  op code;
};
constexpr int negation = 3, comparison = 4, addition = 5, sign = 7, exponent = 8;
constexpr infix infixes[] = {{"or", 1, op::logical_or},
                             {"and", 2, op::logical_and},
                             {"<=", comparison, op::less_equal},
                             {">=", comparison, op::greater_equal},
                             {"==", comparison, op::equal},
                             {"!=", comparison, op::not_equal},
                             {"<", comparison, op::less},
                             {">", comparison, op::greater},
                             {"+", addition, op::add},
                             {"-", addition, op::subtract},
                             {"*", 6, op::multiply},
                             {"/", 6, op::divide},
                             {"^", exponent, op::power}};

class parser {
public:
  parser(std::string_view text, const std::vector<script_asset>& assets, const std::map<std::string, double>& parameters,
         const std::map<std::string, std::vector<date>>& schedules, date expiry)
      : text_(text), assets_(assets), parameters_(parameters), schedules_(schedules), expiry_(expiry),
        tokens_(tokens_of(text)) {
    find_loop_variables();
  }

  script run() {
    while (skip_lines(), next().what != token::type::end) statement();
    if (!variables_.contains("value")) fail(next(), "the value is missing; end with an expression, or with value = ...");
    const token& last = next();
    script_.value = node_of(number(*find("value", last), last));
    script_.end = std::move(end_);
    for (const block& b : closing_) script_.blocks.push_back(b);
    const auto check = [&](const std::string& kind, const std::string& name) {
      if (!used_.contains(name)) throw input_error(kind + " '" + name + "' is not used by the payoff; remove it, or use it");
    };
    for (const script_asset& a : assets_) check("asset", a.name);
    for (const auto& [name, x] : parameters_) check("parameter", name);
    for (const auto& [name, x] : schedules_) check("schedule", name);
    return std::move(script_);
  }

private:
  /// The value of an expression: a known number, or a node of the block that is being written.
  struct term {
    bool known, is_truth;
    int at;
  };
  /// What a name assigned by the text means.
  struct variable {
    term value;
    bool is_state = false; ///< value.at numbers it
  };
  enum class place { end, loop, function };

  // ---- tokens
  const token& next() const { return tokens_[at_]; }
  bool is_next(std::string_view text) const { return next().text == text && next().what != token::type::line_end; }
  bool take(std::string_view text) {
    if (!is_next(text)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view text, const char* why = "") {
    if (!take(text)) fail(next(), "'" + std::string(text) + "' expected" + why);
  }
  void skip_lines() {
    while (next().what == token::type::line_end) ++at_;
  }
  [[noreturn]] void fail(const token& at, const std::string& problem) const { dojima::fail(text_, at.at, problem); }
  struct nested {
    explicit nested(parser& p) : p(p) {
      if (++p.depth_ > 200) p.fail(p.next(), "nested too deeply (200 levels are the limit); use variables");
    }
    ~nested() { --p.depth_; }
    parser& p;
  };
  static std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

  /// The names that loops assign, and where they do so last: a first look at the text.
  void find_loop_variables() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].text != "for") continue;
      int open = 0;
      for (; i + 1 < tokens_.size(); ++i) {
        if (tokens_[i].text == "{") ++open;
        if (tokens_[i].text == "}" && --open == 0) break;
        if (tokens_[i].what == token::type::name && tokens_[i + 1].text == "=") last_update_[tokens_[i].text] = i;
      }
    }
  }

  // ---- terms
  term known(const std::string& key, double value, bool is_parameter, bool is_truth = false) {
    const auto [entry, is_new] = known_.try_emplace(key, static_cast<int>(script_.known.size()));
    if (is_new) script_.known.push_back({value, is_parameter});
    return {true, is_truth, entry->second};
  }
  term constant(double x) { return known(number_text(x, 17), x, false); }
  const known_number& number_of(const term& t) const { return script_.known[static_cast<std::size_t>(t.at)]; }

  int write(const node& n) {
    writing_->nodes.push_back(n);
    return static_cast<int>(writing_->nodes.size()) - 1;
  }
  int node_of(const term& t) {
    if (!t.known) return t.at;
    const int at = write({node::source::known, t.at});
    if (!t.is_truth) return at;
    const int zero = write({node::source::known, constant(0.0).at});
    return write({node::source::operation, 0, op::not_equal, {at, zero, -1}});
  }
  term make(op code, const std::vector<term>& args) {
    const bool is_truth = code == op::where ? args[1].is_truth : gives_truth(code);
    if (code == op::where && args[0].known) return args[truth(number_of(args[0]).value) ? 1 : 2];
    if (std::ranges::all_of(args, &term::known)) {
      double x[3] = {};
      bool is_parameter = false;
      std::string key = name_of(code);
      for (std::size_t i = 0; i < args.size(); ++i) {
        x[i] = number_of(args[i]).value;
        is_parameter = is_parameter || number_of(args[i]).is_parameter;
        key += ' ' + std::to_string(args[i].at);
      }
      return known(key, apply(code, x[0], x[1], x[2]), is_parameter, is_truth);
    }
    if (code == op::where && is_truth) // c and a, or not c and b
      return make(op::logical_or, {make(op::logical_and, {args[0], args[1]}),
                                   make(op::logical_and, {make(op::logical_not, {args[0]}), args[2]})});
    node n{node::source::operation, 0, code};
    for (std::size_t i = 0; i < args.size(); ++i) n.args[i] = node_of(args[i]);
    return {false, is_truth, write(n)};
  }
  /// Whole powers are products.
  term power(const term& base, const term& to) {
    const bool is_constant = to.known && !number_of(to).is_parameter;
    const double n = is_constant ? number_of(to).value : 0.0;
    if (!is_constant || n != std::floor(n) || std::abs(n) > 64) return make(op::power, {base, to});
    term square = base, product = constant(1.0);
    bool is_first = true;
    for (auto rest = static_cast<int>(std::abs(n)); rest > 0; rest /= 2) {
      if (rest % 2 == 1) product = std::exchange(is_first, false) ? square : make(op::multiply, {product, square});
      if (rest > 1) square = make(op::multiply, {square, square});
    }
    return n < 0 ? make(op::divide, {constant(1.0), product}) : product;
  }
  term number(const term& t, const token& at) const {
    if (t.is_truth) fail(at, "a number is expected, not a condition; write if ... then 1 else 0");
    return t;
  }
  term condition(const term& t, const token& at) const {
    if (!t.is_truth && is_next("=")) fail(next(), "'=' assigns to a name; write == to compare");
    if (!t.is_truth) fail(at, "a condition is expected, not a number; compare it, as in x > 0");
    return t;
  }
  int new_state(const term& start) {
    script_.starts.push_back(start.at);
    return static_cast<int>(script_.starts.size()) - 1;
  }
  term state(int index, bool is_truth = false) {
    const term t{false, false, write({node::source::state, index})};
    return is_truth ? make(op::not_equal, {t, constant(0.0)}) : t;
  }
  void update(int state, const term& t) {
    writing_->updates.push_back({state, node_of(t.is_truth ? make(op::where, {t, constant(1.0), constant(0.0)}) : t)});
  }

  // ---- names
  bool is_asset(std::string_view name) const { return std::ranges::find(assets_, name, &script_asset::name) != assets_.end(); }
  std::string meaning_of(std::string_view word) const {
    const std::string name(word);
    return is_asset(name)                                                                     ? "an asset"
           : parameters_.contains(name)                                                       ? "a parameter"
           : schedules_.contains(name)                                                        ? "a schedule"
           : keywords.contains(word)                                                          ? "a word of the language"
           : functions.contains(word) || over_dates.contains(word) || on_dates.contains(word) ? "a function"
                                                                                              : "";
  }
  [[noreturn]] void unknown(const token& name, const std::string& kind) const {
    std::vector<std::string_view> all;
    for (const script_asset& a : assets_) all.push_back(a.name);
    for (const auto& [other, x] : parameters_) all.push_back(other);
    for (const auto& [other, x] : schedules_) all.push_back(other);
    for (const auto& [other, x] : variables_) all.push_back(other);
    for (const auto& [other, x] : functions) all.push_back(other);
    all.insert(all.end(), over_dates.begin(), over_dates.end());
    all.insert(all.end(), on_dates.begin(), on_dates.end());
    const auto lower = [](std::string_view s) {
      std::string t(s);
      for (char& c : t) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return t;
    };
    std::string_view best;
    std::size_t least = name.text.size() > 3 ? 3 : 2; // more than so many changes make another word
    if (name.text.size() <= 64)
      for (const std::string_view other : all)
        if (const std::size_t d = distance(lower(name.text), lower(other)); d < least && d < other.size())
          least = d, best = other;
    fail(name, "unknown " + kind + " " + quoted(name.text) + (best.empty() ? "" : "; did you mean " + quoted(best) + "?"));
  }

  /// What a variable holds at this place; nothing for a name that was not assigned.
  std::optional<term> find(std::string_view word, const token& at) {
    const std::string name(word);
    if (place_ == place::loop)
      if (const auto local = locals_.find(name); local != locals_.end()) return local->second.value;
    const auto found = variables_.find(name);
    if (found == variables_.end()) {
      if (last_update_.contains(word))
        fail(at, quoted(word) + (place_ == place::loop ? " has no value yet; assign its start before the loop"
                                                       : " lives in a loop only; assign its start before the loop to keep it"));
      return {};
    }
    const auto updated = last_update_.find(word);
    const bool updated_later = updated != last_update_.end() && updated->second >= (place_ == place::loop ? loop_begin_ : at_);
    variable& v = found->second;
    if (place_ == place::loop && !v.is_state && v.value.known && updated_later)
      v = {{false, v.value.is_truth, new_state(v.value)}, true};
    if (v.is_state) {
      if (place_ == place::function) fail(at, quoted(word) + " changes along the path; use it in a loop");
      if (place_ == place::end && updated_later)
        fail(at, quoted(word) + " is updated by loops before and after this line, which run together; move the line");
      return state(v.value.at, v.value.is_truth);
    }
    if (!v.value.known && place_ != place::end)
      fail(at, quoted(word) + " is known at the end of the path only; it cannot be used on the dates before");
    return v.value;
  }

  void assign(const token& name, const term& value) {
    const std::string word(name.text);
    if (place_ == place::loop) {
      const auto found = variables_.find(word);
      if (found != variables_.end()) { // a state
        const variable& v = found->second;
        if (!v.is_state && v.value.known) find(word, name);
        if (!v.is_state) fail(name, quoted(word) + " is known at the end of the path only; choose another name");
        if (v.value.is_truth != value.is_truth)
          fail(name, quoted(word) + (value.is_truth ? " starts as a number" : " starts as a condition") + " and stays one");
      }
      locals_[word] = {value};
      return;
    }
    const auto updated = last_update_.find(name.text);
    if (updated != last_update_.end() && updated->second > at_) {
      if (const auto found = variables_.find(word); found != variables_.end() && found->second.is_state)
        fail(name, quoted(word) + " is updated by loops before and after this line, which run together; move the line");
      if (!value.known) fail(name, quoted(word) + " is the start of a loop; it must be a number, not depend on prices");
    }
    variables_[word] = {value};
  }

  // ---- statements
  void statement() {
    const nested guard(*this);
    const token& first = next();
    const bool in_block = braces_ > 0;
    if (is_next("for")) loop();
    else if (is_next("if")) branches();
    else if (first.what == token::type::name && tokens_[at_ + 1].text == "=") {
      if (const std::string what = meaning_of(first.text); !what.empty())
        fail(first, quoted(first.text) + " is " + what + "; choose another name");
      at_ += 2;
      const term value = conditional();
      assign(first, value);
    } else if (in_block) {
      fail(first, "an assignment is expected, as in x = 1");
    } else {
      worth(conditional());
    }
    if (next().what != token::type::line_end && next().what != token::type::end && !is_next("}")) {
      if (is_next("=")) fail(next(), "'=' assigns to a name; write == to compare");
      fail(next(), "unexpected " + quoted(next().text) + "; a statement ends with its line or with ;");
    }
    if (!in_block && is_next("}")) fail(next(), "'}' without '{'");
  }
  /// An expression that stands alone is the value, and the last line.
  void worth(const term& value) {
    variables_["value"] = {value};
    if (next().what != token::type::line_end) return;
    skip_lines();
    if (next().what != token::type::end)
      fail(next(), "unexpected " + quoted(next().text) + " after the value; an expression alone is the last line");
  }
  void statements() {
    expect("{");
    ++braces_;
    while (skip_lines(), !is_next("}")) {
      if (next().what == token::type::end) fail(next(), "'}' expected");
      statement();
    }
    --braces_;
    ++at_;
  }

  void branches() {
    const token& at = next();
    ++at_;
    const token& first = next();
    const term c = condition(conditional(), first);
    skip_lines();
    if (is_next("then") && braces_ == 0) return worth(choice(c));
    if (!is_next("{")) fail(next(), braces_ == 0 ? "'{' or 'then' expected" : "'{' expected");
    auto& scope = place_ == place::loop ? locals_ : variables_;
    const auto before = scope;
    statements();
    const auto yes = std::exchange(scope, before);
    const std::size_t end = at_;
    skip_lines();
    if (take("else")) {
      if (is_next("if")) {
        const nested guard(*this);
        ++braces_;
        branches();
        --braces_;
      } else {
        statements();
      }
    } else {
      at_ = end;
    }
    const auto no = std::exchange(scope, before);
    std::set<std::string> names;
    for (const auto* side : {&yes, &no})
      for (const auto& [name, v] : *side) names.insert(name);
    for (const std::string& name : names) {
      const auto was = before.find(name);
      const auto a = yes.find(name), b = no.find(name);
      const auto same = [&](auto side) {
        return was != before.end() && side->second.value.at == was->second.value.at &&
               side->second.value.known == was->second.value.known;
      };
      if (a != yes.end() && b != no.end() && same(a) && same(b)) continue;
      const auto value = [&](auto side, const auto& all) -> std::optional<term> {
        if (side != all.end() && !side->second.is_state) return side->second.value;
        if (was == before.end() && !variables_.contains(name)) return {};
        return find(name, at);
      };
      const auto x = value(a, yes), y = value(b, no);
      if (!x || !y) continue; // assigned in one branch only: gone
      if (x->is_truth != y->is_truth) fail(at, quoted(name) + " is a number in one branch and a condition in the other");
      token word = at;
      word.text = name;
      assign(word, make(op::where, {c, *x, *y}));
    }
  }

  void loop() {
    const token& at = next();
    if (braces_ > 0) fail(at, "a loop stands alone, not in another statement");
    ++at_;
    expect("each", "; a loop begins with for each date");
    expect("date", "; a loop begins with for each date");
    const std::vector<date>& dates = take("in") ? schedule_named(next()) : only_schedule(at);
    if (is_next("in") || next().what == token::type::name) fail(next(), "'{' expected");
    skip_lines();
    begin(place::loop);
    loop_begin_ = at_;
    statements();
    for (const auto& [name, v] : locals_)
      if (const auto s = variables_.find(name); s != variables_.end() && s->second.is_state)
        update(s->second.value.at, v.value);
    locals_.clear();
    if (writing_->updates.empty()) fail(at, "the loop updates nothing; assign a start before it to what it computes");
    finish(dates, at);
  }

  // ---- blocks
  void begin(place p) {
    place_ = p;
    body_ = {};
    writing_ = &body_;
    uses_previous_ = false;
    previous_.clear();
  }
  /// Back to the end of the path. Where the date before is looked at, the dates begin with the second.
  void finish(const std::vector<date>& dates, const token& at, bool first_only = false) {
    const std::size_t from = uses_previous_ ? 1 : 0;
    if (dates.size() <= from) fail(at, "prev looks at two dates; the schedule has one");
    body_.dates.assign(dates.begin() + static_cast<std::ptrdiff_t>(from),
                       first_only ? dates.begin() + static_cast<std::ptrdiff_t>(from) + 1 : dates.end());
    script_.blocks.push_back(std::move(body_));
    for (const auto& [asset, state] : previous_) {
      block store{{{node::source::spot, asset}}, {{state, 0}}, dates};
      closing_.push_back(std::move(store));
    }
    place_ = place::end;
    writing_ = &end_;
  }
  const std::vector<date>& schedule_named(const token& name) {
    const auto found = schedules_.find(std::string(name.text));
    if (found == schedules_.end()) unknown(name, "schedule");
    ++at_;
    used_.insert(found->first);
    return found->second;
  }
  const std::vector<date>& only_schedule(const token& at) {
    if (schedules_.empty()) fail(at, "no schedule was given with the text; add one");
    if (schedules_.size() > 1) {
      std::string all;
      for (const auto& [name, dates] : schedules_) all += (all.empty() ? "" : ", ") + name;
      fail(at, "there are several schedules; name one: " + all);
    }
    used_.insert(schedules_.begin()->first);
    return schedules_.begin()->second;
  }

  // ---- expressions
  term conditional() {
    const nested guard(*this);
    return binary(0);
  }
  /// After `if condition`: then a else b.
  term choice(const term& c) {
    skip_lines();
    expect("then");
    const token& at = next();
    const term yes = conditional();
    skip_lines();
    expect("else", "; an if in an expression has both");
    const term no = conditional();
    if (yes.is_truth != no.is_truth) fail(at, "a number in one branch and a condition in the other");
    return make(op::where, {c, yes, no});
  }
  const infix* next_infix() const {
    const auto found = std::ranges::find_if(infixes, [&](const infix& i) { return is_next(i.text); });
    return found == std::end(infixes) ? nullptr : found;
  }
  term binary(int weakest) {
    skip_lines();
    const token* at = &next();
    term left{};
    if (weakest <= negation && take("not")) {
      const nested guard(*this);
      const token& of = next();
      left = make(op::logical_not, {condition(binary(negation), of)});
    } else {
      left = prefix();
    }
    for (;;) {
      const infix* i = next_infix();
      if (i == nullptr || i->strength < weakest) return left;
      ++at_;
      skip_lines();
      const token& right_at = next();
      if (i->strength <= 2) {
        left = make(i->code, {condition(left, *at), condition(binary(i->strength + 1), right_at)});
      } else if (i->strength == exponent) { // binds to the right; a sign may follow
        const nested guard(*this);
        left = power(number(left, *at), number(is_next("-") || is_next("+") ? prefix() : binary(exponent), right_at));
      } else if (i->strength == comparison) {
        left = comparisons(i->code, number(left, *at), number(binary(addition), right_at));
      } else {
        left = make(i->code, {number(left, *at), number(binary(i->strength + 1), right_at)});
      }
    }
  }
  /// a < b < c is a < b and b < c.
  term comparisons(op code, const term& a, term b) {
    term all = make(code, {a, b});
    for (const infix* i = next_infix(); i != nullptr && i->strength == comparison; i = next_infix()) {
      ++at_;
      skip_lines();
      const token& at = next();
      const term c = number(binary(addition), at);
      all = make(op::logical_and, {all, make(i->code, {b, c})});
      b = c;
    }
    return all;
  }
  term prefix() {
    skip_lines();
    const token& at = next();
    if (take("-")) {
      const nested guard(*this);
      const token& of = next();
      return make(op::negative, {number(binary(sign), of)});
    }
    if (take("+")) {
      const nested guard(*this);
      return number(binary(sign), at);
    }
    if (take("if")) {
      const token& of = next();
      return choice(condition(conditional(), of));
    }
    return primary();
  }
  term primary() {
    const token& t = next();
    if (t.what == token::type::end) fail(t, "an operand is missing");
    if (take("(")) {
      const term inside = conditional();
      expect(")");
      return inside;
    }
    if (t.what == token::type::number) {
      ++at_;
      return constant(t.value);
    }
    if (t.what != token::type::name) fail(t, "an operand is missing before " + quoted(t.text));
    if (take("true")) return known("true", 1.0, false, true);
    if (take("false")) return known("false", 0.0, false, true);
    if (keywords.contains(t.text)) fail(t, "an operand is missing before " + quoted(t.text));
    ++at_;
    return is_next("(") ? call(t) : name(t);
  }
  term name(const token& t) {
    const std::string word(t.text);
    if (is_asset(word)) return spot(t);
    if (const auto p = parameters_.find(word); p != parameters_.end()) {
      used_.insert(word);
      return known("parameter " + word, p->second, true);
    }
    if (const auto found = find(word, t)) return *found;
    if (schedules_.contains(word))
      fail(t, quoted(word) + " is a schedule; it stands last in a function over dates, or after in");
    if (!meaning_of(word).empty()) fail(t, quoted(word) + " is a function; its arguments are missing");
    unknown(t, "name");
  }
  int asset_named(const token& t) {
    if (!is_asset(t.text)) unknown(t, "asset");
    used_.insert(std::string(t.text));
    return static_cast<int>(std::ranges::find(assets_, t.text, &script_asset::name) - assets_.begin());
  }
  /// On a date the price then; else that at expiry.
  term spot(const token& t) {
    const int asset = asset_named(t);
    if (place_ != place::end) return {false, false, write({node::source::spot, asset})};
    const auto [entry, is_new] = at_expiry_.try_emplace(asset, static_cast<int>(script_.starts.size()));
    if (is_new) {
      new_state(constant(0.0));
      closing_.push_back({{{node::source::spot, asset}}, {{entry->second, 0}}, {expiry_}});
    }
    return state(entry->second);
  }

  /// Whether the call that opens here has one argument, with or without a schedule.
  bool has_one_argument() const {
    int open = 0;
    for (std::size_t i = at_; i + 1 < tokens_.size(); ++i) {
      open += tokens_[i].text == "(" ? 1 : tokens_[i].text == ")" ? -1 : 0;
      if (open == 0) break;
      if (open == 1 && tokens_[i].text == ",")
        return schedules_.contains(std::string(tokens_[i + 1].text)) && tokens_[i + 2].text == ")";
    }
    return true;
  }
  term call(const token& function) {
    const std::string_view f = function.text;
    if (over_dates.contains(f) && (!functions.contains(f) || has_one_argument())) return path_function(function);
    if (on_dates.contains(f)) return date_function(function);
    const auto found = functions.find(f);
    if (found == functions.end()) {
      if (!meaning_of(f).empty()) fail(function, quoted(f) + " is " + meaning_of(f) + ", not a function");
      unknown(function, "function");
    }
    ++at_;
    std::vector<term> args;
    do {
      skip_lines();
      const token& at = next();
      args.push_back(number(conditional(), at));
    } while (take(","));
    expect(")");
    const op code = found->second;
    if (code == op::minimum || code == op::maximum) {
      term all = args[0];
      for (std::size_t i = 1; i < args.size(); ++i) all = make(code, {all, args[i]});
      return all;
    }
    if (const auto wanted = static_cast<std::size_t>(arity_of(code)); args.size() != wanted)
      fail(function, std::string(f) + " takes " + std::to_string(wanted) + " argument(s), not " + std::to_string(args.size()));
    return code == op::power ? power(args[0], args[1]) : make(code, args);
  }
  /// prev(S) and pay(x), which belong to a date.
  term date_function(const token& function) {
    if (place_ == place::end) fail(function, quoted(function.text) + " belongs to a date; use it in a loop or in sum(...)");
    ++at_;
    const token& of = next();
    if (function.text == "pay") {
      const term paid = number(conditional(), of);
      expect(")");
      script_.carries = true;
      return make(op::multiply, {paid, {false, false, write({node::source::carried})}});
    }
    const int asset = asset_named(of);
    ++at_;
    expect(")", "; prev takes the name of an asset");
    uses_previous_ = true;
    const auto [entry, is_new] = previous_.try_emplace(asset, static_cast<int>(script_.starts.size()));
    if (is_new) new_state(constant(0.0));
    return state(entry->second);
  }
  term path_function(const token& function) {
    const std::string_view f = function.text;
    if (place_ != place::end)
      fail(function, quoted(f) + " is known at the end of the path only; " +
                         (functions.contains(f) ? "with two arguments it takes numbers" : "use it after the loop"));
    ++at_;
    begin(place::function);
    const token& at = next();
    const term inside = conditional(), x = f == "count" ? condition(inside, at) : number(inside, at);
    const std::vector<date>& dates = take(",") ? schedule_named(next()) : only_schedule(function);
    expect(")");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const int s = new_state(constant(f == "prod" ? 1.0 : f == "min" ? infinity : f == "max" ? -infinity : 0.0));
    const auto with = [&](op code, const term& y) { return make(code, {state(s), y}); };
    if (f == "sum" || f == "mean") update(s, with(op::add, x));
    else if (f == "gmean") update(s, with(op::add, make(op::log, {x})));
    else if (f == "prod") update(s, with(op::multiply, x));
    else if (f == "min") update(s, with(op::minimum, x));
    else if (f == "max") update(s, with(op::maximum, x));
    else if (f == "count") update(s, with(op::add, make(op::where, {x, constant(1.0), constant(0.0)})));
    else update(s, x); // first, last
    finish(dates, function, f == "first");
    if (f != "mean" && f != "gmean") return state(s);
    const double n = static_cast<double>(script_.blocks.back().dates.size());
    const term mean = make(op::divide, {state(s), constant(n)});
    return f == "mean" ? mean : make(op::exp, {mean});
  }

  std::string_view text_;
  const std::vector<script_asset>& assets_;
  const std::map<std::string, double>& parameters_;
  const std::map<std::string, std::vector<date>>& schedules_;
  date expiry_;
  std::vector<token> tokens_;
  std::size_t at_ = 0, loop_begin_ = 0;
  int depth_ = 0, braces_ = 0;
  std::map<std::string_view, std::size_t> last_update_; ///< by a loop: the token
  std::set<std::string> used_;

  script script_;
  std::map<std::string, int> known_;
  block end_, body_, *writing_ = &end_;
  std::vector<block> closing_; ///< what a date does after all else
  place place_ = place::end;
  std::map<std::string, variable> variables_, locals_; ///< of the text, of the loop that is being written
  std::map<int, int> at_expiry_, previous_;            ///< states by asset; previous_: of the block that is being written
  bool uses_previous_ = false;
};

// ---- payoffs ---------------------------------------------------------------------------------------------------------

struct plan {
  script s;
  std::vector<std::vector<std::size_t>> blocks; ///< of each schedule of the payoff
};

class scripted final : public payoff {
public:
  explicit scripted(std::shared_ptr<const plan> p) : plan_(std::move(p)) {
    for (const known_number& k : plan_->s.known) known_.push_back(k.is_parameter ? parameter(k.value) : path_value(k.value));
    for (const int start : plan_->s.starts) states_.push_back(known_[static_cast<std::size_t>(start)]);
  }
  std::vector<path_value*> state() override {
    std::vector<path_value*> all;
    for (path_value& s : states_) all.push_back(&s);
    return all;
  }
  void observe(int schedule, const observation& o) override {
    dojima::observe(plan_->s, plan_->blocks[static_cast<std::size_t>(schedule)], known_, states_, o);
  }
  path_value value() const override {
    const auto all = values_of<path_value>(plan_->s.end.nodes, [&](const node& n) {
      return (n.from == node::source::known ? known_ : states_)[static_cast<std::size_t>(n.index)];
    });
    return all[static_cast<std::size_t>(plan_->s.value)];
  }

private:
  std::shared_ptr<const plan> plan_;
  std::vector<path_value> known_, states_;
};

/// A day that has passed; what was paid then is no part of the value.
struct seen_day {
  const std::vector<double>& prices;
  double spot(int asset) const { return prices[static_cast<std::size_t>(asset)]; }
  double date(int) const { return 0.0; }
};

void check_name(const std::string& name, std::set<std::string>& all) {
  const std::string shown = "name '" + name + "'";
  if (name.empty() || !begins_name(name[0]) || !std::ranges::all_of(name, in_name))
    throw input_error(shown + " (must be a letter, then letters, digits or _); rename it");
  if (keywords.contains(name) || functions.contains(name) || over_dates.contains(name) || on_dates.contains(name))
    throw input_error(shown + " (a word of the language of payoffs); rename it");
  if (!all.insert(name).second) throw input_error(shown + " (stands for two things); rename one");
}

} // namespace

custom_option scripted_payoff(std::string_view text, const std::vector<script_asset>& assets,
                              const std::map<std::string, double>& parameters,
                              const std::map<std::string, std::vector<date>>& schedules, date expiry, const seen_prices& seen) {
  constexpr std::size_t longest = 16384;
  if (text.size() > longest)
    throw input_error("payoff of " + std::to_string(text.size()) + " characters (" + std::to_string(longest) +
                      " are the limit); split it into trades");
  std::set<std::string> names;
  if (assets.empty()) throw input_error("payoff without assets (it observes none); name one");
  for (const script_asset& a : assets) check_name(a.name, names);
  for (const auto& [name, value] : parameters) {
    check_name(name, names);
    if (!std::isfinite(value))
      throw input_error("parameter " + name + " = " + number_text(value) + " (must be finite); correct it");
  }
  for (const auto& [name, dates] : schedules) {
    check_name(name, names);
    if (dates.empty()) throw input_error("schedule '" + name + "' has no dates; add them");
    for (std::size_t i = 1; i < dates.size(); ++i)
      if (dates[i] <= dates[i - 1])
        throw input_error("schedule '" + name + "': " + to_string(dates[i]) + " after " + to_string(dates[i - 1]) +
                          " (dates must increase); sort them");
    if (dates.back() > expiry)
      throw input_error("schedule '" + name + "': " + to_string(dates.back()) + " is after expiry " + to_string(expiry) +
                        "; correct one of the two");
  }

  plan p{parser(text, assets, parameters, schedules, expiry).run(), {}};
  std::map<date, std::vector<std::size_t>> days;
  for (std::size_t b = 0; b < p.s.blocks.size(); ++b)
    for (const date d : p.s.blocks[b].dates) days[d].push_back(b);

  numbers<double> known, states;
  for (const known_number& k : p.s.known) known.push_back(k.value);
  for (const int start : p.s.starts) states.push_back(known[static_cast<std::size_t>(start)]);
  std::map<std::vector<std::size_t>, std::vector<date>> futures;
  for (const auto& [day, blocks] : days) {
    const auto prices = seen.find(day);
    if (prices == seen.end()) {
      futures[blocks].push_back(day);
      continue;
    }
    if (prices->second.size() != assets.size() ||
        !std::ranges::all_of(prices->second, [](double x) { return x > 0 && std::isfinite(x); }))
      throw input_error("prices seen on " + to_string(day) + " (must be one above 0 for each asset); correct them");
    if (!futures.empty())
      throw input_error("prices seen on " + to_string(day) + ", but none on " + to_string(futures.begin()->second.front()) +
                        " before; add them");
    observe(p.s, blocks, known, states, seen_day{prices->second});
  }
  if (!seen.empty())
    for (std::size_t i = 0; i < states.size(); ++i) {
      p.s.starts[i] = static_cast<int>(p.s.known.size());
      p.s.known.push_back({states[i], true});
    }

  custom_option o;
  o.name = "script";
  o.expiry = expiry;
  o.carried = p.s.carries;
  if (!seen.empty()) o.seen_until = seen.rbegin()->first;
  for (const script_asset& a : assets) o.underlyings.push_back(a.underlying);
  for (const auto& [blocks, dates] : futures) {
    p.blocks.push_back(blocks);
    o.schedules.push_back(dates);
  }
  o.make = [shared = std::make_shared<const plan>(std::move(p))] { return std::make_unique<scripted>(shared); };
  return o;
}

} // namespace dojima
