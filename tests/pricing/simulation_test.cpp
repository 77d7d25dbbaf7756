// Simulations put together by hand: sums, sharing, bits.
#include "pricing/simulation.hpp"

#include "models/process/black_scholes.hpp"
#include "models/process/heston.hpp"
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

} // namespace
} // namespace dojima
