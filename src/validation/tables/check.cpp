#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <ranges>
#include <set>

#include "dojima/error.hpp"
#include "dojima/pricing/price.hpp"
#include "dojima/validation/tables.hpp"
#include "text.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {
namespace {

const std::vector<table_kind>& all_kinds() {
  static const std::vector<table_kind> kinds = [] {
    std::vector<table_kind> all;
    for (const auto& theme :
         {vanilla_tables(), barrier_tables(), average_tables(), extremum_tables(), choice_tables(), several_asset_tables(),
          model_tables(), american_tables(), rate_tables(), risk_tables(), random_number_tables(), function_tables()})
      all.insert(all.end(), theme.begin(), theme.end());
    std::ranges::sort(all, {}, &table_kind::name);
    return all;
  }();
  return kinds;
}

/// Why a row cannot pass, by its id and what it expects: from listed.csv beside the table.
using row_list = std::map<std::pair<std::string, std::string>, std::string>;
row_list listed_beside(const std::filesystem::path& table, checked_table& out) {
  row_list all;
  const std::filesystem::path file = table.parent_path() / "listed.csv";
  if (!std::filesystem::exists(file)) return all;
  const io::table t = io::read_csv(file, out.rejected, out.files);
  const auto column = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  for (const io::row& r : t.rows) all[{r.fields[column("id")], r.fields[column("expected")]}] = r.fields[column("reason")];
  return all;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}
std::set<std::string> less(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> rest;
  std::ranges::set_difference(a, b, std::inserter(rest, rest.end()));
  return rest;
}

const std::set<std::string> of_every_kind = {"id", "quantity", "expected", "abs_tolerance"};

const table_kind& kind_of(const io::table& t, const std::filesystem::path& file) {
  std::set<std::string> known = of_every_kind;
  for (const table_kind& k : all_kinds()) known.insert(k.columns.begin(), k.columns.end());
  std::set<std::string> present;
  for (const std::string& name : t.header)
    if (known.contains(name)) present.insert(name);

  std::vector<const table_kind*> fitting;
  std::set<std::string> lacks, others;
  const table_kind* nearest = nullptr;
  for (const table_kind& k : all_kinds()) {
    std::set<std::string> needed = of_every_kind;
    needed.insert(k.columns.begin(), k.columns.end());
    const auto missing = less(needed, present), more = less(present, needed);
    if (missing.empty() && more.empty()) fitting.push_back(&k);
    if (nearest == nullptr || missing.size() + more.size() < lacks.size() + others.size())
      nearest = &k, lacks = missing, others = more;
  }
  if (fitting.empty())
    throw input_error(t.file + ": no kind of reference table (the nearest is " + nearest->name +
                      (lacks.empty() ? "" : ", which also has " + joined(lacks)) +
                      (others.empty() ? "" : ", which has no " + joined(others)) +
                      "); docs/reference_tables.md lists the kinds");
  if (fitting.size() == 1) return *fitting.front();
  const std::string id = t.rows.empty() ? "" : t.rows.front().fields[static_cast<std::size_t>(t.required_column("id"))];
  for (const table_kind* k : fitting)
    if (id.starts_with(k->name)) return *k;
  const std::string stem = file.stem().string();
  std::set<std::string> names;
  for (const table_kind* k : fitting) {
    if (stem.find(k->name) != stem.npos) return *k;
    names.insert(k->name);
  }
  throw input_error(t.file + ": columns of several kinds of table (" + joined(names) +
                    "); begin the ids or the name of the file with the one that is meant");
}

/// A row whose trade is to be priced.
struct traded_row {
  std::size_t item; ///< in checked_table::rows
  position what;
  double expected;
};

std::uint64_t seed_of(const std::string& name, std::uint64_t seed) { // Fowler, Noll and Vo: 64 bits, FNV-1a
  std::uint64_t hash = 14695981039346656037u ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

void simulate(std::vector<validated>& items, const std::string& name, const std::vector<traded_row>& book,
              const table_settings& settings) {
  pricing_settings how = settings.pricing;
  how.method = pricing_method::monte_carlo;
  how.seed = seed_of(name, how.seed);
  portfolio trades;
  for (const traded_row& r : book) {
    const position& p = r.what;
    trades.push_back({items[r.item].id, "", p.m.underlyings.begin()->first, p.quantity, p.terms});
  }
  const market& m = book.front().what.m;
  std::vector<estimate> found;
  try {
    found = price(trades, m, how, settings.on);
  } catch (const error& e) {
    found.assign(book.size(), estimate{.status = e.what()});
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const estimate& e = found[i];
    const position& p = book[i].what;
    validated& item = items[book[i].item];
    item.product = product_name(p.terms);
    item.model = model_name(m.underlyings.begin()->second.dynamics);
    road_value road{.road = "monte_carlo", .value = e.value + p.cash, .method = e.variance_reduction, .seconds = e.seconds};
    if (!e.status.empty()) road.missing = e.status;
    // Where few paths pay, or all but few pay the same, their own spread says little: what is left to find, in payoffs of about
    // a spot, then has the error of a rare event.
    const double scale = std::abs(p.quantity) * m.underlyings.begin()->second.spot, n = static_cast<double>(how.paths);
    const double rest = book[i].expected - p.cash, spread = e.standard_error * std::sqrt(e.variance_ratio);
    const bool few = std::abs(e.value) <= 10 * e.standard_error, same = spread <= scale / n;
    const double rare = std::sqrt(std::abs(few ? rest : rest - e.value) * scale / n);
    road.standard_error = few || same ? std::max(rare, e.standard_error) : e.standard_error;
    road.uncertainty = p.bias + 1e-12 * (std::abs(book[i].expected) + std::abs(e.value));
    item.roads.push_back(road);
  }
}

class checker {
public:
  checker(const io::table& t, const table_kind& k, row_list listed, const table_settings& settings, checked_table& out)
      : table_(t), kind_(k), listed_(std::move(listed)), settings_(settings), out_(out) {}

  void check(const io::row& fields) {
    const reference_row r(table_, fields, settings_.volatility_shift);
    try {
      read(r);
    } catch (const problem& p) {
      out_.rejected.push_back({table_.file, r.line(), io::shortened(r["id"], 60), p.what, p.why, p.suggestion});
    } catch (const std::exception& e) {
      out_.rejected.push_back({table_.file, r.line(), io::shortened(r["id"], 60), e.what(), "no value comes of it",
                               "are the parameters within their ranges?"});
    }
  }
  void price_books() {
    for (const auto& [name, book] : books_) simulate(out_.rows, name, book, settings_);
  }
  void judge_all() {
    for (std::size_t i = 0; i < out_.rows.size(); ++i) {
      validated& item = out_.rows[i];
      if (const std::string skipped = item.reason; !skipped.empty()) {
        item.outcome = verdict::skipped;
        continue;
      }
      judge(item);
      if (item.outcome == verdict::failed && texts_.contains(i)) item.reason = texts_.at(i);
      if (item.outcome != verdict::failed) continue;
      if (const auto reason = listed_.find({item.id, expected_[i]}); reason != listed_.end())
        item.outcome = verdict::listed, item.reason = reason->second + " (" + item.reason + ")";
    }
  }

private:
  void read(const reference_row& r) {
    validated item;
    item.id = r["id"];
    item.group = kind_.name;
    item.quantity = r.quantity();
    expected_.resize(out_.rows.size());
    expected_.push_back(r["expected"]);
    const auto begin = std::chrono::steady_clock::now();
    row_value v;
    try {
      v = kind_.value(r);
    } catch (const not_valued& n) {
      item.reason = n.reason;
      out_.rows.push_back(item);
      return;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const std::size_t place = out_.rows.size();
    if (v.text) {
      item.roads = {{.road = "table", .method = "text"},
                    {.road = "closed_form", .value = v.text->empty() ? 0.0 : 1.0, .method = "text", .seconds = seconds}};
      texts_[place] = *v.text;
      out_.rows.push_back(item);
      return;
    }
    const double expected = r.expected();
    item.roads.push_back({.road = "table", .value = expected, .uncertainty = r.tolerance() + v.open, .method = r.source()});
    if (v.formula)
      item.roads.push_back({.road = "closed_form",
                            .value = v.formula->value,
                            .uncertainty = v.formula->uncertainty,
                            .method = v.formula->method,
                            .seconds = seconds});
    if (v.trade && settings_.simulate) {
      try {
        std::string name = kind_.name;
        if (kind_.shared.empty()) name += ' ' + item.id + ' ' + std::to_string(r.line());
        for (const char* column : kind_.shared) name += ' ' + r[column];
        const position p = v.trade();
        books_[name].push_back({place, p, expected});
      } catch (const not_valued& n) {
        item.roads.push_back({.road = "monte_carlo", .missing = n.reason});
      }
    } else if (!v.formula) {
      item.roads.push_back({.road = "closed_form", .missing = v.trade ? "simulation alone values it" : "none is known"});
    }
    out_.rows.push_back(item);
  }

  const io::table& table_;
  const table_kind& kind_;
  const row_list listed_;
  const table_settings& settings_;
  checked_table& out_;
  std::map<std::string, std::vector<traded_row>> books_;
  std::vector<std::string> expected_;        ///< of each row, as written
  std::map<std::size_t, std::string> texts_; ///< rows of text: how they differ
};

} // namespace

checked_table check_table(const std::filesystem::path& file, const table_settings& settings) {
  checked_table out;
  const io::table t = io::read_csv(file, out.rejected, out.files);
  const table_kind& kind = kind_of(t, file);
  out.kind = kind.name;
  checker check(t, kind, listed_beside(file, out), settings, out);
  for (const io::row& r : t.rows) check.check(r);
  check.price_books();
  check.judge_all();
  return out;
}

std::vector<std::string> table_kinds() {
  std::vector<std::string> names;
  for (const table_kind& k : all_kinds()) names.push_back(k.name);
  return names;
}

} // namespace dojima
