// A service whose models are known by what they do:
//   identity   gives its inputs back, under their own names
//   held       the same, but only at release()
//   <error>    fails with the ErrorCode of this name ("overloaded", "not found", ...)
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "serve/service.h"

namespace headrace::serve::testing {

class FakeService final : public Service {
 public:
  bool live() const override { return true; }
  bool ready() const override { return is_ready; }
  ServerMetadata metadata() const override;
  Status model_ready(std::string_view model, std::string_view version) const override;
  Result<ModelMetadata> model_metadata(std::string_view model, std::string_view version) const override;
  Result<ModelConfig> model_config(std::string_view model, std::string_view version) const override;
  Result<std::vector<ModelStatistics>> statistics(std::string_view model, std::string_view version) const override;
  std::vector<IndexEntry> index(bool ready_only) const override;
  Status load(std::string_view model) override;
  Status unload(std::string_view model) override;
  void infer(InferenceRequest request, Respond respond) override;
  Result<InferenceRequest> picture_request(std::string_view, std::string_view, std::span<const std::byte>) const override;
  Result<std::vector<std::string>> labels(std::string_view, std::string_view) const override;
  std::string metrics() const override { return ""; }

  // Waits until `count` requests are held, and gives the newest: without its tensors, which the service would keep alive.
  InferenceRequest wait_for_held(size_t count);
  // Answers the held request that came as number `index` (0: the first of those still held).
  void release(size_t index = 0);

  std::atomic<bool> is_ready{true};
  std::atomic<bool> control_allowed{true};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<InferenceRequest, Respond>> held_;
};

}  // namespace headrace::serve::testing
