// Look-up in a table that is the same for all paths.
#pragma once

#include "models/process/process.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

/// table[index], where the index is a whole number held in a Real.
template <class T> DOJIMA_FN double gather(const T* table, double index) { return table[static_cast<int>(index)]; }

/// The whole number nearest to x, |x| < 2^51 (2^22 in single precision).
template <class Real> DOJIMA_FN Real nearest_whole(Real x) {
  const Real magic = sizeof(uniform_of<Real>) == 4 ? 12582912.0 : round_magic; // 1.5 * 2^23 does in single what 1.5 * 2^52 does
  return (x + magic) - magic;
}

/// A function given at the whole numbers first .. first + last, linear between them and flat outside: its value at first + x.
/// A NaN reads the first entry.
template <class Real, class T> DOJIMA_FN Real gather_linear(const T* table, Real first, Real last, Real x) {
  const Real y = min(max(Real(0.0), x), last);
  const Real below = min(max(Real(0.0), nearest_whole(y - 0.5)), last - 1.0);
  const Real low = gather(table, first + below), high = gather(table, first + below + 1.0);
  return fma(y - below, high - low, low);
}

} // namespace DOJIMA_ISA
} // namespace dojima
