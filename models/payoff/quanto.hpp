// A payoff in the currency of its asset that is paid in another one at the fixed rate fx, currency of payment per unit of the
// asset's. The drift of the asset under the measure of payment is the process' matter. Schedules and columns are those of
// Inner.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

template <class Real, class Inner> struct quanto {
  struct terms {
    typename Inner::terms inner;
    Real fx;
  };
  Inner inner;
  Real fx;

  /// form: what the constructor of Inner takes beside its terms.
  explicit quanto(const terms& of, auto... form) : inner(of.inner, form...), fx(of.fx) {}
  std::vector<Real*> state() { return inner.state(); }
  template <class Observation> void observe(int schedule, const Observation& o) { inner.observe(schedule, o); }
  Real value() const { return fx * inner.value(); }
};

} // namespace dojima::payoffs
