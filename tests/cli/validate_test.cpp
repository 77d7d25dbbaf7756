// dojima validate: exit codes, words and files.
#include "dojima/array/device.hpp"
#include "tests/cli/program.hpp"

namespace {

using namespace dojima;
using test::json;
using test::program_test;
using test::result;

class validate_program : public program_test {
protected:
  result validate(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"validate", "--no-quantlib", "--paths", "2048", "--out", (dir_ / "out").string()});
    return run(more);
  }
  result validate_book(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--portfolio", (dir_ / "portfolio.csv").string(), "--market", (dir_ / "market").string()});
    return validate(more);
  }
  json report() const { return json::parse(test::read(dir_ / "out/validation.json")); }
};

TEST_F(validate_program, the_suite_passes_with_a_line_for_each_group) {
  const result r = validate();
  EXPECT_EQ(r.code, 0) << r.err;
  for (const char* word : {"black_scholes", "rough_bergomi", "worst z", "z-scores: 1000 independent", "passed: "})
    EXPECT_NE(r.out.find(word), std::string::npos) << word << '\n' << r.out;
  const json j = report();
  EXPECT_EQ(j["schema"], "dojima.validation/1");
  EXPECT_EQ(j["verdict"], "passed");
  EXPECT_EQ(j["counts"]["failed"], 0);
  EXPECT_EQ(j["law"]["count"], 1000);
  EXPECT_EQ(j["settings"]["fault"], nullptr);
  EXPECT_EQ(j["convergence"].size(), 8u);
  EXPECT_EQ(j["items"].size(), j["counts"]["passed"].get<std::size_t>() + j["counts"]["skipped"].get<std::size_t>());
}

TEST_F(validate_program, a_fault_has_exit_code_1_and_names_its_trades) {
  const result r = validate({"--inject", "vol+1e-4"});
  EXPECT_EQ(r.code, 1);
  EXPECT_NE(r.err.find("black_scholes call: "), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("allowed is"), std::string::npos) << r.err;
  EXPECT_NE(r.out.find("FAILED"), std::string::npos) << r.out;
  const json j = report();
  EXPECT_EQ(j["verdict"], "failed");
  EXPECT_EQ(j["settings"]["fault"], "vol+0.0001");
  EXPECT_EQ(j["items"][0]["verdict"], "failed");
  const std::string junit = test::read(dir_ / "out/junit.xml");
  EXPECT_NE(junit.find("<failure message=\""), std::string::npos);
}

TEST_F(validate_program, a_book_is_compared_without_its_bad_rows) {
  test::write(dir_ / "portfolio.csv", files_.portfolio + "X,a,stock,ZZZ,1,USD,,,,,,,,,\n");
  const result r = validate_book();
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("portfolio.csv:9: X: unknown underlying 'ZZZ'"), std::string::npos) << r.err;
  const json j = report();
  EXPECT_EQ(j["items"].size(), 7u);
  EXPECT_EQ(j["rejected_count"], 1);
  EXPECT_EQ(j["rejected"][0]["line"], 9);
  EXPECT_GT(j["manifest"]["inputs"].size(), 5u);
  EXPECT_EQ(validate_book({"--inject", "spot*1.0001"}).code, 1);
}

TEST_F(validate_program, junit_holds_any_id) {
  test::write(dir_ / "portfolio.csv", "id,book,product,underlying,quantity\n\"a\"\"<&>\x01\",\"<b>\",stock,AAA,1\n");
  ASSERT_EQ(validate_book().code, 0);
  const std::string junit = test::read(dir_ / "out/junit.xml");
  EXPECT_NE(junit.find("<testsuite name=\"&lt;b>\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("name=\"a&quot;&lt;&amp;>\""), std::string::npos) << junit;
}

TEST_F(validate_program, bad_input_has_exit_code_2) {
  const auto message = [&](const std::vector<std::string>& more) {
    const result r = validate(more);
    EXPECT_EQ(r.code, 2) << r.err;
    return r.err;
  };
  EXPECT_NE(message({"--inject", "vol*2"}).find("fault 'vol*2'"), std::string::npos);
  EXPECT_NE(message({"--portfolio", "p.csv"}).find("--market"), std::string::npos);
  EXPECT_NE(message({"--threshold", "0"}).find("--threshold"), std::string::npos);
  EXPECT_NE(message({"--devices", "gpu"}).find("gpu"), std::string::npos);
  EXPECT_NE(message({"--threshold", "nan"}).find("threshold"), std::string::npos);
  EXPECT_NE(message({"--config", "none.toml"}).find("--portfolio"), std::string::npos) << "only books have one";
  EXPECT_NE(message({"--portfolio", "none.csv", "--market", (dir_ / "market").string()}).find("none.csv"), std::string::npos);
}

TEST_F(validate_program, a_missing_device_has_exit_code_3) {
  const result r = validate({"--devices", "cpu,cuda:99"});
  EXPECT_EQ(r.code, 3);
  EXPECT_FALSE(r.err.empty());
}

TEST_F(validate_program, without_quantlib_it_says_so) {
  const result r = validate_book();
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.err.find("QuantLib: left out"), std::string::npos) << r.err;
  bool said = false;
  const json j = report();
  for (const json& reference : j["references"]) said = said || (reference["name"] == "quantlib" && reference["status"] != "");
  EXPECT_TRUE(said);
}

TEST_F(validate_program, a_killed_run_leaves_no_half_file) {
  for (int i = 0; i < 8; ++i) {
    const std::filesystem::path out = dir_ / ("killed" + std::to_string(i));
    const test::process p({"validate", "--no-quantlib", "--quiet", "--paths", "2048", "--portfolio",
                           (dir_ / "portfolio.csv").string(), "--market", (dir_ / "market").string(), "--out", out.string()},
                          dir_ / "log");
    for (int wait = 0; wait < 4000 && !std::filesystem::exists(out); ++wait) usleep(1000); // as writing begins
    usleep(static_cast<useconds_t>(100 * i));
    p.kill();
    p.wait();
    for (const char* name : {"validation.json", "junit.xml", "validation.html"}) {
      if (!std::filesystem::exists(out / name)) continue;
      const std::string text = test::read(out / name);
      const char* end = std::string(name).ends_with("json")  ? "}\n"
                        : std::string(name).ends_with("xml") ? "</testsuites>\n"
                                                             : "</html>\n";
      EXPECT_TRUE(text.ends_with(end)) << name;
    }
  }
}

} // namespace
