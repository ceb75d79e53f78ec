#include "serve/fake_service.h"

#include <chrono>
#include <new>

namespace headrace::serve::testing {
namespace {

std::optional<Error> error_named(std::string_view name) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code)
    if (to_string(static_cast<ErrorCode>(code)) == name)
      return Error{static_cast<ErrorCode>(code), "as asked for", "model " + std::string(name)};
  return std::nullopt;
}

}  // namespace

FakeService::FakeService() {
  const TensorSpec input{"x", DType::kFloat32, {Dim{-1, "N"}, Dim{2, ""}}};
  signature.inputs = {input};
  signature.outputs = {input};
}

bool FakeService::wait_for_held(size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return held_.size() >= count; });
}

size_t FakeService::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

void FakeService::release() {
  std::deque<Held> released;
  {
    const std::lock_guard lock(mutex_);
    released.swap(held_);
  }
  for (Held& one : released) answer(std::move(one.request), one.respond);
}

void FakeService::release(size_t index) {
  std::unique_lock lock(mutex_);
  Held one = std::move(held_.at(index));  // throws when a test's wait for it has failed
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  lock.unlock();
  answer(std::move(one.request), one.respond);
}

InferenceRequest FakeService::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

ServerMetadata FakeService::metadata() const { return {"headrace", "1.2.3", {"binary_tensor_data", "statistics"}}; }

Status FakeService::model_ready(std::string_view model, std::string_view version) const {
  if (auto error = error_named(model)) return *std::move(error);
  if (model != "identity" && model != "held") return not_found("there is no model \"" + std::string(model) + "\"");
  if (!version.empty() && version != "1" && version != "2") return not_found("there is no version " + std::string(version));
  return is_ready ? Status(Ok{}) : unavailable("the model is loading");
}

Result<ModelMetadata> FakeService::model_metadata(std::string_view model, std::string_view version) const {
  HEADRACE_CHECK(model_ready(model, version));
  return ModelMetadata{std::string(model), {"1", "2"}, "headrace_native", signature};
}

Result<ModelConfig> FakeService::model_config(std::string_view model, std::string_view version) const {
  HEADRACE_CHECK(model_ready(model, version));
  ModelConfig config;
  config.name = model;
  config.version = "2";
  config.platform = "headrace_native";
  config.signature = signature;
  config.max_batch_size = 8;
  config.preferred_batch_sizes = {4, 8};
  config.max_queue_delay_us = 250;
  config.max_queue_size = 64;
  config.default_deadline_ms = 20;
  config.instances = 2;
  config.threads = 3;
  return config;
}

Result<std::vector<ModelStatistics>> FakeService::statistics(std::string_view model, std::string_view version) const {
  if (!model.empty()) HEADRACE_CHECK(model_ready(model, version));
  ModelStatistics statistics;
  statistics.name = "identity";
  statistics.version = "2";
  statistics.inference_count = 5;
  statistics.execution_count = 2;
  statistics.success = {5, 900};
  statistics.batches = {{4, {1, 10}, {1, 20}, {1, 30}}};
  return std::vector<ModelStatistics>{statistics};
}

std::vector<IndexEntry> FakeService::index(bool ready_only) const {
  std::vector<IndexEntry> entries{{"identity", "2", "READY", ""}};
  if (!ready_only) entries.push_back({"broken", "1", "UNAVAILABLE", "its file is cut off"});
  return entries;
}

Status FakeService::load(std::string_view model) {
  if (out_of_memory) throw std::bad_alloc();
  if (!control_allowed) return unsupported("start the server with --allow-control");
  HEADRACE_CHECK(model_ready(model, {}));
  ++loads_;
  return Ok{};
}

Status FakeService::unload(std::string_view model) { return load(model); }

void FakeService::infer(InferenceRequest request, Respond respond) {
  {
    const std::lock_guard lock(mutex_);
    last_ = request;
    last_.inputs.clear();
    if (hold || request.model == "held") {
      held_.push_back({std::move(request), std::move(respond)});
      changed_.notify_all();
      return;
    }
  }
  answer(std::move(request), respond);
}

void FakeService::answer(InferenceRequest request, const Respond& respond) const {
  if (request.cancellation.requested()) return respond(cancelled());
  if (failure) return respond(*failure);
  if (const Status status = model_ready(request.model, request.version); !status) return respond(status.error());
  InferenceResponse response;
  response.model = request.model;
  response.version = request.version.empty() ? "2" : request.version;
  response.id = request.id;
  response.timing.batch_size = 1;
  response.outputs = compute ? compute(request) : std::move(request.inputs);
  respond(std::move(response));
}

Result<InferenceRequest> FakeService::picture_request(std::string_view model, std::string_view version,
                                                      std::span<const std::byte> picture) const {
  HEADRACE_CHECK(model_ready(model, version));
  if (out_of_memory) throw std::bad_alloc();
  if (picture.size() < 4) return invalid_data("this is neither a JPEG nor a PNG file");
  InferenceRequest request;
  request.inputs.push_back({"x", Tensor::from<float>({1, 3}, std::vector<float>{0, 2, 1})});
  return request;
}

Result<std::vector<std::string>> FakeService::labels(std::string_view, std::string_view) const {
  return std::vector<std::string>{"cat", "dog"};
}

}  // namespace headrace::serve::testing
