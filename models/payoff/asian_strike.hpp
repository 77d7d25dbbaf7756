// An option whose strike is the average A of the fixings: max(sign (S - A), 0); sign +1 call, -1 put.
// Schedule 0: the expiry; 1: the fixings to come. past, inverse_count: see average.hpp.
#pragma once

#include "models/payoff/average.hpp"

namespace dojima::payoffs {

template <class Real> struct asian_strike {
  struct terms {
    Real sign, past, inverse_count;
  };
  terms t;
  average<Real> fixings;
  Real spot = 0.0;

  explicit asian_strike(const terms& of, mean kind = mean::arithmetic) : t(of), fixings(kind) {}
  std::vector<Real*> state() { return {&fixings.sum, &spot}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    if (schedule == 0) spot = o.spot(0);
    else fixings.observe(o);
  }
  Real value() const { return max(t.sign * (spot - fixings.value(t.past, t.inverse_count)), Real(0.0)); }
};

} // namespace dojima::payoffs
