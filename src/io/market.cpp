// A market directory: market.toml, histories, underlyings.csv, curves.csv, volatilities.csv; models.toml and correlations.csv
// in models.cpp.
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dojima/error.hpp"
#include "io/csv.hpp"
#include "io/models.hpp"
#include "io/ore.hpp"
#include "text.hpp"

namespace dojima {
namespace {

using io::parse_number;
using io::table;

/// Everything that the reading functions add to.
struct reader {
  std::filesystem::path directory;
  market_data data;
  std::map<std::string, std::filesystem::path> files; ///< named in market.toml, by key
  std::set<std::string> refused;                      ///< underlyings that stand in underlyings.csv but cannot be used

  std::filesystem::path file(const std::string& key, const char* usual) const {
    const auto named = files.find(key);
    return directory / (named == files.end() ? usual : named->second);
  }

  void reject(const std::string& file, long line, std::string id, std::string what, std::string why, std::string suggestion) {
    data.rejected.push_back({file, line, std::move(id), std::move(what), std::move(why), std::move(suggestion)});
  }
  void warn(const std::string& file, long line, std::string id, std::string what, std::string why, std::string suggestion) {
    data.rejected.push_back({file, line, std::move(id), std::move(what), std::move(why), std::move(suggestion), true});
  }
};

struct history_spec {
  std::string file, currency, base;
  factor_class kind = factor_class::equity;
  std::vector<std::string> columns, names;
  double scale = 1;
};

/// The text of a key; empty when it is not there.
std::string text_of(const toml::table& t, const char* key, const std::string& where) {
  const toml::node* node = t.get(key);
  if (node == nullptr) return "";
  if (const auto text = node->value_exact<std::string>()) return *text;
  throw input_error(where + ":" + std::to_string(node->source().begin.line) + ": " + key + " must be a text in quotes");
}

std::vector<std::string> strings(const toml::table& t, const char* key, const std::string& where) {
  std::vector<std::string> list;
  const toml::node* node = t.get(key);
  if (node == nullptr) return list;
  const toml::array* values = node->as_array();
  if (values == nullptr || values->empty() || !values->is_homogeneous(toml::node_type::string))
    throw input_error(where + ":" + std::to_string(node->source().begin.line) + ": " + key +
                      " must be a list of texts such as [\"A\", \"B\"]");
  for (const toml::node& v : *values) list.push_back(*v.value_exact<std::string>());
  return list;
}

history_spec parse_spec(toml::table& t, const std::string& where) {
  history_spec spec;
  for (const auto& [key, value] : t) {
    static const std::set<std::string_view> known{"file", "class", "base", "columns", "names", "scale", "currency"};
    if (!known.contains(key.str()))
      throw input_error(where + ":" + std::to_string(key.source().begin.line) + ": unknown key '" + std::string(key.str()) +
                        "' in [[history]] (file, class, base, columns, names, scale, currency)");
  }
  spec.file = text_of(t, "file", where);
  spec.base = text_of(t, "base", where);
  spec.currency = text_of(t, "currency", where);
  spec.columns = strings(t, "columns", where);
  spec.names = strings(t, "names", where);
  if (const toml::node* node = t.get("scale")) {
    spec.scale = node->is_number() ? node->value_or(0.0) : 0.0;
    if (!(spec.scale > 0 && spec.scale < 1e12))
      throw input_error(where + ":" + std::to_string(node->source().begin.line) + ": scale must be a number above 0");
  }
  const std::string kind = text_of(t, "class", where);
  if (kind == "equity") spec.kind = factor_class::equity;
  else if (kind == "fx") spec.kind = factor_class::fx;
  else if (kind == "volatility") spec.kind = factor_class::volatility;
  else if (kind == "rate") spec.kind = factor_class::rate;
  else throw input_error(where + ": history class '" + kind + "' (must be equity, fx, volatility or rate)");
  if (spec.file.empty()) throw input_error(where + ": a [[history]] without file");
  if (spec.kind == factor_class::fx && spec.base.empty())
    throw input_error(where + ": fx history '" + spec.file + "' without base (the currency that one unit of is quoted)");
  if (spec.kind == factor_class::rate && spec.currency.empty())
    throw input_error(where + ": rate history '" + spec.file + "' without currency");
  if (!spec.names.empty() && spec.names.size() != spec.columns.size())
    throw input_error(where + ": history '" + spec.file + "' has " + std::to_string(spec.names.size()) + " names for " +
                      std::to_string(spec.columns.size()) + " columns");
  return spec;
}

/// Rows by date: parsed, sorted, the first of each date; everything odd is reported.
std::vector<std::pair<date, const io::row*>> dated_rows(const table& t, reader& r) {
  std::vector<std::pair<date, const io::row*>> rows;
  long unsorted = 0;
  bool up = false, down = false;
  for (const io::row& row : t.rows) {
    const auto day = parse_date(row.fields[0], true);
    if (!day) {
      r.reject(t.file, row.line, "", "date '" + io::shortened(row.fields[0]) + "'",
               "not a day of the calendar as YYYY-MM-DD or M/D/YYYY", "correct the date");
      continue;
    }
    if (!rows.empty()) {
      if (*day > rows.back().first) up = true;
      if (*day < rows.back().first) down = true;
      if (up && down && unsorted == 0) unsorted = row.line;
    }
    rows.emplace_back(*day, &row);
  }
  if (unsorted > 0)
    r.warn(t.file, unsorted, "", "dates go up and down", "rows were sorted by date",
           "sort the file to be sure that no dates were mixed up");
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::pair<date, const io::row*>> unique;
  for (const auto& entry : rows) {
    if (!unique.empty() && unique.back().first == entry.first)
      r.reject(t.file, entry.second->line, "", "date " + to_string(entry.first) + " again",
               "already on line " + std::to_string(unique.back().second->line) + ", which is kept", "remove one of the two");
    else unique.push_back(entry);
  }
  return unique;
}

/// One value of a history.
struct cell {
  date day;
  double value;
  long line;
};

/// Takes out what no market does: a value that jumps away and back, and everything before a jump of an exchange rate that
/// stays, as after a redenomination.
void reject_jumps(const std::string& file, const std::string& name, factor_class kind, std::vector<cell>& cells, reader& r) {
  const bool fx = kind == factor_class::fx;
  const double largest_move = fx ? 5 : 10; // in one step
  const auto jumps = [&](double from, double to) {
    return from > 0 && to > 0 && std::max(from / to, to / from) > largest_move;
  };
  std::vector<cell> kept;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!kept.empty() && jumps(kept.back().value, cells[i].value)) {
      const std::string what =
          (fx ? "exchange rate " : "value ") + number_text(cells[i].value) + " after " + number_text(kept.back().value);
      if (i + 1 < cells.size() && !jumps(kept.back().value, cells[i + 1].value)) {
        r.reject(file, cells[i].line, name, what, "the next value is back at " + number_text(cells[i + 1].value),
                 "correct it, or leave the cell empty");
        continue;
      }
      if (fx) {
        r.reject(file, cells[i].line, name, what, "this looks like a redenomination; all values before are left out",
                 "convert them to the new unit");
        kept.clear();
      }
    }
    kept.push_back(cells[i]);
  }
  cells = std::move(kept);
}

/// One series for each column, in the units of the file times the scale.
std::vector<factor_series> read_history(const history_spec& spec, reader& r) {
  const table t = io::read_csv(r.directory / spec.file, r.data.rejected, r.data.files);
  const auto rows = dated_rows(t, r);
  std::vector<factor_series> all;
  std::vector<std::string> columns = spec.columns;
  if (columns.empty()) columns.assign(t.header.begin() + 1, t.header.end());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::size_t index = static_cast<std::size_t>(t.required_column(columns[c]));
    factor_series s;
    s.name = spec.names.empty() ? columns[c] : spec.names[c];
    s.file = t.file;
    s.kind = spec.kind;
    s.currency = spec.currency;
    if (s.kind == factor_class::rate) {
      const auto length = parse_tenor(s.name);
      if (!length)
        throw input_error(t.file + ": column '" + s.name + "' of a rate history is no tenor such as 3M or 10Y; give names");
      s.time = length->years();
      s.name = spec.currency + " " + s.name;
    }
    std::vector<cell> cells;
    std::vector<rejection> bad;
    long rate_line = 0; // of the first rate that looks like percent
    for (const auto& [day, row] : rows) {
      const std::string& text = row->fields[index];
      if (io::is_missing(text)) continue;
      const auto value = parse_number(text);
      if (!value || std::abs(*value) > 1e15)
        bad.push_back({t.file, row->line, s.name, "value '" + io::shortened(text) + "'",
                       value ? "above 1e15, far outside any market" : "not a finite number",
                       "correct it, or leave the cell empty"});
      else if (*value <= 0 && s.kind == factor_class::fx)
        bad.push_back({t.file, row->line, s.name, "exchange rate " + io::shortened(text), "must be above 0",
                       "correct it, or leave the cell empty"});
      else {
        if (s.kind == factor_class::rate && std::abs(*value * spec.scale) > 0.5 && rate_line == 0) rate_line = row->line;
        cells.push_back({day, *value, row->line});
      }
    }
    if (cells.empty() && !bad.empty()) {
      r.reject(t.file, bad.front().line, s.name,
               "no value in this column (" + std::to_string(bad.size()) + " are there) can be used, here: " + bad.front().what,
               bad.front().why, "name the columns of market data in market.toml: columns = [...]");
      continue;
    }
    for (rejection& x : bad) r.data.rejected.push_back(std::move(x));
    if (rate_line > 0) {
      r.reject(t.file, rate_line, s.name, "a rate above 0.5", "decimals are expected; the whole column is left out",
               "was it quoted in percent? set scale = 0.01 in market.toml");
      continue;
    }
    if (s.kind != factor_class::rate) reject_jumps(t.file, s.name, s.kind, cells, r);
    for (const cell& x : cells) {
      s.dates.push_back(x.day);
      s.values.push_back(x.value * spec.scale);
      s.lines.push_back(x.line);
    }
    all.push_back(std::move(s));
  }
  return all;
}

/// From "units of each currency for one `base`" to "report currency for one unit of each currency".
std::vector<factor_series> to_base_currency(std::vector<factor_series> quoted, const std::string& base,
                                            const std::string& report) {
  const factor_series* numerator = nullptr;
  for (const factor_series& s : quoted)
    if (s.name == report) numerator = &s;
  if (numerator == nullptr && base != report)
    throw input_error("base currency " + report + " has no exchange rate history; add its column to the fx history");
  std::vector<factor_series> converted;
  factor_series unit; // one `base`
  unit.name = base;
  unit.kind = factor_class::fx;
  const auto add = [&](const factor_series& s, bool is_base) {
    factor_series out{s.name, factor_class::fx, "", 0, {}, {}, s.file, {}};
    for (std::size_t i = 0; i < s.dates.size(); ++i) {
      const double in_report = numerator == nullptr ? 1.0 : value_on(*numerator, s.dates[i], 0);
      if (!std::isfinite(in_report)) continue;
      out.dates.push_back(s.dates[i]);
      out.values.push_back(is_base ? in_report : in_report / s.values[i]);
      out.lines.push_back(s.lines[i]);
    }
    converted.push_back(std::move(out));
  };
  if (base != report) {
    unit.dates = numerator->dates;
    unit.values.assign(unit.dates.size(), 1.0);
    unit.file = numerator->file;
    unit.lines = numerator->lines;
    add(unit, true);
  }
  for (const factor_series& s : quoted)
    if (s.name != report) add(s, false);
  return converted;
}

void read_curves(reader& r) {
  const table t = io::read_csv(r.file("curves", "curves.csv"), r.data.rejected, r.data.files);
  const std::size_t currency = static_cast<std::size_t>(t.required_column("currency")),
                    length = static_cast<std::size_t>(t.required_column("tenor")),
                    rate = static_cast<std::size_t>(t.required_column("rate")),
                    type = static_cast<std::size_t>(t.required_column("type"));
  struct node {
    double time, rate;
    long line;
  };
  struct nodes {
    std::vector<node> list;
    std::string type;
    long line = 0;
  };
  std::map<std::string, nodes> by_currency;
  for (const io::row& row : t.rows) {
    const auto tenor_read = parse_tenor(row.fields[length]);
    const auto value = parse_number(row.fields[rate]);
    const std::string& kind = row.fields[type];
    const std::string& name = row.fields[currency];
    if (name.empty()) r.reject(t.file, row.line, "", "no currency", "a curve needs one", "fill the first column");
    else if (!tenor_read)
      r.reject(t.file, row.line, name, "tenor '" + io::shortened(row.fields[length]) + "'", "must be like 3M or 10Y",
               "correct it");
    else if (!value)
      r.reject(t.file, row.line, name, "rate '" + io::shortened(row.fields[rate]) + "'", "not a finite number",
               "correct it or remove the row");
    else if (std::abs(*value) > 0.5)
      r.reject(t.file, row.line, name, "rate " + io::shortened(row.fields[rate]), "a decimal between -0.5 and 0.5 is expected",
               "was it quoted in percent?");
    else if (kind != "par" && kind != "zero")
      r.reject(t.file, row.line, name, "type '" + io::shortened(kind) + "'", "must be par or zero", "correct it");
    else {
      nodes& n = by_currency[name];
      if (!n.list.empty() && n.type != kind) {
        r.reject(t.file, row.line, name, "type '" + kind + "'", "the curve began with " + n.type,
                 "use one type for each currency");
        continue;
      }
      n.type = kind;
      if (n.line == 0) n.line = row.line;
      n.list.push_back({tenor_read->years(), *value, row.line});
    }
  }
  for (auto& [name, n] : by_currency) {
    std::stable_sort(n.list.begin(), n.list.end(), [](const node& a, const node& b) { return a.time < b.time; });
    std::vector<double> times, rates;
    for (const node& x : n.list) {
      if (!times.empty() && x.time == times.back()) {
        r.reject(t.file, x.line, name, "a second rate for the same tenor", "the first is kept", "remove one of the two");
        continue;
      }
      times.push_back(x.time);
      rates.push_back(x.rate);
    }
    try {
      r.data.snapshot.curves.emplace(name, n.type == "par" ? curve::from_par_yields(times, rates)
                                                           : curve::from_zero_rates(times, rates));
    } catch (const input_error& problem) {
      r.reject(t.file, n.line, name, "curve", problem.what(), "correct its rates");
    }
  }
}

void read_underlyings(reader& r) {
  const table t = io::read_csv(r.file("underlyings", "underlyings.csv"), r.data.rejected, r.data.files);
  const auto at = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  const std::size_t name = at("underlying"), kind = at("asset_class"), currency = at("currency"), series = at("history"),
                    yield = at("dividend_yield"), factor = at("vol_factor"), beta = at("vol_beta");
  market& m = r.data.snapshot;
  for (const io::row& row : t.rows) {
    underlying u;
    u.name = row.fields[name];
    const auto fail = [&](std::string what, std::string why, std::string suggestion) {
      r.reject(t.file, row.line, io::shortened(u.name, 60), std::move(what), std::move(why), std::move(suggestion));
      r.refused.insert(u.name);
    };
    if (u.name.empty()) {
      fail("no name", "an underlying needs one", "fill the first column");
      continue;
    }
    if (m.underlyings.contains(u.name)) {
      fail("again", "the first is kept", "remove one of the two");
      continue;
    }
    u.currency = row.fields[currency];
    const auto number = [&](std::size_t column, double missing) -> std::optional<double> {
      return io::is_missing(row.fields[column]) ? std::optional(missing) : parse_number(row.fields[column]);
    };
    const auto q = number(yield, 0.0), b = number(beta, 1.0);
    if (!q) {
      fail("dividend yield '" + io::shortened(row.fields[yield]) + "'", "not a finite number",
           "correct it, or leave the cell empty");
      continue;
    }
    if (!b) {
      fail("vol_beta '" + io::shortened(row.fields[beta]) + "'", "not a finite number", "correct it, or leave the cell empty");
      continue;
    }
    if (std::abs(*b) > 10) {
      fail("vol_beta " + row.fields[beta], "an elasticity between -10 and 10 is expected", "correct it");
      continue;
    }
    if (std::abs(*q) > 0.5) {
      fail("dividend yield " + row.fields[yield], "a decimal is expected", "was it quoted in percent?");
      continue;
    }
    u.dividend_yield = *q;
    u.volatility_beta = *b;
    u.volatility_factor = row.fields[factor];
    if (row.fields[kind] == "fx") {
      u.kind = asset_class::fx;
      if (u.name.size() != 6) {
        fail("pair '" + io::shortened(u.name) + "'", "must be two currency codes such as EURUSD", "rename it");
        continue;
      }
      u.foreign = u.name.substr(0, 3);
      if (u.currency != u.name.substr(3)) {
        fail("currency '" + io::shortened(u.currency) + "'", "the pair is quoted in " + u.name.substr(3), "correct it");
        continue;
      }
      if (!m.fx.contains(u.foreign) || !m.fx.contains(u.currency)) {
        const std::string missing = m.fx.contains(u.foreign) ? u.currency : u.foreign;
        fail("no exchange rate for " + missing, "its history has no value within five business days of " + to_string(m.as_of),
             "add it to the fx history; a redenominated currency goes on under its new code");
        continue;
      }
      u.spot = m.fx.at(u.foreign) / m.fx.at(u.currency);
    } else if (row.fields[kind] == "equity") {
      u.history = row.fields[series].empty() ? u.name : row.fields[series];
      const auto found = std::find_if(r.data.history.begin(), r.data.history.end(), [&](const factor_series& s) {
        return s.kind == factor_class::equity && s.name == u.history;
      });
      if (found == r.data.history.end()) {
        fail("history '" + io::shortened(u.history) + "'", "no equity history has this column", "correct the name");
        continue;
      }
      u.spot = value_on(*found, m.as_of);
      if (!std::isfinite(u.spot)) {
        fail("no price", "'" + u.history + "' has no value within five business days of " + to_string(m.as_of),
             "extend the history");
        continue;
      }
      if (u.spot < 1e-12) {
        fail("price " + number_text(u.spot), "must be above 0 on the valuation date", "correct the history");
        continue;
      }
      if (u.currency != m.base_currency && !m.fx.contains(u.currency)) {
        fail("no exchange rate for " + u.currency, "needed to report in " + m.base_currency, "add it to the fx history");
        continue;
      }
    } else {
      fail("asset class '" + io::shortened(row.fields[kind]) + "'", "must be equity or fx", "correct it");
      continue;
    }
    if (!m.curves.contains(u.currency) || (u.kind == asset_class::fx && !m.curves.contains(u.foreign))) {
      fail("no discount curve for " + (m.curves.contains(u.currency) ? u.foreign : u.currency), "needed to value it",
           "add it to curves.csv");
      continue;
    }
    m.underlyings.emplace(u.name, std::move(u));
  }
}

void read_volatilities(reader& r) {
  const table t = io::read_csv(r.file("volatilities", "volatilities.csv"), r.data.rejected, r.data.files);
  const auto at = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  const std::size_t name = at("underlying"), expiry = at("expiry"), strike = at("strike"), value = at("volatility");
  market& m = r.data.snapshot;
  struct point {
    double time, strike, value;
    long line;
  };
  std::map<std::string, std::pair<long, std::vector<point>>> points; // by underlying, with the first line
  for (const io::row& row : t.rows) {
    const std::string& who = row.fields[name];
    const auto fail = [&](std::string what, std::string why, std::string suggestion) {
      r.reject(t.file, row.line, io::shortened(who, 60), std::move(what), std::move(why), std::move(suggestion));
    };
    if (r.refused.contains(who) && !m.underlyings.contains(who)) continue; // said already
    if (!m.underlyings.contains(who)) {
      fail("unknown underlying", "not among the accepted rows of underlyings.csv", "correct the name or add it there");
      continue;
    }
    const auto v = parse_number(row.fields[value]);
    if (!v) {
      fail("volatility '" + io::shortened(row.fields[value]) + "'", "not a finite number", "correct it or remove the row");
      continue;
    }
    if (*v <= 0) {
      fail("volatility " + io::shortened(row.fields[value]), "must be above 0", "correct it or remove the row");
      continue;
    }
    if (*v > 5) {
      fail("volatility " + io::shortened(row.fields[value]), "a decimal of at most 5 is expected", "was it quoted in percent?");
      continue;
    }
    point p{0, 0, *v, row.line};
    if (const std::string& e = row.fields[expiry]; !e.empty()) {
      if (const auto length = parse_tenor(e)) p.time = m.time_to(add(m.as_of, *length));
      else if (const auto day = parse_date(e)) p.time = m.time_to(*day);
      else {
        fail("expiry '" + io::shortened(e) + "'", "neither a tenor such as 3M nor a date", "correct it");
        continue;
      }
      if (p.time <= 0) {
        fail("expiry " + e, "on or before the valuation date " + to_string(m.as_of), "remove the row");
        continue;
      }
    }
    if (!row.fields[strike].empty()) {
      const auto k = parse_number(row.fields[strike]);
      if (!k || *k <= 0 || p.time == 0) {
        fail("strike '" + io::shortened(row.fields[strike]) + "'", "must be a number above 0, with an expiry", "correct it");
        continue;
      }
      p.strike = *k;
    }
    auto& entry = points[who];
    const auto before = std::find_if(entry.second.begin(), entry.second.end(),
                                     [&](const point& o) { return o.time == p.time && o.strike == p.strike; });
    if (before != entry.second.end()) {
      fail("the same expiry and strike again", "already on line " + std::to_string(before->line) + ", which is kept",
           "remove one of the two");
      continue;
    }
    if (entry.second.empty()) entry.first = row.line;
    entry.second.push_back(p);
  }
  for (auto& [who, entry] : points) {
    auto& list = entry.second;
    std::stable_sort(list.begin(), list.end(), [](const point& a, const point& b) {
      return a.time < b.time || (a.time == b.time && a.strike < b.strike);
    });
    const bool flat = list.size() == 1 && list[0].time == 0;
    const bool strikes = list[0].strike > 0;
    volatility v = flat_volatility{list[0].value};
    try {
      for (const point& p : list)
        if (!flat && (p.time == 0 || (p.strike > 0) != strikes))
          throw input_error("rows with and without expiry or strike are mixed");
      if (!flat && strikes) {
        surface_volatility s;
        for (const point& p : list) {
          if (s.smiles.empty() || s.smiles.back().time != p.time) s.smiles.push_back({p.time, {}, {}});
          s.smiles.back().strikes.push_back(p.strike);
          s.smiles.back().values.push_back(p.value);
        }
        v = s;
      } else if (!flat) {
        term_volatility s;
        for (const point& p : list) s.times.push_back(p.time), s.values.push_back(p.value);
        v = s;
      }
      check(v);
      m.underlyings.at(who).surface = v;
    } catch (const input_error& problem) {
      r.reject(t.file, entry.first, who, "volatilities", problem.what(), "options on it are left out until they are corrected");
    }
  }
}

} // namespace

market_data read_market(const std::filesystem::path& directory, const std::string& base_currency) {
  if (io::is_ore_market(directory)) return io::read_ore_market(directory, base_currency);
  reader r{directory, {}, {}, {}};
  market& m = r.data.snapshot;
  const std::filesystem::path file = directory / "market.toml";
  const std::string where = file.string();
  const std::string text = io::read_bytes(file, r.data.files);
  std::vector<history_spec> specs;
  try {
    toml::table config = toml::parse(text, where);
    const auto as_of = config["as_of"].value<toml::date>();
    if (!as_of) throw input_error(where + ": no as_of (the valuation date without quotes, such as as_of = 2022-12-28)");
    const std::chrono::year_month_day day{std::chrono::year{as_of->year}, std::chrono::month{as_of->month},
                                          std::chrono::day{as_of->day}};
    if (!day.ok()) throw input_error(where + ": as_of is no day of the calendar");
    m.as_of = std::chrono::sys_days{day};
    m.base_currency = base_currency.empty() ? text_of(config, "base_currency", where) : base_currency;
    if (m.base_currency.empty()) throw input_error(where + ": no base_currency (such as base_currency = \"USD\")");
    for (const auto& [key, value] : config) {
      static const std::set<std::string_view> files{"underlyings", "curves",       "volatilities",
                                                    "models",      "correlations", "dividends"};
      const std::string name(key.str());
      if (files.contains(name)) r.files[name] = text_of(config, name.c_str(), where);
      else if (name != "as_of" && name != "base_currency" && name != "history")
        throw input_error(
            where + ":" + std::to_string(key.source().begin.line) + ": unknown key '" + name +
            "' (as_of, base_currency, underlyings, curves, volatilities, models, correlations, dividends, [[history]])");
    }
    if (const toml::node* histories = config.get("history"); histories != nullptr && !histories->is_array_of_tables())
      throw input_error(where + ":" + std::to_string(histories->source().begin.line) +
                        ": history must be written as [[history]] tables");
    if (toml::array* list = config["history"].as_array())
      for (toml::node& n : *list) specs.push_back(parse_spec(*n.as_table(), where));
  } catch (const toml::parse_error& problem) {
    throw input_error(where + ":" + std::to_string(problem.source().begin.line) + ": not TOML (" +
                      std::string(problem.description()) + ")");
  }
  if (specs.empty()) throw input_error(where + ": no [[history]]; at least one file of prices is needed");

  m.fx[m.base_currency] = 1.0;
  for (const history_spec& spec : specs) {
    std::vector<factor_series> read = read_history(spec, r);
    if (spec.kind == factor_class::fx) read = to_base_currency(std::move(read), spec.base, m.base_currency);
    for (factor_series& s : read) {
      const bool taken = std::any_of(r.data.history.begin(), r.data.history.end(),
                                     [&](const factor_series& o) { return o.kind == s.kind && o.name == s.name; });
      if (taken) {
        r.reject((directory / spec.file).string(), 1, s.name, "a second history of this factor", "the first is kept",
                 "name it in one [[history]] only");
        continue;
      }
      if (const double rate = value_on(s, m.as_of); spec.kind == factor_class::fx && std::isfinite(rate)) m.fx[s.name] = rate;
      r.data.history.push_back(std::move(s));
    }
  }
  read_curves(r);
  read_underlyings(r);
  read_volatilities(r);
  const auto optional = [&r](const char* key, const char* usual, auto read) {
    const std::filesystem::path file = r.file(key, usual);
    if (r.files.contains(key) || std::filesystem::exists(file)) read(file, r.refused, r.data);
  };
  optional("models", "models.toml", io::read_models);
  optional("correlations", "correlations.csv", io::read_correlations);
  optional("dividends", "dividends.csv", io::read_dividends);
  if (m.underlyings.empty())
    throw input_error(directory.string() + ": no usable underlying (" +
                      (r.data.rejected.empty() ? "underlyings.csv is empty)"
                                               : std::to_string(r.data.rejected.size()) +
                                                     " messages, the first: " + to_string(r.data.rejected.front()) + ")"));
  return std::move(r.data);
}

} // namespace dojima
