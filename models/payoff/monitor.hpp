// How a barrier is watched: whether, or with which probability, a path stays inside. A monitor has terms, state() and
//
//   observe(o)   at a date of the window. Continuous monitors need every step of the simulation in the window
//   open(o)      at the date on which a window that begins later opens; discrete monitors see their dates only
//   alive()      the probability of no touch so far, given the spots at the dates
//
// Between two dates ln S is a Brownian bridge with the variance v of the step, so a path at distances a and b from a barrier
// has touched it with probability exp(-2 a b / v) (Beaglehole, Dybvig and Zhou 1997, Financial Analysts J. 53; Glasserman 2004,
// Monte Carlo Methods in Financial Engineering, 6.4). The bridge ends before the jump or dividend at the end of a step, after
// which the spot is looked at once more. This is exact where drift and variance are proportional within a step, and as good as
// the step where they are not or the volatility depends on the state.
#pragma once

#include "models/payoff/extreme.hpp"

namespace dojima::payoffs {

/// One barrier at dates; touching it counts.
template <class Real> struct date_monitor {
  struct terms {
    Real barrier;
  };
  terms t;
  extreme<Real> dates;

  date_monitor(const terms& of, bool up) : t(of), dates(up, monitoring::at_dates) {}
  std::vector<Real*> state() { return {&dates.seen}; }
  template <class Observation> void open(const Observation&) {}
  template <class Observation> void observe(const Observation& o) { dates.observe(o); }
  Real alive() const { return select(dates.highest ? dates.seen < t.barrier : dates.seen > t.barrier, Real(1.0), Real(0.0)); }
};

/// Two barriers at dates.
template <class Real> struct double_date_monitor {
  struct terms {
    Real lower, upper;
  };
  terms t;
  extreme<Real> low, high;

  explicit double_date_monitor(const terms& of) : t(of), low(false, monitoring::at_dates), high(true, monitoring::at_dates) {}
  std::vector<Real*> state() { return {&low.seen, &high.seen}; }
  template <class Observation> void open(const Observation&) {}
  template <class Observation> void observe(const Observation& o) {
    low.observe(o);
    high.observe(o);
  }
  Real alive() const { return select((low.seen > t.lower) & (high.seen < t.upper), Real(1.0), Real(0.0)); }
};

/// One barrier at all times. distance: |ln(barrier / spot)| at the valuation date, for a window that is open then.
template <class Real> struct bridge_monitor {
  struct terms {
    Real barrier, distance;
  };
  terms t;
  bool up;
  Real distance, survival = 1.0;

  bridge_monitor(const terms& of, bool is_up) : t(of), up(is_up), distance(of.distance) {}
  std::vector<Real*> state() { return {&distance, &survival}; }
  template <class Observation> void open(const Observation& o) {
    distance = distance_of(positive_spot(o));
    survival = select(distance > 0.0, Real(1.0), Real(0.0));
  }
  template <class Observation> void observe(const Observation& o) {
    const Real next = distance_of(positive(o.spot_before(0)));
    survival = survival * (1.0 - exp(-2.0 * distance * next / max(o.variance(0), Real(1e-300))));
    distance = distance_of(positive_spot(o));
    if (o.jumps()) survival = select(distance > 0.0, survival, Real(0.0));
  }
  Real alive() const { return survival; }

private:
  Real distance_of(Real spot) const { return max(log(up ? t.barrier / spot : spot / t.barrier), Real(0.0)); }
};

/// Two barriers at all times. width = ln(upper / lower); height = ln(spot / lower) at the valuation date, for a window that is
/// open then. From height a to b the bridge stays inside with probability
///   sum over k of exp(-2 k w (k w + a - b) / v) - exp(-2 (a + k w) (b + k w) / v)
/// (Borodin and Salminen 2002, Handbook of Brownian Motion, 1.15.8); the images beyond the second are below 2 exp(-8 w^2 / v).
template <class Real> struct double_bridge_monitor {
  struct terms {
    Real lower, width, height;
  };
  terms t;
  Real height, survival = 1.0;

  explicit double_bridge_monitor(const terms& of) : t(of), height(of.height) {}
  std::vector<Real*> state() { return {&height, &survival}; }
  template <class Observation> void open(const Observation& o) {
    height = height_of(positive_spot(o));
    survival = select((height > 0.0) & (height < t.width), Real(1.0), Real(0.0));
  }
  template <class Observation> void observe(const Observation& o) {
    const Real a = height, b = height_of(positive(o.spot_before(0))), w = t.width;
    const Real scale = -2.0 / max(o.variance(0), Real(1e-300));
    Real stays = 1.0;
    for (const double k : {-2.0, -1.0, 1.0, 2.0}) stays = stays + exp(scale * (k * w) * (k * w + a - b));
    for (const double k : {-2.0, -1.0, 0.0, 1.0}) stays = stays - exp(scale * (a + k * w) * (b + k * w));
    survival = select(min(min(a, b), w - max(a, b)) > 0.0, survival * max(stays, Real(0.0)), Real(0.0));
    height = height_of(positive_spot(o));
    if (o.jumps()) survival = select((height > 0.0) & (height < w), survival, Real(0.0));
  }
  Real alive() const { return survival; }

private:
  Real height_of(Real spot) const { return min(max(log(spot / t.lower), Real(0.0)), t.width); }
};

} // namespace dojima::payoffs
