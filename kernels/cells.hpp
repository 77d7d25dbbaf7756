// One cell of each kernel, over any Real: the same source runs on CPU lanes and GPU threads.
#pragma once

#include "kernels/arguments.hpp"
#include "kernels/random_cells.hpp"
#include "models/closed_form/asian_geometric.hpp"
#include "models/payoff/asian.hpp"
#include "models/random/normal.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

namespace k = dojima::kernels;

template <class Real> DOJIMA_FN Real at(const k::const_matrix& m, std::int64_t row, std::int64_t s) {
  return load<Real>(m.data + row * m.stride + s);
}

template <class Real> DOJIMA_FN void put(const k::matrix& m, std::int64_t row, std::int64_t s, const Real& x) {
  store(m.data + row * m.stride + s, x);
}

template <class Real> DOJIMA_FN Real log_value(const k::log_factor& f, const k::const_matrix& state, std::int64_t s) {
  return fma(f.weight_hi, at<Real>(state, f.hi, s), fma(f.weight_lo, at<Real>(state, f.lo, s), Real(f.constant)));
}

template <class Real>
DOJIMA_FN Real volatility_of(const k::volatility_source& v, const k::const_matrix& state, std::int64_t s) {
  const Real sigma = fma(v.base, exp(v.elasticity * at<Real>(state, v.log_shock, s)), at<Real>(state, v.shift, s));
  return max(sigma, Real(1e-4));
}

/// An option's market in one scenario, in logarithms: the contract decides what it needs of them.
template <class Real> struct option_state {
  Real log_spot, log_discount, log_carry, deviation;
  DOJIMA_FN Real log_forward() const { return log_spot + (log_carry - log_discount); }
};

template <class Real>
DOJIMA_FN option_state<Real> option_state_of(const k::position& p, const k::option_market& m, const k::const_matrix& state,
                                             std::int64_t s) {
  return {at<Real>(state, p.spot + 1, s), log_value<Real>(m.discount, state, s), log_value<Real>(m.carry, state, s),
          volatility_of<Real>(m.volatility, state, s) * sqrt(m.time)};
}

/// Value of the position in base currency from the value of one unit in the underlying's currency.
template <class Real>
DOJIMA_FN void put_value(const k::position& p, const k::const_matrix& state, const k::matrix& cube, std::int64_t s, Real unit) {
  put(cube, p.row, s, p.quantity * unit * at<Real>(state, p.fx, s));
}

template <class Real> DOJIMA_FN Real unit_value(const k::stock_trade& t, const k::const_matrix& state, std::int64_t s) {
  return at<Real>(state, t.held.spot, s);
}

template <class Real> DOJIMA_FN Real unit_value(const k::forward_trade& t, const k::const_matrix& state, std::int64_t s) {
  return at<Real>(state, t.held.spot, s) * exp(log_value<Real>(t.carry, state, s)) -
         t.strike * exp(log_value<Real>(t.discount, state, s));
}

template <class Real> DOJIMA_FN Real unit_value(const k::vanilla_trade& t, const k::const_matrix& state, std::int64_t s) {
  const option_state<Real> o = option_state_of<Real>(t.held, t.market, state, s);
  return black_legs(at<Real>(state, t.held.spot, s) * exp(o.log_carry), t.strike * exp(o.log_discount),
                    o.log_forward() - t.log_strike, o.deviation, t.sign);
}

template <class Real> DOJIMA_FN Real unit_value(const k::digital_trade& t, const k::const_matrix& state, std::int64_t s) {
  const option_state<Real> o = option_state_of<Real>(t.held, t.market, state, s);
  const Real probability = digital_probability(o.log_forward() - t.log_strike, o.deviation, t.sign, t.asset);
  const Real paid = t.asset ? at<Real>(state, t.held.spot, s) * exp(o.log_carry) : exp(o.log_discount);
  return t.amount * paid * probability;
}

template <class Real> DOJIMA_FN Real unit_value(const k::barrier_trade& t, const k::const_matrix& state, std::int64_t s) {
  const option_state<Real> o = option_state_of<Real>(t.held, t.market, state, s);
  return barrier_value(t.contract, at<Real>(state, t.held.spot, s), exp(o.log_forward()), exp(o.log_discount), o.deviation);
}

template <class Real, class Trade> DOJIMA_FN void run(const k::revalue<Trade>& c, std::int64_t i, std::int64_t s) {
  const Trade& t = c.trades[i];
  put_value(t.held, c.state, c.cube, s, unit_value<Real>(t, c.state, s));
}

template <class Real> DOJIMA_FN void run(const k::revalue_american& c, std::int64_t i, std::int64_t s) {
  const k::vanilla_trade& t = c.base.trades[i];
  const double years = t.market.time;
  const Real rate = log_value<Real>(t.market.discount, c.base.state, s) * (-1.0 / years);
  const Real yield = log_value<Real>(t.market.carry, c.base.state, s) * (-1.0 / years);
  const Real unit = american_value(at<Real>(c.base.state, t.held.spot, s), Real(t.strike), rate, yield,
                                   volatility_of<Real>(t.market.volatility, c.base.state, s), years, t.sign, *c.scheme);
  put_value(t.held, c.base.state, c.base.cube, s, unit);
}

template <class Real> DOJIMA_FN void run(const k::brownian_paths& c, std::int64_t i, std::int64_t s) {
  const k::asian_trade& t = c.trades[i];
  double w = 0.0;
  double z[4] = {};
  for (int f = 0; f < t.fixings; ++f) {
    if (f % 4 == 0) normals_at(c.seed, t.stream, static_cast<std::uint64_t>(s), static_cast<std::uint32_t>(f / 4), z);
    const double next = f % 4 == 0 ? z[0] : f % 4 == 1 ? z[1] : f % 4 == 2 ? z[2] : z[3];
    w = fma(c.fixings[t.first + f].root_step, next, w);
    put(c.paths, t.first + f, s, w);
  }
}

/// Logarithm of the underlying's forward to a fixing.
template <class Real>
DOJIMA_FN Real log_forward(const k::asian_trade& t, const k::asian_fixing& f, const k::const_matrix& state, std::int64_t s) {
  return at<Real>(state, t.held.spot + 1, s) + log_value<Real>(f.carry, state, s) - log_value<Real>(f.discount, state, s);
}

template <class Real> DOJIMA_FN void run(const k::asian_drift& c, std::int64_t i, std::int64_t s) {
  const k::asian_fixing& f = c.fixings[i];
  const k::asian_trade& t = c.trades[f.trade];
  const Real sigma = volatility_of<Real>(t.market.volatility, c.state, s);
  const Real drift = log_forward<Real>(t, f, c.state, s) - sigma * sigma * (0.5 * f.time);
  put(c.drift, i, s, drift);
  put(c.level, i, s, exp(drift));
}

/// Quantity, discounting and currency: what turns a payoff into value in base currency.
template <class Real> DOJIMA_FN Real asian_unit(const k::asian_trade& t, const k::const_matrix& state, std::int64_t s) {
  return t.held.quantity * exp(log_value<Real>(t.market.discount, state, s)) * at<Real>(state, t.held.fx, s);
}

template <class Real> DOJIMA_FN Real mean_drift(const k::asian_trade& t, const k::const_matrix& drift, std::int64_t s) {
  Real sum = 0.0;
  for (int f = 0; f < t.fixings; ++f) sum = sum + at<Real>(drift, t.first + f, s);
  return sum * (1.0 / t.fixings);
}

template <class Real> DOJIMA_FN void run(const k::asian_base& c, std::int64_t i, std::int64_t s) {
  const k::asian_trade& t = c.trades[i];
  const double sigma = volatility_of<double>(t.market.volatility, c.state, 0);
  const double geometric = exp(mean_drift<double>(t, c.drift, 0));
  const Real residual = asian_pair_residual(
      t.fixings, Real(sigma), t.weight, t.strike, t.sign, Real(geometric),
      [&](int f) { return Real(at<double>(c.level, t.first + f, 0)); },
      [&](int f) { return at<Real>(c.paths, t.first + f, s); });
  put(c.residuals, i, s, asian_unit<double>(t, c.state, 0) * residual);
}

/// The past alone decides the exercise: the payoff is linear in the average of the forwards, or nothing.
template <class Real> DOJIMA_FN Real asian_decided(const k::revalue_asian& c, const k::asian_trade& t, std::int64_t s) {
  if (t.sign < 0) return Real(0.0);
  Real forwards = 0.0;
  for (int f = 0; f < t.fixings; ++f) forwards = forwards + exp(log_forward<Real>(t, c.fixings[t.first + f], c.state, s));
  return t.weight * (1.0 / t.fixings) * forwards - t.strike;
}

template <class Real> DOJIMA_FN void run(const k::revalue_asian& c, std::int64_t i, std::int64_t s) {
  const k::asian_trade& t = c.trades[i];
  const Real unit = asian_unit<Real>(t, c.state, s);
  if (t.strike <= 0.0) {
    put(c.cube, t.held.row, s, unit * asian_decided<Real>(c, t, s));
    put(c.variance, i, s, Real(0.0));
    return;
  }
  const Real sigma = volatility_of<Real>(t.market.volatility, c.state, s);
  const Real drift = mean_drift<Real>(t, c.drift, s);
  const Real geometric = exp(drift);
  const Real control = asian_geometric_value(drift, sigma * sqrt(t.geometric_variance), t.weight, t.strike, Real(1.0), t.sign);
  Real sum = 0.0, sum_change = 0.0, sum_squares = 0.0;
  for (std::int64_t p = 0; p < c.pairs; ++p) {
    const Real residual = unit * asian_pair_residual(
                                     t.fixings, sigma, t.weight, t.strike, t.sign, geometric,
                                     [&](int f) { return at<Real>(c.level, t.first + f, s); },
                                     [&](int f) { return at<double>(c.paths, t.first + f, p); });
    const Real change = residual - at<double>(c.residuals, i, p);
    sum = sum + residual;
    sum_change = sum_change + change;
    sum_squares = fma(change, change, sum_squares);
  }
  const double inverse = 1.0 / static_cast<double>(c.pairs);
  const Real mean_change = sum_change * inverse;
  put(c.cube, t.held.row, s, fma(unit, control, sum * inverse));
  put(c.variance, i, s, max(sum_squares * inverse - mean_change * mean_change, Real(0.0)) / static_cast<double>(c.pairs - 1));
}

template <class Real> DOJIMA_FN void run(const k::sum_tiles& c, std::int64_t i, std::int64_t s) {
  Real sum = 0.0;
  for (std::int32_t m = c.bounds[i]; m < c.bounds[i + 1]; ++m) {
    const std::int32_t row = c.members[m];
    sum = sum + (at<Real>(c.cube, row, s) - c.today[row]);
  }
  put(c.partial, i, s, sum);
}

template <class Real> DOJIMA_FN void run(const k::sum_groups& c, std::int64_t i, std::int64_t s) {
  Real sum = 0.0;
  for (std::int32_t tile = c.bounds[i]; tile < c.bounds[i + 1]; ++tile) sum = sum + at<Real>(c.partial, tile, s);
  put(c.sums, i, s, sum);
}

template <class Real> DOJIMA_FN void run(const k::fill_normals& c, std::int64_t i, std::int64_t s) {
  double z[4] = {};
  normals_at(c.seed, c.stream, static_cast<std::uint64_t>(c.first_path + s), static_cast<std::uint32_t>(i), z);
  DOJIMA_UNROLL
  for (int d = 0; d < 4; ++d) put(c.normals, 4 * i + d, s, z[d]);
}

template <class Real> DOJIMA_FN void run(const k::correlate& c, std::int64_t i, std::int64_t s) {
  Real sum = 0.0;
  for (std::int64_t g = 0; g <= i; ++g) sum = fma(c.cholesky[i * c.factors + g], at<Real>(c.normals, g, s), sum);
  if (c.degrees > 0) {
    Real chi2 = 0.0;
    for (std::int64_t d = 0; d < c.degrees; ++d) {
      const Real z = at<Real>(c.normals, c.factors + d, s);
      chi2 = fma(z, z, chi2);
    }
    sum = sum * sqrt((c.degrees - 2) / chi2);
  }
  put(c.shocks, i, s, sum);
}

/// Kernels that make random words work one column at a time on every backend.
template <class Kernel> inline constexpr bool scalar_columns = false;
template <> inline constexpr bool scalar_columns<k::brownian_paths> = true;
template <> inline constexpr bool scalar_columns<k::fill_normals> = true;

} // namespace DOJIMA_ISA
} // namespace dojima
