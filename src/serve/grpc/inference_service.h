// The services as gRPC registers them: each method in one line, and nothing else.
#pragma once

#include <memory>

#include "health.grpc.pb.h"
#include "inference.grpc.pb.h"
#include "serve/grpc/control_thread.h"
#include "serve/grpc/front.h"

namespace headrace::serve {

// Every method raw (see message.h) and with the callback API: no thread waits for an inference.
template <typename Base>
using RawQueries = inference::GRPCInferenceService::WithRawCallbackMethod_ServerLive<
    inference::GRPCInferenceService::WithRawCallbackMethod_ServerReady<
        inference::GRPCInferenceService::WithRawCallbackMethod_ModelReady<
            inference::GRPCInferenceService::WithRawCallbackMethod_ServerMetadata<
                inference::GRPCInferenceService::WithRawCallbackMethod_ModelMetadata<
                    inference::GRPCInferenceService::WithRawCallbackMethod_ModelConfig<
                        inference::GRPCInferenceService::WithRawCallbackMethod_ModelStatistics<
                            inference::GRPCInferenceService::WithRawCallbackMethod_RepositoryIndex<Base>>>>>>>>;
template <typename Base>
using RawActions = inference::GRPCInferenceService::WithRawCallbackMethod_ModelInfer<
    inference::GRPCInferenceService::WithRawCallbackMethod_ModelStreamInfer<
        inference::GRPCInferenceService::WithRawCallbackMethod_RepositoryModelLoad<
            inference::GRPCInferenceService::WithRawCallbackMethod_RepositoryModelUnload<Base>>>>;

class InferenceService final : public RawActions<RawQueries<inference::GRPCInferenceService::Service>> {
 public:
  explicit InferenceService(std::shared_ptr<Front> front) : front_(std::move(front)) {}

  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  grpc::ServerUnaryReactor* ServerLive(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ServerReady(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ModelReady(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ServerMetadata(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ModelMetadata(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ModelConfig(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ModelStatistics(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* RepositoryIndex(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* ModelInfer(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerBidiReactor<Bytes, Bytes>* ModelStreamInfer(Context* context) override;
  grpc::ServerUnaryReactor* RepositoryModelLoad(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerUnaryReactor* RepositoryModelUnload(Context* context, const Bytes* request, Bytes* response) override;

 private:
  const std::shared_ptr<Front> front_;
  ControlThread control_;
};

class HealthService final : public grpc::health::v1::Health::WithRawCallbackMethod_Check<grpc::health::v1::Health::Service> {
 public:
  explicit HealthService(std::shared_ptr<Front> front) : front_(std::move(front)) {}
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                  grpc::ByteBuffer* response) override;

 private:
  const std::shared_ptr<Front> front_;
};

}  // namespace headrace::serve
