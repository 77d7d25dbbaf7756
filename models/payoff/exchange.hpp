// An option to give quantity_1 of the second asset for quantity_0 of the first: max(quantity_0 S_0 - quantity_1 S_1, 0)
// (Margrabe 1978, J. Finance 33).
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real> struct exchange {
  struct terms {
    Real quantity_0, quantity_1;
  };
  terms t;
  Real first = 0.0, second = 0.0;

  explicit exchange(const terms& of) : t(of) {}
  std::vector<Real*> state() { return {&first, &second}; }
  template <class Observation> void observe(int, const Observation& o) {
    first = o.spot(0);
    second = o.spot(1);
  }
  Real value() const { return max(t.quantity_0 * first - t.quantity_1 * second, Real(0.0)); }
};

} // namespace dojima::payoffs
