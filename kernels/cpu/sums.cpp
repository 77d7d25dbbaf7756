#include "kernels/cpu/sums.hpp"

#include "kernels/cpu/pack.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {
namespace {

constexpr int lanes = kernels::path_lanes;

template <class T> void combine(const T* const* values, const double* weights, int scenarios, int live, double* y) {
  for (int l = 0; l < lanes; l += pack::width) {
    const auto value = [&](int s) {
      if constexpr (sizeof(T) == sizeof(double)) {
        return load<pack>(values[s] + l);
      } else {
        double wide[pack::width];
        for (int k = 0; k < pack::width; ++k) wide[k] = static_cast<double>(values[s][l + k]);
        return load<pack>(wide);
      }
    };
    pack sum = weights[0] * value(0);
    for (int s = 1; s < scenarios; ++s) sum = fma(weights[s], value(s), sum);
    store(y + l, sum);
  }
  for (int l = live; l < lanes; ++l) y[l] = 0.0;
}

void add(const double* y, double* sum, double* squares) {
  for (int l = 0; l < lanes; l += pack::width) {
    const pack v = load<pack>(y + l);
    store(sum + l, load<pack>(sum + l) + v);
    store(squares + l, fma(v, v, load<pack>(squares + l)));
  }
}

void add_product(const double* x, const double* y, double* sum) {
  for (int l = 0; l < lanes; l += pack::width) store(sum + l, fma(load<pack>(x + l), load<pack>(y + l), load<pack>(sum + l)));
}

} // namespace

extern const kernels::sum_loops path_sums;
const kernels::sum_loops path_sums = {&combine<double>, &combine<float>, &add, &add_product};

} // namespace DOJIMA_ISA
} // namespace dojima
