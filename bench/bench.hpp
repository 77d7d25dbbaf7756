// What every suite of the benchmarks uses: options, medians, and the list of results.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "dojima/array/stream.hpp"

namespace dojima::bench {

struct options {
  stream on{device::cpu()};
  int repeats = 5;
  double scale = 1.0; ///< multiplies the amount of work
};

/// One line: what was measured, and how much of what unit it did in a second.
struct result {
  std::string name, suite, precision;
  double median_seconds = 0, amount = 0;
  std::string unit;
  double limit = 0;                      ///< the hardware's rate in the same unit, as measured in this run; 0: none known
  double standard_error = 0;             ///< of what was computed, in parts of it; 0: none
  std::map<std::string, double> peers{}; ///< our throughput over theirs, on the same work in this run
  double throughput() const { return amount / median_seconds; }
};

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

inline double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Median on the host's clock of work that has ended when it returns.
inline double median_seconds(int repeats, const auto& work) {
  std::vector<double> seconds;
  work(); // warm up: memory pools, modules
  for (int i = 0; i < repeats; ++i) seconds.push_back(seconds_of(work));
  return median(seconds);
}

/// Median of the time between marks in the stream around work that is queued there.
inline double median_queued(const options& o, const auto& work) {
  std::vector<double> seconds;
  work();
  o.on.synchronize();
  for (int i = 0; i < o.repeats; ++i) {
    const event begin = o.on.record();
    work();
    seconds.push_back(seconds_between(begin, o.on.record()));
  }
  return median(seconds);
}

using results = std::vector<result>;
void risk_suite(const options& o, results& to);
void array_suite(const options& o, results& to);
void mc_suite(const options& o, results& to);
/// A book of QuantLib's instruments beside its own engines; nothing without QuantLib.
void quantlib_suite(const options& o, results& to);
/// Errors by number of paths and by length of the step, as CSV: study, series, x, error, standard_error.
std::string convergence_suite(const options& o);
/// QuantLib's own Monte Carlo engines on one thread, as rates by the names of our results; empty without QuantLib.
std::map<std::string, double> quantlib_rates();

} // namespace dojima::bench
