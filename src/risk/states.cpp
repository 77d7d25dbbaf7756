// The market in each scenario, as the matrix that kernels read.
#include <algorithm>

#include "dojima/risk/revalue.hpp"
#include "models/real.hpp"

namespace dojima {

state_layout::state_layout(const market& m) {
  for (const auto& [name, u] : m.underlyings) underlyings_[name] = rows_, rows_ += 4;
  for (const auto& [currency, rate] : m.fx) fx_[currency] = rows_++;
  for (const auto& [currency, c] : m.curves) {
    curves_[currency] = rows_;
    rows_ += static_cast<int>(c.times().size());
  }
}

void set_spot(scenario_states& states, const state_layout& layout, const std::string& underlying, std::size_t column,
              double spot) {
  states.at(layout.spot(underlying), column) = spot;
  states.at(layout.log_spot(underlying), column) = log(spot);
}

scenario_states today_states(const market& m, const state_layout& layout, std::size_t columns) {
  scenario_states states{static_cast<std::size_t>(layout.rows()), columns, {}};
  states.values.resize(states.rows * columns);
  const auto fill = [&](int row, double value) {
    const auto begin = states.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * columns);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(columns), value);
  };
  for (const auto& [name, u] : m.underlyings) {
    fill(layout.spot(name), u.spot);
    fill(layout.log_spot(name), log(u.spot));
    fill(layout.volatility_log(name), 0.0);
    fill(layout.volatility_shift(name), 0.0);
  }
  for (const auto& [currency, rate] : m.fx) fill(layout.fx(currency), rate);
  for (const auto& [currency, c] : m.curves)
    for (std::size_t n = 0; n < c.times().size(); ++n)
      fill(layout.curve_node(currency, static_cast<int>(n)), c.log_discounts()[n]);
  return states;
}

namespace {

double shocked(shock_type type, double level, double shock) {
  switch (type) {
  case shock_type::relative: return level * (1.0 + shock);
  case shock_type::absolute: return level + shock;
  case shock_type::log: return level * exp(shock);
  }
  return level;
}

/// As `shocked`, for what must stay above 0.
double shocked_price(shock_type type, double level, double shock) {
  return std::max(shocked(type, level, shock), level_floor * level);
}

/// Shock at `time`, linear between the shocked tenors of one curve and flat outside; `at` gives time and shock of tenor i.
template <class At> double interpolated(const At& at, std::size_t n, double time) {
  if (time <= at(0).first) return at(0).second;
  for (std::size_t i = 1; i < n; ++i) {
    const auto [t0, s0] = at(i - 1);
    const auto [t1, s1] = at(i);
    if (time <= t1) return s0 + (s1 - s0) * (time - t0) / (t1 - t0);
  }
  return at(n - 1).second;
}

} // namespace

scenario_states shocked_states(const market& m, const state_layout& layout, const scenario_set& set,
                               const shock_types& shocks) {
  scenario_states states = today_states(m, layout, set.size);
  const auto find = [&](factor_class kind, const std::string& name) -> const double* {
    for (std::size_t f = 0; f < set.factors.size(); ++f)
      if (set.factors[f].kind == kind && set.factors[f].name == name) return set.shocks.data() + f * set.size;
    return nullptr;
  };
  for (const auto& [currency, rate] : m.fx)
    if (const double* shock = find(factor_class::fx, currency))
      for (std::size_t s = 0; s < set.size; ++s) states.at(layout.fx(currency), s) = shocked_price(shocks.fx, rate, shock[s]);
  for (const auto& [name, u] : m.underlyings) {
    if (u.kind == asset_class::fx) {
      for (std::size_t s = 0; s < set.size; ++s)
        set_spot(states, layout, name, s, states.at(layout.fx(u.foreign), s) / states.at(layout.fx(u.currency), s));
    } else if (const double* shock = find(factor_class::equity, u.history)) {
      for (std::size_t s = 0; s < set.size; ++s)
        set_spot(states, layout, name, s, shocked_price(shocks.equity, u.spot, shock[s]));
    }
    const double* shock = u.volatility_factor.empty() ? nullptr : find(factor_class::volatility, u.volatility_factor);
    for (std::size_t s = 0; shock != nullptr && s < set.size; ++s) {
      if (shocks.volatility == shock_type::absolute) states.at(layout.volatility_shift(name), s) = u.volatility_beta * shock[s];
      else states.at(layout.volatility_log(name), s) = u.volatility_beta * log(shocked_price(shocks.volatility, 1.0, shock[s]));
    }
  }
  for (const auto& [currency, c] : m.curves) {
    std::vector<std::pair<double, const double*>> tenors;
    for (std::size_t f = 0; f < set.factors.size(); ++f)
      if (set.factors[f].kind == factor_class::rate && set.factors[f].currency == currency)
        tenors.emplace_back(set.factors[f].time, set.shocks.data() + f * set.size);
    if (tenors.empty()) continue;
    std::sort(tenors.begin(), tenors.end());
    for (std::size_t n = 0; n < c.times().size(); ++n) {
      const double time = c.times()[n], rate = -c.log_discounts()[n] / time;
      for (std::size_t s = 0; s < set.size; ++s) {
        const double shock =
            interpolated([&](std::size_t i) { return std::pair(tenors[i].first, tenors[i].second[s]); }, tenors.size(), time);
        states.at(layout.curve_node(currency, static_cast<int>(n)), s) = -shocked(shocks.rate, rate, shock) * time;
      }
    }
  }
  return states;
}

} // namespace dojima
