#include "dojima/risk/scenario.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "dojima/array/array.hpp"
#include "kernels/backend.hpp"
#include "text.hpp"

namespace dojima {

std::string to_string(shock_type t) {
  return t == shock_type::relative ? "relative" : t == shock_type::absolute ? "absolute" : "log";
}

shock_type shock_types::of(factor_class c) const {
  switch (c) {
  case factor_class::equity: return equity;
  case factor_class::fx: return fx;
  case factor_class::volatility: return volatility;
  case factor_class::rate: return rate;
  }
  throw std::logic_error("unknown factor class");
}

namespace {

double move(shock_type type, double from, double to) {
  switch (type) {
  case shock_type::relative: return to / from - 1.0;
  case shock_type::absolute: return to - from;
  case shock_type::log: return std::log(to / from);
  }
  return 0;
}

/// Currencies whose exchange rate moves this underlying's value.
std::set<std::string> currencies_of(const underlying& u) {
  std::set<std::string> all{u.currency};
  if (u.kind == asset_class::fx) all.insert(u.foreign);
  return all;
}

std::vector<date> calendar(const std::vector<factor_series>& history, date as_of, std::size_t days) {
  const bool equities =
      std::any_of(history.begin(), history.end(), [](const factor_series& s) { return s.kind == factor_class::equity; });
  std::set<date> dates;
  for (const factor_series& s : history)
    if (!equities || s.kind == factor_class::equity)
      dates.insert(s.dates.begin(), std::upper_bound(s.dates.begin(), s.dates.end(), as_of));
  std::vector<date> last(dates.begin(), dates.end());
  if (last.size() > days) last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(days));
  return last;
}

/// What is wrong with a factor over the panel's days, and on which line of its file; nothing when it can be shocked. Fills
/// `levels`.
std::optional<rejection> read_levels(const factor_series& s, const std::vector<date>& dates, shock_type type,
                                     std::vector<double>& levels) {
  std::optional<date> hole_begin, hole_end;
  for (const date day : dates) {
    const double value = value_on(s, day);
    if (!std::isfinite(value)) {
      if (!hole_begin) hole_begin = day;
      hole_end = day;
    } else if (value <= 0 && type != shock_type::absolute) {
      const auto index = std::upper_bound(s.dates.begin(), s.dates.end(), day) - s.dates.begin() - 1;
      return rejection{s.file,
                       s.lines.empty() ? 0 : s.lines[static_cast<std::size_t>(index)],
                       s.name,
                       "value " + number_text(value) + " on " + to_string(s.dates[static_cast<std::size_t>(index)]),
                       "a " + to_string(type) + " shock needs values above 0",
                       "set shocks." + to_string(s.kind) + " = \"absolute\", or correct the history"};
    }
    levels.push_back(value);
  }
  if (hole_begin)
    return rejection{s.file,
                     0,
                     s.name,
                     "no value between " + to_string(*hole_begin) + " and " + to_string(*hole_end),
                     "the scenarios need every day from " + to_string(dates.front()),
                     "shorten historical.window, or fill the hole"};
  return std::nullopt;
}

} // namespace

factor_panel make_panel(const market_data& data, portfolio& positions, const shock_types& shocks, std::size_t days,
                        std::vector<rejection>& rejected) {
  const market& m = data.snapshot;
  factor_panel panel;
  panel.dates = calendar(data.history, m.as_of, days);
  if (panel.dates.empty()) throw input_error("no history on or before " + to_string(m.as_of));

  std::set<std::string> equities, currencies, volatilities;
  for (const trade& t : positions) {
    const underlying& u = m.underlyings.at(t.underlying);
    if (u.kind == asset_class::equity) equities.insert(u.history);
    for (const std::string& c : currencies_of(u))
      if (c != m.base_currency) currencies.insert(c);
    if (u.surface && !u.volatility_factor.empty()) volatilities.insert(u.volatility_factor);
  }

  std::set<std::pair<factor_class, std::string>> found;
  std::set<std::string> broken_equities, broken_currencies;
  for (const factor_series& s : data.history) {
    const bool needed = (s.kind == factor_class::equity && equities.contains(s.name)) ||
                        (s.kind == factor_class::fx && currencies.contains(s.name)) ||
                        (s.kind == factor_class::volatility && volatilities.contains(s.name)) ||
                        (s.kind == factor_class::rate && m.curves.contains(s.currency));
    if (!needed) continue;
    found.emplace(s.kind, s.name);
    std::vector<double> levels;
    if (auto broken = read_levels(s, panel.dates, shocks.of(s.kind), levels)) {
      broken->warning = s.kind == factor_class::volatility || s.kind == factor_class::rate;
      if (broken->warning) broken->why += "; held still in every scenario";
      rejected.push_back(*broken);
      if (s.kind == factor_class::equity) broken_equities.insert(s.name);
      if (s.kind == factor_class::fx) broken_currencies.insert(s.name);
      continue;
    }
    panel.factors.push_back({s.name, s.kind, s.currency, s.time});
    panel.levels.insert(panel.levels.end(), levels.begin(), levels.end());
  }
  for (const std::string& name : volatilities)
    if (!found.contains({factor_class::volatility, name}))
      rejected.push_back({"", 0, name, "volatility factor without history", "held still in every scenario",
                          "add a [[history]] of class volatility", true});
  const auto require = [&](factor_class kind, const std::set<std::string>& names, std::set<std::string>& broken) {
    for (const std::string& name : names)
      if (!found.contains({kind, name})) {
        rejected.push_back(
            {"", 0, name, "no history", "scenarios move " + to_string(kind) + " factors by their history", "add it"});
        broken.insert(name);
      }
  };
  require(factor_class::equity, equities, broken_equities);
  require(factor_class::fx, currencies, broken_currencies);

  std::erase_if(positions, [&](const trade& t) {
    const underlying& u = m.underlyings.at(t.underlying);
    std::string factor;
    if (u.kind == asset_class::equity && broken_equities.contains(u.history)) factor = u.history;
    for (const std::string& c : currencies_of(u))
      if (broken_currencies.contains(c)) factor = c;
    if (factor.empty()) return false;
    rejected.push_back({"", 0, t.id, "no scenarios for " + t.underlying, "the history of " + factor + " cannot be used",
                        "see the message about " + factor});
    return true;
  });
  return panel;
}

scenario_set historical_scenarios(const factor_panel& panel, const shock_types& shocks, std::size_t count, int horizon_days) {
  const std::size_t days = panel.dates.size(), h = static_cast<std::size_t>(horizon_days);
  if (days < count + h)
    throw input_error(std::to_string(count) + " scenarios of " + std::to_string(h) + " days need " + std::to_string(count + h) +
                      " days of history (there are " + std::to_string(days) + "); shorten historical.window");
  scenario_set set{"historical",  horizon_days,
                   panel.factors, {panel.dates.end() - static_cast<std::ptrdiff_t>(count), panel.dates.end()},
                   count,         {}};
  set.shocks.resize(panel.factors.size() * count);
  for (std::size_t f = 0; f < panel.factors.size(); ++f)
    for (std::size_t s = 0; s < count; ++s) {
      const std::size_t day = days - count + s;
      set.shocks[f * count + s] = move(shocks.of(panel.factors[f].kind), panel.level(f, day - h), panel.level(f, day));
    }
  return set;
}

scenario_set filtered_historical_scenarios(const factor_panel& panel, const shock_types& shocks, std::size_t count,
                                           double lambda, int horizon_days) {
  scenario_set set = historical_scenarios(panel, shocks, count, horizon_days);
  set.method = "filtered_historical";
  const scenario_set daily = historical_scenarios(panel, shocks, panel.dates.size() - 1);
  const std::size_t h = static_cast<std::size_t>(horizon_days);
  std::vector<double> forecast(daily.size + 1);
  for (std::size_t f = 0; f < set.factors.size(); ++f) {
    double variance = 0;
    for (std::size_t s = 0; s < daily.size; ++s)
      variance += daily.shock(f, s) * daily.shock(f, s) / static_cast<double>(daily.size);
    for (std::size_t s = 0; s < daily.size; ++s) { // forecast[s]: volatility of move s, known the day before
      forecast[s] = std::sqrt(variance);
      variance = lambda * variance + (1.0 - lambda) * daily.shock(f, s) * daily.shock(f, s);
    }
    forecast[daily.size] = std::sqrt(variance);
    for (std::size_t s = 0; s < count; ++s) {
      const double then = forecast[daily.size - count + s + 1 - h]; // at the first day of the move
      if (then > 0) set.shocks[f * count + s] *= forecast[daily.size] / then;
    }
  }
  return set;
}

scenario_set monte_carlo_scenarios(const factor_panel& panel, const shock_types& shocks, const monte_carlo_settings& settings,
                                   int horizon_days, const stream& on) {
  const scenario_set daily = historical_scenarios(panel, shocks, std::min(settings.window, panel.dates.size() - 1));
  const auto factors = static_cast<std::int64_t>(panel.factors.size());
  const auto wanted = static_cast<std::int64_t>(settings.scenarios);
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(factors, factors);
  double weight = 1.0 - settings.lambda, total = 0;
  for (std::size_t back = 0; back < daily.size && weight > 1e-12; ++back, weight *= settings.lambda) {
    Eigen::VectorXd x(factors);
    for (std::int64_t f = 0; f < factors; ++f) x[f] = daily.shock(static_cast<std::size_t>(f), daily.size - 1 - back);
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(x, weight);
    total += weight;
  }
  covariance = Eigen::MatrixXd(covariance.selfadjointView<Eigen::Lower>()) * (horizon_days / total);
  // A pegged currency or a repeated series makes the matrix singular: a ridge of 1e-12 of each variance keeps the factor real.
  const double largest = factors > 0 ? covariance.diagonal().maxCoeff() : 0.0;
  covariance.diagonal() = covariance.diagonal() * (1.0 + 1e-12) + Eigen::VectorXd::Constant(factors, 1e-18 * largest + 1e-300);
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  if (llt.info() != Eigen::Success)
    throw error("the EWMA covariance of " + std::to_string(factors) +
                " factors has no Cholesky factor (its history is too short or repeated); raise monte_carlo.lambda");
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> lower = llt.matrixL();

  const std::int64_t columns = (wanted + kernels::column_block - 1) / kernels::column_block * kernels::column_block;
  const std::int64_t blocks = (factors + settings.degrees_of_freedom + 3) / 4;
  const array<double> cholesky = asarray(std::span<const double>(lower.data(), static_cast<std::size_t>(lower.size())), on);
  array<double> normals({4 * blocks, columns}, on), moves({factors, columns}, on);
  kernels::backend& backend = on.where().backend();
  backend.launch(kernels::fill_normals{settings.seed, 0, 0, {normals.data(), columns}}, blocks, columns, on.handle());
  backend.launch(
      kernels::correlate{
          cholesky.data(), factors, settings.degrees_of_freedom, {normals.data(), columns}, {moves.data(), columns}},
      factors, columns, on.handle());
  const std::vector<double> padded = moves.get();

  scenario_set set{"monte_carlo", horizon_days, panel.factors, {}, settings.scenarios, {}};
  for (std::int64_t f = 0; f < factors; ++f)
    set.shocks.insert(set.shocks.end(), padded.begin() + f * columns, padded.begin() + f * columns + wanted);
  return set;
}

} // namespace dojima
