// Payoffs become programs: what a payoff does with path values is written down on a tape, and the tapes of all trades of a
// simulation are merged into one program.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dojima/pricing/payoff.hpp"
#include "kernels/payoffs.hpp"

namespace dojima {

/// Operations in the order in which they were done; equal ones are written once.
class tape {
public:
  using node = kernels::payoff_node;

  int add(const node& n);
  /// A parameter with one value for each scenario; never shared with another one, whatever its values.
  path_value parameter(std::vector<double> values);
  /// A parameter that is the same in all scenarios, of which there are as many as said.
  path_value parameter(double value) { return parameter(std::vector<double>(scenarios_, value)); }
  void set_scenarios(std::size_t count) { scenarios_ = count; }

  const node& operator[](int i) const { return nodes_[static_cast<std::size_t>(i)]; }
  /// The operations that a node needs and itself, each once, arguments first.
  std::vector<int> below(int node) const;
  const std::vector<double>& values(int parameter) const { return parameters_[static_cast<std::size_t>(parameter)]; }
  std::size_t parameters() const { return parameters_.size(); }

  /// The tape on which this thread writes, while one of these lives.
  class scope {
  public:
    explicit scope(tape& t);
    ~scope();

  private:
    tape* before_;
  };

private:
  std::vector<node> nodes_;
  std::unordered_map<std::string, int> known_;
  std::vector<std::vector<double>> parameters_;
  std::size_t scenarios_ = 1;
};

/// Makes the program of one simulation. Trades that observe alike share accumulators; trades whose value has the same form
/// share a class.
class program_builder {
public:
  /// scenarios: how many values each parameter has; observables: of one asset.
  program_builder(int scenarios, int observables, int measures);

  tape& writing() { return tape_; }
  /// The first column of a schedule's numbers in the table of all dates; 0 unless said.
  void set_first_column(int schedule, int column) { first_column_[schedule] = column; }
  /// Follows a payoff made on `writing()`. schedules: the simulation's number for each schedule of the payoff. The control, if
  /// any, observes on the same schedules.
  void add_trade(payoff& form, const std::vector<int>& schedules, payoff* control = nullptr);

  struct result {
    kernels::payoff_program program;
    std::vector<std::vector<double>> shared, own; ///< [scenario][number]
    std::vector<int> position;                    ///< of each trade, in the order of add_trade, in the program

    /// Takes the parameters of another tape, on which the same payoffs were made in the same order. False where numbers that
    /// were equal, and so became one, no longer are; the program must then be built anew.
    bool rebind(const tape& other);

    struct use {
      int parameter, number; ///< of the tape (-1: a constant), and of `shared`
    };
    std::vector<use> shared_uses;
    std::vector<int> own_parameters; ///< of the tape, for each number of `own`
    std::size_t tape_parameters = 0;
  };
  result build();

private:
  struct trade {
    std::size_t form; ///< class
    std::vector<int> parameters;
  };
  struct class_entry {
    kernels::payoff_class form;
    std::vector<std::size_t> trades;
  };
  using accumulators = std::vector<int>; ///< of a payoff's state

  accumulators follow(payoff& form, const std::vector<int>& schedules);
  using forms = std::unordered_map<int, int>; ///< of the nodes of one payoff
  int form_of(int node, const std::vector<int>& place, std::vector<int>* parameters, forms& known);
  int emit_observation(int schedule, int node, const accumulators& at, forms& known);
  int emit_value(class_entry& c, std::map<int, int>& memo, std::vector<int>& parameters, int node, const accumulators& at);
  int shared_of(int node);
  void note_uses(int root);

  int scenarios_;
  tape tape_;
  kernels::payoff_program program_;
  std::vector<std::vector<double>> shared_;
  std::vector<result::use> shared_uses_;
  std::map<int, int> first_column_; ///< by schedule
  std::map<std::string, int> shared_known_;
  std::map<std::string, std::vector<int>> accumulators_known_;
  std::unordered_map<std::string, int> forms_known_;
  std::vector<std::unordered_map<int, int>> emitted_; ///< of each schedule, by form
  std::map<std::string, std::size_t> classes_known_;
  std::vector<class_entry> classes_;
  std::vector<trade> trades_;
};

} // namespace dojima
