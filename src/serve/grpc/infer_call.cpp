#include "serve/grpc/infer_call.h"

#include <algorithm>
#include <utility>

#include "serve/grpc/decode_request.h"
#include "serve/grpc/deferred_call.h"
#include "serve/grpc/encode_response.h"
#include "serve/grpc/message.h"
#include "serve/grpc/status.h"

namespace headrace::serve {
namespace {

void answer(DeferredCall& call, const Result<InferenceResponse>& response) {
  if (!response) return call.answer(status_of(response.error()));
  Result<grpc::ByteBuffer> bytes = encode_response(*response);
  if (!bytes) return call.answer(status_of(bytes.error()));
  call.answer(grpc::Status::OK, std::move(bytes).value(), response->timing);
}

}  // namespace

Result<Admitted> admit(const std::shared_ptr<Front>& front, const grpc::ByteBuffer& bytes, Call& call) {
  call.request_bytes = bytes.Valid() ? bytes.Length() : 0;
  HEADRACE_TRY(auto admission, Admission::of(front, call.request_bytes));
  const auto message = std::make_shared<inference::ModelInferRequest>();
  HEADRACE_CHECK(read_message(bytes, front->limits, *message, [&](size_t more) { return admission->add(more); }));
  call.model = message->model_name();
  call.version = message->model_version();
  call.id = message->id();
  HEADRACE_TRY(InferenceRequest request, decode_request(message, call.arrived, front->limits));
  if (call.deadline) request.deadline = std::min(request.deadline.value_or(*call.deadline), *call.deadline);
  request.traceparent = call.traceparent;
  return Admitted{std::move(request), std::move(admission)};
}

grpc::ServerUnaryReactor* infer_call(std::shared_ptr<Front> front, const grpc::CallbackServerContext& context,
                                     const grpc::ByteBuffer& request, grpc::ByteBuffer* response) {
  const auto call = DeferredCall::make(front, call_of(*front, context, "ModelInfer"), response);
  grpc::ServerUnaryReactor* const reactor = call.get();
  if (const grpc::Status access = check_access(*front, context, Scope::kData); !access.ok()) {
    call->answer(access);
    return reactor;
  }
  Result<Admitted> admitted = admit(front, request, call->call());
  if (!admitted) {
    call->answer(status_of(admitted.error()));
    return reactor;
  }
  admitted->request.cancellation = call->cancellation();
  front->service.infer(std::move(admitted->request), [call, admission = std::move(admitted->admission)](
                                                         const Result<InferenceResponse>& answered) { answer(*call, answered); });
  return reactor;
}

}  // namespace headrace::serve
