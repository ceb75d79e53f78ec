// A session, an engine and a data set without a model behind them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "engines/engine.h"

namespace headrace::testing {

using Function = std::function<Result<std::vector<Tensor>>(std::span<const Tensor>)>;

class FakeSession : public Session {
 public:
  FakeSession(Signature signature, Function function) : signature_(std::move(signature)), function_(std::move(function)) {}
  const Signature& signature() const override { return signature_; }
  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    ++runs;
    HEADRACE_TRY(outputs, function_(inputs));
    return Ok{};
  }
  std::atomic<int> runs{0};

 private:
  Signature signature_;
  Function function_;
};

// Loads a FakeSession for any path.
class FakeEngine : public Engine {
 public:
  FakeEngine(Signature signature, Function function) : signature_(std::move(signature)), function_(std::move(function)) {}
  std::string_view name() const override { return "fake"; }
  std::string version() const override { return "1"; }
  Status available() const override { return Ok{}; }
  bool exact() const override { return true; }
  Result<std::unique_ptr<Session>> load(const ModelSource&, const SessionOptions&) const override {
    return std::unique_ptr<Session>(std::make_unique<FakeSession>(signature_, function_));
  }

 private:
  Signature signature_;
  Function function_;
};

class FakeDataset : public Dataset {
 public:
  explicit FakeDataset(std::vector<Sample> samples) : samples_(std::move(samples)) {}
  size_t size() const override { return samples_.size(); }
  Result<Sample> load(size_t index) const override {
    if (samples_[index].inputs.empty()) return invalid_data("the picture is cut off").at(samples_[index].source);
    return samples_[index];
  }
  const std::vector<std::string>& class_names() const override { return names_; }
  bool labelled() const override { return !samples_.empty() && samples_.front().label.has_value(); }

 private:
  std::vector<Sample> samples_;
  std::vector<std::string> names_;
};

}  // namespace headrace::testing
