// What clients saw: each client has a recorder of its own, and the measuring loop collects them all once a window.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "load/fault.h"
#include "load/histogram.h"

namespace headrace::load {

struct FaultCount {
  uint64_t count = 0;
  std::string example;  // the first one's message
};
using FaultCounts = std::map<std::string, FaultCount>;  // by name_of()

// Of an open loop: requests that left later than they were due by more than kLate, and why.
struct Lateness {
  static constexpr std::chrono::milliseconds kLate{1};
  uint64_t overslept = 0;    // a free client woke too late: the tester itself fell behind
  uint64_t unconnected = 0;  // no client was free: all connections waited for the server
  int64_t worst_ns = 0;
};

struct Sample {
  Histogram latency;  // of requests that were answered rightly, and of no others
  FaultCounts faults;
  Lateness lateness;

  void merge(const Sample& other);
  uint64_t failures() const;
  uint64_t requests() const { return latency.count() + failures(); }
};

class Recorder {
 public:
  void success(Clock::duration latency);
  void failure(const Fault& fault);
  // Whether a client was waiting for the time that the request was due at; `late`: how long after it the request left.
  void start(bool was_waiting, Clock::duration late);
  // Adds to `sample` what came since the last call.
  void take(Sample& sample);

 private:
  std::mutex mutex_;  // held for nanoseconds, and almost never by two at once
  Sample sample_;
};

class Recorders {
 public:
  Recorder& add();  // stays where it is
  Sample take();

 private:
  std::mutex mutex_;
  std::deque<Recorder> all_;
};

}  // namespace headrace::load
