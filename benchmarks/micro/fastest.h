// The best of several short measurements: disturbances only ever make it slower.
#pragma once

#include <algorithm>
#include <chrono>

namespace headrace::micro {

// Calls body(rounds) a few times; returns work(rounds) / seconds of the fastest, in 10^9 per second.
template <class Body>
inline __attribute__((always_inline)) double fastest_rate(double work_per_round, const Body& body) {
  constexpr long kRounds = 200000;
  double best = 0;
  for (int i = 0; i < 30; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body(kRounds);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(kRounds) * work_per_round / seconds * 1e-9);
  }
  return best;
}

}  // namespace headrace::micro
