// Payoffs as text: the examples of docs/payoffs.md against products, errors that point at their place, limits.
#include <fstream>
#include <regex>

#include "dojima/pricing/script.hpp"
#include "pricing/tape.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

using parameters = std::map<std::string, double>;

/// The examples of docs/payoffs.md by title.
std::map<std::string, std::string> examples() {
  std::ifstream in(std::filesystem::path(DOJIMA_SOURCE_DIR) / "docs" / "payoffs.md");
  std::map<std::string, std::string> all;
  std::string title, line;
  bool inside = false;
  while (std::getline(in, line)) {
    if (line.starts_with("### ")) title = line.substr(4);
    else if (line == "```payoff") inside = true;
    else if (line == "```") inside = false;
    else if (inside) all[title] += line + '\n';
  }
  return all;
}

market two_stocks() {
  market m = test::one_stock_market(100, 0.05, 0.02, 0.25);
  underlying y = m.underlyings["X"];
  y.name = "Y";
  y.spot = 90;
  y.surface = flat_volatility{0.35};
  m.underlyings["Y"] = y;
  m.correlations[{"X", "Y"}] = 0.4;
  return m;
}

std::vector<date> monthly(const market& m, int months = 12) {
  std::vector<date> all;
  for (int i = 1; i <= months; ++i) all.push_back(test::after(m, 30 * i));
  return all;
}
std::vector<fixing_date> as_fixings(const std::vector<date>& dates) {
  std::vector<fixing_date> all;
  for (const date d : dates) all.push_back({d, std::nullopt});
  return all;
}

pricing_settings simulated(std::int64_t paths = 1 << 13) {
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = paths;
  s.control_variates = false;
  return s;
}

estimate value(const contract& terms, const market& m, const device& d = device::cpu(),
               const pricing_settings& s = simulated()) {
  return price({{"1", "b", "X", 1.0, terms}}, m, s, stream(d)).front();
}

/// Prices both on every device, with sensitivities; the text's bits are the same on all that promise it.
void expect_same(const contract& text, const contract& product, const market& m) {
  pricing_settings s = simulated();
  s.greeks = true;
  std::optional<double> first;
  for (const device& d : test::all_devices()) {
    const estimate a = value(text, m, d, s), b = value(product, m, d, s);
    ASSERT_EQ(a.status, "") << test::label(d);
    ASSERT_EQ(b.status, "") << test::label(d);
    EXPECT_NEAR(a.value, b.value, 1e-12 * std::max(1.0, std::abs(b.value))) << test::label(d);
    EXPECT_NEAR(a.standard_error, b.standard_error, 1e-9 * b.standard_error) << test::label(d);
    EXPECT_GT(a.standard_error, 0);
    EXPECT_NEAR(a.greeks->vega.value, b.greeks->vega.value, 1e-8 * std::max(1.0, std::abs(b.greeks->vega.value)));
    EXPECT_NEAR(a.greeks->theta.value, b.greeks->theta.value, 1e-8 * std::max(1.0, std::abs(b.greeks->theta.value)));
    if (!d.bitwise()) continue;
    if (!first) first = a.value;
    EXPECT_TRUE(test::same_bits(a.value, *first)) << test::label(d);
  }
}

struct script : testing::Test {
  market m = two_stocks();
  std::vector<date> dates = monthly(m);
  date expiry = dates.back();

  custom_option on_dates(const std::string& text, const parameters& p = {}, const seen_prices& seen = {}) const {
    return scripted_payoff(text, {{"S", "X"}}, p, {{"monthly", dates}}, expiry, seen);
  }
  custom_option at_expiry(const std::string& text, const parameters& p = {}) const {
    return scripted_payoff(text, {{"S", "X"}}, p, {}, expiry);
  }
  std::string error_of(const std::string& text, const parameters& p = {}) const {
    return test::message_of<input_error>([&] { on_dates(text, p); });
  }
  double worth(const custom_option& o) const {
    const estimate e = value(o, m);
    EXPECT_EQ(e.status, "");
    return e.value;
  }
  /// The value of a text that is one number on all paths, as it is paid.
  double number(const std::string& text, const parameters& p = {}) const {
    return worth(at_expiry(text, p)) / worth(at_expiry("1 + 0 * S"));
  }
};

TEST_F(script, examples_of_the_documentation_are_the_products) {
  auto text = examples();
  if (text.empty()) GTEST_SKIP() << "docs/payoffs.md is not there";
  ASSERT_EQ(text.size(), 10u);
  const auto take = [&](const std::string& title) {
    const std::string found = text.at(title);
    text.erase(title);
    return found;
  };
  const std::vector<fixing_date> fixings = as_fixings(dates);
  const auto call = option_type::call;

  expect_same(on_dates(take("Asian call"), {{"K", 100}}), asian_option{call, 100, expiry, fixings}, m);
  expect_same(on_dates(take("Up-and-out call"), {{"K", 100}, {"barrier", 130}}),
              barrier_option{call, 100, expiry, true, false, 130, 0, dates}, m);
  expect_same(on_dates(take("Lookback call")), lookback_option{call, std::nullopt, expiry, fixings}, m);
  expect_same(on_dates(take("Cliquet"), {{"local_floor", -0.03}, {"local_cap", 0.05}, {"global_floor", 0.02}}),
              cliquet_option{fixings, -0.03, 0.05, 0.02}, m);
  expect_same(on_dates(take("Variance swap"), {{"K", 0.05}}), variance_swap{0.05, false, fixings}, m);
  expect_same(scripted_payoff(take("Forward-start call on the performance"), {{"S", "X"}}, {{"moneyness", 1.05}},
                              {{"reset", {dates[2]}}}, expiry),
              forward_start_option{call, 1.05, {dates[2], std::nullopt}, expiry, true}, m);
  const std::vector<script_asset> two{{"SPX", "X"}, {"NDX", "Y"}};
  expect_same(scripted_payoff(take("Call on the better of two"), two, {{"K", 110}}, {}, expiry),
              basket_option{call, 110, expiry, basket_kind::best, {{"X", 1}, {"Y", 1}}}, m);
  const std::vector<date> quarters{dates[2], dates[5], dates[8], dates[11]};
  expect_same(
      scripted_payoff(
          take("Autocallable note on the worse of two"), two,
          {{"SPX0", 100}, {"NDX0", 90}, {"coupon", 0.04}, {"coupon_level", 0.8}, {"call_level", 1.05}, {"protection", 0.7}},
          {{"quarterly", quarters}}, expiry),
      autocallable_note{{{"X", 100}, {"Y", 90}}, quarters, 0.04, 0.8, 1.05, 0.7, true}, m);

  { // each date pays the difference of two digitals, carried to expiry
    const custom_option range = on_dates(take("Range accrual"), {{"low", 90}, {"high", 110}, {"coupon", 12}});
    const estimate e = value(range, m, device::cpu(), simulated(1 << 16));
    double exact = 0;
    for (const date d : dates) {
      const double carry = std::exp(-0.05 * (m.time_to(expiry) - m.time_to(d)));
      for (const double strike : {90.0, 110.0})
        exact += (strike < 100 ? carry : -carry) * test::value_of(digital_option{call, strike, d, 1.0}, m).value;
    }
    EXPECT_WITHIN_STDERR(e, exact, 4);
  }
  {
    struct parisian final : payoff {
      path_value alive = 1.0, below = 0.0, spot = 0.0;
      std::vector<path_value*> state() override { return {&alive, &below, &spot}; }
      void observe(int, const observation& o) override {
        spot = o.spot();
        below = select(spot < 90.0, below + 1.0, 0.0);
        alive = select(below < 3.0, alive, 0.0);
      }
      path_value value() const override { return alive * max(100.0 - spot, 0.0); }
    };
    expect_same(on_dates(take("Parisian down-and-out put"), {{"K", 100}, {"barrier", 90}, {"days", 3}}),
                custom_option{"parisian", [] { return std::make_unique<parisian>(); }, {"X"}, {dates}, expiry}, m);
  }
  EXPECT_TRUE(text.empty()) << text.begin()->first;
}

TEST_F(script, operators_bind_as_in_mathematics) {
  for (const auto& [text, exact] :
       std::map<std::string, double>{{"-2^2 + 9", 5.0},
                                     {"2^3^2", 512.0},
                                     {"2^-1", 0.5},
                                     {"7 - 2 - 1", 4.0},
                                     {"1 + 2 * 3", 7.0},
                                     {"12 / 2 / 3", 2.0},
                                     {"(1 + 2) * 3", 9.0},
                                     {"max(1, 3, 2) - min(4, 5)", -1.0},
                                     {"if 1 < 2 < 3 then 1 else 0", 1.0},
                                     {"if 1 < 3 < 2 then 1 else 0", 0.0},
                                     {"if not 1 > 2 and (false or true) then 4 else 5", 4.0},
                                     {"1 + if 2 > 1 then 1 else 7", 2.0},
                                     {"sqrt(16) + abs(-2) + pow(4, 0.5)", 8.0},
                                     {"log(exp(2)) + norm_cdf(0)", 2.5},
                                     {"x = 1\ny = x +\n 1; value = (x\n + y)", 3.0},
                                     {"x = 2\n-x", -2.0},
                                     {"if 1 > 2 { x = 1 } else if 2 > 1 { x = 2 } else { x = 3 }\nx", 2.0},
                                     {"k * 2 # twice", 6.0}}) {
    const parameters p = text[0] == 'k' ? parameters{{"k", 3}} : parameters{};
    EXPECT_NEAR(number("z = 0 * S\n" + text, p), exact, 1e-12) << text;
    const std::string on_path = std::regex_replace(text, std::regex("[0-9]+(\\.[0-9]+)?"), "(z + $&)");
    EXPECT_NEAR(number("z = 0 * S\n" + on_path, p), exact, 1e-12) << on_path;
  }
}

TEST_F(script, functions_over_dates_are_those_of_loops) {
  const auto same = [&](const std::string& a, const std::string& b) {
    const std::string all = " + 0 * sum(S)"; // the same steps, so the same paths
    EXPECT_NEAR(worth(on_dates(a + all)), worth(on_dates(b + all)), 1e-11) << a;
  };
  const std::string n = "n = 0; for each date { n = n + 1 }\n";
  same("sum(S)", "x = 0; for each date { x = x + S }; x");
  same("mean(S)", n + "sum(S) / n");
  same("gmean(S)", n + "prod(S)^(1 / n)");
  same("max(S)", "x = 0; for each date { x = max(x, S) }; value = x");
  same("min(S)", "-max(-S)");
  same("count(S > 100)", "sum(if S > 100 then 1 else 0)");
  same("last(S)", "S");
  same("prod(S / prev(S))", "last(S) / first(S)");
  same("mean(S / prev(S))", "sum(S / prev(S)) / 11");
  same("first(S / prev(S))", "x = first(S); k = 0; y = 0\nfor each date { k = k + 1; if k == 2 { y = S } }\ny / x");
  same("sum(pay(1))", "x = 0; for each date { x = x + pay(1) }\nx");
}

TEST_F(script, loops_run_together_date_by_date) {
  const auto in_two = [&](const std::string& text) {
    return worth(
        scripted_payoff(text, {{"S", "X"}}, {}, {{"a", {dates[0], dates[1], dates[2]}}, {"b", {dates[1], dates[3]}}}, expiry));
  };
  // Dates: a, a and b, a, b.
  EXPECT_NEAR(in_two("x = 1; for each date in a { x = 2 * x }\nfor each date in b { x = x + 1 }\nx + 0 * S"),
              11 * worth(at_expiry("1 + 0 * S")), 1e-10);
  EXPECT_NEAR(in_two("x = 1; for each date in b { x = x + 1 }\nfor each date in a { x = 2 * x }\nx + 0 * S"),
              13 * worth(at_expiry("1 + 0 * S")), 1e-10);
  EXPECT_NEAR(in_two("mean(S, a) + max(S, b)"), in_two("sum(S, a) / 3 + max(S, b)"), 1e-10);
}

TEST_F(script, states_may_take_each_others_values) {
  EXPECT_NEAR(worth(on_dates("new = 0; old = 0; for each date { old = new; new = S }; old")),
              worth(on_dates("k = 0; x = 0; for each date { k = k + 1; if k == 11 { x = S } }\nx")), 1e-11);
  EXPECT_NEAR(worth(on_dates("a = 1; b = 2; for each date { c = a; a = b; b = c }; value = 10 * a + b + 0 * S")),
              12 * worth(at_expiry("1 + 0 * S")), 1e-10);
}

TEST_F(script, what_was_seen_is_kept) {
  const std::vector<date> all{test::after(m, -60), test::after(m, -30), dates[5], expiry};
  std::vector<fixing_date> fixings = as_fixings(all);
  fixings[0].value = 95, fixings[1].value = 104;
  const auto text = [&](const std::string& t, const parameters& p, const seen_prices& seen) {
    return scripted_payoff(t, {{"S", "X"}}, p, {{"d", all}}, expiry, seen);
  };
  const seen_prices seen{{all[0], {95}}, {all[1], {104}}};
  expect_same(text("max(mean(S) - K, 0)", {{"K", 100}}, seen), asian_option{option_type::call, 100, expiry, fixings}, m);
  expect_same(text("252 * mean(log(S / prev(S))^2) - K", {{"K", 0.05}}, seen), variance_swap{0.05, false, fixings}, m);
  EXPECT_NEAR(worth(text("sum(pay(1)) + 0 * S", {}, seen)),
              std::exp(-0.05 * m.time_to(dates[5])) + std::exp(-0.05 * m.time_to(expiry)), 1e-10);
  EXPECT_NE(value(text("mean(S)", {}, {}), m).status.find("make the payoff with what was seen"), std::string::npos);
  EXPECT_NE(test::message_of<input_error>([&] {
              text("mean(S)", {}, {{all[1], {104}}});
            }).find("but none on"),
            std::string::npos);
  EXPECT_NE(test::message_of<input_error>([&] {
              text("mean(S)", {}, {{all[0], {95, 1}}});
            }).find("one above 0"),
            std::string::npos);
}

TEST_F(script, errors_point_at_the_character) {
  EXPECT_EQ(error_of("max(mean(S) - Strke, 0)", {{"strike", 100}}),
            "payoff, line 1, column 15: unknown name 'Strke'; did you mean 'strike'?\n"
            "  max(mean(S) - Strke, 0)\n"
            "                ^");
  EXPECT_EQ(error_of("# \u00e9\n\tx = \u00e9 + 1"), "payoff, line 2, column 6: unexpected '\u00e9'\n"
                                                    "  \tx = \u00e9 + 1\n"
                                                    "  \t    ^");
  struct wrong {
    std::string text, place, problem;
  };
  for (const wrong& w : std::vector<wrong>{
           {"", "1, column 1", "the value is missing"},
           {"# nothing\n", "2, column 1", "the value is missing"},
           {"x = 1", "1, column 6", "the value is missing"},
           {"mean(S) -", "1, column 10", "an operand is missing"},
           {"mean(S) - * 2", "1, column 11", "an operand is missing before '*'"},
           {"(mean(S)", "1, column 9", "')' expected"},
           {"mean(S) 2", "1, column 9", "a statement ends with its line"},
           {"mean(S)\n+ 2", "2, column 1", "an expression alone is the last line"},
           {"mean(S) }", "1, column 9", "'}' without '{'"},
           {"2x", "1, column 2", "an operator is missing"},
           {"1e999 + mean(S)", "1, column 1", "no number"},
           {"mean(S)**2", "1, column 8", "write ^"},
           {"x = S > 1 && S < 2", "1, column 11", "write and"},
           {"if S = 1 then 1 else 0", "1, column 6", "write == to compare"},
           {"x = S = 1", "1, column 7", "write == to compare"},
           {"S + (S > 1)", "1, column 5", "a number is expected, not a condition"},
           {"S and true", "1, column 1", "a condition is expected, not a number"},
           {"not S", "1, column 5", "a condition is expected"},
           {"count(S)", "1, column 7", "a condition is expected"},
           {"if S > 1 then 1", "1, column 16", "'else' expected"},
           {"if S > 1 then 1 else S > 1", "1, column 15", "a condition in the other"},
           {"sqr(S)", "1, column 1", "unknown function 'sqr'; did you mean 'sqrt'?"},
           {"sqrt(S, 2)", "1, column 1", "takes 1 argument(s), not 2"},
           {"S(1)", "1, column 1", "an asset, not a function"},
           {"max + 1", "1, column 1", "is a function; its arguments are missing"},
           {"monthly", "1, column 1", "is a schedule"},
           {"mean(S, weekly)", "1, column 9", "unknown schedule 'weekly'"},
           {"prev(S)", "1, column 1", "belongs to a date"},
           {"pay(1)", "1, column 1", "belongs to a date"},
           {"sum(prev(2))", "1, column 10", "unknown asset '2'"},
           {"sum(mean(S))", "1, column 5", "known at the end of the path only"},
           {"S = 2", "1, column 1", "'S' is an asset"},
           {"then = 2", "1, column 1", "a word of the language"},
           {"x = S\nsum(x)", "2, column 5", "'x' is known at the end of the path only"},
           {"for each dat { }", "1, column 10", "'date' expected"},
           {"for each date in weekly { }", "1, column 18", "unknown schedule"},
           {"for each date { x = S }\n0", "1, column 1", "the loop updates nothing"},
           {"for each date { x = x + S }\nx", "1, column 21", "'x' has no value yet"},
           {"y = 0; for each date { x = S; y = x }\nx + y", "2, column 1", "'x' lives in a loop only"},
           {"x = S; for each date { x = x + S }\nx", "1, column 1", "'x' is the start of a loop"},
           {"x = 0; for each date { x = S > 1 }\nx", "1, column 24", "'x' starts as a number"},
           {"x = 0; for each date { x = S\nx", "2, column 1", "an assignment is expected"},
           {"x = 0; for each date { x = S\n", "2, column 1", "'}' expected"},
           {"x = 0; for each date { S }\nx", "1, column 24", "an assignment is expected"},
           {"x = 0; for each date { for each date { x = 1 } }\nx", "1, column 24", "a loop stands alone"},
           {"x = 0; for each date { x = S }\ny = x\nfor each date { x = S }\ny", "2, column 5", "run together"},
           {"x = 0; for each date { x = S }\nx = 1\nfor each date { x = S }\nx", "2, column 1", "run together"},
           {"x = 0; for each date { x = S }\nsum(S * x)", "2, column 9", "use it in a loop"},
           {"if S > 1 { x = 1 } else { x = true }\nx", "1, column 1", "a number in one branch"},
           {"if S > 1 { x = 1 }\nx", "2, column 1", "unknown name 'x'"},
           {"value = S > 1", "1, column 14", "a number is expected"},
       }) {
    const std::string found = error_of(w.text);
    EXPECT_NE(found.find("line " + w.place + ":"), std::string::npos) << w.text << '\n' << found;
    EXPECT_NE(found.find(w.problem), std::string::npos) << w.text << '\n' << found;
  }
}

TEST_F(script, names_must_fit) {
  const auto message = [&](const std::vector<script_asset>& assets, const parameters& p,
                           const std::map<std::string, std::vector<date>>& schedules) {
    return test::message_of<input_error>([&] { scripted_payoff("mean(S)", assets, p, schedules, expiry); });
  };
  const auto has = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(message({}, {}, {{"d", dates}}), "without assets");
  has(message({{"S", "X"}}, {{"K", 1}}, {{"d", dates}}), "parameter 'K' is not used");
  has(message({{"S", "X"}, {"Y"}}, {}, {{"d", dates}}), "asset 'Y' is not used");
  has(message({{"S", "X"}}, {}, {{"d", dates}, {"e", dates}}), "name one: d, e");
  has(message({{"S", "X"}}, {}, {}), "no schedule was given");
  has(message({{"S", "X"}}, {{"K", std::nan("")}}, {{"d", dates}}), "parameter K = nan (must be finite)");
  has(message({{"S", "X"}}, {{"S", 1}}, {{"d", dates}}), "stands for two things");
  has(message({{"S", "X"}}, {{"max", 1}}, {{"d", dates}}), "a word of the language");
  has(message({{"EUR/USD"}}, {}, {{"d", dates}}), "name 'EUR/USD'");
  has(message({{"S", "X"}}, {}, {{"d", {}}}), "has no dates");
  has(message({{"S", "X"}}, {}, {{"d", {dates[1], dates[0]}}}), "dates must increase");
  has(message({{"S", "X"}}, {}, {{"d", {test::after(m, 1000)}}}), "is after expiry");
}

TEST_F(script, limits_are_said) {
  EXPECT_NE(error_of(std::string(20000, ' ')).find("16384 are the limit"), std::string::npos);
  const auto nested = [](int depth, const std::string& open, const std::string& close) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "S";
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  for (const std::string open : {"(", "-", "abs(", "1 + (", "2^", "if S > 1 then 0 else "}) {
    const std::string close = open.back() == '(' ? ")" : "";
    EXPECT_NE(error_of(nested(300, open, close)).find("nested too deeply"), std::string::npos) << open;
    EXPECT_NO_THROW(at_expiry(nested(180, open, close))) << open;
  }
  EXPECT_NE(error_of(nested(600, "if S > 1 { ", "")).find("nested too deeply"), std::string::npos);
  // As many terms as there is room for.
  std::string sum = "S";
  while (sum.size() < 16000) sum += "+S";
  EXPECT_NEAR(worth(at_expiry(sum)) / worth(at_expiry("S")), static_cast<double>(sum.size() + 1) / 2, 1e-8);
  // A line of any length is shown in part.
  EXPECT_LT(error_of(std::string(10000, ' ') + "x" + std::string(5000, ' ')).size(), 400u);
}

TEST_F(script, a_value_used_twice_each_time_is_written_once) {
  std::string text = "x = 0; for each date { y = S / 100";
  for (int i = 0; i < 60; ++i) text += "; y = y * y - y; y = if y > 0 and y < 1 then y / 2 + y / 2 else -y";
  text += "; x = max(x, min(abs(y), 1)) }\nz = x";
  for (int i = 0; i < 60; ++i) text += "; z = z * z - 2 * z";
  const double found = worth(on_dates(text + "; min(max(z, -1), 1) + 0 * S"));
  EXPECT_TRUE(std::isfinite(found));
}

TEST_F(script, trades_that_differ_in_parameters_share_a_program) {
  program_builder builder(2, 2, 1);
  for (const double strike : {90.0, 100.0, 110.0}) {
    const custom_option o = on_dates("c = 2 * K; max(2 * mean(S) - c, 0) + max(S - K, 0)", {{"K", strike}});
    builder.writing().set_scenarios(2);
    const tape::scope here(builder.writing());
    const auto form = o.make();
    builder.add_trade(*form, {0, 1});
  }
  const auto made = builder.build();
  EXPECT_EQ(made.program.classes.size(), 1u);
  EXPECT_EQ(made.program.classes[0].parameters, 2);
  EXPECT_EQ(made.program.starts.size(), 2u); // the sum, and the price at expiry
}

} // namespace
} // namespace dojima
