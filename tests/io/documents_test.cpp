// What docs/formats.md shows and what data/price holds is read, and valued.
#include <gtest/gtest.h>

#include <set>

#include "dojima/error.hpp"
#include "dojima/io/read.hpp"
#include "dojima/pricing/price.hpp"
#include "tests/io/files.hpp"
#include "tests/message_of.hpp"

namespace {

using namespace dojima;

const std::filesystem::path sources = DOJIMA_SOURCE_DIR;

std::string all(const std::vector<rejection>& rejected) {
  std::string text;
  for (const rejection& r : rejected) text += to_string(r) + "\n";
  return text;
}

std::vector<estimate> values(const portfolio& positions, const market& m) {
  pricing_settings settings;
  settings.paths = 512;
  return price(positions, m, settings, stream(device::parse("cpu")));
}

class documented : public testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(sources / "docs/formats.md")) GTEST_SKIP() << "no documents beside the program";
    data_ = read_market(sources / "data/price/market");
    EXPECT_TRUE(data_.rejected.empty()) << all(data_.rejected);
  }
  market_data data_;
};

TEST_F(documented, one_row_of_each_product_is_valued) {
  const std::string text = test::read(sources / "docs/formats.md");
  const test::temporary_directory dir;
  portfolio positions;
  std::set<std::string> products;
  for (std::size_t at = 0; (at = text.find("```csv\n", at)) != std::string::npos;) {
    const std::size_t begin = at + 7;
    at = text.find("```", begin);
    test::write(dir / "p.csv", text.substr(begin, at - begin));
    const portfolio_data read = read_portfolio(dir / "p.csv", data_.snapshot);
    EXPECT_TRUE(read.rejected.empty()) << all(read.rejected);
    ASSERT_EQ(read.trades.size(), 1u);
    products.insert(product_name(read.trades[0].terms));
    positions.push_back(read.trades[0]);
  }
  EXPECT_EQ(products.size(), 19u);
  const std::vector<estimate> results = values(positions, data_.snapshot);
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].status, "") << positions[i].id;
}

TEST_F(documented, the_example_is_valued) {
  const portfolio_data read = read_portfolio(sources / "data/price/portfolio.csv", data_.snapshot);
  EXPECT_TRUE(read.rejected.empty()) << all(read.rejected);
  EXPECT_GE(read.trades.size(), 19u);
  const std::vector<estimate> results = values(read.trades, data_.snapshot);
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].status, "") << read.trades[i].id;
}

TEST_F(documented, the_example_has_every_model) {
  std::set<std::string> models;
  for (const auto& [name, u] : data_.snapshot.underlyings) models.insert(model_name(u.dynamics));
  EXPECT_EQ(models.size(), std::variant_size_v<model>);
}

// --- models.toml and correlations.csv
// ---------------------------------------------------------------------------------------------

class models_file : public testing::Test {
protected:
  void SetUp() override { files_.write_to(dir_.path()); }
  market_data read(const std::string& models) {
    test::write(dir_ / "market/models.toml", models);
    return read_market(dir_ / "market");
  }
  test::temporary_directory dir_;
  test::small_market files_;
};

TEST_F(models_file, parameters_are_read) {
  const market_data data = read("[AAA]\nmodel = \"heston\"\nv0 = 0.04\nkappa = 2\ntheta = 0.05\nsigma = 0.4\nrho = -0.6\n"
                                "scheme = \"full_truncation\"\n"
                                "[BBB]\nmodel = \"local_volatility\"\ntimes = [1.0, 2.0]\nlog_moneyness = [-1.0, 0.0, 1.0]\n"
                                "values = [[0.3, 0.2, 0.2], [1, 0.25, 1]]\n"
                                "[EURUSD]\nmodel = \"sabr\"\nalpha = 0.1\nbeta = 0.5\nnu = 0.3\nrho = 0\n");
  EXPECT_TRUE(data.rejected.empty()) << all(data.rejected);
  const auto& of = data.snapshot.underlyings;
  const heston_model& heston = std::get<heston_model>(of.at("AAA").dynamics);
  EXPECT_EQ(heston.theta, 0.05);
  EXPECT_EQ(heston.with, heston_model::scheme::full_truncation);
  EXPECT_EQ(std::get<local_volatility_model>(of.at("BBB").dynamics).values[1][1], 0.25);
  EXPECT_EQ(std::get<sabr_model>(of.at("EURUSD").dynamics).nu, 0.3);
  EXPECT_TRUE(std::holds_alternative<black_scholes_model>(of.at("USDJPY").dynamics));
  EXPECT_TRUE(data.files.back().path.ends_with("models.toml"));
}

TEST_F(models_file, a_surface_becomes_local_volatility) {
  const market_data data = read("[BBB]\nmodel = \"local_volatility\"\nvolatility = \"surface\"\nhorizon = 2\n"
                                "[USDJPY]\nmodel = \"local_volatility\"\nvolatility = \"surface\"\n");
  EXPECT_EQ(std::get<local_volatility_model>(data.snapshot.underlyings.at("BBB").dynamics).times.back(), 2.0);
  ASSERT_EQ(data.rejected.size(), 1u) << all(data.rejected); // USDJPY has no volatilities
  EXPECT_NE(to_string(data.rejected[0]).find("models.toml:5: USDJPY: local volatility without volatilities"), std::string::npos)
      << all(data.rejected);
}

TEST_F(models_file, faults_are_named_with_their_line) {
  const struct {
    const char *text, *message;
  } cases[] = {
      {"\n[AAA]\nmodel = \"hestn\"", "models.toml:3: AAA.model = hestn (must be one of black_scholes, local_volatility"},
      {"[AAA]\nv0 = 1", "models.toml:1: AAA.model (must be one of"},
      {"[AAA]\nmodel = \"cev\"\nsigma = 1", "models.toml:1: AAA.beta (must be given)"},
      {"[AAA]\nmodel = \"cev\"\nsigma = \"1\"\nbeta = 1", "models.toml:3: AAA.sigma (must be a number)"},
      {"[AAA]\nmodel = \"cev\"\nsigma = 1\nbeta = 1\nnu = 1",
       "models.toml:5: unknown key 'AAA.nu' (known: beta, model, sigma)"},
      {"\n[AAA]\nmodel = \"cev\"\nsigma = 1\nbeta = 2", "models.toml:2: AAA.beta = 2 (must be in [0, 1])"},
      {"[AAA]\nmodel = \"local_volatility\"\nvolatility = \"flat\"", "models.toml:3: AAA.volatility = flat (must be surface"},
      {"[AAA]\nmodel = \"local_volatility\"\nvalues = [1.0]", "models.toml:3: AAA.values (must be a list of lists"},
      {"[AAA]\nmodel = \"local_volatility\"\nvalues = [[1, true]]", "models.toml:3: AAA.values (must be a list of lists"},
      {"AAA = \"cev\"", "models.toml:1: AAA must be a table such as [AAA]"},
      {"[AAA", "models.toml:1: not TOML"},
  };
  for (const auto& c : cases) {
    const std::string message = test::message_of<input_error>([&] { read(c.text); });
    EXPECT_NE(message.find(c.message), std::string::npos) << c.text << ": " << message;
  }
}

TEST_F(models_file, an_unknown_underlying_is_left_out) {
  const market_data data = read("[ZZZ]\nmodel = \"cev\"\n");
  ASSERT_EQ(data.rejected.size(), 1u);
  EXPECT_NE(to_string(data.rejected[0]).find("models.toml:1: ZZZ: unknown underlying"), std::string::npos);
}

TEST_F(models_file, correlations_are_read_in_either_order_and_bad_rows_are_named) {
  const char* const bad[][2] = {{"AAA,ZZZ,0.5", "unknown underlying"},     {"AAA,AAA,1", "with itself"},
                                {"AAA,EURUSD,high", "correlation 'high'"}, {"AAA,EURUSD,50", "quoted in percent?"},
                                {"AAA,BBB,0.4", "the first is kept"},      {"AAA,BBB", "fields"}};
  std::string text = "name_1,name_2,correlation\nBBB,AAA,0.5\n";
  for (const auto& row : bad) text += std::string(row[0]) + "\n";
  test::write(dir_ / "market/correlations.csv", text);
  const market_data data = read_market(dir_ / "market");
  EXPECT_EQ(data.snapshot.correlations.size(), 1u);
  EXPECT_EQ(data.snapshot.correlations.at({"AAA", "BBB"}), 0.5);
  ASSERT_EQ(data.rejected.size(), std::size(bad)) << all(data.rejected);
  std::set<std::string> said;
  for (const rejection& r : data.rejected) said.insert("correlations.csv:" + std::to_string(r.line) + to_string(r));
  for (std::size_t i = 0; i < std::size(bad); ++i)
    EXPECT_TRUE(std::any_of(said.begin(), said.end(),
                            [&](const std::string& s) {
                              return s.starts_with("correlations.csv:" + std::to_string(i + 3)) &&
                                     s.find(bad[i][1]) != std::string::npos;
                            }))
        << bad[i][0] << "\n"
        << all(data.rejected);
}

TEST_F(models_file, dividends_to_come_are_read_and_bad_rows_are_named) {
  const std::pair<std::string, const char*> bad[] = {{"ZZZ,2024-01-10,1", "unknown underlying"},
                                                     {"EURUSD,2024-01-10,1", "currency pair"},
                                                     {"AAA,10.1.2024,1", "not a day"},
                                                     {"AAA,2024-01-10,-1", "not a number from 0 on"}};
  std::string text = "underlying,day,amount\nAAA,2098-03-01,1.5\nAAA,1998-03-01,7\n";
  for (const auto& [row, why] : bad) text += row + "\n";
  test::write(dir_ / "market/dividends.csv", text);
  const market_data data = read_market(dir_ / "market");
  const std::vector<cash_dividend>& read = data.snapshot.underlyings.at("AAA").dividends;
  ASSERT_EQ(read.size(), 1u); // the past one is in the price
  EXPECT_EQ(to_string(read[0].day), "2098-03-01");
  EXPECT_EQ(read[0].amount, 1.5);
  ASSERT_EQ(data.rejected.size(), std::size(bad)) << all(data.rejected);
  for (std::size_t i = 0; i < std::size(bad); ++i) {
    EXPECT_EQ(data.rejected[i].line, static_cast<long>(i) + 4);
    EXPECT_NE(to_string(data.rejected[i]).find(bad[i].second), std::string::npos) << to_string(data.rejected[i]);
  }
}

TEST_F(models_file, market_toml_names_other_files) {
  std::filesystem::rename(dir_ / "market/curves.csv", dir_ / "curves.csv");
  test::write(dir_ / "market/market.toml",
              test::with(files_.market_toml, "base_currency", "curves = \"../curves.csv\"\nbase_currency"));
  EXPECT_TRUE(read_market(dir_ / "market").rejected.empty());
  test::write(dir_ / "market/market.toml", test::with(files_.market_toml, "base_currency",
                                                      "curves = \"../curves.csv\"\nmodels = \"none.toml\"\nbase_currency"));
  EXPECT_NE(test::message_of<input_error>([&] { read_market(dir_ / "market"); }).find("none.toml"), std::string::npos);
}

} // namespace
