// Every product and every process with a known value, priced by simulation and compared with the tables of data/reference:
// within four standard errors, what the row leaves open, and the bias that the process states. DOJIMA_TEST_PATHS: paths of each
// book.
#include <algorithm>
#include <functional>
#include <sstream>

#include "models/closed_form/black.hpp"
#include "pricing/prepare.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

using test::reference_row;

std::vector<std::string> fields(const std::string& text, char separator = ';') {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, separator);) parts.push_back(field);
  return parts;
}
std::vector<double> numbers(const std::string& text) {
  std::vector<double> values;
  for (const std::string& field : fields(text)) values.push_back(std::stod(field));
  return values;
}
/// n times at equal distances from first to last.
std::vector<double> spaced(double first, double last, int n) {
  std::vector<double> times(static_cast<std::size_t>(n), first);
  for (int i = 1; i < n; ++i) times[static_cast<std::size_t>(i)] += (last - first) * i / (n - 1);
  return times;
}
/// The same without 0.
std::vector<double> dates_to(double last, int n) { return spaced(last / n, last, n); }

pricing_settings simulated(const std::string& name) {
  static const char* chosen = std::getenv("DOJIMA_TEST_PATHS");
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.paths = chosen != nullptr ? std::stoll(chosen) : 1 << 15;
  s.seed = 14695981039346656037u; // that of each book is its name (Fowler, Noll and Vo)
  for (const char c : name) s.seed = (s.seed ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return s;
}

/// Contracts have dates, rows have times. A value depends on rates, variances and intensities times time alone, so the market
/// of a row lives at a pace of its own, at which all times of the row are whole days: those nearest to 365 to the year, where a
/// simulation has steps, that their length is what the process states.
class calendar {
public:
  explicit calendar(std::vector<double> times) {
    const double last = *std::ranges::max_element(times);
    const auto whole = [&](int days) {
      return std::ranges::all_of(times, [&](double t) {
        const double day = t / last * days;
        return std::abs(day - std::round(day)) < 1e-9 * days;
      });
    };
    int fewest = 1;
    while (!whole(fewest)) ++fewest;
    days_ = fewest * std::max(1.0, std::round(365 * last / fewest)) / last;
  }
  explicit calendar(double maturity) : calendar(std::vector{maturity}) {}

  /// Years of the market in a year of the row.
  double pace() const { return days_ / 365; }
  double rate(double of_row) const { return of_row / pace(); }
  double volatility(double of_row) const { return of_row / std::sqrt(pace()); }
  date day(double time) const { return start_ + std::chrono::days{std::lround(time * days_)}; }
  std::vector<date> days(const std::vector<double>& times) const {
    std::vector<date> all;
    for (const double t : times) all.push_back(day(t));
    return all;
  }
  std::vector<fixing_date> fixings(const std::vector<double>& times, std::optional<double> past = {}) const {
    std::vector<fixing_date> all;
    if (past) all.push_back({start_ - std::chrono::days{1}, past});
    for (const double t : times) all.push_back({day(t), {}});
    return all;
  }
  /// The stock X, as test::one_stock_market.
  market stock(double spot, double rate, double yield, double sigma) const {
    return test::one_stock_market(spot, this->rate(rate), this->rate(yield), volatility(sigma));
  }
  market stock(const reference_row& r) const {
    return stock(r.number("spot"), r.number("rate"), r.number("dividend_yield"), r.number("volatility"));
  }
  /// The same under another model.
  market stock(double spot, double rate, double yield, model dynamics) const {
    market m = stock(spot, rate, yield, 0.2);
    m.underlyings["X"].dynamics = std::move(dynamics);
    return m;
  }
  market stock(const reference_row& r, model dynamics) const {
    return stock(r.number("spot"), r.number("rate"), r.number("dividend_yield"), std::move(dynamics));
  }

private:
  date start_ = test::one_stock_market(1, 0, 0, 1).as_of;
  double days_; ///< in a year of the row
};

/// What a row is worth: so many units of a contract, and cash.
struct position {
  contract terms;
  double quantity = 1, cash = 0;
  double bias = 0; ///< of the simulation, in the units of the row
};

struct distribution {
  std::size_t count = 0;
  double sum = 0, squares = 0, worst = 0;
  std::string worst_id;
  void add(double z, const std::string& id) {
    ++count, sum += z, squares += z * z;
    if (std::abs(z) >= std::abs(worst)) worst = z, worst_id = id;
  }
  double mean() const { return sum / static_cast<double>(count); }
  double variance() const { return squares / static_cast<double>(count) - mean() * mean(); }
};
std::ostream& operator<<(std::ostream& out, const distribution& z) {
  out << z.count << " z-scores";
  if (z.count > 0)
    out << ", mean " << z.mean() << ", variance " << z.variance() << ", worst " << z.worst << " (" << z.worst_id << ')';
  return out;
}
/// Of the first row of each book, where the error is of chance: the books have different seeds, the rows of one share paths.
distribution independent;

/// Rows as trades. Those that agree in the columns `shared` are one book, and share paths.
class simulated_rows {
public:
  explicit simulated_rows(const std::string& kind, std::vector<const char*> shared = {"id"})
      : kind_(kind), rows_(kind), shared_(std::move(shared)) {}

  /// Calls `take(row)` for each row, which must call `add` or `skip` once; then prices the books.
  template <class Take> void for_each(const Take& take) {
    rows_.for_each(take);
    for (const auto& [name, b] : books_) price_book(name, b);
    std::cout << kind_ << ": " << z_ << "; " << seldom_ << " rows that few paths pay\n";
  }
  void skip(const std::string& reason) { rows_.skip(reason); }
  bool is_price(const reference_row& r) {
    if (r["quantity"] == "price") return true;
    skip("quantity " + r["quantity"]);
    return false;
  }
  void add(const reference_row& r, const market& m, const position& p) {
    std::string name = kind_;
    for (const char* column : shared_) name += ' ' + r[column];
    book& b = books_.try_emplace(name, book{m, {}, {}, {}}).first->second;
    b.trades.push_back({r["id"], "", m.underlyings.begin()->first, p.quantity, p.terms});
    b.positions.push_back(p);
    b.rows.push_back(r);
  }

private:
  struct book {
    market m;
    portfolio trades;
    std::vector<position> positions;
    std::vector<reference_row> rows;
  };

  void price_book(const std::string& name, const book& b) {
    const pricing_settings settings = simulated(name);
    const auto found = price(b.trades, b.m, settings);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const reference_row& r = b.rows[i];
      const position& p = b.positions[i];
      const estimate& e = found[i];
      ASSERT_EQ(e.status, "") << r["id"];
      const double value = e.value + p.cash, expected = r.number("expected");
      const double open = r.number("abs_tolerance") + 1e-12 * (std::abs(expected) + std::abs(e.value));
      // Where few paths pay, their own spread says little: a payoff of about a spot has the error of a rare event.
      const bool many = std::abs(e.value) > 10 * e.standard_error;
      const double scale = std::abs(p.quantity) * b.m.underlyings.begin()->second.spot;
      const double rare = std::sqrt(std::abs(expected - p.cash) * scale / static_cast<double>(settings.paths));
      rows_.expect_near(r, value, open + p.bias + 4 * (many ? e.standard_error : std::max(rare, e.standard_error)));
      seldom_ += !many;
      if (!many || open > 0.1 * e.standard_error) continue;
      const double z = (value - expected) / e.standard_error;
      z_.add(z, r["id"]);
      if (i == 0 && p.bias < 0.1 * e.standard_error) independent.add(z, r["id"]);
    }
  }

  std::string kind_;
  test::reference_rows rows_;
  std::vector<const char*> shared_;
  std::map<std::string, book> books_;
  distribution z_; ///< of the rows whose error is of chance
  int seldom_ = 0; ///< rows that few paths pay
};

option_type type_of(const std::string& text) { return text == "call" ? option_type::call : option_type::put; }
option_type type_of(const reference_row& r) { return type_of(r["option_type"]); }

/// A European option of one table: its price, or its implied volatility by the slope of the price there. `bias` is of the
/// price.
position european(const reference_row& r, const calendar& c, option_type type, double forward, double strike, double discount,
                  double bias = 0) {
  const double time = r.number("maturity");
  const european_option option{type, strike, c.day(time)};
  if (r["quantity"] == "price") return {option, 1, 0, bias};
  const double volatility = r.number("expected"), v = volatility * std::sqrt(time), k = std::log(forward / strike);
  const double slope = discount * forward * norm_pdf(k / v + 0.5 * v) * std::sqrt(time);
  return {option, 1 / slope, volatility - black_value(forward, strike, k, v, discount, sign_of(type)) / slope, bias / slope};
}
position european(const reference_row& r, const calendar& c, double bias = 0) {
  const double time = r.number("maturity"), spot = r.number("spot"), rate = r.number("rate");
  return european(r, c, type_of(r), spot * std::exp((rate - r.number("dividend_yield")) * time), r.number("strike"),
                  std::exp(-rate * time), bias);
}

// Options on one date.

TEST(simulated, european_bsm) {
  simulated_rows rows("european_bsm");
  rows.for_each([&](const reference_row& r) {
    if (!rows.is_price(r)) return;
    const calendar c(r.number("maturity"));
    rows.add(r, c.stock(r), european(r, c));
  });
}

TEST(simulated, european_black76) {
  simulated_rows rows("european_black76");
  rows.for_each([&](const reference_row& r) {
    if (r["model"] != "black76") return rows.skip("model " + r["model"] + ": no process");
    if (!rows.is_price(r)) return;
    const double time = r.number("maturity"), forward = r.number("forward"), discount = r.number("discount_factor");
    const calendar c(time);
    const double rate = -std::log(discount) / time;
    rows.add(r, c.stock(forward, rate, rate, r.number("volatility")),
             european(r, c, type_of(r), forward, r.number("strike"), discount));
  });
}

TEST(simulated, european_fx_garman_kohlhagen) {
  simulated_rows rows("european_fx_garman_kohlhagen");
  rows.for_each([&](const reference_row& r) {
    if (!rows.is_price(r)) return;
    const calendar c(r.number("maturity"));
    market m = c.stock(r.number("spot"), r.number("rate_domestic"), 0, r.number("volatility"));
    m.curves.emplace("EUR", curve::flat(c.rate(r.number("rate_foreign"))));
    m.fx["EUR"] = r.number("spot");
    m.underlyings["X"].kind = asset_class::fx;
    m.underlyings["X"].foreign = "EUR";
    rows.add(r, m, {european_option{type_of(r), r.number("strike"), c.day(r.number("maturity"))}});
  });
}

/// Pays what `amount` makes of the last observation.
struct paid_on_last final : payoff {
  std::function<path_value(const observation&)> amount;
  path_value paid = 0.0;
  explicit paid_on_last(std::function<path_value(const observation&)> f) : amount(std::move(f)) {}
  std::vector<path_value*> state() override { return {&paid}; }
  void observe(int, const observation& o) override { paid = amount(o); }
  path_value value() const override { return paid; }
};
custom_option pays(const std::function<path_value(const observation&)>& amount, date expiry) {
  return {"custom", [amount] { return std::make_unique<paid_on_last>(amount); }, {"X"}, {{expiry}}, expiry};
}

TEST(simulated, digital) {
  simulated_rows rows("digital");
  rows.for_each([&](const reference_row& r) {
    if (!rows.is_price(r)) return;
    const calendar c(r.number("maturity"));
    const date expiry = c.day(r.number("maturity"));
    const double strike = r.number("strike"), sign = r.sign();
    if (r["payoff"] != "gap") {
      const auto cash = r["cash"].empty() ? std::nullopt : std::optional(r.number("cash"));
      return rows.add(r, c.stock(r), {digital_option{type_of(r), strike, expiry, cash}});
    }
    const auto gap = [=, paid = r.number("payoff_strike")](const observation& o) {
      return select(sign * o.spot() > sign * strike, sign * (o.spot() - paid), 0.0);
    };
    rows.add(r, c.stock(r), {pays(gap, expiry)});
  });
}

// Barriers.

bool touched(const reference_row& r, bool up) { return (up ? 1 : -1) * (r.number("spot") - r.number("barrier")) >= 0; }
constexpr const char* touched_today = "the barrier is touched today: no contract is left";

TEST(simulated, barrier_continuous) {
  simulated_rows rows("barrier_continuous");
  rows.for_each([&](const reference_row& r) {
    if (!rows.is_price(r)) return;
    const std::string& type = r["barrier_type"];
    if (touched(r, type.starts_with("up"))) return rows.skip(touched_today);
    const calendar c(r.number("maturity"));
    rows.add(r, c.stock(r),
             {barrier_option{type_of(r), r.number("strike"), c.day(r.number("maturity")), type.starts_with("up"),
                             type.ends_with("in"), r.number("barrier"), r.number("rebate")}});
  });
}

TEST(simulated, barrier_discrete) {
  simulated_rows rows("barrier_discrete");
  rows.for_each([&](const reference_row& r) {
    const auto times = dates_to(r.number("maturity"), std::stoi(r["monitoring_dates"]));
    const calendar c(times);
    const std::string& type = r["barrier_type"];
    rows.add(r, c.stock(r),
             {barrier_option{type_of(r), r.number("strike"), c.day(times.back()), type.starts_with("up"), type.ends_with("in"),
                             r.number("barrier"), 0, c.days(times)}});
  });
}

TEST(simulated, double_barrier) {
  simulated_rows rows("double_barrier");
  rows.for_each([&](const reference_row& r) {
    std::vector<double> times;
    if (!r["monitoring_dates"].empty()) times = dates_to(r.number("maturity"), std::stoi(r["monitoring_dates"]));
    const calendar c(times.empty() ? std::vector{r.number("maturity")} : times);
    rows.add(
        r, c.stock(r),
        {double_barrier_option{type_of(r), r.number("strike"), c.day(r.number("maturity")), r["barrier_type"] == "knock_in",
                               r.number("barrier_low"), r.number("barrier_high"), 0, c.days(times)}});
  });
}

// Cash that is paid unless a barrier is touched is the rebate of a worthless option that is knocked in, and the other way
// round.
TEST(simulated, double_no_touch) {
  simulated_rows rows("double_no_touch");
  rows.for_each([&](const reference_row& r) {
    if (r.number("spot") <= r.number("barrier_low") || r.number("spot") >= r.number("barrier_high"))
      return rows.skip(touched_today);
    const calendar c(r.number("maturity"));
    rows.add(r, c.stock(r),
             {double_barrier_option{option_type::put, 1e-9, c.day(r.number("maturity")), r["barrier_type"] == "knock_out",
                                    r.number("barrier_low"), r.number("barrier_high"), r.number("cash")}});
  });
}

// An asset is paid at the touch as its barrier in cash, and at expiry by a call without strike.
TEST(simulated, one_touch) {
  simulated_rows rows("one_touch");
  rows.for_each([&](const reference_row& r) {
    const double barrier = r.number("barrier");
    const calendar c(r.number("maturity"));
    const date expiry = c.day(r.number("maturity"));
    const bool up = r["direction"] == "up", touch = r["knock"] == "touch", asset = r["payoff"] == "asset";
    const bool at_hit = r["settlement"] == "at_hit";
    if (touched(r, up)) return rows.skip(touched_today);
    if (asset && !at_hit)
      return rows.add(r, c.stock(r), {barrier_option{option_type::call, 1e-9, expiry, up, touch, barrier, 0}});
    rows.add(r, c.stock(r), {touch_option{expiry, up, !touch, at_hit, barrier, asset ? barrier : r.number("cash")}});
  });
}

// In user code: over the one step to expiry ln S is a Brownian bridge.
TEST(simulated, binary_barrier) {
  simulated_rows rows("binary_barrier");
  rows.for_each([&](const reference_row& r) {
    const double spot = r.number("spot"), strike = r.number("strike"), barrier = r.number("barrier"), sign = r.sign();
    const std::string& type = r["barrier_type"];
    const double side = type.starts_with("up") ? 1 : -1;
    const auto amount = [=, in = type.ends_with("in"), asset = r["payoff"] == "asset",
                         cash = r.number_or("cash", 0)](const observation& o) {
      const path_value distance = max(side * log(barrier / o.spot()), 0.0);
      const path_value touched = exp(-2 * std::max(side * std::log(barrier / spot), 0.0) * distance / o.variance());
      const path_value paid = select(sign * o.spot() > sign * strike, asset ? o.spot() : path_value(cash), 0.0);
      return paid * (in ? touched : 1.0 - touched);
    };
    const calendar c(r.number("maturity"));
    rows.add(r, c.stock(r), {pays(amount, c.day(r.number("maturity")))});
  });
}

// Averages and extremes.

void check_asian(const char* kind, averaging mean) {
  simulated_rows rows(kind);
  rows.for_each([&](const reference_row& r) {
    if (r["fixings"].empty()) return rows.skip("averages over all times: no dates");
    const auto times = spaced(r.number("first_fixing"), r.number("last_fixing"), std::stoi(r["fixings"]));
    const double maturity = r.number("maturity");
    std::vector<double> all = times;
    all.push_back(maturity);
    const calendar c(all);
    rows.add(r, c.stock(r),
             {asian_option{type_of(r), r.number_or("strike", 0), c.day(maturity), c.fixings(times), mean,
                           r["payoff"] == "average_strike"}});
  });
}
TEST(simulated, asian_arithmetic_discrete) { check_asian("asian_arithmetic_discrete", averaging::arithmetic); }
TEST(simulated, asian_geometric) { check_asian("asian_geometric", averaging::geometric); }

TEST(simulated, lookback_discrete) {
  simulated_rows rows("lookback_discrete");
  rows.for_each([&](const reference_row& r) {
    const auto times = dates_to(r.number("maturity"), std::stoi(r["monitoring_dates"]));
    const calendar c(times);
    const auto strike = r["strike_type"] == "fixed" ? std::optional(r.number("strike")) : std::nullopt;
    rows.add(r, c.stock(r),
             {lookback_option{type_of(r), strike, c.day(times.back()), c.fixings(times, r.number("running_extremum"))}});
  });
}

// The extreme of all times is that of n dates moved by b = exp(+-beta sigma sqrt(T / n)) (Broadie, Glasserman and Kou 1999): b
// units of an option whose strike and past are divided by b. With a floating strike it is the option at the past extreme, and
// the difference of the two, which is known.
TEST(simulated, lookback_continuous) {
  constexpr int dates = 256;
  constexpr double beta = 0.5825971579390107;
  simulated_rows rows("lookback_continuous");
  rows.for_each([&](const reference_row& r) {
    const double spot = r.number("spot"), past = r.number("running_extremum"), time = r.number("maturity");
    const bool floating = r["strike_type"] == "floating", highest = (r.sign() > 0) != floating;
    const double side = highest ? 1 : -1, strike = floating ? past : r.number("strike");
    const double move = r.number("volatility") * std::sqrt(time / dates), b = std::exp(side * beta * move);
    const double difference = spot * std::exp(-r.number("dividend_yield") * time) - strike * std::exp(-r.number("rate") * time);
    const auto times = dates_to(time, dates);
    const calendar c(times);
    rows.add(
        r, c.stock(r),
        {lookback_option{highest ? option_type::call : option_type::put, strike / b, c.day(time), c.fixings(times, past / b)},
         b, floating ? -side * difference : 0, move * move * spot});
  });
}

// Several assets.

struct lognormal_stock {
  double spot, yield, volatility;
};
/// The stocks X0, X1, ...
template <class Correlation>
market stocks(const calendar& c, double rate, const std::vector<lognormal_stock>& all, const Correlation& correlation) {
  market m = c.stock(1, rate, 0, 1);
  underlying x = m.underlyings["X"];
  m.underlyings.clear();
  const auto name = [](std::size_t i) { return "X" + std::to_string(i); };
  for (std::size_t i = 0; i < all.size(); ++i) {
    x.name = name(i);
    x.spot = all[i].spot;
    x.dividend_yield = c.rate(all[i].yield);
    x.surface = flat_volatility{c.volatility(all[i].volatility)};
    m.underlyings[x.name] = x;
    for (std::size_t j = 0; j < i; ++j) m.correlations[std::minmax({name(i), name(j)})] = correlation(i, j);
  }
  return m;
}
basket_option basket(option_type type, double strike, date expiry, basket_kind kind, const std::vector<double>& weights) {
  basket_option b{type, strike, expiry, kind, {}};
  for (std::size_t i = 0; i < weights.size(); ++i) b.components.push_back({"X" + std::to_string(i), weights[i]});
  return b;
}
market two_stocks(const reference_row& r, const calendar& c) {
  return stocks(c, r.number("rate"),
                {{r.number("spot_1"), r.number("dividend_yield_1"), r.number("volatility_1")},
                 {r.number("spot_2"), r.number("dividend_yield_2"), r.number("volatility_2")}},
                [&](auto, auto) { return r.number("correlation"); });
}

TEST(simulated, basket_multi_asset) {
  simulated_rows rows("basket_multi_asset");
  rows.for_each([&](const reference_row& r) {
    const calendar c(r.number("maturity"));
    const auto spots = numbers(r["spots"]), yields = numbers(r["dividend_yields"]), volatilities = numbers(r["volatilities"]);
    std::vector<lognormal_stock> all;
    for (std::size_t i = 0; i < spots.size(); ++i) all.push_back({spots[i], yields[i], volatilities[i]});
    const auto matrix = fields(r["correlations"], '|');
    rows.add(r, stocks(c, r.number("rate"), all, [&](auto i, auto j) { return numbers(matrix[i])[j]; }),
             {basket(type_of(r), r.number("strike"), c.day(r.number("maturity")), basket_kind::sum, numbers(r["weights"]))});
  });
}

TEST(simulated, rainbow_two_asset) {
  simulated_rows rows("rainbow_two_asset");
  rows.for_each([&](const reference_row& r) {
    const calendar c(r.number("maturity"));
    const basket_kind kind = r["basket_type"] == "max" ? basket_kind::best : basket_kind::worst;
    rows.add(r, two_stocks(r, c), {basket(type_of(r), r.number("strike"), c.day(r.number("maturity")), kind, {1, 1})});
  });
}

TEST(simulated, rainbow_multi_asset) {
  simulated_rows rows("rainbow_multi_asset");
  rows.for_each([&](const reference_row& r) {
    if (r["exercise"] != "european") return rows.skip("exercise " + r["exercise"]);
    const calendar c(r.number("maturity"));
    std::vector<lognormal_stock> all;
    for (const double volatility : numbers(r["volatilities"])) all.push_back({r.number("spot"), 0, volatility});
    const basket_kind kind = r["basket_type"] == "max" ? basket_kind::best : basket_kind::worst;
    rows.add(r, stocks(c, r.number("rate"), all, [&](auto, auto) { return r.number("correlation"); }),
             {basket(type_of(r), r.number("strike"), c.day(r.number("maturity")), kind, std::vector(all.size(), 1.0))});
  });
}

TEST(simulated, spread_two_asset) {
  simulated_rows rows("spread_two_asset");
  rows.for_each([&](const reference_row& r) {
    if (!rows.is_price(r)) return;
    const calendar c(r.number("maturity"));
    rows.add(r, two_stocks(r, c),
             {basket(type_of(r), r.number("strike"), c.day(r.number("maturity")), basket_kind::sum, {1, -1})});
  });
}

TEST(simulated, exchange_two_asset) {
  simulated_rows rows("exchange_two_asset");
  rows.for_each([&](const reference_row& r) {
    if (r["exercise"] != "european") return rows.skip("exercise " + r["exercise"]);
    if (!rows.is_price(r)) return;
    const calendar c(r.number("maturity"));
    rows.add(r, two_stocks(r, c),
             {basket(option_type::call, 0, c.day(r.number("maturity")), basket_kind::sum,
                     {r.number("quantity_1"), -r.number("quantity_2")})});
  });
}

// Choices and starts to come.

TEST(simulated, chooser) {
  simulated_rows rows("chooser");
  rows.for_each([&](const reference_row& r) {
    const double strike = r.number("strike_call"), choice = r.number("choice_time"), time = r.number("maturity_call");
    if (strike != r.number("strike_put") || time != r.number("maturity_put"))
      return rows.skip("call and put differ in strike and expiry: no contract");
    const calendar c({choice, time});
    rows.add(r, c.stock(r), {chooser_option{c.day(choice), strike, c.day(time)}});
  });
}

TEST(simulated, compound) {
  simulated_rows rows("compound");
  rows.for_each([&](const reference_row& r) {
    if (!rows.is_price(r)) return;
    const double first = r.number("mother_maturity"), last = r.number("daughter_maturity");
    const calendar c({first, last});
    rows.add(r, c.stock(r),
             {compound_option{type_of(r["mother_type"]), r.number("mother_strike"), c.day(first), type_of(r["daughter_type"]),
                              r.number("daughter_strike"), c.day(last)}});
  });
}

TEST(simulated, forward_start) {
  simulated_rows rows("forward_start");
  rows.for_each([&](const reference_row& r) {
    const double reset = r.number("reset_time"), time = r.number("maturity");
    const calendar c({reset, time});
    rows.add(r, c.stock(r),
             {forward_start_option{
                 type_of(r), r.number("moneyness"), {c.day(reset), {}}, c.day(time), r["payoff"] == "performance"}});
  });
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

TEST(simulated, cliquet) {
  simulated_rows rows("cliquet");
  rows.for_each([&](const reference_row& r) {
    std::vector<double> times = numbers(r["reset_times"]);
    times.push_back(r.number("maturity"));
    const calendar c(times);
    const date expiry = c.day(times.back());
    if (r["structure"] == "clipped_sum") {
      times.insert(times.begin(), 0); // where the first period begins
      return rows.add(
          r, c.stock(r),
          {cliquet_option{c.fixings(times), r.number_or("local_floor", -infinity), r.number_or("local_cap", infinity),
                          r.number_or("global_floor", -infinity), r.number_or("global_cap", infinity)},
           r.number("notional")});
    }
    custom_option option{"ratchet", {}, {"X"}, {}, expiry};
    std::vector<double> carried;
    for (const double t : times) {
      if (t == 0) continue;
      option.schedules.push_back({c.day(t)});
      carried.push_back(t == times[0] ? 0 : std::exp(r.number("rate") * (times.back() - t)));
    }
    option.make = [=, sign = r.sign(), moneyness = r.number("moneyness"), spot = r.number("spot")] {
      return std::make_unique<ratchet>(sign, moneyness, carried, spot);
    };
    rows.add(r, c.stock(r), {option});
  });
}

// All coupons are paid when called: with memory, and the coupon barrier at the call level.
TEST(simulated, autocallable) {
  simulated_rows rows("autocallable");
  rows.for_each([&](const reference_row& r) {
    const auto times = dates_to(r.number("maturity"), std::stoi(r["observations"]));
    const calendar c(times);
    const double level = r.number("autocall_level");
    rows.add(r, c.stock(r),
             {autocallable_note{{{"X", r.number("spot")}},
                                c.days(times),
                                r.number("coupon_per_period"),
                                level,
                                level,
                                r.number("protection_level")},
              r.number("notional")});
  });
}

// Models. A book is one market and maturity.

heston_model heston_of(const reference_row& r, const calendar& c) {
  return {c.rate(r.number("v0")), c.rate(r.number("kappa")), c.rate(r.number("theta")), c.rate(r.number("sigma")),
          r.number("rho")};
}

/// What the headers of the processes state for steps of their length, in parts of the spot.
constexpr double heston_bias = 4e-4, heston_euler_bias = 2e-3, cev_bias = 3e-4, sabr_bias = 8e-4, local_volatility_bias = 1e-5;

// Of the variance of ln S heston.hpp says nothing; monthly, with kappa times a step of 0.3, it comes out low by 0.3%.
TEST(simulated, variance_swap) {
  constexpr double heston_variance_bias = 5e-3;
  simulated_rows rows("variance_swap");
  rows.for_each([&](const reference_row& r) {
    const std::string& model = r["model"];
    if (!model.ends_with("discrete")) return rows.skip("model " + model + ": no dates");
    const double time = r.number("maturity");
    const int n = std::stoi(r["observations"]);
    const auto times = spaced(0, time, n + 1);
    const calendar c(times);
    const variance_swap swap{0, false, c.fixings(times), n / time};
    const bool heston = model.starts_with("heston");
    rows.add(r, heston ? c.stock(r, heston_of(r, c)) : c.stock(r),
             {swap, std::exp(r.number("rate") * time), 0, heston ? heston_variance_bias * r.number("expected") : 0});
  });
}

void check_heston(heston_model::scheme scheme, double bias) {
  simulated_rows rows("heston_european",
                      {"spot", "rate", "dividend_yield", "v0", "kappa", "theta", "sigma", "rho", "maturity"});
  rows.for_each([&](const reference_row& r) {
    if (r["quantity"] != "price" && r["quantity"] != "implied_volatility") return rows.skip("quantity " + r["quantity"]);
    const calendar c(r.number("maturity"));
    heston_model model = heston_of(r, c);
    model.with = scheme;
    rows.add(r, c.stock(r, model), european(r, c, bias * r.number("spot")));
  });
}
TEST(simulated, heston_european) { check_heston(heston_model::scheme::qe_m, heston_bias); }
TEST(simulated, heston_european_by_euler_steps) { check_heston(heston_model::scheme::full_truncation, heston_euler_bias); }

TEST(simulated, bates_european) {
  simulated_rows rows("bates_european", {"spot", "rate", "dividend_yield", "v0", "kappa", "theta", "sigma", "rho",
                                         "jump_intensity", "jump_mean", "jump_volatility", "maturity"});
  rows.for_each([&](const reference_row& r) {
    const calendar c(r.number("maturity"));
    const bates_model model{heston_of(r, c), c.rate(r.number("jump_intensity")), r.number("jump_mean"),
                            r.number("jump_volatility")};
    rows.add(r, c.stock(r, model), european(r, c, heston_bias * r.number("spot")));
  });
}

TEST(simulated, merton_jump) {
  simulated_rows rows("merton_jump");
  rows.for_each([&](const reference_row& r) {
    const calendar c(r.number("maturity"));
    const merton_model model{c.volatility(r.number("volatility")), c.rate(r.number("jump_intensity")), r.number("jump_mean"),
                             r.number("jump_volatility")};
    rows.add(r, c.stock(r, model), european(r, c));
  });
}

TEST(simulated, kou_jump) {
  simulated_rows rows("kou_jump");
  rows.for_each([&](const reference_row& r) {
    const calendar c(r.number("maturity"));
    const kou_model model{c.volatility(r.number("volatility")), c.rate(r.number("jump_intensity")), r.number("prob_up"),
                          r.number("eta_up"), r.number("eta_down")};
    rows.add(r, c.stock(r, model), european(r, c));
  });
}

TEST(simulated, cev_european) {
  simulated_rows rows("cev_european");
  rows.for_each([&](const reference_row& r) {
    const double beta = r.number("beta");
    if (beta < 0 || beta > 1) return rows.skip("beta = " + r["beta"] + ": outside of the process");
    const calendar c(r.number("maturity"));
    rows.add(r, c.stock(r, cev_model{c.volatility(r.number("sigma")), beta}), european(r, c, cev_bias * r.number("spot")));
  });
}

/// A call as a put and a forward, whose tails are lighter.
position by_parity(position put, const reference_row& r, double forward, double strike) {
  if (r["quantity"] == "price") put.cash = forward - strike;
  return put;
}

TEST(simulated, sabr_european) {
  simulated_rows rows("sabr_european", {"forward", "alpha", "beta", "rho", "nu", "maturity"});
  rows.for_each([&](const reference_row& r) {
    if (r["boundary"] == "free") return rows.skip("boundary free: the process is absorbed at 0");
    const double forward = r.number("forward"), strike = r.number("strike");
    const calendar c(r.number("maturity"));
    const sabr_model model{c.volatility(r.number("alpha")), r.number("beta"), c.volatility(r.number("nu")), r.number("rho")};
    const position put = european(r, c, option_type::put, forward, strike, 1, sabr_bias * forward);
    rows.add(r, c.stock(forward, 0, 0, model), by_parity(put, r, forward, strike));
  });
}

// Biases are stated of implied volatilities: 0.005 in the far wing, 0.001 at the money and for rho = 0.
TEST(simulated, rough_bergomi) {
  simulated_rows rows("rough_bergomi", {"xi", "eta", "hurst", "rho", "maturity"});
  rows.for_each([&](const reference_row& r) {
    const double hurst = r.number("hurst"), k = r.number("log_strike"), rho = r.number("rho");
    const calendar c(r.number("maturity"));
    const rough_bergomi_model model{c.rate(r.number("xi")), r.number("eta") * std::pow(c.pace(), -hurst), hurst, rho};
    position put = european(r, c, option_type::put, 1, std::exp(k), 1);
    put.bias = k == 0 || rho == 0 ? 0.001 : 0.005;
    rows.add(r, c.stock(1, 0, 0, model), put);
  });
}

/// The functions of local_volatility_european.csv.
double local_volatility_at(const std::string& name, double s, double t) {
  if (name == "0.15 + 0.15*(0.5+2*t)*((S/100-1.2)^2)/((S/100)^2+1.44)") {
    const double x = s / 100;
    return 0.15 + 0.15 * (0.5 + 2 * t) * (x - 1.2) * (x - 1.2) / (x * x + 1.44);
  }
  if (name == "0.2*(100/S)^0.5") return 0.2 * std::sqrt(100 / s);
  if (name == "0.25 - 0.1*tanh((S-100)/40) + 0.05*exp(-2*t)")
    return 0.25 - 0.1 * std::tanh((s - 100) / 40) + 0.05 * std::exp(-2 * t);
  if (name == "0.18 + 0.12*exp(-S/80)*(1+t)") return 0.18 + 0.12 * std::exp(-s / 80) * (1 + t);
  throw input_error("no function " + name + " (written for the table as it was); add it here");
}

/// One of them on a grid, for a stock of this growth.
local_volatility_model tabulated(const std::string& name, double spot, double growth, double time, const calendar& c) {
  local_volatility_model model;
  for (int j = -300; j <= 300; ++j) model.log_moneyness.push_back(j * 0.01);
  const int n = static_cast<int>(std::ceil(104 * time));
  for (int i = 1; i <= n; ++i) {
    const double t = time * (i - 0.5) / n;
    model.times.push_back(time * i / n * c.pace());
    auto& values = model.values.emplace_back();
    for (const double x : model.log_moneyness)
      values.push_back(c.volatility(local_volatility_at(name, spot * std::exp(growth * t + x), t)));
  }
  return model;
}

TEST(simulated, local_volatility_european) {
  simulated_rows rows("local_volatility_european", {"local_volatility", "spot", "rate", "dividend_yield", "maturity"});
  rows.for_each([&](const reference_row& r) {
    const double time = r.number("maturity"), spot = r.number("spot"), growth = r.number("rate") - r.number("dividend_yield");
    const calendar c(time);
    const auto model = tabulated(r["local_volatility"], spot, growth, time, c);
    rows.add(r, c.stock(r, model), european(r, c, local_volatility_bias * spot));
  });
}

// Tables of what no contract expresses.

TEST(simulated, quanto) { GTEST_SKIP() << "payoffs are in the currency of their underlying"; }
TEST(simulated, discrete_dividend) { GTEST_SKIP() << "markets have dividend yields, no dividends in cash"; }
TEST(simulated, lookback_partial) { GTEST_SKIP() << "extremes are over dates"; }
TEST(simulated, asian_arithmetic_continuous) { GTEST_SKIP() << "averages are over dates"; }

// The law of the z-scores of all books: errors that are stated too small show in their variance, and so do errors too large.
TEST(simulated, z_scores_are_standard_normal) {
  if (independent.count < 100) GTEST_SKIP() << "needs the tests of the tables in the same run";
  const double n = static_cast<double>(independent.count), spread = 2 / (9 * n);
  const double normal = (std::cbrt(independent.squares / n) - (1 - spread)) / std::sqrt(spread); // Wilson and Hilferty 1931
  std::cout << "books: " << independent << "; chi-square at " << normal << " deviations\n";
  EXPECT_LT(std::abs(normal), 3.89); // 1e-4
  EXPECT_LT(std::abs(independent.mean()) * std::sqrt(n), 3.89);
}

// Puts at steps of the process' own length and of half of it, on Sobol points with the same seed.
TEST(simulated, steps_of_a_process_bias_no_more_than_it_states) {
  struct stated {
    model dynamics;
    double years, bias; ///< bias: in parts of the spot
  };
  const heston_model often_at_zero{0.04, 0.5, 0.04, 1, -0.9};
  heston_model by_euler = often_at_zero;
  by_euler.with = heston_model::scheme::full_truncation;
  const calendar c(1.0);
  const auto tanh = tabulated("0.25 - 0.1*tanh((S-100)/40) + 0.05*exp(-2*t)", 100, 0, 1, c);
  for (const auto& [dynamics, years, bias] :
       {stated{black_scholes_model{}, 1, 0}, stated{tanh, 1, local_volatility_bias}, stated{often_at_zero, 3, heston_bias},
        stated{by_euler, 1, heston_euler_bias}, stated{bates_model{often_at_zero, 0.5, -0.1, 0.15}, 2, heston_bias},
        stated{merton_model{0.2, 0.7, -0.1, 0.15}, 3, 0}, stated{kou_model{0.2, 3, 0.3, 25, 15}, 3, 0},
        stated{cev_model{4, 0.5}, 1, cev_bias}, stated{sabr_model{7, 0.5, 0.4, -0.5}, 2, sabr_bias},
        stated{rough_bergomi_model{0.055, 1.9, 0.07, -0.9}, 0.25, 2e-4}}) { // 0.001 of volatility at the money
    const market m = c.stock(100, 0, 0, dynamics);
    portfolio book;
    for (const double strike : {90.0, 100.0, 110.0})
      book.push_back({"", "", "X", 1, european_option{option_type::put, strike, c.day(std::round(365 * years) / 365)}});
    pricing_settings settings = simulated(model_name(dynamics));
    settings.points = sampling::sobol;
    const auto whole = price(book, m, settings);
    settings.largest_step = 0.5 * std::min(traits_of(m.underlyings.at("X")).largest_step, years);
    const auto half = price(book, m, settings);
    double worst = 0;
    for (std::size_t i = 0; i < book.size(); ++i) {
      ASSERT_EQ(whole[i].status + half[i].status, "");
      const double difference = whole[i].value - half[i].value,
                   error = std::hypot(whole[i].standard_error, half[i].standard_error);
      EXPECT_LE(std::abs(difference), 100 * bias + 4 * error) << model_name(dynamics) << ": " << difference << " +- " << error;
      if (std::abs(difference) > std::abs(worst)) worst = difference;
    }
    std::cout << model_name(dynamics) << ": steps of half the length change puts by " << -worst / 100
              << " of the spot at most, +- " << whole[1].standard_error / 100 << "; stated " << bias << '\n';
  }
}

} // namespace
} // namespace dojima
