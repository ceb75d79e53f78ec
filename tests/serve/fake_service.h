// A service without models behind it: what comes in goes out again, and tests say when.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "serve/service.h"

namespace headrace::serve::testing {

// Its models, in versions 1 and 2, with the signature that is set here:
//   identity   gives its inputs back, under their own names
//   held       the same, but only at release()
//   <error>    fails with the ErrorCode of this name ("overloaded", "not found", ...)
class FakeService : public Service {
 public:
  FakeService();

  Signature signature;
  std::atomic<bool> is_ready{true};
  std::atomic<bool> control_allowed{true};
  // Set: every model is as "held". Otherwise infer() answers inline.
  std::atomic<bool> hold{false};
  std::atomic<bool> out_of_memory{false};                                    // picture_request() and load() throw
  std::optional<Error> failure;                                              // what infer answers instead
  std::function<std::vector<NamedTensor>(const InferenceRequest&)> compute;  // instead of identity

  // Waits for `count` requests to be held.
  bool wait_for_held(size_t count);
  void release();              // all of them
  void release(size_t index);  // the one that came as number `index` of those still held
  size_t held() const;
  InferenceRequest last() const;  // the request that came last
  int loads() const { return loads_; }

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
  Result<InferenceRequest> picture_request(std::string_view model, std::string_view version,
                                           std::span<const std::byte> picture) const override;
  Result<std::vector<std::string>> labels(std::string_view model, std::string_view version) const override;
  std::string metrics() const override { return "# HELP up\nup 1\n"; }

 private:
  struct Held {
    InferenceRequest request;
    Respond respond;
  };
  void answer(InferenceRequest request, const Respond& respond) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Held> held_;
  InferenceRequest last_;
  std::atomic<int> loads_{0};
};

}  // namespace headrace::serve::testing
