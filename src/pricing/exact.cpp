#include "pricing/exact.hpp"

#include <cmath>
#include <limits>
#include <map>

#include "dojima/risk/revalue.hpp"
#include "pricing/bumps.hpp"

namespace dojima {
namespace {

constexpr double formula_rate_move = 1e-5;

/// Nothing but rounding disturbs the differences of formulas, so their moves are small; those of collocation, whose values are
/// off by some 3e-5 of the spot, are longer. Powers of two of the largest, so that many positions share them.
move_sizes moves_of(const trade& t, const market& m) {
  double time = 1, strike = 0;
  std::visit(
      [&]<class Contract>(const Contract& c) {
        if constexpr (requires { c.expiry; }) time = m.time_to(c.expiry);
        if constexpr (requires { double{c.strike}; }) strike = c.strike;
      },
      t.terms);
  const double part = std::holds_alternative<american_option>(t.terms) ? 1.0 / 16 : 1.0 / 128;
  const auto rung = [](double x) { return largest_move * std::exp2(std::floor(std::log2(x / largest_move))); };
  const move_sizes wanted = move_sizes::of(scale_of_volatility(m.underlyings.at(t.underlying), time, strike), time, part, part);
  return {rung(wanted.spot), rung(wanted.volatility)};
}

/// Every spot up and down in columns 0 and 1, every volatility in 2 and 3, every rate in 4 and 5: a position here has one
/// underlying, so that moves of the others do not reach it.
scenario_states moved_states(const market& m, const state_layout& layout, const move_sizes& by) {
  scenario_states s = today_states(m, layout, 6);
  for (const std::size_t down : {0, 1}) {
    const double sign = down == 1 ? -1.0 : 1.0;
    for (const auto& [name, u] : m.underlyings) {
      set_spot(s, layout, name, down, (1 + sign * by.spot) * u.spot);
      s.at(layout.volatility_shift(name), 2 + down) += sign * by.volatility;
    }
    for (const auto& [currency, c] : m.curves)
      for (std::size_t n = 0; n < c.times().size(); ++n)
        s.at(layout.curve_node(currency, static_cast<int>(n)), 4 + down) -= sign * formula_rate_move * c.times()[n];
  }
  return s;
}

/// Values a day later.
std::vector<double> later_values(const portfolio& positions, const market& m, const pricing_settings& settings,
                                 const stream& on) {
  const market after = later({m}, day).m;
  portfolio accepted;
  std::vector<std::size_t> where;
  for (std::size_t i = 0; i < positions.size(); ++i)
    if (!find_problem(positions[i], after)) accepted.push_back(positions[i]), where.push_back(i);
  const revaluer book(accepted, after, {}, settings, on);
  std::vector<double> values(positions.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < where.size(); ++k) values[where[k]] = book.values()[k];
  return values;
}

} // namespace

std::vector<estimate> price_exactly(const portfolio& positions, const market& m, const pricing_settings& settings,
                                    const stream& on) {
  const revaluer book(positions, m, {}, settings, on);
  std::vector<estimate> all(positions.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].value = book.values()[i];
    all[i].method = std::holds_alternative<american_option>(positions[i].terms) ? "spectral_collocation" : "closed_form";
  }
  if (!settings.greeks) return all;
  const std::vector<double> after = later_values(positions, m, settings, on);
  std::map<std::pair<double, double>, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const move_sizes by = moves_of(positions[i], m);
    alike[{by.spot, by.volatility}].push_back(i);
  }
  for (const auto& [sizes, where] : alike) {
    const move_sizes by{sizes.first, sizes.second};
    portfolio part;
    for (const std::size_t i : where) part.push_back(positions[i]);
    const revaluer moved(part, m, {}, settings, on);
    const std::vector<double> changes = moved.positions_pnl(moved_states(m, moved.layout(), by));
    for (std::size_t k = 0; k < where.size(); ++k) {
      const double* c = &changes[6 * k];
      estimate& e = all[where[k]];
      const double h = by.spot * m.underlyings.at(part[k].underlying).spot;
      sensitivities g;
      g.delta = {{(c[0] - c[1]) / (2 * h)}};
      g.gamma = {{(c[0] + c[1]) / (h * h)}};
      g.vega = {(c[2] - c[3]) / (2 * by.volatility)};
      g.rho = {(c[4] - c[5]) / (2 * formula_rate_move)};
      g.theta = {(after[where[k]] - e.value) / day};
      e.greeks = g;
    }
  }
  return all;
}

} // namespace dojima
