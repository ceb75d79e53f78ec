// One loaded version of a model: a bounded queue, a batcher, and instances that run batches. What the repository holds, and what
// a request ends in.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/serve_options.h"
#include "engines/engine.h"
#include "serve/model/cpu_budget.h"
#include "serve/request.h"
#include "serve/service.h"

namespace headrace::serve {

// What a model is made of; the repository opens it.
struct LoadedModel {
  std::string name, version, platform;  // "headrace_native", ...
  Signature signature;
  // One session that all instances share (threads == 1: it runs on its caller), or one per instance.
  std::vector<std::shared_ptr<Session>> sessions;
  ModelOptions options;  // resolved: no zeros but where zero means none
};

class Model {
 public:
  // Starts the instances. `budget` is shared by all models of the process.
  static std::shared_ptr<Model> start(LoadedModel loaded, std::shared_ptr<CpuBudget> budget);
  virtual ~Model() = default;  // as drain() without patience

  virtual ModelMetadata metadata() const = 0;
  virtual ModelConfig config() const = 0;
  virtual ModelStatistics statistics() const = 0;
  virtual Status ready() const = 0;  // unavailable: an instance hangs, or it is being drained

  // Returns at once, see Respond; checks the request against the signature first (invalid_argument), then queues it, or refuses
  // it (overloaded; deadline_exceeded when its turn cannot come before its deadline). "At once" includes computing where that is
  // known to take no longer than waking another thread: `respond` may be called before infer() returns, so hold no lock that it
  // takes. Priority 0 counts as 2: there is one level before it. An answer that is ready after its deadline is deadline_exceeded.
  virtual void infer(InferenceRequest request, Respond respond) = 0;

  // From now on no request waits for a fuller batch. Returns at once.
  virtual void hurry() = 0;

  // Refuses what comes from now on (unavailable), lets what is queued and running finish, then ends the instances. What is not
  // finished when `patience` is over is answered with unavailable; an engine that has not come back 2 s later is left behind, on
  // a thread that owns what it uses.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace headrace::serve
