// Simulations put together by hand: sums, sharing, bits.
#include "pricing/simulation.hpp"

#include "models/closed_form/short_rate.hpp"
#include "models/process/black_scholes.hpp"
#include "models/process/heston.hpp"
#include "models/process/hull_white.hpp"
#include "pricing/tape.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

struct asian_call final : payoff {
  path_value strike, inverse, sum = 0.0;
  asian_call(path_value k, path_value n) : strike(k), inverse(n) {}
  std::vector<path_value*> state() override { return {&sum}; }
  void observe(int, const observation& o) override { sum = sum + o.spot(); }
  path_value value() const override { return max(sum * inverse - strike, 0.0); }
};

constexpr double spot = 100, rate = 0.03, sigma = 0.2;

std::vector<grid_step> even_grid(int steps, double end) {
  std::vector<grid_step> grid;
  for (int i = 0; i < steps; ++i) {
    const double a = end * i / steps, b = end * (i + 1) / steps;
    grid.push_back({a, b, rate * (b - a), spot * std::exp(rate * b)});
  }
  return grid;
}

template <class Step> std::vector<double> numbers(const std::vector<Step>& steps) {
  const auto* first = reinterpret_cast<const double*>(steps.data());
  return {first, first + steps.size() * sizeof(Step) / sizeof(double)};
}

simulation_inputs asian_book(kernels::process_id process, int steps, std::int64_t paths, const std::vector<double>& strikes) {
  simulation_inputs in;
  const auto grid = even_grid(steps, 1.0);
  simulation_scenario s;
  if (process == kernels::process_id::black_scholes) {
    const auto p = black_scholes<double>::prepare(spot, grid, std::vector(grid.size(), sigma * sigma / steps));
    s.start = {p.start[0]};
    s.coefficients = numbers(p.steps);
  } else {
    const auto p = heston<double>::prepare({0.04, 1.5, 0.04, 0.5, -0.7}, spot, grid);
    s.start = {p.start[0], p.start[1]};
    s.coefficients = numbers(p.steps);
  }
  program_builder builder(1, 2, 1);
  for (const double k : strikes) {
    asian_call form(builder.writing().parameter({k}), builder.writing().parameter({1.0 / steps}));
    builder.add_trade(form, {0});
  }
  auto made = builder.build();
  s.shared = made.shared[0];
  s.own = made.own[0];
  in.process = process;
  in.program = made.program;
  in.trades = static_cast<int>(strikes.size());
  in.masks.assign(static_cast<std::size_t>(steps), 1);
  in.weights.assign(strikes.size(), std::exp(-rate));
  in.scenarios = {s};
  in.paths = paths;
  return in;
}

estimate mean_of(const simulation& s, const std::vector<double>& sums, int trade) {
  double sum = 0, squares = 0;
  for (std::int64_t c = 0; c < s.chunks(); ++c) {
    sum += sums[static_cast<std::size_t>((c * s.inputs().trades + trade) * 2)];
    squares += sums[static_cast<std::size_t>((c * s.inputs().trades + trade) * 2 + 1)];
  }
  const double n = static_cast<double>(s.inputs().paths), mean = sum / n;
  return {mean, std::sqrt((squares / n - mean * mean) / (n - 1)), "", ""};
}

TEST(simulation, trades_on_one_schedule_share_an_accumulator) {
  const simulation_inputs in = asian_book(kernels::process_id::black_scholes, 12, 1024, {90, 100, 110});
  EXPECT_EQ(in.program.starts.size(), 1u);
  ASSERT_EQ(in.program.classes.size(), 1u);
  EXPECT_EQ(in.program.classes[0].trades, 3);
  EXPECT_EQ(in.program.classes[0].parameters, 2);
}

TEST(simulation, prices_an_asian_call) {
  for (const device& d : test::all_devices()) {
    simulation s(asian_book(kernels::process_id::black_scholes, 12, 100000, {100}), stream(d));
    const estimate e = mean_of(s, s.run(), 0);
    std::cout << test::label(d) << ": " << std::setprecision(17) << e.value << " +- " << e.standard_error << '\n';
    EXPECT_NEAR(e.value, 5.65, 0.1);
  }
}

TEST(simulation, gives_the_same_bits_on_every_device) {
  for (const auto process : {kernels::process_id::black_scholes, kernels::process_id::heston}) {
    std::vector<double> first;
    for (const device& d : test::all_devices()) {
      if (d.instruction_set() == "plain") continue;
      simulation s(asian_book(process, 25, 70001, {90, 100, 110}), stream(d));
      const std::vector<double> sums = s.run();
      if (first.empty()) first = sums;
      for (std::size_t i = 0; i < sums.size(); ++i)
        EXPECT_TRUE(test::same_bits(sums[i], first[i])) << test::label(d) << ' ' << i;
    }
  }
}

/// A payer swaption on annual payments in Hull-White: what a path shows is the factor x and its discount factor.
struct payer_swaption final : payoff {
  std::vector<double> constants, slopes; // ln P(t, T_i) = constant - slope x
  double fixed;
  path_value x = 0.0, discount = 0.0;
  std::vector<path_value*> state() override { return {&x, &discount}; }
  void observe(int, const observation& o) override {
    x = o.spot();
    discount = o.variance();
  }
  path_value value() const override {
    path_value worth = 1.0;
    for (std::size_t i = 0; i < constants.size(); ++i) {
      const double paid = fixed + (i + 1 == constants.size() ? 1.0 : 0.0);
      worth = worth - paid * exp(constants[i] - slopes[i] * x);
    }
    return discount * max(worth, 0.0);
  }
};

TEST(simulation, swaptions_in_hull_white_meet_jamshidian_on_every_device) {
  const hull_white_model m{0.05, 0.01};
  const double flat = 0.04, expiry = 2.0;
  const std::vector<grid_step> grid{{0, 1, 0, 1}, {1, expiry, 0, 1}};
  const auto p = hull_white<double>::prepare(m, grid, std::vector{-flat, -flat * expiry});
  payer_swaption form;
  form.fixed = 0.041;
  std::vector<double> times, payments, bonds;
  for (int i = 1; i <= 5; ++i) {
    const auto b = hull_white<double>::bond_at(m, expiry, expiry + i);
    form.constants.push_back(b.constant - flat * i);
    form.slopes.push_back(b.slope);
    times.push_back(expiry + i);
    payments.push_back(form.fixed + (i == 5 ? 1.0 : 0.0));
    bonds.push_back(std::exp(-flat * (expiry + i)));
  }
  simulation_inputs in;
  program_builder builder(1, 2, 1);
  builder.add_trade(form, {0});
  auto made = builder.build();
  in.process = kernels::process_id::hull_white;
  in.program = made.program;
  in.trades = 1;
  in.normals = 2;
  in.masks = {0, 1};
  in.weights = {1.0};
  in.scenarios.push_back({{p.start[0], p.start[1]}, numbers(p.steps), {}, {}, made.shared[0], made.own[0]});
  in.paths = 1 << 17;
  const double exact =
      hull_white_swaption(m.mean_reversion, m.volatility, expiry, std::exp(-flat * expiry), times, bonds, payments, 1);
  std::vector<double> first;
  for (const device& d : test::all_devices()) {
    simulation s(in, stream(d));
    const std::vector<double> sums = s.run();
    EXPECT_WITHIN_STDERR(mean_of(s, sums, 0), exact, 4);
    if (!d.bitwise()) continue;
    if (first.empty()) first = sums;
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_TRUE(test::same_bits(sums[i], first[i])) << test::label(d);
  }
}

} // namespace
} // namespace dojima
