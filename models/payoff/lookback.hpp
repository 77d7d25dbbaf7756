// Lookback options on the extreme M of the dates and of `past`, the extreme before them (0 for none of a maximum, infinity for
// none of a minimum):
//
//   floating strike   call max(S - scale min, 0)      put max(scale max - S, 0)
//   fixed strike      call max(max - strike, 0)       put max(strike - min, 0)
//
// (Goldman, Sosin and Gatto 1979, J. Finance 34; Conze and Viswanathan 1991, J. Finance 46). scale is 1 but for fractional
// lookbacks; partial windows are schedules. Continuous monitoring is approximated: see extreme.hpp.
#pragma once

#include "models/payoff/extreme.hpp"

namespace dojima::payoffs {

/// Schedule 0: the expiry; 1: the dates of the extreme.
template <class Real> struct floating_lookback {
  struct terms {
    Real past, scale;
  };
  terms t;
  double sign;
  extreme<Real> dates;
  Real spot = 0.0;

  floating_lookback(const terms& of, bool call, monitoring how = monitoring::at_dates)
      : t(of), sign(call ? 1.0 : -1.0), dates(!call, how) {}
  std::vector<Real*> state() { return {&dates.seen, &spot}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    if (schedule == 0) spot = o.spot(0);
    else dates.observe(o);
  }
  Real value() const { return max(sign * (spot - t.scale * dates.with(t.past)), Real(0.0)); }
};

/// Schedule 0: the dates of the extreme.
template <class Real> struct fixed_lookback {
  struct terms {
    Real strike, past;
  };
  terms t;
  double sign;
  extreme<Real> dates;

  fixed_lookback(const terms& of, bool call, monitoring how = monitoring::at_dates)
      : t(of), sign(call ? 1.0 : -1.0), dates(call, how) {}
  std::vector<Real*> state() { return {&dates.seen}; }
  template <class Observation> void observe(int, const Observation& o) { dates.observe(o); }
  Real value() const { return max(sign * (dates.with(t.past) - t.strike), Real(0.0)); }
};

} // namespace dojima::payoffs
