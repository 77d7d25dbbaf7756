// One-dimensional integrals and roots of the semi-analytic prices of this folder. Host only.
#pragma once

#include "models/real.hpp"

#include <cmath>

namespace dojima {

/// int_a^b f(x) dx by the Gauss-Legendre rule of 20 points (Abramowitz and Stegun 1964, table 25.4), exact for degree 39; f may
/// be complex.
template <class Function> auto gauss_legendre(const Function& f, double a, double b) {
  constexpr double node[10] = {0.07652652113349734, 0.22778585114164507, 0.37370608871541955, 0.5108670019508271,
                               0.636053680726515,   0.7463319064601508,  0.8391169718222188,  0.912234428251326,
                               0.9639719272779138,  0.9931285991850949};
  constexpr double weight[10] = {0.15275338713072584, 0.14917298647260374, 0.14209610931838204, 0.13168863844917664,
                                 0.11819453196151841, 0.10193011981724044, 0.08327674157670475, 0.06267204833410907,
                                 0.04060142980038694, 0.017614007139152118};
  const double centre = 0.5 * (a + b), half = 0.5 * (b - a);
  auto sum = weight[0] * (f(centre - half * node[0]) + f(centre + half * node[0]));
  for (int i = 1; i < 10; ++i) sum += weight[i] * (f(centre - half * node[i]) + f(centre + half * node[i]));
  return half * sum;
}

/// The same, halving the interval until both halves agree with the whole to `tolerance`; kinks and jumps of f are found so.
template <class Function>
double integrate(const Function& f, double a, double b, double tolerance, double whole, int halvings = 40) {
  const double middle = 0.5 * (a + b);
  const double left = gauss_legendre(f, a, middle), right = gauss_legendre(f, middle, b);
  if (halvings == 0 || !(abs(left + right - whole) > tolerance)) return left + right;
  return integrate(f, a, middle, tolerance, left, halvings - 1) + integrate(f, middle, b, tolerance, right, halvings - 1);
}
template <class Function> double integrate(const Function& f, double a, double b, double tolerance) {
  return integrate(f, a, b, tolerance, gauss_legendre(f, a, b));
}

/// E f(Z) of a standard normal Z, which is cut at |z| = 12 (f may grow like e^(4|z|)); tolerance in units of f for each of the
/// 24 intervals that it starts from.
template <class Function> double normal_expectation(const Function& f, double tolerance) {
  double sum = 0;
  for (int z = -12; z < 12; ++z) sum += integrate([&](double x) { return norm_pdf(x) * f(x); }, z, z + 1, tolerance);
  return sum;
}

/// Where f, which rises or falls throughout [low, high], changes its sign, to the last bit; the nearer end where it does not.
template <class Function> double monotone_root(const Function& f, double low, double high) {
  const bool rises = f(high) > f(low);
  for (int i = 0; i < 1100; ++i) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    ((f(middle) < 0) == rises ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

} // namespace dojima
