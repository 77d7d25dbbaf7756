// An option on several assets: max(sign (B - strike), 0); sign +1 call, -1 put. B is the sum, the largest or the smallest of
// weight_i S_i (Stulz 1982, J. Financial Economics 10; Johnson 1987, J. Financial and Quantitative Analysis 22). The best of
// the assets and cash is the cash and a call on the best struck there. The weights stay out of the observations, so that all
// baskets on the same assets are one class.
#pragma once

#include "models/payoff/payoff.hpp"

namespace dojima::payoffs {

enum class blend { sum, best, worst };

template <class Real> struct basket {
  struct terms {
    Real strike, sign;
    per_asset<Real> weights;
  };
  terms t;
  blend how;
  std::vector<Real> spots;

  basket(const terms& of, int assets, blend b) : t(of), how(b), spots(static_cast<std::size_t>(assets), Real(0.0)) {}
  std::vector<Real*> state() {
    std::vector<Real*> all;
    for (Real& s : spots) all.push_back(&s);
    return all;
  }
  template <class Observation> void observe(int, const Observation& o) {
    for (std::size_t i = 0; i < spots.size(); ++i) spots[i] = o.spot(static_cast<int>(i));
  }
  Real value() const {
    Real level = t.weights[0] * spots[0];
    for (std::size_t i = 1; i < spots.size(); ++i) {
      const Real one = t.weights[i] * spots[i];
      level = how == blend::sum ? level + one : how == blend::best ? max(level, one) : min(level, one);
    }
    return max(t.sign * (level - t.strike), Real(0.0));
  }
};

} // namespace dojima::payoffs
