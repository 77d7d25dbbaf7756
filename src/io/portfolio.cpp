// Positions from a CSV file.
#include <cmath>
#include <map>
#include <set>

#include "dojima/error.hpp"
#include "io/csv.hpp"

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
  date day(const char* column) const {
    const std::string value = needed(column);
    const auto d = parse_date(value);
    if (!d)
      throw cell_problem{std::string(column) + " '" + io::shortened(value) + "'", "not a day of the calendar as YYYY-MM-DD",
                         "correct it"};
    return *d;
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
  /// A filled cell of `columns` that this product did not ask for: the product or the column is wrong.
  void refuse_unused(std::initializer_list<const char*> columns, const std::string& product) const {
    for (const char* column : columns) {
      const int c = table_.column(column);
      if (c < 0 || used_[static_cast<std::size_t>(c)] || row_.fields[static_cast<std::size_t>(c)].empty()) continue;
      throw cell_problem{std::string(column) + " '" + io::shortened(row_.fields[static_cast<std::size_t>(c)]) + "'",
                         "product " + product + " does not use it", "leave it empty, or correct the product"};
    }
  }

private:
  const io::table& table_;
  const io::row& row_;
  mutable std::vector<bool> used_; ///< columns that were asked for
};

std::vector<asian_fixing_date> parse_fixings(const std::string& text) {
  std::vector<asian_fixing_date> fixings;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = std::min(item.find('='), item.size());
    const auto day = parse_date(item.substr(0, equals));
    if (!day) throw cell_problem{"fixing '" + io::shortened(item) + "'", "must be date or date=value", "correct it"};
    std::optional<double> value;
    if (equals < item.size()) {
      value = io::parse_number(item.substr(equals + 1));
      if (!value || std::abs(*value) > largest_number)
        throw cell_problem{"fixing '" + io::shortened(item) + "'", "its value is no number of a market", "correct it"};
    }
    fixings.push_back({*day, value});
  }
  return fixings;
}

contract parse_contract(const row_reader& r) {
  const auto type = [&] {
    return r.choice<option_type>("option_type", {{"call", option_type::call}, {"put", option_type::put}});
  };
  const std::string product = r.needed("product");
  if (product == "stock") return stock{};
  if (product == "fx_forward") return fx_forward{r.number("strike"), r.day("expiry")};
  if (product == "european") return european_option{type(), r.number("strike"), r.day("expiry")};
  if (product == "american") return american_option{type(), r.number("strike"), r.day("expiry")};
  if (product == "digital") {
    const bool asset = r.choice<bool>("digital_type", {{"cash", false}, {"asset", true}});
    return digital_option{type(), r.number("strike"), r.day("expiry"),
                          asset ? std::nullopt : std::optional(r.number("payout"))};
  }
  if (product == "barrier") {
    struct kind {
      bool up, in;
    };
    const kind k = r.choice<kind>("barrier_type", {{"down_and_out", {false, false}},
                                                   {"down_and_in", {false, true}},
                                                   {"up_and_out", {true, false}},
                                                   {"up_and_in", {true, true}}});
    return barrier_option{type(),
                          r.number("strike"),
                          r.day("expiry"),
                          k.up,
                          k.in,
                          r.number("barrier"),
                          r.text("rebate").empty() ? 0.0 : r.number("rebate")};
  }
  if (product == "asian") return asian_option{type(), r.number("strike"), r.day("expiry"), parse_fixings(r.needed("fixings"))};
  throw cell_problem{"product '" + io::shortened(product) + "'",
                     "must be stock, fx_forward, european, american, digital, barrier or asian", "correct it"};
}

} // namespace

portfolio_data read_portfolio(const std::filesystem::path& file, const market& m) {
  portfolio_data data;
  const io::table t = io::read_csv(file, data.rejected, data.files);
  for (const char* column : {"id", "book", "product", "underlying", "quantity"}) t.required_column(column);
  static const std::set<std::string> known{"id",       "book",         "product", "underlying", "quantity",
                                           "currency", "option_type",  "strike",  "expiry",     "digital_type",
                                           "payout",   "barrier_type", "barrier", "rebate",     "fixings"};
  for (const std::string& column : t.header)
    if (!known.contains(column))
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
      r.refuse_unused(
          {"option_type", "strike", "expiry", "digital_type", "payout", "barrier_type", "barrier", "rebate", "fixings"},
          product_name(position.terms));
      if (auto found = find_problem(position, m)) throw *found;
      const std::string currency = r.text("currency");
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
