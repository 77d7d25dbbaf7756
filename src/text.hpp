// Numbers in messages.
#pragma once

#include <cstdio>
#include <string>

namespace dojima {

/// A number as a person would write it, with at most `digits` significant digits.
inline std::string number_text(double x, int digits = 8) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, x);
  return text;
}

} // namespace dojima
