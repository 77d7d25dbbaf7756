#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace dojima::cli {

void progress_bar::show(const std::string& step, std::size_t done, std::size_t total) {
  if (!shown_ || total == 0) return;
  const clock::time_point now = clock::now();
  if (step != step_) {
    step_ = step;
    begin_ = last_ = now;
  } else if (done < total && now - last_ < std::chrono::milliseconds(100)) {
    return;
  }
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
  constexpr std::size_t width = 24;
  const auto filled = static_cast<std::size_t>(share * width);
  const std::string timing =
      rate > 0 ? fmt::format("{:.0f}/s, {:.1f} s left", rate, static_cast<double>(total - done) / rate) : "";
  fmt::print(stderr, "\r\x1b[K{:<22.22} [{}{}] {:>3.0f} %  {} of {} scenarios  {}", step, std::string(filled, '#'),
             std::string(width - filled, '.'), 100 * share, done, total, timing);
  std::fflush(stderr);
  drawn_ = true;
}

void progress_bar::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

} // namespace dojima::cli
