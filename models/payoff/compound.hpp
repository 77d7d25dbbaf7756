// An option on an option (Geske 1979, J. Financial Economics 7): max(sign (V - strike), 0), where V is the value at the first
// expiry, by Black-Scholes, of an inner option that ends later. inner_growth: its forward over the spot of the first expiry;
// inner_discount: from the first expiry; inner_deviation = sigma sqrt(time between the two). Signs +1 call, -1 put. Schedule 0:
// the first expiry, which is the payment date.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct compound {
  struct terms {
    Real strike, sign, inner_strike, inner_sign, inner_growth, inner_discount, inner_deviation;
  };
  terms t;
  Real spot = 0.0;

  explicit compound(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&spot}; }
  template <class Observation> void observe(int, const Observation& o) { spot = o.spot(0); }
  Real value() const {
    const Real inner = t.inner_discount * black(spot * t.inner_growth, t.inner_strike, t.inner_deviation, t.inner_sign);
    return max(t.sign * (inner - t.strike), Real(0.0));
  }
};

} // namespace dojima::payoffs
