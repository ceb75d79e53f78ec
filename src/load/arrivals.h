// When the requests of an open loop are due: a schedule that is the same on every run.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace headrace::load {

enum class ArrivalKind { kPoisson, kUniform };

class Arrivals {
 public:
  // `per_second` above 0.
  Arrivals(ArrivalKind kind, double per_second, uint64_t seed) : kind_(kind), gap_(1e9 / per_second), engine_(seed) {}

  // The time of the next request after the start; never falling.
  std::chrono::nanoseconds next();

 private:
  ArrivalKind kind_;
  double gap_;      // nanoseconds, on average
  double now_ = 0;  // nanoseconds
  std::mt19937_64 engine_;
};

}  // namespace headrace::load
