// What a process is: a model with `prepare`, which turns market and parameters into numbers for each step once on the host, and
// `advance`, which takes a path over one step. A process is a template over Real with
//
//   states                       how many numbers a path carries
//   normals                      how many random numbers a step needs
//   correlated                   how many of the normals, from the first on, are mixed by the correlation of assets
//   rho(c)                       optional: where the spot moves with rho z[1] + sqrt(1 - rho^2) z[0], which sum it is then that
//                                several assets correlate
//   polar                        optional: true where it takes normals in two parts
//   step<T>                      the numbers of one step, all of type T
//   prepare(parameters, ...)     host, double: the start, the steps, and a table and a map of the normals where the model needs
//                                them
//   advance(x, c, d, table)      one step, free of branches over Real
//   largest_step                 years: longer steps bias more than the process states; infinity where there is no bias
//   watched_step(parameters)     optional, of processes with jumps, years: the longest step while a payoff watches at all times
//   observables, observe(x, c, out)   what payoffs see after a step. Assets show their spot; the variance of ln S over the last
//                                step given its ends, for the Brownian bridge; and, where the spot may jump at the end of a
//                                step, the spot before that, to which the bridge goes
//
// The jumps of a step come at its end. While a payoff watches at all times, those of two steps come between them, a symmetric
// splitting (Strang 1968, SIAM J. Numerical Analysis 5), so that on average they are neither early nor late.
#pragma once

#include "models/real.hpp"

#ifndef __CUDACC_RTC__
#include <cmath>
#include <span>
#include <vector>

#include "dojima/pricing/model.hpp"
#endif

namespace dojima {

#ifndef __CUDACC_RTC__
/// One step of the simulation grid.
struct grid_step {
  double start, end;     ///< years
  double growth;         ///< ln F(end) / F(start), without cash dividends
  double forward;        ///< F(end) without cash dividends
  double dividend = 0.0; ///< cash paid at `end`
  double moved = 0.0;    ///< years: of the next step, whose jumps come at `end` too; below 0 where those of this one have come

  double length() const { return end - start; }
  double jump_length() const { return length() + moved; } ///< of the time whose jumps come at `end`
};

/// What `prepare` makes of a model for one underlying.
template <class Process> struct prepared {
  using step = typename Process::template step<double>;
  double start[Process::states];
  std::vector<step> steps;
  std::vector<double> table;
  /// steps x steps by rows, a lower triangle; empty for most. Before `advance` sees it, the last normal of step i gains the sum
  /// over j <= i of map(i, j) times the last but one of step j.
  std::vector<double> map = {};
};
#endif

inline namespace DOJIMA_ISA {

/// The type of numbers that are the same for all paths beside a Real: double, or float beside single precision.
template <class Real> struct uniform_type { using type = double; };
template <class Real> using uniform_of = typename uniform_type<Real>::type;

/// The random numbers of one step: standard normals. Polar ones stand in two parts, sqrt(square[k]) z[k], for a process that
/// multiplies them with roots: sqrt(a) sqrt(square) is one root of a product.
template <class Real, int normals, bool polar = false> struct draws { Real z[normals]; };
template <class Real, int normals> struct draws<Real, normals, true> { Real z[normals], square[normals]; };
/// The draws that a process takes: polar where it says so.
template <class Process>
concept takes_polar = requires {
  requires Process::polar;
};
template <class Process, class Real> using draws_for = draws<Real, Process::normals, takes_polar<Process>>;

inline constexpr double log2_e = 1.4426950408889634;

/// The coefficients of a polynomial, from the highest power to the lowest. In the GPU's constant memory they are operands of
/// the instructions; as literals they would take two moves each.
#if defined(__CUDACC_RTC__)
#define DOJIMA_COEFFICIENTS __constant__ double
#elif defined(__CUDACC__)
#define DOJIMA_COEFFICIENTS static __constant__ double
#else
#define DOJIMA_COEFFICIENTS inline constexpr double
#endif
template <class Real, int count> DOJIMA_FN Real polynomial(const double (&c)[count], const Real& x) {
  Real p = c[0];
  DOJIMA_UNROLL
  for (int i = 1; i < count; ++i) p = fma(p, x, c[i]);
  return p;
}

/// (2^r - 1) / r by Chebyshev interpolation on |r| <= 1/2; the error is below 2e-17.
DOJIMA_COEFFICIENTS power_of_two_coefficients[] = {4.4549605981865186e-10, 7.072585949269223e-09, 1.0178062445845774e-07,
                                                   1.321544258792169e-06,  1.525273382983612e-05, 0.0001540353044173605,
                                                   0.0013333558146416936,  0.009618129107606888,  0.0555041086648216,
                                                   0.24022650695910097,    0.6931471805599453};

/// 2^x for |x| < 1000, error below 1 ulp: the exponential of a step, whose numbers are kept in powers of two.
template <class Real> DOJIMA_FN Real power_of_two(Real x) {
  const Real t = x + round_magic;
  const Real r = x - (t - round_magic);
  return scale2(fma(polynomial(power_of_two_coefficients, r), r, 1.0), t);
}

} // namespace DOJIMA_ISA
} // namespace dojima
