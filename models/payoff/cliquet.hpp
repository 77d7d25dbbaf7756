// Cliquets, over periods from one reset S' to the next S. `last`: the spot of the latest reset, for a trade that has begun.
// Schedule 0: the ends of the periods; 1: the first reset, for a trade that has not begun.
//
//   cliquet   notional min(max(past + sum of min(max(S / S' - 1, local_floor), local_cap), global_floor), global_cap); no floor
//   is
//             -infinity, no cap infinity; past: the sum over earlier periods
//   ratchet   sum of max(sign (S - moneyness S'), 0), each paid at the end of its period, column 0: the value at the payment
//   date of
//             one unit paid then; sign +1 call, -1 put
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct cliquet {
  struct terms {
    Real notional, local_floor, local_cap, global_floor, global_cap, past, last;
  };
  terms t;
  Real last, sum = 0.0;

  explicit cliquet(const terms& of) : t(of), last(of.last) {}
  std::vector<Real*> state() { return {&last, &sum}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    const Real spot = positive_spot(o);
    if (schedule == 0) sum = sum + min(max(spot / last - 1.0, t.local_floor), t.local_cap);
    last = spot;
  }
  Real value() const { return t.notional * min(max(t.past + sum, t.global_floor), t.global_cap); }
};

template <class Real> struct ratchet {
  struct terms {
    Real moneyness, sign, last;
  };
  terms t;
  Real last, sum = 0.0;

  explicit ratchet(const terms& of) : t(of), last(of.last) {}
  std::vector<Real*> state() { return {&last, &sum}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    const Real spot = o.spot(0);
    if (schedule == 0) sum = sum + max(t.sign * (spot - t.moneyness * last), Real(0.0)) * o.date(0);
    last = spot;
  }
  Real value() const { return sum; }
};

} // namespace dojima::payoffs
