// A spread option: max(sign (S_0 - S_1 - strike), 0); sign +1 call, -1 put (Kirk 1995).
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct spread {
  struct terms {
    Real strike, sign;
  };
  terms t;
  Real first = 0.0, second = 0.0;

  explicit spread(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&first, &second}; }
  template <class Observation> void observe(int, const Observation& o) {
    first = o.spot(0);
    second = o.spot(1);
  }
  Real value() const { return max(t.sign * (first - second - t.strike), Real(0.0)); }
};

} // namespace dojima::payoffs
