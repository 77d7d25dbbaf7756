// A range accrual: amount (past + sum over the dates with lower <= S <= upper of the date's weight); past: the same sum over
// earlier dates. Schedule 0: the dates. Column 0: the weight, the part of the amount that accrues at the date, times the value
// at the payment date of one unit paid then.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct range_accrual {
  struct terms {
    Real lower, upper, amount, past;
  };
  terms t;
  Real accrued = 0.0;

  explicit range_accrual(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&accrued}; }
  template <class Observation> void observe(int, const Observation& o) {
    const Real spot = o.spot(0);
    accrued = accrued + select((spot >= t.lower) & (spot <= t.upper), o.date(0), Real(0.0));
  }
  Real value() const { return t.amount * (t.past + accrued); }
};

} // namespace dojima::payoffs
