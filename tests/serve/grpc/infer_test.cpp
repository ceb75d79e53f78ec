#include <limits>
#include <thread>

#include "serve/grpc/client.h"

namespace headrace::serve::testing {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

class Infer : public GrpcTest {
 protected:
  // Status and message of a request for the identity with one input, which `fill` completes.
  grpc::Status infer_typed(const std::string& datatype, const std::vector<int64_t>& shape,
                           const std::function<void(inference::InferTensorContents&)>& fill) {
    inference::ModelInferRequest request;
    request.set_model_name("identity");
    fill(*add_input(request, "x", datatype, shape)->mutable_contents());
    response_.Clear();
    return infer(request, &response_);
  }
  inference::ModelInferResponse response_;
};

TEST_F(Infer, RawTensorsComeBack) {
  const auto request = raw_request("identity", {1, -2, 3.5F}, "id 1");
  ASSERT_TRUE(infer(request, &response_).ok());
  EXPECT_EQ(response_.model_name(), "identity");
  EXPECT_EQ(response_.model_version(), "2");
  EXPECT_EQ(response_.id(), "id 1");
  ASSERT_EQ(response_.outputs_size(), 1);
  EXPECT_EQ(response_.outputs(0).name(), "x");
  EXPECT_EQ(response_.outputs(0).datatype(), "FP32");
  EXPECT_THAT(response_.outputs(0).shape(), ::testing::ElementsAre(3));
  EXPECT_THAT(response_.raw_output_contents(), ::testing::ElementsAre(request.raw_input_contents(0)));
}

TEST_F(Infer, LargeTensorsAndSeveralOfThemComeBackInOrder) {
  std::vector<float> large(100'000);
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<float>(i);
  auto request = raw_request("identity", large);
  for (const char* name : {"small", "large again"}) {
    const std::vector<float> values = name == std::string("small") ? std::vector<float>{5} : large;
    add_input(request, name, "FP32", {static_cast<int64_t>(values.size())});
    request.add_raw_input_contents(raw_of(values));
  }
  ASSERT_TRUE(infer(request, &response_).ok());
  EXPECT_THAT(response_.raw_output_contents(), ::testing::ElementsAreArray(request.raw_input_contents()));
  EXPECT_EQ(response_.outputs(1).name(), "small");
}

TEST_F(Infer, TypedContentsOfEveryDatatype) {
  using Contents = inference::InferTensorContents;
  const auto raw = [&](const std::string& datatype, const std::function<void(Contents&)>& fill) {
    const grpc::Status status = infer_typed(datatype, {2}, fill);
    return status.ok() ? response_.raw_output_contents(0) : status.error_message();
  };
  using std::string;
  const auto add_int = [](Contents& c) { c.add_int_contents(1), c.add_int_contents(-2); };
  const auto add_uint = [](Contents& c) { c.add_uint_contents(1), c.add_uint_contents(255); };
  EXPECT_EQ(raw("BOOL", [](Contents& c) { c.add_bool_contents(true), c.add_bool_contents(false); }), string("\1\0", 2));
  EXPECT_EQ(raw("INT8", add_int), "\x01\xfe");
  EXPECT_EQ(raw("INT16", add_int), string("\x01\0\xfe\xff", 4));
  EXPECT_EQ(raw("INT32", add_int), string("\x01\0\0\0\xfe\xff\xff\xff", 8));
  EXPECT_EQ(raw("INT64", [](Contents& c) { c.add_int64_contents(1), c.add_int64_contents(-1); }),
            string("\x01\0\0\0\0\0\0\0", 8) + string(8, '\xff'));
  EXPECT_EQ(raw("UINT8", add_uint), "\x01\xff");
  EXPECT_EQ(raw("UINT16", add_uint), string("\x01\0\xff\0", 4));
  EXPECT_EQ(raw("UINT32", add_uint), string("\x01\0\0\0\xff\0\0\0", 8));
  EXPECT_EQ(raw("UINT64", [](Contents& c) { c.add_uint64_contents(1), c.add_uint64_contents(2); }),
            string("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(raw("FP32", [](Contents& c) { c.add_fp32_contents(1), c.add_fp32_contents(-2); }), raw_of({1, -2}));
  EXPECT_EQ(raw("FP64", [](Contents& c) { c.add_fp64_contents(1), c.add_fp64_contents(-2); }),
            string("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 16));
  EXPECT_EQ(raw("BYTES", [](Contents& c) { c.add_bytes_contents("ab"), c.add_bytes_contents(""); }),
            string("\x02\0\0\0ab\0\0\0\0", 10));
}

TEST_F(Infer, WhatDoesNotFitIsRefusedByName) {
  using Contents = inference::InferTensorContents;
  const auto refusal = [&](const std::string& datatype, const std::vector<int64_t>& shape,
                           const std::function<void(Contents&)>& fill) {
    const grpc::Status status = infer_typed(datatype, shape, fill);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  };
  const auto one_int = [](Contents& c) { c.add_int_contents(128); };
  EXPECT_THAT(refusal("INT8", {1}, one_int), HasSubstr("input 'x': 128 in int_contents is out of the range of INT8"));
  EXPECT_THAT(refusal("INT32", {2}, one_int), HasSubstr("has 2 elements, int_contents holds 1"));
  EXPECT_THAT(refusal("FP32", {1}, one_int), HasSubstr("fp32_contents alone"));
  EXPECT_THAT(refusal("FP16", {1}, one_int), HasSubstr("raw_input_contents"));
  EXPECT_THAT(refusal("float", {1}, one_int), HasSubstr("'float' is not a datatype"));
  EXPECT_THAT(refusal("INT32", {-1}, one_int), HasSubstr("negative"));
  EXPECT_THAT(refusal("INT32", {INT64_MAX, INT64_MAX}, one_int), HasSubstr("2^62"));
  EXPECT_THAT(refusal("INT32", {INT64_MAX / 4}, [](Contents&) {}), HasSubstr("holds 0"));
}

TEST_F(Infer, RawAndTypedDoNotMix) {
  auto request = raw_request("identity", {1});
  request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1);
  EXPECT_THAT(infer(request).error_message(), HasSubstr("both set"));
  request = raw_request("identity", {1});
  add_input(request, "z", "FP32", {1});
  EXPECT_THAT(infer(request).error_message(), HasSubstr("1 entries for 2 inputs"));
  request = raw_request("identity", {1});
  request.mutable_inputs(0)->set_shape(0, 2);
  EXPECT_THAT(infer(request).error_message(), HasSubstr("has 8 bytes, 4 were sent"));
}

TEST_F(Infer, WhatIsNotOfferedIsUnimplemented) {
  auto request = raw_request("identity", {1});
  (*request.mutable_inputs(0)->mutable_parameters())["shared_memory_region"].set_string_param("r");
  EXPECT_EQ(infer(request).error_code(), StatusCode::UNIMPLEMENTED);
  request = raw_request("identity", {1});
  auto& output = *request.add_outputs();
  (*output.mutable_parameters())["classification"].set_int64_param(3);
  EXPECT_EQ(infer(request).error_code(), StatusCode::UNIMPLEMENTED);
}

TEST_F(Infer, EveryErrorHasItsCode) {
  const std::vector<std::pair<const char*, StatusCode>> expected{{"invalid argument", StatusCode::INVALID_ARGUMENT},
                                                                 {"invalid data", StatusCode::INVALID_ARGUMENT},
                                                                 {"not found", StatusCode::NOT_FOUND},
                                                                 {"unsupported", StatusCode::UNIMPLEMENTED},
                                                                 {"unavailable", StatusCode::UNAVAILABLE},
                                                                 {"input/output error", StatusCode::INTERNAL},
                                                                 {"cancelled", StatusCode::CANCELLED},
                                                                 {"overloaded", StatusCode::RESOURCE_EXHAUSTED},
                                                                 {"internal error", StatusCode::INTERNAL},
                                                                 {"deadline exceeded", StatusCode::DEADLINE_EXCEEDED}};
  for (const auto& [model, code] : expected) {
    const grpc::Status status = infer(raw_request(model, {1}));
    EXPECT_EQ(status.error_code(), code) << model;
    EXPECT_EQ(status.error_message(), std::string("model ") + model + ": as asked for");
  }
}

TEST_F(Infer, ParametersAndMetadataReachTheService) {
  auto request = raw_request("held", {1}, "the id");
  (*request.mutable_parameters())["priority"].set_uint64_param(2);
  (*request.mutable_parameters())["timeout"].set_int64_param(5'000'000);
  (*request.mutable_parameters())["unknown"].set_bool_param(true);
  request.add_outputs()->set_name("x");
  request.set_model_version("1");
  grpc::ClientContext context;
  set_patience(context);
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  inference::ModelInferResponse response;
  std::thread caller([&] { EXPECT_TRUE(stub().ModelInfer(&context, request, &response).ok()); });
  EXPECT_TRUE(service_.wait_for_held(1));
  const InferenceRequest held = service_.last();
  service_.release();
  caller.join();
  EXPECT_EQ(held.version, "1");
  EXPECT_EQ(held.id, "the id");
  EXPECT_EQ(held.priority, 2);
  EXPECT_THAT(held.outputs, ::testing::ElementsAre("x"));
  EXPECT_EQ(held.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(held.deadline.has_value());
  EXPECT_EQ(*held.deadline - held.arrived, std::chrono::seconds(5)) << "the nearer of the two deadlines";
}

TEST_F(Infer, TheCallsDeadlineIsTheRequests) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(100));
  inference::ModelInferResponse response;
  std::thread caller([&] { EXPECT_TRUE(stub().ModelInfer(&context, raw_request("held", {1}), &response).ok()); });
  EXPECT_TRUE(service_.wait_for_held(1));
  const InferenceRequest held = service_.last();
  service_.release();
  caller.join();
  ASSERT_TRUE(held.deadline.has_value());
  EXPECT_GT(*held.deadline - held.arrived, std::chrono::seconds(30));
  EXPECT_LT(*held.deadline - held.arrived, std::chrono::seconds(101));
}

TEST_F(Infer, CancellationReachesTheService) {
  grpc::ClientContext context;
  inference::ModelInferResponse response;
  grpc::Status status;
  std::thread caller([&] { status = stub().ModelInfer(&context, raw_request("held", {1}), &response); });
  EXPECT_TRUE(service_.wait_for_held(1));
  const Cancellation cancellation = service_.last().cancellation;
  EXPECT_FALSE(cancellation.requested());
  context.TryCancel();
  caller.join();
  EXPECT_EQ(status.error_code(), StatusCode::CANCELLED);
  for (int i = 0; i < 6000 && !cancellation.requested(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(cancellation.requested());
  service_.release();  // into a call that is no more
  EXPECT_TRUE(infer(raw_request("identity", {1})).ok());
}

}  // namespace
}  // namespace headrace::serve::testing
