// RepositoryModelLoad and RepositoryModelUnload.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "serve/grpc/call.h"
#include "serve/grpc/control_thread.h"

namespace headrace::serve {

grpc::ServerUnaryReactor* load_call(std::shared_ptr<Front> front, ControlThread& thread,
                                    const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                    grpc::ByteBuffer* response);
grpc::ServerUnaryReactor* unload_call(std::shared_ptr<Front> front, ControlThread& thread,
                                      const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                      grpc::ByteBuffer* response);

}  // namespace headrace::serve
