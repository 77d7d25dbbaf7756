// Discount curves from the prices of instruments.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dojima/market/curve.hpp"

namespace dojima {

/// What one node of a curve must reprice.
struct curve_instrument {
  std::string name;                           ///< for messages: "the par yield 0.04 at 2 years"
  double time;                                ///< of the node, in years: the last time that the instrument depends on
  double guess;                               ///< of the node's ln DF
  std::function<double(const curve&)> excess; ///< price less quote, on a curve that ends at the node; increasing in its ln DF
};

/// Solves node by node, by increasing time. input_error where no discount factor fits, or two nodes have the same time.
curve bootstrap(std::vector<curve_instrument> instruments, curve_interpolation linear = curve_interpolation::log_discount);

} // namespace dojima
