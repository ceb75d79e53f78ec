#include "load/stability.h"

#include <algorithm>
#include <cmath>

namespace headrace::load {
namespace {

constexpr size_t kAlike = 3;
constexpr double kTolerance = 0.1;

bool alike(std::span<const Window> windows, double Window::*figure) {
  double mean = 0;
  for (const Window& window : windows) mean += window.*figure / static_cast<double>(windows.size());
  return mean > 0 && std::all_of(windows.begin(), windows.end(),
                                 [&](const Window& window) { return std::abs(window.*figure - mean) <= kTolerance * mean; });
}

}  // namespace

bool is_stable(std::span<const Window> windows) {
  if (windows.size() < kAlike) return false;
  const auto last = windows.last(kAlike);
  return alike(last, &Window::requests_per_s) && alike(last, &Window::median_ms);
}

double window_seconds(const Duration& duration) { return std::min(1.0, duration.least / static_cast<double>(kAlike)); }

bool is_enough(std::span<const Window> windows, double measured, const Duration& duration) {
  const double slack = window_seconds(duration) / 2;  // sleeps end a little late, never so late
  if (measured + slack < duration.least) return false;
  return measured + slack >= duration.most || is_stable(windows);
}

}  // namespace headrace::load
