// European options with one continuously monitored barrier: Reiner and Rubinstein (1991), in the notation of Haug (1998),
// "Option Pricing Formulas", section 2.10. A knock-out's rebate is paid at hit, a knock-in's at expiry.
//   out = a A + b B + c C + d D + rebate at hit (F);   in = A - (a A + b B + c C + d D) + rebate at expiry (E)
#pragma once

#include "models/real.hpp"

namespace dojima {

/// Uniform over scenarios: what kind of contract it is, and which of Haug's terms A..D its knock-out value sums.
struct barrier_contract {
  double sign; ///< phi: +1 call, -1 put
  double eta;  ///< +1 down, -1 up
  bool knock_in;
  double term[4]; ///< a, b, c, d
  double strike, barrier, rebate;
};

inline namespace DOJIMA_ISA {

/// The terms of the knock-out value (Haug 1998, p. 70): they depend on the side, the option type and on strike > barrier.
inline barrier_contract make_barrier_contract(double sign, bool up, bool knock_in, double strike, double barrier,
                                              double rebate) {
  barrier_contract c{sign, up ? -1.0 : 1.0, knock_in, {0, 0, 0, 0}, strike, barrier, rebate};
  const bool regular = (sign > 0) != up;             // down call, up put: knocked out while out of the money
  const bool far = (strike > barrier) == (sign > 0); // the payoff starts beyond the barrier, seen from the barrier
  constexpr double regular_far[4] = {1, 0, -1, 0};
  constexpr double regular_near[4] = {0, 1, 0, -1};
  constexpr double reverse_near[4] = {1, -1, 1, -1};
  constexpr double nothing[4] = {0, 0, 0, 0};
  const double* terms = regular ? (far ? regular_far : regular_near) : (far ? nothing : reverse_near);
  for (int i = 0; i < 4; ++i) c.term[i] = terms[i];
  return c;
}

/// mu^2 + 2 r / sigma^2: a rebate at hit has a real closed form where this is not negative; rates below zero can break it.
template <class Real> DOJIMA_FN Real rebate_discriminant(Real mu, Real log_discount, Real variance) {
  return mu * mu - 2.0 * log_discount / variance;
}

/// e^power Phi(x), also where e^power overflows and Phi(x) underflows.
template <class Real> DOJIMA_FN Real scaled_cdf(Real power, Real x) {
  const Real tail = inv_sqrt_2pi * exp(power - 0.5 * x * x) * mills_ratio(min(abs(x), Real(40.0)));
  return select(x > 0.0, exp(power) - tail, tail);
}

/// Value for one unit. spot, forward: price units; discount: factor to expiry; deviation = sigma sqrt(T) > 0.
/// A spot at or beyond the barrier has hit it. Rebates at hit need mu^2 + 2 r / sigma^2 >= 0: see
/// `rebate_discriminant`; where a scenario breaks it, it is floored at 0.
template <class Real>
DOJIMA_FN Real barrier_value(const barrier_contract& c, Real spot, Real forward, Real discount, Real deviation) {
  const Real variance = deviation * deviation;
  const Real log_discount = log(discount);
  const Real drift = log(forward / spot); // b T
  const Real mu = (drift - 0.5 * variance) / variance;
  const Real log_hs = log(c.barrier / spot);
  const Real log_sk = log(spot / c.strike);
  const Real shift = (1.0 + mu) * deviation;
  const Real power_2mu = 2.0 * mu * log_hs; // ln (H/S)^(2 mu)
  const Real power_2mu2 = 2.0 * (mu + 1.0) * log_hs;
  const Real asset = forward * discount;
  const Real x1 = log_sk / deviation + shift;
  const Real x2 = shift - log_hs / deviation;
  const Real y1 = (2.0 * log_hs + log_sk) / deviation + shift;
  const Real y2 = log_hs / deviation + shift;
  const Real cash = c.strike * discount;
  auto direct = [&](const Real& x) { // A and B
    return c.sign * (asset * norm_cdf(c.sign * x) - cash * norm_cdf(c.sign * (x - deviation)));
  };
  auto reflected = [&](const Real& y) { // C and D
    return c.sign * (asset * scaled_cdf(power_2mu2, c.eta * y) - cash * scaled_cdf(power_2mu, c.eta * (y - deviation)));
  };
  Real out = 0.0;
  if (c.term[1] != 0) out = out + c.term[1] * direct(x2);
  if (c.term[2] != 0) out = out + c.term[2] * reflected(y1);
  if (c.term[3] != 0) out = out + c.term[3] * reflected(y2);
  Real vanilla = 0.0;
  if (c.term[0] != 0 || c.knock_in) vanilla = direct(x1);
  if (c.term[0] != 0) out = out + c.term[0] * vanilla;
  // Bounds that hold for the exact value and that cancellation between the terms can break by rounding.
  const auto hit = c.eta * (spot - c.barrier) <= 0.0;
  if (c.knock_in) {
    Real in = max(vanilla - out, Real(0.0));
    if (c.rebate != 0) {
      const Real e = norm_cdf(c.eta * (x2 - deviation)) - scaled_cdf(power_2mu, c.eta * (y2 - deviation));
      in = in + c.rebate * discount * e;
    }
    return select(hit, vanilla, in);
  }
  out = max(out, Real(0.0));
  if (c.rebate != 0) {
    const Real lambda = sqrt(max(rebate_discriminant(mu, log_discount, variance), Real(0.0)));
    const Real z = log_hs / deviation + lambda * deviation;
    const Real f = scaled_cdf((mu + lambda) * log_hs, c.eta * z) +
                   scaled_cdf((mu - lambda) * log_hs, c.eta * (z - 2.0 * lambda * deviation));
    out = out + c.rebate * f;
  }
  return select(hit, Real(c.rebate), out);
}

} // namespace DOJIMA_ISA
} // namespace dojima
