// An option on the average A of the fixings: max(sign (A - strike), 0); sign +1 call, -1 put. The geometric one, whose value
// under Black-Scholes is known, is the control of the arithmetic one (Kemna and Vorst 1990, J. Banking and Finance 14).
// Schedule 0: the fixings to come. past, inverse_count: see average.hpp.
#pragma once

#include "models/payoff/average.hpp"

namespace dojima::payoffs {

template <class Real> struct asian_price {
  struct terms {
    Real strike, sign, past, inverse_count;
  };
  terms t;
  average<Real> fixings;

  explicit asian_price(const terms& of, mean kind = mean::arithmetic) : t(of), fixings(kind) {}
  std::vector<Real*> state() { return {&fixings.sum}; }
  template <class Observation> void observe(int, const Observation& o) { fixings.observe(o); }
  Real value() const { return max(t.sign * (fixings.value(t.past, t.inverse_count) - t.strike), Real(0.0)); }
};

} // namespace dojima::payoffs
