// A checkpoint against the weights that a graph wants.
#include "readers/pt2/new_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"

namespace headrace::pt2 {
namespace {

const std::vector<WantedWeight> kWanted{{"conv.weight", DType::kFloat32, {2, 3}}, {"conv.bias", DType::kFloat32, {2}}};

StateDict dict(std::vector<NamedTensor> tensors) {
  StateDict made;
  made.tensors = std::move(tensors);
  made.format = "test";
  return made;
}

Tensor floats(Dims dims, std::vector<float> values) { return Tensor::from(std::move(dims), values); }

TEST(NewWeights, AreFoundByNameInAnyOrder) {
  const auto found =
      match_weights(kWanted, dict({{"conv.bias", floats({2}, {7, 8})}, {"conv.weight", floats({2, 3}, {1, 2, 3, 4, 5, 6})}}));
  ASSERT_OK(found);
  EXPECT_THAT((*found)[0].as<float>(), ::testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT((*found)[1].as<float>(), ::testing::ElementsAre(7, 8));
}

TEST(NewWeights, OfOtherFloatTypesAreConverted) {
  const auto found = match_weights({{"w", DType::kFloat32, {2}}}, dict({{"w", Tensor::from<double>({2}, {0.5, -3})}}));
  ASSERT_OK(found);
  EXPECT_THAT((*found)[0].as<float>(), ::testing::ElementsAre(0.5f, -3));
}

TEST(NewWeights, AllDifferencesAreListedAtOnce) {
  const auto found = match_weights(kWanted, dict({{"conv.weight", floats({3, 2}, {1, 2, 3, 4, 5, 6})},
                                                  {"head.weight", floats({1}, {1})},
                                                  {"bn.num_batches_tracked", Tensor::scalar<int64_t>(3)}}));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, ErrorCode::kInvalidData);
  const std::string& message = found.error().message;
  EXPECT_THAT(message, ::testing::HasSubstr("in the graph but not in the checkpoint (1):\n    conv.bias [2]"));
  EXPECT_THAT(message, ::testing::HasSubstr("in the checkpoint but not in the graph (1):\n    head.weight [1]"));
  EXPECT_THAT(message, ::testing::HasSubstr("conv.weight: float32 [2, 3] in the graph, float32 [3, 2] in the checkpoint"));
}

TEST(NewWeights, IntegersDoNotBecomeFloats) {
  EXPECT_ERROR(match_weights({{"w", DType::kFloat32, {1}}}, dict({{"w", Tensor::scalar<int64_t>(1).reshaped({1})}})),
               "int64 [1]");
}

TEST(NewWeights, APrefixThatWasTakenOffIsPutBack) {
  StateDict given = dict({{"fc.weight", floats({1}, {4})}});
  given.stripped_prefix = "model.";
  ASSERT_OK(match_weights({{"model.fc.weight", DType::kFloat32, {1}}}, given));
}

}  // namespace
}  // namespace headrace::pt2
