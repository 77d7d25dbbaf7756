// Equity forwards and volatilities of ORE from forwards, dividend yields, volatilities or option premiums.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "dojima/error.hpp"
#include "io/csv.hpp"
#include "io/ore.hpp"
#include "models/closed_form/black.hpp"
#include "text.hpp"

namespace dojima::io {
namespace {

/// Prices of the calls and puts of one expiry by strike.
struct premiums {
  std::map<double, double> calls, puts;
};
using chain = std::map<date, premiums>;

double linear(const std::map<double, double>& points, double x) {
  const auto above = points.lower_bound(x);
  if (above == points.begin()) return above->second;
  if (above == points.end()) return std::prev(above)->second;
  const auto below = std::prev(above);
  return below->second + (above->second - below->second) * (x - below->first) / (above->first - below->first);
}

/// EQUITY_OPTION/<type>/<name>/<currency>/<expiry>/<strike>[/C|P]: options that expire after the valuation date at strikes that
/// are numbers; without a mark a call.
chain read_chain(const ore_source& from, const std::vector<std::pair<std::string, ore_quote>>& quotes, const calendar& open) {
  chain all;
  for (const auto& [key, q] : quotes) {
    const auto day = from.expiry(key_part(key, 4), open);
    const auto strike = parse_number(key_part(key, 5));
    const std::string mark = key_part(key, 6);
    if (!day || !strike || !(*strike > 0) || *day <= from.as_of || !(mark.empty() || mark == "C" || mark == "P")) continue;
    premiums& p = all[*day];
    (mark == "P" ? p.puts : p.calls).emplace(*strike, q.value);
  }
  return all;
}

/// The forward at which put and call cost the same, by parity; nothing where no strike has both. From the strikes between which
/// they do, until a step of F = X + (C(X) - P(X)) / DF moves it by less than a thousandth. Premiums are linear in strike.
std::optional<double> parity_forward(const premiums& quoted, double discount) {
  std::map<double, double> difference; // C - P at strikes that have both
  for (const auto& [strike, call] : quoted.calls)
    if (const auto put = quoted.puts.find(strike); put != quoted.puts.end()) difference.emplace(strike, call - put->second);
  if (difference.empty()) return {};
  const double first = difference.begin()->first, last = std::prev(difference.end())->first;
  const auto changes = std::find_if(difference.begin(), difference.end(), [](const auto& point) { return point.second <= 0; });
  double forward = changes == difference.end()     ? last
                   : changes == difference.begin() ? first
                                                   : 0.5 * (changes->first + std::prev(changes)->first);
  for (int i = 0; i < 100; ++i) {
    const double at = std::clamp(forward, first, last), next = at + linear(difference, at) / discount;
    const bool settled = at <= first ? next <= first : at >= last ? next >= last : std::abs(next - forward) < 0.001 * forward;
    forward = next;
    if (settled || difference.size() == 1) break;
  }
  return forward;
}

/// How ORE looks for a volatility (its OneDimSolverConfig, with its defaults): it stops when the bracket is narrower than
/// `accuracy`, which shows in the values.
struct volatility_search {
  int most_evaluations = 100;
  double guess = 0.2, accuracy = 1e-4, step = 0.01;
  double lower = 1e-4, upper = std::numeric_limits<double>::infinity();
  std::optional<std::pair<double, double>> bracket; ///< in place of steps from the guess
};

volatility_search read_search(const element& config) {
  volatility_search s;
  const auto node = config.child("OneDimSolverConfig");
  if (!node) return s;
  const auto read = [&](const char* name, double& x) {
    if (const auto child = node->filled(name)) x = child->number();
  };
  double most = s.most_evaluations;
  read("MaxEvaluations", most);
  s.most_evaluations = static_cast<int>(std::clamp(most, 1.0, 1e6));
  read("InitialGuess", s.guess);
  read("Accuracy", s.accuracy);
  read("Step", s.step);
  read("LowerBound", s.lower);
  read("UpperBound", s.upper);
  if (const auto range = node->child("MinMax")) s.bracket = {range->needed("Min").number(), range->needed("Max").number()};
  return s;
}

/// A zero of an increasing function by the method of Brent (1973, chapter 4), from a bracket that steps from the guess open,
/// each 1.6 times as long as the bracket before. Nothing when the evaluations do not suffice.
std::optional<double> find_zero(const std::function<double(double)>& f, const volatility_search& s) {
  double low, high, f_low, f_high, best = s.guess;
  int evaluations = 2;
  const auto bounded = [&](double x) { return std::clamp(x, s.lower, s.upper); };
  if (s.bracket) {
    std::tie(low, high) = *s.bracket;
    f_low = f(low), f_high = f(high);
    if (f_low * f_high > 0) return {};
  } else {
    const double f_guess = f(best);
    if (f_guess == 0) return best;
    low = f_guess > 0 ? bounded(best - s.step) : best;
    high = f_guess > 0 ? best : bounded(best + s.step);
    f_low = f_guess > 0 ? f(low) : f_guess;
    f_high = f_guess > 0 ? f_guess : f(high);
    for (; f_low * f_high > 0; ++evaluations) {
      if (evaluations > s.most_evaluations) return {};
      if (std::abs(f_low) < std::abs(f_high)) f_low = f(low = bounded(low + 1.6 * (low - high)));
      else f_high = f(high = bounded(high + 1.6 * (high - low)));
    }
    if (f_low == 0) return low;
    if (f_high == 0) return high;
    best = 0.5 * (low + high);
  }
  // `other` lies on the other side of the zero than `best`, `before` is the best point so far but one.
  double f_best = f(best);
  double other = f_best * f_low < 0 ? low : high, f_other = f_best * f_low < 0 ? f_low : f_high;
  double before = other, f_before = f_other, step = best - other, last_step = step;
  while (++evaluations <= s.most_evaluations) {
    if (f_best * f_other > 0) {
      other = before, f_other = f_before;
      step = last_step = best - before;
    }
    if (std::abs(f_other) < std::abs(f_best)) {
      before = std::exchange(best, other), f_before = std::exchange(f_best, f_other);
      other = before, f_other = f_before;
    }
    const double tolerance = 2.0 * std::numeric_limits<double>::epsilon() * std::abs(best) + 0.5 * s.accuracy;
    const double half = 0.5 * (other - best);
    if (std::abs(half) <= tolerance || f_best == 0) return best;
    double numerator = half, denominator = 1.0; // bisection, unless interpolation stays well inside and gets shorter
    bool interpolated = false;
    if (std::abs(last_step) >= tolerance && std::abs(f_before) > std::abs(f_best)) {
      const double a = f_best / f_before;
      double p, q;
      if (before == other) {
        p = 2.0 * half * a, q = 1.0 - a;
      } else {
        const double b = f_before / f_other, c = f_best / f_other;
        p = a * (2.0 * half * b * (b - c) - (best - before) * (c - 1.0)), q = (b - 1.0) * (c - 1.0) * (a - 1.0);
      }
      if (p > 0) q = -q;
      p = std::abs(p);
      interpolated = 2.0 * p < std::min(3.0 * half * q - std::abs(tolerance * q), std::abs(last_step * q));
      if (interpolated) numerator = p, denominator = q;
    }
    last_step = interpolated ? step : half;
    step = numerator / denominator;
    before = best, f_before = f_best;
    best += std::abs(step) > tolerance ? step : std::copysign(tolerance, half);
    f_best = f(best);
  }
  return {};
}

/// A volatility over another count of days as one over Act/365F.
double in_years(const ore_source& from, date day, double volatility, day_count days) {
  return volatility * std::sqrt(year_fraction(from.as_of, day, days) / from.time_to(day));
}

/// Puts up to the forward and calls from there; where there are none on one side, all of the other kind.
std::map<double, option_type> out_of_the_money(const premiums& quoted, double forward) {
  const bool calls = !quoted.calls.empty() && std::prev(quoted.calls.end())->first >= forward;
  const bool puts = !quoted.puts.empty() && quoted.puts.begin()->first <= forward;
  std::map<double, option_type> chosen;
  for (const auto& [strike, price] : quoted.puts)
    if (puts && (!calls || strike <= forward)) chosen[strike] = option_type::put;
  for (const auto& [strike, price] : quoted.calls)
    if (calls && (!puts || strike >= forward)) chosen[strike] = option_type::call;
  return chosen;
}

std::vector<std::string> listed(const element& config, const char* name) {
  std::vector<std::string> items;
  const std::string text = config.needed_text(name);
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string item = text.substr(begin, end - begin);
    std::erase_if(item, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
    if (!item.empty()) items.push_back(item);
    begin = end + 1;
  }
  return items;
}

calendar calendar_or_weekends(const element& config) {
  const auto node = config.filled("Calendar");
  return node ? calendar_of(*node) : *calendar::named("WeekendsOnly");
}
day_count days_of(const element& config) {
  const auto node = config.filled("DayCounter");
  return node ? day_count_of(*node) : day_count::act_365f;
}

volatility term_structure(const ore_source& from, const element& config, const std::map<date, double>& points) {
  if (points.empty()) config.fail("no volatility is quoted on " + to_string(from.as_of));
  term_volatility v;
  for (const auto& [day, value] : points) {
    v.times.push_back(from.time_to(day));
    v.values.push_back(in_years(from, day, value, days_of(config)));
  }
  return v;
}

/// The volatilities of one element of VolatilityConfig.
struct equity_smiles {
  const ore_source& from;
  const element &config, &kind; ///< EquityVolatility and, within it or its VolatilityConfig, what is built
  const equity_forwards& forwards;
  const curve& discount;
  std::vector<rejection>& rejected;

  std::string name() const {
    const std::string id = config.text("EquityId");
    return id.empty() ? config.needed_text("CurveId") : id;
  }
  /// All quotes of this equity, of RATE_LNVOL or PRICE.
  std::vector<std::pair<std::string, ore_quote>> quotes(const char* type) const {
    const std::string stem = "EQUITY_OPTION/" + std::string(type) + "/" + name() + "/" + config.needed_text("Currency") + "/";
    std::vector<std::pair<std::string, ore_quote>> all;
    for (auto at = from.quotes.lower_bound(stem); at != from.quotes.end() && at->first.starts_with(stem); ++at)
      all.push_back(*at);
    return all;
  }

  volatility constant() const {
    const element key = kind.needed("Quote");
    const ore_quote* q = from.find(key.text());
    if (q == nullptr) key.fail("not quoted on " + to_string(from.as_of));
    return flat_volatility{q->value};
  }

  volatility curve_of(const std::vector<std::pair<std::string, ore_quote>>& quotes) const {
    std::map<date, double> points;
    for (const auto& [key, q] : quotes)
      if (const auto day = from.expiry(key_part(key, 4), calendar_or_weekends(config)); day && *day > from.as_of)
        points.emplace(*day, q.value);
    return term_structure(from, config, points);
  }

  volatility surface() const {
    bool premium = false;
    if (const auto type = kind.filled("QuoteType"))
      premium = type->choice<bool>({{"Premium", true}, {"ImpliedVolatility", false}});
    if (const auto style = kind.child("ExerciseType"); premium && style && style->text() != "European")
      style->fail("only premiums of European options are read", "quote volatilities");
    chain quoted = read_chain(from, quotes(premium ? "PRICE" : "RATE_LNVOL"), calendar_or_weekends(config));
    keep_listed(quoted);
    const volatility_search search = read_search(config);
    const bool calls_alone = std::all_of(quoted.begin(), quoted.end(), [](const auto& one) { return one.second.puts.empty(); });
    surface_volatility v;
    v.linear = smile_interpolation::variance;
    long none = 0;
    for (const auto& [day, prices] : quoted) {
      const double time = from.time_to(day), forward = std::exp(forwards.log_forward(time, discount));
      smile s{time, {}, {}};
      std::map<double, option_type> chosen;
      if (!premium && calls_alone)
        for (const auto& [strike, sigma] : prices.calls) chosen.emplace(strike, option_type::call);
      else chosen = out_of_the_money(prices, forward);
      for (const auto& [strike, type] : chosen) {
        const double quote = (type == option_type::call ? prices.calls : prices.puts).at(strike);
        std::optional<double> sigma = quote;
        if (premium)
          sigma = find_zero(
              [&, k = std::log(forward / strike), strike = strike, type = type](double x) {
                return black_value(forward, strike, k, x * std::sqrt(time), discount.discount(time), sign_of(type)) - quote;
              },
              search);
        if (!sigma) {
          ++none;
          continue;
        }
        s.strikes.push_back(strike);
        s.values.push_back(in_years(from, day, *sigma, days_of(config)));
      }
      if (!s.strikes.empty()) v.smiles.push_back(std::move(s));
    }
    if (v.smiles.empty()) config.fail("no volatility is quoted on " + to_string(from.as_of));
    if (none > 0)
      rejected.push_back({config.file(), config.line(), name(), std::to_string(none) + " premiums",
                          "no volatility gives them; they are left out", "check them against their bounds", true});
    return v;
  }

  /// Keeps the expiries and strikes that are listed; a `*` lists all.
  void keep_listed(chain& quoted) const {
    const std::vector<std::string> expiries = listed(kind, "Expiries"), strikes = listed(kind, "Strikes");
    const auto all = [](const std::vector<std::string>& list) { return list.size() == 1 && list[0] == "*"; };
    std::set<date> days;
    std::set<double> levels;
    if (!all(expiries))
      for (const std::string& text : expiries) {
        const auto day = from.expiry(text, calendar_or_weekends(config));
        if (!day) kind.needed("Expiries").fail("'" + shortened(text) + "' is neither a date nor a tenor");
        days.insert(*day);
      }
    if (!all(strikes))
      for (const std::string& text : strikes) {
        const auto level = parse_number(text);
        if (!level) kind.needed("Strikes").fail("'" + shortened(text) + "' is no strike");
        levels.insert(*level);
      }
    if (!all(expiries)) std::erase_if(quoted, [&](const auto& one) { return !days.contains(one.first); });
    if (all(strikes)) return;
    for (auto& [day, prices] : quoted)
      for (auto* side : {&prices.calls, &prices.puts})
        std::erase_if(*side, [&](const auto& point) { return !levels.contains(point.first); });
  }
};

} // namespace

double equity_forwards::log_forward(double time, const curve& discount) const {
  return std::log(spot) + (dividends ? dividends->log_discount(time) : 0.0) - discount.log_discount(time);
}

equity_forwards read_equity_curve(const ore_source& from, const element& config, yield_curves& yields, const curve& discount) {
  const element spot_key = config.needed("SpotQuote");
  const ore_quote* spot = from.find(spot_key.text());
  if (spot == nullptr) spot_key.fail("not quoted on " + to_string(from.as_of));
  if (!(spot->value > 0)) spot_key.fail("its price " + number_text(spot->value) + " must be above 0");
  const element forecast_id = config.needed("ForecastingCurve");
  const curve& forecast = yields.at(forecast_id.text(), forecast_id);

  enum class kind { none, yields, forwards, premiums };
  const kind type = config.needed("Type").choice<kind>({{"NoDividends", kind::none},
                                                        {"DividendYield", kind::yields},
                                                        {"ForwardPrice", kind::forwards},
                                                        {"OptionPremium", kind::premiums}});
  // ln of the discount factor of dividends, F DF / S, on each day.
  std::map<date, double> carry;
  const calendar open = calendar_or_weekends(config);
  const auto quotes =
      type == kind::none ? std::vector<std::pair<std::string, ore_quote>>{} : from.named_by(config.needed("Quotes"));
  const auto add_forward = [&](date day, double forward) {
    if (!(forward > 0)) config.fail("forward " + number_text(forward) + " on " + to_string(day) + " must be above 0");
    carry.emplace(day, std::log(forward / spot->value) + forecast.log_discount(from.time_to(day)));
  };
  if (type == kind::premiums) {
    if (const auto style = config.child("ExerciseStyle"); style && style->text() != "European")
      style->fail("only premiums of European options are read", "quote forwards or dividend yields");
    for (const auto& [day, prices] : read_chain(from, quotes, open)) {
      if (const auto forward = parity_forward(prices, forecast.discount(from.time_to(day)))) add_forward(day, *forward);
    }
  } else {
    for (const auto& [key, q] : quotes) {
      const auto day = from.expiry(key_part(key, 4), open);
      if (!day) config.fail("quote " + key + " does not end in a date or a tenor");
      if (*day <= from.as_of) continue;
      if (type == kind::forwards) add_forward(*day, q.value);
      else carry.emplace(*day, -q.value * year_fraction(from.as_of, *day, days_of(config)));
    }
  }
  if (type != kind::none && carry.empty())
    config.fail("no quote gives a forward after " + to_string(from.as_of), "quote forwards or dividend yields");

  equity_forwards found{spot->value, {}};
  // The market has one curve for each currency: where the forecasting curve is another, dividends take up the difference.
  if (carry.empty() && &forecast != &discount)
    for (const double t : discount.times()) carry.emplace(from.as_of + std::chrono::days{std::lround(365 * t)}, 0.0);
  std::vector<double> times, logs;
  for (const auto& [day, log_factor] : carry) {
    times.push_back(from.time_to(day));
    logs.push_back(log_factor + discount.log_discount(times.back()) - forecast.log_discount(times.back()));
  }
  if (times.empty()) return found;
  curve_interpolation linear = curve_interpolation::zero_rate;
  if (const auto interpolation = config.child("DividendInterpolation"))
    linear = interpolation->needed("InterpolationVariable")
                 .choice<curve_interpolation>(
                     {{"Zero", curve_interpolation::zero_rate}, {"Discount", curve_interpolation::log_discount}});
  found.dividends = curve(std::move(times), std::move(logs), linear);
  return found;
}

volatility read_equity_volatility(const ore_source& from, const element& config, const equity_forwards& forwards,
                                  const curve& discount, std::vector<rejection>& rejected) {
  const auto smiles = [&](const element& kind) { return equity_smiles{from, config, kind, forwards, discount, rejected}; };
  if (const auto dimension = config.child("Dimension")) {
    if (dimension->choice<bool>({{"ATM", true}, {"Smile", false}}))
      return smiles(config).curve_of(smiles(config).quotes("RATE_LNVOL"));
    return smiles(config).surface();
  }
  // In the order of their priorities the first that is known and can be built; where there is none, the first problem.
  const auto within = config.child("VolatilityConfig");
  std::vector<element> kinds = (within ? *within : config).children();
  const auto priority = [](const element& e) { return parse_number(e.attribute("priority")).value_or(0); };
  std::stable_sort(kinds.begin(), kinds.end(), [&](const element& a, const element& b) { return priority(a) < priority(b); });
  std::optional<xml_problem> first;
  for (const element& kind : kinds) try {
      if (kind.name() == "Constant") return smiles(kind).constant();
      if (kind.name() == "Curve") return smiles(kind).curve_of(from.named_by(kind.needed("Quotes")));
      if (kind.name() == "StrikeSurface") return smiles(kind).surface();
    } catch (const xml_problem& problem) {
      if (!first) first = problem;
    }
  if (first) throw *first;
  config.fail("it has no volatilities that are read (Constant, Curve, StrikeSurface)", "quote volatilities by strike");
}

volatility read_fx_volatility(const ore_source& from, const element& config, const std::string& foreign,
                              const std::string& domestic, std::vector<rejection>& rejected) {
  const std::string stem = "FX_OPTION/RATE_LNVOL/" + foreign + "/" + domestic + "/";
  const calendar open = calendar_or_weekends(config);
  std::set<std::string> expiries;
  if (const auto node = config.child("Expiries"); node && node->text() != "*")
    for (std::string& text : listed(config, "Expiries")) expiries.insert(std::move(text));
  std::map<date, double> points;
  for (auto at = from.quotes.lower_bound(stem); at != from.quotes.end() && at->first.starts_with(stem); ++at) {
    const std::string expiry = key_part(at->first, 4);
    if (key_part(at->first, 5) != "ATM" || (!expiries.empty() && !expiries.contains(expiry))) continue;
    if (const auto day = from.expiry(expiry, open); day && *day > from.as_of) points.emplace(*day, at->second.value);
  }
  if (const std::string dimension = config.text("Dimension"); dimension != "ATM")
    rejected.push_back({config.file(), config.line(), foreign + domestic, "volatilities by delta",
                        "only those at the money are read and used for all strikes", "set <Dimension> to ATM to say so", true});
  return term_structure(from, config, points);
}

} // namespace dojima::io
