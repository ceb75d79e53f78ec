#include "serve/grpc/inference_service.h"

#include "base/printable.h"
#include "serve/grpc/control_call.h"
#include "serve/grpc/describe.h"
#include "serve/grpc/immediate_call.h"
#include "serve/grpc/infer_call.h"
#include "serve/grpc/stream_call.h"

namespace headrace::serve {
namespace {

// A Result of the service's own type as one of the protocol's message.
template <typename T>
auto described(const Result<T>& result) -> Result<decltype(describe(*result))> {
  if (!result) return result.error();
  return describe(*result);
}

// Loading and failed models are known and not ready; a model that is not there is an error.
// A model that is not there is not ready: Triton's answer, which its clients count on.
Result<inference::ModelReadyResponse> readiness(const Status& status) {
  const bool known_state =
      status || status.error().code == ErrorCode::kUnavailable || status.error().code == ErrorCode::kNotFound;
  if (!known_state) return status.error();
  inference::ModelReadyResponse response;
  response.set_ready(status.ok());
  return response;
}

Result<grpc::health::v1::HealthCheckResponse> health(const Service& service, const std::string& name) {
  if (!name.empty() && name != inference::GRPCInferenceService::service_full_name())
    return not_found("there is no service '" + printable(name) + "'");
  using Response = grpc::health::v1::HealthCheckResponse;
  Response response;
  response.set_status(service.ready() ? Response::SERVING : Response::NOT_SERVING);
  return response;
}

}  // namespace

grpc::ServerUnaryReactor* InferenceService::ServerLive(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ServerLiveRequest>(*front_, *context, "ServerLive", Scope::kOpen, *request, response,
                                                      [&](auto&) {
                                                        inference::ServerLiveResponse live;
                                                        live.set_live(front_->service.live());
                                                        return Result(live);
                                                      });
}

grpc::ServerUnaryReactor* InferenceService::ServerReady(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ServerReadyRequest>(*front_, *context, "ServerReady", Scope::kOpen, *request, response,
                                                       [&](auto&) {
                                                         inference::ServerReadyResponse ready;
                                                         ready.set_ready(front_->service.ready());
                                                         return Result(ready);
                                                       });
}

grpc::ServerUnaryReactor* InferenceService::ModelReady(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ModelReadyRequest>(
      *front_, *context, "ModelReady", Scope::kOpen, *request, response,
      [&](const auto& model) { return readiness(front_->service.model_ready(model.name(), model.version())); });
}

grpc::ServerUnaryReactor* InferenceService::ServerMetadata(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ServerMetadataRequest>(*front_, *context, "ServerMetadata", Scope::kData, *request, response,
                                                          [&](auto&) { return Result(describe(front_->service.metadata())); });
}

grpc::ServerUnaryReactor* InferenceService::ModelMetadata(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ModelMetadataRequest>(
      *front_, *context, "ModelMetadata", Scope::kData, *request, response,
      [&](const auto& model) { return described(front_->service.model_metadata(model.name(), model.version())); });
}

grpc::ServerUnaryReactor* InferenceService::ModelConfig(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ModelConfigRequest>(
      *front_, *context, "ModelConfig", Scope::kData, *request, response,
      [&](const auto& model) { return described(front_->service.model_config(model.name(), model.version())); });
}

grpc::ServerUnaryReactor* InferenceService::ModelStatistics(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::ModelStatisticsRequest>(
      *front_, *context, "ModelStatistics", Scope::kControl, *request, response,
      [&](const auto& model) { return described(front_->service.statistics(model.name(), model.version())); });
}

grpc::ServerUnaryReactor* InferenceService::RepositoryIndex(Context* context, const Bytes* request, Bytes* response) {
  return immediate_call<inference::RepositoryIndexRequest>(
      *front_, *context, "RepositoryIndex", Scope::kData, *request, response,
      [&](const auto& filter) { return Result(describe(front_->service.index(filter.ready()))); });
}

grpc::ServerUnaryReactor* InferenceService::ModelInfer(Context* context, const Bytes* request, Bytes* response) {
  return infer_call(front_, *context, *request, response);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* InferenceService::ModelStreamInfer(Context* context) {
  return StreamCall::start(front_, *context);
}

grpc::ServerUnaryReactor* InferenceService::RepositoryModelLoad(Context* context, const Bytes* request, Bytes* response) {
  return load_call(front_, control_, *context, *request, response);
}

grpc::ServerUnaryReactor* InferenceService::RepositoryModelUnload(Context* context, const Bytes* request, Bytes* response) {
  return unload_call(front_, control_, *context, *request, response);
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* response) {
  return immediate_call<grpc::health::v1::HealthCheckRequest>(
      *front_, *context, "Check", Scope::kOpen, *request, response,
      [&](const auto& of) { return health(front_->service, of.service()); });
}

}  // namespace headrace::serve
