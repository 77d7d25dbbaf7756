// Every table of data/reference by the code that users run, and tables that are not as they should be.
#include "dojima/validation/tables.hpp"

#include <algorithm>

#include "tests/io/files.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

table_settings test_settings() {
  static const char* chosen = std::getenv("DOJIMA_TEST_PATHS");
  table_settings s;
  s.pricing.paths = chosen != nullptr ? std::stoll(chosen) : 1 << 15;
  return s;
}

const road_value* road(const validated& item, const std::string& name) {
  const auto found = std::ranges::find(item.roads, name, &road_value::road);
  return found == item.roads.end() || !found->missing.empty() ? nullptr : &*found;
}

/// The z-scores of all kinds: errors that are stated too small show in their variance, and so do errors too large.
struct distribution {
  std::size_t count = 0;
  double sum = 0, squares = 0;
  void add(double z) { ++count, sum += z, squares += z * z; }
  void expect_standard_normal() const {
    const auto n = static_cast<double>(count);
    const double mean = sum / n, spread = 2 / (9 * n);
    const double normal = (std::cbrt(squares / n) - (1 - spread)) / std::sqrt(spread); // Wilson and Hilferty 1931
    std::cout << count << " z-scores: mean " << mean << ", chi-square at " << normal << " deviations\n";
    EXPECT_LT(std::abs(normal), 3.89); // 1e-4
    EXPECT_LT(std::abs(mean) * std::sqrt(n), 3.89);
  }
};

class every_kind : public testing::TestWithParam<std::string> {
protected:
  static void TearDownTestSuite() {
    if (kinds != table_kinds().size()) return; // some were left out
    independent.expect_standard_normal();
    const auto lines = test::lines_of(test::read(test::data_directory() / "reference" / "listed.csv"));
    EXPECT_EQ(all_listed, lines.size() - 1) << "rows of listed.csv pass now; take them off";
  }
  static distribution independent; ///< of rows with paths of their own whose error is of chance
  static std::size_t kinds, all_listed;
};
distribution every_kind::independent;
std::size_t every_kind::kinds = 0, every_kind::all_listed = 0;
INSTANTIATE_TEST_SUITE_P(tables, every_kind, testing::ValuesIn(table_kinds()), [](const auto& kind) { return kind.param; });

TEST_P(every_kind, rows_agree_or_are_listed) {
  const checked_table t = check_table(test::data_directory() / "reference" / (GetParam() + ".csv"), test_settings());
  EXPECT_EQ(t.kind, GetParam());
  for (const rejection& r : t.rejected) ADD_FAILURE() << to_string(r);
  std::map<std::string, std::size_t> skipped;
  std::size_t passed = 0, listed = 0;
  double worst_z = 0, worst_error = 0;
  for (const validated& item : t.rows) {
    switch (item.outcome) {
    case verdict::failed: ADD_FAILURE() << item.id << ' ' << item.quantity << ": " << item.reason; break;
    case verdict::skipped: ++skipped[item.reason]; break;
    case verdict::listed: ++listed; break;
    case verdict::passed: ++passed; break;
    }
    for (const comparison& c : item.comparisons)
      if (c.left == "table" && c.right == "closed_form" && c.difference != 0)
        worst_error = std::max(worst_error, std::abs(c.difference / road(item, "table")->value));
    const road_value *table = road(item, "table"), *mc = road(item, "monte_carlo");
    if (table == nullptr || mc == nullptr || table->uncertainty + mc->uncertainty > 0.1 * mc->standard_error) continue;
    const double z = (mc->value - table->value) / mc->standard_error;
    if (std::abs(z) > std::abs(worst_z)) worst_z = z;
    const bool rare = std::abs(mc->value) < 10 * mc->standard_error;
    if (!rare && (item.model == "black_scholes" || item.model == "merton" || item.model == "kou")) independent.add(z);
  }
  ++kinds, all_listed += listed;
  std::cout << t.kind << ": " << t.rows.size() << " rows, " << passed << " passed, worst z " << worst_z
            << ", worst relative error " << worst_error;
  if (listed > 0) std::cout << ", " << listed << " listed as failing";
  for (const auto& [reason, count] : skipped) std::cout << "\n  " << count << " skipped: " << reason;
  std::cout << '\n';
}

/// A table in a file of its own.
checked_table checked(const std::string& text, const std::string& name = "mine.csv", table_settings settings = {}) {
  const test::temporary_directory folder;
  test::write(folder / name, text);
  settings.simulate = false;
  return check_table(folder / name, settings);
}
const std::string european =
    "id,option_type,spot,strike,rate,dividend_yield,volatility,maturity,quantity,expected,abs_tolerance\n";
constexpr const char* good = "european_bsm_9,call,100,100,0.05,0,0.2,1,price,10.450583572185565,1e-12\n";

TEST(tables, rows_that_cannot_be_read_are_rejected_and_the_others_checked) {
  const checked_table t = checked(european + good +
                                  "a,call,100,abc,0.05,0,0.2,1,price,10,1\n"
                                  "b,call,100,100,0.05,0,-0.2,1,price,10,1\n"
                                  "c,call,100,,0.05,0,0.2,1,price,10,1\n"
                                  "d,collar,100,100,0.05,0,0.2,1,price,10,1\n"
                                  "e,call,100,100,0.05,0,0.2,1,price,nan,1\n"
                                  "f,call,100,100,0.05,0,0.2,1,price\n" +
                                  good);
  EXPECT_EQ(t.kind, "european_bsm");
  ASSERT_EQ(t.rows.size(), 2u);
  for (const validated& item : t.rows) EXPECT_EQ(item.outcome, verdict::passed) << item.reason;
  ASSERT_EQ(t.rejected.size(), 6u);
  const auto says = [&](const std::string& id, const std::string& text, long line) {
    const auto r = std::ranges::find(t.rejected, id, &rejection::id);
    ASSERT_NE(r, t.rejected.end()) << id;
    EXPECT_EQ(r->line, line);
    EXPECT_NE(to_string(*r).find(text), std::string::npos) << to_string(*r);
  };
  says("a", "strike = abc (not a number)", 3);
  says("b", "volatility = -0.2 (must be above 0)", 4);
  says("c", "strike = (empty) (not a number)", 5);
  says("d", "option_type = collar (unknown); known are call, put", 6);
  says("e", "expected = nan (not a number)", 7);
  says("f", "9 fields", 8);
}

TEST(tables, kinds_are_known_by_their_columns) {
  EXPECT_EQ(checked("b,a,rho,id,quantity,expected,abs_tolerance,remark\n0,0,0,1,cdf,0.25,0,no matter\n").kind,
            "bivariate_normal_cdf");
  const std::string row = "x,put,36,40,0.06,0,0.2,1,bjerksund_stensland_price,4.4531,5e-5\n";
  EXPECT_EQ(checked(european + row, "my_american_approximation_2.csv").rows.at(0).outcome, verdict::passed);
  EXPECT_EQ(checked(european + "american_approximation_" + row).rows.at(0).outcome, verdict::passed);
  EXPECT_NE(test::message_of<input_error>([&] { checked(european + row); }).find("columns of several kinds of table"),
            std::string::npos);
  const std::string lacking = test::message_of<input_error>(
      [] { checked("id,option_type,spot,strike,barrier,rebate,rate,dividend_yield,volatility,maturity,quantity,expected\n"); });
  EXPECT_NE(lacking.find("the nearest is barrier_continuous, which also has abs_tolerance, barrier_type"), std::string::npos)
      << lacking;
}

TEST(tables, quantities_that_are_not_valued_are_skipped) {
  const checked_table t = checked(european + "european_bsm_1,call,100,100,0.05,0,0.2,1,colour,1,1\n");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(t.rows[0].outcome, verdict::skipped);
  EXPECT_EQ(t.rows[0].reason, "quantity colour");
}

TEST(tables, rows_that_cannot_pass_are_listed_beside_the_table) {
  const test::temporary_directory folder;
  const std::string bad = "x,call,100,100,0.05,0,0.2,1,price,10.5,1e-12\n",
                    moved = "x,call,100,100,0.05,0,0.2,1,price,11,1e-12\n";
  test::write(folder / "european_bsm.csv", european + bad + moved + good);
  test::write(folder / "listed.csv", "id,expected,reason\nx,10.5,printed wrongly\n");
  table_settings settings;
  settings.simulate = false;
  const checked_table t = check_table(folder / "european_bsm.csv", settings);
  ASSERT_EQ(t.rows.size(), 3u);
  EXPECT_EQ(t.rows[0].outcome, verdict::listed);
  EXPECT_TRUE(t.rows[0].reason.starts_with("printed wrongly (table and closed_form differ by")) << t.rows[0].reason;
  EXPECT_EQ(t.rows[1].outcome, verdict::failed); // the same id, another value
  EXPECT_EQ(t.rows[2].outcome, verdict::passed);
}

TEST(tables, simulations_take_the_settings) {
  const test::temporary_directory folder;
  test::write(folder / "mine.csv", european + good);
  table_settings settings = test_settings();
  const checked_table plain = check_table(folder / "mine.csv", settings);
  settings.pricing.points = sampling::sobol;
  const checked_table smooth = check_table(folder / "mine.csv", settings);
  ASSERT_NE(road(plain.rows.at(0), "monte_carlo"), nullptr);
  EXPECT_LT(road(smooth.rows.at(0), "monte_carlo")->standard_error, road(plain.rows.at(0), "monte_carlo")->standard_error / 10);
}

TEST(tables, numbers_outside_any_market_are_rejected) {
  const checked_table t = checked(european + good + "x,call,100,100,0.05,0,1e6,1,price,10,1e-3\n");
  EXPECT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(t.rejected.size(), 1u);
}

TEST(tables, a_fault_is_found) {
  table_settings faulty;
  faulty.volatility_shift = 1e-4;
  EXPECT_EQ(checked(european + good, "mine.csv", faulty).rows.at(0).outcome, verdict::failed);
}

TEST(tables, a_row_at_the_edge_of_its_formula) {
  for (const char* row : {"1e-8,1e-12", "0.2,1e-6", "5,50", "1e-3,30"}) {
    const std::string sigma = std::string(row).substr(0, std::string(row).find(',')),
                      time = std::string(row).substr(std::string(row).find(',') + 1);
    for (const char* strike : {"100", "1e-6", "1e9"})
      for (const char* quantity : {"price", "delta", "gamma", "vega", "vanna", "volga", "charm", "theta"}) {
        const checked_table t = checked(european + "european_bsm_1,put,100," + strike + ",-0.02,0," + sigma + ',' + time + ',' +
                                        quantity + ",0,1e300\n");
        ASSERT_EQ(t.rows.size(), 1u);
        EXPECT_EQ(t.rows[0].outcome, verdict::passed) << row << ' ' << strike << ' ' << quantity << ": " << t.rows[0].reason;
      }
  }
}

} // namespace
} // namespace dojima
