// Positions from a CSV file.
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "dojima/error.hpp"
#include "io/csv.hpp"
#include "io/ore.hpp"

namespace dojima {
namespace {

/// Beyond this no formula is exact to a cent.
constexpr double largest_number = 1e15;

/// A cell that cannot be read; becomes a rejection.
using cell_problem = problem;

class row_reader {
public:
  row_reader(const io::table& t, const io::row& r) : table_(t), row_(r), used_(t.header.size(), false) {}

  std::string text(const char* column) const {
    const int c = table_.column(column);
    if (c >= 0) used_[static_cast<std::size_t>(c)] = true;
    return c < 0 ? std::string() : row_.fields[static_cast<std::size_t>(c)];
  }
  std::string needed(const char* column) const {
    std::string value = text(column);
    if (value.empty()) throw cell_problem{std::string("no ") + column, "this product needs it", "fill it in"};
    return value;
  }
  double number(const char* column) const {
    const std::string value = needed(column);
    const auto x = io::parse_number(value);
    if (!x) throw cell_problem{std::string(column) + " '" + io::shortened(value) + "'", "not a finite number", "correct it"};
    if (std::abs(*x) > largest_number)
      throw cell_problem{std::string(column) + " " + io::shortened(value), "above 1e15, far outside any market", "correct it"};
    return *x;
  }
  double number_or(const char* column, double missing) const { return text(column).empty() ? missing : number(column); }
  date day(const char* column) const {
    const std::string value = needed(column);
    const auto d = parse_date(value);
    if (!d)
      throw cell_problem{std::string(column) + " '" + io::shortened(value) + "'", "not a day of the calendar as YYYY-MM-DD",
                         "correct it"};
    return *d;
  }
  /// The first choice where the cell is empty.
  template <class T> T choice_or_first(const char* column, std::initializer_list<std::pair<const char*, T>> choices) const {
    return text(column).empty() ? choices.begin()->second : choice<T>(column, choices);
  }
  template <class T> T choice(const char* column, std::initializer_list<std::pair<const char*, T>> choices) const {
    const std::string value = needed(column);
    std::string list;
    for (const auto& [name, meaning] : choices) {
      if (value == name) return meaning;
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    throw cell_problem{std::string(column) + " '" + io::shortened(value) + "'", "must be one of " + list, "correct it"};
  }
  /// A filled cell of a known column that this product did not ask for: the product or the column is wrong.
  void refuse_unused(const std::string& product) const;

private:
  const io::table& table_;
  const io::row& row_;
  mutable std::vector<bool> used_; ///< columns that were asked for
};

const std::set<std::string> known_columns{
    "id",          "book",          "product",        "underlying",    "quantity",    "currency",
    "option_type", "strike",        "expiry",         "digital_type",  "payout",      "barrier_type",
    "barrier",     "lower_barrier", "upper_barrier",  "rebate",        "pay_at",      "monitoring",
    "fixings",     "averaging",     "average_strike", "basket_type",   "components",  "local_floor",
    "local_cap",   "global_floor",  "global_cap",     "moneyness",     "performance", "choice",
    "inner_type",  "inner_strike",  "inner_expiry",   "annual_factor", "coupon",      "coupon_barrier",
    "call_level",  "protection",    "memory",         "missed",        "put_strike",  "put_expiry",
    "paid_in",     "paid_rate",     "touched"};

void row_reader::refuse_unused(const std::string& product) const {
  for (std::size_t c = 0; c < used_.size(); ++c)
    if (!used_[c] && !row_.fields[c].empty() && known_columns.contains(table_.header[c]))
      throw cell_problem{table_.header[c] + " '" + io::shortened(row_.fields[c]) + "'",
                         "product " + product + " does not use it", "leave it empty, or correct the product"};
}

/// The items of a list such as `a;b`; none for an empty cell.
std::vector<std::string> items_of(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    items.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

/// What stands left of the mark, and the number right of it where there is one.
std::pair<std::string, std::optional<double>> split_item(const std::string& item, char mark, const char* what) {
  const std::size_t at = std::min(item.rfind(mark), item.size());
  if (at == item.size()) return {item, {}};
  const auto value = io::parse_number(item.substr(at + 1));
  if (!value || std::abs(*value) > largest_number)
    throw cell_problem{std::string(what) + " '" + io::shortened(item) + "'", "its value is no number of a market",
                       "correct it"};
  return {item.substr(0, at), value};
}

std::vector<fixing_date> fixings(const row_reader& r) {
  std::vector<fixing_date> all;
  for (const std::string& item : items_of(r.needed("fixings"))) {
    const auto [text, value] = split_item(item, '=', "fixing");
    const auto day = parse_date(text);
    if (!day) throw cell_problem{"fixing '" + io::shortened(item) + "'", "must be date or date=value", "correct it"};
    all.push_back({*day, value});
  }
  return all;
}

/// Dates that carry no values.
std::vector<date> dates(const row_reader& r, const char* column) {
  std::vector<date> all;
  for (const std::string& item : items_of(r.text(column))) {
    const auto day = parse_date(item);
    if (!day)
      throw cell_problem{std::string(column) + " '" + io::shortened(item) + "'", "must be a date, without a value",
                         "correct it"};
    all.push_back(*day);
  }
  return all;
}

/// Of baskets and notes; the first is the underlying of the row.
std::vector<basket_component> components(const row_reader& r) {
  std::vector<basket_component> all;
  for (const std::string& item : items_of(r.needed("components"))) {
    const auto [name, number] = split_item(item, ':', "component");
    if (name.empty() || !number)
      throw cell_problem{"component '" + io::shortened(item) + "'", "must be NAME:number", "correct it"};
    all.push_back({name, *number});
  }
  if (all.front().underlying != r.text("underlying"))
    throw cell_problem{"first component " + io::shortened(all.front().underlying),
                       "the underlying is " + io::shortened(r.text("underlying")), "name the first component there"};
  return all;
}

option_type type(const row_reader& r, const char* column = "option_type") {
  return r.choice<option_type>(column, {{"call", option_type::call}, {"put", option_type::put}});
}
bool yes(const row_reader& r, const char* column) { return r.choice_or_first<bool>(column, {{"no", false}, {"yes", true}}); }

contract barrier(const row_reader& r) {
  struct kind {
    bool up, in;
  };
  const kind k = r.choice<kind>("barrier_type", {{"down_and_out", {false, false}},
                                                 {"down_and_in", {false, true}},
                                                 {"up_and_out", {true, false}},
                                                 {"up_and_in", {true, true}}});
  return barrier_option{type(r),
                        r.number("strike"),
                        r.day("expiry"),
                        k.up,
                        k.in,
                        r.number("barrier"),
                        r.number_or("rebate", 0.0),
                        dates(r, "monitoring"),
                        yes(r, "touched")};
}

contract touch(const row_reader& r, bool no_touch) {
  return touch_option{r.day("expiry"),
                      r.choice<bool>("barrier_type", {{"down", false}, {"up", true}}),
                      no_touch,
                      !no_touch && r.choice_or_first<bool>("pay_at", {{"expiry", false}, {"hit", true}}),
                      r.number("barrier"),
                      r.number("payout"),
                      dates(r, "monitoring"),
                      yes(r, "touched")};
}

contract asian(const row_reader& r) {
  const bool average_strike = yes(r, "average_strike");
  return asian_option{
      type(r),
      average_strike ? 0.0 : r.number("strike"),
      r.day("expiry"),
      fixings(r),
      r.choice_or_first<averaging>("averaging", {{"arithmetic", averaging::arithmetic}, {"geometric", averaging::geometric}}),
      average_strike};
}

contract lookback(const row_reader& r) {
  const bool floating = r.text("strike").empty();
  return lookback_option{type(r), floating ? std::nullopt : std::optional(r.number("strike")), r.day("expiry"), fixings(r)};
}

contract basket(const row_reader& r) {
  return basket_option{
      type(r), r.number("strike"), r.day("expiry"),
      r.choice<basket_kind>("basket_type",
                            {{"sum", basket_kind::sum}, {"best", basket_kind::best}, {"worst", basket_kind::worst}}),
      components(r)};
}

contract forward_start(const row_reader& r) {
  const std::vector<fixing_date> resets = fixings(r);
  if (resets.size() != 1)
    throw cell_problem{std::to_string(resets.size()) + " fixings", "a forward start has one, its reset", "leave one"};
  return forward_start_option{type(r), r.number("moneyness"), resets[0], r.day("expiry"), yes(r, "performance")};
}

contract note(const row_reader& r) {
  r.needed("fixings");
  return autocallable_note{components(r),
                           dates(r, "fixings"),
                           r.number("coupon"),
                           r.number("coupon_barrier"),
                           r.number("call_level"),
                           r.number("protection"),
                           r.choice_or_first<bool>("memory", {{"yes", true}, {"no", false}}),
                           r.number_or("missed", 0.0)};
}

using row_parser = contract (*)(const row_reader&);
constexpr double none = std::numeric_limits<double>::infinity();

/// What reads the columns of each product.
const std::pair<const char*, row_parser> products[] = {
    {"stock", [](const row_reader&) -> contract { return stock{}; }},
    {"fx_forward",
     [](const row_reader& r) -> contract {
       return fx_forward{r.number("strike"), r.day("expiry")};
     }},
    {"european",
     [](const row_reader& r) -> contract {
       return european_option{type(r), r.number("strike"), r.day("expiry")};
     }},
    {"american",
     [](const row_reader& r) -> contract {
       return american_option{type(r), r.number("strike"), r.day("expiry")};
     }},
    {"digital",
     [](const row_reader& r) -> contract {
       const bool asset = r.choice<bool>("digital_type", {{"cash", false}, {"asset", true}});
       return digital_option{type(r), r.number("strike"), r.day("expiry"),
                             asset ? std::nullopt : std::optional(r.number("payout"))};
     }},
    {"barrier", barrier},
    {"asian", asian},
    {"double_barrier",
     [](const row_reader& r) -> contract {
       return double_barrier_option{type(r),
                                    r.number("strike"),
                                    r.day("expiry"),
                                    r.choice<bool>("barrier_type", {{"knock_out", false}, {"knock_in", true}}),
                                    r.number("lower_barrier"),
                                    r.number("upper_barrier"),
                                    r.number_or("rebate", 0.0),
                                    dates(r, "monitoring"),
                                    yes(r, "touched")};
     }},
    {"one_touch", [](const row_reader& r) { return touch(r, false); }},
    {"no_touch", [](const row_reader& r) { return touch(r, true); }},
    {"lookback", lookback},
    {"basket", basket},
    {"cliquet",
     [](const row_reader& r) -> contract {
       return cliquet_option{fixings(r), r.number_or("local_floor", -none), r.number_or("local_cap", none),
                             r.number_or("global_floor", -none), r.number_or("global_cap", none)};
     }},
    {"forward_start", forward_start},
    {"chooser",
     [](const row_reader& r) -> contract {
       chooser_option c{r.day("choice"), r.number("strike"), r.day("expiry")};
       if (!r.text("put_strike").empty()) c.put_strike = r.number("put_strike");
       if (!r.text("put_expiry").empty()) c.put_expiry = r.day("put_expiry");
       return c;
     }},
    {"compound",
     [](const row_reader& r) -> contract {
       return compound_option{type(r),
                              r.number("strike"),
                              r.day("expiry"),
                              type(r, "inner_type"),
                              r.number("inner_strike"),
                              r.day("inner_expiry")};
     }},
    {"variance_swap",
     [](const row_reader& r) -> contract {
       return variance_swap{r.number("strike"), false, fixings(r), r.number_or("annual_factor", 252)};
     }},
    {"volatility_swap",
     [](const row_reader& r) -> contract {
       return variance_swap{r.number("strike"), true, fixings(r), r.number_or("annual_factor", 252)};
     }},
    {"autocallable", note},
};

contract parse_contract(const row_reader& r) {
  const std::string product = r.needed("product");
  std::string list;
  for (const auto& [name, parse] : products) {
    if (product == name) return parse(r);
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  throw cell_problem{"product '" + io::shortened(product) + "'", "must be one of " + list, "correct it"};
}

} // namespace

portfolio_data read_portfolio(const std::filesystem::path& file, const market& m) {
  std::vector<input_file> files;
  std::string bytes = io::read_bytes(file, files);
  portfolio_data data;
  if (file.extension() == ".xml" || !io::element::root_name(bytes).empty()) {
    data = io::read_ore_portfolio(file.string(), std::move(bytes), m);
    data.files = std::move(files);
    return data;
  }
  const io::table t = io::parse_csv(file.string(), bytes, data.rejected);
  data.files = std::move(files);
  for (const char* column : {"id", "book", "product", "underlying", "quantity"}) t.required_column(column);
  for (const std::string& column : t.header)
    if (!known_columns.contains(column))
      data.rejected.push_back({t.file, 1, "", "column '" + io::shortened(column) + "'",
                               "not one of the columns of a portfolio; it is not read", "correct its name, or remove it",
                               true});
  if (t.rows.empty() && data.rejected.empty())
    throw input_error(t.file + ": no positions (there is only a header); add one a row");
  std::map<std::string, long> seen;
  for (const io::row& row : t.rows) {
    const row_reader r(t, row);
    trade position;
    try {
      position.id = r.needed("id");
      position.book = r.needed("book");
      position.underlying = r.needed("underlying");
      position.quantity = r.number("quantity");
      if (const auto before = seen.find(position.id); before != seen.end())
        throw cell_problem{"duplicate id", "already on line " + std::to_string(before->second) + ", which is kept",
                           "give it a name of its own"};
      position.terms = parse_contract(r);
      if (!r.text("paid_in").empty()) position.paid = quanto_payment{r.text("paid_in"), r.number("paid_rate")};
      const std::string currency = r.text("currency");
      r.refuse_unused(product_name(position.terms));
      if (auto found = find_problem(position, m)) throw *found;
      const std::string& quoted = m.underlyings.at(position.underlying).currency;
      if (!currency.empty() && currency != quoted)
        throw cell_problem{"currency " + io::shortened(currency), position.underlying + " is quoted in " + quoted,
                           "correct it or leave it empty"};
    } catch (const cell_problem& p) {
      data.rejected.push_back(
          {t.file, row.line, io::shortened(position.id, 60), io::shortened(p.what, 200), p.why, p.suggestion});
      continue;
    }
    seen.emplace(position.id, row.line);
    data.trades.push_back(std::move(position));
  }
  return data;
}

} // namespace dojima
