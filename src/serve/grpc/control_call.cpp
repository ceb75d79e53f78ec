#include "serve/grpc/control_call.h"

#include <string>
#include <utility>

#include "inference.pb.h"
#include "serve/contained.h"
#include "serve/grpc/deferred_call.h"
#include "serve/grpc/message.h"
#include "serve/grpc/status.h"

namespace headrace::serve {
namespace {

using LoadRequest = inference::RepositoryModelLoadRequest;
using UnloadRequest = inference::RepositoryModelUnloadRequest;

// What the two calls differ in: the verb, and what the request may carry.
struct Load {
  static constexpr std::string_view kMethod = "RepositoryModelLoad";
  static Status check(const LoadRequest& request) {
    if (request.parameters().empty()) return Ok{};
    return invalid_argument("models are loaded as they lie in the repository: '" + request.parameters().begin()->first +
                            "' and other parameters are not taken");
  }
  static Status run(Service& service, const std::string& model) { return service.load(model); }
  static grpc::ByteBuffer done(const std::string& model) {
    inference::RepositoryModelLoadResponse response;
    response.set_model_name(model);
    response.set_is_loaded(true);
    return write_message(response);
  }
};

struct Unload {
  static constexpr std::string_view kMethod = "RepositoryModelUnload";
  // Triton's clients always send unload_dependents; no model has any.
  static Status check(const UnloadRequest&) { return Ok{}; }
  static Status run(Service& service, const std::string& model) { return service.unload(model); }
  static grpc::ByteBuffer done(const std::string& model) {
    inference::RepositoryModelUnloadResponse response;
    response.set_model_name(model);
    response.set_is_unloaded(true);
    return write_message(response);
  }
};

template <typename Verb>
void run(Front& front, DeferredCall& call) {
  if (call.cancellation().requested()) return;  // while it waited for its turn; it has been answered
  const std::string& model = call.call().model;
  const Status status = contained([&] { return Verb::run(front.service, model); });
  if (status) call.answer(grpc::Status::OK, Verb::done(model));
  else call.answer(control_status_of(status.error()));
}

// Hands the call to the thread, or says why not.
template <typename Verb, typename Request>
Status submit(const std::shared_ptr<Front>& front, ControlThread& thread, const grpc::ByteBuffer& bytes,
              const std::shared_ptr<DeferredCall>& call) {
  Request request;
  HEADRACE_CHECK(read_query(bytes, front->limits, request));
  HEADRACE_CHECK(Verb::check(request));
  call->call().request_bytes = bytes.Length();
  call->call().model = request.model_name().empty() ? request.repository_name() : request.model_name();  // see inference.proto
  if (call->call().model.empty()) return invalid_argument("the request names no model");
  return thread.submit([front, call] { run<Verb>(*front, *call); });
}

template <typename Verb, typename Request>
grpc::ServerUnaryReactor* start(std::shared_ptr<Front> front, ControlThread& thread, const grpc::CallbackServerContext& context,
                                const grpc::ByteBuffer& bytes, grpc::ByteBuffer* response) {
  const auto call = DeferredCall::make(front, call_of(*front, context, Verb::kMethod), response);
  if (const grpc::Status access = check_access(*front, context, Scope::kControl); !access.ok()) call->answer(access);
  else if (const Status submitted = submit<Verb, Request>(front, thread, bytes, call); !submitted)
    call->answer(status_of(submitted.error()));
  return call.get();
}

}  // namespace

grpc::ServerUnaryReactor* load_call(std::shared_ptr<Front> front, ControlThread& thread,
                                    const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                    grpc::ByteBuffer* response) {
  return start<Load, LoadRequest>(std::move(front), thread, context, request, response);
}

grpc::ServerUnaryReactor* unload_call(std::shared_ptr<Front> front, ControlThread& thread,
                                      const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                      grpc::ByteBuffer* response) {
  return start<Unload, UnloadRequest>(std::move(front), thread, context, request, response);
}

}  // namespace headrace::serve
