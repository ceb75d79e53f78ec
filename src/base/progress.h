// Progress of long work, and the wish to stop it. The library reports and asks; the CLI draws the bar and catches Ctrl-C.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/error.h"

namespace headrace {

class Progress {
 public:
  // Called with the stage's name, the steps done and the steps in all (0: not known). May come from any thread, one at a time.
  using Report = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

  Progress() = default;
  explicit Progress(Report report, const std::atomic<bool>* stop = nullptr) : report_(std::move(report)), stop_(stop) {}

  void update(std::string_view stage, int64_t done, int64_t total) const {
    if (report_) report_(stage, done, total);
  }
  bool stop_requested() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }
  // The error that long loops return when they are asked to stop.
  Status check() const {
    if (stop_requested()) return cancelled();
    return Ok{};
  }

 private:
  Report report_;
  const std::atomic<bool>* stop_ = nullptr;
};

}  // namespace headrace
