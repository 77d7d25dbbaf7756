#include "pricing/book.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "dojima/array/random.hpp"
#include "dojima/error.hpp"
#include "pricing/construction.hpp"
#include "pricing/correlation.hpp"
#include "pricing/importance.hpp"
#include "text.hpp"

namespace dojima {
namespace {

constexpr std::size_t most_schedules = 64; // bits of a step's mask
constexpr double most_steps = 100'000;     // a century of days has 36,500
constexpr double most_mapped_steps = 4096; // thirteen years at rough Bergomi's own step

kernels::number_format format_of(simulation_precision p) {
  return p == simulation_precision::single  ? kernels::number_format::single
         : p == simulation_precision::mixed ? kernels::number_format::mixed
                                            : kernels::number_format::double_;
}

/// Years from the start of the valuation date: the clock of the grid, whatever has elapsed since.
double day_time(const market& m, date d) { return year_fraction(m.as_of, d, day_count::act_365f); }

/// Observation times, refined to steps of at most `largest`, by a multiple of `multiple` between two times. most: steps that
/// the simulation can take, and why no more.
std::vector<double> refined(const std::vector<double>& times, double largest, int multiple, double most,
                            const std::string& why) {
  const auto parts_of = [&](double length) {
    return multiple * std::max(1.0, std::ceil(length / (multiple * largest) - 1e-9));
  };
  double steps = 0, before = 0;
  for (const double t : times) steps += parts_of(t - before), before = t;
  if (!(steps <= most))
    throw input_error(number_text(steps) + " steps to " + number_text(times.back(), 4) + " years (at most " +
                      number_text(most) + " " + why +
                      "); are the dates and kappa right? Else set largest_step = " + number_text(1.1 * times.back() / most, 2));
  std::vector<double> all;
  before = 0;
  for (const double t : times) {
    const int parts = static_cast<int>(parts_of(t - before));
    for (int i = 1; i < parts; ++i) all.push_back(before + (t - before) * i / parts);
    all.push_back(t);
    before = t;
  }
  return all;
}

std::int64_t chunks_of(const simulation_inputs& in) {
  const std::int64_t paths = std::int64_t{in.chunk_tiles} * kernels::tile_paths;
  return (in.paths + paths - 1) / paths;
}

struct moments {
  double mean, variance; ///< of a sample
};
/// Why a sample cannot be trusted, by its control of known mean; empty where it can.
std::string doubt_of(const moments& control, double known, double n, const std::string& name) {
  const double off = std::abs(control.mean - known), error = std::sqrt(control.variance / n);
  const double square = control.mean * control.mean, alike = n * square / (square + control.variance);
  std::string why;
  if (off > 5 * error + 1e-6 * std::abs(known))
    why = "its mean is " + number_text(off / error, 3) + " standard errors from the known one";
  else if (alike < 4) why = "its mean comes from some " + number_text(alike, 2) + " of the paths";
  return why.empty()
             ? ""
             : "the sample does not carry the " + name + " (" + why + "); take more paths, or look at the model's tails";
}

/// Leaves out what is not finite: the names of that.
std::string left_out(sensitivities& g) {
  std::string names;
  const auto look = [&](sensitivity& s, const char* name) {
    if (std::isfinite(s.value) && std::isfinite(s.standard_error)) return;
    s.value = s.standard_error = std::numeric_limits<double>::quiet_NaN();
    if (names.find(name) == names.npos) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  for (sensitivity& s : g.delta) look(s, "delta");
  for (sensitivity& s : g.gamma) look(s, "gamma");
  look(g.vega, "vega");
  look(g.rho, "rho");
  look(g.theta, "theta");
  return names;
}

moments moments_of(double sum, double squares, double n) {
  const double mean = sum / n;
  return {mean, std::max(squares / n - mean * mean, 0.0) * n / std::max(n - 1, 1.0)};
}

} // namespace

std::string group_key(const path_trade& t, const market& m) {
  std::string key;
  for (const std::string& name : t.assets) {
    const underlying& u = m.underlyings.at(name);
    key += name + '/';
    if (std::holds_alternative<black_scholes_model>(u.dynamics) && u.surface &&
        std::holds_alternative<surface_volatility>(*u.surface))
      key += number_text(t.strike);
    key += '|';
  }
  key += t.paid;
  if (t.tilt != 0) key += number_text(t.tilt, 17);
  return key;
}

std::vector<std::vector<std::size_t>> simulations_of(const std::vector<path_trade>& trades) {
  using schedule_key = std::tuple<std::vector<date>, bool, std::optional<date>>; // numbers differ by the payment
  struct part {
    std::set<schedule_key> schedules;
    std::vector<std::size_t> where;
  };
  std::vector<part> parts;
  for (std::size_t i = 0; i < trades.size(); ++i) {
    std::set<schedule_key> own;
    for (const path_schedule& s : trades[i].schedules)
      own.emplace(s.dates, s.every_step, s.numbers ? std::optional(trades[i].payment) : std::nullopt);
    const auto fits = [&](const part& p) {
      const auto known = std::ranges::count_if(own, [&](const schedule_key& k) { return p.schedules.contains(k); });
      return p.schedules.size() + own.size() - static_cast<std::size_t>(known) <= most_schedules;
    };
    auto joined = std::ranges::find_if(parts, fits);
    if (joined == parts.end()) joined = parts.emplace(joined);
    joined->schedules.merge(own);
    joined->where.push_back(i);
  }
  std::vector<std::vector<std::size_t>> all;
  for (part& p : parts) all.push_back(std::move(p.where));
  return all;
}

path_group::path_group(std::vector<path_trade> trades, std::vector<double> quantities, const market& m,
                       const pricing_settings& settings, std::vector<stream> on)
    : trades_(std::move(trades)), quantities_(std::move(quantities)), settings_(settings), on_(std::move(on)),
      assets_(trades_.front().assets), traits_(traits_of(m.underlyings.at(assets_.front()))) {
  for (const std::string& name : assets_) {
    const underlying& u = m.underlyings.at(name);
    check(u.dynamics);
    if (traits_of(u).id != traits_.id)
      throw input_error(name + " follows " + model_name(u.dynamics) + ", " + assets_.front() + " " +
                        model_name(m.underlyings.at(assets_.front()).dynamics) +
                        " (assets of one trade must follow one kind of model); change one of them");
  }
  for (const path_trade& t : trades_) {
    controlled_ = controlled_ || t.tilt != 0 || (settings_.control_variates && t.control);
    for (const path_schedule& s : t.schedules) {
      dates_.insert(dates_.end(), s.dates.begin(), s.dates.end());
      in_pairs_ = in_pairs_ || (s.every_step && traits_.watched_step > 0);
    }
    dates_.push_back(t.payment);
  }
  const date last = std::ranges::max(dates_);
  for (const std::string& name : assets_)
    for (const cash_dividend& d : m.underlyings.at(name).dividends)
      if (d.day > m.as_of && d.day <= last) dates_.push_back(d.day);
  std::ranges::sort(dates_);
  dates_.erase(std::ranges::unique(dates_).begin(), dates_.end());
  if (settings_.greeks) measures_ = 4 + 2 * static_cast<int>(assets_.size());
  if (settings_.antithetic) ++measures_;
  std::vector<double> times;
  for (const date d : dates_) times.push_back(day_time(m, d));
  correlate(m);
  for (const std::string& name : assets_)
    traits_.largest_step = std::min(traits_.largest_step, traits_of(m.underlyings.at(name)).largest_step);
  const bool squared = traits_.id == kernels::process_id::rough_bergomi;
  const double own_step = in_pairs_ ? std::min(traits_.largest_step, traits_.watched_step) : traits_.largest_step;
  base_times_ = refined(times, settings_.largest_step > 0 ? settings_.largest_step : own_step, in_pairs_ ? 2 : 1,
                        squared ? most_mapped_steps : most_steps,
                        squared ? "under rough_bergomi, whose map of steps x steps has then 128 MiB" : "in one simulation");
  if (settings_.points == sampling::sobol) {
    const std::size_t dimensions = base_times_.size() * assets_.size() * static_cast<std::size_t>(traits_.normals);
    if (dimensions > random::sobol_max_dimensions)
      throw input_error(std::to_string(dimensions) + " random numbers a path (Sobol points have at most " +
                        std::to_string(random::sobol_max_dimensions) + "); use sampling philox");
    bridge_ = settings_.construction == path_construction::brownian_bridge ? brownian_bridge(base_times_)
                                                                           : principal_components(base_times_);
  }
}

/// Takes the market's correlations: of the assets, then of the pair whose covariance is the drift of quantos.
void path_group::correlate(const market& m) {
  correlated_ = assets_;
  if (const std::string& paid = trades_.front().paid; !paid.empty())
    correlated_.push_back(pair_between(m, m.underlyings.at(assets_.front()).currency, paid)->name);
  std::vector<double> wanted = correlations_of(correlated_, m), taken = wanted;
  if (wanted == correlations_) return;
  repaired_.clear();
  if (const double smallest = smallest_eigenvalue(wanted); smallest < -1e-10) {
    const std::string what = "the correlations of " + assets_.front() + " and " + std::to_string(correlated_.size() - 1) +
                             " others are not positive semi-definite (smallest eigenvalue " + number_text(smallest, 4) + ")";
    if (!settings_.repair_correlation)
      throw input_error(what + "; correct them, or set repair_correlation for the nearest correlation matrix");
    taken = nearest_correlation(wanted);
    repaired_ = what + "; the nearest correlation matrix was taken, " + number_text(distance(taken, wanted), 4) +
                " away in the Frobenius norm";
  }
  correlations_ = std::move(wanted);
  taken_ = std::move(taken);
  correlation_.clear();
  const std::size_t n = assets_.size();
  for (std::size_t i = 0; n > 1 && i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) correlation_.push_back(taken_[i * correlated_.size() + j]);
  correlation_ = cholesky_factor(correlation_);
}

/// What the simulation sees of a market.
market path_group::part(const market& whole) {
  const std::string& paid = trades_.front().paid;
  valuation seen{part_of(whole, assets_, paid), 0, paid};
  for (const path_trade& t : trades_) check_variances(t, seen);
  correlate(whole);
  market m = std::move(seen.m);
  const std::size_t n = correlated_.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) m.correlations[std::minmax(correlated_[i], correlated_[j])] = taken_[i * n + j];
  return m;
}

/// Of each asset, by the trade that ends first; the smallest move of volatility for all.
std::vector<move_sizes> path_group::moves(const market& m) const {
  double time = std::numeric_limits<double>::infinity(), volatility = largest_move;
  for (const path_trade& t : trades_)
    if (const double own = m.time_to(last_date(t)); own > 0) time = std::min(time, own);
  std::vector<move_sizes> all;
  for (const std::string& name : assets_) {
    all.push_back(move_sizes::of(scale_of_volatility(m.underlyings.at(name), time, trades_.front().strike), time, 0.25, 0.5));
    volatility = std::min(volatility, all.back().volatility);
  }
  for (move_sizes& one : all) one.volatility = volatility;
  return all;
}

/// Today first; for sensitivities up and down for each spot, then volatility, then rates, then a day later. Of a mixture the
/// same again for each tilt.
std::vector<valuation> path_group::valuations(const market& m, const std::vector<move_sizes>& by) const {
  std::vector<valuation> all{{m, 0, trades_.front().paid}};
  if (settings_.greeks) {
    for (std::size_t i = 0; i < assets_.size(); ++i)
      for (const double sign : {1.0, -1.0}) all.push_back(with_spot(all[0], assets_[i], 1 + sign * by[i].spot));
    for (const double sign : {1.0, -1.0}) {
      valuation v = all[0];
      for (const std::string& name : assets_) v = with_volatility(v, name, sign * by[0].volatility);
      all.push_back(v);
    }
    for (const double sign : {1.0, -1.0}) all.push_back(with_rates(all[0], sign * rate_move));
    all.push_back(later(all[0], day));
  }
  if (const double tilt = trades_.front().tilt; tilt != 0) {
    const std::size_t moved = all.size();
    for (const double sign : {1.0, -1.0})
      for (std::size_t i = 0; i < moved; ++i) {
        all.push_back(all[i]);
        all.back().tilt = sign * tilt;
      }
  }
  return all;
}

int path_group::paths_of_sample() const { return settings_.antithetic ? 2 : trades_.front().tilt != 0 ? drifts : 1; }

simulation_inputs path_group::inputs(const market& m, std::int64_t paths) {
  const std::vector<move_sizes> by = moves(m);
  const std::vector<valuation> markets = valuations(m, by);
  const std::size_t count = markets.size(), steps = base_times_.size();
  simulation_inputs in;
  in.process = traits_.id;
  in.format = format_of(settings_.format);
  in.assets = static_cast<int>(assets_.size());
  in.trades = static_cast<int>(trades_.size());
  in.masks.assign(steps, 0);
  in.correlation = correlation_;
  in.seed = settings_.seed;
  in.paths = paths;
  in.normals = traits_.normals;

  // Coefficients.
  std::vector<std::vector<double>> times(count, base_times_);
  in.scenarios.resize(count);
  for (std::size_t v = 0; v < count; ++v) {
    for (std::size_t i = 0; i < steps; ++i)
      times[v][i] = std::max(base_times_[i] - markets[v].m.elapsed, 1e-8 * static_cast<double>(i + 1));
    simulation_scenario& s = in.scenarios[v];
    std::vector<prepared_asset> prepared;
    for (const std::string& name : assets_)
      prepared.push_back(prepare(markets[v], markets[v].of(name), trades_.front().strike, times[v], in_pairs_));
    for (const prepared_asset& a : prepared) s.start.insert(s.start.end(), a.start.begin(), a.start.end());
    const std::size_t numbers = prepared[0].step_numbers;
    for (std::size_t i = 0; i < steps; ++i)
      for (const prepared_asset& a : prepared)
        s.coefficients.insert(s.coefficients.end(), a.steps.begin() + static_cast<std::ptrdiff_t>(i * numbers),
                              a.steps.begin() + static_cast<std::ptrdiff_t>((i + 1) * numbers));
    s.table = prepared[0].table;
    if (v == 0) in.map = prepared[0].map;
    for (const prepared_asset& a : prepared)
      if (a.table != s.table || (v == 0 && a.map != in.map))
        throw input_error("several assets under " + model_name(m.underlyings.at(assets_[0]).dynamics) +
                          " with different parameters (they share one table); price them one by one");
  }
  // A day later the first step is shorter, so that its table may differ in length.
  std::size_t longest = 0;
  for (const simulation_scenario& s : in.scenarios) longest = std::max(longest, s.table.size());
  for (simulation_scenario& s : in.scenarios) s.table.resize(longest);

  // Payoffs.
  std::map<std::string, int> schedules;
  const auto step_of = [&](date d) {
    return static_cast<std::size_t>(std::ranges::lower_bound(base_times_, day_time(m, d)) - base_times_.begin());
  };
  std::vector<std::vector<double>> columns; // [column][scenario * steps + step]
  std::map<int, int> first_columns;         // of a schedule's numbers
  const auto schedule = [&](const path_schedule& s) {
    std::vector<std::size_t> at;
    if (s.every_step)
      for (std::size_t i = 0; i <= step_of(s.dates.back()); ++i) at.push_back(i);
    else
      for (const date d : s.dates) at.push_back(step_of(d));
    std::vector<std::vector<double>> own;
    if (s.numbers)
      for (std::size_t v = 0; v < count; ++v)
        for (const std::size_t i : at) {
          const auto x = s.numbers(markets[v], times[v][i], i == 0 ? 0.0 : times[v][i - 1]);
          own.resize(x.size(), std::vector<double>(count * steps, 0.0));
          for (std::size_t c = 0; c < x.size(); ++c) own[c][v * steps + i] = x[c];
        }
    std::string key;
    for (const std::size_t i : at) key += std::to_string(i) + ' ';
    for (const auto& column : own)
      for (const double x : column) key += number_text(x) + ' ';
    const auto [entry, is_new] = schedules.try_emplace(key, static_cast<int>(schedules.size()));
    if (!is_new) return entry->second;
    if (schedules.size() > most_schedules)
      throw input_error("more than " + std::to_string(most_schedules) +
                        " schedules in one trade (a simulation has no more); split the trade");
    first_columns[entry->second] = static_cast<int>(columns.size());
    for (const std::size_t i : at) in.masks[i] |= std::uint64_t{1} << entry->second;
    columns.insert(columns.end(), own.begin(), own.end());
    return entry->second;
  };
  std::vector<std::vector<int>> numbers;
  for (const path_trade& t : trades_) {
    numbers.emplace_back();
    for (const path_schedule& s : t.schedules) numbers.back().push_back(schedule(s));
  }
  make_program(markets, numbers, first_columns);
  in.program = made_->program;
  in.date_columns = static_cast<int>(columns.size());
  for (std::size_t v = 0; v < count; ++v) {
    in.scenarios[v].shared = made_->shared[v];
    in.scenarios[v].own = made_->own[v];
    for (std::size_t i = 0; i < steps; ++i)
      for (const auto& column : columns) in.scenarios[v].dates.push_back(column[v * steps + i]);
  }

  // Weights: what turns the values of the markets into measures.
  const auto parts = static_cast<std::size_t>(paths_of_sample()), moved = settings_.antithetic ? count : count / parts;
  const auto measures = static_cast<std::size_t>(measures_);
  std::vector<double> weights(trades_.size() * measures * moved, 0.0);
  units_.assign(trades_.size(), 0.0);
  control_means_.assign(trades_.size(), 0.0);
  for (std::size_t t = 0; t < trades_.size(); ++t) {
    const path_trade& one = trades_[t];
    std::vector<double> unit;
    for (const valuation& v : std::span(markets).first(moved)) {
      const std::string& currency = v.currency_of(one.assets[0]);
      unit.push_back(quantities_[t] * v.fx(currency) * v.discount(currency, v.time_to(one.payment)));
    }
    const auto w = [&](int measure, std::size_t v) -> double& {
      return weights[(static_cast<std::size_t>(made_->position[t]) * measures + static_cast<std::size_t>(measure)) * moved + v];
    };
    units_[t] = w(0, 0) = unit[0];
    if (settings_.antithetic) w(measures_ - 1, 0) = unit[0];
    if (controlled_ && one.control_mean) control_means_[t] = unit[0] * one.control_mean(markets[0], times[0]);
    if (!settings_.greeks) continue;
    const std::size_t a = assets_.size(), vol = 1 + 2 * a, rate = vol + 2, after = rate + 2;
    for (std::size_t i = 0; i < a; ++i) {
      const double h = by[i].spot * markets[0].of(assets_[i]).spot;
      const std::size_t up = 1 + 2 * i, down = up + 1;
      const int delta = 4 + 2 * static_cast<int>(i);
      w(delta, up) = unit[up] / (2 * h);
      w(delta, down) = -unit[down] / (2 * h);
      w(delta + 1, up) = unit[up] / (h * h);
      w(delta + 1, 0) = -2 * unit[0] / (h * h);
      w(delta + 1, down) = unit[down] / (h * h);
    }
    w(1, vol) = unit[vol] / (2 * by[0].volatility);
    w(1, vol + 1) = -unit[vol + 1] / (2 * by[0].volatility);
    w(2, rate) = unit[rate] / (2 * rate_move);
    w(2, rate + 1) = -unit[rate + 1] / (2 * rate_move);
    w(3, after) = unit[after] / day;
    w(3, 0) = -unit[0] / day;
  }
  // A mirrored path or one of another drift is a further scenario. The last measure of mirrored paths is half their difference:
  // its square and that of half their sum make half the squares of the two.
  if (settings_.antithetic)
    for (std::size_t v = 0; v < count; ++v) {
      in.scenarios.push_back(in.scenarios[v]);
      in.scenarios.back().sign = -1;
    }
  for (std::size_t i = 0; i < weights.size(); i += moved)
    for (std::size_t part = 0; part < parts; ++part) {
      const bool less = settings_.antithetic && part == 1 && i / moved % measures == measures - 1;
      for (std::size_t v = 0; v < moved; ++v)
        in.weights.push_back((less ? -1 : 1) / static_cast<double>(parts) * weights[i + v]);
    }

  if (settings_.points == sampling::sobol) {
    in.bridge = bridge_;
    const std::int64_t dimensions = static_cast<std::int64_t>(steps) * in.assets * in.normals;
    const std::int64_t of_replicate = (paths + settings_.replicates - 1) / settings_.replicates;
    if (of_replicate > std::int64_t{1} << sobol_bits)
      throw input_error(std::to_string(paths) + " paths in " + std::to_string(settings_.replicates) +
                        " replicates (Sobol points have 32 bits); take more replicates, or sampling philox");
    const auto tiles = static_cast<std::uint64_t>((of_replicate + kernels::tile_paths - 1) / kernels::tile_paths);
    in.replicate_tiles = static_cast<std::int64_t>(std::bit_ceil(tiles));
    in.paths = in.replicate_tiles * kernels::tile_paths * settings_.replicates;
    // Chunks take at most 8 MiB of points and normals, if a tile does, so that any cap above has the same sums.
    while (in.chunk_tiles > 1 && (in.chunk_tiles > in.replicate_tiles ||
                                  dimensions * in.chunk_tiles * kernels::tile_paths * 16 > std::int64_t{8} << 20))
      in.chunk_tiles /= 2;
  } else if (!in.map.empty()) {
    in.chunk_tiles = 16; // their random numbers go through memory
  }
  return in;
}

/// Follows the payoffs, or gives those that were followed before their new numbers.
void path_group::make_program(std::span<const valuation> markets, const std::vector<std::vector<int>>& schedules,
                              const std::map<int, int>& first_columns) {
  program_builder builder(static_cast<int>(markets.size()), traits_.observables, measures_);
  for (const auto& [schedule, column] : first_columns) builder.set_first_column(schedule, column);
  std::vector<std::unique_ptr<payoff>> forms, controls;
  const tape::scope here(builder.writing());
  for (const path_trade& t : trades_) {
    forms.push_back(t.form(builder.writing(), markets));
    controls.push_back(controlled_ && t.control ? t.control(builder.writing(), markets) : nullptr);
  }
  if (made_ && made_->rebind(builder.writing())) return;
  for (std::size_t t = 0; t < trades_.size(); ++t) builder.add_trade(*forms[t], schedules[t], controls[t].get());
  made_ = builder.build();
  made_->program.control = controlled_;
}

std::vector<estimate> path_group::price(const market& whole, std::int64_t paths, const run_control& run) {
  if (paths < 1) throw input_error(std::to_string(paths) + " paths (must be at least 1)");
  const simulation_inputs in = inputs(part(whole), paths);
  if (settings_.format != simulation_precision::double_ && precision_differences_.empty()) compare_precisions(in);
  if (run.kept == nullptr && !run.stop.stop_possible()) {
    make(in, 0, chunks_of(in));
    return estimates(in, sums());
  }
  // In portions, each of which takes about a second.
  const std::size_t of_chunk = static_cast<std::size_t>(in.trades) * static_cast<std::size_t>(in.program.sums());
  const std::int64_t whole_chunks = in.paths / (std::int64_t{in.chunk_tiles} * kernels::tile_paths);
  const std::uint64_t id = run.kept != nullptr ? identity_of(in, on_) : 0;
  std::vector<double> all;
  if (run.kept != nullptr) all = run.kept->sums_of(id);
  all.resize(std::min(all.size(), static_cast<std::size_t>(whole_chunks) * of_chunk));
  auto portion = static_cast<std::int64_t>(on_.size());
  for (auto done = static_cast<std::int64_t>(all.size() / of_chunk); done < chunks_of(in);) {
    if (run.stop.stop_requested())
      throw error("stopped after " + std::to_string(done * in.chunk_tiles * kernels::tile_paths) + " of " +
                  std::to_string(in.paths) + " paths");
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t next = std::min(portion, chunks_of(in) - done);
    make(in, done, next);
    const std::vector<double> found = sums();
    all.insert(all.end(), found.begin(), found.end());
    done += next;
    if (run.kept != nullptr)
      run.kept->keep(id, std::span(all).first(static_cast<std::size_t>(std::min(done, whole_chunks)) * of_chunk));
    if (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(500)) portion *= 2;
  }
  return estimates(in, all);
}

std::uint64_t path_group::identity(const market& whole) { return identity_of(inputs(part(whole), settings_.paths), on_); }

/// Makes the simulations of some chunks, or gives those that are there their new numbers. Each device takes a run of chunks;
/// their sums are added in order, whoever made them.
void path_group::make(simulation_inputs in, std::int64_t first, std::int64_t chunks) {
  in.first_chunk = first;
  in.most_chunks = (chunks + static_cast<std::int64_t>(on_.size()) - 1) / static_cast<std::int64_t>(on_.size());
  const bool known = !running_.empty() && running_[0]->inputs().paths == in.paths && running_[0]->same_form(in) &&
                     running_[0]->inputs().first_chunk == first && running_[0]->inputs().most_chunks == in.most_chunks;
  if (known) {
    for (const auto& part : running_) part->update(in.scenarios, in.weights);
    return;
  }
  running_.clear();
  for (const stream& on : on_) {
    if (in.first_chunk >= first + chunks) break;
    in.most_chunks = std::min(in.most_chunks, first + chunks - in.first_chunk);
    running_.push_back(std::make_unique<simulation>(in, on, settings_.memory_mib << 20));
    in.first_chunk += in.most_chunks;
  }
}

std::vector<double> path_group::sums() {
  for (const auto& part : running_) part->start();
  std::vector<double> all;
  for (const auto& part : running_) {
    const std::vector<double>& own = part->finish();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

/// Each trade's plain mean over the first paths in the precision that is used, less that in double.
void path_group::compare_precisions(simulation_inputs in) {
  constexpr int sample_tiles = 4;
  in.chunk_tiles = std::min(in.chunk_tiles, sample_tiles);
  in.paths = std::min<std::int64_t>(in.paths, sample_tiles * kernels::tile_paths);
  const auto used = simulation(in, on_.front(), settings_.memory_mib << 20).run();
  in.format = kernels::number_format::double_;
  const auto exact = simulation(in, on_.front(), settings_.memory_mib << 20).run();
  const auto sums = static_cast<std::size_t>(in.program.sums());
  for (const int position : made_->position) {
    double difference = 0;
    for (std::size_t at = static_cast<std::size_t>(position) * sums; at < used.size(); at += trades_.size() * sums)
      difference += used[at] - exact[at];
    precision_differences_.push_back(difference / static_cast<double>(in.paths));
  }
}

std::vector<estimate> path_group::estimates(const simulation_inputs& in, const std::vector<double>& sums) const {
  const auto per_trade = static_cast<std::size_t>(in.program.sums());
  const std::size_t chunks = sums.size() / (trades_.size() * per_trade);
  const bool sobol = in.replicate_tiles > 0;
  const double n = static_cast<double>(in.paths);
  std::vector<estimate> all(trades_.size());
  for (std::size_t t = 0; t < trades_.size(); ++t) {
    const auto sum_of = [&](std::size_t first_chunk, std::size_t end, std::size_t k) {
      double sum = 0;
      for (std::size_t c = first_chunk; c < end; ++c)
        sum += sums[(c * trades_.size() + static_cast<std::size_t>(made_->position[t])) * per_trade + k];
      return sum;
    };
    std::vector<double> total;
    for (std::size_t k = 0; k < per_trade; ++k) total.push_back(sum_of(0, chunks, k));
    // Mean and error of one measure: from the samples, or from the replicates.
    const auto over_replicates = [&](const auto& mean_of) -> sensitivity {
      const double count = settings_.replicates;
      const std::size_t of_one = chunks / static_cast<std::size_t>(settings_.replicates);
      std::vector<double> means; // whose squares would lose the digits in which they differ
      for (std::size_t c = 0; c < chunks; c += of_one)
        means.push_back(mean_of([&](std::size_t k) { return sum_of(c, c + of_one, k) / (n / count); }));
      double sum = 0, squares = 0;
      for (const double mean : means) sum += mean;
      for (const double mean : means) squares += std::pow(mean - sum / count, 2);
      return {sum / count, std::sqrt(squares / (count - 1) / count)};
    };
    const auto measure = [&](std::size_t k) -> sensitivity {
      if (sobol) return over_replicates([&](const auto& mean) { return mean(2 * k); });
      const moments x = moments_of(total[2 * k], total[2 * k + 1], n);
      return {x.mean, std::sqrt(x.variance / n)};
    };
    estimate& e = all[t];
    const sensitivity plain = measure(0);
    e.value = plain.value;
    e.standard_error = plain.standard_error;
    e.method = "monte_carlo";
    e.paths = in.paths * paths_of_sample();
    e.warning = repaired_;
    const auto warn = [&](const std::string& what) { e.warning += (e.warning.empty() || what.empty() ? "" : "; ") + what; };
    if (total[1] == 0 && quantities_[t] != 0)
      warn("no path paid (of " + std::to_string(e.paths) +
           "; payoffs that are rarer were not seen); take more paths, or importance_sampling");
    std::string how = settings_.antithetic ? "antithetic" : "";
    const auto also = [&](const std::string& what) { how += (how.empty() ? "" : ", ") + what; };
    if (sobol) also("sobol, " + std::to_string(settings_.replicates) + " replicates");
    const std::size_t at = 2 * static_cast<std::size_t>(measures_); // of the control
    double single =
        moments_of(total[0], total[1] + (settings_.antithetic ? total[at - 1] : 0.0), n).variance; // of a plain path
    if (trades_[t].tilt != 0) {
      single = std::max(units_[t] * total[at] / n - e.value * e.value, 0.0);
      also("importance: drift");
    } else if (controlled_ && trades_[t].control) {
      // y - b (x - E x) with b = Cov(x, y) / Var x (Glasserman 2004, section 4.1).
      const moments x = moments_of(total[at], total[at + 1], n), y = moments_of(total[0], total[1], n);
      const double covariance = (total[at + 2] / n - x.mean * y.mean) * n / (n - 1);
      const double b = x.variance > 0 ? covariance / x.variance : 0.0;
      e.value = y.mean - b * (x.mean - control_means_[t]);
      const auto controlled = [&](const auto& mean) { return mean(0) - b * (mean(at) - control_means_[t]); };
      e.standard_error =
          sobol ? over_replicates(controlled).standard_error : std::sqrt(std::max(y.variance - b * covariance, 0.0) / n);
      // What fewer than three paths of n would show may be missing from the sample (the rule of three).
      e.standard_error = std::max(e.standard_error, std::sqrt(std::min(3.0 / n, 1.0) * y.variance / n));
      also("control: " + trades_[t].control_name);
      if (total[1] != 0) warn(doubt_of(x, control_means_[t], n, trades_[t].control_name));
    }
    if (!how.empty() && e.standard_error > 0)
      e.variance_ratio = single / static_cast<double>(e.paths) / (e.standard_error * e.standard_error);
    e.variance_reduction = how;
    if (!precision_differences_.empty()) e.precision_difference = precision_differences_[t];
    if (settings_.greeks) {
      sensitivities g;
      g.vega = measure(1);
      g.rho = measure(2);
      g.theta = measure(3);
      for (std::size_t i = 0; i < assets_.size(); ++i) {
        g.delta.push_back(measure(4 + 2 * i));
        g.gamma.push_back(measure(5 + 2 * i));
      }
      if (const std::string names = left_out(g); !names.empty())
        warn("no finite " + names + " (a moved market is outside of what the model or the payoff can take); look at the terms");
      e.greeks = g;
    }
  }
  return all;
}

} // namespace dojima
