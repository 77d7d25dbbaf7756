// Simulation speed: path-steps a second of whole runs, from coefficients to sums.
#include <cmath>

#include "bench/bench.hpp"
#include "bench/market.hpp"
#include "dojima/pricing/price.hpp"
#include "models/payoff/asian_price.hpp"
#include "models/payoff/barrier.hpp"
#include "models/payoff/vanilla.hpp"
#include "models/process/black_scholes.hpp"
#include "models/process/heston.hpp"
#include "pricing/recorded.hpp"
#include "pricing/simulation.hpp"

namespace dojima::bench {
namespace {

constexpr double spot = 100, rate = 0.03, sigma = 0.2;
using asian = payoffs::asian_price<path_value>;
using asian_numbers = payoffs::asian_price<double>::terms;
using vanilla = payoffs::vanilla<path_value>;
using knock_out = payoffs::barrier<path_value, asian, payoffs::date_monitor<path_value>>;
using knock_out_numbers = payoffs::barrier<double, payoffs::asian_price<double>, payoffs::date_monitor<double>>::terms;

/// A simulation on an even grid over one year, to which trades are added.
class book {
public:
  book(kernels::process_id process, int steps, kernels::number_format format) : steps_(steps) {
    std::vector<grid_step> grid;
    for (int i = 0; i < steps; ++i) {
      const double a = 1.0 * i / steps, b = 1.0 * (i + 1) / steps;
      grid.push_back({a, b, rate * (b - a), spot * std::exp(rate * b)});
    }
    simulation_scenario& s = in_.scenarios.emplace_back();
    const auto take = [&](const auto& p) {
      s.start.assign(std::begin(p.start), std::end(p.start));
      const auto* first = reinterpret_cast<const double*>(p.steps.data());
      s.coefficients.assign(first, first + p.steps.size() * sizeof(p.steps[0]) / sizeof(double));
    };
    if (process == kernels::process_id::heston) take(heston<double>::prepare({0.04, 1.5, 0.04, 0.5, -0.7}, spot, grid));
    else take(black_scholes<double>::prepare(spot, grid, std::vector(grid.size(), sigma * sigma / steps)));
    in_.process = process;
    in_.format = format;
    in_.masks.assign(static_cast<std::size_t>(steps), 0);
  }

  int schedule(const auto& is_in) {
    for (int i = 0; i < steps_; ++i)
      if (is_in(i)) in_.masks[static_cast<std::size_t>(i)] |= std::uint64_t{1} << schedules_;
    return schedules_++;
  }
  int every_step() {
    return schedule([](int) { return true; });
  }
  int last_step() {
    return schedule([this](int i) { return i == steps_ - 1; });
  }
  template <class Form, class Numbers, class... Arguments>
  void add(const std::vector<int>& schedules, const Numbers& numbers, Arguments... arguments) {
    recorded<Form> form(parameters<typename Form::terms>(builder_.writing(), std::span(&numbers, 1)), arguments...);
    builder_.add_trade(form, schedules);
    ++in_.trades;
  }
  simulation on(const stream& where, std::int64_t paths) {
    auto made = builder_.build();
    in_.program = made.program;
    in_.scenarios[0].shared = made.shared[0];
    in_.scenarios[0].own = made.own[0];
    in_.weights.assign(static_cast<std::size_t>(in_.trades), std::exp(-rate));
    in_.paths = paths;
    return simulation(in_, where);
  }
  int steps() const { return steps_; }

private:
  int steps_, schedules_ = 0;
  simulation_inputs in_;
  program_builder builder_{1, 2, 1};
};

/// One European with 100,000 paths, from a market to its value: the median, and the slowest of a hundred.
void latency(const options& o, results& to) {
  market m = dollar_market(rate);
  m.underlyings.emplace("S", dollar_stock("S", spot, sigma));
  pricing_settings settings;
  settings.method = pricing_method::monte_carlo;
  settings.paths = 100000;
  settings.format = simulation_precision::single;
  pricer one({{"1", "b", "S", 1.0, european_option{option_type::call, 100, m.as_of + std::chrono::days{365}}}}, m, settings,
             o.on);
  std::vector<double> seconds;
  for (int i = 0; i < 1020; ++i) {
    m.underlyings["S"].spot = 100 + 0.001 * i;
    const double t = seconds_of([&] { one.price(m); });
    if (i >= 20) seconds.push_back(t);
  }
  std::ranges::sort(seconds);
  to.push_back({"European 100,000 paths, call to result, median", "mc", "single", seconds[500], 1, "calls/s"});
  to.push_back({"European 100,000 paths, call to result, p99", "mc", "single", seconds[990], 1, "calls/s"});
  // Until the error is 1e-4 of the price, with the control variate.
  asian_option a{option_type::call, 100, m.as_of + std::chrono::days{365}, {}};
  for (int i = 1; i <= 252; ++i) a.fixings.push_back({m.as_of + std::chrono::days{i * 365 / 252}, std::nullopt});
  settings.paths = 147456;
  pricer asian_pricer({{"1", "b", "S", 1.0, a}}, m, settings, o.on);
  estimate e;
  seconds.clear();
  for (int i = 0; i < 220; ++i) {
    m.underlyings["S"].spot = 100 + 0.001 * i;
    const double t = seconds_of([&] { e = asian_pricer.price(m).front(); });
    if (i >= 20) seconds.push_back(t);
  }
  to.push_back({"Asian 252 to an error of " + std::to_string(e.standard_error / e.value) + " of its price", "mc", "single",
                median(seconds), 1, "calls/s"});
}

/// 10,000 trades of four products on 500 underlyings, a fifth of them under Heston's model: a market to all values.
void large_book(const options& o, results& to) {
  market m = dollar_market(rate);
  const auto day = [&](int days) { return m.as_of + std::chrono::days{days}; };
  std::vector<fixing_date> fixings;
  std::vector<date> dates;
  for (int month = 1; month <= 12; ++month) {
    fixings.push_back({day(30 * month), std::nullopt});
    dates.push_back(day(30 * month));
  }
  portfolio positions;
  for (int u = 0; u < 500; ++u) {
    underlying x = dollar_stock("U" + std::to_string(u), 50 + 0.3 * u, 0.15 + 0.0005 * u);
    if (u % 5 == 0) x.dynamics = heston_model{0.04, 1.5, 0.05, 0.5, -0.6};
    m.underlyings[x.name] = x;
    for (int t = 0; t < 20; ++t) {
      const double strike = x.spot * (0.8 + 0.02 * t);
      const contract terms[] = {asian_option{option_type::call, strike, day(365), fixings},
                                barrier_option{option_type::put, strike, day(365), false, false, 0.7 * x.spot, 0, dates},
                                lookback_option{option_type::call, strike, day(365), fixings},
                                european_option{option_type::call, strike, day(180)}};
      positions.push_back({std::to_string(20 * u + t), "b", x.name, 1, terms[t % 4]});
    }
  }
  pricing_settings settings;
  settings.method = pricing_method::monte_carlo;
  settings.paths = 16384;
  settings.memory_mib = 64;
  pricer book(positions, m, settings, o.on);
  const double seconds = median_seconds(o.repeats, [&] { book.price(m); });
  to.push_back({"10,000 trades, 500 underlyings, 16,384 paths", "mc", "double", seconds, 10000, "trades/s"});
}

} // namespace

void mc_suite(const options& o, results& to) {
  const bool gpu = o.on.where().is_cuda();
  const std::map<std::string, double> quantlib = quantlib_rates();
  const auto time = [&](const std::string& name, book& b, kernels::number_format format, int log2_gpu, int log2_cpu,
                        double factor, const char* unit) {
    const auto paths = static_cast<std::int64_t>(o.scale * static_cast<double>(std::int64_t{1} << (gpu ? log2_gpu : log2_cpu)));
    simulation s = b.on(o.on, paths);
    const double seconds = median_queued(o, [&] { s.queue(); });
    const char* precision = format == kernels::number_format::single  ? "single"
                            : format == kernels::number_format::mixed ? "mixed"
                                                                      : "double";
    result& r =
        to.emplace_back(result{name + " " + precision, "mc", precision, seconds, factor * static_cast<double>(paths), unit});
    if (const auto found = quantlib.find(name); found != quantlib.end())
      r.peers["QuantLib, one thread"] = r.throughput() / found->second;
  };
  latency(o, to);
  large_book(o, to);
  using kernels::number_format;
  using kernels::process_id;
  for (const number_format format : {number_format::double_, number_format::single, number_format::mixed}) {
    {
      book b(process_id::black_scholes, 252, format);
      b.add<asian>({b.every_step()}, asian_numbers{100, 1, 0, 1.0 / 252});
      time("arithmetic Asian 252", b, format, 24, 16, 252, "path-steps/s");
    }
    {
      book b(process_id::black_scholes, 1, format);
      b.add<vanilla>({b.last_step()}, payoffs::vanilla<double>::terms{100, 1});
      time("European 1 step", b, format, 30, 22, 1, "paths/s");
    }
    {
      book b(process_id::heston, 252, format);
      b.add<vanilla>({b.last_step()}, payoffs::vanilla<double>::terms{100, 1});
      time("Heston QE-M 252", b, format, 24, 14, 252, "path-steps/s");
    }
    {
      book b(process_id::black_scholes, 365, format);
      const int days = b.every_step();
      b.add<knock_out>({days, days}, knock_out_numbers{{100, 1, 0, 1.0 / 365}, {80}, 0}, payoffs::knock::out, false);
      time("down-and-out Asian 365", b, format, 23, 14, 365, "path-steps/s");
    }
    {
      book b(process_id::black_scholes, 252, format);
      std::vector<int> schedules;
      for (int k = 0; k < 20; ++k) schedules.push_back(b.schedule([k](int i) { return i % (k + 1) == k; }));
      for (int i = 0; i < 1000; ++i) {
        const int k = schedules[static_cast<std::size_t>(i % 20)];
        const double strike = 80 + 0.04 * i, dates = 252 / (i % 20 + 1);
        if (i % 40 < 20) b.add<asian>({k}, asian_numbers{strike, 1, 0, 1.0 / dates});
        else
          b.add<knock_out>({k, k}, knock_out_numbers{{strike, 1, 0, 1.0 / dates}, {60 + 0.02 * i}, 0}, payoffs::knock::out,
                           false);
      }
      time("1000 trades, 20 schedules, 252", b, format, 22, 13, 252, "path-steps/s");
    }
  }
}

} // namespace dojima::bench
