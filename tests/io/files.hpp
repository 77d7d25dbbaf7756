// Files for tests: a directory that goes away, and a small complete market and portfolio in it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "dojima/market/date.hpp"

namespace dojima::test {

class temporary_directory {
public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "dojima_test_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  ASSERT_TRUE(out.flush()) << file;
}

inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The text with line `number` (from 1) replaced.
inline std::string with_line(const std::string& text, std::size_t number, const std::string& replacement) {
  std::vector<std::string> lines = lines_of(text);
  lines.at(number - 1) = replacement;
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

/// The text with every `from` replaced by `to`; `from` must occur.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

/// A market of two stocks, three currencies and a volatility index, on 60 weekdays up to 2022-12-28; a position of every
/// product.
struct small_market {
  std::string market_toml = R"(as_of = 2022-12-28
base_currency = "USD"

[[history]]
file = "prices.csv"
class = "equity"

[[history]]
file = "fx.csv"
class = "fx"
base = "EUR"

[[history]]
file = "vix.csv"
class = "volatility"
columns = ["CLOSE"]
names = ["VIX"]
scale = 0.01
)";
  std::string prices = "date,AAA,BBB\n", fx = "date,USD,JPY\n", vix = "date,CLOSE\n";
  std::string underlyings = R"(underlying,asset_class,currency,history,dividend_yield,vol_factor,vol_beta
AAA,equity,USD,AAA,0.01,VIX,1
BBB,equity,EUR,BBB,0,VIX,0.5
EURUSD,fx,USD,,0,,0
USDJPY,fx,JPY,,0,,0
)";
  std::string curves = R"(currency,tenor,rate,type
USD,3M,0.04,par
USD,2Y,0.042,par
EUR,1Y,0.02,zero
JPY,1Y,0.001,zero
)";
  std::string volatilities = R"(underlying,expiry,strike,volatility
AAA,3M,90,0.25
AAA,3M,110,0.22
AAA,1Y,100,0.23
BBB,1M,,0.3
BBB,1Y,,0.28
EURUSD,,,0.09
)";
  std::string portfolio =
      R"(id,book,product,underlying,quantity,currency,option_type,strike,expiry,digital_type,payout,barrier_type,barrier,rebate,fixings
S1,a,stock,AAA,100,USD,,,,,,,,,
E1,a,european,AAA,-10,USD,call,100,2023-06-28,,,,,,
M1,b,american,BBB,10,EUR,put,50,2023-06-28,,,,,,
D1,b,digital,AAA,10,USD,put,95,2023-03-28,cash,10,,,,
B1,b,barrier,AAA,10,USD,call,100,2023-03-28,,,up_and_out,150,1,
A1,b,asian,AAA,10,USD,call,100,2023-03-28,,,,,,2022-12-01=100;2023-02-01;2023-03-28
F1,c,fx_forward,EURUSD,1000,USD,,1.05,2023-03-28,,,,,,
)";
  std::string config = R"([measures]
levels = [0.95]
[historical]
window = 30
[monte_carlo]
scenarios = 64
[backtest]
days = 10
[pricing]
asian_paths = 8
block_mib = 1
)";

  small_market() {
    std::vector<date> days;
    for (date day = parse_date("2022-12-28").value(); days.size() < 60; day -= std::chrono::days{1})
      if (std::chrono::weekday{day}.iso_encoding() <= 5) days.push_back(day);
    std::reverse(days.begin(), days.end());
    char text[96];
    for (std::size_t i = 0; i < days.size(); ++i) {
      const double x = static_cast<double>(i);
      std::snprintf(text, sizeof text, ",%.2f,%.2f\n", 100 + 4 * std::sin(1.7 * x) + 3 * std::cos(0.9 * x),
                    50 + 2 * std::cos(2.3 * x));
      prices += to_string(days[i]) + text;
      std::snprintf(text, sizeof text, ",%.4f,%.2f\n", 1.06 + 0.01 * std::sin(1.1 * x), 140 + std::sin(2.9 * x));
      fx += to_string(days[i]) + text;
      std::snprintf(text, sizeof text, ",%.2f\n", 22 + 2 * std::sin(2.1 * x));
      vix += to_string(days[i]) + text;
    }
  }

  /// directory/market/..., directory/portfolio.csv, directory/risk.toml
  void write_to(const std::filesystem::path& directory) const {
    const std::filesystem::path m = directory / "market";
    write(m / "market.toml", market_toml);
    write(m / "prices.csv", prices);
    write(m / "fx.csv", fx);
    write(m / "vix.csv", vix);
    write(m / "underlyings.csv", underlyings);
    write(m / "curves.csv", curves);
    write(m / "volatilities.csv", volatilities);
    write(directory / "portfolio.csv", portfolio);
    write(directory / "risk.toml", config);
  }
};

} // namespace dojima::test
