// A digital option pays cash + units S if sign (S - strike) > 0, else nothing; sign +1 call, -1 put.
//
//   cash-or-nothing    cash, 0
//   asset-or-nothing   0, 1
//   gap                -sign X, sign: pays sign (S - X), which may be negative
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct digital {
  struct terms {
    Real strike, sign, cash, units;
  };
  terms t;
  Real spot = 0.0;

  explicit digital(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&spot}; }
  template <class Observation> void observe(int, const Observation& o) { spot = o.spot(0); }
  Real value() const { return select(t.sign * (spot - t.strike) > 0.0, fma(t.units, spot, t.cash), Real(0.0)); }
};

} // namespace dojima::payoffs
