// Trades of ORE: <Portfolio> with one <Trade id> each.
#include <algorithm>
#include <map>

#include "dojima/error.hpp"
#include "dojima/pricing/script.hpp"
#include "io/csv.hpp"
#include "io/ore.hpp"
#include "text.hpp"

namespace dojima::io {
namespace {

/// One trade on its way into the portfolio: its data, and the position that it becomes.
struct trade_in {
  const element& data; ///< <EquityOptionData> and the like
  const market& m;
  std::vector<rejection>& notes;
  trade position;

  void warn(const element& about, const std::string& why, const std::string& suggestion = "") const {
    const std::string value = about.text();
    notes.push_back({about.file(), about.line(), position.id,
                     about.name() + (value.empty() ? "" : " '" + shortened(value) + "'"), why, suggestion, true});
  }
};

struct option_terms {
  double sign; ///< 1 long, -1 short
  option_type type;
  bool american, at_expiry; ///< at_expiry: what is due earlier is paid then
  date expiry;
};

double sign_of_holder(const element& e) { return e.choice<double>({{"Long", 1.0}, {"Short", -1.0}}); }

/// OptionData; `typed`: whether the option is a call or a put.
option_terms read_option(trade_in& t, bool typed = true) {
  const element data = t.data.needed("OptionData");
  option_terms o{sign_of_holder(data.needed("LongShort")), option_type::call, false, false, {}};
  if (typed) o.type = data.needed("OptionType").choice<option_type>({{"Call", option_type::call}, {"Put", option_type::put}});
  else data.text("OptionType");
  if (const auto style = data.child("Style")) o.american = style->choice<bool>({{"European", false}, {"American", true}});
  for (const char* name : {"PayOffAtExpiry", "PayoffAtExpiry"})
    if (const auto when = data.child(name)) o.at_expiry = when->yes();
  const element dates = data.needed("ExerciseDates");
  const std::vector<element> days = dates.children("ExerciseDate");
  if (days.empty() || days.size() > (o.american ? 2u : 1u))
    dates.fail(std::to_string(days.size()) + " exercise dates of " + (o.american ? "an American" : "a European") + " option",
               "leave its expiry");
  o.expiry = days.back().day();
  if (days.size() == 2 && days[0].day() > t.m.as_of)
    days[0].fail("exercise that begins later is not read", "price it elsewhere");
  for (const char* name : {"Settlement", "AutomaticExercise"}) data.child(name); // do not change the value
  if (const auto premiums = data.child("Premiums"))
    for (const element& premium : premiums->children("Premium")) {
      premium.mark_read();
      if (const auto paid = premium.child("PayDate"); !paid || paid->day() > t.m.as_of)
        t.warn(premium.needed("Amount"), "the premium of " + premium.text("Currency") + " to be paid is not part of the value",
               "book it as cash");
    }
  return o;
}

/// What an equity is called in ORE: RIC:.SPX, EQ-RIC:.SPX; in the market it may go without the prefix and the dot.
const underlying& find_equity(const market& m, const element& named, std::string name) {
  const std::string given = name;
  if (name.starts_with("EQ-")) name.erase(0, 3);
  for (;;) {
    if (const auto found = m.underlyings.find(name); found != m.underlyings.end()) return found->second;
    if (const std::size_t colon = name.find(':'); colon != name.npos) name.erase(0, colon + 1);
    else if (name.starts_with('.')) name.erase(0, 1);
    else break;
  }
  named.fail("underlying " + given + " is not in the market", "correct the name, or add it there");
}

const underlying& read_equity(trade_in& t, const option_terms& o) {
  const auto within = t.data.child("Underlying");
  const element name = (within ? *within : t.data).needed("Name");
  std::string full = name.text();
  if (within) {
    if (const auto type = within->child("Type"); type && type->text() != "Equity") type->fail("an equity is needed");
    if (const std::string kind = within->text("IdentifierType"); !kind.empty()) full = kind + ":" + full;
  }
  const underlying& u = find_equity(t.m, name, full);
  const auto check_currency = [&](const std::optional<element>& node) {
    if (node && node->text() != u.currency)
      node->fail(u.name + " is quoted in " + u.currency + "; payments in another currency are not read", "price it elsewhere");
  };
  for (const char* node : {"Currency", "StrikeCurrency", "PayoffCurrency"}) check_currency(t.data.filled(node));
  if (within) check_currency(within->filled("Currency"));
  if (const auto strike = t.data.child("StrikeData")) {
    const auto price = strike->child("StrikePrice");
    check_currency((price ? *price : *strike).filled("Currency"));
  }
  t.data.child("EQIndex"); // names its fixings
  const auto quantity = t.data.child("Quantity");
  t.position.underlying = u.name;
  t.position.quantity = o.sign * (quantity ? quantity->number() : 1.0);
  return u;
}

double read_strike(const element& data) {
  auto strike = data.child("StrikeData");
  if (!strike) return data.needed("Strike").number();
  if (const auto price = strike->child("StrikePrice")) strike = price;
  return strike->needed("Value").number();
}

contract vanilla(const option_terms& o, double strike) {
  if (o.american) return american_option{o.type, strike, o.expiry};
  return european_option{o.type, strike, o.expiry};
}

void refuse_american(const trade_in& t, const option_terms& o) {
  if (o.american)
    t.data.needed("OptionData").needed("Style").fail("only European exercise is read for this type", "price it elsewhere");
}
void refuse_late_payment(const trade_in& t, const option_terms& o) {
  if (o.american && o.at_expiry)
    t.data.needed("OptionData").fail("an early exercise that is paid at expiry is not read", "price it elsewhere");
}

contract equity_option(trade_in& t) {
  const option_terms o = read_option(t);
  refuse_late_payment(t, o);
  read_equity(t, o);
  return vanilla(o, read_strike(t.data));
}

/// A pair of the market that two currencies make; `turned`: its first currency is the domestic one of the trade.
struct pair_in {
  const underlying& u;
  bool turned;
};
pair_in find_pair(const market& m, const element& asked, const std::string& foreign, const std::string& domestic) {
  if (const auto found = m.underlyings.find(foreign + domestic); found != m.underlyings.end()) return {found->second, false};
  if (const auto found = m.underlyings.find(domestic + foreign); found != m.underlyings.end()) return {found->second, true};
  asked.fail("neither " + foreign + domestic + " nor " + domestic + foreign + " is in the market",
             "correct it, or add the pair");
}

option_type turned(option_type type, bool turn) {
  return turn == (type == option_type::call) ? option_type::put : option_type::call;
}

/// Amounts bought and sold: an option on the currency bought, struck at sold per bought.
struct exchange {
  bool turned;
  double strike; ///< of the pair
  double bought, sold;
};
exchange read_exchange(trade_in& t, double sign) {
  const element bought = t.data.needed("BoughtCurrency"), sold = t.data.needed("SoldCurrency");
  const element bought_amount = t.data.needed("BoughtAmount"), sold_amount = t.data.needed("SoldAmount");
  const double b = bought_amount.number(), s = sold_amount.number();
  if (!(b > 0)) bought_amount.fail("must be above 0");
  if (!(s > 0)) sold_amount.fail("must be above 0");
  const pair_in pair = find_pair(t.m, bought, bought.text(), sold.text());
  t.position.underlying = pair.u.name;
  t.position.quantity = sign * (pair.turned ? s : b);
  t.data.child("FXIndex"); // names its fixings
  return {pair.turned, pair.turned ? b / s : s / b, b, s};
}

contract fx_option(trade_in& t) {
  option_terms o = read_option(t);
  refuse_late_payment(t, o);
  const exchange e = read_exchange(t, o.sign);
  o.type = turned(o.type, e.turned);
  return vanilla(o, e.strike);
}

contract fx_forward_of(trade_in& t) {
  const exchange e = read_exchange(t, 1.0);
  if (e.turned) t.position.quantity = -t.position.quantity;
  t.data.child("Settlement");
  return fx_forward{e.strike, t.data.needed("ValueDate").day()};
}

/// BarrierData with one level, or two for `KnockIn` and `KnockOut`.
struct barrier_terms {
  bool up, knock_in, touched;
  std::vector<double> levels;
  double rebate;
  std::optional<element> rebate_node;
};

barrier_terms read_barrier(trade_in& t, const underlying& u, bool two, bool turn) {
  const element data = t.data.needed("BarrierData"), type = data.needed("Type");
  barrier_terms b{};
  if (two) b.knock_in = type.choice<bool>({{"KnockOut", false}, {"KnockIn", true}});
  else
    std::tie(b.up, b.knock_in) = type.choice<std::pair<bool, bool>>(
        {{"UpAndOut", {true, false}}, {"UpAndIn", {true, true}}, {"DownAndOut", {false, false}}, {"DownAndIn", {false, true}}});
  if (const auto style = data.filled("Style"); style && style->text() != "American")
    style->fail("only barriers that are watched at all times are read (American)", "price it elsewhere");
  const element levels = data.needed("Levels");
  for (const element& level : levels.children("Level")) {
    const double x = level.number();
    if (!(x > 0)) level.fail("must be above 0");
    b.levels.push_back(turn ? 1.0 / x : x);
  }
  if (b.levels.size() != (two ? 2u : 1u))
    levels.fail(std::to_string(b.levels.size()) + " levels (" + (two ? "two are" : "one is") + " needed)");
  std::sort(b.levels.begin(), b.levels.end());
  b.up = b.up != turn;
  b.rebate_node = data.child("Rebate");
  b.rebate = b.rebate_node ? b.rebate_node->number() : 0.0;
  if (const auto currency = data.child("RebateCurrency"); currency && b.rebate != 0 && currency->text() != u.currency)
    currency->fail("the rebate is read in " + u.currency, "price it elsewhere");
  for (const char* name : {"RebatePayTime", "StrictComparison"}) data.child(name); // knock-ins pay at expiry

  const auto override_node = data.child("OverrideTriggered");
  b.touched = override_node && override_node->yes();
  t.data.child("Calendar");
  const auto start = t.data.filled("StartDate");
  if (!start || override_node) return b;
  const date from = start->day();
  if (from > t.m.as_of)
    t.warn(*start, "the barrier is watched from the valuation date on", "book it again then, if it was touched before");
  if (from >= t.m.as_of) return b;
  const auto seen = t.m.fixings.find(u.name);
  bool any = false;
  if (seen != t.m.fixings.end())
    for (auto at = seen->second.lower_bound(from); at != seen->second.end() && at->first < t.m.as_of; ++at) {
      any = true;
      const double price = at->second;
      if (two ? price <= b.levels[0] || price >= b.levels[1] : b.up ? price >= b.levels[0] : price <= b.levels[0])
        b.touched = true;
    }
  if (!any) t.warn(*start, "no fixings since then; the barrier is taken as not touched", "add them to the market's fixings");
  return b;
}

/// Per unit, where it is paid as our contracts pay it; `amount`: units that the rebate is for, 0 where it is not read.
double rebate_of(const barrier_terms& b, double amount) {
  if (b.rebate == 0) return 0;
  if (amount == 0) b.rebate_node->fail("a rebate is not read for this type", "price it elsewhere");
  if (!b.knock_in)
    b.rebate_node->fail("when a knock-out pays it, at hit or at expiry, is not written in the trade", "price it elsewhere");
  return b.rebate / amount;
}

contract barrier_of(const option_terms& o, double strike, const barrier_terms& b, double amount) {
  const double rebate = rebate_of(b, amount);
  if (b.levels.size() == 2)
    return double_barrier_option{o.type, strike, o.expiry, b.knock_in, b.levels[0], b.levels[1], rebate, {}, b.touched};
  return barrier_option{o.type, strike, o.expiry, b.up, b.knock_in, b.levels[0], rebate, {}, b.touched};
}

template <bool two> contract equity_barrier(trade_in& t) {
  const option_terms o = read_option(t);
  refuse_american(t, o);
  const underlying& u = read_equity(t, o);
  return barrier_of(o, read_strike(t.data), read_barrier(t, u, two, false), 0.0);
}

template <bool two> contract fx_barrier(trade_in& t) {
  option_terms o = read_option(t);
  refuse_american(t, o);
  const exchange e = read_exchange(t, o.sign);
  o.type = turned(o.type, e.turned);
  const underlying& u = t.m.underlyings.at(t.position.underlying);
  // A rebate is an amount of the currency sold, which is the pair's unless it is turned.
  return barrier_of(o, e.strike, read_barrier(t, u, two, e.turned), e.turned ? 0.0 : e.bought);
}

contract equity_digital(trade_in& t) {
  const option_terms o = read_option(t);
  refuse_american(t, o);
  read_equity(t, o);
  return digital_option{o.type, read_strike(t.data), o.expiry, t.data.needed("PayoffAmount").number()};
}

contract fx_digital(trade_in& t) {
  const option_terms o = read_option(t);
  refuse_american(t, o);
  const element foreign = t.data.needed("ForeignCurrency"), domestic = t.data.needed("DomesticCurrency");
  const pair_in pair = find_pair(t.m, foreign, foreign.text(), domestic.text());
  const element paid_in = t.data.needed("PayoffCurrency");
  if (paid_in.text() != foreign.text() && paid_in.text() != domestic.text()) paid_in.fail("must be one of the two currencies");
  t.data.child("FXIndex");
  const double strike = t.data.needed("Strike").number(), amount = t.data.needed("PayoffAmount").number();
  const bool cash = paid_in.text() == pair.u.currency; // else units of the pair's first currency
  t.position.underlying = pair.u.name;
  t.position.quantity = o.sign * (cash ? 1.0 : amount);
  return digital_option{turned(o.type, pair.turned), pair.turned ? 1.0 / strike : strike, o.expiry,
                        cash ? std::optional(amount) : std::nullopt};
}

contract touch_of(const option_terms& o, const barrier_terms& b, double amount) {
  if (b.rebate != 0) b.rebate_node->fail("a rebate is not read for this type", "price it elsewhere");
  return touch_option{o.expiry, b.up, !b.knock_in, b.knock_in && !o.at_expiry, b.levels[0], amount, {}, b.touched};
}

contract equity_touch(trade_in& t) {
  const option_terms o = read_option(t, false);
  const underlying& u = read_equity(t, o);
  return touch_of(o, read_barrier(t, u, false, false), t.data.needed("PayoffAmount").number());
}

contract fx_touch(trade_in& t) {
  const option_terms o = read_option(t, false);
  const element foreign = t.data.needed("ForeignCurrency"), domestic = t.data.needed("DomesticCurrency");
  const pair_in pair = find_pair(t.m, foreign, foreign.text(), domestic.text());
  const element paid_in = t.data.needed("PayoffCurrency");
  if (paid_in.text() != pair.u.currency)
    paid_in.fail("a touch of " + pair.u.name + " is read as paid in " + pair.u.currency, "price it elsewhere");
  t.data.child("FXIndex");
  t.position.underlying = pair.u.name;
  t.position.quantity = o.sign;
  return touch_of(o, read_barrier(t, pair.u, false, pair.turned), t.data.needed("PayoffAmount").number());
}

/// Dates that are listed or follow from rules; of several parts all.
std::vector<date> read_schedule(const element& within) {
  const auto wrapped = within.child("ScheduleData");
  const element& data = wrapped ? *wrapped : within;
  std::set<date> all;
  const auto rule_in = [&](const element& e, const char* name, business_day_rule missing) {
    const auto node = e.filled(name);
    return node ? rule_of(*node) : missing;
  };
  const auto calendar_in = [&](const element& e) {
    const auto node = e.filled("Calendar");
    return node ? calendar_of(*node) : *calendar::named("NullCalendar");
  };
  for (const element& rules : data.children("Rules")) {
    const element end = rules.needed("EndDate");
    const date first = rules.needed("StartDate").day(), last = end.day();
    if (last < first) end.fail("before the start", "correct one of the two");
    if (last - first > std::chrono::days{36525}) end.fail("more than a hundred years after the start");
    const business_day_rule rule = rule_in(rules, "Convention", business_day_rule::unadjusted);
    if (const auto term = rules.filled("TermConvention"); term && rule_of(*term) != rule)
      term->fail("another convention for the last date is not read", "list the dates");
    const auto from = rules.filled("Rule");
    const std::vector<date> days = schedule(first, last, tenor_of(rules.needed("Tenor")), calendar_in(rules), rule,
                                            from ? generation_of(*from) : date_generation::forward);
    all.insert(days.begin(), days.end());
  }
  for (const element& list : data.children("Dates")) {
    const calendar open = calendar_in(list);
    const business_day_rule rule = rule_in(list, "Convention", business_day_rule::unadjusted);
    for (const element& day : list.needed("Dates").children("Date")) all.insert(open.adjust(day.day(), rule));
  }
  if (all.empty()) within.fail("it has no dates", "add <Rules> or <Dates>");
  return {all.begin(), all.end()};
}

/// A past price of an underlying.
double seen_on(const trade_in& t, const std::string& name, date day, const element& asked) {
  const auto prices = t.m.fixings.find(name);
  if (prices != t.m.fixings.end())
    if (const auto price = prices->second.find(day); price != prices->second.end()) return price->second;
  asked.fail("no fixing of " + name + " on " + to_string(day), "add it to the market's fixings.txt");
}

contract asian_of(trade_in& t, const option_terms& o, const std::string& name) {
  const element data = t.data.needed("OptionData");
  asian_option a{o.type, 0.0, o.expiry, {}};
  const auto payoff = data.child("PayoffType");
  a.average_strike = payoff && payoff->choice<bool>({{"Asian", false}, {"AverageStrike", true}});
  if (const auto mean = data.child("PayoffType2"))
    a.mean = mean->choice<averaging>({{"Arithmetic", averaging::arithmetic}, {"Geometric", averaging::geometric}});
  if (!a.average_strike) a.strike = read_strike(t.data);
  if (const auto paid = t.data.filled("Settlement"); paid && paid->day() != o.expiry) {
    if (a.average_strike) paid->fail("a payment after the last price that counts is not read", "pay at expiry");
    a.expiry = paid->day(); // what is paid is known once the last price is
  }
  const element dates = t.data.needed("ObservationDates");
  for (const date day : read_schedule(dates)) {
    a.fixings.push_back({day, {}});
    if (day < t.m.as_of) a.fixings.back().value = seen_on(t, name, day, dates);
  }
  return a;
}

contract equity_asian(trade_in& t) {
  const option_terms o = read_option(t);
  refuse_american(t, o);
  return asian_of(t, o, read_equity(t, o).name);
}

contract fx_asian(trade_in& t) {
  const option_terms o = read_option(t);
  refuse_american(t, o);
  const element named = t.data.needed("Underlying");
  const element index = named.needed("Name"); // FX-ECB-EUR-USD
  if (const auto type = named.child("Type"); type && type->text() != "FX") type->fail("a pair is needed");
  const std::string text = index.text();
  if (text.size() < 7 || text[text.size() - 4] != '-') index.fail("must end in two currencies such as FX-ECB-EUR-USD");
  const std::string foreign = text.substr(text.size() - 7, 3), domestic = text.substr(text.size() - 3);
  const pair_in pair = find_pair(t.m, index, foreign, domestic);
  if (pair.turned)
    index.fail("an average of " + foreign + domestic + " is none of " + pair.u.name, "add the pair to the market");
  const element currency = t.data.needed("Currency");
  if (currency.text() != domestic) currency.fail("must be " + domestic + "; payments in another currency are not read");
  t.position.underlying = pair.u.name;
  t.position.quantity = o.sign * t.data.needed("Quantity").number();
  return asian_of(t, o, pair.u.name);
}

/// The option of ORE's script AsianBasketOption on the mean, over days, of a weighted sum of prices.
contract asian_basket(trade_in& t) {
  const element& data = t.data;
  const double sign = sign_of_holder(data.needed("LongShort"));
  const double side = data.needed("PutCall").choice<double>({{"Call", 1.0}, {"Put", -1.0}});
  const element names = data.needed("Underlyings"), weights = data.needed("Weights"), currency = data.needed("PayCcy");
  const std::vector<element> all = names.children("Value"), weight = weights.children("Value");
  if (all.empty() || all.size() != weight.size())
    weights.fail("one is needed for each of " + std::to_string(all.size()) + " underlyings");
  std::vector<script_asset> assets;
  std::map<std::string, double> numbers{{"strike", data.needed("Strike").number()}, {"side", side}};
  std::string sum;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const underlying& u = find_equity(t.m, all[i], all[i].text());
    if (u.currency != currency.text())
      currency.fail(u.name + " is quoted in " + u.currency + "; payments in another currency are not read",
                    "price it elsewhere");
    const auto known = std::ranges::find(assets, u.name, &script_asset::underlying);
    const std::string number = std::to_string(known - assets.begin() + 1);
    numbers["w" + number] += weight[i].number();
    if (known != assets.end()) continue;
    assets.push_back({"S" + number, u.name});
    if (!sum.empty()) sum += " + ";
    sum.append("w").append(number).append(" * S").append(number);
  }
  const element dates = data.needed("ObservationDates");
  const std::vector<date> days = read_schedule(dates);
  if (days.back() <= t.m.as_of) dates.fail("all of them have passed", "book what it pays as cash");
  seen_prices seen;
  for (const date day : days)
    if (day < t.m.as_of)
      for (const script_asset& a : assets) seen[day].push_back(seen_on(t, a.underlying, day, dates));
  data.needed("Expiry").day();
  t.position.underlying = assets.front().underlying;
  t.position.quantity = sign * data.needed("Notional").number();
  try {
    custom_option made = scripted_payoff("max(side * (mean(" + sum + ") - strike), 0)", assets, numbers, {{"days", days}},
                                         data.needed("Settlement").day(), seen);
    made.name = "asian_basket";
    return made;
  } catch (const input_error& e) {
    data.fail(e.what());
  }
}

using trade_reader = contract (*)(trade_in&);

/// By TradeType; the data stands in an element of that name and "Data".
const std::map<std::string, trade_reader> readers{{"EquityOption", equity_option},
                                                  {"EquityBarrierOption", equity_barrier<false>},
                                                  {"EquityDoubleBarrierOption", equity_barrier<true>},
                                                  {"EquityDigitalOption", equity_digital},
                                                  {"EquityTouchOption", equity_touch},
                                                  {"EquityAsianOption", equity_asian},
                                                  {"FxForward", fx_forward_of},
                                                  {"FxOption", fx_option},
                                                  {"FxBarrierOption", fx_barrier<false>},
                                                  {"FxDoubleBarrierOption", fx_barrier<true>},
                                                  {"FxDigitalOption", fx_digital},
                                                  {"FxTouchOption", fx_touch},
                                                  {"FxAsianOption", fx_asian}};

/// The first of NettingSetId and CounterParty that is there.
std::string book_of(const element& trade) {
  if (const auto envelope = trade.child("Envelope")) {
    envelope->mark_read();
    for (const char* name : {"NettingSetId", "CounterParty"})
      if (std::string book = envelope->text(name); !book.empty()) return book;
  }
  return "portfolio";
}

trade read_trade(const element& node, const std::string& id, const market& m, std::vector<rejection>& notes) {
  const element type = node.needed("TradeType");
  trade_reader read = nullptr;
  std::string data_name = type.text() + "Data";
  if (const auto known = readers.find(type.text()); known != readers.end()) read = known->second;
  else if (type.text() == "ScriptedTrade" && node.child("AsianBasketOptionData")) {
    read = asian_basket;
    data_name = "AsianBasketOptionData";
  } else if (type.text() == "ScriptedTrade") {
    type.fail("of scripted trades AsianBasketOptionData is read", "write the payoff as text (docs/payoffs.md)");
  } else {
    std::string list;
    for (const auto& [name, reader] : readers) list += (list.empty() ? "" : ", ") + name;
    type.fail("the types that are read are " + list + " and ScriptedTrade with AsianBasketOptionData", "price it elsewhere");
  }
  trade_in t{node.needed(data_name.c_str()), m, notes, {id, book_of(node), "", 0, {}}};
  t.position.terms = read(t);
  for (const element& unread : node.unread())
    t.warn(unread, "this element is not read", "make sure that the value does not depend on it");
  if (auto found = find_problem(t.position, m)) throw xml_problem{*found, node.file(), node.line()};
  return std::move(t.position);
}

} // namespace

portfolio_data read_ore_portfolio(const std::string& file, std::string bytes, const market& m) {
  portfolio_data data;
  const element root = element::parse(file, std::move(bytes), "Portfolio");
  const std::vector<element> trades = root.children("Trade");
  if (trades.empty()) throw input_error(file + ": no trades; add a <Trade id=\"...\"> each");
  std::map<std::string, long> seen;
  for (const element& node : trades) {
    const std::string id = node.attribute("id");
    const std::string shown =
        shortened(id, 60) + (node.text("TradeType").empty() ? "" : " (" + shortened(node.text("TradeType")) + ")");
    std::vector<rejection> notes;
    try {
      if (id.empty()) throw xml_problem{{"no id", "a trade needs one", "write <Trade id=\"...\">"}, file, node.line()};
      if (const auto before = seen.find(id); before != seen.end())
        throw xml_problem{{"duplicate id", "already on line " + std::to_string(before->second) + ", which is kept",
                           "give it an id of its own"},
                          file,
                          node.line()};
      data.trades.push_back(read_trade(node, id, m, notes));
      seen.emplace(id, node.line());
      for (rejection& note : notes) data.rejected.push_back(std::move(note));
    } catch (const xml_problem& p) {
      data.rejected.push_back(p.as_rejection(shown));
    }
  }
  return data;
}

} // namespace dojima::io
