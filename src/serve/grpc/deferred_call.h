// A unary call that is answered later, from any thread: ModelInfer, load and unload.
//
// It is answered exactly once, by whoever comes first: the service, or gRPC when the client has gone away, its deadline has
// passed, or the server's patience while draining is over. The service's answer may thus come to a call that no longer exists, so
// a call lives as long as anybody holds it. And a service that never answers cannot keep the server from stopping.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>

#include "serve/cancellation.h"
#include "serve/grpc/call.h"

namespace headrace::serve {

class DeferredCall final : public grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<DeferredCall> make(std::shared_ptr<Front> front, Call call, grpc::ByteBuffer* response);

  // Does nothing if the call has been answered.
  void answer(const grpc::Status& status, grpc::ByteBuffer response = {}, const RequestTiming& timing = {});

  const Call& call() const { return call_; }
  Call& call() { return call_; }  // to be changed before anybody else has it
  Cancellation cancellation() const { return cancellation_; }

  void OnCancel() override;
  void OnDone() override { self_.reset(); }

 private:
  DeferredCall(std::shared_ptr<Front> front, Call call, grpc::ByteBuffer* response)
      : front_(std::move(front)), call_(std::move(call)), response_(response) {}

  const std::shared_ptr<Front> front_;
  Call call_;
  grpc::ByteBuffer* const response_;  // gRPC's, valid until the call is answered
  Cancellation cancellation_;
  std::atomic<bool> answered_{false};
  std::shared_ptr<DeferredCall> self_;  // gRPC's share: until OnDone
};

}  // namespace headrace::serve
