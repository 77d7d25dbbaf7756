// The shipped book under random markets: results do not depend on the device, the number of threads, the size of the blocks, or
// on what else is in the book.
#include "dojima/io/read.hpp"
#include "dojima/risk/revalue.hpp"
#include "tests/support.hpp"

#include <oneapi/tbb/global_control.h>

#include <random>

namespace dojima {
namespace {

/// Every fourth position, in 130 random markets (not a multiple of any block).
struct sample {
  market snapshot = read_market(test::data_directory() / "market").snapshot;
  portfolio trades;
  std::vector<std::vector<std::int32_t>> groups{{}, {}};
  scenario_states states;

  sample() {
    const portfolio all = read_portfolio(test::data_directory() / "portfolio.csv", snapshot).trades;
    for (std::size_t i = 0; i < all.size(); i += 4) {
      groups[trades.size() % 2].push_back(static_cast<std::int32_t>(trades.size()));
      trades.push_back(all[i]);
    }
    const state_layout layout(snapshot);
    std::mt19937 generator(9);
    std::normal_distribution<> normal;
    states = today_states(snapshot, layout, 130);
    for (std::size_t s = 0; s < states.columns; ++s) {
      for (const auto& [name, u] : snapshot.underlyings) {
        set_spot(states, layout, name, s, u.spot * std::exp(0.05 * normal(generator)));
        states.at(layout.volatility_log(name), s) = 0.1 * normal(generator);
      }
      for (const auto& [name, c] : snapshot.curves)
        for (std::size_t n = 0; n < c.times().size(); ++n)
          states.at(layout.curve_node(name, static_cast<int>(n)), s) -= 0.001 * c.times()[n] * normal(generator);
      for (const auto& [name, rate] : snapshot.fx)
        if (name != snapshot.base_currency) states.at(layout.fx(name), s) = rate * std::exp(0.01 * normal(generator));
    }
  }
};
const sample& the_sample() {
  static const sample s;
  return s;
}

/// Values, errors and P&L of the book on one device, one after the other.
std::vector<double> results(const device& where, const pricing_settings& settings = {}) {
  const sample& s = the_sample();
  const revaluer book(s.trades, s.snapshot, s.groups, settings, stream(where));
  std::vector<double> all = book.values();
  const group_pnl pnl = book.run(s.states);
  for (const auto& part : {book.standard_errors(), book.positions_pnl(s.states), pnl.values, pnl.variance})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::size_t differences(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return std::max(a.size(), b.size());
  std::size_t n = 0;
  for (std::size_t i = 0; i < a.size(); ++i) n += !test::same_bits(a[i], b[i]);
  return n;
}

TEST(book, has_every_product_that_is_revalued) {
  std::map<std::string, int> products;
  for (const trade& t : the_sample().trades) {
    EXPECT_TRUE(has_revaluation(t.terms));
    ++products[product_name(t.terms)];
  }
  EXPECT_EQ(products.size(), 7u);
}

TEST(book, same_bits_on_all_devices) {
  std::vector<device> devices;
  for (const device& d : test::all_devices())
    if (d.bitwise()) devices.push_back(d);
  if (devices.size() < 2) GTEST_SKIP() << "one device with fused multiply-add (" << device::cuda_status() << ")";
  const std::vector<double> first = results(devices.front());
  for (const device& d : devices)
    EXPECT_EQ(differences(first, results(d)), 0u) << test::label(d) << " against " << test::label(devices.front());
}

TEST(book, plain_cpu_is_near) {
  const sample& s = the_sample();
  const std::vector<double> plain = results(device::cpu("plain")), best = results(device::best());
  ASSERT_EQ(plain.size(), best.size());
  for (std::size_t i = 0; i < s.trades.size(); ++i) {
    const underlying& u = s.snapshot.underlyings.at(s.trades[i].underlying);
    const double spot = std::abs(s.trades[i].quantity) * u.spot * s.snapshot.fx.at(u.currency);
    EXPECT_NEAR(plain[i], best[i], 1e-12 * std::max(std::abs(best[i]), spot)) << s.trades[i].id;
  }
}

TEST(book, does_not_depend_on_the_number_of_threads) {
  const auto with = [](std::size_t threads) {
    const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism, threads);
    return results(device::cpu());
  };
  const std::vector<double> one = with(1);
  EXPECT_EQ(differences(one, with(2)), 0u);
  EXPECT_EQ(differences(one, with(7)), 0u);
}

TEST(book, does_not_depend_on_the_size_of_the_blocks) {
  pricing_settings small, large;
  small.block_mib = 0, large.block_mib = 256; // the smallest: 64 scenarios at a time
  for (const device& d : device::all()) EXPECT_EQ(differences(results(d, small), results(d, large)), 0u) << test::label(d);
}

TEST(book, a_position_that_is_not_simulated_has_the_same_value_alone) {
  const sample& s = the_sample();
  for (const device& d : device::all()) {
    const stream on(d);
    const std::vector<estimate> together = price(s.trades, s.snapshot, {}, on);
    for (std::size_t i = 0; i < s.trades.size(); i += 3) {
      if (together[i].paths > 0) continue;
      const estimate alone = price({s.trades[i]}, s.snapshot, {}, on).front();
      EXPECT_TRUE(test::same_bits(alone.value, together[i].value))
          << s.trades[i].id << ": " << alone.value << ", in the book " << together[i].value;
      EXPECT_TRUE(test::same_bits(alone.standard_error, together[i].standard_error)) << s.trades[i].id;
    }
  }
}

TEST(book, groups_are_the_sums_of_their_positions) {
  const sample& s = the_sample();
  const revaluer book(s.trades, s.snapshot, s.groups, {}, stream(device::cpu()));
  const group_pnl pnl = book.run(s.states);
  const std::vector<double> cube = book.positions_pnl(s.states);
  ASSERT_EQ(pnl.groups, s.groups.size());
  for (std::size_t g = 0; g < s.groups.size(); ++g)
    for (std::size_t c = 0; c < s.states.columns; ++c) {
      double sum = 0, size = 0;
      for (const std::int32_t i : s.groups[g]) {
        const double x = cube[static_cast<std::size_t>(i) * s.states.columns + c];
        sum += x, size += std::abs(x);
      }
      ASSERT_NEAR(pnl.group(g)[c], sum, 1e-12 * size) << g << ' ' << c;
    }
}

TEST(book, progress_ends_at_the_total) {
  const sample& s = the_sample();
  pricing_settings settings;
  settings.block_mib = 0;
  const revaluer book(s.trades, s.snapshot, s.groups, settings, stream(device::cpu()));
  std::vector<std::size_t> done;
  book.run(s.states, [&](std::size_t d, std::size_t total) {
    EXPECT_EQ(total, s.states.columns);
    done.push_back(d);
  });
  EXPECT_EQ(done, (std::vector<std::size_t>{0, 64, 128, 130}));
}

} // namespace
} // namespace dojima
