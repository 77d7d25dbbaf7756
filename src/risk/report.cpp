#include "dojima/risk/report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>

#include "dojima/error.hpp"
#include "text.hpp"

namespace dojima {
namespace {

using clock = std::chrono::steady_clock;

/// Groups of positions by what a grouping names.
struct grouping {
  std::string name;
  std::map<std::string, std::vector<std::int32_t>> members;
};

std::string group_key(const std::string& grouping, const trade& t, const underlying& u) {
  if (grouping == "book") return t.book;
  if (grouping == "asset_class") return to_string(u.kind);
  if (grouping == "currency") return u.currency;
  if (grouping == "product") return product_name(t.terms);
  if (grouping == "underlying") return t.underlying;
  throw input_error("grouping '" + grouping + "' (must be book, asset_class, currency, product or underlying)");
}

/// The state of the computation; each step adds its part of the report.
class computation {
public:
  computation(market_data data, portfolio_data positions, const risk_settings& settings, const stream& on,
              const step_progress& report)
      : data_(std::move(data)), trades_(std::move(positions.trades)), s_(settings), on_(on), progress_(report) {
    out_.settings = settings;
    out_.as_of = data_.snapshot.as_of;
    out_.base_currency = data_.snapshot.base_currency;
    out_.rejected = std::move(data_.rejected);
    out_.rejected.insert(out_.rejected.end(), positions.rejected.begin(), positions.rejected.end());
    out_.inputs = std::move(data_.files);
    out_.inputs.insert(out_.inputs.end(), positions.files.begin(), positions.files.end());
    out_.device_name = on.where().name();
    out_.device_id = on.where().id();
    out_.instruction_set = on.where().instruction_set();
  }

  risk_report run() {
    if (s_.horizons_days.empty() || s_.levels.empty() || s_.window == 0)
      throw input_error("risk settings without horizons, levels or window (each needs at least one)");
    leave_out_simulated();
    timed("scenarios", [&] { make_panel_and_check(); });
    if (trades_.empty())
      throw input_error("no position is left to value" +
                        (out_.rejected.empty() ? "" : " (" + to_string(out_.rejected.front()) + ")"));
    timed("compile_book", [&] { compile_book(); });
    describe_positions();
    for (const std::string& method : s_.methods) run_method(method);
    timed("sensitivities", [&] { run_sensitivities(); });
    if (backtest_days_ > 0) timed("backtest", [&] { run_backtest(); });
    timed("components", [&] {
      run_components();
      run_books();
    });
    state_conventions();
    const double busy = revaluation_seconds_;
    out_.trades_x_scenarios_per_second = busy > 0 ? static_cast<double>(out_.scenarios * trades_.size()) / busy : 0.0;
    return std::move(out_);
  }

private:
  template <class Step> void timed(const std::string& name, const Step& step) {
    const auto begin = clock::now();
    step();
    out_.timings.emplace_back(name, std::chrono::duration<double>(clock::now() - begin).count());
  }

  void warn(std::string id, std::string what, std::string why, std::string suggestion) {
    out_.rejected.push_back({"", 0, std::move(id), std::move(what), std::move(why), std::move(suggestion), true});
  }

  bool wants(const std::string& method) const {
    return std::find(s_.methods.begin(), s_.methods.end(), method) != s_.methods.end();
  }

  /// Takes out what only paths of its own can value, and says where a model is passed over.
  void leave_out_simulated() {
    std::erase_if(trades_, [&](const trade& t) {
      if (has_revaluation(t)) return false;
      out_.rejected.push_back({"", 0, t.id, "product " + product_name(t.terms) + " with these terms",
                               "it is valued by simulation, and scenarios revalue by formulas",
                               "leave it out, or value it with dojima price"});
      return true;
    });
    std::set<std::string> modelled;
    for (const trade& t : trades_)
      if (const model& follows = data_.snapshot.underlyings.at(t.underlying).dynamics;
          !std::holds_alternative<black_scholes_model>(follows) && modelled.insert(t.underlying).second)
        warn(t.underlying, "model " + model_name(follows), "scenarios revalue by Black-Scholes at its volatilities",
             "value it with dojima price to see the difference");
  }

  void make_panel_and_check() {
    const std::size_t longest = static_cast<std::size_t>(*std::max_element(s_.horizons_days.begin(), s_.horizons_days.end()));
    const std::size_t reach = s_.direct_horizon ? longest : 1;
    backtest_days_ = wants("historical") ? s_.backtest_days : 0;
    panel_ = make_panel(data_, trades_, s_.shocks, s_.window + std::max(reach, backtest_days_ + 1), out_.rejected);
    if (panel_.dates.size() < s_.window + reach)
      throw input_error("historical.window = " + std::to_string(s_.window) + " needs " + std::to_string(s_.window + reach) +
                        " days of history (there are " + std::to_string(panel_.dates.size()) + " up to " +
                        to_string(out_.as_of) + "); shorten the window");
    if (panel_.dates.size() < s_.window + backtest_days_ + 1) {
      const std::size_t fewer = panel_.dates.size() - s_.window - 1;
      warn("backtest", std::to_string(fewer) + " days instead of " + std::to_string(backtest_days_),
           "history ends there, with a window of " + std::to_string(s_.window), "shorten historical.window or backtest.days");
      backtest_days_ = fewer;
    }
    if (panel_.dates.back() != out_.as_of)
      warn("", "history ends on " + to_string(panel_.dates.back()), "the valuation date is " + to_string(out_.as_of),
           "extend the histories");
  }

  void compile_book() {
    make_groups();
    std::vector<bool> broken(trades_.size());
    for (std::size_t i = 0; i < trades_.size(); ++i) {
      broken[i] = !std::isfinite(book_->values()[i]);
      if (broken[i])
        out_.rejected.push_back({"", 0, trades_[i].id, "no finite value",
                                 "its inputs are far outside what its formula can take", "look at its terms"});
    }
    if (std::find(broken.begin(), broken.end(), true) == broken.end()) return;
    std::size_t position = 0;
    std::erase_if(trades_, [&](const trade&) { return broken[position++]; });
    if (trades_.empty()) throw input_error("no position has a finite value");
    make_groups();
  }

  void make_groups() {
    std::vector<std::int32_t> all(trades_.size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<std::vector<std::int32_t>> lists{all};
    std::vector<std::string> names{"book"}; // first, for the drill-down
    std::copy_if(s_.groupings.begin(), s_.groupings.end(), std::back_inserter(names),
                 [](const std::string& g) { return g != "book"; });
    groupings_.clear();
    for (const std::string& name : names) {
      grouping g{name, {}};
      for (const std::int32_t i : all) {
        const trade& t = trades_[static_cast<std::size_t>(i)];
        g.members[group_key(name, t, data_.snapshot.underlyings.at(t.underlying))].push_back(i);
      }
      for (const auto& [key, members] : g.members) lists.push_back(members);
      groupings_.push_back(std::move(g));
    }
    book_ = std::make_unique<revaluer>(trades_, data_.snapshot, std::move(lists), s_.pricing, on_);
  }

  /// Number of a group in the revaluer's list; 0 is the whole book.
  template <class Use> void for_each_group(const Use& use) const {
    std::size_t number = 1;
    for (const grouping& g : groupings_)
      for (const auto& [key, members] : g.members) use(number++, g.name, key, members);
  }

  double sum_of(const std::vector<std::int32_t>& members) const {
    double sum = 0;
    for (const std::int32_t i : members) sum += book_->values()[static_cast<std::size_t>(i)];
    return sum;
  }

  void describe_positions() {
    out_.positions = trades_.size();
    double variance = 0;
    for (std::size_t i = 0; i < trades_.size(); ++i) {
      out_.market_value += book_->values()[i];
      variance += book_->standard_errors()[i] * book_->standard_errors()[i];
    }
    out_.market_value_error = std::sqrt(variance);
    for_each_group([&](std::size_t, const std::string& name, const std::string& key, const std::vector<std::int32_t>& members) {
      exposure_row row{name, key, 0, 0};
      for (const std::int32_t i : members) {
        const double value = book_->values()[static_cast<std::size_t>(i)];
        (value >= 0 ? row.long_value : row.short_value) += value;
      }
      out_.exposures.push_back(row);
    });
  }

  group_pnl revalue(const std::string& step, const scenario_states& states) {
    const auto begin = clock::now();
    group_pnl pnl = book_->run(states, [&](std::size_t done, std::size_t total) {
      if (progress_) progress_(step, done, total);
    });
    revaluation_seconds_ += std::chrono::duration<double>(clock::now() - begin).count();
    out_.scenarios += states.columns;
    for (std::size_t s = 0; s < states.columns; ++s)
      if (!std::isfinite(pnl.values[s])) throw_unvalued(step, states, s);
    return pnl;
  }

  /// Names the position that has no finite value in a scenario.
  [[noreturn]] void throw_unvalued(const std::string& step, const scenario_states& states, std::size_t scenario) const {
    scenario_states one{states.rows, 1, {}};
    for (std::size_t r = 0; r < states.rows; ++r) one.values.push_back(states.values[r * states.columns + scenario]);
    const std::vector<double> pnl = book_->positions_pnl(one);
    const auto bad = std::find_if(pnl.begin(), pnl.end(), [](double x) { return !std::isfinite(x); });
    const std::string who =
        bad == pnl.end() ? "the book" : "position " + trades_[static_cast<std::size_t>(bad - pnl.begin())].id;
    throw error(who + " has no finite value in " + step + " scenario " + std::to_string(scenario + 1) +
                " (its inputs are far outside what its formula can take); leave it out, or look at the shocks");
  }

  scenario_set scenarios_of(const std::string& method, std::size_t count, int horizon) const {
    if (method == "historical") return historical_scenarios(panel_, s_.shocks, count, horizon);
    if (method == "filtered_historical")
      return filtered_historical_scenarios(panel_, s_.shocks, s_.window, s_.filter_lambda, horizon);
    monte_carlo_settings simulated = s_.monte_carlo;
    simulated.window = s_.window;
    if (method != "monte_carlo")
      throw input_error("method '" + method + "' (must be historical, filtered_historical or monte_carlo)");
    return monte_carlo_scenarios(panel_, s_.shocks, simulated, horizon, on_);
  }

  void add_measures(const std::string& method, int horizon, double scale, const group_pnl& pnl, std::size_t first) {
    const std::size_t n = pnl.scenarios - first;
    for (const double level : s_.levels) {
      const auto measured = [&](std::size_t group) {
        std::vector<double> sample(pnl.values.begin() + static_cast<std::ptrdiff_t>(group * pnl.scenarios + first),
                                   pnl.values.begin() + static_cast<std::ptrdiff_t>((group + 1) * pnl.scenarios));
        for (double& x : sample) x *= scale;
        measure_row row{method, level, horizon, measure_tail(sample, level, s_.quantile, s_.interval), n, std::nullopt};
        if (group == 0) {
          const std::size_t at_var = by_loss(sample)[var_rank(n, level)];
          row.simulation_error = scale * std::sqrt(pnl.variance[first + at_var]);
        }
        return row;
      };
      out_.measures.push_back(measured(0));
      std::size_t number = 1;
      for (const auto& [key, members] : groupings_.front().members) book_measures_[key].push_back(measured(number++));
    }
  }

  void run_method(const std::string& method) {
    timed(method, [&] {
      const bool historical = method == "historical";
      const std::size_t count = historical ? s_.window + backtest_days_ : s_.window;
      scenario_set set = scenarios_of(method, count, 1);
      count_floored(set);
      const group_pnl pnl = revalue(method, shocked_states(data_.snapshot, book_->layout(), set, s_.shocks));
      const std::size_t first = historical ? set.size - s_.window : 0; // earlier days serve the backtest alone
      for (const int horizon : s_.horizons_days) {
        if (horizon == 1 || !s_.direct_horizon) {
          add_measures(method, horizon, std::sqrt(static_cast<double>(horizon)), pnl, first);
          continue;
        }
        scenario_set longer = scenarios_of(method, s_.window, horizon);
        count_floored(longer);
        add_measures(method, horizon, 1.0,
                     revalue(method + " " + std::to_string(horizon) + " days",
                             shocked_states(data_.snapshot, book_->layout(), longer, s_.shocks)),
                     0);
      }
      distribution d{method, {}, {}, {}};
      const auto tail_of = [&](const std::vector<double>& all) {
        return std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
      };
      if (!set.dates.empty()) d.dates.assign(set.dates.begin() + static_cast<std::ptrdiff_t>(first), set.dates.end());
      d.pnl = tail_of(pnl.group(0));
      std::size_t number = 1;
      for (const auto& [key, members] : groupings_.front().members) d.books[key] = tail_of(pnl.group(number++));
      out_.distributions.push_back(std::move(d));
      if (historical) {
        historical_ = std::move(set);
        historical_pnl_ = pnl;
      }
    });
  }

  void count_floored(const scenario_set& set) {
    for (std::size_t f = 0; f < set.factors.size(); ++f) {
      const factor_class kind = set.factors[f].kind;
      const shock_type type = s_.shocks.of(kind);
      if (kind == factor_class::rate || (kind == factor_class::volatility && type == shock_type::absolute)) continue;
      const double today = panel_.level(f, panel_.dates.size() - 1);
      const double floor = type == shock_type::log        ? std::log(level_floor)
                           : type == shock_type::absolute ? (level_floor - 1.0) * today
                                                          : level_floor - 1.0;
      std::size_t count = 0;
      for (std::size_t i = 0; i < set.size; ++i)
        if (set.shock(f, i) < floor) ++count;
      if (count > 0)
        warn(set.factors[f].name, std::to_string(count) + " " + set.method + " shocks to below 5 % of today's level",
             "they stop there", "look at its history");
    }
  }

  void run_sensitivities() {
    const market& m = data_.snapshot;
    const state_layout& layout = book_->layout();
    std::set<std::string> names, options, currencies;
    for (const trade& t : trades_) {
      const underlying& u = m.underlyings.at(t.underlying);
      names.insert(t.underlying);
      currencies.insert(u.currency);
      if (u.kind == asset_class::fx) currencies.insert(u.foreign);
      const std::string product = product_name(t.terms);
      if (product != "stock" && product != "fx_forward") options.insert(t.underlying);
    }
    scenario_states states = today_states(m, layout, names.size() + options.size() + currencies.size());
    std::size_t column = 0;
    for (const std::string& name : names) {
      set_spot(states, layout, name, column++, 1.01 * m.underlyings.at(name).spot);
      out_.sensitivities.push_back({"spot_up_1pct", name, 0});
    }
    for (const std::string& name : options) {
      states.at(layout.volatility_shift(name), column++) = 0.01;
      out_.sensitivities.push_back({"volatility_up_1pt", name, 0});
    }
    for (const std::string& currency : currencies) {
      const curve& c = m.curves.at(currency);
      for (std::size_t n = 0; n < c.times().size(); ++n)
        states.at(layout.curve_node(currency, static_cast<int>(n)), column) -= 1e-4 * c.times()[n];
      ++column;
      out_.sensitivities.push_back({"rate_up_1bp", currency, 0});
    }
    const group_pnl pnl = revalue("sensitivities", states);
    for (std::size_t i = 0; i < out_.sensitivities.size(); ++i) out_.sensitivities[i].value = pnl.values[i];
  }

  void run_backtest() {
    const std::vector<double> pnl = historical_pnl_.group(0);
    backtest_result b{
        s_.backtest_level, s_.window, 0, 0, static_cast<double>(backtest_days_) * (1.0 - s_.backtest_level), {}, {}, {}, {}};
    std::vector<bool> hits;
    for (std::size_t day = s_.window; day < pnl.size(); ++day) {
      const std::span<const double> before(pnl.data() + day - s_.window, s_.window);
      const double var = value_at_risk(before, s_.backtest_level, s_.quantile);
      hits.push_back(pnl[day] < -var);
      b.series.push_back({historical_.dates[day], pnl[day], var, hits.back()});
      if (pnl.size() - day <= 250 && pnl[day] < -value_at_risk(before, 0.99, s_.quantile)) ++b.basel_exceptions;
    }
    b.exceptions = static_cast<std::size_t>(std::count(hits.begin(), hits.end(), true));
    b.coverage = kupiec(hits.size(), b.exceptions, 1.0 - s_.backtest_level);
    b.clustering = christoffersen(hits, 1.0 - s_.backtest_level);
    b.zone = basel_traffic_light(b.basel_exceptions);
    if (hits.size() < 250)
      warn("backtest", "Basel zone from " + std::to_string(hits.size()) + " days", "it is defined for 250",
           "lengthen the history");
    out_.backtest = std::move(b);
  }

  /// The scenarios of the historical window, from the largest loss of the book on, as columns of historical_pnl_.
  std::vector<std::size_t> window_by_loss() const {
    const std::vector<double> all = historical_pnl_.group(0);
    const std::size_t first = all.size() - s_.window;
    std::vector<std::size_t> order = by_loss(std::span<const double>(all).subspan(first));
    for (std::size_t& i : order) i += first;
    return order;
  }

  void run_components() {
    if (!wants("historical")) return;
    const std::vector<std::size_t> order = window_by_loss();
    const std::vector<double> total = historical_pnl_.group(0);
    const std::size_t first = total.size() - s_.window, tail = tail_count(s_.window, s_.component_level);
    const double var = value_at_risk(std::span<const double>(total).subspan(first), s_.component_level, s_.quantile);
    const std::size_t rank = var_rank(s_.window, s_.component_level), begin = rank > 5 ? rank - 5 : 0,
                      end = std::min(order.size(), rank + 6); // the VaR scenario and five on each side
    const auto mean_loss = [&](const std::vector<double>& pnl, std::size_t from, std::size_t to) {
      double sum = 0;
      for (std::size_t k = from; k < to; ++k) sum -= pnl[order[k]];
      return sum / static_cast<double>(to - from);
    };
    const double around_var = mean_loss(total, begin, end);
    for_each_group(
        [&](std::size_t number, const std::string& name, const std::string& key, const std::vector<std::int32_t>& members) {
          if (std::find(s_.groupings.begin(), s_.groupings.end(), name) == s_.groupings.end()) return;
          const std::vector<double> pnl = historical_pnl_.group(number);
          std::vector<double> rest(s_.window);
          for (std::size_t i = 0; i < s_.window; ++i) rest[i] = total[first + i] - pnl[first + i];
          component_row row{name, key, members.size(), sum_of(members), 0, 0, 0, 0};
          row.standalone_var = value_at_risk(std::span<const double>(pnl).subspan(first), s_.component_level, s_.quantile);
          row.component_var = around_var != 0 ? var * mean_loss(pnl, begin, end) / around_var : 0.0;
          row.component_es = mean_loss(pnl, 0, tail);
          row.incremental_var = var - value_at_risk(rest, s_.component_level, s_.quantile);
          out_.components.push_back(row);
        });
    for (std::size_t k = 0; k < std::min<std::size_t>(10, order.size()); ++k) {
      const std::size_t column = order[k];
      worst_scenario w{historical_.dates[column], total[column], {}, {}};
      std::size_t number = 1;
      for (const auto& [key, members] : groupings_.front().members) w.books[key] = historical_pnl_.group(number++)[column];
      w.moves = largest_moves(column);
      out_.worst.push_back(std::move(w));
    }
  }

  std::vector<factor_move> largest_moves(std::size_t scenario) const {
    std::vector<std::pair<double, std::size_t>> sizes;
    for (std::size_t f = 0; f < historical_.factors.size(); ++f) {
      double squares = 0;
      for (std::size_t i = 0; i < historical_.size; ++i) squares += historical_.shock(f, i) * historical_.shock(f, i);
      const double deviation = std::sqrt(squares / static_cast<double>(historical_.size));
      sizes.emplace_back(deviation > 0 ? -std::abs(historical_.shock(f, scenario)) / deviation : 0.0, f);
    }
    std::sort(sizes.begin(), sizes.end());
    std::vector<factor_move> moves;
    for (std::size_t k = 0; k < std::min<std::size_t>(5, sizes.size()); ++k) {
      const risk_factor& factor = historical_.factors[sizes[k].second];
      moves.push_back({factor, s_.shocks.of(factor.kind), historical_.shock(sizes[k].second, scenario)});
    }
    return moves;
  }

  void run_books() {
    std::vector<double> tail_mean(trades_.size(), 0.0);
    if (wants("historical")) { // component ES of each position: its mean loss in the book's tail
      const std::vector<std::size_t> order = window_by_loss();
      const std::size_t tail = tail_count(s_.window, s_.component_level);
      scenario_set worst = historical_;
      worst.size = tail;
      worst.dates.clear();
      worst.shocks.clear();
      for (std::size_t f = 0; f < historical_.factors.size(); ++f)
        for (std::size_t k = 0; k < tail; ++k) worst.shocks.push_back(historical_.shock(f, order[k]));
      const std::vector<double> pnl = book_->positions_pnl(shocked_states(data_.snapshot, book_->layout(), worst, s_.shocks));
      for (std::size_t i = 0; i < trades_.size(); ++i)
        tail_mean[i] = -std::accumulate(pnl.begin() + static_cast<std::ptrdiff_t>(i * tail),
                                        pnl.begin() + static_cast<std::ptrdiff_t>((i + 1) * tail), 0.0) /
                       static_cast<double>(tail);
    }
    for (const auto& [key, members] : groupings_.front().members) {
      book_section section{key, members.size(), sum_of(members), book_measures_[key], {}};
      std::vector<std::int32_t> order = members;
      std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return std::abs(tail_mean[static_cast<std::size_t>(a)]) > std::abs(tail_mean[static_cast<std::size_t>(b)]);
      });
      for (std::size_t k = 0; k < std::min<std::size_t>(10, order.size()); ++k) {
        const auto i = static_cast<std::size_t>(order[k]);
        section.top.push_back(
            {trades_[i].id, product_name(trades_[i].terms), trades_[i].underlying, book_->values()[i], tail_mean[i]});
      }
      out_.books.push_back(std::move(section));
    }
  }

  void state_conventions() {
    const auto percent = [](double x) { return number_text(100 * x) + " %"; };
    auto say = [&](const char* name, std::string text) { out_.conventions.emplace_back(name, std::move(text)); };
    say("sign", "VaR and ES are positive losses; P&L is positive when the book gains.");
    say("quantile_rule", s_.quantile == quantile_rule::order_statistic
                             ? "order_statistic: of n losses sorted upwards VaR is number ceil(n x level); ES is the mean of "
                               "the ceil(n x (1 - level)) largest."
                             : "linear_type7: VaR lies linearly between order statistics at 1 + (n - 1) x level; ES is the "
                               "mean of the ceil(n x (1 - level)) largest losses.");
    say("horizon_scaling", s_.direct_horizon
                               ? "direct: shocks over the whole horizon (overlapping in history), with full revaluation."
                               : "sqrt_time: one-day P&L times the square root of the days.");
    say("shocks", "equity " + to_string(s_.shocks.equity) + ", fx " + to_string(s_.shocks.fx) + ", volatility " +
                      to_string(s_.shocks.volatility) + ", rate " + to_string(s_.shocks.rate) +
                      ", applied to today's levels; none takes a price below 5 % of today's.");
    say("volatility", s_.shocks.volatility == shock_type::absolute
                          ? "sticky strike: a position keeps its strike's volatility, plus beta times the shock of its factor."
                          : "sticky strike: a position keeps its strike's volatility, times the move of its factor to the "
                            "power beta, fading with "
                            "sqrt(30 days / expiry) beyond 30 days.");
    const bool rates = std::any_of(panel_.factors.begin(), panel_.factors.end(),
                                   [](const risk_factor& f) { return f.kind == factor_class::rate; });
    say("rates", rates ? "Zero rates move by the shocks of their currency's tenors, linear between tenors; curves without "
                         "history are held still."
                       : "Held still in all scenarios: there is no usable history of rates.");
    say("time_decay", "None: shocks are instantaneous, positions do not age over the horizon.");
    say("calendar", "Scenario days are those of the equity histories; other factors take their last value of at most five "
                    "business days before.");
    say("confidence_interval", percent(s_.interval) + " two-sided: VaR by binomial order statistics, ES by the normal law with "
                                                      "the variance of Manistre and Hancock (2005).");
    say("component_var", "VaR times the group's share of the mean loss in the VaR scenario and the five on each side; adds up "
                         "to VaR. component_es: the group's mean loss in the book's tail; adds up to ES. incremental_var: VaR "
                         "less the VaR without the group.");
    say("filtered_historical", "Hull and White (1998): each move times today's EWMA volatility over that of its day, lambda " +
                                   std::to_string(s_.filter_lambda).substr(0, 5) +
                                   "; the filter starts on the first day read for window and backtest.");
    say("monte_carlo",
        "Zero-mean " +
            std::string(s_.monte_carlo.degrees_of_freedom > 0
                            ? "Student-t(" + std::to_string(s_.monte_carlo.degrees_of_freedom) + ")"
                            : "normal") +
            " shocks with EWMA covariance, lambda " + std::to_string(s_.monte_carlo.lambda).substr(0, 5) +
            ", through its Cholesky factor; Philox4x32-10. Draws depend on the set of factors that the book needs.");
    say("backtest", "Today's book under each past day's shocks, against the VaR of the " + std::to_string(s_.window) +
                        " days before it (hypothetical P&L, positions held fixed). An exception is a loss above VaR. Basel "
                        "zone: last 250 days at 99 %.");
    say("valuation", "Closed forms for stocks, forwards, European options, digitals and continuous barriers; Andersen, Lake "
                     "and Offengenden (2016) for American options; "
                     "Monte Carlo with geometric control and common random numbers for arithmetic Asians, " +
                         std::to_string(s_.pricing.asian_paths) + " paths.");
    if (!on_.where().bitwise())
      say("arithmetic", "This processor has no fused multiply-add: results may differ from other machines in the last digits.");
  }

  market_data data_;
  portfolio trades_;
  const risk_settings& s_;
  stream on_;
  const step_progress& progress_;
  risk_report out_;
  factor_panel panel_;
  std::size_t backtest_days_ = 0;
  std::vector<grouping> groupings_; // the first is by book
  std::unique_ptr<revaluer> book_;
  scenario_set historical_;
  group_pnl historical_pnl_;
  std::map<std::string, std::vector<measure_row>> book_measures_;
  double revaluation_seconds_ = 0;
};

} // namespace

risk_report compute_risk(market_data data, portfolio_data positions, const risk_settings& settings, const stream& on,
                         const step_progress& report) {
  return computation(std::move(data), std::move(positions), settings, on, report).run();
}

} // namespace dojima
