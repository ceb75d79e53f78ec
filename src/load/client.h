// One client: a connection, the requests it sends in turn, the check of their answers, and the record of what came of them.
#pragma once

#include <vector>

#include "load/answer_check.h"
#include "load/infer_request.h"
#include "load/recorder.h"

namespace headrace::load {

// What all clients share while a model is measured.
struct Target {
  Endpoint endpoint;
  std::vector<InferRequest> requests;
  const Promise* promise = nullptr;
  int64_t rows = 1;  // of each request
  std::chrono::milliseconds timeout{30'000};
  bool back_off = false;  // closed loop: a refused client waits as long as Retry-After says
  const Progress* progress = nullptr;
};

class Client {
 public:
  Client(const Target& target, Recorder& recorder)
      : target_(&target), recorder_(&recorder), connection_(target.endpoint), check_(*target.promise) {}

  // Connects, so that a request does not have to. Records nothing.
  std::optional<Fault> connect() { return connection_.open(patience()); }
  // Sends request `index` (modulo their number) and waits for its answer. Its latency counts from `since`.
  bool call(size_t index, Clock::time_point since);
  // What the last answer said.
  std::chrono::seconds retry_after() const { return retry_after_; }

 private:
  Patience patience() const { return {Clock::now() + target_->timeout, target_->progress}; }

  const Target* target_;
  Recorder* recorder_;
  Connection connection_;
  AnswerCheck check_;
  std::chrono::seconds retry_after_{0};
};

}  // namespace headrace::load
