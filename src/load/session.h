// A server, one of its models, and requests for it: what levels and scenarios are measured with.
#pragma once

#include "load/load_test.h"

namespace headrace::load {

class LoadSession {
 public:
  // Asks the server for the model. `options` and `progress` must outlive the session.
  static Result<LoadSession> open(const LoadOptions& options, const Progress& progress);

  // Makes the requests of that batch (0: as the shapes say) anew where the last level had another, tries one of them, and
  // measures.
  Result<LevelResult> measure(const Level& level, const Duration& duration);

  const ModelInfo& model() const { return model_; }
  LoadReport report() const;  // without results

 private:
  LoadSession(const LoadOptions& options, const Progress& progress, ServerApi server, ServerInfo info, ModelInfo model)
      : options_(&options), progress_(&progress), server_(std::move(server)), info_(std::move(info)), model_(std::move(model)) {}
  Status prepare(int64_t batch);
  Status try_one() const;

  const LoadOptions* options_;
  const Progress* progress_;
  ServerApi server_;
  ServerInfo info_;
  ModelInfo model_;
  std::unique_ptr<Target> target_;
  std::unique_ptr<Promise> promise_;
  int64_t batch_ = -1;  // that target_ was made for
};

}  // namespace headrace::load
