#include "load/recorder.h"

#include <algorithm>

namespace headrace::load {

void Sample::merge(const Sample& other) {
  latency.merge(other.latency);
  for (const auto& [name, more] : other.faults) {
    FaultCount& counted = faults[name];
    if (counted.count == 0) counted.example = more.example;
    counted.count += more.count;
  }
  lateness.overslept += other.lateness.overslept;
  lateness.unconnected += other.lateness.unconnected;
  lateness.worst_ns = std::max(lateness.worst_ns, other.lateness.worst_ns);
}

uint64_t Sample::failures() const {
  uint64_t sum = 0;
  for (const auto& [name, counted] : faults) sum += counted.count;
  return sum;
}

void Recorder::success(Clock::duration latency) {
  const std::lock_guard lock(mutex_);
  sample_.latency.add(std::chrono::nanoseconds(latency).count());
}

void Recorder::failure(const Fault& fault) {
  if (fault.kind == FaultKind::kStopped) return;
  const std::lock_guard lock(mutex_);
  FaultCount& counted = sample_.faults[name_of(fault)];
  if (counted.count++ == 0) counted.example = fault.message;
}

void Recorder::start(bool was_waiting, Clock::duration late) {
  if (late <= Lateness::kLate) return;
  const std::lock_guard lock(mutex_);
  ++(was_waiting ? sample_.lateness.overslept : sample_.lateness.unconnected);
  sample_.lateness.worst_ns = std::max<int64_t>(sample_.lateness.worst_ns, std::chrono::nanoseconds(late).count());
}

void Recorder::take(Sample& sample) {
  const std::lock_guard lock(mutex_);
  sample.merge(sample_);
  sample_ = Sample{};
}

Recorder& Recorders::add() {
  const std::lock_guard lock(mutex_);
  return all_.emplace_back();
}

Sample Recorders::take() {
  const std::lock_guard lock(mutex_);
  Sample sample;
  for (Recorder& recorder : all_) recorder.take(sample);
  return sample;
}

}  // namespace headrace::load
