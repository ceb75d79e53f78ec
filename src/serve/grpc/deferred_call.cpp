#include "serve/grpc/deferred_call.h"

namespace headrace::serve {

std::shared_ptr<DeferredCall> DeferredCall::make(std::shared_ptr<Front> front, Call call, grpc::ByteBuffer* response) {
  std::shared_ptr<DeferredCall> made(new DeferredCall(std::move(front), std::move(call), response));
  made->self_ = made;
  return made;
}

void DeferredCall::answer(const grpc::Status& status, grpc::ByteBuffer response, const RequestTiming& timing) {
  if (answered_.exchange(true)) return;
  const size_t bytes = response.Valid() ? response.Length() : 0;
  response_->Swap(&response);
  Finish(status);
  log_answer(*front_, call_, status, bytes, timing);  // behind Finish: the client need not wait for it
}

void DeferredCall::OnCancel() {
  cancellation_.request();
  const bool late = call_.deadline && Clock::now() >= *call_.deadline;
  answer(late ? grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "the client's deadline has passed")
              : grpc::Status(grpc::StatusCode::CANCELLED, "the client has gone away"));
}

}  // namespace headrace::serve
