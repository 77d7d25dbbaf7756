// Every payoff is followed with path values, and trades that observe alike share what they observe.
#include "pricing/recorded.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "models/payoff/asian_price.hpp"
#include "models/payoff/asian_strike.hpp"
#include "models/payoff/autocallable.hpp"
#include "models/payoff/barrier.hpp"
#include "models/payoff/basket.hpp"
#include "models/payoff/chooser.hpp"
#include "models/payoff/cliquet.hpp"
#include "models/payoff/compound.hpp"
#include "models/payoff/digital.hpp"
#include "models/payoff/exchange.hpp"
#include "models/payoff/forward.hpp"
#include "models/payoff/forward_start.hpp"
#include "models/payoff/lookback.hpp"
#include "models/payoff/quanto.hpp"
#include "models/payoff/range_accrual.hpp"
#include "models/payoff/spread.hpp"
#include "models/payoff/touch.hpp"
#include "models/payoff/vanilla.hpp"
#include "models/payoff/variance_swap.hpp"
#include "tests/models/payoff/support.hpp"

namespace dojima {
namespace {

using real = path_value;
using payoffs::knock, payoffs::touched, payoffs::blend, payoffs::mean, payoffs::monitoring;

/// One trade: its schedules, and what the constructor takes beside the terms. Term i has the value first + i.
struct book {
  program_builder builder{1, 2, 1};

  template <class Form> book& add(double first, const std::vector<int>& schedules, auto... form) {
    static_assert(payoffs::payoff_form<Form, observation>);
    typename Form::terms t;
    auto* numbers = reinterpret_cast<path_value*>(&t);
    for (std::size_t i = 0; i < sizeof(t) / sizeof(path_value); ++i)
      numbers[i] = builder.writing().parameter({first + static_cast<double>(i)});
    const tape::scope here(builder.writing());
    recorded<Form> trade(t, form...);
    builder.add_trade(trade, schedules);
    return *this;
  }
};

struct size {
  std::size_t accumulators, classes;
  bool operator==(const size&) const = default;
};
std::ostream& operator<<(std::ostream& out, const size& s) {
  return out << s.accumulators << " accumulators, " << s.classes << " classes";
}

/// Two trades of one form that differ in their terms.
template <class Form> size two_of(const std::vector<int>& schedules, auto... form) {
  const auto made = book().add<Form>(1, schedules, form...).template add<Form>(101, schedules, form...).builder.build();
  EXPECT_EQ(made.position, (std::vector{0, 1}));
  for (const auto& c : made.program.classes) EXPECT_GT(c.parameters, 0);
  return {made.program.starts.size(), made.program.classes.size()};
}

TEST(payoff_tape, two_strikes_share_an_accumulator_and_a_class) {
  const auto made = book().add<payoffs::asian_price<real>>(90, {0}).add<payoffs::asian_price<real>>(100, {0}).builder.build();
  EXPECT_EQ(made.program.starts.size(), 1u);
  EXPECT_EQ(made.program.schedules[0].updates.size(), 1u);
  ASSERT_EQ(made.program.classes.size(), 1u);
  EXPECT_EQ(made.program.classes[0].parameters, 4);
  EXPECT_EQ(made.program.classes[0].trades, 2);
  std::vector<double> own = made.own[0];
  std::ranges::sort(own);
  EXPECT_EQ(own, (std::vector<double>{90, 91, 92, 93, 100, 101, 102, 103}));
}

TEST(payoff_tape, terms_in_the_value_only_are_no_reason_for_another_accumulator) {
  EXPECT_EQ(two_of<payoffs::vanilla<real>>({0}), (size{1, 1}));
  EXPECT_EQ(two_of<payoffs::forward<real>>({0}), (size{1, 1}));
  EXPECT_EQ(two_of<payoffs::digital<real>>({0}), (size{1, 1}));
  EXPECT_EQ(two_of<payoffs::asian_price<real>>({0}, mean::geometric), (size{1, 1}));
  EXPECT_EQ(two_of<payoffs::asian_strike<real>>({0, 1}), (size{2, 1}));
  EXPECT_EQ(two_of<payoffs::floating_lookback<real>>({0, 1}, true), (size{2, 1}));
  EXPECT_EQ(two_of<payoffs::fixed_lookback<real>>({0}, false, monitoring::shifted), (size{1, 1}));
  EXPECT_EQ((two_of<payoffs::barrier<real, payoffs::vanilla<real>, payoffs::date_monitor<real>>>({0, 1, 2}, knock::out, true)),
            (size{2, 1}));
  EXPECT_EQ((two_of<payoffs::barrier<real, payoffs::digital<real>, payoffs::double_date_monitor<real>>>({0, 1, 2}, knock::in)),
            (size{3, 1}));
  EXPECT_EQ((two_of<payoffs::touch<real, payoffs::date_monitor<real>>>({0, 1}, touched::never, false)), (size{1, 1}));
  EXPECT_EQ(two_of<payoffs::basket<real>>({0}, 64, blend::worst), (size{64, 1}));
  EXPECT_EQ(two_of<payoffs::spread<real>>({0}), (size{2, 1}));
  EXPECT_EQ(two_of<payoffs::exchange<real>>({0}), (size{2, 1}));
  EXPECT_EQ(two_of<payoffs::simple_chooser<real>>({0, 1}), (size{2, 1}));
  EXPECT_EQ(two_of<payoffs::complex_chooser<real>>({0}), (size{1, 1}));
  EXPECT_EQ(two_of<payoffs::compound<real>>({0}), (size{1, 1}));
  EXPECT_EQ((two_of<payoffs::quanto<real, payoffs::vanilla<real>>>({0})), (size{1, 1}));
}

TEST(payoff_tape, terms_that_an_observation_needs_are_accumulated_apart) {
  EXPECT_EQ(
      (two_of<payoffs::barrier<real, payoffs::vanilla<real>, payoffs::bridge_monitor<real>>>({0, 1, 2}, knock::out, true)),
      (size{5, 2})); // the spot is shared
  EXPECT_EQ(
      (two_of<payoffs::barrier<real, payoffs::vanilla<real>, payoffs::date_monitor<real>>>({0, 1, 2}, knock::out_at_hit, true)),
      (size{5, 2}));
  EXPECT_EQ(
      (two_of<payoffs::barrier<real, payoffs::vanilla<real>, payoffs::double_bridge_monitor<real>>>({0, 1, 2}, knock::in)),
      (size{5, 2}));
  EXPECT_EQ((two_of<payoffs::touch<real, payoffs::bridge_monitor<real>>>({0, 1}, touched::at_hit, false)), (size{6, 2}));
  EXPECT_EQ(two_of<payoffs::cliquet<real>>({0, 1}), (size{4, 2}));
  EXPECT_EQ(two_of<payoffs::range_accrual<real>>({0}), (size{2, 2}));
  EXPECT_EQ(two_of<payoffs::autocallable<real>>({0, 1, 2}, 3, true, payoffs::protection::observed), (size{10, 2}));
  EXPECT_EQ(two_of<payoffs::autocallable<real>>({0, 1}, 2, false, payoffs::protection::at_maturity), (size{6, 2}));
}

TEST(payoff_tape, starts_that_differ_are_accumulated_apart) {
  EXPECT_EQ(two_of<payoffs::variance_swap<real>>({0, 1}, payoffs::realised::volatility), (size{4, 2}));
  EXPECT_EQ(two_of<payoffs::forward_start<real>>({0, 1}, true), (size{3, 2}));
  // The value of a ratchet has no terms at all.
  const auto made = book().add<payoffs::ratchet<real>>(1, {0, 1}).builder.build();
  EXPECT_EQ(made.program.starts.size(), 2u);
}

TEST(payoff_tape, forms_of_one_market_share_the_spot_at_expiry) {
  const auto made = book()
                        .add<payoffs::vanilla<real>>(1, {0})
                        .add<payoffs::digital<real>>(1, {0})
                        .add<payoffs::compound<real>>(1, {0})
                        .add<payoffs::basket<real>>(1, {0}, 2, blend::sum)
                        .builder.build();
  EXPECT_EQ(made.program.starts.size(), 2u);
  EXPECT_EQ(made.program.classes.size(), 4u);
}

TEST(payoff_tape, knock_in_and_knock_out_share_the_extreme) {
  using form = payoffs::barrier<real, payoffs::vanilla<real>, payoffs::date_monitor<real>>;
  const auto made = book().add<form>(1, {0, 1}, knock::in, true).add<form>(2, {0, 1}, knock::out, true).builder.build();
  EXPECT_EQ(made.program.starts.size(), 2u); // spot and maximum
  EXPECT_EQ(made.program.classes.size(), 2u);
}

/// The program of one trade on one path.
struct interpreter {
  const kernels::payoff_program& program;
  const std::vector<double>&shared, &own;
  std::vector<double> state;

  interpreter(const program_builder::result& made) : program(made.program), shared(made.shared[0]), own(made.own[0]) {
    for (const int start : program.starts) state.push_back(shared[static_cast<std::size_t>(start)]);
  }

  std::vector<double> run(const std::vector<kernels::payoff_node>& nodes, const test::path_observation* o) const {
    using source = kernels::payoff_node::source;
    std::vector<double> v;
    for (const auto& n : nodes) {
      const auto index = static_cast<std::size_t>(n.index);
      switch (n.from) {
      case source::constant: v.push_back(n.value); break;
      case source::observed: v.push_back(n.index % 2 == 0 ? o->spot(n.index / 2) : o->variance(n.index / 2)); break;
      case source::date: v.push_back(o->date(n.index)); break;
      case source::shared: v.push_back(shared[index]); break;
      case source::own: v.push_back(own[index]); break;
      case source::accumulator: v.push_back(state[index]); break;
      case source::operation: {
        const auto arg = [&](int i) { return n.args[i] < 0 ? 0.0 : v[static_cast<std::size_t>(n.args[i])]; };
        v.push_back(operation(n.code, arg(0), arg(1), arg(2)));
      }
      }
    }
    return v;
  }

  static double operation(op code, double a, double b, double c) {
    switch (code) {
    case op::add: return a + b;
    case op::subtract: return a - b;
    case op::multiply: return a * b;
    case op::divide: return a / b;
    case op::minimum: return min(a, b);
    case op::maximum: return max(a, b);
    case op::less: return a < b;
    case op::less_equal: return a <= b;
    case op::greater: return a > b;
    case op::greater_equal: return a >= b;
    case op::logical_and: return a != 0 && b != 0;
    case op::where: return a != 0 ? b : c;
    case op::fma: return fma(a, b, c);
    case op::sqrt: return sqrt(a);
    case op::exp: return exp(a);
    case op::log: return log(a);
    case op::norm_cdf: return norm_cdf(a);
    default: ADD_FAILURE() << name_of(code); return 0;
    }
  }

  double value(const std::vector<test::asset_path>& assets, const test::calendar& days) {
    for (std::size_t i = 0; i < days.masks.size(); ++i)
      for (std::size_t k = 0; k < program.schedules.size(); ++k)
        if ((days.masks[i] >> k & 1u) != 0) {
          const test::path_observation o{&assets, &days, i};
          const std::vector<double> v = run(program.schedules[k].nodes, &o);
          for (const auto& u : program.schedules[k].updates)
            state[static_cast<std::size_t>(u.accumulator)] = v[static_cast<std::size_t>(u.node)];
        }
    return run(program.classes[0].nodes, nullptr)[static_cast<std::size_t>(program.classes[0].value)];
  }
};

/// The program of a payoff gives the bits of the payoff in double, on random paths with random terms.
template <template <class> class Form> void expect_same(const std::vector<int>& schedules, auto... form) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(0.1, 1.1);
  int paying = 0;
  for (int trial = 0; trial < 50; ++trial) {
    typename Form<double>::terms t;
    auto* numbers = reinterpret_cast<double*>(&t);
    for (std::size_t i = 0; i < sizeof(t) / sizeof(double); ++i) numbers[i] = uniform(random);
    program_builder builder(1, 2, 1);
    const auto symbols = parameters<typename Form<path_value>::terms>(builder.writing(), std::span<const decltype(t)>(&t, 1));
    {
      const tape::scope here(builder.writing());
      recorded<Form<path_value>> trade(symbols, form...);
      builder.add_trade(trade, schedules);
    }
    constexpr int steps = 6;
    std::vector<test::asset_path> assets(3, test::asset_path(steps));
    for (auto& path : assets)
      for (auto& seen : path) seen = {uniform(random), 0.1 * uniform(random)};
    test::calendar days(steps);
    days.columns.emplace_back();
    for (auto& mask : days.masks) {
      mask = static_cast<unsigned>(random()) & ((1u << schedules.size()) - 1);
      days.columns[0].push_back(uniform(random));
    }
    days.at_end(0);
    const auto made = builder.build();
    const double expected = test::paid_on(assets, days, Form<double>(t, form...));
    const double value = interpreter(made).value(assets, days);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(expected)) << value << " " << expected;
    paying += expected != 0;
  }
  EXPECT_GT(paying, 0) << typeid(Form<double>).name();
}

template <class Real> using date_barrier = payoffs::barrier<Real, payoffs::vanilla<Real>, payoffs::date_monitor<Real>>;
template <class Real> using bridge_barrier = payoffs::barrier<Real, payoffs::digital<Real>, payoffs::bridge_monitor<Real>>;
template <class Real> using two_dates = payoffs::barrier<Real, payoffs::vanilla<Real>, payoffs::double_date_monitor<Real>>;
template <class Real> using two_bridges = payoffs::barrier<Real, payoffs::forward<Real>, payoffs::double_bridge_monitor<Real>>;
template <class Real> using bridge_touch = payoffs::touch<Real, payoffs::bridge_monitor<Real>>;
template <class Real> using date_touch = payoffs::touch<Real, payoffs::date_monitor<Real>>;
template <class Real> using vanilla_quanto = payoffs::quanto<Real, payoffs::vanilla<Real>>;

TEST(payoff_tape, programs_give_the_bits_of_the_payoffs) {
  expect_same<payoffs::vanilla>({0});
  expect_same<payoffs::forward>({0});
  expect_same<payoffs::digital>({0});
  expect_same<vanilla_quanto>({0});
  expect_same<payoffs::asian_price>({0});
  expect_same<payoffs::asian_price>({0}, mean::geometric);
  expect_same<payoffs::asian_strike>({0, 1});
  expect_same<payoffs::asian_strike>({0, 1}, mean::geometric);
  expect_same<payoffs::floating_lookback>({0, 1}, true);
  expect_same<payoffs::floating_lookback>({0, 1}, false, monitoring::shifted);
  expect_same<payoffs::fixed_lookback>({0}, true, monitoring::shifted);
  expect_same<payoffs::fixed_lookback>({0}, false);
  for (const auto k : {knock::out, knock::out_at_hit, knock::in}) {
    for (const bool up : {true, false}) {
      expect_same<date_barrier>({0, 1, 2}, k, up);
      expect_same<bridge_barrier>({0, 1, 2}, k, up);
    }
    expect_same<two_dates>({0, 1, 2}, k);
    expect_same<two_bridges>({0, 1, 2}, k);
  }
  for (const auto when : {touched::at_hit, touched::at_end, touched::never}) {
    expect_same<bridge_touch>({0, 1}, when, true);
    expect_same<date_touch>({0, 1}, when, false);
  }
  for (const auto how : {blend::sum, blend::best, blend::worst}) expect_same<payoffs::basket>({0}, 3, how);
  expect_same<payoffs::spread>({0});
  expect_same<payoffs::exchange>({0});
  expect_same<payoffs::cliquet>({0, 1});
  expect_same<payoffs::ratchet>({0, 1});
  expect_same<payoffs::forward_start>({0, 1}, true);
  expect_same<payoffs::forward_start>({0, 1}, false);
  expect_same<payoffs::simple_chooser>({0, 1});
  expect_same<payoffs::complex_chooser>({0});
  expect_same<payoffs::compound>({0});
  expect_same<payoffs::variance_swap>({0, 1});
  expect_same<payoffs::variance_swap>({0, 1}, payoffs::realised::volatility);
  expect_same<payoffs::range_accrual>({0});
  for (const bool memory : {true, false}) {
    expect_same<payoffs::autocallable>({0, 1, 2}, 3, memory, payoffs::protection::observed);
    expect_same<payoffs::autocallable>({0, 1}, 2, memory, payoffs::protection::at_maturity);
  }
}

} // namespace
} // namespace dojima
