// Runs that were stopped and go on.
#include "pricing/checkpoint.hpp"

#include <fstream>
#include <thread>

#include "pricing/book.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

class resumed : public testing::Test {
protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    file = std::filesystem::temp_directory_path() / ("dojima_" + name + std::to_string(getpid()));
    std::filesystem::remove(file);
    settings.method = pricing_method::monte_carlo;
  }
  void TearDown() override { std::filesystem::remove(file); }

  portfolio book(double strike = 100) const {
    const date end = test::after(m, 180);
    return {{"1", "b", "X", 2.0, european_option{option_type::call, strike, end}},
            {"2", "b", "X", 1.0, barrier_option{option_type::put, 100, end, false, false, 80, 0, {test::after(m, 90), end}}},
            {"3", "b", "Y", 1.0, european_option{option_type::put, 100, end}}};
  }
  std::vector<estimate> run(std::int64_t paths, bool kept, const portfolio& positions, std::stop_token stop = {}) {
    pricing_settings s = settings;
    s.paths = paths;
    if (kept) s.checkpoint = file;
    return pricer(positions, m, s, stream(on)).price(m, stop);
  }
  void expect_same(const std::vector<estimate>& a, const std::vector<estimate>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].status, "");
      EXPECT_TRUE(test::same_bits(a[i].value, b[i].value)) << i;
      EXPECT_TRUE(test::same_bits(a[i].standard_error, b[i].standard_error)) << i;
      EXPECT_EQ(a[i].paths, b[i].paths);
    }
  }

  market m = [] {
    market two = test::one_stock_market(100, 0.03, 0.0, 0.25);
    two.underlyings["Y"] = two.underlyings["X"];
    two.underlyings["Y"].name = "Y";
    two.underlyings["Y"].dynamics = heston_model{0.04, 1.5, 0.06, 0.5, -0.7};
    return two;
  }();
  pricing_settings settings;
  device on = device::cpu();
  std::filesystem::path file;
};

TEST_F(resumed, run_has_the_bits_of_one_that_was_never_stopped) {
  const std::int64_t paths = (1 << 19) + 777;
  const auto whole = run(paths, false, book());
  run(200'000, true, book()); // as far as one chunk
  expect_same(run(paths, true, book()), whole);
  expect_same(run(paths, true, book()), whole); // and once more from all of them
  settings.points = sampling::sobol;
  const auto points = run(1 << 18, false, book());
  std::filesystem::remove(file);
  run(1 << 18, true, book());
  expect_same(run(1 << 18, true, book()), points);
}

TEST_F(resumed, run_takes_what_is_in_the_file) {
  pricing_settings s = settings;
  s.paths = 1 << 18;
  const portfolio one{book()[0]};
  path_group group({on_paths(one[0], m)}, {2.0}, m, s, {stream(device::cpu())});
  const std::uint64_t id = group.identity(m);
  checkpoint made(file, {id});
  made.keep(id, std::vector{131072 * 10.0, 131072 * 200.0}); // the first chunk: a mean of 10
  made.write();
  const double rest = 2 * run(1 << 18, false, one)[0].value - run(1 << 17, false, one)[0].value;
  EXPECT_NEAR(run(1 << 18, true, one)[0].value, (10 + rest) / 2, 1e-9);
}

TEST_F(resumed, run_was_stopped) {
  std::stop_source source;
  std::vector<estimate> found;
  {
    std::jthread soon([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      source.request_stop();
    });
    found = run(std::int64_t{1} << 36, true, book(), source.get_token());
  }
  for (const estimate& e : found) EXPECT_TRUE(e.status.starts_with("stopped after ")) << e.status;
  EXPECT_NE(found[2].status.find("stopped after 0 of 68719476736 paths"), std::string::npos) << found[2].status;
  expect_same(run(300'000, true, book()), run(300'000, false, book()));
  settings.time_budget = 1;
  EXPECT_NE(test::message_of<input_error>([&] { run(4096, true, book()); }).find("time_budget"), std::string::npos);
}

TEST_F(resumed, runs_refuse_files_of_others_and_broken_ones) {
  run(1 << 17, true, book());
  const auto refused = [&](const char* why, const portfolio& positions) {
    const auto bytes = std::filesystem::file_size(file);
    const std::string said = test::message_of<input_error>([&] { run(1 << 17, true, positions); });
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_EQ(std::filesystem::file_size(file), bytes); // nothing was lost
  };
  refused("another run", book(101));
  m.underlyings["X"].spot = 101;
  refused("another run", book());
  m.underlyings["X"].spot = 100;
  settings.seed = 43;
  refused("another run", book());
  settings.seed = 42;
  if (on.bitwise()) {
    on = device::cpu("plain"); // which rounds products
    refused("another run", book());
    on = device::cpu();
  }
  EXPECT_EQ(run(1 << 17, true, book())[0].status, "");
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(40);
  bytes.put('x');
  bytes.close();
  refused("not a whole checkpoint", book());
  std::filesystem::resize_file(file, 30);
  refused("not a whole checkpoint", book());
  std::filesystem::resize_file(file, 3);
  refused("not a whole checkpoint", book());
}

} // namespace
} // namespace dojima
