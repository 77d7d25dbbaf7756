// Positions: each bad row gives one message with its line, and the others go on.
#include <gtest/gtest.h>

#include "dojima/error.hpp"
#include "dojima/io/read.hpp"
#include "tests/io/files.hpp"
#include "tests/message_of.hpp"

namespace {

using namespace dojima;
using test::temporary_directory;

class portfolio_file : public testing::Test {
protected:
  static void SetUpTestSuite() {
    const temporary_directory dir;
    const test::small_market files;
    files.write_to(dir.path());
    const market_data data = read_market(dir / "market");
    ASSERT_TRUE(data.rejected.empty()) << to_string(data.rejected.front());
    market_ = new market(data.snapshot);
  }
  static void TearDownTestSuite() { delete market_; }

  portfolio_data read(const std::string& text) {
    test::write(dir_ / "p.csv", text);
    return read_portfolio(dir_ / "p.csv", *market_);
  }
  std::string refused(const std::string& text) {
    return test::message_of<input_error>([&] { read(text); });
  }

  static inline market* market_ = nullptr;
  temporary_directory dir_;
  test::small_market files_;
};

TEST_F(portfolio_file, every_product_is_read) {
  const portfolio_data data = read(files_.portfolio);
  EXPECT_TRUE(data.rejected.empty()) << to_string(data.rejected.front());
  ASSERT_EQ(data.trades.size(), 7u);
  EXPECT_EQ(data.trades[1].quantity, -10);
  EXPECT_EQ(std::get<asian_option>(data.trades[5].terms).fixings.size(), 3u);
  EXPECT_EQ(std::get<asian_option>(data.trades[5].terms).fixings[0].value, 100.0);
  EXPECT_EQ(std::get<digital_option>(data.trades[3].terms).cash, 10.0);
  EXPECT_EQ(std::get<barrier_option>(data.trades[4].terms).rebate, 1.0);
  ASSERT_EQ(data.files.size(), 1u);
}

struct bad_row {
  const char* name;
  const char* row;
  const char* what; ///< in the message
  const char* why;
};

TEST_F(portfolio_file, each_bad_row_gives_one_message) {
  const bad_row cases[] = {
      {"short row", "X,a,stock", "3 fields", "header has 15"},
      {"long row", "X,a,stock,AAA,1,USD,,,,,,,,,,7", "16 fields", "header has 15"},
      {"empty id", ",a,stock,AAA,1,USD,,,,,,,,,", "no id", "needs"},
      {"empty book", "X,,stock,AAA,1,USD,,,,,,,,,", "no book", "needs"},
      {"duplicate id", "S1,a,stock,AAA,1,USD,,,,,,,,,", "duplicate id", "line 2"},
      {"unknown product", "X,a,swap,AAA,1,USD,,,,,,,,,", "product 'swap'", "must be one of stock, fx_forward"},
      {"unknown underlying", "X,a,stock,ZZZ,1,USD,,,,,,,,,", "unknown underlying 'ZZZ'", "underlyings"},
      {"no quantity", "X,a,stock,AAA,,USD,,,,,,,,,", "no quantity", "needs"},
      {"text quantity", "X,a,stock,AAA,ten,USD,,,,,,,,,", "quantity 'ten'", "number"},
      {"NaN quantity", "X,a,stock,AAA,NaN,USD,,,,,,,,,", "quantity 'NaN'", "finite"},
      {"infinite quantity", "X,a,stock,AAA,inf,USD,,,,,,,,,", "quantity 'inf'", "finite"},
      {"huge quantity", "X,a,stock,AAA,1e400,USD,,,,,,,,,", "quantity '1e400'", "finite"},
      {"absurd quantity", "X,a,stock,AAA,1e308,USD,,,,,,,,,", "quantity 1e308", "far outside"},
      {"decimal comma", "X,a,stock,AAA,\"1,5\",USD,,,,,,,,,", "quantity '1,5'", "number"},
      {"wrong currency", "X,a,stock,AAA,1,EUR,,,,,,,,,", "currency EUR", "quoted in USD"},
      {"option type", "X,a,european,AAA,1,USD,straddle,100,2023-06-28,,,,,,", "option_type 'straddle'", "call, put"},
      {"no strike", "X,a,european,AAA,1,USD,call,,2023-06-28,,,,,,", "no strike", "needs"},
      {"negative strike", "X,a,european,AAA,1,USD,call,-1,2023-06-28,,,,,,", "strike -1", "above 0"},
      {"zero strike", "X,a,european,AAA,1,USD,call,0,2023-06-28,,,,,,", "strike 0", "above 0"},
      {"bad expiry", "X,a,european,AAA,1,USD,call,100,2023-02-29,,,,,,", "expiry '2023-02-29'", "calendar"},
      {"US expiry", "X,a,european,AAA,1,USD,call,100,6/28/2023,,,,,,", "expiry '6/28/2023'", "YYYY-MM-DD"},
      {"expired", "X,a,european,AAA,1,USD,call,100,2022-12-01,,,,,,", "expired on 2022-12-01", "2022-12-28"},
      {"expires today", "X,a,european,AAA,1,USD,call,100,2022-12-28,,,,,,", "expired on 2022-12-28", "valuation date"},
      {"expired forward", "X,a,fx_forward,EURUSD,1,USD,,1.05,2020-12-28,,,,,,", "expired on 2020-12-28", "valuation date"},
      {"stock on a pair", "X,a,stock,EURUSD,1,USD,,,,,,,,,", "stock on the pair", "pair"},
      {"forward on a stock", "X,a,fx_forward,AAA,1,USD,,1.05,2023-12-28,,,,,,", "fx_forward on AAA", "pair"},
      {"no volatility", "X,a,european,USDJPY,1,JPY,call,140,2023-06-28,,,,,,", "no volatility for USDJPY", "need"},
      {"digital type", "X,a,digital,AAA,1,USD,call,100,2023-06-28,money,10,,,,", "digital_type 'money'", "cash, asset"},
      {"no payout", "X,a,digital,AAA,1,USD,call,100,2023-06-28,cash,,,,,", "no payout", "needs"},
      {"barrier type", "X,a,barrier,AAA,1,USD,call,100,2023-06-28,,,up,150,,", "barrier_type 'up'", "must be one of"},
      {"touched barrier", "X,a,barrier,AAA,1,USD,call,100,2023-06-28,,,up_and_out,50,,", "already touched", "spot"},
      {"negative rebate", "X,a,barrier,AAA,1,USD,call,100,2023-06-28,,,up_and_out,150,-1,", "rebate -1", "negative"},
      {"no fixings", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,", "no fixings", "needs"},
      {"bad fixing", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,2023-13-01", "fixing '2023-13-01'", "date=value"},
      {"empty fixing", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,2023-02-01;", "fixing ''", "date=value"},
      {"fixing value", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,2022-02-01=x;2023-02-01", "fixing '2022-02-01=x'",
       "number"},
      {"fixing without value", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,2022-02-01;2023-02-01", "without value", "before"},
      {"fixings out of order", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,2023-02-01;2023-01-01", "fixing 2023-01-01",
       "increase"},
      {"fixing after expiry", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,2023-07-01", "fixing 2023-07-01", "expiry"},
      {"unused barrier", "X,a,european,AAA,1,USD,call,100,2023-06-28,,,,150,,", "barrier '150'", "european does not use it"},
      {"unused strike", "X,a,stock,AAA,1,USD,,100,,,,,,,", "strike '100'", "stock does not use it"},
  };
  const std::size_t bad_line = 4; // in the middle: lines 2, 3 and all behind must go on
  for (const bad_row& c : cases) {
    std::vector<std::string> lines = test::lines_of(files_.portfolio);
    lines.insert(lines.begin() + bad_line - 1, c.row);
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    const portfolio_data data = read(text);
    EXPECT_EQ(data.trades.size(), 7u) << c.name;
    ASSERT_EQ(data.rejected.size(), 1u) << c.name;
    const rejection& r = data.rejected.front();
    EXPECT_TRUE(r.file.ends_with("p.csv")) << c.name;
    EXPECT_EQ(r.line, static_cast<long>(bad_line)) << c.name;
    EXPECT_NE(r.what.find(c.what), std::string::npos) << c.name << ": " << to_string(r);
    EXPECT_NE(r.why.find(c.why), std::string::npos) << c.name << ": " << to_string(r);
    EXPECT_FALSE(r.suggestion.empty()) << c.name;
    EXPECT_FALSE(r.warning) << c.name;
    EXPECT_EQ(to_string(r).find('\n'), std::string::npos) << c.name;
  }
}

TEST_F(portfolio_file, says_what_was_touched) {
  const std::string head = "id,book,product,underlying,quantity,option_type,strike,expiry,barrier_type,barrier,touched\n";
  const portfolio_data data = read(head + "1,a,barrier,AAA,1,call,100,2023-06-28,up_and_in,50,yes\n"
                                          "2,a,barrier,AAA,1,call,100,2023-06-28,up_and_in,150,\n"
                                          "3,a,barrier,AAA,1,call,100,2023-06-28,up_and_in,150,perhaps\n");
  ASSERT_EQ(data.trades.size(), 2u);
  EXPECT_TRUE(std::get<barrier_option>(data.trades[0].terms).touched);
  EXPECT_FALSE(std::get<barrier_option>(data.trades[1].terms).touched);
  ASSERT_EQ(data.rejected.size(), 1u);
  EXPECT_NE(data.rejected[0].what.find("touched 'perhaps'"), std::string::npos);
}

/// Rows of the newer products, with their columns alone.
TEST_F(portfolio_file, each_bad_cell_of_a_product_gives_one_message) {
  const bad_row cases[] = {
      {"monitoring value",
       "option_type,strike,expiry,barrier_type,barrier,monitoring\nbarrier,AAA,call,100,2023-06-28,up_and_out,"
       "150,2023-02-01=5",
       "monitoring '2023-02-01=5'", "without a value"},
      {"averaging", "option_type,strike,expiry,fixings,averaging\nasian,AAA,call,100,2023-06-28,2023-02-01,harmonic",
       "averaging 'harmonic'", "arithmetic, geometric"},
      {"two strikes", "option_type,strike,expiry,fixings,average_strike\nasian,AAA,call,100,2023-06-28,2023-02-01,yes",
       "strike '100'", "does not use it"},
      {"barriers crossed",
       "option_type,strike,expiry,barrier_type,lower_barrier,upper_barrier\ndouble_barrier,AAA,call,100,"
       "2023-06-28,knock_out,150,80",
       "upper barrier 80", "above the lower 150"},
      {"one barrier of two",
       "option_type,strike,expiry,barrier_type,lower_barrier\ndouble_barrier,AAA,call,100,2023-06-28,"
       "knock_out,80",
       "no upper_barrier", "needs"},
      {"touch type", "expiry,barrier_type,barrier,payout\none_touch,AAA,2023-06-28,up_and_out,150,1",
       "barrier_type 'up_and_out'", "down, up"},
      {"no touch at hit", "expiry,barrier_type,barrier,payout,pay_at\nno_touch,AAA,2023-06-28,up,150,1,hit", "pay_at 'hit'",
       "does not use it"},
      {"no fixings", "option_type,expiry\nlookback,AAA,call,2023-06-28", "no fixings", "needs"},
      {"other first", "option_type,strike,expiry,basket_type,components\nbasket,AAA,call,100,2023-06-28,sum,BBB:1;AAA:1",
       "first component BBB", "the underlying is AAA"},
      {"no weight", "option_type,strike,expiry,basket_type,components\nbasket,AAA,call,100,2023-06-28,sum,AAA:1;BBB",
       "component 'BBB'", "NAME:number"},
      {"text weight", "option_type,strike,expiry,basket_type,components\nbasket,AAA,call,100,2023-06-28,sum,AAA:one",
       "component 'AAA:one'", "no number"},
      {"two currencies", "option_type,strike,expiry,basket_type,components\nbasket,AAA,call,100,2023-06-28,sum,AAA:1;BBB:1",
       "BBB is quoted in EUR", "USD"},
      {"unknown component", "option_type,strike,expiry,basket_type,components\nbasket,AAA,call,100,2023-06-28,sum,AAA:1;ZZZ:1",
       "unknown underlying 'ZZZ'", "market"},
      {"basket type", "option_type,strike,expiry,basket_type,components\nbasket,AAA,call,100,2023-06-28,second,AAA:1",
       "basket_type 'second'", "sum, best, worst"},
      {"floor above cap", "fixings,local_floor,local_cap\ncliquet,AAA,2022-12-28;2023-06-28,0.1,0.05", "floor above its cap",
       ""},
      {"two resets", "option_type,moneyness,fixings,expiry\nforward_start,AAA,call,1,2023-02-01;2023-03-01,2023-06-28",
       "2 fixings", "has one"},
      {"performance", "option_type,moneyness,fixings,expiry,performance\nforward_start,AAA,call,1,2023-02-01,2023-06-28,maybe",
       "performance 'maybe'", "no, yes"},
      {"late choice", "choice,strike,expiry\nchooser,AAA,2023-07-28,100,2023-06-28", "choice date 2023-07-28", "between"},
      {"no inner type", "option_type,strike,expiry,inner_strike,inner_expiry\ncompound,AAA,call,5,2023-03-28,100,2023-06-28",
       "no inner_type", "needs"},
      {"one fixing", "strike,fixings\nvariance_swap,AAA,0.05,2023-06-28", "fewer than two fixings", "two ends"},
      {"no year", "strike,fixings,annual_factor\nvolatility_swap,AAA,0.2,2022-12-28;2023-06-28,0", "annual factor 0",
       "above 0"},
      {"past observation",
       "components,fixings,coupon,coupon_barrier,call_level,protection\nautocallable,AAA,AAA:100,2022-06-28;"
       "2023-06-28,0.05,0.7,1,0.6",
       "expired on 2022-06-28", ""},
      {"observed value",
       "components,fixings,coupon,coupon_barrier,call_level,protection\nautocallable,AAA,AAA:100,2023-06-28=99,"
       "0.05,0.7,1,0.6",
       "fixings '2023-06-28=99'", "without a value"},
      {"no reference",
       "components,fixings,coupon,coupon_barrier,call_level,protection\nautocallable,AAA,AAA:0,2023-06-28,0.05,0.7,"
       "1,0.6",
       "reference 0", "above 0"},
      {"missed",
       "components,fixings,coupon,coupon_barrier,call_level,protection,missed\nautocallable,AAA,AAA:100,2023-06-28,0.05,"
       "0.7,1,0.6,-1",
       "missed -1", "negative"},
  };
  for (const bad_row& c : cases) {
    const std::vector<std::string> lines = test::lines_of(c.row);
    const portfolio_data data = read("id,book,quantity,product,underlying," + lines[0] + "\nX,a,1," + lines[1] + "\n");
    EXPECT_TRUE(data.trades.empty()) << c.name;
    ASSERT_EQ(data.rejected.size(), 1u) << c.name;
    const rejection& r = data.rejected.front();
    EXPECT_EQ(r.line, 2) << c.name;
    EXPECT_NE(r.what.find(c.what), std::string::npos) << c.name << ": " << to_string(r);
    EXPECT_NE(r.why.find(c.why), std::string::npos) << c.name << ": " << to_string(r);
  }
}

TEST_F(portfolio_file, an_open_quote_costs_one_position) {
  const portfolio_data data = read(test::with(files_.portfolio, "S1,a", "\"S1,a"));
  EXPECT_EQ(data.trades.size(), 6u);
  ASSERT_EQ(data.rejected.size(), 1u);
  EXPECT_EQ(data.rejected.front().line, 2);
}

TEST_F(portfolio_file, a_long_cell_is_cut_in_messages) {
  const std::string giant(1 << 20, 'Z');
  for (const char* row :
       {"%,a,stock,ZZ,1,USD,,,,,,,,,", "X,a,%,AAA,1,USD,,,,,,,,,", "X,a,stock,%,1,USD,,,,,,,,,", "X,a,stock,AAA,%,USD,,,,,,,,,",
        "X,a,stock,AAA,1,%,,,,,,,,,", "X,a,asian,AAA,1,USD,call,100,2023-06-28,,,,,,%"}) {
    const portfolio_data data = read(files_.portfolio + test::with(row, "%", giant) + "\n");
    ASSERT_EQ(data.rejected.size(), 1u) << row;
    EXPECT_LT(to_string(data.rejected.front()).size(), dir_.path().string().size() + 600) << row;
  }
}

TEST_F(portfolio_file, a_misspelt_column_is_named) {
  const portfolio_data data = read(test::with(files_.portfolio, ",rebate,", ",rebates,"));
  EXPECT_EQ(data.trades.size(), 7u);
  ASSERT_EQ(data.rejected.size(), 1u);
  EXPECT_TRUE(data.rejected.front().warning);
  EXPECT_EQ(data.rejected.front().line, 1);
  EXPECT_EQ(data.rejected.front().what, "column 'rebates'");
}

TEST_F(portfolio_file, a_pipe_is_read_once) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], files_.portfolio.data(), files_.portfolio.size()), static_cast<ssize_t>(files_.portfolio.size()));
  close(ends[1]);
  const portfolio_data data = read_portfolio("/dev/fd/" + std::to_string(ends[0]), *market_);
  close(ends[0]);
  EXPECT_EQ(data.trades.size(), 7u);
  ASSERT_EQ(data.files.size(), 1u);
  EXPECT_EQ(data.files[0].bytes, files_.portfolio.size());
}

TEST_F(portfolio_file, columns_may_stand_in_any_order) {
  const portfolio_data data = read("quantity,underlying,product,book,id\n5,AAA,stock,a,S1\n");
  EXPECT_TRUE(data.rejected.empty());
  ASSERT_EQ(data.trades.size(), 1u);
  EXPECT_EQ(data.trades[0].quantity, 5);
}

TEST_F(portfolio_file, refuses_what_is_no_portfolio) {
  EXPECT_NE(refused("").find("empty file"), std::string::npos);
  EXPECT_NE(refused(test::lines_of(files_.portfolio)[0] + "\n").find("no positions"), std::string::npos);
  EXPECT_NE(refused(test::with(files_.portfolio, ",quantity,", ",qty,")).find(":1: no column 'quantity'"), std::string::npos);
  EXPECT_NE(refused(test::with(files_.portfolio, ",book,", ",id,")).find("'id' stands twice"), std::string::npos);
  EXPECT_NE(refused(test::with(files_.portfolio, ",", ";")).find("semicolons"), std::string::npos);
}

TEST_F(portfolio_file, every_prefix_of_a_file_is_survived) {
  for (std::size_t size = 0; size < files_.portfolio.size(); size += 7) {
    try {
      const portfolio_data data = read(files_.portfolio.substr(0, size));
      EXPECT_LE(data.rejected.size(), 1u) << size;
    } catch (const input_error&) { // inside the header
      EXPECT_LE(size, test::lines_of(files_.portfolio)[0].size() + 1);
    }
  }
}

} // namespace
