// Contracts beyond one option on one price: against closed forms.
#include "models/closed_form/chooser.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

TEST(products, choosers_of_two_options_meet_their_integral) {
  market m = test::one_stock_market(50, 0.1, 0.05, 0.35);
  pricing_settings s;
  s.paths = 1 << 17;
  const date choice = test::after(m, 90), call = test::after(m, 180), put = test::after(m, 210);
  const auto years = [&](date d) { return m.time_to(d); };
  const lognormal_asset asset{50, 0.1, 0.05, 0.35};
  const estimate both = test::value_of(chooser_option{choice, 55, call, 48, put}, m, s);
  ASSERT_EQ(both.status, "");
  EXPECT_WITHIN_STDERR(both, chooser_value(asset, years(choice), 55, years(call), 48, years(put)), 4);
  EXPECT_WITHIN_STDERR(test::value_of(chooser_option{choice, 55, call, {}, put}, m, s),
                       chooser_value(asset, years(choice), 55, years(call), 55, years(put)), 4);
  EXPECT_WITHIN_STDERR(test::value_of(chooser_option{choice, 55, call}, m, s),
                       chooser_value(asset, years(choice), 55, years(call), 55, years(call)), 4);
  EXPECT_NE(test::value_of(chooser_option{choice, 55, call, {}, choice}, m, s).status.find("choice date"), std::string::npos);
  m.underlyings["X"].dynamics = merton_model{0.2, 0.5, -0.1, 0.15};
  EXPECT_NE(test::value_of(chooser_option{choice, 55, call, 48}, m, s).status.find("use black_scholes"), std::string::npos);
}

} // namespace
} // namespace dojima
