// Chooser options (Rubinstein 1991, Risk 4): at the choice date the holder takes a call or a put.
//
//   simple    of one strike and expiry. By parity the call is worth more where the forward is above the strike, in any model
//   with
//             known rates; growth: forward of the expiry over the spot at the choice date
//   complex   of two strikes and expiries, worth max(call, put) at the choice date by Black-Scholes, with growth, the discount
//   from
//             the choice date, and deviation = sigma sqrt(time from the choice date)
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

/// Schedule 0: the expiry; 1: the choice date.
template <class Real> struct simple_chooser {
  struct terms {
    Real strike, growth;
  };
  terms t;
  Real spot = 0.0, at_choice = 0.0;

  explicit simple_chooser(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&spot, &at_choice}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    (schedule == 0 ? spot : at_choice) = o.spot(0);
  }
  Real value() const {
    const Real sign = select(at_choice * t.growth > t.strike, Real(1.0), Real(-1.0));
    return max(sign * (spot - t.strike), Real(0.0));
  }
};

/// Schedule 0: the choice date, which is the payment date.
template <class Real> struct complex_chooser {
  struct terms {
    Real call_strike, call_growth, call_discount, call_deviation;
    Real put_strike, put_growth, put_discount, put_deviation;
  };
  terms t;
  Real spot = 0.0;

  explicit complex_chooser(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&spot}; }
  template <class Observation> void observe(int, const Observation& o) { spot = o.spot(0); }
  Real value() const {
    return max(t.call_discount * black(spot * t.call_growth, t.call_strike, t.call_deviation, Real(1.0)),
               t.put_discount * black(spot * t.put_growth, t.put_strike, t.put_deviation, Real(-1.0)));
  }
};

} // namespace dojima::payoffs
