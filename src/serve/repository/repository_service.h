// The service that front ends talk to, over a repository.
#pragma once

#include <atomic>
#include <memory>

#include "serve/repository/repository.h"
#include "serve/service.h"

namespace headrace::serve {

class RepositoryService final : public Service {
 public:
  struct Options {
    bool allow_control = false;
    bool triton_metrics = false;
  };
  RepositoryService(std::unique_ptr<Repository> repository, std::shared_ptr<CpuBudget> budget, Options options);

  bool live() const override { return true; }
  bool ready() const override;
  ServerMetadata metadata() const override;
  Status model_ready(std::string_view model, std::string_view version) const override;
  Result<ModelMetadata> model_metadata(std::string_view model, std::string_view version) const override;
  Result<ModelConfig> model_config(std::string_view model, std::string_view version) const override;
  Result<std::vector<ModelStatistics>> statistics(std::string_view model, std::string_view version) const override;
  std::vector<IndexEntry> index(bool ready_only) const override;
  // These two wait until the model is loaded, or out of the catalogue.
  Status load(std::string_view model) override;
  Status unload(std::string_view model) override;
  void infer(InferenceRequest request, Respond respond) override;
  Result<InferenceRequest> picture_request(std::string_view model, std::string_view version,
                                           std::span<const std::byte> picture) const override;
  Result<std::vector<std::string>> labels(std::string_view model, std::string_view version) const override;
  std::string metrics() const override;

  std::vector<ServedPointer> served() const;
  // ready() turns false; requests that still come are answered.
  void begin_shutdown();
  // Afterwards: models finish what they have, and refuse the rest.
  void drain(std::chrono::milliseconds patience) { repository_->drain(patience); }

 private:
  Status may_control() const;

  const std::unique_ptr<Repository> repository_;
  const std::shared_ptr<CpuBudget> budget_;
  const Options options_;
  std::atomic<bool> stopping_{false};
  struct Counters {
    std::atomic<int64_t> in_flight{0};
    std::atomic<uint64_t> without_model{0};  // requests that named no model which is ready
  };
  // Shared with requests: an instance that hangs may answer when the service is gone.
  const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace headrace::serve
