// Joint law of Brownian motion with drift at a time T and of its not having met one or two levels before, by reflection. X
// starts at 0, X_T has `mean` and `deviation`; levels are those of ln S / S_0. Probabilities are exact to 1e-15. Host only.
#pragma once

#include "models/closed_form/barrier.hpp"

#include <cmath>

namespace dojima {

/// e^power P(low < X_T < high), from the side on which the tails are small.
inline double interval_probability(double power, double mean, double deviation, double low, double high) {
  const double a = (low - mean) / deviation, b = (high - mean) / deviation;
  return a > 0 ? scaled_cdf(power, -a) - scaled_cdf(power, -b) : scaled_cdf(power, b) - scaled_cdf(power, a);
}

/// P(low < X_T < high and X never met `barrier`), an interval on the side of 0 (Harrison 1985, section 1.8): the image at 2
/// barrier is taken off.
inline double survival_probability(double mean, double deviation, double barrier, double low, double high) {
  if (barrier < 0) low = max(low, barrier);
  else high = min(high, barrier);
  if (!(low < high)) return 0;
  const double image = 2 * barrier, power = image * mean / (deviation * deviation);
  return interval_probability(0, mean, deviation, low, high) -
         interval_probability(power, mean, deviation, low - image, high - image);
}

/// P(X met `barrier`), one that lies above 0 if `up`.
inline double hit_probability(double mean, double deviation, double barrier, bool up) {
  const double eta = up ? -1 : 1, power = 2 * barrier * mean / (deviation * deviation);
  return scaled_cdf(0.0, eta * (barrier - mean) / deviation) + scaled_cdf(power, eta * (barrier + mean) / deviation);
}

/// P(low < X_T < high and X never met a or b), a < 0 < b: images at 2n(b-a) and, taken off, at 2a + 2n(b-a) (Ikeda and Kunitomo
/// 1992, "Pricing options with curved boundaries", Math. Finance 2, for flat ones), as many as weigh 1e-17.
inline double survival_probability(double mean, double deviation, double a, double b, double low, double high) {
  low = max(low, a);
  high = min(high, b);
  if (!(low < high && a < 0 && b > 0)) return 0;
  const double width = b - a, variance = deviation * deviation;
  const int images = 1 + static_cast<int>((width + std::sqrt(80 * variance + 2 * std::abs(mean) * width)) / (2 * width));
  double sum = 0;
  for (int n = -images; n <= images; ++n) {
    const double source = 2 * n * width, image = source + 2 * a;
    sum += interval_probability(source * mean / variance, mean, deviation, low - source, high - source) -
           interval_probability(image * mean / variance, mean, deviation, low - image, high - image);
  }
  return sum;
}

} // namespace dojima
