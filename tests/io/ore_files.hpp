// A small market in ORE's form: euro curve from a deposit and overnight swaps, dollar curve from zero rates, two equities, a
// pair.
#pragma once

#include <cmath>
#include <string>

#include "models/closed_form/black.hpp"
#include "tests/io/files.hpp"

namespace dojima::test {

struct ore_market {
  std::string ore = R"(<?xml version="1.0"?>
<ORE>
  <Setup>
    <Parameter name="asofDate">2024-03-14</Parameter>
    <Parameter name="marketDataFile">quotes.txt</Parameter>
  </Setup>
  <Markets><Parameter name="pricing">office</Parameter></Markets>
  <Analytics><Analytic type="npv"><Parameter name="baseCurrency">EUR</Parameter></Analytic></Analytics>
</ORE>
)";
  std::string todays_market = R"(<TodaysMarket>
  <Configuration id="office"><DiscountingCurvesId>collateral</DiscountingCurvesId></Configuration>
  <DiscountingCurves id="collateral">
    <DiscountingCurve currency="EUR">Yield/EUR/EUR-DISCOUNT</DiscountingCurve>
    <DiscountingCurve currency="USD">Yield/USD/USD-ZERO</DiscountingCurve>
  </DiscountingCurves>
  <DiscountingCurves id="default">
    <DiscountingCurve currency="CHF">Yield/CHF/NOT-ASKED-FOR</DiscountingCurve>
  </DiscountingCurves>
  <FxSpots id="default"><FxSpot pair="EURUSD">FX/EUR/USD</FxSpot></FxSpots>
  <FxVolatilities id="default"><FxVolatility pair="EURUSD">FXVolatility/EUR/USD/EURUSD</FxVolatility></FxVolatilities>
  <EquityCurves id="default">
    <EquityCurve name="RIC:.TULIP">Equity/EUR/RIC:.TULIP</EquityCurve>
    <EquityCurve name="RIC:.RICE">Equity/USD/RIC:.RICE</EquityCurve>
  </EquityCurves>
  <EquityVolatilities id="default">
    <EquityVolatility name="RIC:.TULIP">EquityVolatility/EUR/RIC:.TULIP</EquityVolatility>
    <EquityVolatility name="RIC:.RICE">EquityVolatility/USD/RIC:.RICE</EquityVolatility>
  </EquityVolatilities>
</TodaysMarket>
)";
  std::string curve_config = R"(<CurveConfiguration>
  <YieldCurves>
    <YieldCurve>
      <CurveId>EUR-DISCOUNT</CurveId>
      <Segments>
        <ZeroSpread>
          <Type>Zero Spread</Type>
          <Quotes><Quote>ZERO/YIELD_SPREAD/EUR/LESS/A365/1D</Quote><Quote>ZERO/YIELD_SPREAD/EUR/LESS/A365/30Y</Quote></Quotes>
          <Conventions>EUR-ZERO</Conventions>
          <ReferenceCurve>EUR-ESTER</ReferenceCurve>
        </ZeroSpread>
      </Segments>
    </YieldCurve>
    <YieldCurve>
      <CurveId>EUR-ESTER</CurveId>
      <DiscountCurve>EUR-ESTER</DiscountCurve>
      <Segments>
        <Simple>
          <Type>Deposit</Type>
          <Quotes><Quote>MM/RATE/EUR/ESTER/0D/1D</Quote></Quotes>
          <Conventions>EUR-DEPOSIT</Conventions>
        </Simple>
        <Simple>
          <Type>OIS</Type>
          <Quotes>
            <Quote>IR_SWAP/RATE/EUR/ESTER/2D/1D/6M</Quote>
            <Quote optional="true">IR_SWAP/RATE/EUR/ESTER/2D/1D/9M</Quote>
            <Quote>IR_SWAP/RATE/EUR/ESTER/2D/1D/1Y</Quote>
            <Quote>IR_SWAP/RATE/EUR/ESTER/2D/1D/18M</Quote>
            <Quote>IR_SWAP/RATE/EUR/ESTER/2D/1D/5Y</Quote>
          </Quotes>
          <Conventions>EUR-OIS</Conventions>
        </Simple>
      </Segments>
      <InterpolationVariable>Discount</InterpolationVariable>
      <InterpolationMethod>LogLinear</InterpolationMethod>
    </YieldCurve>
    <YieldCurve>
      <CurveId>USD-ZERO</CurveId>
      <Segments>
        <Direct>
          <Type>Zero</Type>
          <Quotes><Quote>ZERO/RATE/USD/OWN/A365/1Y</Quote><Quote>ZERO/RATE/USD/OWN/A365/2029-03-14</Quote></Quotes>
          <Conventions>USD-ZERO</Conventions>
        </Direct>
      </Segments>
      <InterpolationVariable>Zero</InterpolationVariable>
      <InterpolationMethod>Linear</InterpolationMethod>
    </YieldCurve>
  </YieldCurves>
  <FXVolatilities>
    <FXVolatility><CurveId>EURUSD</CurveId><Dimension>ATM</Dimension><Expiries>6M,2Y</Expiries></FXVolatility>
  </FXVolatilities>
  <EquityCurves>
    <EquityCurve>
      <CurveId>RIC:.TULIP</CurveId>
      <Currency>EUR</Currency>
      <ForecastingCurve>EUR-DISCOUNT</ForecastingCurve>
      <Type>OptionPremium</Type>
      <ExerciseStyle>European</ExerciseStyle>
      <SpotQuote>EQUITY/PRICE/RIC:.TULIP/EUR</SpotQuote>
      <Quotes><Quote>EQUITY_OPTION/PRICE/RIC:.TULIP/EUR/*</Quote></Quotes>
      <DayCounter>A365</DayCounter>
    </EquityCurve>
    <EquityCurve>
      <CurveId>RIC:.RICE</CurveId>
      <Currency>USD</Currency>
      <ForecastingCurve>USD-ZERO</ForecastingCurve>
      <Type>ForwardPrice</Type>
      <SpotQuote>EQUITY/PRICE/RIC:.RICE/USD</SpotQuote>
      <Quotes><Quote>EQUITY_FWD/PRICE/RIC:.RICE/USD/1Y</Quote><Quote>EQUITY_FWD/PRICE/RIC:.RICE/USD/2027-03-15</Quote></Quotes>
    </EquityCurve>
  </EquityCurves>
  <EquityVolatilities>
    <EquityVolatility>
      <CurveId>RIC:.TULIP</CurveId>
      <Currency>EUR</Currency>
      <DayCounter>A365</DayCounter>
      <OneDimSolverConfig><Accuracy>1e-13</Accuracy></OneDimSolverConfig>
      <VolatilityConfig>
        <ProxySurface priority="0"/>
        <StrikeSurface priority="1">
          <QuoteType>Premium</QuoteType>
          <ExerciseType>European</ExerciseType>
          <Strikes>*</Strikes>
          <Expiries>*</Expiries>
        </StrikeSurface>
      </VolatilityConfig>
    </EquityVolatility>
    <EquityVolatility>
      <CurveId>RIC:.RICE</CurveId>
      <Currency>USD</Currency>
      <Dimension>Smile</Dimension>
      <Expiries>1Y, 2027-03-15</Expiries>
      <Strikes>40,50,60</Strikes>
    </EquityVolatility>
  </EquityVolatilities>
</CurveConfiguration>
)";
  std::string conventions = R"(<Conventions>
  <Zero><Id>EUR-ZERO</Id><TenorBased>true</TenorBased><DayCounter>A365</DayCounter><Compounding>Continuous</Compounding>
    <TenorCalendar>TARGET</TenorCalendar></Zero>
  <Zero><Id>USD-ZERO</Id><TenorBased>true</TenorBased><DayCounter>A365</DayCounter><TenorCalendar>US</TenorCalendar></Zero>
  <Deposit><Id>EUR-DEPOSIT</Id><IndexBased>true</IndexBased><Index>EUR-ESTER</Index></Deposit>
  <OIS><Id>EUR-OIS</Id><SpotLag>2</SpotLag><Index>EUR-ESTER</Index><FixedDayCounter>A360</FixedDayCounter>
    <PaymentLag>1</PaymentLag><EOM>false</EOM><FixedFrequency>Annual</FixedFrequency><FixedConvention>MF</FixedConvention>
    <Rule>Backward</Rule></OIS>
</Conventions>
)";
  std::string quotes = R"(# what the office saw
20240314 EQUITY/PRICE/RIC:.RICE/USD 50
2024-03-14 EQUITY/PRICE/RIC:.TULIP/EUR 100
2024-03-13,EQUITY/PRICE/RIC:.RICE/USD,49
2024-03-14;FX/RATE/EUR/USD;1.25
2024-03-14 FX_OPTION/RATE_LNVOL/EUR/USD/6M/ATM 0.08
2024-03-14 FX_OPTION/RATE_LNVOL/EUR/USD/2Y/ATM 0.09
2024-03-14 FX_OPTION/RATE_LNVOL/EUR/USD/2Y/25RR 0.01
2024-03-14 MM/RATE/EUR/ESTER/0D/1D 0.039
2024-03-14 IR_SWAP/RATE/EUR/ESTER/2D/1D/6M 0.038
2024-03-14 IR_SWAP/RATE/EUR/ESTER/2D/1D/1Y 0.036
2024-03-14 IR_SWAP/RATE/EUR/ESTER/2D/1D/18M 0.033
2024-03-14 IR_SWAP/RATE/EUR/ESTER/2D/1D/5Y 0.026
2024-03-14 ZERO/YIELD_SPREAD/EUR/LESS/A365/1D -0.001
2024-03-14 ZERO/YIELD_SPREAD/EUR/LESS/A365/30Y -0.001
2024-03-14 ZERO/RATE/USD/OWN/A365/1Y 0.05
2024-03-14 ZERO/RATE/USD/OWN/A365/2029-03-14 0.04
2024-03-14 EQUITY_FWD/PRICE/RIC:.RICE/USD/1Y 51.5
2024-03-14 EQUITY_FWD/PRICE/RIC:.RICE/USD/2027-03-15 54
2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/1Y/40 0.3
2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/1Y/50 0.25
2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/1Y/60 0.24
2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/2027-03-15/50 0.22
2024-03-14 EQUITY_OPTION/RATE_LNVOL/RIC:.RICE/USD/2027-03-15/55 0.21
2024-03-14 IR_SWAP/RATE/EUR/EURIBOR/2D/6M/5Y 0.027
)";
  std::string fixings = "2024-03-11 EQ-RIC:.RICE 48\n2024-03-12 EQ-RIC:.RICE 48.5\n2024-03-12 FX-ECB-EUR-USD 1.24\n";

  void write_to(const std::filesystem::path& directory) const {
    write(directory / "ore.xml", ore);
    write(directory / "todaysmarket.xml", todays_market);
    write(directory / "curveconfig.xml", curve_config);
    write(directory / "conventions.xml", conventions);
    write(directory / "quotes.txt", quotes);
    write(directory / "fixings.txt", fixings);
  }
};

/// Premiums of calls and puts on TULIP: one forward and volatilities that are linear in strike.
inline std::string tulip_premiums(const std::string& expiry, double time, double forward, double discount) {
  std::ostringstream text;
  text.precision(17);
  for (double strike = 60; strike <= 140; strike += 5)
    for (const double sign : {1.0, -1.0})
      text << "2024-03-14 EQUITY_OPTION/PRICE/RIC:.TULIP/EUR/" << expiry << "/" << strike << (sign > 0 ? "/C " : "/P ")
           << black_value(forward, strike, std::log(forward / strike), (0.35 - 0.001 * strike) * std::sqrt(time), discount,
                          sign)
           << "\n";
  return text.str();
}

} // namespace dojima::test
