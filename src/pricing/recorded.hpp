// Payoffs of models/payoff on a tape.
#pragma once

#include <cstring>
#include <span>
#include <utility>

#include "pricing/tape.hpp"

namespace dojima {

/// Terms with parameters in the place of numbers: one parameter for each number, with its values in all scenarios.
template <class Terms, class Numbers> Terms parameters(tape& on, std::span<const Numbers> scenarios) {
  constexpr std::size_t count = sizeof(Numbers) / sizeof(double);
  static_assert(sizeof(Numbers) == count * sizeof(double) && sizeof(Terms) == count * sizeof(path_value),
                "terms must be Reals only");
  std::vector<double> values(scenarios.size());
  Terms terms;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t s = 0; s < scenarios.size(); ++s)
      std::memcpy(&values[s], reinterpret_cast<const std::byte*>(&scenarios[s]) + i * sizeof(double), sizeof(double));
    const path_value p = on.parameter(values);
    std::memcpy(reinterpret_cast<std::byte*>(&terms) + i * sizeof(path_value), &p, sizeof p);
  }
  return terms;
}

/// A payoff template as the interface that the tape follows.
template <class Form> class recorded final : public payoff {
public:
  template <class... Arguments> explicit recorded(Arguments&&... arguments) : form_(std::forward<Arguments>(arguments)...) {}
  std::vector<path_value*> state() override { return form_.state(); }
  void observe(int schedule, const observation& o) override { form_.observe(schedule, o); }
  path_value value() const override { return form_.value(); }

private:
  Form form_;
};

} // namespace dojima
