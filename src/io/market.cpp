// A market directory: market.toml, histories, underlyings.csv, curves.csv, volatilities.csv.
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dojima/error.hpp"
#include "io/csv.hpp"

namespace dojima {
namespace {

using io::parse_number;
using io::table;

/// Everything that the reading functions add to.
struct reader {
  std::filesystem::path directory;
  market_data data;
  std::string fx_base; ///< currency in which the fx histories are quoted, if there are any

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

std::vector<std::string> strings(const toml::node_view<toml::node>& node) {
  std::vector<std::string> list;
  if (const toml::array* values = node.as_array())
    for (const toml::node& v : *values) list.push_back(v.value_or(std::string()));
  return list;
}

history_spec parse_spec(toml::table& t, const std::string& where) {
  history_spec spec;
  for (const auto& [key, value] : t) {
    static const std::set<std::string_view> known{"file", "class", "base", "columns", "names", "scale", "currency"};
    if (!known.contains(key.str()))
      throw input_error(where + ": unknown key '" + std::string(key.str()) + "' in [[history]] (file, class, base, columns, names, scale, currency)");
  }
  spec.file = t["file"].value_or(std::string());
  spec.base = t["base"].value_or(std::string());
  spec.currency = t["currency"].value_or(std::string());
  spec.columns = strings(t["columns"]);
  spec.names = strings(t["names"]);
  spec.scale = t["scale"].value_or(1.0);
  const std::string kind = t["class"].value_or(std::string());
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
      r.reject(t.file, row.line, "", "date '" + row.fields[0].substr(0, 40) + "'", "not a day of the calendar as YYYY-MM-DD or M/D/YYYY",
               "correct the date");
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
    r.warn(t.file, unsorted, "", "dates go up and down", "rows were sorted by date", "sort the file to be sure that no dates were mixed up");
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::pair<date, const io::row*>> unique;
  for (const auto& entry : rows) {
    if (!unique.empty() && unique.back().first == entry.first)
      r.reject(t.file, entry.second->line, "", "date " + to_string(entry.first) + " again",
               "already on line " + std::to_string(unique.back().second->line) + ", which is kept", "remove one of the two");
    else
      unique.push_back(entry);
  }
  return unique;
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
    s.kind = spec.kind;
    s.currency = spec.currency;
    if (s.kind == factor_class::rate) {
      const auto length = parse_tenor(s.name);
      if (!length) throw input_error(t.file + ": column '" + s.name + "' of a rate history is no tenor such as 3M or 10Y; give names");
      s.time = length->years();
      s.name = spec.currency + " " + s.name;
    }
    for (const auto& [day, row] : rows) {
      const std::string& cell = row->fields[index];
      if (io::is_missing(cell)) continue;
      const auto value = parse_number(cell);
      if (!value) {
        r.reject(t.file, row->line, s.name, "value '" + cell.substr(0, 40) + "'", "not a number", "correct it, or leave the cell empty");
        continue;
      }
      if (*value <= 0 && s.kind == factor_class::fx) {
        r.reject(t.file, row->line, s.name, "exchange rate " + cell, "must be above 0", "correct it, or leave the cell empty");
        continue;
      }
      s.dates.push_back(day);
      s.values.push_back(*value * spec.scale);
    }
    all.push_back(std::move(s));
  }
  return all;
}

/// From "units of each currency for one `base`" to "report currency for one unit of each currency".
std::vector<factor_series> to_base_currency(std::vector<factor_series> quoted, const std::string& base, const std::string& report) {
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
    factor_series out{s.name, factor_class::fx, "", 0, {}, {}};
    for (std::size_t i = 0; i < s.dates.size(); ++i) {
      const double in_report = numerator == nullptr ? 1.0 : value_on(*numerator, s.dates[i], 0);
      if (!std::isfinite(in_report)) continue;
      out.dates.push_back(s.dates[i]);
      out.values.push_back(is_base ? in_report : in_report / s.values[i]);
    }
    converted.push_back(std::move(out));
  };
  if (base != report) {
    unit.dates = numerator->dates;
    unit.values.assign(unit.dates.size(), 1.0);
    add(unit, true);
  }
  for (const factor_series& s : quoted)
    if (s.name != report) add(s, false);
  return converted;
}

void read_curves(reader& r) {
  const table t = io::read_csv(r.directory / "curves.csv", r.data.rejected, r.data.files);
  const std::size_t currency = static_cast<std::size_t>(t.required_column("currency")), length = static_cast<std::size_t>(t.required_column("tenor")),
                    rate = static_cast<std::size_t>(t.required_column("rate")), type = static_cast<std::size_t>(t.required_column("type"));
  struct node { double time, rate; long line; };
  struct nodes { std::vector<node> list; std::string type; long line = 0; };
  std::map<std::string, nodes> by_currency;
  for (const io::row& row : t.rows) {
    const auto tenor_read = parse_tenor(row.fields[length]);
    const auto value = parse_number(row.fields[rate]);
    const std::string& kind = row.fields[type];
    const std::string& name = row.fields[currency];
    if (!tenor_read) r.reject(t.file, row.line, name, "tenor '" + row.fields[length] + "'", "must be like 3M or 10Y", "correct it");
    else if (!value) r.reject(t.file, row.line, name, "rate '" + row.fields[rate] + "'", "not a number", "correct it or remove the row");
    else if (std::abs(*value) > 0.5)
      r.reject(t.file, row.line, name, "rate " + row.fields[rate], "a decimal between -0.5 and 0.5 is expected", "was it quoted in percent?");
    else if (kind != "par" && kind != "zero") r.reject(t.file, row.line, name, "type '" + kind + "'", "must be par or zero", "correct it");
    else {
      nodes& n = by_currency[name];
      if (!n.list.empty() && n.type != kind) {
        r.reject(t.file, row.line, name, "type '" + kind + "'", "the curve began with " + n.type, "use one type for each currency");
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
      r.data.snapshot.curves.emplace(name, n.type == "par" ? curve::from_par_yields(times, rates) : curve::from_zero_rates(times, rates));
    } catch (const input_error& problem) {
      r.reject(t.file, n.line, name, "curve", problem.what(), "correct its rates");
    }
  }
}

void read_underlyings(reader& r) {
  const table t = io::read_csv(r.directory / "underlyings.csv", r.data.rejected, r.data.files);
  const auto at = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  const std::size_t name = at("underlying"), kind = at("asset_class"), currency = at("currency"), series = at("history"),
                    yield = at("dividend_yield"), factor = at("vol_factor"), beta = at("vol_beta");
  market& m = r.data.snapshot;
  for (const io::row& row : t.rows) {
    underlying u;
    u.name = row.fields[name];
    const auto fail = [&](std::string what, std::string why, std::string suggestion) {
      r.reject(t.file, row.line, u.name, std::move(what), std::move(why), std::move(suggestion));
    };
    if (u.name.empty()) { fail("no name", "an underlying needs one", "fill the first column"); continue; }
    if (m.underlyings.contains(u.name)) { fail("again", "the first is kept", "remove one of the two"); continue; }
    u.currency = row.fields[currency];
    const auto number = [&](std::size_t column, double missing) -> std::optional<double> {
      return io::is_missing(row.fields[column]) ? std::optional(missing) : parse_number(row.fields[column]);
    };
    const auto q = number(yield, 0.0), b = number(beta, 1.0);
    if (!q || !b) { fail("dividend yield or vol_beta", "not a number", "correct it"); continue; }
    if (std::abs(*q) > 0.5) { fail("dividend yield " + row.fields[yield], "a decimal is expected", "was it quoted in percent?"); continue; }
    u.dividend_yield = *q;
    u.volatility_beta = *b;
    u.volatility_factor = row.fields[factor];
    if (row.fields[kind] == "fx") {
      u.kind = asset_class::fx;
      if (u.name.size() != 6) { fail("pair '" + u.name + "'", "must be two currency codes such as EURUSD", "rename it"); continue; }
      u.foreign = u.name.substr(0, 3);
      if (u.currency != u.name.substr(3)) { fail("currency '" + u.currency + "'", "the pair is quoted in " + u.name.substr(3), "correct it"); continue; }
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
      if (found == r.data.history.end()) { fail("history '" + u.history + "'", "no equity history has this column", "correct the name"); continue; }
      u.spot = value_on(*found, m.as_of);
      if (!std::isfinite(u.spot)) {
        fail("no price", "'" + u.history + "' has no value within five business days of " + to_string(m.as_of), "extend the history");
        continue;
      }
      if (u.spot <= 0) { fail("price " + std::to_string(u.spot), "must be above 0 on the valuation date", "correct the history"); continue; }
      if (u.currency != m.base_currency && !m.fx.contains(u.currency)) {
        fail("no exchange rate for " + u.currency, "needed to report in " + m.base_currency, "add it to the fx history");
        continue;
      }
    } else {
      fail("asset class '" + row.fields[kind] + "'", "must be equity or fx", "correct it");
      continue;
    }
    if (!m.curves.contains(u.currency) || (u.kind == asset_class::fx && !m.curves.contains(u.foreign))) {
      fail("no discount curve for " + (m.curves.contains(u.currency) ? u.foreign : u.currency), "needed to value it", "add it to curves.csv");
      continue;
    }
    m.underlyings.emplace(u.name, std::move(u));
  }
}

void read_volatilities(reader& r) {
  const table t = io::read_csv(r.directory / "volatilities.csv", r.data.rejected, r.data.files);
  const auto at = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  const std::size_t name = at("underlying"), expiry = at("expiry"), strike = at("strike"), value = at("volatility");
  market& m = r.data.snapshot;
  struct point { double time, strike, value; };
  std::map<std::string, std::pair<long, std::vector<point>>> points; // by underlying, with the first line
  for (const io::row& row : t.rows) {
    const std::string& who = row.fields[name];
    const auto fail = [&](std::string what, std::string why, std::string suggestion) {
      r.reject(t.file, row.line, who, std::move(what), std::move(why), std::move(suggestion));
    };
    if (!m.underlyings.contains(who)) { fail("unknown underlying", "not among the accepted rows of underlyings.csv", "correct the name or add it there"); continue; }
    const auto v = parse_number(row.fields[value]);
    if (!v) { fail("volatility '" + row.fields[value] + "'", "not a number", "correct it or remove the row"); continue; }
    if (*v <= 0) { fail("volatility " + row.fields[value], "must be above 0", "correct it or remove the row"); continue; }
    if (*v > 5) { fail("volatility " + row.fields[value], "a decimal of at most 5 is expected", "was it quoted in percent?"); continue; }
    point p{0, 0, *v};
    if (const std::string& e = row.fields[expiry]; !e.empty()) {
      if (const auto length = parse_tenor(e)) p.time = m.time_to(add(m.as_of, *length));
      else if (const auto day = parse_date(e)) p.time = m.time_to(*day);
      else { fail("expiry '" + e + "'", "neither a tenor such as 3M nor a date", "correct it"); continue; }
      if (p.time <= 0) { fail("expiry " + e, "on or before the valuation date " + to_string(m.as_of), "remove the row"); continue; }
    }
    if (!row.fields[strike].empty()) {
      const auto k = parse_number(row.fields[strike]);
      if (!k || *k <= 0 || p.time == 0) { fail("strike '" + row.fields[strike] + "'", "must be a number above 0, with an expiry", "correct it"); continue; }
      p.strike = *k;
    }
    auto& entry = points[who];
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
  reader r{directory, {}, {}};
  market& m = r.data.snapshot;
  const std::filesystem::path file = directory / "market.toml";
  const std::string where = file.string();
  const std::string text = io::read_bytes(file, r.data.files);
  std::vector<history_spec> specs;
  try {
    toml::table config = toml::parse(text, where);
    const auto as_of = config["as_of"].value<toml::date>();
    if (!as_of) throw input_error(where + ": no as_of (the valuation date, such as as_of = 2022-12-28)");
    const std::chrono::year_month_day day{std::chrono::year{as_of->year}, std::chrono::month{as_of->month}, std::chrono::day{as_of->day}};
    m.as_of = std::chrono::sys_days{day};
    m.base_currency = base_currency.empty() ? config["base_currency"].value_or(std::string()) : base_currency;
    if (m.base_currency.empty()) throw input_error(where + ": no base_currency");
    for (const auto& [key, value] : config)
      if (key != "as_of" && key != "base_currency" && key != "history")
        throw input_error(where + ": unknown key '" + std::string(key.str()) + "' (as_of, base_currency, [[history]])");
    if (toml::array* list = config["history"].as_array())
      for (toml::node& n : *list)
        if (toml::table* t = n.as_table()) specs.push_back(parse_spec(*t, where));
  } catch (const toml::parse_error& problem) {
    throw input_error(where + ":" + std::to_string(problem.source().begin.line) + ": not TOML (" + std::string(problem.description()) + ")");
  }
  if (specs.empty()) throw input_error(where + ": no [[history]]; at least one file of prices is needed");

  m.fx[m.base_currency] = 1.0;
  for (const history_spec& spec : specs) {
    std::vector<factor_series> read = read_history(spec, r);
    if (spec.kind == factor_class::fx) {
      read = to_base_currency(std::move(read), spec.base, m.base_currency);
      for (const factor_series& s : read)
        if (const double rate = value_on(s, m.as_of); std::isfinite(rate)) m.fx[s.name] = rate;
    }
    for (factor_series& s : read) {
      const bool taken = std::any_of(r.data.history.begin(), r.data.history.end(),
                                     [&](const factor_series& o) { return o.kind == s.kind && o.name == s.name; });
      if (taken) r.reject(spec.file, 0, s.name, "a second history of this factor", "the first is kept", "name it in one [[history]] only");
      else r.data.history.push_back(std::move(s));
    }
  }
  read_curves(r);
  read_underlyings(r);
  read_volatilities(r);
  if (m.underlyings.empty()) throw input_error(directory.string() + ": no usable underlying (see the messages above)");
  return std::move(r.data);
}

} // namespace dojima
