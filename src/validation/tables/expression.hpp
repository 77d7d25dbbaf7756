// Formulas in the cells of a table, such as 0.2*(100/S)^0.5.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dojima {

/// Numbers, the named variables, + - * / ^, parentheses, and exp, log, sqrt, tanh, abs, min, max. Throws `problem` where the
/// text is something else.
class expression {
public:
  expression(const std::string& text, std::vector<std::string> variables);
  double operator()(const std::vector<double>& values) const { return value_(values); }

private:
  std::function<double(const std::vector<double>&)> value_;
};

} // namespace dojima
