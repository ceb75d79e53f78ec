// ModelStreamInfer: many requests and their answers over one call.
//
// Requests of a stream are computed side by side, and answered in the order in which they came: a client may match answers by
// counting or by id. A request that fails is answered with its error_message and the stream goes on. A stream has at most
// kMaxInFlight requests that are not answered yet; then it stops reading, and gRPC's flow control holds the client back. Its
// deadline and `traceparent` count for each of its requests.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "serve/grpc/call.h"

namespace headrace::serve {

class StreamCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  static constexpr size_t kMaxInFlight = 64;

  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* start(std::shared_ptr<Front> front,
                                                                            const grpc::CallbackServerContext& context);

  // Answers what is in flight, reads nothing more, and ends with UNAVAILABLE.
  void drain();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  StreamCall(std::shared_ptr<Front> front, Call call) : front_(std::move(front)), call_(std::move(call)) {}

  using Number = uint64_t;  // of a request within the stream
  void infer(Number number, const grpc::ByteBuffer& bytes);
  void respond(Number number, const Call& call, const Result<InferenceResponse>& response);
  void complete(Number number, grpc::ByteBuffer answer);
  void advance();  // under mutex_: starts what can be started
  void finish(const grpc::Status& status);

  const std::shared_ptr<Front> front_;
  const Call call_;  // of the stream as a whole
  Cancellation cancellation_;

  // gRPC runs reactions on threads of its own, never within a Start...() or Finish(): these may be called under the mutex.
  std::mutex mutex_;
  grpc::ByteBuffer incoming_, outgoing_;
  std::deque<std::optional<grpc::ByteBuffer>> answers_;  // to the requests from first_ on; nullopt: not answered yet
  Number first_ = 0;
  bool reading_ = false, writing_ = false, finished_ = false;
  std::optional<grpc::Status> end_;   // how the stream ends, once its last answer is written
  std::shared_ptr<StreamCall> self_;  // gRPC's share: until OnDone
};

}  // namespace headrace::serve
