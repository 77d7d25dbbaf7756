// A progress bar with rate and time left, on a terminal only.
#pragma once

#include <chrono>
#include <string>

namespace dojima::cli {

class progress_bar {
public:
  explicit progress_bar(bool shown) : shown_(shown) {}
  ~progress_bar() { clear(); }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  void show(const std::string& step, std::size_t done, std::size_t total);
  void clear(); ///< removes the bar from the terminal

private:
  using clock = std::chrono::steady_clock;
  bool shown_, drawn_ = false;
  std::string step_;
  clock::time_point begin_, last_;
};

} // namespace dojima::cli
