// Swaps on realised variance, notional (annual (past + sum of ln(S / S')^2) - strike), and on volatility, notional (sqrt(annual
// (past + sum)) - strike). The mean is not subtracted. past: the sum over earlier returns; annual: fixings a year over the
// number of returns; last: the latest fixing, for a swap that has begun; strike: a variance, or a volatility. Schedule 0: the
// fixings that end a return; 1: the first fixing, for a swap that has not begun. A spot that is 0 has realised an infinite
// variance.
#pragma once

#include <limits>

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

enum class realised { variance, volatility };

template <class Real> struct variance_swap {
  struct terms {
    Real notional, strike, annual, past, last;
  };
  terms t;
  realised what;
  Real last, sum = 0.0;

  explicit variance_swap(const terms& of, realised r = realised::variance) : t(of), what(r), last(of.last) {}
  std::vector<Real*> state() { return {&last, &sum}; }
  template <class Observation> void observe(int schedule, const Observation& o) {
    const Real spot = positive_spot(o), move = log(spot / last);
    if (schedule == 0) sum = select(o.spot(0) > Real(0.0), fma(move, move, sum), Real(std::numeric_limits<double>::infinity()));
    last = spot;
  }
  Real value() const {
    const Real variance = t.annual * (t.past + sum);
    return t.notional * ((what == realised::variance ? variance : sqrt(variance)) - t.strike);
  }
};

} // namespace dojima::payoffs
