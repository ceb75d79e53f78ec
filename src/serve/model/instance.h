// One batch at a time through one session. What an instance owns stays alive while its engine runs, however long that is.
#pragma once

#include <memory>

#include "engines/engine.h"
#include "serve/model/input_buffers.h"
#include "serve/model/output_buffers.h"

namespace headrace::serve {

struct RunTimes {
  Clock::time_point began, gathered, computed;
};

// What requests that ran together came to.
struct RunResult {
  Status status = Ok{};
  OutputSet outputs;
  bool divisible = false;  // every output counts the rows that ran
  RunTimes times;
};

class Instance {
 public:
  explicit Instance(std::shared_ptr<Session> session, size_t inputs) : session_(std::move(session)), inputs_(inputs) {}

  // Errors: what the engine says; internal for what it throws, and for outputs it did not fill.
  RunResult run(Requests requests, size_t outputs);

 private:
  std::shared_ptr<Session> session_;
  InputBuffers inputs_;
  OutputBuffers outputs_;
};

}  // namespace headrace::serve
