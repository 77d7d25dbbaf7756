// Files in the form of ORE (Open Source Risk Engine): docs/formats.md, section "ORE files", says what is read.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dojima/io/read.hpp"
#include "dojima/market/calendar.hpp"
#include "io/xml.hpp"

namespace dojima::io {

/// Whether the path is an ore.xml, or a directory with one or with a todaysmarket.xml.
bool is_ore_market(const std::filesystem::path& path);
market_data read_ore_market(const std::filesystem::path& path, const std::string& base_currency);
/// A portfolio of ORE, in which trades that cannot be valued in `m` are listed by id and type.
portfolio_data read_ore_portfolio(const std::string& file, std::string bytes, const market& m);

/// What both kinds of file write alike; each throws xml_problem.
tenor tenor_of(const element& e);
calendar calendar_of(const element& e);
day_count day_count_of(const element& e);
business_day_rule rule_of(const element& e);
date_generation generation_of(const element& e);

struct ore_quote {
  double value;
  long line;
};

/// The files of a market as they stand.
struct ore_source {
  date as_of;
  std::string quotes_file;
  std::map<std::string, ore_quote> quotes; ///< of the valuation date, by key
  element curve_config;
  std::optional<element> conventions;

  double time_to(date day) const { return year_fraction(as_of, day, day_count::act_365f); }
  /// The quote of a key; nothing when there is none.
  const ore_quote* find(const std::string& key) const;
  /// The quotes named by the <Quote> children; a `*` stands for any text, quotes with `optional="true"` may be missing.
  std::vector<std::pair<std::string, ore_quote>> named_by(const element& quotes) const;
  /// The `kind` of that CurveId within a section of the curve configuration; `asked` is blamed when there is none.
  element config(const char* section, const char* kind, const std::string& id, const element& asked) const;
  /// The conventions of that Id.
  element convention(const element& id) const;
  /// A date, or the end of a tenor from the valuation date; nothing when the text is neither.
  std::optional<date> expiry(const std::string& text, const calendar& open) const;
};

/// The part of a key between slashes; empty beyond the last.
std::string key_part(const std::string& key, std::size_t index);
/// The identifier of a curve in todaysmarket.xml, such as EUR-ESTER in Yield/EUR/EUR-ESTER.
std::string curve_id(const element& spec);

/// Yield curves by CurveId, built when they are first asked for.
class yield_curves {
public:
  yield_curves(const ore_source& from, std::vector<rejection>& rejected) : from_(from), rejected_(rejected) {}
  /// Throws xml_problem where it cannot be built.
  const curve& at(const std::string& id, const element& asked);

private:
  curve build(const element& config);

  const ore_source& from_;
  std::vector<rejection>& rejected_;
  std::map<std::string, curve> built_;
  std::set<std::string> building_;
};

/// Forwards of an equity, as its spot and its dividend discount factors relative to the `discount` curve.
struct equity_forwards {
  double spot;
  std::optional<curve> dividends; ///< none: no dividends
  double log_forward(double time, const curve& discount) const;
};
equity_forwards read_equity_curve(const ore_source& from, const element& config, yield_curves& yields, const curve& discount);
volatility read_equity_volatility(const ore_source& from, const element& config, const equity_forwards& forwards,
                                  const curve& discount, std::vector<rejection>& rejected);
volatility read_fx_volatility(const ore_source& from, const element& config, const std::string& foreign,
                              const std::string& domestic, std::vector<rejection>& rejected);

} // namespace dojima::io
