// Every process with every payoff gives the same bits on each device that has fused multiply-add.
#include "dojima/pricing/price.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

std::vector<std::pair<const char*, model>> models() {
  local_volatility_model local{{0.5, 2.0}, {-0.5, -0.25, 0.0, 0.25, 0.5}, {}};
  local.values = {{0.35, 0.28, 0.22, 0.19, 0.18}, {0.32, 0.27, 0.23, 0.21, 0.2}};
  const heston_model h{0.04, 1.5, 0.06, 0.5, -0.7};
  heston_model euler = h;
  euler.with = heston_model::scheme::full_truncation;
  return {{"black_scholes", black_scholes_model{}},
          {"local_volatility", local},
          {"heston", h},
          {"heston_euler", euler},
          {"bates", bates_model{h, 0.4, -0.1, 0.15}},
          {"merton", merton_model{0.2, 0.5, -0.1, 0.15}},
          {"kou", kou_model{0.2, 0.8, 0.4, 10, 5}},
          {"cev", cev_model{2.0, 0.5}},
          {"sabr", sabr_model{2.0, 0.5, 0.4, -0.3}},
          {"rough_bergomi", rough_bergomi_model{0.04, 1.5, 0.1, -0.8}}};
}

/// One of each payoff on X, and baskets on X and Y.
portfolio every_payoff(const market& m) {
  const auto day = [&](int days) { return test::after(m, days); };
  std::vector<fixing_date> monthly;
  std::vector<date> dates;
  for (int i = 1; i <= 6; ++i) {
    monthly.push_back({day(30 * i), std::nullopt});
    dates.push_back(day(30 * i));
  }
  const auto call = option_type::call, put = option_type::put;
  const std::vector<contract> terms{european_option{call, 105, day(180)},
                                    digital_option{put, 95, day(180), 10.0},
                                    digital_option{call, 95, day(180), std::nullopt},
                                    asian_option{call, 100, day(180), monthly},
                                    asian_option{put, 100, day(180), monthly, averaging::geometric},
                                    asian_option{call, 100, day(180), monthly, averaging::arithmetic, true},
                                    barrier_option{call, 100, day(180), false, false, 85, 0},
                                    barrier_option{put, 100, day(180), true, true, 115, 2},
                                    barrier_option{call, 100, day(180), true, false, 130, 3},
                                    barrier_option{call, 100, day(180), false, false, 85, 0, dates},
                                    double_barrier_option{call, 100, day(180), false, 80, 130, 0},
                                    double_barrier_option{put, 100, day(180), true, 80, 130, 0, dates},
                                    touch_option{day(180), true, false, true, 120, 10},
                                    touch_option{day(180), false, true, false, 80, 10},
                                    touch_option{day(180), false, false, false, 85, 10, dates},
                                    lookback_option{call, 100, day(180), monthly},
                                    lookback_option{put, std::nullopt, day(180), monthly},
                                    cliquet_option{monthly, -0.05, 0.05, 0.0, 0.2},
                                    forward_start_option{call, 1.0, {day(60), std::nullopt}, day(180)},
                                    forward_start_option{put, 1.05, {day(60), std::nullopt}, day(180), true},
                                    chooser_option{day(90), 100, day(180)},
                                    variance_swap{0.04, false, monthly},
                                    variance_swap{0.2, true, monthly},
                                    autocallable_note{{{"X", 100}}, {day(60), day(120), day(180)}, 0.03, 0.9, 1.0, 0.7}};
  portfolio book;
  for (std::size_t i = 0; i < terms.size(); ++i)
    book.push_back({std::to_string(i), "b", "X", 1.0 + 0.25 * static_cast<double>(i % 3), terms[i]});
  return book;
}

class every_process : public testing::TestWithParam<std::size_t> {};

TEST_P(every_process, gives_the_same_bits_with_every_payoff) {
  const auto [name, dynamics] = models()[GetParam()];
  market m = test::one_stock_market(100, 0.04, 0.01, 0.25);
  m.underlyings["X"].dynamics = dynamics;
  underlying y = m.underlyings["X"];
  y.name = "Y";
  m.underlyings["Y"] = y;
  m.correlations[{"X", "Y"}] = 0.5;
  portfolio book = every_payoff(m);
  for (const basket_kind kind : {basket_kind::sum, basket_kind::best, basket_kind::worst})
    book.push_back(
        {"basket", "b", "X", 1.0, basket_option{option_type::call, 100, test::after(m, 180), kind, {{"X", 0.5}, {"Y", 0.5}}}});
  if (std::holds_alternative<black_scholes_model>(dynamics))
    book.push_back({"compound", "b", "X", 1.0,
                    compound_option{option_type::call, 5, test::after(m, 90), option_type::put, 100, test::after(m, 180)}});
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = std::string(name) == "rough_bergomi" ? 1 << 13 : 1 << 16;
  s.antithetic = GetParam() % 2 == 1;
  std::vector<estimate> first;
  std::string first_device;
  for (const device& d : test::all_devices()) {
    if (!d.bitwise()) continue;
    const auto found = price(book, m, s, stream(d));
    for (std::size_t i = 0; i < book.size(); ++i) {
      EXPECT_EQ(found[i].status, "") << name << ' ' << product_name(book[i].terms);
      EXPECT_TRUE(std::isfinite(found[i].standard_error));
    }
    if (first.empty()) {
      first = found, first_device = test::label(d);
      continue;
    }
    for (std::size_t i = 0; i < book.size(); ++i) {
      EXPECT_TRUE(test::same_bits(found[i].value, first[i].value))
          << name << ' ' << product_name(book[i].terms) << ' ' << i << ": " << std::setprecision(17) << found[i].value << " on "
          << test::label(d) << ", " << first[i].value << " on " << first_device;
      EXPECT_TRUE(test::same_bits(found[i].standard_error, first[i].standard_error));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(devices, every_process, testing::Range(std::size_t{0}, std::size_t{10}),
                         [](const auto& info) { return models()[info.param].first; });

/// One step of one asset, where four paths share a block of draws and the last tile is cut short.
TEST(devices, one_step_gives_the_same_bits) {
  const market m = test::one_stock_market(100, 0.04, 0.01, 0.25);
  portfolio book;
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = 100001;
  for (const int trades : {1, 12}) { // sums in registers, and in memory
    while (static_cast<int>(book.size()) < trades) {
      const double strike = 90 + 2.0 * static_cast<double>(book.size());
      book.push_back({"call", "b", "X", 1.0, european_option{option_type::call, strike, test::after(m, 180)}});
    }
    std::vector<estimate> first;
    for (const device& d : test::all_devices()) {
      if (!d.bitwise()) continue;
      const auto found = price(book, m, s, stream(d));
      if (first.empty()) first = found;
      for (std::size_t i = 0; i < book.size(); ++i) {
        EXPECT_TRUE(test::same_bits(found[i].value, first[i].value)) << test::label(d) << ' ' << i;
        EXPECT_TRUE(test::same_bits(found[i].standard_error, first[i].standard_error)) << test::label(d) << ' ' << i;
      }
      EXPECT_TRUE(test::same_bits(found[0].value, price({book[0]}, m, s, stream(d))[0].value)) << test::label(d);
    }
  }
}

TEST(devices, threads_and_memory_change_nothing) {
  market m = test::one_stock_market(100, 0.04, 0.01, 0.25);
  m.underlyings["X"].dynamics = heston_model{0.04, 1.5, 0.06, 0.5, -0.7};
  const portfolio book = every_payoff(m);
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = (1 << 20) + 12345;
  s.largest_step = 0.25;
  for (const device& d : test::all_devices()) {
    if (!d.bitwise()) continue;
    s.memory_mib = 1024;
    const auto large = price(book, m, s, stream(d));
    s.memory_mib = 1;
    const auto small = price(book, m, s, stream(d));
    for (std::size_t i = 0; i < book.size(); ++i)
      EXPECT_TRUE(test::same_bits(large[i].value, small[i].value)) << test::label(d) << ' ' << i;
  }
}

TEST(devices, paths_shared_out_over_devices_give_the_same_bits) {
  market m = test::one_stock_market(100, 0.04, 0.01, 0.25);
  const portfolio book = every_payoff(m);
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = 700001;
  std::vector<stream> all;
  for (const device& d : test::all_devices())
    if (d.bitwise()) all.emplace_back(d);
  if (all.empty()) GTEST_SKIP() << "no device with fused multiply-add";
  const auto one = price(book, m, s, all.front());
  all.push_back(stream(device::cpu()));
  all.push_back(stream(device::cpu()));
  const auto several = price(book, m, s, all);
  for (std::size_t i = 0; i < book.size(); ++i) {
    EXPECT_EQ(several[i].status, "");
    EXPECT_TRUE(test::same_bits(one[i].value, several[i].value)) << i;
    EXPECT_TRUE(test::same_bits(one[i].standard_error, several[i].standard_error)) << i;
  }
}

} // namespace
} // namespace dojima
