#include "serve/grpc/fake_service.h"

#include <chrono>

namespace headrace::serve::testing {
namespace {

const Signature& signature() {
  static const Signature made{{{"x", DType::kFloat32, {{-1, "N"}, {3, ""}}}, {"text", DType::kString, {{-1, "N"}, {1, ""}}}},
                              {{"y", DType::kInt64, {{-1, "N"}}}}};
  return made;
}

std::optional<Error> error_named(const std::string& name) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code)
    if (to_string(static_cast<ErrorCode>(code)) == name)
      return Error{static_cast<ErrorCode>(code), "as asked for", "model " + name};
  return std::nullopt;
}

Status known(std::string_view model) {
  if (model == "identity" || model == "held") return Ok{};
  if (const auto error = error_named(std::string(model))) return *error;
  return not_found("there is no model '" + std::string(model) + "'");
}

Result<InferenceResponse> echo(InferenceRequest request) {
  InferenceResponse response{request.model, request.version.empty() ? "7" : request.version, request.id, {}, {}};
  response.outputs = std::move(request.inputs);
  return response;
}

}  // namespace

ServerMetadata FakeService::metadata() const { return {"headrace", "1.2.3", {"statistics", "model_repository"}}; }

Status FakeService::model_ready(std::string_view model, std::string_view) const { return known(model); }

Result<ModelMetadata> FakeService::model_metadata(std::string_view model, std::string_view) const {
  HEADRACE_CHECK(known(model));
  return ModelMetadata{std::string(model), {"6", "7"}, "headrace_native", signature()};
}

Result<ModelConfig> FakeService::model_config(std::string_view model, std::string_view) const {
  HEADRACE_CHECK(known(model));
  ModelConfig config;
  config.name = model;
  config.version = "7";
  config.platform = "headrace_native";
  config.signature = signature();
  config.max_batch_size = 8;
  config.preferred_batch_sizes = {4, 8};
  config.max_queue_delay_us = 250;
  config.max_queue_size = 64;
  config.default_deadline_ms = 20;
  config.instances = 2;
  config.threads = 3;
  return config;
}

Result<std::vector<ModelStatistics>> FakeService::statistics(std::string_view model, std::string_view) const {
  if (!model.empty()) HEADRACE_CHECK(known(model));
  ModelStatistics statistics;
  statistics.name = "identity";
  statistics.version = "7";
  statistics.inference_count = 5;
  statistics.execution_count = 2;
  statistics.success = {5, 900};
  statistics.batches = {{4, {1, 10}, {1, 20}, {1, 30}}};
  return std::vector{statistics};
}

std::vector<IndexEntry> FakeService::index(bool ready_only) const {
  std::vector<IndexEntry> entries{{"identity", "7", "READY", ""}};
  if (!ready_only) entries.push_back({"broken", "1", "UNAVAILABLE", "its file is cut off"});
  return entries;
}

Status FakeService::load(std::string_view model) {
  if (!control_allowed) return unsupported("start the server with --allow-control");
  return known(model);
}

Status FakeService::unload(std::string_view model) { return load(model); }

void FakeService::infer(InferenceRequest request, Respond respond) {
  if (const Status status = known(request.model); !status) return respond(status.error());
  if (request.model != "held") return respond(echo(std::move(request)));
  const std::lock_guard lock(mutex_);
  held_.emplace_back(std::move(request), std::move(respond));
  changed_.notify_all();
}

InferenceRequest FakeService::wait_for_held(size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return held_.size() >= count; })) return {};
  InferenceRequest request = held_.back().first;
  request.inputs.clear();
  return request;
}

void FakeService::release(size_t index) {
  std::unique_lock lock(mutex_);
  auto [request, respond] = std::move(held_.at(index));
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  lock.unlock();
  respond(echo(std::move(request)));
}

Result<InferenceRequest> FakeService::picture_request(std::string_view, std::string_view, std::span<const std::byte>) const {
  return unsupported("no pictures");
}

Result<std::vector<std::string>> FakeService::labels(std::string_view, std::string_view) const {
  return std::vector<std::string>();
}

}  // namespace headrace::serve::testing
