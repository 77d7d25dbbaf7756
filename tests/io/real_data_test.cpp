// Published histories with the faults that real data has, read as they are. Skipped where they are not beside the sources.
#include <gtest/gtest.h>

#include "dojima/error.hpp"
#include "dojima/io/read.hpp"
#include "tests/io/files.hpp"

namespace {

using namespace dojima;

class real_data : public testing::Test {
protected:
  void SetUp() override {
    data_ = std::filesystem::path(DOJIMA_SHARED_DIR) / "data";
    if (std::string(DOJIMA_SHARED_DIR).empty() || !std::filesystem::is_directory(data_))
      GTEST_SKIP() << "no shared data beside the sources";
  }
  /// A market of these histories; `underlyings` below the header.
  market_data read(const std::string& as_of, const std::string& base, const std::string& histories,
                   const std::string& underlyings, const std::string& curves = "USD,1Y,0.04,zero\nEUR,1Y,0.02,zero\n") {
    const std::filesystem::path m = dir_ / "market";
    test::write(m / "market.toml",
                "as_of = " + as_of + "\nbase_currency = \"" + base + "\"\n" + test::with(histories, "@", data_.string()));
    test::write(m / "underlyings.csv",
                "underlying,asset_class,currency,history,dividend_yield,vol_factor,vol_beta\n" + underlyings);
    test::write(m / "curves.csv", "currency,tenor,rate,type\n" + curves);
    test::write(m / "volatilities.csv", "underlying,expiry,strike,volatility\n");
    return read_market(m);
  }
  static const factor_series& series(const market_data& data, const std::string& name) {
    for (const factor_series& s : data.history)
      if (s.name == name) return s;
    throw std::runtime_error("no history of " + name);
  }
  static double at(const factor_series& s, const char* day) { return value_on(s, parse_date(day).value(), 0); }
  static std::string all(const std::vector<rejection>& rejected) {
    std::string text;
    for (const rejection& r : rejected) text += to_string(r) + "\n";
    return text;
  }

  std::filesystem::path data_;
  test::temporary_directory dir_;
};

const char* const ecb = "[[history]]\nfile = \"@/prices/ecb_fx_reference_rates.csv\"\nclass = \"fx\"\nbase = \"EUR\"\n";

TEST_F(real_data, ecb_rates_newest_first_with_missing_values_and_a_last_comma) {
  const market_data data = read("2022-12-28", "EUR", ecb, "EURUSD,fx,USD,,0,,0\n");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  EXPECT_EQ(data.history.size(), 41u);
  EXPECT_DOUBLE_EQ(at(series(data, "USD"), "1999-01-04"), 1 / 1.1789);
  const factor_series& usd = series(data, "USD");
  EXPECT_TRUE(std::is_sorted(usd.dates.begin(), usd.dates.end()));
  EXPECT_EQ(usd.dates.size(), 6983u);
  EXPECT_EQ(usd.lines.back(), 2);                 // the newest stands first
  EXPECT_FALSE(data.snapshot.fx.contains("TRL")); // ended in 2004
  EXPECT_FALSE(data.snapshot.fx.contains("RUB")); // and in March 2022
  const factor_series& isk = series(data, "ISK");
  EXPECT_TRUE(std::isnan(at(isk, "2012-06-15"))); // the hole of nine years
  EXPECT_EQ(to_string(series(data, "TRL").dates.back()), "2004-12-31");
  EXPECT_EQ(to_string(series(data, "TRY").dates.front()), "2005-01-03");
}

TEST_F(real_data, a_currency_that_was_replaced_is_refused_by_name) {
  const market_data data = read("2005-06-30", "USD", ecb, "EURUSD,fx,USD,,0,,0\nUSDTRL,fx,TRL,,0,,0\n",
                                "USD,1Y,0.03,zero\nEUR,1Y,0.02,zero\nTRL,1Y,0.2,zero\n");
  ASSERT_EQ(data.rejected.size(), 1u) << all(data.rejected);
  EXPECT_EQ(data.rejected[0].line, 3);
  EXPECT_NE(data.rejected[0].what.find("no exchange rate for TRL"), std::string::npos);
  EXPECT_NE(data.rejected[0].suggestion.find("new code"), std::string::npos);
}

TEST_F(real_data, treasury_yields_month_first_with_an_empty_row) {
  const market_data data = read("2022-12-28", "USD",
                                "[[history]]\nfile = \"@/prices/us_stocks20_1990_2022.csv\"\nclass = \"equity\"\n"
                                "[[history]]\nfile = \"@/curves/us_treasury_par_yields_1990_2023.csv\"\nclass = "
                                "\"rate\"\ncurrency = \"USD\"\nscale = 0.01\n"
                                "columns = [\"3_MO\", \"2_YR\", \"30_YR\"]\nnames = [\"3M\", \"2Y\", \"30Y\"]\n",
                                "AAPL,equity,USD,AAPL,0,,0\n");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  const factor_series &three_months = series(data, "USD 3M"), &thirty_years = series(data, "USD 30Y");
  EXPECT_EQ(three_months.dates.size(), 8455u); // 8,459 rows, one of them wholly empty, three without this tenor
  EXPECT_TRUE(std::isnan(at(three_months, "2010-10-11")));
  EXPECT_TRUE(std::isnan(at(thirty_years, "2004-06-15")));
  EXPECT_EQ(thirty_years.time, 30.0);
  EXPECT_LT(*std::max_element(three_months.values.begin(), three_months.values.end()), 0.1);
  EXPECT_EQ(to_string(three_months.dates.front()), "1990-01-02");
}

TEST_F(real_data, stocks_with_two_byte_line_ends) {
  const market_data data =
      read("2022-12-28", "USD", "[[history]]\nfile = \"@/prices/us_stocks20_1990_2022.csv\"\nclass = \"equity\"\n",
           "AAPL,equity,USD,AAPL,0,,0\nXOM,equity,USD,,0,,0\n");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  EXPECT_EQ(data.history.size(), 20u);
  for (const factor_series& s : data.history) EXPECT_EQ(s.values.size(), 8313u) << s.name;
  EXPECT_EQ(data.history.back().name.find('\r'), std::string::npos);
  EXPECT_EQ(data.snapshot.underlyings.at("XOM").spot, series(data, "XOM").values.back());
}

TEST_F(real_data, oil_with_a_negative_price) {
  const std::string wti =
      "[[history]]\nfile = \"@/prices/wti_daily.csv\"\nclass = \"equity\"\ncolumns = [\"Price\"]\nnames = [\"WTI\"]\n";
  const market_data data = read("2022-12-28", "USD", wti, "WTI,equity,USD,WTI,0,,0\n");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  EXPECT_EQ(at(series(data, "WTI"), "2020-04-20"), -36.98);
  try { // on that day there is no market
    read("2020-04-20", "USD", wti, "WTI,equity,USD,WTI,0,,0\n");
    FAIL();
  } catch (const input_error& problem) {
    EXPECT_NE(std::string(problem.what()).find("price -36.98"), std::string::npos) << problem.what();
  }
}

TEST_F(real_data, vix_with_a_chosen_column) {
  const market_data data = read("2022-12-28", "USD",
                                "[[history]]\nfile = \"@/prices/sp500_index_1990_2022.csv\"\nclass = \"equity\"\n"
                                "[[history]]\nfile = \"@/prices/vix_daily.csv\"\nclass = \"volatility\"\ncolumns = "
                                "[\"CLOSE\"]\nnames = [\"VIX\"]\nscale = 0.01\n",
                                "SPX,equity,USD,SP500,0.017,VIX,1\n");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  EXPECT_DOUBLE_EQ(at(series(data, "VIX"), "2020-03-16"), 0.8269);
  EXPECT_DOUBLE_EQ(at(series(data, "SP500"), "2020-03-16"), 2386.13);
}

} // namespace
