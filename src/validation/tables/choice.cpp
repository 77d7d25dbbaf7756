// Options that are chosen, begin or end later: chooser, compound, forward start, cliquet, autocallable.
#include <cmath>

#include "models/closed_form/chooser.hpp"
#include "models/closed_form/cliquet.hpp"
#include "models/closed_form/compound.hpp"
#include "models/closed_form/forward_start.hpp"
#include "validation/tables/trades.hpp"

namespace dojima {
namespace {

problem out_of_order(const char* before, const char* after) {
  return {before, std::string("must be before ") + after, "are both in years?"};
}

row_value chooser(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset = asset_of(r);
  const double choice = r.positive("choice_time"), strike = r.positive("strike_call"), strike_put = r.positive("strike_put");
  const double time = r.positive("maturity_call"), time_put = r.positive("maturity_put");
  if (choice > std::min(time, time_put)) throw out_of_order("choice_time", "both maturities");
  row_value v{formula_value{chooser_value(asset, choice, strike, time, strike_put, time_put),
                            rounding(asset.spot + strike + strike_put)}};
  v.trade = [=, &r] {
    if (strike != strike_put || time != time_put) throw not_valued{"call and put differ in strike or expiry: no contract"};
    const calendar c({choice, time});
    return position{c.stock(r), chooser_option{c.day(choice), strike, c.day(time)}};
  };
  return v;
}

row_value compound(const reference_row& r) {
  const lognormal_asset asset = asset_of(r);
  const double first = r.positive("mother_maturity"), last = r.positive("daughter_maturity");
  const double strike = r.positive("mother_strike"), inner_strike = r.positive("daughter_strike");
  if (first >= last) throw out_of_order("mother_maturity", "daughter_maturity");
  const double mother = r.sign("mother_type"), daughter = r.sign("daughter_type");
  const auto price = [&](const lognormal_asset& a, double elapsed) {
    return compound_value(a, strike, first - elapsed, mother, inner_strike, last - elapsed, daughter);
  };
  row_value v{of_asset(r, asset, price, 1e-14 * (asset.spot + strike + inner_strike), first)};
  if (r.quantity() != "price") return v;
  v.formula->uncertainty *= 10;
  v.trade = [=, &r] {
    const calendar c({first, last});
    return position{c.stock(r), compound_option{r.type("mother_type"), strike, c.day(first), r.type("daughter_type"),
                                                inner_strike, c.day(last)}};
  };
  return v;
}

row_value forward_start(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset = asset_of(r);
  const double moneyness = r.positive("moneyness"), reset = r.not_negative("reset_time"), time = r.positive("maturity");
  if (reset >= time) throw out_of_order("reset_time", "maturity");
  const bool performance = r.is("payoff", "performance", "absolute");
  const auto value = performance ? forward_performance_value : forward_start_value;
  row_value v{formula_value{value(asset, moneyness, reset, time, r.sign()), rounding(asset.spot)}};
  v.trade = [=, &r] {
    const calendar c({reset, time});
    return position{c.stock(r), forward_start_option{r.type(), moneyness, {c.day(reset), {}}, c.day(time), performance}};
  };
  return v;
}

/// Options from each date to the next, struck at moneyness times the spot and paid at their end. Schedule i is date i;
/// `carried` is what one unit then paid is worth at the last.
struct ratchet final : payoff {
  double sign, moneyness;
  std::vector<double> carried;
  path_value start, sum = 0.0;
  ratchet(double s, double m, std::vector<double> worth, double spot)
      : sign(s), moneyness(m), carried(std::move(worth)), start(spot) {}
  std::vector<path_value*> state() override { return {&start, &sum}; }
  void observe(int schedule, const observation& o) override {
    sum = sum + carried[static_cast<std::size_t>(schedule)] * max(sign * (o.spot() - moneyness * start), 0.0);
    start = o.spot();
  }
  path_value value() const override { return sum; }
};

position ratchet_position(const reference_row& r, const std::vector<double>& times) {
  const calendar c(times);
  custom_option option{"ratchet", {}, {"X"}, {}, c.day(times.back())};
  std::vector<double> carried;
  for (const double t : times) {
    if (t == 0) continue;
    option.schedules.push_back({c.day(t)});
    carried.push_back(t == times[0] ? 0 : std::exp(r.number("rate") * (times.back() - t)));
  }
  option.make = [=, sign = r.sign(), moneyness = r.number("moneyness"), spot = r.number("spot")] {
    return std::make_unique<ratchet>(sign, moneyness, carried, spot);
  };
  return {c.stock(r), option};
}

row_value cliquet(const reference_row& r) {
  require_price(r);
  const lognormal_asset asset = asset_of(r);
  std::vector<double> times = r.numbers("reset_times");
  times.push_back(r.positive("maturity"));
  if (times.size() < 2 || times[0] < 0) throw problem{"reset_times = " + r["reset_times"], "one at least, from 0 on", ""};
  for (std::size_t i = 1; i < times.size(); ++i)
    if (times[i] <= times[i - 1]) throw out_of_order("reset_times", "each other and maturity");
  if (r.is("structure", "ratchet", "clipped_sum")) {
    const double value = ratchet_value(asset, r.positive("moneyness"), times, r.sign());
    return {formula_value{value, rounding(100 * asset.spot)}, [=, &r] { return ratchet_position(r, times); }};
  }
  if (times[0] > 0) times.insert(times.begin(), 0); // where the first period begins
  const double notional = r.number("notional"), local_floor = r.number_or("local_floor", -infinity),
               local_cap = r.number_or("local_cap", infinity), global_floor = r.number_or("global_floor", -infinity),
               global_cap = r.number_or("global_cap", infinity);
  const double period = times[1];
  row_value v;
  bool equal = true;
  for (std::size_t i = 1; i < times.size(); ++i) equal = equal && std::abs(times[i] - times[i - 1] - period) < 1e-9 * period;
  if (equal) {
    const int n = static_cast<int>(times.size()) - 1;
    bool likely = false; // whether a global bound is itself a likely sum, of periods that all end at a local bound
    for (int k = 0; k <= n; ++k) {
      const double sum = (k > 0 ? k * local_cap : 0) + (k < n ? (n - k) * local_floor : 0);
      likely = likely || std::abs(sum - global_floor) < 1e-9 || std::abs(sum - global_cap) < 1e-9;
    }
    const double value = clipped_cliquet_value(asset, period, n, local_floor, local_cap, global_floor, global_cap);
    v.formula = {notional * value, (likely ? 1e-4 : 1e-7) * std::abs(notional)}; // as cliquet.hpp states
  }
  v.trade = [=, &r] {
    const calendar c(times);
    return position{c.stock(r), cliquet_option{c.fixings(times), local_floor, local_cap, global_floor, global_cap}, notional};
  };
  return v;
}

// All coupons are paid when called: with memory, and the coupon barrier at the call level.
row_value autocallable(const reference_row& r) {
  require_price(r);
  const auto times = dates_to(r.positive("maturity"), r.count("observations", 1, 10'000));
  row_value v;
  v.trade = [=, &r] {
    const calendar c(times);
    const double level = r.positive("autocall_level");
    const autocallable_note note{{{"X", r.positive("spot")}},       c.days(times), r.number("coupon_per_period"), level, level,
                                 r.not_negative("protection_level")};
    return position{c.stock(r), note, r.number("notional")};
  };
  return v;
}

} // namespace

std::vector<table_kind> choice_tables() {
  return {
      {"chooser",
       {"spot", "strike_call", "strike_put", "rate", "dividend_yield", "volatility", "choice_time", "maturity_call",
        "maturity_put"},
       chooser},
      {"compound",
       {"mother_type", "daughter_type", "spot", "mother_strike", "daughter_strike", "rate", "dividend_yield", "volatility",
        "mother_maturity", "daughter_maturity"},
       compound},
      {"forward_start",
       {"option_type", "payoff", "spot", "moneyness", "rate", "dividend_yield", "volatility", "reset_time", "maturity"},
       forward_start},
      {"cliquet",
       {"structure", "option_type", "spot", "moneyness", "local_floor", "local_cap", "global_floor", "global_cap", "notional",
        "rate", "dividend_yield", "volatility", "reset_times", "maturity"},
       cliquet},
      {"autocallable",
       {"spot", "notional", "autocall_level", "coupon_per_period", "protection_level", "observations", "rate", "dividend_yield",
        "volatility", "maturity"},
       autocallable},
  };
}

} // namespace dojima
