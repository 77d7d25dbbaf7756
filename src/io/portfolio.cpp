// Positions from a CSV file.
#include <map>

#include "dojima/error.hpp"
#include "io/csv.hpp"

namespace dojima {
namespace {

/// A cell that cannot be read; becomes a rejection.
using cell_problem = problem;

class row_reader {
public:
  row_reader(const io::table& t, const io::row& r) : table_(t), row_(r) {}

  std::string text(const char* column) const {
    const int c = table_.column(column);
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
    if (!x) throw cell_problem{std::string(column) + " '" + value.substr(0, 40) + "'", "not a finite number", "correct it"};
    return *x;
  }
  date day(const char* column) const {
    const std::string value = needed(column);
    const auto d = parse_date(value);
    if (!d) throw cell_problem{std::string(column) + " '" + value.substr(0, 40) + "'", "not a day of the calendar as YYYY-MM-DD", "correct it"};
    return *d;
  }
  template <class T> T choice(const char* column, std::initializer_list<std::pair<const char*, T>> choices) const {
    const std::string value = needed(column);
    std::string list;
    for (const auto& [name, meaning] : choices) {
      if (value == name) return meaning;
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    throw cell_problem{std::string(column) + " '" + value.substr(0, 40) + "'", "must be one of " + list, "correct it"};
  }

private:
  const io::table& table_;
  const io::row& row_;
};

std::vector<asian_fixing_date> parse_fixings(const std::string& text) {
  std::vector<asian_fixing_date> fixings;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = std::min(item.find('='), item.size());
    const auto day = parse_date(item.substr(0, equals));
    if (!day) throw cell_problem{"fixing '" + item.substr(0, 40) + "'", "must be date or date=value", "correct it"};
    std::optional<double> value;
    if (equals < item.size()) {
      value = io::parse_number(item.substr(equals + 1));
      if (!value) throw cell_problem{"fixing '" + item.substr(0, 40) + "'", "its value is no number", "correct it"};
    }
    fixings.push_back({*day, value});
  }
  return fixings;
}

contract parse_contract(const row_reader& r) {
  const auto type = [&] { return r.choice<option_type>("option_type", {{"call", option_type::call}, {"put", option_type::put}}); };
  const std::string product = r.needed("product");
  if (product == "stock") return stock{};
  if (product == "fx_forward") return fx_forward{r.number("strike"), r.day("expiry")};
  if (product == "european") return european_option{type(), r.number("strike"), r.day("expiry")};
  if (product == "american") return american_option{type(), r.number("strike"), r.day("expiry")};
  if (product == "digital") {
    const bool asset = r.choice<bool>("digital_type", {{"cash", false}, {"asset", true}});
    return digital_option{type(), r.number("strike"), r.day("expiry"), asset ? std::nullopt : std::optional(r.number("payout"))};
  }
  if (product == "barrier") {
    struct kind { bool up, in; };
    const kind k = r.choice<kind>("barrier_type", {{"down_and_out", {false, false}}, {"down_and_in", {false, true}},
                                                   {"up_and_out", {true, false}}, {"up_and_in", {true, true}}});
    return barrier_option{type(), r.number("strike"), r.day("expiry"), k.up, k.in, r.number("barrier"),
                          r.text("rebate").empty() ? 0.0 : r.number("rebate")};
  }
  if (product == "asian") return asian_option{type(), r.number("strike"), r.day("expiry"), parse_fixings(r.needed("fixings"))};
  throw cell_problem{"product '" + product.substr(0, 40) + "'",
                     "must be stock, fx_forward, european, american, digital, barrier or asian", "correct it"};
}

} // namespace

portfolio_data read_portfolio(const std::filesystem::path& file, const market& m) {
  portfolio_data data;
  const io::table t = io::read_csv(file, data.rejected, data.files);
  for (const char* column : {"id", "book", "product", "underlying", "quantity"}) t.required_column(column);
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
        throw cell_problem{"duplicate id", "already on line " + std::to_string(before->second) + ", which is kept", "give it a name of its own"};
      position.terms = parse_contract(r);
      if (auto found = find_problem(position, m)) throw *found;
      const std::string currency = r.text("currency");
      const std::string& quoted = m.underlyings.at(position.underlying).currency;
      if (!currency.empty() && currency != quoted)
        throw cell_problem{"currency " + currency.substr(0, 20), position.underlying + " is quoted in " + quoted, "correct it or leave it empty"};
    } catch (const cell_problem& p) {
      data.rejected.push_back({t.file, row.line, position.id.substr(0, 60), p.what, p.why, p.suggestion});
      continue;
    }
    seen.emplace(position.id, row.line);
    data.trades.push_back(std::move(position));
  }
  return data;
}

} // namespace dojima
