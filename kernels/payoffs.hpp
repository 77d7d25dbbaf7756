// The payoffs of one simulation as the backends run them: small expressions over what a path shows. Trades that observe alike
// share accumulators, and trades whose values have the same form share a class and differ in parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dojima/array/types.hpp"

namespace dojima::kernels {

/// One value of an expression: a leaf, or an operation on earlier nodes.
struct payoff_node {
  enum class source : std::uint8_t {
    operation,
    constant,    ///< value
    observed,    ///< index = asset * observables + which; at an observation
    date,        ///< column of the date's parameters; at an observation
    shared,      ///< parameter of observations and starts
    own,         ///< parameter of a trade; in values
    accumulator, ///< before this observation; at the end in values
  } from = source::operation;
  op code = op::cast;
  bool is_mask = false;       ///< the result is a truth value
  bool of_masks = false;      ///< the arguments are truth values
  int args[3] = {-1, -1, -1}; ///< earlier nodes
  int index = 0;
  double value = 0;

  friend bool operator==(const payoff_node&, const payoff_node&) = default;
};

/// What happens at the dates of one schedule: all new values are computed, then stored.
struct observation {
  struct update {
    int accumulator, node;
    friend bool operator==(const update&, const update&) = default;
  };
  std::vector<payoff_node> nodes;
  std::vector<update> updates;
  friend bool operator==(const observation&, const observation&) = default;
};

/// Trades whose value is the same expression.
struct payoff_class {
  std::vector<payoff_node> nodes;
  int value = 0, control = -1; ///< nodes; control -1: none
  int parameters = 0;          ///< of each trade
  int first_trade = 0, trades = 0, first_own = 0;
  friend bool operator==(const payoff_class&, const payoff_class&) = default;
};

struct payoff_program {
  int observables = 2;                ///< of one asset
  std::vector<int> starts;            ///< of each accumulator: the shared parameter with its value before the first date
  std::vector<observation> schedules; ///< at most 64, run in order
  std::vector<payoff_class> classes;
  int measures = 1;
  bool control = false;

  /// Sums over paths that a trade has: of each measure, then of its square, measure after measure; with a control also of the
  /// control, its square, and its product with the first measure.
  int sums() const { return 2 * measures + (control ? 3 : 0); }
  friend bool operator==(const payoff_program&, const payoff_program&) = default;
};

} // namespace dojima::kernels
