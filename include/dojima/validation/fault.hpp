// A small error on purpose: what validation must find, or it would find nothing.
#pragma once

#include <string>

#include "dojima/market/market.hpp"

namespace dojima {

struct injected_fault {
  enum class kind { volatility, spot, rate } what;
  /// Added to every volatility (also those of the models) or continuously compounded rate; what every spot is multiplied by.
  double amount;
};

/// "vol+1e-4", "rate+1e-5", "spot*1.0001"; input_error for another text.
injected_fault parse_fault(const std::string& text);
std::string to_string(const injected_fault& f);
/// The market with the fault in it.
market with_fault(const market& m, const injected_fault& f);

} // namespace dojima
