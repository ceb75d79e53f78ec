// A progress bar on stderr: only on a terminal, and only for stages that take longer than a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace headrace::cli {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // An empty stage: nothing is going on any more.
  void update(std::string_view stage, int64_t done, int64_t total);
  // Wipes the bar off the terminal.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(int64_t done, int64_t total, double seconds);

  bool terminal_;
  bool drawn_ = false;
  std::string stage_;
  Clock::time_point began_, last_drawn_;
};

// "calibrate  [#####.....]  64/128  12.3/s  5 s left", no wider than `columns`.
std::string progress_line(std::string_view stage, int64_t done, int64_t total, double seconds, int columns);

}  // namespace headrace::cli
