// Files in ORE's form: curves and surfaces reprice their quotes, each trade is read or listed with its id and type.
#include <gtest/gtest.h>

#include "dojima/error.hpp"
#include "dojima/market/calendar.hpp"
#include "dojima/pricing/report.hpp"
#include "tests/io/ore_files.hpp"
#include "tests/message_of.hpp"

namespace {

using namespace dojima;

date on(const char* text) { return parse_date(text).value(); }

std::string all(const std::vector<rejection>& rejected) {
  std::string text;
  for (const rejection& r : rejected) text += to_string(r) + "\n";
  return text;
}

class ore : public testing::Test {
protected:
  market_data read() {
    files_.write_to(dir_.path());
    return read_market(dir_.path());
  }
  std::string refused() {
    return test::message_of<input_error>([&] { read(); });
  }
  portfolio_data trades(const std::string& inside, const market& m) {
    test::write(dir_ / "p.xml", "<?xml version=\"1.0\"?>\n<Portfolio>\n" + inside + "</Portfolio>\n");
    return read_portfolio(dir_ / "p.xml", m);
  }
  /// A market whose TULIP has premiums.
  market_data complete() {
    files_.quotes += test::tulip_premiums("2024-09-20", 190 / 365.0, 101, 0.98);
    files_.quotes += test::tulip_premiums("2025-09-19", 554 / 365.0, 103, 0.95);
    return read();
  }

  test::ore_market files_;
  test::temporary_directory dir_;
};

TEST_F(ore, curves_reprice_their_instruments) {
  const market_data data = complete();
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  const market& m = data.snapshot;
  EXPECT_EQ(m.as_of, on("2024-03-14"));
  EXPECT_EQ(m.base_currency, "EUR");
  EXPECT_EQ(m.curves.size(), 2u); // of the configuration that is asked for
  EXPECT_DOUBLE_EQ(m.fx.at("USD"), 1 / 1.25);
  EXPECT_DOUBLE_EQ(m.underlyings.at("EURUSD").spot, 1.25);

  // The discount curve lies 10 basis points below the one that the swaps are on.
  const auto ester = [&](date day) { return m.curves.at("EUR").discount(m.time_to(day)) * std::exp(-0.001 * m.time_to(day)); };
  const auto years = [&](date a, date b) { return year_fraction(a, b, day_count::act_360); };
  EXPECT_NEAR(ester(on("2024-03-15")) * (1 + 0.039 / 360), 1.0, 1e-14);
  const struct {
    double rate;
    std::vector<date> ends, paid;
  } swaps[] = {{0.038, {on("2024-09-18")}, {on("2024-09-19")}},
               {0.036, {on("2025-03-18")}, {on("2025-03-19")}},
               {0.033, {on("2024-09-18"), on("2025-09-18")}, {on("2024-09-19"), on("2025-09-19")}}};
  for (const auto& swap : swaps) {
    date start = on("2024-03-18");
    double value = 0;
    for (std::size_t i = 0; i < swap.ends.size(); start = swap.ends[i++])
      value += ester(swap.paid[i]) * (swap.rate * years(start, swap.ends[i]) - (ester(start) / ester(swap.ends[i]) - 1));
    EXPECT_NEAR(value, 0.0, 1e-14) << swap.rate;
  }
  EXPECT_NEAR(m.curves.at("USD").zero_rate(m.time_to(on("2025-03-14"))), 0.05, 1e-15);
  const double time = m.time_to(on("2027-03-14"));
  EXPECT_NEAR(m.curves.at("USD").zero_rate(time), 0.05 - 0.01 * (time - 1) / (m.time_to(on("2029-03-14")) - 1), 1e-14);
}

TEST_F(ore, forwards_and_volatilities_come_back_from_their_quotes) {
  const market m = complete().snapshot;
  const auto forward = [&](const char* name, const char* day) {
    const underlying& u = m.underlyings.at(name);
    const double time = m.time_to(on(day));
    return u.spot * std::exp(m.log_carry(u, time) - m.curves.at(u.currency).log_discount(time));
  };
  EXPECT_NEAR(forward("RIC:.RICE", "2025-03-14"), 51.5, 1e-12);
  EXPECT_NEAR(forward("RIC:.RICE", "2027-03-15"), 54.0, 1e-12);
  const volatility& rice = *m.underlyings.at("RIC:.RICE").surface;
  EXPECT_DOUBLE_EQ(volatility_at(rice, 1.0, 40), 0.3);
  EXPECT_DOUBLE_EQ(volatility_at(rice, 1.0, 45), std::sqrt(0.5 * 0.09 + 0.5 * 0.0625)); // variance is linear in strike
  EXPECT_DOUBLE_EQ(volatility_at(rice, 3.5, 55), 0.22);                                 // 55 is not among the strikes
  const volatility& pair = *m.underlyings.at("EURUSD").surface;
  EXPECT_DOUBLE_EQ(volatility_at(pair, m.time_to(on("2026-03-16")), 1.5), 0.09); // two years end on a Saturday
  EXPECT_DOUBLE_EQ(volatility_at(pair, m.time_to(on("2024-09-16")), 1.5), 0.08);
}

TEST_F(ore, curves_may_be_given_in_other_ways) {
  const test::ore_market sound = files_;
  const auto dollars = [](const market_data& d, const char* day) {
    return d.snapshot.curves.at("USD").discount(d.snapshot.time_to(on(day)));
  };
  const curve euros = read().snapshot.curves.at("EUR");
  files_.conventions = test::with(files_.conventions, "<IndexBased>true</IndexBased><Index>EUR-ESTER</Index>",
                                  "<IndexBased>false</IndexBased><Calendar>TARGET</Calendar><Convention>Following</Convention>"
                                  "<DayCounter>A360</DayCounter>");
  EXPECT_EQ(read().snapshot.curves.at("EUR").log_discounts(), euros.log_discounts());

  files_ = sound;
  files_.curve_config = test::with(files_.curve_config, "<Type>Zero</Type>", "<Type>Discount</Type>");
  files_.curve_config = test::with(files_.curve_config, "ZERO/RATE/USD/OWN/A365/1Y", "DISCOUNT/RATE/USD/OWN/18M");
  files_.curve_config =
      test::with(files_.curve_config, "ZERO/RATE/USD/OWN/A365/2029-03-14", "DISCOUNT/RATE/USD/OWN/2029-03-14");
  files_.quotes += "2024-03-14 DISCOUNT/RATE/USD/OWN/18M 0.93\n2024-03-14 DISCOUNT/RATE/USD/OWN/2029-03-14 0.8\n";
  const market_data discounts = read();
  EXPECT_NEAR(dollars(discounts, "2025-09-15"), 0.93, 1e-15); // the 14th is a Sunday
  EXPECT_NEAR(dollars(discounts, "2029-03-14"), 0.8, 1e-15);
}

TEST_F(ore, equities_may_be_given_in_other_ways) {
  const test::ore_market sound = files_;
  const auto rice = [&] { return read().snapshot; };
  const auto forward = [](const market& m, double time) {
    const underlying& u = m.underlyings.at("RIC:.RICE");
    return u.spot * std::exp(m.log_carry(u, time) - m.curves.at("USD").log_discount(time));
  };
  const auto configured = [&](const char* from, const char* to) {
    files_.curve_config = test::with(files_.curve_config, from, to);
  };
  const double year = 1.0;
  configured("<Type>ForwardPrice</Type>", "<Type>NoDividends</Type>");
  EXPECT_NEAR(forward(rice(), year), 50 * std::exp(0.05), 1e-12);

  // Under another forecasting curve the forward is that curve's, discounted by the currency's.
  configured("<ForecastingCurve>USD-ZERO", "<ForecastingCurve>EUR-DISCOUNT");
  const market other = rice();
  const double node = other.curves.at("USD").times().front();
  EXPECT_NEAR(forward(other, node), 50 / other.curves.at("EUR").discount(node), 1e-12);

  files_ = sound;
  configured("<Type>ForwardPrice</Type>", "<Type>DividendYield</Type>");
  configured("EQUITY_FWD/PRICE/RIC:.RICE/USD/1Y", "EQUITY_DIVIDEND/RATE/RIC:.RICE/USD/1Y");
  configured("EQUITY_FWD/PRICE/RIC:.RICE/USD/2027-03-15", "EQUITY_DIVIDEND/RATE/RIC:.RICE/USD/2Y");
  files_.quotes +=
      "2024-03-14 EQUITY_DIVIDEND/RATE/RIC:.RICE/USD/1Y 0.02\n2024-03-14 EQUITY_DIVIDEND/RATE/RIC:.RICE/USD/2Y 0.03\n";
  EXPECT_NEAR(forward(rice(), year), 50 * std::exp(0.03), 1e-12);

  const auto volatility_of = [](const market& m, double time, double strike) {
    return volatility_at(m.underlyings.at("RIC:.RICE").surface.value(), time, strike);
  };
  const char* const smile = "<Dimension>Smile</Dimension>";
  files_ = sound;
  configured(smile, "<Constant><Quote>EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/1Y/60</Quote></Constant>");
  EXPECT_EQ(volatility_of(rice(), 3, 10), 0.24);

  files_ = sound;
  configured(smile,
             "<VolatilityConfig><Curve><Quotes><Quote>EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/*/50</Quote></Quotes></Curve>"
             "</VolatilityConfig>");
  const market term = rice();
  EXPECT_DOUBLE_EQ(volatility_of(term, 1, 10), 0.25);
  EXPECT_DOUBLE_EQ(volatility_of(term, 4, 10), 0.22);

  // Of calls and puts those out of the money count: the forward is 51.5.
  files_ = sound;
  configured("<Strikes>40,50,60</Strikes>", "<Strikes>*</Strikes>");
  files_.quotes += "2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/1Y/50/P 0.26\n"
                   "2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/1Y/60/P 0.5\n";
  const market both = rice();
  EXPECT_DOUBLE_EQ(volatility_of(both, 1, 50), 0.26);
  EXPECT_DOUBLE_EQ(volatility_of(both, 1, 60), 0.24);
  EXPECT_DOUBLE_EQ(volatility_of(both, 1, 40), 0.26); // no put there
}

/// Premiums made with the very curve that they are read under.
TEST_F(ore, premiums_give_back_forward_and_volatility) {
  const market before = complete().snapshot;
  files_ = {};
  const double time = before.time_to(on("2024-09-20")), discount = before.curves.at("EUR").discount(time);
  files_.quotes += test::tulip_premiums("2024-09-20", time, 101, discount);
  const market_data data = read();
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  const underlying& tulip = data.snapshot.underlyings.at("RIC:.TULIP");
  EXPECT_NEAR(100 * std::exp(data.snapshot.log_carry(tulip, time)) / discount, 101, 1e-11);
  for (const double strike : {60.0, 95.0, 100.0, 105.0, 140.0})
    EXPECT_NEAR(volatility_at(*tulip.surface, time, strike), 0.35 - 0.001 * strike, 1e-10) << strike;

  // ORE stops looking where the bracket is narrower than its accuracy, 1e-4 unless told otherwise.
  files_.curve_config =
      test::with(files_.curve_config, "<OneDimSolverConfig><Accuracy>1e-13</Accuracy></OneDimSolverConfig>", "");
  const underlying coarse = read().snapshot.underlyings.at("RIC:.TULIP");
  double worst = 0;
  for (double strike = 60; strike <= 140; strike += 5)
    worst = std::max(worst, std::abs(volatility_at(*coarse.surface, time, strike) - (0.35 - 0.001 * strike)));
  EXPECT_LT(worst, 1e-4);
  EXPECT_GT(worst, 1e-8);
}

TEST_F(ore, past_prices_are_histories_and_fixings) {
  const market_data data = complete();
  ASSERT_EQ(data.history.size(), 3u);
  for (const factor_series& s : data.history)
    if (s.name == "RIC:.RICE") {
      EXPECT_EQ(s.dates, (std::vector{on("2024-03-11"), on("2024-03-12"), on("2024-03-13"), on("2024-03-14")}));
      EXPECT_EQ(s.values, (std::vector{48.0, 48.5, 49.0, 50.0}));
    }
  EXPECT_EQ(data.snapshot.fixings.at("RIC:.RICE").at(on("2024-03-12")), 48.5);
  EXPECT_EQ(data.snapshot.fixings.at("EURUSD").at(on("2024-03-12")), 1.24);
}

TEST_F(ore, what_cannot_be_built_is_listed_and_the_rest_goes_on) {
  const market_data data = read();
  ASSERT_EQ(data.rejected.size(), 1u) << all(data.rejected);
  EXPECT_EQ(data.rejected[0].id, "RIC:.TULIP");
  EXPECT_EQ(data.rejected[0].why, "no quote gives a forward after 2024-03-14");
  EXPECT_EQ(data.snapshot.underlyings.size(), 2u);
}

struct fault {
  const char* name;
  std::string test::ore_market::*file;
  const char *from, *to;
  const char* said;
};

TEST_F(ore, each_fault_of_a_market_is_named) {
  files_.quotes += test::tulip_premiums("2024-09-20", 190 / 365.0, 101, 0.98);
  const test::ore_market sound = files_;
  using f = test::ore_market;
  const fault faults[] = {
      {"segment", &f::curve_config, "<Type>Zero</Type>", "<Type>Tenor Basis Swap</Type>",
       "curveconfig.xml:42: USD: Type 'Tenor Basis Swap' (the kinds of segment that are read are Deposit, OIS, Zero, Discount"},
      {"quote", &f::quotes, "IR_SWAP/RATE/EUR/ESTER/2D/1D/5Y", "IR_SWAP/RATE/EUR/ESTER/2D/1D/6Y",
       "Quote 'IR_SWAP/RATE/EUR/ESTER/2D/1D/5Y' (not quoted on 2024-03-14"},
      {"not overnight", &f::curve_config, "IR_SWAP/RATE/EUR/ESTER/2D/1D/5Y", "IR_SWAP/RATE/EUR/EURIBOR/2D/6M/5Y",
       "quote IR_SWAP/RATE/EUR/EURIBOR/2D/6M/5Y is no overnight swap"},
      {"curve", &f::todays_market, "Yield/USD/USD-ZERO", "Yield/USD/USD-SOFR", "no <YieldCurve> of CurveId USD-SOFR"},
      {"circle", &f::curve_config, "<ReferenceCurve>EUR-ESTER", "<ReferenceCurve>EUR-DISCOUNT", "is made from itself"},
      {"convention", &f::conventions, "<Id>EUR-OIS</Id>", "<Id>EUR-IRS</Id>", "no conventions of this Id"},
      {"index", &f::conventions, "<SpotLag>2</SpotLag><Index>EUR-ESTER", "<SpotLag>2</SpotLag><Index>JPY-TONAR",
       "Index 'JPY-TONAR' (the known indices are"},
      {"days", &f::conventions, "<FixedDayCounter>A360", "<FixedDayCounter>ActAct",
       "FixedDayCounter 'ActAct' (must be one of A365"},
      {"calendar", &f::conventions, "<TenorCalendar>US", "<TenorCalendar>MARS",
       "TenorCalendar 'MARS' (the known calendars are"},
      {"month end", &f::conventions, "<EOM>false", "<EOM>true", "EOM 'true' (rolling at the end of the month is not read)"},
      {"spot", &f::curve_config, "<SpotQuote>EQUITY/PRICE/RIC:.RICE/USD", "<SpotQuote>EQUITY/PRICE/RIC:.RICE/EUR",
       "SpotQuote 'EQUITY/PRICE/RIC:.RICE/EUR' (not quoted on"},
      {"exercise", &f::curve_config, "<ExerciseStyle>European", "<ExerciseStyle>American",
       "ExerciseStyle 'American' (only premiums of European options are read)"},
      {"surface", &f::curve_config, "<StrikeSurface priority=\"1\">",
       "<StrikeSurface priority=\"1\"><QuoteType>Rumour</QuoteType>", "<QuoteType> is there twice"},
      {"dimension", &f::curve_config, "<Dimension>Smile", "<Dimension>Cube", "Dimension 'Cube' (must be one of ATM, Smile)"},
      {"percent", &f::quotes, "USD/1Y/40 0.3", "USD/1Y/40 30", "is it quoted in percent?"},
      {"wide", &f::quotes, "ESTER/2D/1D/5Y 0.026", "ESTER/2D/1D/5Y -99", "no discount factor fits overnight swap"},
      {"twice", &f::quotes, "2024-03-14;FX/RATE/EUR/USD;1.25", "2024-03-14;FX/RATE/EUR/USD;1.25\n20240314 FX/RATE/EUR/USD 9",
       "quotes.txt:6: FX/RATE/EUR/USD: a second quote (already on line 5, which is kept)"},
      {"date", &f::quotes, "2024-03-13,", "2024-02-30,", "quotes.txt:4: date '2024-02-30' (not a day of the calendar"},
      {"value", &f::quotes, "USD;1.25", "USD;1.25\n2024-03-14 FX/RATE/EUR/CHF low",
       "quotes.txt:6: value 'low' of FX/RATE/EUR/CHF"},
      {"parts", &f::quotes, "USD;1.25", "USD;1.25\n2024-03-14",
       "quotes.txt:6: a line of 1 parts (date, key and value are needed)"},
      {"smile", &f::curve_config, "<Dimension>ATM", "<Dimension>Smile",
       "volatilities by delta (only those at the money are read"},
      {"spline", &f::curve_config, "<InterpolationMethod>Linear", "<InterpolationMethod>NaturalCubic",
       "interpolation NaturalCubic of Zero (not known; discount factors are taken as log-linear)"}};
  for (const fault& x : faults) {
    SCOPED_TRACE(x.name);
    files_ = sound;
    files_.*x.file = test::with(files_.*x.file, x.from, x.to);
    const market_data data = read();
    EXPECT_NE(all(data.rejected).find(x.said), std::string::npos) << all(data.rejected);
    EXPECT_FALSE(data.snapshot.underlyings.empty());
  }
}

TEST_F(ore, a_market_that_cannot_be_read_says_why) {
  const test::ore_market sound = files_;
  using f = test::ore_market;
  const fault faults[] = {
      {"open element", &f::curve_config, "</CurveConfiguration>", "", "not XML"},
      {"wrong root", &f::todays_market, "TodaysMarket>", "Tuesday>",
       "todaysmarket.xml:1: root element <Tuesday> (a <TodaysMarket> is needed)"},
      {"no date", &f::ore, "2024-03-14", "soon", "ore.xml:3: Setup (asofDate 'soon' is no day"},
      {"old quotes", &f::ore, "2024-03-14", "2024-04-14", "no quote of 2024-04-14 (the latest is of 2024-03-14)"},
      {"no setup", &f::ore, "Setup>", "Upset>", "no <Setup> (<ORE> needs it)"}};
  for (const fault& x : faults) {
    SCOPED_TRACE(x.name);
    files_ = sound;
    files_.*x.file = test::with(files_.*x.file, x.from, x.to);
    const std::string said = refused();
    EXPECT_NE(said.find(x.said), std::string::npos) << said;
  }
  files_ = sound;
  files_.quotes = "# none\n";
  EXPECT_NE(refused().find("quotes.txt: no quotes"), std::string::npos);
  files_ = sound;
  files_.todays_market = " \n";
  EXPECT_NE(refused().find("todaysmarket.xml: is empty"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  files_.todays_market = "<TodaysMarket>" + deep;
  EXPECT_NE(refused().find("not XML"), std::string::npos);
}

const char* const option_data = R"(<OptionData><LongShort>Long</LongShort><OptionType>Call</OptionType><Style>European</Style>
<Settlement>Cash</Settlement><ExerciseDates><ExerciseDate>2025-03-14</ExerciseDate></ExerciseDates></OptionData>)";
const char* const rice = "<Name>RIC:.RICE</Name><Currency>USD</Currency>";

std::string trade_text(const std::string& type, const std::string& data, const std::string& id = "T") {
  return "<Trade id=\"" + id + "\"><TradeType>" + type + "</TradeType><Envelope><CounterParty>C</CounterParty></Envelope><" +
         type + "Data>\n" + data + "\n</" + type + "Data></Trade>\n";
}
std::string short_put(const std::string& text) { return test::with(test::with(text, "Long<", "Short<"), "Call", "Put"); }
std::string american(const std::string& text) { return test::with(text, "European", "American"); }
std::string barrier_data(const std::string& type, const std::string& levels) {
  return "<BarrierData><Type>" + type + "</Type><Levels>" + levels + "</Levels></BarrierData>";
}

TEST_F(ore, each_type_of_trade_is_read) {
  const market m = complete().snapshot;
  const auto one = [&](const std::string& text) {
    const portfolio_data data = trades(text, m);
    EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
    if (data.trades.size() != 1) throw std::runtime_error("not read:\n" + text);
    EXPECT_EQ(data.trades[0].id, "T");
    EXPECT_EQ(data.trades[0].book, "C");
    return data.trades[0];
  };
  const std::string option = option_data, equity = rice;
  const date expiry = on("2025-03-14");
  {
    const trade t = one(trade_text("EquityOption", short_put(option) + equity + "<Strike>48</Strike><Quantity>30</Quantity>"));
    EXPECT_EQ(t.underlying, "RIC:.RICE");
    EXPECT_EQ(t.quantity, -30);
    const auto& c = std::get<european_option>(t.terms);
    EXPECT_EQ(c.type, option_type::put);
    EXPECT_EQ(c.strike, 48);
    EXPECT_EQ(c.expiry, expiry);
  }
  {
    const trade t =
        one(trade_text("EquityOption", american(option) + "<Underlying><Type>Equity</Type><Name>.RICE</Name>"
                                                          "<IdentifierType>RIC</IdentifierType></Underlying>"
                                                          "<StrikeData><StrikePrice><Value>48</Value><Currency>USD</Currency>"
                                                          "</StrikePrice></StrikeData><Quantity>1</Quantity>"));
    EXPECT_EQ(std::get<american_option>(t.terms).strike, 48);
  }
  {
    const trade t = one(
        trade_text("EquityBarrierOption", option + barrier_data("UpAndIn", "<Level>70</Level>") + equity +
                                              "<Strike>48</Strike><Quantity>2</Quantity><StartDate>2024-03-11</StartDate>"));
    const auto& c = std::get<barrier_option>(t.terms);
    EXPECT_TRUE(c.up && c.knock_in && !c.touched);
    EXPECT_EQ(c.barrier, 70);
  }
  for (const std::string touched : {"<StartDate>2024-03-01</StartDate>", "<OverrideTriggered>true</OverrideTriggered>"}) {
    const bool by_fixing = touched.starts_with("<S"); // 48 on 2024-03-11
    std::string data = barrier_data("DownAndIn", by_fixing ? "<Level>48.2</Level>" : "<Level>30</Level>");
    if (!by_fixing) data = test::with(data, "</Levels>", "</Levels>" + touched);
    const trade t = one(trade_text("EquityBarrierOption", option + data + equity + "<Strike>48</Strike><Quantity>2</Quantity>" +
                                                              (by_fixing ? touched : "")));
    EXPECT_TRUE(std::get<barrier_option>(t.terms).touched) << touched;
  }
  {
    const trade t =
        one(trade_text("EquityDoubleBarrierOption", option + barrier_data("KnockOut", "<Level>30</Level><Level>70</Level>") +
                                                        equity + "<Strike>48</Strike><Quantity>2</Quantity>"));
    const auto& c = std::get<double_barrier_option>(t.terms);
    EXPECT_EQ(c.lower, 30);
    EXPECT_EQ(c.upper, 70);
    EXPECT_FALSE(c.knock_in);
  }
  {
    const trade t = one(trade_text("EquityDigitalOption", option + equity +
                                                              "<Strike>48</Strike><PayoffCurrency>USD</PayoffCurrency>"
                                                              "<PayoffAmount>7</PayoffAmount><Quantity>3</Quantity>"));
    EXPECT_EQ(std::get<digital_option>(t.terms).cash, 7.0);
    EXPECT_EQ(t.quantity, 3);
  }
  {
    const trade t = one(trade_text("EquityTouchOption", option + barrier_data("DownAndOut", "<Level>40</Level>") + equity +
                                                            "<PayoffAmount>7</PayoffAmount>"));
    const auto& c = std::get<touch_option>(t.terms);
    EXPECT_TRUE(c.no_touch && !c.up && !c.at_hit);
    EXPECT_EQ(c.cash, 7);
  }
  {
    const std::string asian_data =
        test::with(option, "<Style>", "<PayoffType>Asian</PayoffType><PayoffType2>Geometric</PayoffType2><Style>");
    const trade t = one(
        trade_text("EquityAsianOption",
                   asian_data + equity +
                       "<Quantity>1</Quantity><StrikeData><Value>48</Value><Currency>USD</Currency></StrikeData>"
                       "<Settlement>2025-03-18</Settlement><ObservationDates><Rules><StartDate>2024-03-09</StartDate>"
                       "<EndDate>2024-03-17</EndDate><Tenor>1D</Tenor><Calendar>US</Calendar><Convention>F</Convention>"
                       "<Rule>Forward</Rule></Rules><Dates><Dates><Date>2025-01-10</Date></Dates></Dates></ObservationDates>"));
    const auto& c = std::get<asian_option>(t.terms);
    EXPECT_EQ(c.expiry, on("2025-03-18")); // paid then
    EXPECT_EQ(c.mean, averaging::geometric);
    ASSERT_EQ(c.fixings.size(), 7u); // 11 to 15 and 18 March, 10 January
    EXPECT_EQ(c.fixings[2].value, 49.0);
    EXPECT_FALSE(c.fixings[3].value); // today's is not seen yet
    EXPECT_EQ(c.fixings[6].day, on("2025-01-10"));
  }
  const std::string amounts = "<BoughtCurrency>EUR</BoughtCurrency><BoughtAmount>1000</BoughtAmount>"
                              "<SoldCurrency>USD</SoldCurrency><SoldAmount>1100</SoldAmount>";
  {
    const trade t = one(trade_text("FxForward", "<ValueDate>2025-03-14</ValueDate>" + amounts));
    EXPECT_EQ(t.underlying, "EURUSD");
    EXPECT_EQ(t.quantity, 1000);
    EXPECT_DOUBLE_EQ(std::get<fx_forward>(t.terms).strike, 1.1);
  }
  EXPECT_DOUBLE_EQ(std::get<european_option>(one(trade_text("FxOption", option + amounts)).terms).strike, 1.1);
  EXPECT_EQ(std::get<american_option>(one(trade_text("FxOption", american(option) + amounts)).terms).expiry, expiry);
  {
    const std::string barrier =
        test::with(barrier_data("DownAndIn", "<Level>1.1</Level>"), "</Levels>", "</Levels><Rebate>50</Rebate>");
    EXPECT_DOUBLE_EQ(std::get<barrier_option>(one(trade_text("FxBarrierOption", option + barrier + amounts)).terms).rebate,
                     0.05);
  }
  const std::string digital =
      "<ForeignCurrency>EUR</ForeignCurrency><DomesticCurrency>USD</DomesticCurrency><Strike>1.2</Strike>"
      "<PayoffAmount>500</PayoffAmount><PayoffCurrency>";
  EXPECT_EQ(std::get<digital_option>(one(trade_text("FxDigitalOption", option + digital + "USD</PayoffCurrency>")).terms).cash,
            500.0);
  {
    const trade t = one(trade_text("FxDigitalOption", option + digital + "EUR</PayoffCurrency>"));
    EXPECT_FALSE(std::get<digital_option>(t.terms).cash);
    EXPECT_EQ(t.quantity, 500);
  }
  {
    const std::string touch = test::with(digital, "<Strike>1.2</Strike>", "") + "USD</PayoffCurrency>";
    const trade t = one(trade_text("FxTouchOption", option + barrier_data("UpAndIn", "<Level>1.4</Level>") + touch));
    EXPECT_TRUE(std::get<touch_option>(t.terms).at_hit);
  }
  {
    const trade t = one(
        trade_text("FxAsianOption",
                   option + "<Currency>USD</Currency><Quantity>100</Quantity><Strike>1.2</Strike><Underlying><Type>FX</Type>"
                            "<Name>FX-ECB-EUR-USD</Name></Underlying><ObservationDates><Dates><Dates><Date>2024-06-14</Date>"
                            "<Date>2024-12-13</Date></Dates></Dates></ObservationDates>"));
    EXPECT_EQ(std::get<asian_option>(t.terms).fixings.size(), 2u);
  }
}

/// A right to buy euros for dollars is one to sell dollars for euros, whichever way the market quotes the pair.
TEST_F(ore, a_pair_may_be_turned) {
  const market m = complete().snapshot;
  const std::string option = option_data;
  const std::string direct = "<BoughtCurrency>EUR</BoughtCurrency><BoughtAmount>1000</BoughtAmount>"
                             "<SoldCurrency>USD</SoldCurrency><SoldAmount>1200</SoldAmount>";
  const std::string turned = "<BoughtCurrency>USD</BoughtCurrency><BoughtAmount>1200</BoughtAmount>"
                             "<SoldCurrency>EUR</SoldCurrency><SoldAmount>1000</SoldAmount>";
  const auto digital = [](const char* foreign, const char* domestic, const char* strike) {
    return std::string("<ForeignCurrency>") + foreign + "</ForeignCurrency><DomesticCurrency>" + domestic +
           "</DomesticCurrency><Strike>" + strike +
           "</Strike><PayoffAmount>500</PayoffAmount><PayoffCurrency>USD</PayoffCurrency>";
  };
  const std::string put = test::with(option, "Call", "Put");
  const std::pair<std::string, std::string> same[] = {
      {trade_text("FxOption", option + direct), trade_text("FxOption", put + turned)},
      {trade_text("FxBarrierOption", option + barrier_data("UpAndOut", "<Level>1.6</Level>") + direct),
       trade_text("FxBarrierOption", put + barrier_data("DownAndOut", "<Level>0.625</Level>") + turned)},
      {trade_text("FxDigitalOption", option + digital("EUR", "USD", "1.25")),
       trade_text("FxDigitalOption", put + digital("USD", "EUR", "0.8"))}};
  for (const auto& [left, right] : same) {
    const auto value = [&](const std::string& text) {
      const portfolio_data data = trades(text, m);
      EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
      return price(data.trades, m).at(0).value;
    };
    const double expected = value(left);
    EXPECT_GT(expected, 1.0);
    EXPECT_NEAR(value(right), expected, 1e-10 * expected);
  }
  const trade forward = trades(trade_text("FxForward", "<ValueDate>2025-03-14</ValueDate>" + turned), m).trades.at(0);
  EXPECT_EQ(forward.quantity, -1000);
  EXPECT_DOUBLE_EQ(std::get<fx_forward>(forward.terms).strike, 1.2);
}

TEST_F(ore, a_basket_averages_like_its_assets) {
  const market m = complete().snapshot;
  const auto basket = [&](const char* currency, const char* start) {
    return "<Trade id=\"B\"><TradeType>ScriptedTrade</TradeType><AsianBasketOptionData><Expiry "
           "type=\"event\">2024-12-13</Expiry>"
           "<Settlement>2024-12-17</Settlement><ObservationDates><ScheduleData><Rules><StartDate>" +
           std::string(start) +
           "</StartDate><EndDate>2024-12-11</EndDate><Tenor>1M</Tenor><Calendar>US</Calendar><Convention>F</Convention>"
           "<Rule>Forward</Rule></Rules></ScheduleData></ObservationDates><PutCall>Call</PutCall><LongShort>Long</LongShort>"
           "<Notional>10</Notional><Strike>75</Strike><Underlyings><Value>EQ-RIC:.RICE</Value><Value>RIC:.RICE</Value></"
           "Underlyings>"
           "<Weights><Value>1</Value><Value>0.5</Value></Weights><PayCcy>" +
           currency + "</PayCcy></AsianBasketOptionData></Trade>";
  };
  const portfolio_data data = trades(basket("USD", "2024-03-11"), m);
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  ASSERT_EQ(data.trades.size(), 1u);
  EXPECT_EQ(product_name(data.trades[0].terms), "asian_basket");
  EXPECT_NE(
      all(trades(basket("EUR", "2024-03-11"), m).rejected).find("B (ScriptedTrade): PayCcy 'EUR' (RIC:.RICE is quoted in USD"),
      std::string::npos);
  EXPECT_NE(all(trades(basket("USD", "2024-02-12"), m).rejected).find("no fixing of RIC:.RICE on 2024-02-12"),
            std::string::npos);

  // One and a half units of one asset are an Asian option on it.
  asian_option asian{option_type::call, 50.0, on("2024-12-17"), {}};
  const calendar us = calendar::named("US").value();
  for (const date day : schedule(on("2024-03-11"), on("2024-12-11"), {1, 'M'}, us, business_day_rule::following))
    asian.fixings.push_back({day, day < m.as_of ? std::optional(48.0) : std::nullopt});
  const portfolio both{data.trades[0], {"A", "b", "RIC:.RICE", 15.0, asian}};
  const std::vector<estimate> found = price(both, m);
  ASSERT_EQ(found[0].status, "");
  ASSERT_EQ(found[1].status, "");
  EXPECT_NEAR(found[0].value, found[1].value, 4 * std::hypot(found[0].standard_error, found[1].standard_error));
}

struct bad_trade {
  const char* name;
  std::string text;
  const char* said;
};

TEST_F(ore, each_bad_trade_is_listed_by_id_and_type) {
  const market m = complete().snapshot;
  const std::string option = option_data, equity = rice, terms = equity + "<Strike>48</Strike><Quantity>30</Quantity>";
  const std::string good = trade_text("EquityOption", option + terms, "GOOD");
  const auto equity_option = [&](const std::string& from, const std::string& to) {
    return trade_text("EquityOption", test::with(option + terms, from, to));
  };
  const std::string barrier = barrier_data("UpAndIn", "<Level>70</Level>");
  const bad_trade cases[] = {
      {"type", trade_text("Swap", ""), "T (Swap): TradeType 'Swap' (the types that are read are EquityAsianOption, "},
      {"script", "<Trade id=\"T\"><TradeType>ScriptedTrade</TradeType></Trade>",
       "T (ScriptedTrade): TradeType 'ScriptedTrade'"},
      {"no type", "<Trade id=\"T\"></Trade>", "T: no <TradeType> (<Trade> needs it)"},
      {"no data", "<Trade id=\"T\"><TradeType>FxOption</TradeType></Trade>", "T (FxOption): no <FxOptionData>"},
      {"strike currency",
       equity_option("<Strike>48</Strike>", "<StrikeData><StrikePrice><Value>48</Value><Currency>EUR</Currency>"
                                            "</StrikePrice></StrikeData>"),
       "Currency 'EUR' (RIC:.RICE is quoted in USD"},
      {"no id", test::with(good, "id=\"GOOD\"", ""), "no id (a trade needs one)"},
      {"duplicate", good, "GOOD (EquityOption): duplicate id (already on line 3"},
      {"underlying", equity_option("RIC:.RICE", "RIC:.WHEAT"),
       "Name 'RIC:.WHEAT' (underlying RIC:.WHEAT is not in the market)"},
      {"currency", equity_option(">USD<", ">EUR<"), "Currency 'EUR' (RIC:.RICE is quoted in USD"},
      {"strike", equity_option(">48<", ">at the money<"), "Strike 'at the money' (not a finite number)"},
      {"no strike", equity_option("<Strike>48</Strike>", ""), "no <Strike> (<EquityOptionData> needs it)"},
      {"empty", equity_option(">48<", "><"), "Strike (it is empty)"},
      {"side", equity_option(">Long<", ">Wide<"), "LongShort 'Wide' (must be one of Long, Short)"},
      {"style", equity_option("European", "Bermudan"), "Style 'Bermudan' (must be one of European, American)"},
      {"expired", equity_option("2025-03-14", "2024-03-14"), "T (EquityOption): expired on 2024-03-14"},
      {"day", equity_option("2025-03-14", "2025-02-29"), "ExerciseDate '2025-02-29' (not a day of the calendar"},
      {"two days", equity_option("</ExerciseDate>", "</ExerciseDate><ExerciseDate>2025-04-14</ExerciseDate>"),
       "2 exercise dates of a European option"},
      {"late start", american(equity_option("<ExerciseDate>", "<ExerciseDate>2024-09-14</ExerciseDate><ExerciseDate>")),
       "exercise that begins later is not read"},
      {"late payment", american(equity_option("<Style>", "<PayOffAtExpiry>true</PayOffAtExpiry><Style>")),
       "an early exercise that is paid at expiry is not read"},
      {"twice", equity_option("<Quantity>", "<Quantity>1</Quantity><Quantity>"), "<Quantity> is there twice"},
      {"American barrier", american(trade_text("EquityBarrierOption", option + barrier + terms)),
       "only European exercise is read"},
      {"level", trade_text("EquityBarrierOption", option + barrier_data("UpAndIn", "<Level>-70</Level>") + terms),
       "Level '-70' (must be above 0)"},
      {"levels", trade_text("EquityDoubleBarrierOption", option + barrier_data("KnockIn", "<Level>70</Level>") + terms),
       "1 levels (two are needed)"},
      {"watched at expiry",
       trade_text("EquityBarrierOption", option + test::with(barrier, "<Levels>", "<Style>European</Style><Levels>") + terms),
       "only barriers that are watched at all times"},
      {"touched now", trade_text("EquityBarrierOption", option + barrier_data("UpAndOut", "<Level>45</Level>") + terms),
       "already touched"},
      {"rebate",
       trade_text("EquityBarrierOption", option + test::with(barrier, "<Levels>", "<Rebate>5</Rebate><Levels>") + terms),
       "Rebate '5' (a rebate is not read for this type)"},
      {"pair",
       trade_text("FxForward",
                  "<ValueDate>2025-03-14</ValueDate><BoughtCurrency>EUR</BoughtCurrency><BoughtAmount>1</BoughtAmount>"
                  "<SoldCurrency>JPY</SoldCurrency><SoldAmount>160</SoldAmount>"),
       "neither EURJPY nor JPYEUR is in the market"}};
  for (const bad_trade& x : cases) {
    SCOPED_TRACE(x.name);
    const portfolio_data data = trades(good + x.text, m);
    EXPECT_EQ(data.trades.size(), 1u);
    ASSERT_EQ(data.rejected.size(), 1u) << all(data.rejected);
    EXPECT_NE(to_string(data.rejected[0]).find(x.said), std::string::npos) << to_string(data.rejected[0]);
    EXPECT_GT(data.rejected[0].line, 2);
    EXPECT_FALSE(data.rejected[0].warning);
  }
}

TEST_F(ore, what_a_trade_says_beside_its_terms_is_pointed_out) {
  const market m = complete().snapshot;
  const std::string option =
      test::with(option_data, "</OptionData>",
                 "<Premiums><Premium><Amount>5</Amount><Currency>USD</Currency><PayDate>2024-06-14</PayDate></Premium>"
                 "<Premium><Amount>4</Amount><Currency>USD</Currency><PayDate>2024-03-14</PayDate></Premium></Premiums>"
                 "</OptionData>");
  const portfolio_data data = trades(
      trade_text("EquityOption", option + rice + "<Strike>48</Strike><Quantity>3</Quantity><Sunshine>bright</Sunshine>"), m);
  EXPECT_EQ(data.trades.size(), 1u);
  ASSERT_EQ(data.rejected.size(), 2u) << all(data.rejected);
  EXPECT_TRUE(data.rejected[0].warning && data.rejected[1].warning);
  EXPECT_EQ(data.rejected[0].what, "Amount '5'");
  EXPECT_EQ(data.rejected[1].what, "Sunshine 'bright'");
}

TEST_F(ore, a_portfolio_that_cannot_be_read_says_why) {
  const market m = complete().snapshot;
  const std::pair<const char*, const char*> cases[] = {{"<Portfolio>\n<Trade id=\"1\">\n</Portfolio>", ":3: not XML ("},
                                                       {"<Portfolio></Portfolio>", ": no trades"},
                                                       {"<Book></Book>", ":1: root element <Book> (a <Portfolio> is needed)"},
                                                       {"", ": is empty"},
                                                       {"id,book,product\n", "not XML"}};
  for (const auto& [text, said] : cases) {
    test::write(dir_ / "bad.xml", text);
    const std::string why = test::message_of<input_error>([&] { read_portfolio(dir_ / "bad.xml", m); });
    EXPECT_NE(why.find(said), std::string::npos) << why;
  }
}

TEST_F(ore, portfolios_and_markets_of_both_forms_go_together) {
  const market_data data = complete();
  test::write(dir_ / "book.csv", "id,book,product,underlying,quantity,option_type,strike,expiry\n"
                                 "E,b,european,RIC:.RICE,10,call,50,2025-03-14\nF,b,fx_forward,EURUSD,10,,1.2,2025-03-14\n");
  const portfolio_data rows = read_portfolio(dir_ / "book.csv", data.snapshot);
  EXPECT_TRUE(rows.rejected.empty()) << all(rows.rejected);
  EXPECT_EQ(rows.trades.size(), 2u);

  const test::small_market own;
  own.write_to(dir_ / "own");
  const market m = read_market(dir_ / "own/market").snapshot;
  const std::string option = test::with(option_data, "2025-03-14", "2023-12-15");
  const portfolio_data named =
      trades(trade_text("EquityOption",
                        option + "<Name>RIC:.AAA</Name><Currency>USD</Currency><Strike>100</Strike><Quantity>1</Quantity>"),
             m);
  EXPECT_TRUE(named.rejected.empty()) << all(named.rejected);
  EXPECT_EQ(named.trades.at(0).underlying, "AAA");
}

/// The published files of ORE, skipped where they are not beside the sources.
class published_ore : public testing::Test {
protected:
  void SetUp() override {
    data_ = std::filesystem::path(DOJIMA_SHARED_DIR) / "data/portfolios";
    if (std::string(DOJIMA_SHARED_DIR).empty() || !std::filesystem::is_directory(data_))
      GTEST_SKIP() << "no shared data beside the sources";
  }
  std::filesystem::path data_;
  test::temporary_directory dir_;
};

TEST_F(published_ore, value_of_an_equity_option_to_the_digits_that_ore_printed) {
  const std::filesystem::path example = data_ / "ore_equity_option";
  market_data data = read_market(example / "Input");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  portfolio_data positions = read_portfolio(example / "Input/eqoption.xml", data.snapshot);
  EXPECT_TRUE(positions.rejected.empty()) << all(positions.rejected);
  const price_report report = compute_prices(std::move(data), std::move(positions), {}, stream(device::cpu()));
  ASSERT_EQ(report.positions.size(), 1u);
  EXPECT_EQ(report.base_currency, "EUR");
  char value[32];
  std::snprintf(value, sizeof value, ",%.6f,EUR,", report.positions[0].result.value);
  const std::string printed = test::lines_of(test::read(example / "ExpectedOutput/npv.csv")).at(1);
  EXPECT_NE(printed.find(value), std::string::npos) << value << " in " << printed;
}

TEST_F(published_ore, each_trade_is_read_or_listed) {
  market m{
      on("2025-02-10"), "USD", {{"USD", curve::flat(0.04)}, {"EUR", curve::flat(0.02)}}, {{"USD", 1.0}, {"EUR", 1.03}}, {}};
  for (const auto& [name, currency, spot] : {std::tuple{"SPX", "USD", 2900.0}, {"STOXX50E", "EUR", 4200.0}}) {
    underlying u;
    u.name = name;
    u.currency = currency;
    u.spot = spot;
    u.surface = flat_volatility{0.2};
    m.underlyings[name] = u;
  }
  underlying pair = m.underlyings["STOXX50E"];
  pair.name = "EURUSD";
  pair.kind = asset_class::fx;
  pair.foreign = "EUR";
  pair.currency = "USD";
  pair.spot = 1.03;
  m.underlyings["EURUSD"] = pair;

  const std::map<std::string, std::string> expected{
      {"Equity_Asian_Option.xml", "asian"},     {"Equity_Barrier_Option.xml", "barrier"},
      {"Equity_Digital_Option.xml", "digital"}, {"Equity_Option_European.xml", "european"},
      {"FX_Barrier_Option.xml", "barrier"},     {"FX_Option_American.xml", "american"},
      {"FX_Option_European.xml", "european"},   {"Scripted_BasketOption.xml", ""}};
  std::map<std::string, std::string> found;
  portfolio all_trades;
  for (const auto& file : std::filesystem::directory_iterator(data_ / "ore_trades")) {
    const portfolio_data data = read_portfolio(file.path(), m);
    std::string& product = found[file.path().filename().string()];
    if (data.trades.empty()) {
      ASSERT_EQ(data.rejected.size(), 1u);
      EXPECT_EQ(data.rejected[0].id, "AsianBasketOption#1 (ScriptedTrade)");
      EXPECT_EQ(data.rejected[0].why, "STOXX50E is quoted in EUR; payments in another currency are not read");
      continue;
    }
    product = product_name(data.trades.at(0).terms);
    for (const rejection& r : data.rejected) EXPECT_TRUE(r.warning) << to_string(r);
    all_trades.push_back(data.trades[0]);
  }
  EXPECT_EQ(found, expected);
  for (const estimate& e : price(all_trades, m)) {
    EXPECT_EQ(e.status, "");
    EXPECT_GT(e.value, 0.0);
  }
}

} // namespace
