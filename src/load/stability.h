// When a level has been measured long enough.
#pragma once

#include <span>

#include "load/result.h"

namespace headrace::load {

// Whether the last three windows lie within 10 % of their mean, in throughput and in median latency. A window without an answer
// is never stable.
bool is_stable(std::span<const Window> windows);

struct Duration {  // seconds
  double warmup = 1;
  double least = 5;  // measured at least
  double most = 20;  // at most, when it does not become stable
};

// The length of a window: a second, or less so that the least time has three.
double window_seconds(const Duration& duration);
// Whether to stop after these windows, which took `measured` seconds.
bool is_enough(std::span<const Window> windows, double measured, const Duration& duration);

}  // namespace headrace::load
