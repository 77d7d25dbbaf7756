// The mean of the fixings: arithmetic, sum of S / n, or geometric, exp(sum of ln S / n). past: the sum over earlier fixings, of
// S or of ln S; inverse_count: 1 / (number of all fixings).
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

enum class mean { arithmetic, geometric };

template <class Real> struct average {
  mean kind;
  Real sum = 0.0;

  explicit average(mean of) : kind(of) {}
  template <class Observation> void observe(const Observation& o) {
    sum = sum + (kind == mean::geometric ? log(positive_spot(o)) : o.spot(0));
  }
  Real value(Real past, Real inverse_count) const {
    const Real m = (past + sum) * inverse_count;
    return kind == mean::geometric ? exp(m) : m;
  }
};

} // namespace dojima::payoffs
