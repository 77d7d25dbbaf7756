// Every payoff is followed with path values, and trades that observe alike share what they observe.
#include "pricing/tape.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

namespace dojima {
namespace {

using real = path_value;
using payoffs::knock, payoffs::touched, payoffs::blend, payoffs::mean, payoffs::monitoring;

template <class Form> struct followed final : payoff {
  Form form;
  explicit followed(const Form& f) : form(f) {}
  std::vector<path_value*> state() override { return form.state(); }
  void observe(int schedule, const observation& o) override { form.observe(schedule, o); }
  path_value value() const override { return form.value(); }
};

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
    followed<Form> followed_form{Form(t, form...)};
    builder.add_trade(followed_form, schedules);
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

} // namespace
} // namespace dojima
