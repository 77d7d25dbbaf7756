// An autocallable note on the worst performance P = min_i S_i / reference_i of its assets. At each observation it pays the
// coupon if P
// >= coupon_barrier, with memory also those missed since the last one, and ends with its notional if P >= call_level;
// coupon_barrier = call_level with memory is the note that pays all coupons when called. If it is not called, it pays at
// maturity
//
//   notional (P, at most 1, if P < protection, else 1)
//
// where the protection looks at P at maturity, or at the lowest P of its dates. coupon, levels: parts of the notional and of
// the reference; missed: coupons missed so far; lowest: the lowest P of earlier protection dates (infinity for none). Schedule
// 0: the observations, maturity among them; 1: maturity; 2: the dates of an observed protection, maturity among them. Column 0:
// the value at the payment date of one unit paid for the observation.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

enum class protection { at_maturity, observed };

template <class Real> struct autocallable {
  struct terms {
    Real notional, coupon, coupon_barrier, call_level, protection, missed, lowest;
    per_asset<Real> inverse_reference;
  };
  terms t;
  int assets;
  bool memory;
  payoffs::protection guard;
  Real active = 1.0, paid = 0.0, missed, performance = 0.0, lowest; // paid: per unit of notional

  autocallable(const terms& of, int count, bool has_memory, payoffs::protection p)
      : t(of), assets(count), memory(has_memory), guard(p), missed(of.missed), lowest(of.lowest) {}
  std::vector<Real*> state() {
    std::vector<Real*> all{&active, &paid, &performance};
    if (memory) all.push_back(&missed);
    if (guard == payoffs::protection::observed) all.push_back(&lowest);
    return all;
  }
  template <class Observation> void observe(int schedule, const Observation& o) {
    Real worst = o.spot(0) * t.inverse_reference[0];
    for (int i = 1; i < assets; ++i) worst = min(worst, o.spot(i) * t.inverse_reference[static_cast<std::size_t>(i)]);
    if (schedule == 1) performance = worst;
    else if (schedule == 2) lowest = min(lowest, worst);
    else {
      const auto pays = worst >= t.coupon_barrier, called = worst >= t.call_level;
      const Real coupon = select(pays, memory ? t.coupon * (1.0 + missed) : t.coupon, Real(0.0));
      paid = paid + active * (coupon + select(called, Real(1.0), Real(0.0))) * o.date(0);
      active = select(called, Real(0.0), active);
      if (memory) missed = select(pays, Real(0.0), missed + 1.0);
    }
  }
  Real value() const {
    const Real guarded = guard == payoffs::protection::observed ? lowest : performance;
    return t.notional * (paid + active * select(guarded >= t.protection, Real(1.0), min(performance, Real(1.0))));
  }
};

} // namespace dojima::payoffs
