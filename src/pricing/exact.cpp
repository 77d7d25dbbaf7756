#include "pricing/exact.hpp"

#include <limits>

#include "dojima/risk/revalue.hpp"
#include "pricing/bumps.hpp"

namespace dojima {
namespace {

/// Every spot up and down in columns 0 and 1, every volatility in 2 and 3, every rate in 4 and 5: a position here has one
/// underlying, so that moves of the others do not reach it.
scenario_states moved_states(const market& m, const state_layout& layout) {
  scenario_states s = today_states(m, layout, 6);
  for (const std::size_t down : {0, 1}) {
    const double sign = down == 1 ? -1.0 : 1.0;
    for (const auto& [name, u] : m.underlyings) {
      set_spot(s, layout, name, down, (1 + sign * spot_move) * u.spot);
      s.at(layout.volatility_shift(name), 2 + down) += sign * volatility_move;
    }
    for (const auto& [currency, c] : m.curves)
      for (std::size_t n = 0; n < c.times().size(); ++n)
        s.at(layout.curve_node(currency, static_cast<int>(n)), 4 + down) -= sign * rate_move * c.times()[n];
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
  const std::vector<double> changes = book.positions_pnl(moved_states(m, book.layout()));
  const std::vector<double> after = later_values(positions, m, settings, on);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double* c = &changes[6 * i];
    const double h = spot_move * m.underlyings.at(positions[i].underlying).spot;
    sensitivities g;
    g.delta = {{(c[0] - c[1]) / (2 * h)}};
    g.gamma = {{(c[0] + c[1]) / (h * h)}};
    g.vega = {(c[2] - c[3]) / (2 * volatility_move)};
    g.rho = {(c[4] - c[5]) / (2 * rate_move)};
    g.theta = {(after[i] - all[i].value) / day};
    all[i].greeks = g;
  }
  return all;
}

} // namespace dojima
