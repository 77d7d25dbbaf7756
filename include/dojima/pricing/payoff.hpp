// Payoffs in user code. A payoff is a small class over `path_value`s: it names its state, says how an observation changes it,
// and what it is worth at the end. It is followed once, on the host; what it did runs for every path, on CPU and GPU alike.
//
//   struct asian : payoff {
//     path_value sum = 0.0;
//     std::vector<path_value*> state() override { return {&sum}; }
//     void observe(int, const observation& o) override { sum = sum + o.spot(); }
//     path_value value() const override { return max(sum / 12.0 - 100.0, 0.0); }
//   };
//
// There is no `if` on path values: write select(condition, yes, no).
#pragma once

#include <vector>

namespace dojima {

class path_value;

/// A truth value that differs from path to path.
class path_condition {
public:
  explicit path_condition(int node) : node_(node) {}
  int node() const { return node_; }

  friend path_condition operator&(path_condition a, path_condition b);
  friend path_condition operator|(path_condition a, path_condition b);
  friend path_condition operator!(path_condition a);

private:
  int node_;
};

/// A number that differs from path to path, or a constant.
class path_value {
public:
  path_value(double constant = 0.0) : constant_(constant) {}
  static path_value of_node(int node) {
    path_value v;
    v.node_ = node;
    return v;
  }
  int node() const; ///< on the tape of the payoff that is being followed

  friend path_value operator+(path_value a, path_value b);
  friend path_value operator-(path_value a, path_value b);
  friend path_value operator*(path_value a, path_value b);
  friend path_value operator/(path_value a, path_value b);
  friend path_value operator-(path_value a);
  friend path_condition operator<(path_value a, path_value b);
  friend path_condition operator<=(path_value a, path_value b);
  friend path_condition operator>(path_value a, path_value b);
  friend path_condition operator>=(path_value a, path_value b);
  friend path_condition operator==(path_value a, path_value b);
  friend path_condition operator!=(path_value a, path_value b);
  friend path_value fma(path_value a, path_value b, path_value c);
  friend path_value min(path_value a, path_value b);
  friend path_value max(path_value a, path_value b);
  friend path_value pow(path_value a, path_value b);
  friend path_value abs(path_value a);
  friend path_value sqrt(path_value a);
  friend path_value exp(path_value a);
  friend path_value log(path_value a);
  friend path_value norm_cdf(path_value a);
  friend path_value select(path_condition c, path_value yes, path_value no);

private:
  int node_ = -1;
  double constant_;
};

/// A number of the trade, where a constant belongs to the form: payoffs that differ in such numbers only share kernels. To be
/// made with the payoff.
path_value parameter(double value);

/// What a payoff sees at one date.
class observation {
public:
  /// Price of an asset of the trade, counted from 0.
  path_value spot(int asset = 0) const;
  /// Price before what happens at the end of the last step: a dividend, or the jumps of a model. The price itself where nothing
  /// does.
  path_value spot_before(int asset = 0) const;
  /// Whether something may happen at the end of a step.
  bool jumps() const { return observables_ > 2; }
  /// Variance of ln spot over the last step, up to the price before, given both ends: for corrections between dates.
  path_value variance(int asset = 0) const;
  /// A number that belongs to the date, by column.
  path_value date(int column = 0) const;

  explicit observation(int observables = 2) : observables_(observables) {}

private:
  int observables_;
};

/// A payoff in user code.
class payoff {
public:
  virtual ~payoff() = default;
  /// The numbers that the payoff carries along a path; they start with what they hold now.
  virtual std::vector<path_value*> state() = 0;
  /// At each date of a schedule, counted from 0.
  virtual void observe(int schedule, const observation& o) = 0;
  /// Paid per unit, in the currency of the trade, at its payment date.
  virtual path_value value() const = 0;
};

} // namespace dojima
