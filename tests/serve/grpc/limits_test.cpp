// Bytes that are no requests, and too many of them.
#include <grpcpp/generic/generic_stub.h>

#include <thread>

#include "serve/grpc/client.h"
#include "support/deflate.h"

namespace headrace::serve::testing {
namespace {

using grpc::StatusCode;
using headrace::testing::deflated;
using ::testing::HasSubstr;

class LimitsTest : public GrpcTest {
 protected:
  // The status of a method for these bytes as they are.
  grpc::Status call(const std::string& method, const std::string& bytes) {
    grpc::GenericStub generic(channel());
    grpc::ClientContext context;
    set_patience(context);
    const grpc::Slice slice(bytes);
    grpc::CompletionQueue queue;
    const auto call =
        generic.PrepareUnaryCall(&context, "/inference.GRPCInferenceService/" + method, grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }
  grpc::Status infer_bytes(const std::string& bytes) { return call("ModelInfer", bytes); }
};

TEST_F(LimitsTest, BytesThatAreNoRequestAreTheClientsFault) {
  for (const std::string bytes : {"\xff\xff\xff", "\x0a\x7f", "\x0a\x01\xff" /* a model's name that is not UTF-8 */}) {
    const grpc::Status status = infer_bytes(bytes);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("ModelInferRequest"));
  }
  EXPECT_EQ(infer_bytes("").error_code(), StatusCode::NOT_FOUND) << "a request for the model without a name";
}

TEST_F(LimitsTest, CompressedMessagesAreTakenInBounds) {
  ServerOptions options = loopback();
  options.limits.max_body_bytes = 1 << 20;
  start(options);
  const std::string request = raw_request("identity", std::vector<float>(10'000, 1.0F)).SerializeAsString();
  for (const int window_bits : {31, 15}) {
    EXPECT_TRUE(infer_bytes(deflated(request, window_bits)).ok());
    EXPECT_EQ(infer_bytes(deflated(request, window_bits).substr(0, 40)).error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(infer_bytes(deflated(request, window_bits) + "more").error_code(), StatusCode::INVALID_ARGUMENT);
    const grpc::Status bomb = infer_bytes(deflated(std::string(8 << 20, '\0'), window_bits));
    EXPECT_EQ(bomb.error_code(), StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(bomb.error_message(), HasSubstr("larger than 1048576 bytes"));
  }
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {  // as gRPC's own clients compress
    grpc::ClientContext context;
    set_patience(context);
    context.set_compression_algorithm(algorithm);
    inference::ModelInferResponse response;
    EXPECT_TRUE(stub().ModelInfer(&context, raw_request("identity", std::vector<float>(10'000, 1.0F)), &response).ok());
  }
}

TEST_F(LimitsTest, MessagesThatAreTooLarge) {
  ServerOptions options = loopback();
  options.limits.max_body_bytes = 10'000;
  start(options);
  EXPECT_EQ(infer(raw_request("identity", std::vector<float>(5'000))).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(infer(raw_request("identity", {1})).ok());
}

TEST_F(LimitsTest, BytesInFlightAreBoundedTogether) {
  ServerOptions options = loopback();
  options.limits.max_body_bytes_in_flight = 6'000;
  start(options);
  const auto request = raw_request("held", std::vector<float>(1'000));  // 4 KB
  std::thread caller([&] { EXPECT_TRUE(infer(request).ok()); });
  EXPECT_TRUE(service_.wait_for_held(1));
  EXPECT_EQ(infer(request).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  service_.release();
  caller.join();
  EXPECT_TRUE(infer(raw_request("identity", std::vector<float>(1'000))).ok());
}

// What a message becomes counts, not what it comes as: each of these takes a multiple of its bytes.
TEST_F(LimitsTest, MessagesThatGrowAreCountedAsGrown) {
  ServerOptions options = loopback();
  options.limits.max_body_bytes_in_flight = 1 << 20;
  start(options);
  inference::ModelInferRequest strings;
  for (int i = 0; i < 50'000; ++i) strings.add_raw_input_contents();
  inference::ModelInferRequest elements;
  elements.add_inputs()->mutable_contents()->mutable_int64_contents()->Resize(100'000, 1);
  std::string unknown, group = "\xfb\x01";  // field 31
  for (int i = 0; i < 50'000; ++i) unknown += std::string("\xfa\x01\x00", 3);
  group += unknown + "\xfc\x01";
  std::string zeros = raw_request("identity", std::vector<float>(300'000)).SerializeAsString();
  for (const std::string& bytes :
       {strings.SerializeAsString(), elements.SerializeAsString(), unknown, group, deflated(zeros, 31)}) {
    EXPECT_LT(bytes.size(), size_t{1} << 18);
    const grpc::Status status = infer_bytes(bytes);
    EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("bytes of memory"));
  }
  EXPECT_TRUE(infer(raw_request("identity", std::vector<float>(100'000))).ok()) << "all has been given back";
}

TEST_F(LimitsTest, StringsOfATensorAreBoundedByTheirObjects) {
  ServerOptions options = loopback();
  options.limits.max_body_bytes = 1000;
  start(options);
  inference::ModelInferRequest request;
  request.set_model_name("identity");
  add_input(request, "x", "BYTES", {30});
  request.add_raw_input_contents(std::string(120, '\0'));
  EXPECT_TRUE(infer(request).ok());
  request.mutable_inputs(0)->set_shape(0, 40);
  request.set_raw_input_contents(0, std::string(160, '\0'));
  const grpc::Status status = infer(request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("more memory than the 1000 bytes"));
}

TEST_F(LimitsTest, MessagesWithoutTensorsAreSmall) {
  std::string unknown;
  for (int i = 0; i < 50'000; ++i) unknown += std::string("\xfa\x01\x00", 3);
  for (const char* method : {"ServerLive", "ModelMetadata", "RepositoryModelLoad"}) {
    EXPECT_EQ(call(method, unknown).error_code(), StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(call(method, deflated(unknown, 31)).error_code(), StatusCode::RESOURCE_EXHAUSTED) << method;
  }
  EXPECT_TRUE(call("ServerLive", "").ok());
}

TEST_F(LimitsTest, TooManyTensors) {
  ServerOptions options = loopback();
  options.limits.max_tensors = 3;
  start(options);
  inference::ModelInferRequest request;
  request.set_model_name("identity");
  for (int i = 0; i < 4; ++i) add_input(request, "x", "FP32", {0});
  EXPECT_THAT(infer(request).error_message(), HasSubstr("4 inputs, more than the 3"));
  // Two bytes each: counted before objects are made of them.
  for (int i = 0; i < 10'000; ++i) request.add_inputs();
  EXPECT_THAT(infer(request).error_message(), HasSubstr("more than 96 tensors and parameters"));
}

}  // namespace
}  // namespace headrace::serve::testing
