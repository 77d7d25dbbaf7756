// A market in ORE's files: ore.xml, todaysmarket.xml, curveconfig.xml, conventions.xml, marketdata.txt, fixings.txt.
#include <algorithm>
#include <cmath>

#include "dojima/error.hpp"
#include "io/csv.hpp"
#include "io/ore.hpp"
#include "text.hpp"

namespace dojima::io {
namespace {

namespace fs = std::filesystem;

/// Whether a text is a pattern in which each `*` stands for any text.
bool matches(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, in = 0, star = pattern.npos, resumed = 0; // after a star the shortest text that fits is tried first
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      resumed = at;
    } else if (in < pattern.size() && pattern[in] == text[at]) {
      ++in, ++at;
    } else if (star != pattern.npos) {
      in = star + 1;
      at = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == pattern.npos;
}

/// A line `date key value` of a text file; separators are blanks, tabs, commas and semicolons.
struct dated_line {
  date day;
  std::string key;
  double value;
  long line;
};

std::vector<dated_line> read_lines(const fs::path& file, market_data& data) {
  const std::string bytes = read_bytes(file, data.files);
  std::vector<dated_line> all;
  long number = 0;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const std::string_view line(bytes.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    std::vector<std::string> parts;
    for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r,;", at)) != line.npos;) {
      const std::size_t stop = std::min(line.find_first_of(" \t\r,;", at), line.size());
      parts.emplace_back(line.substr(at, stop - at));
      at = stop;
    }
    if (parts.empty() || parts[0].starts_with('#')) continue;
    const auto reject = [&](std::string what, std::string why) {
      data.rejected.push_back({file.string(), number, "", std::move(what), std::move(why), "correct it or remove the line"});
    };
    if (parts.size() != 3) {
      reject("a line of " + std::to_string(parts.size()) + " parts", "date, key and value are needed");
      continue;
    }
    std::string& day = parts[0];
    if (day.size() == 8 && day.find('-') == day.npos) day.insert(6, "-").insert(4, "-");
    const auto when = parse_date(day);
    const auto value = parse_number(parts[2]);
    if (!when) reject("date '" + shortened(day) + "'", "not a day of the calendar as YYYY-MM-DD or YYYYMMDD");
    else if (!value || std::abs(*value) > 1e15)
      reject("value '" + shortened(parts[2]) + "' of " + shortened(parts[1], 60), "no number of a market");
    else all.push_back({*when, parts[1], *value, number});
  }
  return all;
}

/// Settings of ore.xml: <Parameter name="..."> of a section.
std::string parameter(const element& section, const std::string& name) {
  for (const element& p : section.children("Parameter"))
    if (p.attribute("name") == name) return p.text();
  return "";
}

struct locations {
  fs::path todays_market, curve_config, conventions, quotes, fixings;
  std::optional<date> as_of;
  std::string configuration = "default", base_currency;
};

/// The first of the names that stands in the directory; the first one where none does.
fs::path one_of(const fs::path& directory, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (fs::exists(directory / name)) return directory / name;
  return directory / *names.begin();
}

locations locate(const fs::path& path, std::vector<input_file>& files) {
  const fs::path main = fs::is_directory(path) ? path / "ore.xml" : path, directory = main.parent_path();
  locations l{one_of(directory, {"todaysmarket.xml"}),
              one_of(directory, {"curveconfig.xml"}),
              one_of(directory, {"conventions.xml"}),
              one_of(directory, {"marketdata.txt", "marketdata.csv", "market.txt"}),
              one_of(directory, {"fixings.txt", "fixings.csv"}),
              {},
              "default",
              ""};
  if (!fs::exists(main)) return l;
  const element root = element::read(main, "ORE", files);
  const element setup = root.needed("Setup");
  const std::string day = parameter(setup, "asofDate");
  l.as_of = parse_date(day);
  if (!l.as_of) setup.fail("asofDate '" + shortened(day) + "' is no day of the calendar as YYYY-MM-DD");
  const auto named = [&](const char* name, fs::path& file) {
    if (const std::string given = parameter(setup, name); !given.empty()) file = directory / given;
  };
  named("marketConfigFile", l.todays_market);
  named("curveConfigFile", l.curve_config);
  named("conventionsFile", l.conventions);
  named("marketDataFile", l.quotes);
  named("fixingDataFile", l.fixings);
  if (const auto markets = root.child("Markets"))
    if (const std::string pricing = parameter(*markets, "pricing"); !pricing.empty()) l.configuration = pricing;
  if (const auto analytics = root.child("Analytics"))
    for (const element& analytic : analytics->children("Analytic"))
      if (analytic.attribute("type") == "npv") l.base_currency = parameter(analytic, "baseCurrency");
  return l;
}

/// The entries of a section such as EquityCurves that the configuration chooses: by default those of id "default".
std::vector<element> entries(const element& todays_market, const std::string& configuration, const std::string& section) {
  std::string id = "default";
  for (const element& c : todays_market.children("Configuration"))
    if (c.attribute("id") == configuration)
      if (const std::string chosen = c.text((section + "Id").c_str()); !chosen.empty()) id = chosen;
  for (const element& s : todays_market.children(section.c_str()))
    if (s.attribute("id") == id) return s.children();
  return {};
}

/// Builds the snapshot; what cannot be built is listed.
class market_builder {
public:
  market_builder(const ore_source& from, const element& todays_market, std::string configuration, market_data& data)
      : from_(from), todays_market_(todays_market), configuration_(std::move(configuration)), data_(data),
        yields_(from, data.rejected) {}

  void read_discount_curves() {
    for (const element& e : entries(todays_market_, configuration_, "DiscountingCurves")) {
      const std::string currency = e.attribute("currency");
      attempt(currency, [&] { data_.snapshot.curves.emplace(currency, yields_.at(curve_id(e), e)); });
    }
  }
  /// Rates to the base currency, by way of as few others as there are quotes for.
  void read_exchange_rates() {
    market& m = data_.snapshot;
    m.fx[m.base_currency] = 1.0;
    const std::string stem = "FX/RATE/";
    for (bool found = true; found;) {
      found = false;
      std::map<std::string, double> next;
      for (auto at = from_.quotes.lower_bound(stem); at != from_.quotes.end() && at->first.starts_with(stem); ++at) {
        const std::string foreign = key_part(at->first, 2), domestic = key_part(at->first, 3);
        if (!(at->second.value > 0)) continue;
        if (m.fx.contains(domestic) && !m.fx.contains(foreign)) next.emplace(foreign, m.fx.at(domestic) * at->second.value);
        if (m.fx.contains(foreign) && !m.fx.contains(domestic)) next.emplace(domestic, m.fx.at(foreign) / at->second.value);
      }
      for (const auto& [currency, rate] : next) found = m.fx.emplace(currency, rate).second || found;
    }
  }
  void read_equities() {
    std::map<std::string, element> volatilities;
    for (const element& e : entries(todays_market_, configuration_, "EquityVolatilities"))
      volatilities.emplace(e.attribute("name"), e);
    for (const element& e : entries(todays_market_, configuration_, "EquityCurves")) {
      const std::string name = e.attribute("name");
      attempt(name, [&] {
        const element config = from_.config("EquityCurves", "EquityCurve", curve_id(e), e);
        underlying u;
        u.name = u.history = name;
        u.currency = config.needed_text("Currency");
        const curve& discount = discount_of(u.currency, config);
        const equity_forwards forwards = read_equity_curve(from_, config, yields_, discount);
        u.spot = forwards.spot;
        u.dividend_curve = forwards.dividends;
        const auto volatility_entry = volatilities.find(name);
        if (volatility_entry != volatilities.end())
          attempt(name, [&] {
            const element& spec = volatility_entry->second;
            const element surface = from_.config("EquityVolatilities", "EquityVolatility", curve_id(spec), spec);
            u.surface = checked(read_equity_volatility(from_, surface, forwards, discount, data_.rejected), surface);
          });
        data_.snapshot.underlyings.emplace(name, std::move(u));
      });
    }
  }
  /// Pairs of FxVolatilities and FxSpots.
  void read_pairs() {
    for (const element& e : entries(todays_market_, configuration_, "FxVolatilities")) {
      const std::string pair = e.attribute("pair");
      attempt(pair, [&] {
        underlying u = pair_of(pair, e);
        const element config = from_.config("FXVolatilities", "FXVolatility", curve_id(e), e);
        u.surface = checked(read_fx_volatility(from_, config, u.foreign, u.currency, data_.rejected), config);
        data_.snapshot.underlyings.emplace(pair, std::move(u));
      });
    }
    for (const element& e : entries(todays_market_, configuration_, "FxSpots"))
      if (const std::string pair = e.attribute("pair"); !data_.snapshot.underlyings.contains(pair))
        attempt(pair, [&] { data_.snapshot.underlyings.emplace(pair, pair_of(pair, e)); });
  }

private:
  template <class Build> void attempt(const std::string& id, const Build& build) {
    try {
      build();
    } catch (const xml_problem& p) {
      data_.rejected.push_back(p.as_rejection(id));
    }
  }
  const curve& discount_of(const std::string& currency, const element& asked) const {
    const auto found = data_.snapshot.curves.find(currency);
    if (found == data_.snapshot.curves.end())
      asked.fail("there is no discount curve for " + currency, "add a DiscountingCurve");
    if (!data_.snapshot.fx.contains(currency))
      asked.fail("there is no exchange rate from " + currency + " to " + data_.snapshot.base_currency, "add a quote FX/RATE");
    return found->second;
  }
  underlying pair_of(const std::string& pair, const element& asked) const {
    if (pair.size() != 6) asked.fail("pair '" + shortened(pair) + "' must be two currency codes such as EURUSD");
    underlying u;
    u.name = pair;
    u.kind = asset_class::fx;
    u.foreign = pair.substr(0, 3);
    u.currency = pair.substr(3);
    discount_of(u.foreign, asked);
    discount_of(u.currency, asked);
    u.spot = data_.snapshot.fx.at(u.foreign) / data_.snapshot.fx.at(u.currency);
    return u;
  }
  static volatility checked(volatility v, const element& config) {
    try {
      check(v);
    } catch (const input_error& e) {
      config.fail(e.what());
    }
    return v;
  }

  const ore_source& from_;
  const element& todays_market_;
  std::string configuration_;
  market_data& data_;
  yield_curves yields_;
};

/// Prices of equities and exchange rates on other days, from quotes and fixings: histories, and the fixings of trades.
void read_past(const std::vector<dated_line>& quotes, const std::vector<dated_line>& fixings, market_data& data) {
  market& m = data.snapshot;
  std::map<std::pair<factor_class, std::string>, std::map<date, double>> series;
  const auto see = [&](const dated_line& l, const std::string& equity, const std::string& foreign,
                       const std::string& domestic) {
    if (l.day > m.as_of || !(l.value > 0)) return;
    if (m.underlyings.contains(equity)) series[{factor_class::equity, equity}].emplace(l.day, l.value);
    if (foreign.empty() || foreign == domestic) return;
    if (domestic == m.base_currency) series[{factor_class::fx, foreign}].emplace(l.day, l.value);
    if (foreign == m.base_currency) series[{factor_class::fx, domestic}].emplace(l.day, 1.0 / l.value);
    if (m.underlyings.contains(foreign + domestic)) m.fixings[foreign + domestic].emplace(l.day, l.value);
    if (m.underlyings.contains(domestic + foreign)) m.fixings[domestic + foreign].emplace(l.day, 1.0 / l.value);
  };
  for (const dated_line& l : fixings) {
    if (l.key.starts_with("EQ-")) see(l, l.key.substr(3), "", "");
    else if (l.key.starts_with("FX-") && l.key.size() > 10)
      see(l, "", l.key.substr(l.key.size() - 7, 3), l.key.substr(l.key.size() - 3));
  }
  for (const dated_line& l : quotes) {
    if (l.key.starts_with("EQUITY/PRICE/")) see(l, key_part(l.key, 2), "", "");
    else if (l.key.starts_with("FX/RATE/")) see(l, "", key_part(l.key, 2), key_part(l.key, 3));
  }
  for (const auto& [factor, values] : series) {
    factor_series s{factor.second, factor.first, "", 0, {}, {}};
    for (const auto& [day, value] : values) s.dates.push_back(day), s.values.push_back(value);
    if (factor.first == factor_class::equity) m.fixings[factor.second].insert(values.begin(), values.end());
    data.history.push_back(std::move(s));
  }
}

} // namespace

tenor tenor_of(const element& e) {
  const auto length = parse_tenor(e.text());
  if (!length) e.fail("must be a tenor such as 3M or 1D");
  return *length;
}

calendar calendar_of(const element& e) {
  const auto known = calendar::named(e.text());
  if (!known)
    e.fail("the known calendars are TARGET, US, US-NYSE, WeekendsOnly and NullCalendar", "give the dates, or one of these");
  return *known;
}

day_count day_count_of(const element& e) {
  return e.choice<day_count>({{"A365", day_count::act_365f},
                              {"A365F", day_count::act_365f},
                              {"ACT/365", day_count::act_365f},
                              {"Actual/365 (Fixed)", day_count::act_365f},
                              {"A360", day_count::act_360},
                              {"ACT/360", day_count::act_360},
                              {"Actual/360", day_count::act_360},
                              {"30/360", day_count::thirty_360}});
}

business_day_rule rule_of(const element& e) {
  using enum business_day_rule;
  return e.choice<business_day_rule>({{"F", following},
                                      {"Following", following},
                                      {"MF", modified_following},
                                      {"ModifiedFollowing", modified_following},
                                      {"Modified Following", modified_following},
                                      {"P", preceding},
                                      {"Preceding", preceding},
                                      {"U", unadjusted},
                                      {"Unadjusted", unadjusted}});
}

date_generation generation_of(const element& e) {
  return e.choice<date_generation>({{"Backward", date_generation::backward}, {"Forward", date_generation::forward}});
}

std::string key_part(const std::string& key, std::size_t index) {
  std::size_t begin = 0;
  for (; index > 0; --index) {
    begin = key.find('/', begin);
    if (begin == key.npos) return "";
    ++begin;
  }
  return key.substr(begin, key.find('/', begin) - begin);
}

std::string curve_id(const element& spec) { return spec.text().substr(spec.text().rfind('/') + 1); }

const ore_quote* ore_source::find(const std::string& key) const {
  const auto found = quotes.find(key);
  return found == quotes.end() ? nullptr : &found->second;
}

std::vector<std::pair<std::string, ore_quote>> ore_source::named_by(const element& list) const {
  std::vector<std::pair<std::string, ore_quote>> all;
  for (const element& named : list.children("Quote")) {
    const std::string key = named.text();
    if (const std::size_t star = key.find('*'); star != key.npos) {
      const std::string stem = key.substr(0, star);
      for (auto at = quotes.lower_bound(stem); at != quotes.end() && at->first.starts_with(stem); ++at)
        if (matches(at->first, key)) all.push_back(*at);
    } else if (const ore_quote* q = find(key)) {
      all.emplace_back(key, *q);
    } else if (named.attribute("optional") != "true") {
      named.fail("not quoted on " + to_string(as_of) + " in " + quotes_file, "add the quote, or mark it optional=\"true\"");
    }
  }
  return all;
}

element ore_source::config(const char* section, const char* kind, const std::string& id, const element& asked) const {
  if (const auto found = curve_config.child(section))
    for (const element& e : found->children(kind))
      if (e.text("CurveId") == id) return e;
  asked.fail("no <" + std::string(kind) + "> of CurveId " + shortened(id) + " in " + curve_config.file());
}

element ore_source::convention(const element& id) const {
  if (conventions)
    for (const element& e : conventions->children())
      if (e.text("Id") == id.text()) return e;
  id.fail(conventions ? "no conventions of this Id in " + conventions->file() : "there is no conventions.xml");
}

std::optional<date> ore_source::expiry(const std::string& text, const calendar& open) const {
  if (const auto day = parse_date(text)) return day;
  if (const auto length = parse_tenor(text))
    return length->unit == 'D' ? open.advance(as_of, length->count)
                               : open.adjust(add(as_of, *length), business_day_rule::following);
  return {};
}

bool is_ore_market(const fs::path& path) {
  if (fs::is_directory(path))
    return !fs::exists(path / "market.toml") && (fs::exists(path / "ore.xml") || fs::exists(path / "todaysmarket.xml"));
  return path.extension() == ".xml";
}

market_data read_ore_market(const fs::path& path, const std::string& base_currency) try {
  market_data data;
  const locations where = locate(path, data.files);
  const element todays_market = element::read(where.todays_market, "TodaysMarket", data.files);
  ore_source from{{}, where.quotes.string(), {}, element::read(where.curve_config, "CurveConfiguration", data.files), {}};
  if (fs::exists(where.conventions)) from.conventions = element::read(where.conventions, "Conventions", data.files);
  const std::vector<dated_line> quotes = read_lines(where.quotes, data);
  if (quotes.empty()) throw input_error(from.quotes_file + ": no quotes; one a line as date, key and value is needed");
  const auto latest =
      std::max_element(quotes.begin(), quotes.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  from.as_of = where.as_of.value_or(latest->day);
  for (const dated_line& q : quotes) {
    if (q.day != from.as_of) continue;
    const auto [before, first] = from.quotes.emplace(q.key, ore_quote{q.value, q.line});
    if (!first)
      data.rejected.push_back({from.quotes_file, q.line, shortened(q.key, 80), "a second quote",
                               "already on line " + std::to_string(before->second.line) + ", which is kept",
                               "remove one of the two"});
  }
  if (from.quotes.empty())
    throw input_error(from.quotes_file + ": no quote of " + to_string(from.as_of) + " (the latest is of " +
                      to_string(latest->day) + "); correct asofDate, or add quotes");

  market& m = data.snapshot;
  m.as_of = from.as_of;
  m.base_currency = base_currency.empty() ? where.base_currency : base_currency;
  market_builder build(from, todays_market, where.configuration, data);
  build.read_discount_curves();
  if (m.base_currency.empty() && !m.curves.empty()) m.base_currency = m.curves.begin()->first;
  build.read_exchange_rates();
  build.read_equities();
  build.read_pairs();
  read_past(quotes, fs::exists(where.fixings) ? read_lines(where.fixings, data) : std::vector<dated_line>{}, data);
  if (m.underlyings.empty())
    throw input_error(path.string() + ": no usable underlying (" +
                      (data.rejected.empty() ? where.todays_market.string() + " names no equity and no pair)"
                                             : std::to_string(data.rejected.size()) +
                                                   " messages, the first: " + to_string(data.rejected.front()) + ")"));
  return data;
} catch (const xml_problem& p) {
  throw input_error(to_string(p.as_rejection("")));
}

} // namespace dojima::io
