// Market directories: what is read, and what each fault costs.
#include <gtest/gtest.h>

#include "dojima/error.hpp"
#include "dojima/io/read.hpp"
#include "dojima/risk/scenario.hpp"
#include "tests/io/files.hpp"
#include "tests/message_of.hpp"

namespace {

using namespace dojima;
using test::small_market;
using test::temporary_directory;

date day(const char* text) { return parse_date(text).value(); }

market_data read(const small_market& files, const std::string& base = "") {
  const temporary_directory dir;
  files.write_to(dir.path());
  return read_market(dir / "market", base);
}

std::string refused(const small_market& files, const std::string& base = "") {
  return test::message_of<input_error>([&] { read(files, base); });
}

const factor_series& series(const market_data& data, const std::string& name) {
  for (const factor_series& s : data.history)
    if (s.name == name) return s;
  throw std::runtime_error("no history of " + name);
}

/// One message about `file` at `line` (0: any) whose text holds `what`.
void expect_message(const market_data& data, const std::string& file, long line, const std::string& what,
                    bool warning = false) {
  ASSERT_EQ(data.rejected.size(), 1u) << what;
  const rejection& r = data.rejected.front();
  EXPECT_TRUE(r.file.ends_with(file)) << to_string(r);
  EXPECT_TRUE(line == 0 || r.line == line) << to_string(r);
  EXPECT_NE(to_string(r).find(what), std::string::npos) << to_string(r);
  EXPECT_FALSE(r.why.empty()) << to_string(r);
  EXPECT_FALSE(r.suggestion.empty()) << to_string(r);
  EXPECT_EQ(r.warning, warning) << to_string(r);
}

TEST(market_files, a_whole_market_is_read) {
  const market_data data = read({});
  EXPECT_TRUE(data.rejected.empty()) << to_string(data.rejected.front());
  const market& m = data.snapshot;
  EXPECT_EQ(to_string(m.as_of), "2022-12-28");
  EXPECT_EQ(m.base_currency, "USD");
  EXPECT_EQ(m.underlyings.size(), 4u);
  EXPECT_EQ(m.curves.size(), 3u);
  EXPECT_EQ(m.fx.size(), 3u);
  EXPECT_EQ(m.fx.at("USD"), 1.0);
  EXPECT_EQ(data.files.size(), 7u);
  EXPECT_TRUE(std::holds_alternative<surface_volatility>(*m.underlyings.at("AAA").surface));
  EXPECT_TRUE(std::holds_alternative<term_volatility>(*m.underlyings.at("BBB").surface));
  EXPECT_TRUE(std::holds_alternative<flat_volatility>(*m.underlyings.at("EURUSD").surface));
  EXPECT_FALSE(m.underlyings.at("USDJPY").surface);
  EXPECT_EQ(series(data, "VIX").dates.size(), 60u);
  EXPECT_NEAR(series(data, "VIX").values.front(), 0.22, 1e-12); // scaled
}

TEST(market_files, exchange_rates_turn_into_the_base_currency) {
  const small_market files;
  const std::vector<std::string> last = test::lines_of(files.fx);
  const double usd = std::stod(last.back().substr(11)), jpy = std::stod(last.back().substr(last.back().rfind(',') + 1));
  const market in_dollars = read(files).snapshot;
  EXPECT_DOUBLE_EQ(in_dollars.fx.at("EUR"), usd);
  EXPECT_DOUBLE_EQ(in_dollars.fx.at("JPY"), usd / jpy);
  EXPECT_DOUBLE_EQ(in_dollars.underlyings.at("EURUSD").spot, usd);
  EXPECT_DOUBLE_EQ(in_dollars.underlyings.at("USDJPY").spot, jpy / usd);
  const market in_euros = read(files, "EUR").snapshot;
  EXPECT_DOUBLE_EQ(in_euros.fx.at("USD"), 1 / usd);
  EXPECT_DOUBLE_EQ(in_euros.underlyings.at("EURUSD").spot, usd);
  EXPECT_NE(refused(files, "XYZ").find("base currency XYZ has no exchange rate history"), std::string::npos);
}

struct bad_cell {
  const char* name;
  std::string small_market::*file;
  const char* file_name;
  long line;
  const char* row;  ///< replaces that line
  const char* what; ///< in the message
};

TEST(market_files, each_bad_row_gives_one_message) {
  const bad_cell cases[] = {
      {"short row", &small_market::prices, "prices.csv", 9, "2022-10-17,100", "2 fields"},
      {"malformed date", &small_market::prices, "prices.csv", 9, "17.10.2022,100,50", "date '17.10.2022'"},
      {"no such day", &small_market::prices, "prices.csv", 9, "2022-02-30,100,50", "date '2022-02-30'"},
      {"text price", &small_market::prices, "prices.csv", 9, "2022-10-17,closed,50", "value 'closed'"},
      {"huge price", &small_market::prices, "prices.csv", 9, "2022-10-17,1e400,50", "value '1e400'"},
      {"absurd price", &small_market::prices, "prices.csv", 9, "2022-10-17,1e300,50", "far outside"},
      {"infinite price", &small_market::prices, "prices.csv", 9, "2022-10-17,inf,50", "value 'inf'"},
      {"repeated date", &small_market::prices, "prices.csv", 9, "2022-10-14,100,50",
       "date 2022-10-14 again (already on line 8"},
      {"zero exchange rate", &small_market::fx, "fx.csv", 9, "2022-10-17,0,140", "exchange rate 0"},
      {"negative exchange rate", &small_market::fx, "fx.csv", 9, "2022-10-17,1.06,-140", "exchange rate -140"},
      {"one rate out of line", &small_market::fx, "fx.csv", 9, "2022-10-17,1.06,14000", "the next value is back"},
      {"one price out of line", &small_market::prices, "prices.csv", 9, "2022-10-17,1e14,50", "value 1e+14 after"},
      {"one index value out of line", &small_market::vix, "vix.csv", 9, "2022-10-17,0.22", "the next value is back"},
      {"percent volatility", &small_market::volatilities, "volatilities.csv", 2, "AAA,3M,90,25", "was it quoted in percent?"},
      {"negative volatility", &small_market::volatilities, "volatilities.csv", 2, "AAA,3M,90,-0.25", "volatility -0.25"},
      {"zero volatility", &small_market::volatilities, "volatilities.csv", 2, "AAA,3M,90,0", "volatility 0"},
      {"NaN volatility", &small_market::volatilities, "volatilities.csv", 2, "AAA,3M,90,NaN", "volatility 'NaN'"},
      {"missing volatility", &small_market::volatilities, "volatilities.csv", 2, "AAA,3M,90,", "volatility ''"},
      {"volatility of a stranger", &small_market::volatilities, "volatilities.csv", 2, "ZZZ,3M,90,0.2", "unknown underlying"},
      {"bad expiry", &small_market::volatilities, "volatilities.csv", 2, "AAA,3Q,90,0.2", "expiry '3Q'"},
      {"past expiry", &small_market::volatilities, "volatilities.csv", 2, "AAA,2022-12-28,90,0.2",
       "on or before the valuation date"},
      {"strike without expiry", &small_market::volatilities, "volatilities.csv", 2, "AAA,,90,0.2", "strike '90'"},
      {"negative strike", &small_market::volatilities, "volatilities.csv", 2, "AAA,3M,-90,0.2", "strike '-90'"},
      {"repeated strike", &small_market::volatilities, "volatilities.csv", 3, "AAA,3M,90,0.2", "already on line 2"},
      {"percent rate", &small_market::curves, "curves.csv", 3, "USD,2Y,4.2,par", "was it quoted in percent?"},
      {"text rate", &small_market::curves, "curves.csv", 3, "USD,2Y,high,par", "rate 'high'"},
      {"bad tenor", &small_market::curves, "curves.csv", 3, "USD,2 years,0.04,par", "tenor '2 years'"},
      {"bad type", &small_market::curves, "curves.csv", 3, "USD,2Y,0.04,swap", "type 'swap'"},
      {"mixed types", &small_market::curves, "curves.csv", 3, "USD,2Y,0.04,zero", "began with par"},
      {"repeated tenor", &small_market::curves, "curves.csv", 3, "USD,3M,0.04,par", "same tenor"},
      {"no currency", &small_market::curves, "curves.csv", 3, ",2Y,0.04,par", "no currency"},
      {"repeated underlying", &small_market::underlyings, "underlyings.csv", 5, "AAA,equity,USD,AAA,0.01,VIX,1",
       "the first is kept"},
      {"bad class", &small_market::underlyings, "underlyings.csv", 5, "USDJPY,currency,JPY,,0,,0", "asset class 'currency'"},
      {"bad pair", &small_market::underlyings, "underlyings.csv", 5, "USD/JPY,fx,JPY,,0,,0", "pair 'USD/JPY'"},
      {"wrong quote currency", &small_market::underlyings, "underlyings.csv", 5, "USDJPY,fx,USD,,0,,0", "quoted in JPY"},
      {"unknown currency", &small_market::underlyings, "underlyings.csv", 5, "USDTRL,fx,TRL,,0,,0", "redenominated currency"},
      {"no history", &small_market::underlyings, "underlyings.csv", 3, "CCC,equity,EUR,CCC,0,VIX,0.5", ""},
      {"percent dividend", &small_market::underlyings, "underlyings.csv", 5, "USDJPY,fx,JPY,,1.7,,0",
       "was it quoted in percent?"},
      {"text dividend", &small_market::underlyings, "underlyings.csv", 5, "USDJPY,fx,JPY,,x,,0", "dividend yield 'x'"},
      {"absurd elasticity", &small_market::underlyings, "underlyings.csv", 5, "USDJPY,fx,JPY,,0,,1e300", "vol_beta 1e300"},
  };
  for (const bad_cell& c : cases) {
    SCOPED_TRACE(c.name);
    small_market files;
    ASSERT_EQ(test::lines_of(files.prices)[7].substr(0, 10), "2022-10-14");
    files.*c.file = test::with_line(files.*c.file, static_cast<std::size_t>(c.line), c.row);
    const market_data data = read(files);
    if (std::string(c.name) == "no history") { // the volatilities of BBB, whose row it took, are those of a stranger now
      ASSERT_EQ(data.rejected.size(), 3u);
      EXPECT_EQ(data.rejected[0].line, 3);
      EXPECT_NE(data.rejected[0].what.find("history 'CCC'"), std::string::npos);
      continue;
    }
    expect_message(data, c.file_name, c.line, c.what);
    EXPECT_GE(data.snapshot.underlyings.size(), 3u);
  }
}

TEST(market_files, a_refused_underlying_is_said_once) {
  small_market files;
  files.underlyings = test::with(files.underlyings, "AAA,equity", "AAA,stock");
  expect_message(read(files), "underlyings.csv", 2, "asset class 'stock'"); // and nothing about its volatilities
}

TEST(market_files, missing_prices_are_no_fault) {
  small_market files;
  for (const char* missing : {"", "N/A", "NA", "NaN", "null"}) {
    files.prices = test::with_line(files.prices, 9, std::string("2022-10-17,") + missing + ",50");
    const market_data data = read(files);
    EXPECT_TRUE(data.rejected.empty()) << missing;
    EXPECT_EQ(series(data, "AAA").dates.size(), 59u);
    EXPECT_EQ(series(data, "BBB").dates.size(), 60u);
  }
}

TEST(market_files, a_stale_price_is_none) {
  small_market files;
  std::vector<std::string> lines = test::lines_of(files.prices);
  std::string text;
  for (std::size_t i = 0; i + 6 < lines.size(); ++i) text += lines[i] + "\n";
  files.prices = text;
  const market_data data = read(files);
  ASSERT_EQ(data.rejected.size(), 2u);
  EXPECT_EQ(data.rejected[0].line, 2);
  EXPECT_NE(to_string(data.rejected[0]).find("no value within five business days of 2022-12-28"), std::string::npos);
}

TEST(market_files, a_negative_price_on_the_valuation_date_is_refused) {
  small_market files;
  files.prices = test::with_line(files.prices, 61, "2022-12-28,-36.98,50");
  expect_message(read(files), "underlyings.csv", 2, "price -36.98 (must be above 0");
}

TEST(market_files, unsorted_dates_are_sorted_and_said) {
  small_market files;
  std::vector<std::string> lines = test::lines_of(files.prices);
  std::swap(lines[10], lines[20]);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  small_market shuffled = files;
  shuffled.prices = text;
  const market_data data = read(shuffled);
  expect_message(data, "prices.csv", 12, "sorted by date", true);
  EXPECT_EQ(series(data, "AAA").values, series(read(files), "AAA").values);
}

TEST(market_files, newest_first_is_in_order) {
  small_market files;
  std::vector<std::string> lines = test::lines_of(files.prices);
  std::reverse(lines.begin() + 1, lines.end());
  small_market reversed = files;
  reversed.prices.clear();
  for (const std::string& line : lines) reversed.prices += line + "\n";
  const market_data data = read(reversed);
  EXPECT_TRUE(data.rejected.empty());
  EXPECT_EQ(series(data, "AAA").values, series(read(files), "AAA").values);
}

TEST(market_files, a_redenominated_currency_starts_anew) {
  small_market files;
  std::vector<std::string> lines = test::lines_of(files.fx);
  for (std::size_t i = 1; i < 30; ++i) lines[i] += "0000"; // 140.12 -> 140.120000: the same
  for (std::size_t i = 1; i < 30; ++i)
    lines[i] = lines[i].substr(0, lines[i].rfind(',')) + "," +
               std::to_string(1e6 * std::stod(lines[i].substr(lines[i].rfind(',') + 1)));
  files.fx.clear();
  for (const std::string& line : lines) files.fx += line + "\n";
  const market_data data = read(files);
  expect_message(data, "fx.csv", 31, "looks like a redenomination");
  EXPECT_EQ(series(data, "JPY").dates.size(), 31u);
  EXPECT_EQ(series(data, "EUR").dates.size(), 60u);
  EXPECT_EQ(data.snapshot.underlyings.size(), 4u);
}

TEST(market_files, a_text_column_is_said_once) {
  small_market files;
  std::string text;
  for (const std::string& line : test::lines_of(files.prices)) text += line + (text.empty() ? ",NOTE\n" : ",ok\n");
  files.prices = text;
  expect_message(read(files), "prices.csv", 2, "60 are there");
}

TEST(market_files, rates_in_percent_are_refused) {
  const temporary_directory dir;
  small_market files;
  files.market_toml += "[[history]]\nfile = \"rates.csv\"\nclass = \"rate\"\ncurrency = \"USD\"\nnames = [\"3M\", "
                       "\"10Y\"]\ncolumns = [\"3_MO\", \"10_YR\"]\n";
  files.write_to(dir.path());
  test::write(dir / "market/rates.csv", "Date,3_MO,10_YR\n12/27/2022,0.045,3.9\n12/28/2022,0.044,3.88\n");
  const market_data data = read_market(dir / "market");
  expect_message(data, "rates.csv", 2, "USD 10Y: a rate above 0.5");
  EXPECT_EQ(series(data, "USD 3M").values.size(), 2u);
  EXPECT_EQ(series(data, "USD 3M").time, 0.25);
}

TEST(market_files, damaged_files_are_refused_by_name) {
  for (const char* name :
       {"market.toml", "prices.csv", "fx.csv", "vix.csv", "underlyings.csv", "curves.csv", "volatilities.csv"}) {
    for (const std::string& content : {std::string(), std::string("\x7f"
                                                                  "ELF\2\1\1\0\0\0",
                                                                  10)}) {
      const temporary_directory dir;
      small_market().write_to(dir.path());
      test::write(dir / "market" / name, content);
      try {
        read_market(dir / "market");
        FAIL() << name;
      } catch (const input_error& problem) {
        EXPECT_NE(std::string(problem.what()).find(name), std::string::npos) << problem.what();
      }
    }
    const temporary_directory dir;
    small_market().write_to(dir.path());
    std::filesystem::remove(dir / "market" / name);
    EXPECT_THROW(read_market(dir / "market"), input_error) << name;
    std::filesystem::create_directory(dir / "market" / name);
    EXPECT_THROW(read_market(dir / "market"), input_error) << name;
  }
}

TEST(market_files, market_toml_is_checked) {
  const struct {
    const char *from, *to, *message;
  } cases[] = {
      {"as_of = 2022-12-28", "", "no as_of"},
      {"2022-12-28", "\"2022-12-28\"", "without quotes"},
      {"2022-12-28", "2022-02-30", ":1:"},
      {"base_currency = \"USD\"", "base_currency = 5", ":2: base_currency must be a text"},
      {"base_currency = \"USD\"", "", "no base_currency"},
      {"base = \"EUR\"", "", "without base"},
      {"base = \"EUR\"", "bases = \"EUR\"", ":11: unknown key 'bases'"},
      {"\"volatility\"", "\"vol\"", "history class 'vol'"},
      {"scale = 0.01", "scale = \"0.01\"", ":18: scale must be a number"},
      {"scale = 0.01", "scale = nan", "scale must be a number"},
      {"scale = 0.01", "scale = -1", "scale must be a number"},
      {"[\"CLOSE\"]", "\"CLOSE\"", ":16: columns must be a list"},
      {"[\"CLOSE\"]", "[5]", "columns must be a list"},
      {"[\"CLOSE\"]", "[\"CLOSED\"]", "no column 'CLOSED'"},
      {"[\"VIX\"]", "[\"VIX\", \"V2\"]", "2 names for 1 columns"},
      {"file = \"vix.csv\"", "", "without file"},
      {"[[history]]", "[[histories]]", "unknown key 'histories'"},
      {"base_currency = \"USD\"", "base_currency = \"USD\"\nx = ", ":3: not TOML"},
  };
  for (const auto& c : cases) {
    small_market files;
    files.market_toml = test::with(files.market_toml, c.from, c.to);
    const std::string message = refused(files);
    EXPECT_NE(message.find(c.message), std::string::npos) << c.message << ": " << message;
    EXPECT_NE(message.find("market"), std::string::npos) << message;
  }
}

TEST(market_files, nothing_usable_says_why) {
  small_market files;
  files.market_toml = test::with(files.market_toml, "2022-12-28", "2032-12-28");
  EXPECT_NE(refused(files).find("no usable underlying"), std::string::npos);
  EXPECT_NE(refused(files).find("underlyings.csv:2: AAA: no price"), std::string::npos) << refused(files);
}

// --- what scenarios need of a history
// -----------------------------------------------------------------------------------------

factor_series equity(const std::string& name, std::size_t days) {
  factor_series s;
  s.name = name;
  s.kind = factor_class::equity;
  for (date d = day("2022-12-28"); s.dates.size() < days; d -= std::chrono::days{1})
    if (std::chrono::weekday{d}.iso_encoding() <= 5) s.dates.push_back(d);
  std::reverse(s.dates.begin(), s.dates.end());
  for (std::size_t i = 0; i < days; ++i) s.values.push_back(100 + static_cast<double>(i % 7));
  return s;
}

struct panel_case {
  market_data data;
  portfolio positions;
  std::vector<rejection> rejected;
  panel_case() {
    data.snapshot = read({}).snapshot;
    data.history = {equity("AAA", 3000), equity("BBB", 3000)};
    factor_series euro = equity("EUR", 3000);
    euro.kind = factor_class::fx;
    data.history.push_back(euro);
    factor_series vix = equity("VIX", 3000);
    vix.kind = factor_class::volatility;
    data.history.push_back(vix);
    positions = {{"A", "book", "AAA", 1, stock{}}, {"B", "book", "BBB", 1, stock{}}};
  }
  factor_panel panel(const shock_types& shocks, std::size_t days = 2500) {
    return make_panel(data, positions, shocks, days, rejected);
  }
};

TEST(panel, a_negative_price_bars_relative_and_log_shocks) {
  for (const shock_type type : {shock_type::relative, shock_type::log, shock_type::absolute}) {
    panel_case c;
    c.data.history[0].values[2000] = -36.98;
    shock_types shocks;
    shocks.equity = type;
    const factor_panel p = c.panel(shocks);
    if (type == shock_type::absolute) {
      EXPECT_TRUE(c.rejected.empty());
      EXPECT_EQ(c.positions.size(), 2u);
      continue;
    }
    ASSERT_EQ(c.rejected.size(), 2u); // the factor, and the position on it
    EXPECT_EQ(c.rejected[0].id, "AAA");
    const std::string message = to_string(c.rejected[0]);
    EXPECT_NE(message.find("-36.98"), std::string::npos) << message;
    EXPECT_NE(message.find(to_string(c.data.history[0].dates[2000])), std::string::npos) << message;
    EXPECT_NE(message.find(to_string(type) + " shock needs values above 0"), std::string::npos) << message;
    EXPECT_FALSE(c.rejected[0].suggestion.empty());
    EXPECT_EQ(c.rejected[1].id, "A");
    ASSERT_EQ(c.positions.size(), 1u); // the other goes on
    EXPECT_EQ(c.positions[0].id, "B");
    EXPECT_EQ(p.factors.size(), 3u);
  }
}

TEST(panel, a_hole_of_two_thousand_days_bars_the_factor) {
  panel_case c;
  factor_series& s = c.data.history[0];
  const date from = s.dates[700], to = s.dates[2699];
  s.dates.erase(s.dates.begin() + 700, s.dates.begin() + 2700);
  s.values.erase(s.values.begin() + 700, s.values.begin() + 2700);
  c.panel({});
  ASSERT_EQ(c.rejected.size(), 2u);
  const std::string message = to_string(c.rejected[0]);
  EXPECT_NE(message.find("AAA: no value between"), std::string::npos) << message;
  EXPECT_NE(message.find(to_string(to)), std::string::npos) << message;
  EXPECT_NE(c.rejected[0].suggestion.find("fill the hole"), std::string::npos) << message;
  EXPECT_EQ(c.positions.size(), 1u);
  EXPECT_LT(from, to);

  panel_case later; // a window behind the hole does not see it
  later.data.history[0] = s;
  later.panel({}, 250);
  EXPECT_TRUE(later.rejected.empty());
}

TEST(panel, a_currency_with_a_hole_bars_its_positions) {
  panel_case c;
  c.data.history[2].dates.erase(c.data.history[2].dates.begin() + 1000, c.data.history[2].dates.begin() + 1200);
  c.data.history[2].values.resize(c.data.history[2].dates.size());
  c.panel({});
  ASSERT_EQ(c.rejected.size(), 2u);
  EXPECT_EQ(c.rejected[0].id, "EUR");
  ASSERT_EQ(c.positions.size(), 1u);
  EXPECT_EQ(c.positions[0].id, "A");
}

} // namespace
