// Heston's stochastic volatility (1993, Rev. Financial Studies 6):
//
//   dS / S = mu dt + sqrt(v) dW,  dv = kappa (theta - v) dt + sigma sqrt(v) dZ,  d<W, Z> = rho dt,
//
// by the quadratic-exponential scheme with martingale correction of Andersen (2008, J. Computational Finance 11): the variance
// at the end of a step has the exact conditional mean and variance, taken from a squared normal where its law is close to one
// and from a mass at 0 with an exponential tail elsewhere; ln S follows from the integral of v, approximated by the mean of its
// two ends. Equation numbers are those of the paper.
//
// S / F is a martingale whatever the step. Where v is often near 0 (2 kappa theta = sigma^2 / 25, ten years) European options
// show no error beside 0.04% of the spot at steps of 1/8, and 0.1% at 1/2. No cash dividends.
#pragma once

#include "models/process/draws.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// (ln(1 + s) - s) / s^2 for |s| <= 1/31; the logarithm has an absolute error below 3e-17.
DOJIMA_COEFFICIENTS log_near_one_coefficients[] = {-0.1252703805716997, 0.14309445939564447,  -0.1666664149310367,
                                                   0.1999998425743693,  -0.25000000009138346, 0.3333333333647517,
                                                   -0.4999999999999902};
template <class Real> DOJIMA_FN Real log_near_one(const Real& s) {
  return fma(s * s, polynomial(log_near_one_coefficients, s), s);
}
/// Absolute error below 1e-8.
template <single_precision Real> DOJIMA_FN Real log_near_one(const Real& s) {
  return fma(s * s, fma(fma(Real(-0.25), s, 0.33333333), s, -0.5), s);
}
/// x / (1 - y) for |y| <= 1/32, in double precision by the product (1 + y) (1 + y^2) (1 + y^4) (1 + y^8).
template <class Real> DOJIMA_FN Real over_near_one(Real x, Real y) {
  DOJIMA_UNROLL
  for (int i = 0; i < 4; ++i, y = y * y) x = fma(x, y, x);
  return x;
}
template <single_precision Real> DOJIMA_FN Real over_near_one(Real x, Real y) { return x / (1.0 - y); }

/// -ln x for positive normal x.
template <class Real> DOJIMA_FN Real minus_log(const Real& x) { return 0.5 * minus_two_log(x); }
template <single_precision Real> DOJIMA_FN Real minus_log(const Real& x) { return scaled_log(-1.0, x); }

/// -ln Phi(-z), an exponential number from a normal one, for z above -0.85, and less than at -0.85 below; in t, which is -1
/// there and 1 at z = 6.8. Error below 5e-10 (1 + value) up to 6.8, 0.03 at 10.
DOJIMA_COEFFICIENTS exponential_coefficients[] = {
    -0.0002889230894044409, 0.0008222351920515514, 0.00018119028136151836, -0.0023372063365053614, 0.002107526013936417,
    -0.0010437157071432523, 0.002057668425987642,  -0.0011643465972268395, -0.005772050395070094,  0.020379745486011555,
    -0.047352594617567086,  0.09444678680109286,   -0.17189655949429974,   0.29798457520130517,    6.793351005871751,
    12.46901232164141,      6.525939122517736};
template <class Real> DOJIMA_FN Real exponential_of_normal(const Real& z) {
  return polynomial(exponential_coefficients, fma(Real(0.26143790849673204), z, Real(-0.7777777777777779)));
}
/// Error below 1e-6 (1 + value) up to 6.8, 0.2 at 9.
template <single_precision Real> DOJIMA_FN Real exponential_of_normal(const Real& z) {
  const Real t = max(fma(Real(0.26143790849673204), z, -0.7777777777777779), Real(-1.0));
  Real p = 0.00951653911;
  p = fma(p, t, -0.008564896155);
  p = fma(p, t, -0.01653565995);
  p = fma(p, t, 0.02740962245);
  p = fma(p, t, -0.04008147442);
  p = fma(p, t, 0.09198852285);
  p = fma(p, t, -0.1740878474);
  p = fma(p, t, 0.2982657262);
  p = fma(p, t, 6.793586313);
  p = fma(p, t, 12.46900875);
  return fma(p, t, 6.525935214);
}

template <class Real> struct heston {
  static constexpr int states = 2, normals = 2, observables = 2; // ln S, v
  static constexpr int correlated = 1;
  static constexpr bool polar = true;
  static constexpr double largest_step = 1.0 / 32;
  /// The first term of the martingale correction, A E v(t + h) with A = k2 + k3 / 2 of section 4.3, stands in growth and k1.
  template <class T> struct step {
    T growth;          ///< of the forward, less A mean
    T decay, mean;     ///< E v(t + h) = mean + decay v(t)
    T spread, floor;   ///< Var v(t + h) / 2 = floor + spread v(t)
    T k1, k2, k3;      ///< equation 33, gamma1 = gamma2 = 1/2, k4 = k3; k1 less that of the correction and A decay
    T reach, exponent; ///< bound of |A| Var / E; A
    T length, rho;
  };

#ifndef __CUDACC_RTC__
  static prepared<heston> prepare(const heston_model& m, double spot, std::span<const grid_step> grid) {
    prepared<heston> p{{std::log(spot), m.v0}, {}, {}};
    for (const grid_step& g : grid) {
      const double h = g.end - g.start, decay = std::exp(-m.kappa * h);
      // (1 - e^(-kappa h)) / kappa, also for kappa = 0
      const double part = m.kappa == 0.0 ? h : -std::expm1(-m.kappa * h) / m.kappa;
      const double slope = m.kappa * m.rho / m.sigma - 0.5, ratio = m.rho / m.sigma, rest = 0.5 * h * (1 - m.rho * m.rho);
      step<double> c;
      c.decay = decay;
      c.mean = std::max(m.theta * m.kappa * part, 1e-15); // positive, so that nothing is divided by 0
      c.spread = 0.5 * m.sigma * m.sigma * decay * part;
      c.floor = std::max(0.25 * m.theta * m.kappa * m.sigma * m.sigma * part * part, 1e-30);
      c.k2 = 0.5 * h * slope + ratio;
      c.k3 = rest;
      c.exponent = c.k2 + 0.5 * rest;
      c.k1 = -0.5 * rest - c.exponent * decay;
      c.growth = g.growth - c.exponent * c.mean;
      c.reach = std::abs(c.exponent) * m.sigma * m.sigma * part;
      c.length = h;
      c.rho = m.rho;
      p.steps.push_back(c);
    }
    return p;
  }
#endif

  template <class T> static DOJIMA_FN T rho(const step<T>& c) { return c.rho; }

  template <class T>
  static DOJIMA_FN void advance(Real (&x)[states], const step<T>& c, const draws<Real, normals, polar>& d, const T*) {
    const Real v = x[1];
    const Real m = fma(Real(c.decay), v, Real(c.mean));
    const Real half_psi = fma(Real(c.spread), v, Real(c.floor)) / (m * m);
    const auto is_quadratic = half_psi <= Real(0.75);
    // Quadratic branch: equations 23, 27, 28 with a b^2 = m r and a = m w / 2, where r^2 = 1 - psi / 2 and r + w / 2 = 1.
    const Real r = root_of_positive(1.0 - half_psi);
    const Real rest = 1.0 - r, w = fma(rest, rest, half_psi); // 2 (1 - r) without cancellation
    const Real z = d.z[1], wide = w * d.square[1];
    const Real root = root_of_positive(select(is_quadratic, (r + r) * wide, d.square[1])); // for either branch
    Real next = fma(z, fma(wide, 0.5 * z, root), r);
    // Exponential branch: equations 25, 29, 30 with 1 - p = 1 / above, 1 / beta = m above and the normal's probability for U.
    const Real above = half_psi + 0.5;
    if (any(!is_quadratic)) {
      const Real exponential = exponential_of_normal(root * z);
      next = select(is_quadratic, next, above * (exponential + minus_log(above)));
    }
    next = m * max(next, Real(0.0));
    const Real deviation = root_of_positive(fma(Real(c.k3), v + next, Real(1e-280)) * d.square[0]);
    x[0] = fma(deviation, d.z[0], fma(Real(c.k2), next, fma(Real(c.k1), v, x[0]))) +
           drift(c, c.exponent * m, half_psi, w, is_quadratic);
    x[1] = next;
  }

private:
  /// The growth less what remains of ln M, equations 38 and 40, after its first term am = A m. The second equation is
  /// ln(1 + am / (1 - A / beta)).
  template <class T, class Mask>
  static DOJIMA_FN Real drift(const step<T>& c, Real am, Real half_psi, Real w, const Mask& is_quadratic) {
    if constexpr (single_precision<Real>) // short steps by the second and third cumulant of v: off by (|am| + 3/8) reach^3
      if (c.reach <= T(1.0 / 256)) [[likely]] {
        const Real third =
            select(is_quadratic, w * w * fma(Real(-1.0 / 3), w, Real(1.0)), fma(half_psi, half_psi, Real(1.0 / 12)));
        return c.growth - am * am * fma(am, third, half_psi);
      }
    const Real near = am * select(is_quadratic, w, half_psi + 0.5), part = select(is_quadratic, near * (am - 0.5), am);
    Real ratio = over_near_one(part, near), l = log_near_one(select(is_quadratic, -near, ratio));
    if (c.reach > T(1.0 / 32)) [[unlikely]] { // coarse steps
      ratio = part / (1.0 - near);
      l = log(1.0 + select(is_quadratic, -near, ratio));
    }
    return c.growth - select(is_quadratic, fma(Real(-0.5), l, ratio), l - am);
  }

public:
  template <class T> static DOJIMA_FN void observe(const Real (&x)[states], const step<T>& c, Real (&out)[observables]) {
    out[0] = exp(x[0]);
    out[1] = c.length * x[1];
  }
};

} // namespace DOJIMA_ISA
} // namespace dojima
