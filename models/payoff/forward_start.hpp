// A forward-start option, whose strike is moneyness S', the spot of the start (Rubinstein 1991, Risk 4): absolute, max(sign (S
// - moneyness S'), 0), or of the performance, max(sign (S / S' - moneyness), 0); sign +1 call, -1 put. Schedule 0: the expiry;
// 1: the start, unless it has passed with the spot `start`.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct forward_start {
  struct terms {
    Real moneyness, sign, start;
  };
  terms t;
  bool performance;
  Real start, spot = 0.0;

  forward_start(const terms& of, bool of_performance) : t(of), performance(of_performance), start(of.start) {}
  std::vector<Real*> state() { return {&start, &spot}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    if (schedule == 0) spot = o.spot(0);
    else start = positive_spot(o);
  }
  Real value() const {
    const Real gain = performance ? spot / start - t.moneyness : spot - t.moneyness * start;
    return max(t.sign * gain, Real(0.0));
  }
};

} // namespace dojima::payoffs
