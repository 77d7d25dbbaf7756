// The highest or lowest spot of the dates. Shifted, it stands for the extreme of continuous monitoring: each spot, also that
// before a jump or dividend, is moved by e^(+-beta sqrt(variance of the last step)), beta = -zeta(1/2) / sqrt(2 pi), which
// leaves an error o(1 / sqrt(dates)) (Broadie, Glasserman and Kou 1999, Finance and Stochastics 3). Shifted dates must be all
// steps of the simulation in the window.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

enum class monitoring { at_dates, shifted };

template <class Real> struct extreme {
  bool highest;
  monitoring how;
  Real seen;

  extreme(bool is_highest, monitoring h) : highest(is_highest), how(h), seen(is_highest ? 0.0 : infinity) {}
  template <class Observation> void observe(const Observation& o) {
    constexpr double beta = 0.5825971579390107;
    Real spot = o.spot(0);
    if (how == monitoring::shifted) {
      if (o.jumps()) spot = further(spot, o.spot_before(0));
      spot = spot * exp((highest ? beta : -beta) * sqrt(o.variance(0)));
    }
    seen = with(spot);
  }
  /// The extreme of what was seen and another value.
  Real with(Real other) const { return further(seen, other); }

private:
  Real further(Real a, Real b) const { return highest ? max(a, b) : min(a, b); }
};

} // namespace dojima::payoffs
