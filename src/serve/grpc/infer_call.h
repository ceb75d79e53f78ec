// ModelInfer: one request, one answer.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "inference.pb.h"
#include "serve/grpc/call.h"

namespace headrace::serve {

grpc::ServerUnaryReactor* infer_call(std::shared_ptr<Front> front, const grpc::CallbackServerContext& context,
                                     const grpc::ByteBuffer& request, grpc::ByteBuffer* response);

// What ModelInfer and ModelStreamInfer have in common: a request out of its bytes, with what the call adds (deadline,
// traceparent). Tells `call` for the log what it knows of the request, if it fails too.
struct Admitted {
  InferenceRequest request;
  std::shared_ptr<Admission> admission;  // to be kept until the service has answered
};
Result<Admitted> admit(const std::shared_ptr<Front>& front, const grpc::ByteBuffer& bytes, Call& call);

}  // namespace headrace::serve
