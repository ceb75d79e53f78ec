// A server over a FakeService, and a client of it, in one process.
#pragma once

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "inference.grpc.pb.h"
#include "serve/fake_service.h"
#include "serve/grpc/grpc_server.h"

namespace headrace::serve::testing {

using Stub = inference::GRPCInferenceService::Stub;

// Options for a free port of the loopback.
ServerOptions loopback();

class GrpcTest : public ::testing::Test {
 protected:
  GrpcTest();  // with a model of a batch of two inputs, x and text

  // Before the first call; otherwise the server starts with loopback().
  void start(const ServerOptions& options, std::shared_ptr<AccessLog> log = nullptr);
  void TearDown() override;

  GrpcServer& server();
  Stub& stub();
  std::shared_ptr<grpc::Channel> channel();

  grpc::Status infer(const inference::ModelInferRequest& request, inference::ModelInferResponse* response = nullptr);

  FakeService service_;

 private:
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

// Every call of the tests has a deadline, so that a failure is not a hang.
void set_patience(grpc::ClientContext& context);

// A request for `model` with one FP32 input "x".
inference::ModelInferRequest raw_request(const std::string& model, const std::vector<float>& values, const std::string& id = "");
// The same without an input's values.
inference::ModelInferRequest::InferInputTensor* add_input(inference::ModelInferRequest& request, const std::string& name,
                                                          const std::string& datatype, const std::vector<int64_t>& shape);
std::string raw_of(const std::vector<float>& values);

}  // namespace headrace::serve::testing
