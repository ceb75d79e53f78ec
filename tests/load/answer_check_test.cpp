#include "load/answer_check.h"

#include <gmock/gmock.h>

#include "support/test_support.h"

namespace headrace::load {
namespace {

using ::testing::HasSubstr;

constexpr size_t kPadding = 64;  // that the parser may read beyond

class AnswerCheckTest : public ::testing::Test {
 protected:
  std::optional<Fault> check(const std::string& json, const std::string& tail = {}, int status = 200, size_t input = 0) {
    bytes_ = json + tail;
    const size_t size = bytes_.size();
    bytes_.resize(size + kPadding);
    return check_.check({status, std::span(bytes_).first(size), json.size()}, input);
  }
  void expect_bad(const std::optional<Fault>& fault, const std::string& part) {
    ASSERT_TRUE(fault.has_value());
    EXPECT_EQ(fault->kind, FaultKind::kBadAnswer);
    EXPECT_THAT(fault->message, HasSubstr(part));
  }

  Promise promise_{{{"y", DType::kFloat32, make_shape({-1, 2})}}, 2, 4, true};
  AnswerCheck check_{promise_};
  std::string bytes_;
};

const std::string kTail(16, 'a');

std::string output(const std::string& rest, const std::string& name = "y", const std::string& datatype = "FP32") {
  return R"({"outputs":[{"name":")" + name + R"(","datatype":")" + datatype + R"(",)" + rest + "}]}";
}
std::string binary(const std::string& shape, int size) {
  return R"("shape":)" + shape + R"(,"parameters":{"binary_data_size":)" + std::to_string(size) + "}";
}

TEST_F(AnswerCheckTest, RightAnswersPass) {
  EXPECT_FALSE(check(output(binary("[2,2]", 16)), kTail));
  EXPECT_FALSE(check(output(R"("shape":[2,2],"data":[1,2,3,4])"), "", 200, 1));
  EXPECT_FALSE(check(output(R"("shape":[2,2],"data":[[1,2],[3,4]])"), "", 200, 2));  // nested as the shape is
}

TEST_F(AnswerCheckTest, WhatWasNotPromisedIsBad) {
  expect_bad(check("no json"), "no JSON");
  expect_bad(check("{}"), "no outputs");
  expect_bad(check(R"({"outputs":[]})"), "0 outputs, promised were 1");
  expect_bad(check(output(binary("[2,2]", 16), "z"), kTail), "output z is not in the model's metadata");
  expect_bad(check(output(binary("[2,2]", 16), "y", "INT32"), kTail), "is INT32, promised was FP32");
  expect_bad(check(output(binary("[2,3]", 24)), kTail + "12345678"), "shape [2, 3]");
  expect_bad(check(output(binary("[3,2]", 24)), kTail + "12345678"), "with 2 rows");
  expect_bad(check(output(binary("[-1,2]", 16)), kTail), "shape");
  expect_bad(check(output(R"("shape":[2,2])")), "neither data nor");
  expect_bad(check(output(R"("data":[1])")), "lacks its name, datatype or shape");
}

TEST_F(AnswerCheckTest, SizesMustAgree) {
  expect_bad(check(output(binary("[2,2]", 12)), kTail), "do not fit");
  expect_bad(check(output(binary("[2,2]", 16)), "short"), "do not fit");
  expect_bad(check(output(binary("[2,2]", 16)), kTail + "more"), "4 bytes are left over");
  expect_bad(check(output(R"("shape":[2,2],"data":[1,2,3])")), "has 3 values");
}

TEST_F(AnswerCheckTest, StatusesAreFaultsOfTheirOwn) {
  const auto fault = check(R"({"error":"queue is full"})", "", 429);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(name_of(*fault), "http 429");
  EXPECT_EQ(fault->message, "queue is full");
}

TEST_F(AnswerCheckTest, OtherBitsForTheSameInputAreSeen) {
  std::string other = kTail;
  other.back() = 'b';
  EXPECT_FALSE(check(output(binary("[2,2]", 16)), kTail));
  EXPECT_FALSE(check(output(binary("[2,2]", 16)), other, 200, 1));  // another input may have another answer
  const auto fault = check(output(binary("[2,2]", 16)), other);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(name_of(*fault), "different bits");
  EXPECT_FALSE(check(output(binary("[2,2]", 16)), kTail));
}

TEST(AnswerCheck, AnOutputOfTheWholeBatchDoesNotCountItsRows) {
  const Promise promise({{"sum", DType::kFloat32, make_shape({1})}}, 4, 1, false);
  EXPECT_FALSE(promise.check("sum", "FP32", {1}).has_value());
  EXPECT_TRUE(promise.check("sum", "FP32", {4}).has_value());
}

TEST(AnswerCheck, WithoutAPromiseAnyTensorsGo) {
  const Promise promise({}, 0, 1, false);
  AnswerCheck check(promise);
  std::string bytes = output(binary("[7]", 28), "z") + std::string(28, 'x');
  const size_t size = bytes.size();
  bytes.resize(size + kPadding);
  EXPECT_FALSE(check.check({200, std::span(bytes).first(size), size - 28}, 0));
}

}  // namespace
}  // namespace headrace::load
