// A model without an engine, and a backend that makes it out of any file: what the file says decides how it behaves.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "serve/repository/catalogue.h"
#include "support/test_support.h"

namespace headrace::serve::testing {

class FakeModel final : public Model {
 public:
  explicit FakeModel(LoadedModel loaded) : loaded_(std::move(loaded)) {}

  ModelMetadata metadata() const override { return {loaded_.name, {loaded_.version}, loaded_.platform, loaded_.signature}; }
  ModelConfig config() const override;
  ModelStatistics statistics() const override;
  Status ready() const override;
  // Answers at once, on the caller's thread, with the file's text as the answer's id; refuses when it has been drained.
  void infer(InferenceRequest request, Respond respond) override;
  void hurry() override { hurried_ = true; }
  void drain(std::chrono::milliseconds) override { drained_ = true; }

  bool hurried() const { return hurried_; }
  bool drained() const { return drained_; }
  void hang() { hangs_ = true; }  // an instance does, from now on

 private:
  LoadedModel loaded_;
  std::atomic<bool> drained_{false}, hurried_{false}, hangs_{false};
  std::atomic<uint64_t> answered_{0};
};

// Loads a version by reading its model.onnx (or the file itself) as text. "broken": fails to load. "threadless": never ready.
class FakeBackend {
 public:
  Backend backend();
  int loads() const { return loads_; }
  // Those made so far, in their order.
  std::vector<std::shared_ptr<FakeModel>> models() const;

 private:
  Result<LoadedVersion> load(const std::string& name, const VersionSource& source);

  std::atomic<int> loads_{0};
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<FakeModel>> models_;
};

// Puts a version there under a new inode, as deploy does: made beside it and renamed. `toml` empty: no headrace.toml.
void put_version(const std::filesystem::path& folder, const std::string& text, const std::string& toml = "");

// What a request for this model is answered, in one word: the text of the file that serves, or the error's code.
std::string answer(const std::shared_ptr<const Catalogue>& catalogue, const std::string& model, const std::string& version = "");

}  // namespace headrace::serve::testing
