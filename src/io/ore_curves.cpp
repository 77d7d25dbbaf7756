// Yield curves of ORE: bootstrapped from deposits and overnight-indexed swaps, or given as zero rates, discount factors or
// spreads on another curve.
#include <cmath>

#include "dojima/error.hpp"
#include "io/csv.hpp"
#include "io/ore.hpp"
#include "market/bootstrap.hpp"
#include "text.hpp"

namespace dojima::io {
namespace {

/// An index that conventions name, by what its instruments need of it.
struct rate_index {
  const char* name; ///< or the start of it
  const char* calendar;
  day_count days;
};
constexpr rate_index indices[] = {{"EUR-ESTER", "TARGET", day_count::act_360},
                                  {"EUR-EONIA", "TARGET", day_count::act_360},
                                  {"EUR-EURIBOR", "TARGET", day_count::act_360}};

const rate_index& index_of(const element& convention) {
  const element name = convention.needed("Index");
  for (const rate_index& index : indices)
    if (name.text().starts_with(index.name)) return index;
  name.fail("the known indices are EUR-ESTER, EUR-EONIA and EUR-EURIBOR", "quote the curve by zero rates or discount factors");
}

/// The end of a tenor: days are business days, what is longer rolls.
date end_of(const calendar& open, date start, tenor length, business_day_rule rule) {
  return length.unit == 'D' ? open.advance(start, length.count) : open.adjust(add(start, length), rule);
}

/// The last part of a key, as a tenor; `quotes` is blamed.
tenor tenor_in(const std::string& key, const element& quotes) {
  const auto length = parse_tenor(key.substr(key.rfind('/') + 1));
  if (!length) quotes.fail("quote " + key + " does not end in a tenor such as 3M");
  return *length;
}

void refuse_end_of_month(const element& convention) {
  if (const auto eom = convention.filled("EOM"); eom && eom->yes())
    eom->fail("rolling at the end of the month is not read", "set it to false");
}

using quote = std::pair<std::string, ore_quote>;

/// MM/RATE/<currency>/[<index>/]<start>/<term>
curve_instrument deposit(const ore_source& from, const quote& q, const element& convention) {
  refuse_end_of_month(convention);
  const std::string& key = q.first;
  const tenor term = tenor_in(key, convention);
  const auto index_based = convention.child("IndexBased");
  std::optional<calendar> open;
  day_count days;
  business_day_rule rule;
  if (index_based && index_based->yes()) {
    const rate_index& index = index_of(convention);
    open = calendar::named(index.calendar);
    days = index.days;
    rule = term.unit == 'M' || term.unit == 'Y' ? business_day_rule::modified_following : business_day_rule::following;
  } else {
    open = calendar_of(convention.needed("Calendar"));
    days = day_count_of(convention.needed("DayCounter"));
    rule = rule_of(convention.needed("Convention"));
  }
  const std::size_t last = key.rfind('/'), before = key.rfind('/', last - 1);
  const std::string start_text = key.substr(before + 1, last - before - 1);
  const auto lag = start_text.ends_with('D') ? parse_number(start_text.substr(0, start_text.size() - 1)) : std::nullopt;
  if (!lag || !(*lag >= 0 && *lag < 100)) convention.fail("quote " + key + " does not start after days, such as 2D");
  const date start = open->advance(from.as_of, static_cast<int>(*lag)), end = end_of(*open, start, term, rule);
  const double interest = q.second.value * year_fraction(start, end, days);
  const double t0 = from.time_to(start), t1 = from.time_to(end);
  return {"deposit " + key, t1, -q.second.value * t1,
          [=](const curve& c) { return c.discount(t1) * (1.0 + interest) - c.discount(t0); }};
}

/// IR_SWAP/RATE/<currency>/[<index>/]<start>/1D/<term>: a fixed rate against the compounded overnight rate, both paid with a
/// lag after each period. The node is at the last payment.
curve_instrument overnight_swap(const ore_source& from, const quote& q, const element& convention, const curve* discount) {
  refuse_end_of_month(convention);
  const std::string before = q.first.substr(0, q.first.rfind('/'));
  if (!before.ends_with("/1D")) convention.fail("quote " + q.first + " is no overnight swap, whose key has 1D before the term");
  const rate_index& index = index_of(convention);
  const calendar open = *calendar::named(index.calendar);
  const auto optional = [&](const char* name, auto missing, const auto& read) {
    const auto found = convention.filled(name);
    return found ? static_cast<decltype(missing)>(read(*found)) : missing;
  };
  const auto whole = [](const element& e) {
    const double x = e.number();
    if (!(x >= 0 && x < 100 && x == std::floor(x))) e.fail("must be a whole number of days");
    return static_cast<int>(x);
  };
  const int settlement = whole(convention.needed("SpotLag")), lag = optional("PaymentLag", 0, whole);
  const day_count days = day_count_of(convention.needed("FixedDayCounter"));
  const business_day_rule rule = optional("FixedConvention", business_day_rule::following, rule_of);
  const date_generation rolled = optional("Rule", date_generation::backward, generation_of);
  const tenor step = optional("FixedFrequency", tenor{12, 'M'}, [](const element& e) {
    return e.choice<tenor>({{"Annual", {12, 'M'}},
                            {"A", {12, 'M'}},
                            {"Semiannual", {6, 'M'}},
                            {"S", {6, 'M'}},
                            {"Quarterly", {3, 'M'}},
                            {"Q", {3, 'M'}},
                            {"Monthly", {1, 'M'}},
                            {"M", {1, 'M'}},
                            {"Once", {9999, 'Y'}}});
  });
  const date start = open.advance(from.as_of, settlement);
  const std::vector<date> periods = schedule(start, add(start, tenor_in(q.first, convention)), step, open, rule, rolled);
  struct period {
    double start, end, paid, years;
  };
  std::vector<period> legs;
  for (std::size_t i = 1; i < periods.size(); ++i)
    legs.push_back({from.time_to(periods[i - 1]), from.time_to(periods[i]), from.time_to(open.advance(periods[i], lag)),
                    year_fraction(periods[i - 1], periods[i], days)});
  if (legs.empty()) convention.fail("quote " + q.first + " ends where it starts");
  const double rate = q.second.value, last = legs.back().paid;
  return {"overnight swap " + q.first, last, -rate * last, [=](const curve& c) {
            double excess = 0;
            for (const period& p : legs)
              excess += (discount != nullptr ? *discount : c).discount(p.paid) *
                        (rate * p.years - (c.discount(p.start) / c.discount(p.end) - 1.0));
            return excess;
          }};
}

/// What a quote of zero rates, spreads or discount factors says about a day.
struct dated_rate {
  date day;
  double value;
  day_count days;
};

/// .../<day counter>/<tenor or date> for rates, .../<tenor or date> for discount factors.
dated_rate read_dated(const ore_source& from, const quote& q, const std::optional<element>& convention, const element& segment,
                      bool discount_factor) {
  const std::size_t last = q.first.rfind('/');
  const std::string when = q.first.substr(last + 1);
  dated_rate d{{}, q.second.value, day_count::act_365f};
  if (!discount_factor) {
    if (!convention) segment.fail("zero rates need conventions", "name them in <Conventions>");
    if (const std::string by = convention->text("Compounding"); !by.empty() && by != "Continuous")
      convention->needed("Compounding").fail("only Continuous is read", "quote continuous rates");
    d.days = day_count_of(convention->needed("DayCounter"));
  }
  if (const auto day = parse_date(when)) d.day = *day;
  else if (const auto length = parse_tenor(when)) {
    calendar spot = *calendar::named("NullCalendar"), open = spot;
    business_day_rule rule = business_day_rule::following;
    date start = from.as_of;
    if (convention && convention->name() == "Zero") {
      if (const auto c = convention->filled("SpotCalendar")) spot = calendar_of(*c);
      if (const auto c = convention->filled("TenorCalendar")) open = calendar_of(*c);
      if (const auto r = convention->filled("RollConvention")) rule = rule_of(*r);
      if (const auto lag = convention->child("SpotLag"); lag && lag->number() > 0 && lag->number() < 100)
        start = spot.advance(start, static_cast<int>(lag->number()));
    }
    d.day = end_of(open, start, *length, rule);
  } else segment.fail("quote " + q.first + " does not end in a date or a tenor");
  if (d.day <= from.as_of) segment.fail("quote " + q.first + " is not after the valuation date");
  return d;
}

curve_instrument known_node(double time, double log_discount, const std::string& key) {
  return {"quote " + key, time, log_discount, [=](const curve& c) { return c.log_discount(time) - log_discount; }};
}

/// The curve of a spread, linear in time and flat outside its quotes, on the zero rates of another.
curve spreaded(const curve& reference, const std::vector<std::pair<double, double>>& spreads, curve_interpolation linear) {
  std::set<double> times(reference.times().begin(), reference.times().end());
  for (const auto& [time, spread] : spreads) times.insert(time);
  const auto spread_at = [&](double time) {
    if (time <= spreads.front().first) return spreads.front().second;
    for (std::size_t i = 1; i < spreads.size(); ++i) {
      const auto [t0, s0] = spreads[i - 1];
      const auto [t1, s1] = spreads[i];
      if (time <= t1) return s0 + (s1 - s0) * (time - t0) / (t1 - t0);
    }
    return spreads.back().second;
  };
  std::vector<double> logs;
  logs.reserve(times.size());
  for (const double time : times) logs.push_back(reference.log_discount(time) - spread_at(time) * time);
  return curve({times.begin(), times.end()}, std::move(logs), linear);
}

curve_interpolation interpolation_of(const element& config, std::vector<rejection>& rejected) {
  const std::string variable = config.text("InterpolationVariable"), method = config.text("InterpolationMethod");
  if (variable == "Zero" && method == "Linear") return curve_interpolation::zero_rate;
  if (!((variable.empty() || variable == "Discount") && (method.empty() || method == "LogLinear")))
    rejected.push_back({config.file(), config.line(), config.text("CurveId"), "interpolation " + method + " of " + variable,
                        "not known; discount factors are taken as log-linear",
                        "use Discount with LogLinear, or Zero with Linear", true});
  return curve_interpolation::log_discount;
}

} // namespace

const curve& yield_curves::at(const std::string& id, const element& asked) {
  if (const auto found = built_.find(id); found != built_.end()) return found->second;
  if (!building_.insert(id).second) asked.fail("curve " + id + " is made from itself");
  const element config = from_.config("YieldCurves", "YieldCurve", id, asked);
  try {
    const curve made = build(config);
    building_.erase(id);
    return built_.emplace(id, made).first->second;
  } catch (const input_error& e) {
    config.fail("curve " + id + ": " + e.what());
  }
}

curve yield_curves::build(const element& config) {
  const std::string id = config.text("CurveId");
  const curve_interpolation linear = interpolation_of(config, rejected_);
  const auto discount_node = config.filled("DiscountCurve");
  const bool other = discount_node && discount_node->text() != id;
  const curve* const discount = other ? &at(discount_node->text(), *discount_node) : nullptr;

  std::vector<curve_instrument> nodes;
  for (const element& segment : config.needed("Segments").children()) {
    const element type = segment.needed("Type");
    const auto convention_id = segment.filled("Conventions");
    const auto convention = convention_id ? std::optional(from_.convention(*convention_id)) : std::nullopt;
    const auto needed_convention = [&] { return from_.convention(segment.needed("Conventions")); };
    const std::vector<quote> quotes = from_.named_by(segment.needed("Quotes"));
    const std::string kind = type.text();
    if (kind == "Zero Spread") {
      std::vector<std::pair<double, double>> spreads;
      for (const quote& q : quotes) {
        const dated_rate d = read_dated(from_, q, convention, segment, false);
        const double time = from_.time_to(d.day);
        if (!spreads.empty() && time <= spreads.back().first) segment.fail("the dates of its quotes must increase");
        spreads.emplace_back(time, d.value);
      }
      if (spreads.empty()) segment.fail("none of its quotes is there");
      const element reference = segment.needed("ReferenceCurve");
      return spreaded(at(reference.text(), reference), spreads, linear);
    }
    for (const quote& q : quotes) {
      if (kind == "Deposit") nodes.push_back(deposit(from_, q, needed_convention()));
      else if (kind == "OIS") nodes.push_back(overnight_swap(from_, q, needed_convention(), discount));
      else if (kind == "Zero" || kind == "Discount") {
        const dated_rate d = read_dated(from_, q, convention, segment, kind == "Discount");
        if (kind == "Discount" && !(d.value > 0)) segment.fail("discount factor " + number_text(d.value) + " of " + q.first);
        const double known = kind == "Discount" ? std::log(d.value) : -d.value * year_fraction(from_.as_of, d.day, d.days);
        nodes.push_back(known_node(from_.time_to(d.day), known, q.first));
      } else
        type.fail("the kinds of segment that are read are Deposit, OIS, Zero, Discount and Zero Spread",
                  "quote the curve by zero rates or discount factors");
    }
  }
  if (nodes.empty()) config.fail("curve " + id + " has no quotes on " + to_string(from_.as_of));
  return bootstrap(std::move(nodes), linear);
}

} // namespace dojima::io
