// One-touch and no-touch: cash if a barrier, one or two, was touched, paid at the touch or at the payment date, or if it was
// not. The same in the asset: at the touch it is the barrier in cash; at the payment date it is barrier.hpp about a forward of
// strike 0. Schedule 0: the dates of the window; 1: the date on which a window that is not open yet opens. Column 0 (at_hit
// only): the value at the payment date of one unit paid for a touch in the step that ends at the date.
#pragma once

#include "models/payoff/monitor.hpp"

namespace dojima::payoffs {

enum class touched { at_hit, at_end, never };

template <class Real, class Monitor> struct touch {
  struct terms {
    Real cash;
    typename Monitor::terms monitor;
  };
  Monitor monitor;
  Real cash, paid = 0.0;
  touched when;

  /// up: for monitors of one barrier.
  touch(const terms& of, touched w, auto... up) : monitor(of.monitor, up...), cash(of.cash), when(w) {}
  std::vector<Real*> state() { return when == touched::at_hit ? joined(monitor.state(), {&paid}) : monitor.state(); }
  template <class Observation> void observe(int schedule, const Observation& o) {
    const Real before = monitor.alive();
    if (schedule == 0) monitor.observe(o);
    else monitor.open(o);
    if (when == touched::at_hit) paid = paid + (before - monitor.alive()) * o.date(0);
  }
  Real value() const {
    if (when == touched::at_hit) return cash * paid;
    return cash * (when == touched::never ? monitor.alive() : 1.0 - monitor.alive());
  }
};

} // namespace dojima::payoffs
