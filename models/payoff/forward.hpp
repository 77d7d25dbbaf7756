// A forward: S - strike; with strike 0 the asset itself.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct forward {
  struct terms {
    Real strike;
  };
  terms t;
  Real spot = 0.0;

  explicit forward(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&spot}; }
  template <class Observation> void observe(int, const Observation& o) { spot = o.spot(0); }
  Real value() const { return spot - t.strike; }
};

} // namespace dojima::payoffs
