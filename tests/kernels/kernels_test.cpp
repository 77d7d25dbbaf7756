// Every kernel on every device gives the bits of the same source run in plain C++, one cell at a time. The build for processors
// without fused multiply-add is near, and says so.
#include "array/sobol_directions.hpp"
#include "dojima/array/array.hpp"
#include "kernels/backend.hpp"
#include "kernels/cells.hpp"
#include "tests/support.hpp"

#include <cstring>
#include <functional>
#include <random>

namespace dojima {
namespace {

constexpr std::int64_t columns = 3 * kernels::column_block;
constexpr std::int64_t items = 19;

/// A place to run kernels: a device, or cell by cell in this file's own code.
class place {
public:
  place() : on_(device::cpu()), cell_by_cell_(true) {}
  explicit place(const device& d) : on_(d), cell_by_cell_(false) {}

  template <class T> const T* put(const std::vector<T>& host) { return keep(asarray(host, on_)); }
  kernels::matrix space(std::int64_t rows, std::int64_t width = columns) {
    return {keep(asarray(std::vector<double>(static_cast<std::size_t>(rows * width), -1.0), on_)), width};
  }
  std::vector<double> read(const kernels::matrix& m, std::int64_t rows) {
    std::vector<double> host(static_cast<std::size_t>(rows * m.stride));
    on_.where().backend().copy(host.data(), m.data, host.size() * sizeof(double), on_.handle());
    on_.synchronize();
    return host;
  }
  template <class Kernel> void launch(const Kernel& kernel, std::int64_t n, std::int64_t width = columns) {
    launched_[kernels::id_of<Kernel>] = true;
    if (!cell_by_cell_) return on_.where().backend().launch(kernel, n, width, on_.handle());
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t s = 0; s < width; ++s) run<double>(kernel, i, s);
  }
  bool launched(int id) const { return launched_[id]; }

private:
  template <class T> T* keep(array<T> a) {
    T* data = a.data();
    kept_.push_back(std::make_shared<array<T>>(std::move(a)));
    return data;
  }
  stream on_;
  bool cell_by_cell_;
  bool launched_[kernels::id::count] = {};
  std::vector<std::shared_ptr<void>> kept_;
};

kernels::const_matrix read_only(const kernels::matrix& m) { return {m.data, m.stride}; }

// Rows of the state: spot and its logarithm, the two shocks of volatility, fx, and two curves of two nodes.
enum : std::int32_t {
  spot_row,
  log_spot_row,
  vol_log_row,
  vol_shift_row,
  fx_row,
  discount_row,
  carry_row = discount_row + 2,
  rows = carry_row + 2
};

struct randomness {
  std::mt19937 generator{3};
  double operator()(double a, double b) { return std::uniform_real_distribution<>(a, b)(generator); }
  double sign() { return (*this)(0, 1) < 0.5 ? -1.0 : 1.0; }
};

std::vector<double> random_state() {
  randomness u;
  std::vector<double> state(rows * columns);
  for (std::int64_t s = 0; s < columns; ++s) {
    const auto set = [&](int row, double x) { state[static_cast<std::size_t>(row * columns + s)] = x; };
    const double spot = 100 * std::exp(u(-0.6, 0.6));
    set(spot_row, spot), set(log_spot_row, std::log(spot));
    set(vol_log_row, u(-0.4, 0.4)), set(vol_shift_row, s % 17 == 0 ? -5.0 : u(-0.02, 0.02)); // some reach the floor
    set(fx_row, u(0.5, 2));
    set(discount_row, u(-0.05, 0.01)), set(discount_row + 1, u(-0.2, 0.02));
    set(carry_row, u(-0.03, 0)), set(carry_row + 1, u(-0.1, 0));
  }
  return state;
}

kernels::position position(randomness& u, std::int64_t row) {
  kernels::position p{};
  p.quantity = u(-3, 3), p.row = static_cast<std::int32_t>(row), p.spot = spot_row, p.fx = fx_row;
  return p;
}
kernels::log_factor factor(std::int32_t row, double time) { return {0.0, std::max(1 - time, 0.0), time, row, row + 1}; }
kernels::option_market option(randomness& u) {
  kernels::option_market m{};
  m.time = u(0, 1) < 0.2 ? 1 / 365.0 : u(0.01, 4);
  m.discount = factor(discount_row, m.time), m.carry = factor(carry_row, m.time);
  m.volatility.base = u(0.1, 0.6), m.volatility.elasticity = u(0, 1);
  m.volatility.log_shock = vol_log_row, m.volatility.shift = vol_shift_row;
  return m;
}

template <class Trade> std::vector<Trade> trades(const std::function<void(Trade&, randomness&)>& fill) {
  randomness u;
  std::vector<Trade> list(items);
  for (std::int64_t i = 0; i < items; ++i) {
    list[static_cast<std::size_t>(i)].held = position(u, items - 1 - i);
    fill(list[static_cast<std::size_t>(i)], u);
  }
  return list;
}

template <class Trade> std::vector<double> revalued(place& p, const std::vector<Trade>& list) {
  kernels::revalue<Trade> k{};
  k.trades = p.put(list), k.state = {p.put(random_state()), columns}, k.cube = p.space(items);
  p.launch(k, items);
  return p.read(k.cube, items);
}

std::vector<kernels::vanilla_trade> vanillas() {
  return trades<kernels::vanilla_trade>([](auto& t, randomness& u) {
    t.market = option(u), t.strike = u(50, 160), t.log_strike = std::log(t.strike), t.sign = u.sign();
  });
}

/// Any tables that lead through the same instructions will do here: a midpoint rule and Lagrange's polynomials.
american_scheme simple_scheme() {
  constexpr int n = american_scheme::nodes;
  american_scheme s{};
  const auto basis = [&](double x, double* row) {
    for (int k = 1; k <= n; ++k) {
      row[k - 1] = 1;
      for (int j = 0; j <= n; ++j)
        if (j != k) row[k - 1] *= (x * n - j) / (k - j);
    }
  };
  for (int i = 0; i < n; ++i) s.x[i] = (i + 1.0) / n;
  for (int j = 0; j < american_scheme::inner; ++j)
    s.inner_y[j] = (j + 0.5) / american_scheme::inner, s.inner_w[j] = 2.0 / american_scheme::inner;
  for (int j = 0; j < american_scheme::outer; ++j)
    s.outer_y[j] = (j + 0.5) / american_scheme::outer, s.outer_w[j] = 2.0 / american_scheme::outer;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < american_scheme::inner; ++j)
      basis(s.x[i] * std::sqrt(1 - s.inner_y[j] * s.inner_y[j]), s.inner_h[i][j]);
  for (int j = 0; j < american_scheme::outer; ++j) basis(std::sqrt(1 - s.outer_y[j] * s.outer_y[j]), s.outer_h[j]);
  return s;
}

std::vector<double> american(place& p) {
  kernels::revalue_american k{};
  k.base.trades = p.put(vanillas()), k.base.state = {p.put(random_state()), columns}, k.base.cube = p.space(items);
  k.scheme = p.put(std::vector<american_scheme>{simple_scheme()});
  p.launch(k, items);
  return p.read(k.base.cube, items);
}

/// The four Asian kernels, each on what the ones before wrote.
std::vector<double> asian(place& p) {
  std::vector<kernels::asian_fixing> fixings;
  std::int32_t number = 0;
  const auto list = trades<kernels::asian_trade>([&](kernels::asian_trade& t, randomness& u) {
    t.market = option(u);
    t.first = static_cast<std::int32_t>(fixings.size()), t.fixings = 1 + number % 13;
    t.strike = number % 5 == 4 ? -3.0 : u(50, 150), t.sign = u.sign(), t.weight = u(0.5, 1),
    t.stream = static_cast<std::uint32_t>(77 + number);
    double last = 0;
    for (int f = 0; f < t.fixings; ++f) {
      kernels::asian_fixing fixing{};
      fixing.time = t.market.time * (f + 1) / t.fixings, fixing.root_step = std::sqrt(fixing.time - last),
      fixing.trade = number;
      fixing.discount = factor(discount_row, fixing.time), fixing.carry = factor(carry_row, fixing.time);
      last = fixing.time;
      fixings.push_back(fixing);
      t.geometric_variance += fixing.time * (2.0 * (t.fixings - f) - 1) / (t.fixings * t.fixings);
    }
    ++number;
  });
  const auto count = static_cast<std::int64_t>(fixings.size());
  constexpr std::int64_t pairs = 2 * kernels::column_block - 3, width = 2 * kernels::column_block;
  const auto* trade_table = p.put(list);
  const auto* fixing_table = p.put(fixings);
  const kernels::const_matrix state{p.put(random_state()), columns};
  const kernels::matrix paths = p.space(count, width), residuals = p.space(items, width), drift = p.space(count),
                        level = p.space(count), cube = p.space(items), variance = p.space(items);
  kernels::brownian_paths walk{};
  walk.trades = trade_table, walk.fixings = fixing_table, walk.seed = 42, walk.paths = paths;
  p.launch(walk, items, width);
  kernels::asian_drift drifts{};
  drifts.trades = trade_table, drifts.fixings = fixing_table, drifts.state = state, drifts.drift = drift, drifts.level = level;
  p.launch(drifts, count);
  kernels::asian_base base{};
  base.trades = trade_table, base.state = state, base.drift = read_only(drift), base.level = read_only(level),
  base.paths = read_only(paths);
  base.residuals = residuals;
  p.launch(base, items, width);
  kernels::revalue_asian value{};
  value.trades = trade_table, value.state = state, value.drift = read_only(drift), value.level = read_only(level),
  value.paths = read_only(paths);
  value.residuals = read_only(residuals), value.cube = cube, value.variance = variance, value.fixings = fixing_table,
  value.pairs = pairs;
  p.launch(value, items);
  std::vector<double> all;
  for (const auto& [m, n] :
       {std::pair{paths, count}, {drift, count}, {level, count}, {residuals, items}, {cube, items}, {variance, items}}) {
    const std::vector<double> part = p.read(m, n);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<double> random_cube() {
  randomness u;
  std::vector<double> cube(items * columns);
  for (double& x : cube) x = u(-1e3, 1e3) * std::exp(u(-5, 5));
  return cube;
}

std::vector<double> sums(place& p) {
  const std::vector<std::int32_t> members{0, 3, 5, 18, 2, 2, 7, 9, 11, 1, 0}, tiles{0, 4, 4, 7, 11}, groups{0, 1, 1, 4};
  std::vector<double> today(items);
  for (std::size_t i = 0; i < today.size(); ++i) today[i] = 10.0 * static_cast<double>(i);
  kernels::sum_tiles first{};
  first.members = p.put(members), first.bounds = p.put(tiles), first.today = p.put(today),
  first.cube = {p.put(random_cube()), columns};
  first.partial = p.space(4);
  p.launch(first, 4);
  kernels::sum_groups second{};
  second.bounds = p.put(groups), second.partial = read_only(first.partial), second.sums = p.space(3);
  p.launch(second, 3);
  return p.read(second.sums, 3);
}

/// Normals of paths that start in the middle, correlated as normal (degrees 0) and as Student-t shocks.
std::vector<double> shocks(place& p, int degrees) {
  constexpr std::int64_t factors = 7;
  const std::int64_t blocks = (factors + degrees + 3) / 4;
  kernels::fill_normals fill{};
  fill.seed = 0x123456789abcdef0u, fill.stream = 5, fill.first_path = (std::int64_t{1} << 32) - 100,
  fill.normals = p.space(4 * blocks);
  p.launch(fill, blocks);
  randomness u;
  std::vector<double> cholesky(factors * factors);
  for (double& x : cholesky) x = u(-1, 1);
  kernels::correlate mix{};
  mix.cholesky = p.put(cholesky), mix.factors = factors, mix.degrees = degrees, mix.normals = read_only(fill.normals),
  mix.shocks = p.space(factors);
  p.launch(mix, factors);
  std::vector<double> all = p.read(fill.normals, 4 * blocks), mixed = p.read(mix.shocks, factors);
  all.insert(all.end(), mixed.begin(), mixed.end());
  return all;
}

template <class T> void append(std::vector<double>& all, const std::vector<double>& memory) {
  std::vector<T> elements(memory.size() * sizeof(double) / sizeof(T));
  std::memcpy(elements.data(), memory.data(), memory.size() * sizeof(double));
  all.insert(all.end(), elements.begin(), elements.end());
}

/// Every random kernel, wide and narrow, on blocks that pass 2^32.
std::vector<double> random_numbers(place& p) {
  std::vector<double> all;
  const auto run = [&]<class Kernel, class Wide, class Narrow>(Kernel kernel, Wide, Narrow) {
    for (const bool narrow : {false, true}) {
      const kernels::matrix out = p.space(4);
      kernel.to = {0x123456789abcdef0u, 0xfedcba9876543210u, (std::uint64_t{1} << 32) - 100, out.data, narrow};
      p.launch(kernel, 1);
      narrow ? append<Narrow>(all, p.read(out, 4)) : append<Wide>(all, p.read(out, 4));
    }
  };
  run(kernels::random_bits{}, std::uint32_t{}, std::uint32_t{});
  run(kernels::random_uniform{{}, -3.0, 7.5}, double{}, float{});
  run(kernels::random_normal{{}, 1.5, 0.25, false}, double{}, float{});
  run(kernels::random_normal{{}, 1.5, 0.25, true}, double{}, float{});
  for (const double degrees : {0.3, 2.5, 1e6})
    run(kernels::random_student{{}, 1.0, 2.0, std::sqrt(degrees), 1 / degrees}, double{}, float{});
  run(kernels::random_integers{{}, -5, 11}, std::int64_t{}, std::int32_t{});
  run(kernels::random_integers{{}, INT64_MIN, UINT64_MAX}, std::int64_t{}, std::int32_t{});

  randomness u;
  std::vector<sobol_dimension> dimensions(items);
  for (sobol_dimension& d : dimensions) {
    for (std::uint32_t& v : d.direction) v = u.generator();
    d.add = u.generator(), d.multiply = u.generator();
  }
  for (const sobol_scramble scramble : {sobol_scramble::none, sobol_scramble::digital_shift, sobol_scramble::owen})
    for (const std::uint32_t first : {0u, 0xffffff00u}) {
      const kernels::matrix out = p.space(items);
      p.launch(kernels::sobol_points{p.put(dimensions), scramble, first, out.data, out.stride}, items);
      append<double>(all, p.read(out, items));
    }
  return all;
}

std::vector<double> path_numbers(place& p) {
  std::vector<double> all;
  for (const int normals : {1, 2, 3, 4}) {
    const std::int64_t steps = 7, assets = 2, rows_needed = steps * assets * normals;
    const kernels::matrix out = p.space(rows_needed);
    p.launch(kernels::path_draws{11, 3, (std::int64_t{1} << 33) + 128, assets, normals, out}, steps * assets);
    append<double>(all, p.read(out, rows_needed));
    const kernels::matrix points = p.space(rows_needed), draws = p.space(rows_needed);
    const auto* dimensions = p.put(sobol_dimensions(rows_needed, 5, 2));
    p.launch(kernels::sobol_draws{dimensions, 64, points}, rows_needed);
    std::vector<double> map(static_cast<std::size_t>(steps * steps));
    for (std::size_t k = 0; k < map.size(); ++k) map[k] = std::sin(static_cast<double>(k));
    const double* on_device = p.put(map);
    p.launch(kernels::map_draws{on_device, steps, assets, normals, 0, 0, false, false, read_only(points), draws},
             steps * assets);
    if (normals > 1)
      p.launch(kernels::map_draws{on_device, steps, assets, normals, 0, 1, true, true, read_only(points), draws},
               steps * assets);
    append<double>(all, p.read(draws, rows_needed));
  }
  return all;
}

struct kernel_case {
  const char* name;
  std::vector<double> (*run)(place&);
};
const kernel_case cases[] = {
    {"path_numbers", path_numbers},
    {"stock", [](place& p) { return revalued(p, trades<kernels::stock_trade>([](auto&, randomness&) {})); }},
    {"forward",
     [](place& p) {
       return revalued(p, trades<kernels::forward_trade>([](auto& t, randomness& u) {
                         const double time = u(0.01, 2);
                         t.discount = factor(discount_row, time), t.carry = factor(carry_row, time), t.strike = u(50, 150);
                       }));
     }},
    {"european", [](place& p) { return revalued(p, vanillas()); }},
    {"american", american},
    {"digital",
     [](place& p) {
       return revalued(p, trades<kernels::digital_trade>([](auto& t, randomness& u) {
                         t.market = option(u), t.log_strike = std::log(u(50, 160)), t.sign = u.sign(), t.asset = u(0, 1) < 0.5;
                         t.amount = t.asset ? 1 : u(1, 20);
                       }));
     }},
    {"barrier",
     [](place& p) {
       return revalued(p, trades<kernels::barrier_trade>([](auto& t, randomness& u) {
                         t.market = option(u);
                         t.contract = make_barrier_contract(u.sign(), u(0, 1) < 0.5, u(0, 1) < 0.5, u(60, 150), u(70, 130),
                                                            u(0, 1) < 0.5 ? 0 : 2.5);
                       }));
     }},
    {"asian", asian},
    {"sums", sums},
    {"normal_shocks", [](place& p) { return shocks(p, 0); }},
    {"student_t_shocks", [](place& p) { return shocks(p, 4); }},
    {"random_numbers", random_numbers},
};

class kernel_on_device : public testing::TestWithParam<std::tuple<kernel_case, const char*>> {};
INSTANTIATE_TEST_SUITE_P(kernels, kernel_on_device,
                         testing::Combine(testing::ValuesIn(cases), testing::Values("plain", "avx2", "avx512", "cuda")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param);
                         });

TEST_P(kernel_on_device, gives_the_same_numbers) {
  const auto& [which, kind] = GetParam();
  bool ran = false;
  for (const device& d : test::all_devices()) {
    if ((d.is_cuda() ? std::string("cuda") : d.instruction_set()) != kind) continue;
    ran = true;
    place reference, tried(d);
    const std::vector<double> expected = which.run(reference), actual = which.run(tried);
    ASSERT_EQ(expected.size(), actual.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_TRUE(std::isfinite(expected[i])) << which.name << " at " << i;
      if (d.bitwise()) different += !test::same_bits(expected[i], actual[i]);
      else
        ASSERT_NEAR(expected[i], actual[i], 1e-12 * std::max(std::abs(expected[i]), 100.0))
            << which.name << " at " << i; // spots are near 100
    }
    EXPECT_EQ(different, 0u) << "of " << expected.size() << " numbers on " << test::label(d);
  }
  if (!ran) GTEST_SKIP() << kind << ": " << (std::string(kind) == "cuda" ? device::cuda_status() : "not on this processor");
}

TEST(kernels, every_one_is_tested_here) {
  place p(device::cpu("plain"));
  for (const kernel_case& c : cases) c.run(p);
#define DOJIMA_CHECK_LAUNCHED(name) EXPECT_TRUE(p.launched(kernels::id::name)) << #name;
  DOJIMA_KERNELS(DOJIMA_CHECK_LAUNCHED)
#undef DOJIMA_CHECK_LAUNCHED
}

} // namespace
} // namespace dojima
