#include "serve/http/infer_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server_fixture.h"

namespace headrace::serve::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::one_input;

std::shared_ptr<const BodyBuffer> body_of(std::string_view text, size_t aligned = 0) {
  auto body = std::make_shared<BodyBuffer>(std::make_shared<BodyMemory>(size_t{64} << 20, 0), aligned);
  EXPECT_TRUE(body->append(std::as_bytes(std::span(text))));
  return body;
}

Result<ParsedRequest> parse(std::string_view json, std::string_view binary = {}) {
  return parse_infer(body_of(std::string(json) + std::string(binary), json.size()), json.size(), Limits{});
}

std::string refusal(std::string_view json, std::string_view binary = {}) {
  const Result<ParsedRequest> parsed = parse(json, binary);
  EXPECT_TRUE(parsed.ok() || parsed.error().code == ErrorCode::kInvalidArgument);
  return parsed.ok() ? "accepted" : parsed.error().describe();
}

std::string binary_input(std::string_view datatype, std::string_view shape, std::string_view size) {
  return std::string(R"({"name":"x","datatype":")")
      .append(datatype)
      .append(R"(","shape":)")
      .append(shape)
      .append(R"(,"parameters":{"binary_data_size":)")
      .append(size)
      .append("}}");
}

template <typename T>
std::vector<T> values(std::string_view json) {
  const Result<ParsedRequest> parsed = parse(json);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().describe();
    return {};
  }
  const Tensor& tensor = parsed->request.inputs.at(0).tensor;
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

TEST(InferRequest, EveryDatatypeFlatAndNested) {
  EXPECT_THAT(values<float>(one_input("FP32", "[2,2]", "[1, -2.5, 1e3, 0]")), ElementsAre(1, -2.5F, 1000, 0));
  EXPECT_THAT(values<float>(one_input("FP32", "[2,2]", "[[1,2],[3,4]]")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(values<double>(one_input("FP64", "[1]", "[0.1]")), ElementsAre(0.1));
  EXPECT_THAT(values<uint8_t>(one_input("UINT8", "[2]", "[0,255]")), ElementsAre(0, 255));
  EXPECT_THAT(values<int8_t>(one_input("INT8", "[2]", "[-128,127]")), ElementsAre(-128, 127));
  EXPECT_THAT(values<uint16_t>(one_input("UINT16", "[1]", "[65535]")), ElementsAre(65535));
  EXPECT_THAT(values<int16_t>(one_input("INT16", "[1]", "[-32768]")), ElementsAre(-32768));
  EXPECT_THAT(values<uint32_t>(one_input("UINT32", "[1]", "[4294967295]")), ElementsAre(4294967295U));
  EXPECT_THAT(values<int32_t>(one_input("INT32", "[1,1,1]", "[[[-2147483648]]]")), ElementsAre(INT32_MIN));
  EXPECT_THAT(values<uint64_t>(one_input("UINT64", "[1]", "[18446744073709551615]")), ElementsAre(UINT64_MAX));
  EXPECT_THAT(values<int64_t>(one_input("INT64", "[1]", "[-9223372036854775808]")), ElementsAre(INT64_MIN));
  EXPECT_THAT(values<bool>(one_input("BOOL", "[2]", "[true,false]")), ElementsAre(true, false));
  const Result<ParsedRequest> strings = parse(one_input("BYTES", "[2]", R"(["a\u00fc", ""])"));
  ASSERT_OK(strings);
  EXPECT_THAT(strings->request.inputs[0].tensor.strings(), ElementsAre("a\xC3\xBC", ""));
  EXPECT_TRUE(parse(one_input("FP32", "[0,3]", "[]")).ok());
  EXPECT_TRUE(parse(one_input("FP32", "[]", "[1]")).ok());
}

TEST(InferRequest, KeysMayComeInAnyOrder) {
  EXPECT_THAT(values<float>(R"({"inputs":[{"data":[[1],[2]],"shape":[2,1],"name":"x","datatype":"FP32"}],"id":"7"})"),
              ElementsAre(1, 2));
}

TEST(InferRequest, NumbersThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal(one_input("UINT8", "[1]", "[256]")), HasSubstr("does not fit UINT8"));
  EXPECT_THAT(refusal(one_input("UINT8", "[1]", "[-1]")), HasSubstr("does not fit UINT8"));
  EXPECT_THAT(refusal(one_input("INT8", "[1]", "[128]")), HasSubstr("does not fit INT8"));
  for (const char* datatype : {"INT32", "INT64", "UINT64"})
    for (const char* number : {"1.5", "1e2", "99999999999999999999", "true", "\"1\"", "null", "01", "+1", "0x1", "- 1"})
      EXPECT_NE(refusal(one_input(datatype, "[1]", std::string("[") + number + "]")), "accepted") << datatype << number;
  for (const char* number :
       {"NaN", "Infinity", "-Infinity", "1e39", "1e400", "-1e400", "true", "\"1\"", "1.", ".5", "1e", "nan", "--1"})
    EXPECT_NE(refusal(one_input("FP32", "[1]", std::string("[") + number + "]")), "accepted") << number;
  EXPECT_NE(refusal(one_input("FP64", "[1]", "[" + std::string(400, '9') + "]")), "accepted");
  EXPECT_NE(refusal(one_input("BOOL", "[1]", "[1]")), "accepted");
  EXPECT_NE(refusal(one_input("BYTES", "[1]", "[1]")), "accepted");
}

TEST(InferRequest, ShapesThatDoNotFitAreRefused) {
  EXPECT_THAT(refusal(one_input("FP32", "[3]", "[1,2]")), HasSubstr("another number of elements"));
  EXPECT_THAT(refusal(one_input("FP32", "[1]", "[1,2]")), HasSubstr("another number of elements"));
  EXPECT_THAT(refusal(one_input("FP32", "[2,2]", "[[1,2,3],[4]]")), HasSubstr("nested otherwise"));
  EXPECT_THAT(refusal(one_input("FP32", "[2,2]", "[[1,2],3,4]")), HasSubstr("another type"));
  EXPECT_THAT(refusal(one_input("FP32", "[4]", "[[1,2],[3,4]]")), HasSubstr("nested otherwise"));
  EXPECT_THAT(refusal(one_input("FP32", "[-1]", "[1]")), HasSubstr("an extent"));
  EXPECT_THAT(refusal(one_input("FP32", "[9223372036854775807,9223372036854775807]", "[1]")), HasSubstr("2^62"));
  EXPECT_THAT(refusal(one_input("FP32", "[1000000000000]", "[1]")), HasSubstr("fewer elements"));
  EXPECT_THAT(refusal(one_input("FP32", "[99999999999999999999]", "[1]")), HasSubstr("an extent"));
  EXPECT_THAT(refusal(one_input("FP32", "[1.5]", "[1]")), HasSubstr("an extent"));
  EXPECT_THAT(refusal(one_input("FP16", "[1]", "[1]")), HasSubstr("has no form in JSON"));
  EXPECT_THAT(refusal(one_input("FP31", "[1]", "[1]")), HasSubstr("no datatype"));
}

// Two quotes and a comma become a string object, a digit and a comma a number of 8 bytes.
TEST(InferRequest, TensorsThatAreMadeAreBoundedTogether) {
  Limits limits;
  limits.max_body_bytes = 1000;
  const auto refusal_of = [&](const std::string& json, const std::string& binary = {}) {
    const auto parsed = parse_infer(body_of(json + binary), json.size(), limits);
    return parsed.ok() ? "accepted" : parsed.error().describe();
  };
  const auto list = [](const std::string& element, int count) {
    std::string text = "[" + element;
    for (int i = 1; i < count; ++i) text += "," + element;
    return text + "]";
  };
  EXPECT_EQ(refusal_of(one_input("BYTES", "[30]", list("\"\"", 30))), "accepted");
  EXPECT_THAT(refusal_of(one_input("BYTES", "[40]", list("\"\"", 40))), HasSubstr("more memory than the 1000 bytes"));
  EXPECT_EQ(refusal_of(one_input("INT64", "[100]", list("0", 100))), "accepted");
  EXPECT_THAT(refusal_of(one_input("INT64", "[150]", list("0", 150))), HasSubstr("more memory"));
  const std::string half = R"({"name":"x","datatype":"INT64","shape":[80],"data":)" + list("0", 80) + "}";
  EXPECT_THAT(refusal_of(R"({"inputs":[)" + half + "," + half + "]}"), HasSubstr("more memory"));
  EXPECT_THAT(refusal_of(R"({"inputs":[)" + binary_input("BYTES", "[40]", "160") + "]}", std::string(160, '\0')),
              HasSubstr("more memory"));
  EXPECT_EQ(refusal_of(R"({"inputs":[)" + binary_input("FP16", "[400]", "800") + "]}", std::string(800, '\0')), "accepted");
}

TEST(InferRequest, MalformedJsonIsRefused) {
  for (const char* json : {"",
                           " ",
                           "[]",
                           "1",
                           "null",
                           "{",
                           "{}",
                           R"({"inputs":{}})",
                           R"({"inputs":[1]})",
                           R"({"inputs":[]} x)",
                           R"({"inputs":[]}{})",
                           R"({"inputs":[],})",
                           R"({"inputs":[],"id":1})",
                           R"({"inputs":[],"x":tru})",
                           R"({"inputs":[],"inputs":[]})",
                           R"({"inputs":[],"id":"a","i\u0064":"b"})",
                           "{\"inputs\":[],\"id\":\"\xff\"}",
                           R"({"inputs":[{}]})",
                           R"({"inputs":[{"name":"x","name":"y","shape":[1],"datatype":"FP32","data":[1]}]})",
                           R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32"}]})",
                           R"({"inputs":[],"id":"\ud800"})"})
    EXPECT_NE(refusal(json), "accepted") << json;
}

TEST(InferRequest, NestingIsBounded) {
  const std::string brackets(100'000, '[');
  const std::string closing(100'000, ']');
  EXPECT_NE(refusal(one_input("FP32", "[1]", brackets + closing)), "accepted");
  EXPECT_NE(refusal(one_input("FP32", "[1]", brackets)), "accepted");
  EXPECT_THAT(refusal(R"({"inputs":[],"other":)" + brackets + closing + "}"), HasSubstr("nested too deeply"));
  EXPECT_NE(refusal(brackets), "accepted");
  EXPECT_NE(refusal(one_input("FP32", std::string(1000, '[') + std::string(1000, ']'), "[1]")), "accepted");
}

TEST(InferRequest, ParametersAndOutputs) {
  const Result<ParsedRequest> parsed =
      parse(R"({"id":"a7","parameters":{"priority":2,"timeout":1000000,"binary_data_output":true,"more":[1]},
    "inputs":[],"outputs":[{"name":"y"},{"name":"z","parameters":{"binary_data":false}}]})");
  ASSERT_OK(parsed);
  EXPECT_EQ(parsed->request.id, "a7");
  EXPECT_EQ(parsed->request.priority, 2);
  EXPECT_EQ(parsed->request.deadline, parsed->request.arrived + std::chrono::seconds(1));
  EXPECT_THAT(parsed->request.outputs, ElementsAre("y", "z"));
  EXPECT_TRUE(parsed->format.binary_output("y"));
  EXPECT_FALSE(parsed->format.binary_output("z"));
  EXPECT_THAT(refusal(R"({"inputs":[],"parameters":{"timeout":-1}})"), HasSubstr("timeout"));
  EXPECT_THAT(refusal(R"({"inputs":[],"parameters":{"timeout":9223372036854775807}})"), HasSubstr("timeout"));
  EXPECT_THAT(refusal(R"({"inputs":[],"outputs":[{"name":"y","parameters":{"classification":3}}]})"), HasSubstr("classify"));
  EXPECT_THAT(refusal(R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"shared_memory_region":"r"}}]})"),
              HasSubstr("shares no memory"));
}

TEST(InferRequest, TooManyTensorsAreRefused) {
  std::string json = R"({"inputs":[)";
  for (int i = 0; i < 300; ++i) json += R"({"name":"x","shape":[1],"datatype":"FP32","data":[1]},)";
  json.back() = ']';
  EXPECT_THAT(refusal(json + "}"), HasSubstr("more than 256 inputs"));
}

TEST(InferRequest, BinaryTensorsAreWrapped) {
  const std::string json = R"({"inputs":[)" + binary_input("UINT16", "[2]", "4") + "," + binary_input("BYTES", "[1]", "7") + "]}";
  const std::string binary(
      "\x01\x00\x02\x00\x03\x00\x00\x00"
      "abc",
      11);
  const auto body = body_of(json + binary, json.size());
  const Result<ParsedRequest> parsed = parse_infer(body, json.size(), Limits{});
  ASSERT_OK(parsed);
  const Tensor& numbers = parsed->request.inputs[0].tensor;
  EXPECT_THAT(numbers.as<uint16_t>(), ElementsAre(1, 2));
  EXPECT_EQ(numbers.bytes().data(), body->bytes().data() + json.size());
  EXPECT_THAT(parsed->request.inputs[1].tensor.strings(), ElementsAre("abc"));
}

TEST(InferRequest, BinarySizesThatLieAreRefused) {
  const auto one = [](std::string_view size) { return R"({"inputs":[)" + binary_input("UINT16", "[2]", size) + "]}"; };
  EXPECT_THAT(refusal(one("4"), "123"), HasSubstr("behind the JSON are 3"));
  EXPECT_THAT(refusal(one("4"), "12345"), HasSubstr("1 bytes are left over"));
  EXPECT_THAT(refusal(one("3"), "123"), HasSubstr("has 4 bytes, 3 were sent"));
  EXPECT_THAT(refusal(one("-4"), "1234"), HasSubstr("binary_data_size"));
  EXPECT_THAT(refusal(one("9223372036854775807"), "1234"), HasSubstr("behind the JSON are 4"));
  EXPECT_THAT(refusal(one("4")), HasSubstr("behind the JSON are 0"));
  EXPECT_THAT(
      refusal(R"({"inputs":[{"name":"x","datatype":"UINT8","shape":[1],"data":[1],"parameters":{"binary_data_size":1}}]})", "1"),
      HasSubstr("both"));
}

TEST(InferRequest, TheJsonLengthFieldIsChecked) {
  EXPECT_EQ(json_length_of("", 10).value(), std::nullopt);
  EXPECT_EQ(json_length_of("10", 10).value(), 10U);
  for (const char* field : {"11", "-1", "1x", "x", " 1", "18446744073709551616"})
    EXPECT_FALSE(json_length_of(field, 10).ok()) << field;
}

TEST(InferRequest, RawBodiesTakeTheirBatchFromTheirBytes) {
  Signature signature;
  signature.inputs = {{"x", DType::kFloat32, {Dim{-1, "N"}, Dim{2, ""}}}};
  const auto raw = [&](size_t bytes) { return parse_raw_infer(body_of(std::string(bytes, '\0')), signature); };
  ASSERT_OK(raw(24));
  EXPECT_THAT(raw(24)->request.inputs[0].tensor.dims(), ElementsAre(3, 2));
  EXPECT_TRUE(raw(24)->format.binary);
  EXPECT_ERROR(raw(23), "no whole number of rows");
  signature.inputs[0].shape[1] = Dim{-1, "M"};
  EXPECT_ERROR(raw(24), "several extents that are free");
  signature.inputs[0] = {"x", DType::kString, {Dim{-1, "N"}}};
  EXPECT_THAT(raw(3)->request.inputs[0].tensor.strings(), ElementsAre(std::string(3, '\0')));
  signature.inputs.push_back(signature.inputs[0]);
  EXPECT_ERROR(raw(3), "2 inputs");
}

}  // namespace
}  // namespace headrace::serve::http
