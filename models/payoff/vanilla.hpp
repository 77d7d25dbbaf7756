// A European option: max(sign (S - strike), 0), where sign is +1 for a call and -1 for a put.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct vanilla {
  struct terms {
    Real strike, sign;
  };
  terms t;
  Real spot = 0.0;

  explicit vanilla(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&spot}; }
  template <class Observation> void observe(int, const Observation& o) { spot = o.spot(0); }
  Real value() const { return max(t.sign * (spot - t.strike), Real(0.0)); }
};

} // namespace dojima::payoffs
