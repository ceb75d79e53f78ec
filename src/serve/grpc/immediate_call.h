// A unary call that is answered where it arrives: all that ask and do not compute.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "serve/grpc/call.h"
#include "serve/grpc/message.h"
#include "serve/grpc/status.h"

namespace headrace::serve {

// `answer` makes a Result<Response> of a Request.
template <typename Request, typename Answer>
grpc::Status answer_now(const Front& front, const grpc::ByteBuffer& bytes, Call& call, const Answer& answer,
                        grpc::ByteBuffer& response) {
  Request request;
  if (const Status read = read_query(bytes, front.limits, request); !read) return status_of(read.error());
  if constexpr (requires { request.name(); }) call.model = request.name();
  if constexpr (requires { request.version(); }) call.version = request.version();
  const auto result = answer(std::as_const(request));
  if (!result) return status_of(result.error());
  response = write_message(*result);
  return grpc::Status::OK;
}

template <typename Request, typename Answer>
grpc::ServerUnaryReactor* immediate_call(const Front& front, grpc::CallbackServerContext& context, std::string_view method,
                                         Scope scope, const grpc::ByteBuffer& bytes, grpc::ByteBuffer* response,
                                         const Answer& answer) {
  Call call = call_of(front, context, method);
  call.request_bytes = bytes.Valid() ? bytes.Length() : 0;
  grpc::Status status = check_access(front, context, scope);
  grpc::ByteBuffer made;
  if (status.ok()) status = answer_now<Request>(front, bytes, call, answer, made);
  log_answer(front, call, status, made.Valid() ? made.Length() : 0);
  response->Swap(&made);
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace headrace::serve
