#include "load/infer_request.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "support/test_support.h"

namespace headrace::load {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

ServerApi server() { return std::move(ServerApi::at(*parse_url("http://127.0.0.1:1/base"), {"X-Key: 7"}, nullptr)).value(); }

ModelInfo model_of(const std::vector<Tensor>& tensors) {
  ModelInfo model;
  model.name = "a b";
  for (const Tensor& tensor : tensors)
    model.signature.inputs.push_back(
        {"x" + std::to_string(model.signature.inputs.size()), tensor.dtype(), make_shape(tensor.dims())});
  return model;
}

// Headers and body as they go over the wire.
std::pair<std::string, std::string> sent(const InferRequest& request) {
  std::string bytes = request.message.head;
  for (const auto part : request.message.rest) bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  const size_t end = bytes.find("\r\n\r\n") + 4;
  return {bytes.substr(0, end), bytes.substr(end)};
}

TEST(InferRequest, BinaryTensorsFollowTheJson) {
  const Tensor tensor = Tensor::from<float>({1, 2}, std::vector<float>{1.5f, -2});
  const auto request = make_infer_request(server(), model_of({tensor}), {tensor}, {.version = "3", .timeout_us = 5000});
  ASSERT_OK(request);
  const auto [head, body] = sent(*request);
  EXPECT_THAT(head, HasSubstr("POST /base/v2/models/a%20b/versions/3/infer HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Host: 127.0.0.1:1\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Key: 7\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
  const size_t json_bytes = body.size() - 8;
  EXPECT_THAT(head, HasSubstr("Inference-Header-Content-Length: " + std::to_string(json_bytes) + "\r\n"));
  const Json json = Json::parse(body.substr(0, json_bytes));
  EXPECT_EQ(json["inputs"][0],
            Json({{"name", "x0"}, {"datatype", "FP32"}, {"shape", {1, 2}}, {"parameters", {{"binary_data_size", 8}}}}));
  EXPECT_EQ(json["parameters"], Json({{"binary_data_output", true}, {"timeout", 5000}}));
  EXPECT_EQ(std::memcmp(body.data() + json_bytes, tensor.bytes().data(), 8), 0);
}

TEST(InferRequest, LargeTensorsAreSentFromWhereTheyLie) {
  const Tensor small = Tensor::from<float>({1}, std::vector<float>{4});
  const Tensor large = testing::Random().normal({100, 100});
  const auto request = make_infer_request(server(), model_of({small, large, small}), {small, large, small}, {});
  ASSERT_OK(request);
  ASSERT_EQ(request->message.rest.size(), 2u);  // the last one stays behind the large one
  EXPECT_EQ(request->message.rest[0].data(), large.bytes().data());
  EXPECT_EQ(request->message.rest[1].size(), 4u);
}

TEST(InferRequest, JsonTensorsOfEveryKind) {
  const std::vector<Tensor> tensors{
      Tensor::from<float>({2}, std::vector<float>{0.1f, -3}), Tensor::from<int64_t>({1}, std::vector<int64_t>{INT64_MIN}),
      Tensor::from<uint64_t>({1}, std::vector<uint64_t>{UINT64_MAX}), Tensor::of_strings({2}, {"a\"b", "c"}),
      Tensor::from<uint8_t>({2}, std::vector<uint8_t>{0, 255})};
  const auto request = make_infer_request(server(), model_of(tensors), tensors, {.binary = false});
  ASSERT_OK(request);
  const auto [head, body] = sent(*request);
  EXPECT_THAT(head, ::testing::Not(HasSubstr("Inference-Header")));
  const Json json = Json::parse(body);
  EXPECT_EQ(json["inputs"][0]["data"][0].get<float>(), 0.1f);
  EXPECT_EQ(json["inputs"][1]["data"][0].get<int64_t>(), INT64_MIN);
  EXPECT_EQ(json["inputs"][2]["data"][0].get<uint64_t>(), UINT64_MAX);
  EXPECT_EQ(json["inputs"][3]["data"], Json({"a\"b", "c"}));
  EXPECT_EQ(json["inputs"][4]["data"], Json({0, 255}));
  EXPECT_FALSE(json.contains("parameters"));
}

TEST(InferRequest, JsonHasNoNaN) {
  const Tensor tensor = Tensor::from<float>({1}, std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  EXPECT_ERROR(make_infer_request(server(), model_of({tensor}), {tensor}, {.binary = false}), "x0: JSON has no NaN");
}

TEST(InferRequest, TextsInTheirRawForm) {
  const Tensor tensor = Tensor::of_strings({2}, {"ab", ""});
  const auto request = make_infer_request(server(), model_of({tensor}), {tensor}, {});
  ASSERT_OK(request);
  EXPECT_TRUE(sent(*request).second.ends_with(std::string("\2\0\0\0ab\0\0\0\0", 10)));
}

}  // namespace
}  // namespace headrace::load
