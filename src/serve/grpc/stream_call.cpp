#include "serve/grpc/stream_call.h"

#include <utility>

#include "serve/grpc/encode_response.h"
#include "serve/grpc/infer_call.h"
#include "serve/grpc/status.h"

namespace headrace::serve {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamCall::start(std::shared_ptr<Front> front,
                                                                               const grpc::CallbackServerContext& context) {
  const std::shared_ptr<StreamCall> stream(new StreamCall(front, call_of(*front, context, "ModelStreamInfer")));
  stream->self_ = stream;
  grpc::Status status = check_access(*front, context, Scope::kData);
  if (status.ok()) {
    const Status added = front->streams.add(stream, static_cast<size_t>(front->limits.max_connections));
    if (!added) status = status_of(added.error());
  }
  const std::lock_guard lock(stream->mutex_);
  if (!status.ok()) stream->end_ = status;
  stream->advance();
  return stream.get();
}

void StreamCall::drain() {
  const std::lock_guard lock(mutex_);
  if (!end_) end_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down");
  advance();
}

// Reads while there is room, writes what is next, and finishes when nothing is left of either.
void StreamCall::advance() {
  if (finished_) return;
  if (!writing_ && !answers_.empty() && answers_.front()) {
    outgoing_ = std::move(*answers_.front());
    answers_.pop_front();
    ++first_;
    writing_ = true;
    StartWrite(&outgoing_);
  }
  if (end_ && answers_.empty() && !writing_) return finish(*end_);
  if (!end_ && !reading_ && answers_.size() < kMaxInFlight) {
    reading_ = true;
    StartRead(&incoming_);
  }
}

void StreamCall::finish(const grpc::Status& status) {
  finished_ = true;
  Finish(status);
  log_answer(*front_, call_, status);
}

void StreamCall::OnReadDone(bool ok) {
  grpc::ByteBuffer bytes;
  Number number = 0;
  {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (!ok && !end_) end_ = grpc::Status::OK;  // the client has sent its last; a stream that broke is told by OnCancel
    if (end_ || finished_) return advance();
    bytes.Swap(&incoming_);
    number = first_ + answers_.size();
    answers_.emplace_back();
  }
  infer(number, bytes);
  const std::lock_guard lock(mutex_);
  advance();
}

void StreamCall::infer(Number number, const grpc::ByteBuffer& bytes) {
  Call call = call_;
  call.arrived = Clock::now();
  Result<Admitted> admitted = admit(front_, bytes, call);
  if (!admitted) return respond(number, call, std::move(admitted).error());
  admitted->request.cancellation = cancellation_;
  front_->service.infer(std::move(admitted->request),
                        [self = shared_from_this(), number, call = std::move(call), admission = std::move(admitted->admission)](
                            const Result<InferenceResponse>& response) { self->respond(number, call, response); });
}

void StreamCall::respond(Number number, const Call& call, const Result<InferenceResponse>& response) {
  Result<grpc::ByteBuffer> bytes = response ? encode_stream_response(*response) : Result<grpc::ByteBuffer>(response.error());
  const grpc::Status status = bytes ? grpc::Status::OK : status_of(bytes.error());
  if (!bytes) bytes = encode_stream_error(call.model, call.id, bytes.error());
  const size_t size = bytes->Length();
  complete(number, std::move(bytes).value());
  log_answer(*front_, call, status, size, response ? response->timing : RequestTiming{});
}

void StreamCall::complete(Number number, grpc::ByteBuffer answer) {
  const std::lock_guard lock(mutex_);
  const Number index = number - first_;
  if (index >= answers_.size()) return;  // the stream broke off meanwhile
  answers_[index] = std::move(answer);
  advance();
}

void StreamCall::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  outgoing_.Clear();
  if (!ok) {  // the client is gone: nothing of what is left can be said
    answers_.clear();
    end_ = grpc::Status(grpc::StatusCode::CANCELLED, "the client has gone away");
  }
  advance();
}

void StreamCall::OnCancel() {
  cancellation_.request();
  const std::lock_guard lock(mutex_);
  answers_.clear();  // the service's answers will find the stream finished
  end_ = grpc::Status(grpc::StatusCode::CANCELLED, "the client has gone away");
  advance();
}

void StreamCall::OnDone() {
  front_->streams.remove(shared_from_this());
  self_.reset();
}

}  // namespace headrace::serve
