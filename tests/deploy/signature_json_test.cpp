#include "deploy/signature_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"

namespace headrace {
namespace {

TEST(SignatureJson, SurvivesBeingWrittenAndRead) {
  Signature signature;
  signature.inputs = {{"x", DType::kFloat32, {Dim{-1, "batch"}, Dim{3, {}}, Dim{}}}, {"ids", DType::kInt64, {}}};
  signature.outputs = {{"y\n\"", DType::kUint8, {Dim{0, {}}}}};
  const Result<Signature> again = parse_signature(to_json(signature));
  ASSERT_OK(again);
  EXPECT_EQ(again->inputs, signature.inputs);
  EXPECT_EQ(again->outputs, signature.outputs);
}

TEST(SignatureJson, WrongJsonIsNamed) {
  EXPECT_ERROR(parse_signature("{"), "not JSON");
  EXPECT_ERROR(parse_signature("[]"), "no list 'inputs'");
  EXPECT_ERROR(parse_signature(R"({"inputs": [{"name": 1}]})"), "lacks name, dtype or shape");
  EXPECT_ERROR(parse_signature(R"({"inputs": [{"name": "x", "dtype": "float33", "shape": []}]})"), "x: unknown dtype 'float33'");
  EXPECT_ERROR(parse_signature(R"({"inputs": [{"name": "x", "dtype": "float32", "shape": [-1]}]})"), "x: a dimension");
}

}  // namespace
}  // namespace headrace
