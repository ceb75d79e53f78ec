#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/engine.h"
#include "support/test_support.h"

namespace headrace {
namespace {

const Signature& image_signature() {
  static const Signature signature{{{"x", DType::kFloat32, {{-1, "N"}, {3, ""}, {224, ""}, {224, ""}}}}, {}};
  return signature;
}

Status check(DType dtype, Dims dims) {
  const std::vector<Tensor> inputs{Tensor::allocate(dtype, std::move(dims))};
  return check_inputs(image_signature(), inputs);
}

TEST(CheckInputs, TakesAnyExtentWhereTheModelNamesOne) {
  ASSERT_OK(check(DType::kFloat32, {1, 3, 224, 224}));
  ASSERT_OK(check(DType::kFloat32, {7, 3, 224, 224}));
}

TEST(CheckInputs, SaysWhatIsWantedAndGiven) {
  EXPECT_ERROR(check(DType::kFloat32, {1, 224, 224, 3}),
               "input 'x' wants float32[N, 3, 224, 224], got float32[1, 224, 224, 3] "
               "(is it NHWC? transpose it or set layout=NCHW)");
  EXPECT_ERROR(check(DType::kFloat32, {3, 224, 224}), "got float32[3, 224, 224] (is the batch dimension missing?)");
  EXPECT_ERROR(check(DType::kUint8, {1, 3, 224, 224}), "got uint8[1, 3, 224, 224]");
}

TEST(CheckInputs, HintsOnlyWhereTheHintFits) {
  const auto status = check(DType::kFloat32, {1, 3, 256, 256});
  EXPECT_ERROR(status, "got float32[1, 3, 256, 256]");
  EXPECT_THAT(status.error().message, ::testing::Not(::testing::HasSubstr("(")));
}

TEST(CheckInputs, CountsThem) {
  EXPECT_ERROR(check_inputs(image_signature(), {}), "the model wants 1 input (x: float32[N, 3, 224, 224]), got 0");
  EXPECT_ERROR(check_inputs(image_signature(), std::vector<Tensor>(1)), "got no tensor");
}

TEST(Engines, AnUnknownNameListsTheKnownOnes) {
  const auto engine = find_engine("tensorflow");
  EXPECT_ERROR(engine, "there is no engine 'tensorflow'; the engines are: ort, ort-exact, openvino");
  EXPECT_EQ(engine.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace headrace
