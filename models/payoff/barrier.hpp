// A payoff that ends (out) or begins (in) at the first touch of a barrier, one or two, watched as the Monitor does
// (monitor.hpp). Inner: the payoff, such as vanilla, digital, forward or asian_price.
//
//   out          alive X + (1 - alive) rebate, the rebate at the payment date
//   out_at_hit   alive X + rebate paid at the touch
//   in           (1 - alive) X + alive rebate
//
// Schedule 0: that of Inner; 1: the dates of the window; 2: the date on which a window that is not open yet opens.
// Column 0 (out_at_hit only): the value at the payment date of one unit paid for a touch in the step that ends at the date.
#pragma once

#include "models/payoff/monitor.hpp"

namespace dojima::payoffs {

enum class knock { out, out_at_hit, in };

template <class Real, class Inner, class Monitor> struct barrier {
  struct terms {
    typename Inner::terms inner;
    typename Monitor::terms monitor;
    Real rebate;
  };
  Inner inner;
  Monitor monitor;
  Real rebate, paid = 0.0; // paid: for a rebate of 1
  knock how;

  /// up: for monitors of one barrier.
  barrier(const terms& of, knock k, auto... up) : inner(of.inner), monitor(of.monitor, up...), rebate(of.rebate), how(k) {}
  std::vector<Real*> state() {
    const auto both = joined(inner.state(), monitor.state());
    return how == knock::out_at_hit ? joined(both, {&paid}) : both;
  }
  template <class Observation> void observe(int schedule, const Observation& o) {
    if (schedule == 0) return inner.observe(0, o);
    const Real before = monitor.alive();
    if (schedule == 1) monitor.observe(o);
    else monitor.open(o);
    if (how == knock::out_at_hit) paid = paid + (before - monitor.alive()) * o.date(0);
  }
  Real value() const {
    const Real alive = monitor.alive();
    switch (how) {
    case knock::in: return (1.0 - alive) * inner.value() + alive * rebate;
    case knock::out: return alive * inner.value() + (1.0 - alive) * rebate;
    default: return alive * inner.value() + paid * rebate;
    }
  }
};

} // namespace dojima::payoffs
