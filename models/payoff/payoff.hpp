// What a payoff is: a small class over Real that says how the observations of a path change its state, and what the state is
// worth at the end. With Real = path_value it is followed once, on the host, and becomes a program for every path
// (src/pricing/tape.hpp); with Real = double it runs on one path.
//
//   terms             the numbers of the trade, which may differ from scenario to scenario: Reals only, filled as an array.
//   What
//                     decides the form instead (up or down, how many assets) are arguments of the constructor
//   state()           what it carries along a path; each starts with one of the terms or a constant
//   observe(k, o)     at the dates of its schedule k: o.spot(asset); o.spot_before(asset), before the jump or dividend at the
//                     end of the step, the spot itself where o.jumps() is false; o.variance(asset), of ln S over the last step
//                     up to there, given its ends; o.date(column), a number of the date
//   value()           per unit, at the payment date of the trade, from terms and state. Payments before are carried there by a
//                     column of the dates: the value at the payment date of one unit paid at the date
//
// Trades with the same schedules share the states whose updates are equal, so strikes, barriers and past fixings stay out of
// observe() where they can. Schedules and columns are counted from 0 in the header of each payoff; without a word, schedule 0
// is the expiry.
#pragma once

#include <array>
#include <vector>

#include "models/real.hpp"

namespace dojima::payoffs {

template <class Payoff, class Observation>
concept payoff_form = requires(Payoff& p, const Payoff& finished, const typename Payoff::terms& t, const Observation& o) {
  p.state().push_back(p.state().front());
  p.observe(0, o);
  finished.value();
};

/// Most assets of one trade.
inline constexpr int max_assets = 64;
/// A number for each asset; those beyond the trade's assets are not looked at.
template <class Real> using per_asset = std::array<Real, max_assets>;

/// A spot whose logarithm exists: cash dividends may take it to zero.
template <class Real> Real positive(Real spot) { return max(spot, Real(1e-300)); }
template <class Observation> auto positive_spot(const Observation& o, int asset = 0) { return positive(o.spot(asset)); }

template <class Real> std::vector<Real*> joined(std::vector<Real*> a, const std::vector<Real*>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Undiscounted value of an option on a lognormal forward (Black 1976); deviation = sigma sqrt(T) > 0, sign +1 call, -1 put.
template <class Real> Real black(Real forward, Real strike, Real deviation, Real sign) {
  const Real d1 = log(max(forward / strike, Real(1e-300))) / deviation + 0.5 * deviation;
  return sign * (forward * norm_cdf(sign * d1) - strike * norm_cdf(sign * (d1 - deviation)));
}

} // namespace dojima::payoffs
