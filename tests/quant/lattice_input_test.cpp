#include "quant/algorithms/lattice_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "quant/fixed_data.h"
#include "quant/quantize.h"
#include "quant/small_models.h"

namespace headrace {
namespace {

using testing::FixedData;
using testing::residual_model;

// Pictures of random 8-bit levels, each mapped by `value`(level, channel).
std::vector<Tensor> pictures(size_t count, int levels, const std::function<float(int, int)>& value) {
  std::mt19937 random(5);
  std::vector<Tensor> out;
  for (size_t i = 0; i < count; ++i) {
    Tensor tensor = Tensor::allocate(DType::kFloat32, {1, 3, 16, 16});
    const auto values = tensor.as_mutable<float>();
    for (size_t k = 0; k < values.size(); ++k)
      values[k] = value(static_cast<int>(random() % static_cast<unsigned>(levels)), static_cast<int>(k / 256));
    out.push_back(tensor);
  }
  return out;
}

float imagenet(int level, int channel) {
  constexpr float kMean[] = {0.485f, 0.456f, 0.406f}, kStd[] = {0.229f, 0.224f, 0.225f};
  return (static_cast<float>(level) / 255 - kMean[channel]) / kStd[channel];
}

std::vector<LatticeInput> find(const std::vector<Tensor>& tensors) {
  Model model = residual_model();
  const FixedData data(tensors);
  auto found = find_lattice_inputs(*model.graph, target_of(TargetKind::kOrtX86).place(*model.graph, {}).layers, data);
  EXPECT_TRUE(found.ok());
  return std::move(found).value();
}

TEST(LatticeInput, RecognisesNormalisedPictures) {
  const auto found = find(pictures(8, 256, imagenet));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].steps[0], 1 / (255 * 0.229), 1e-6);
  EXPECT_NEAR(found[0].steps[2], 1 / (255 * 0.225), 1e-6);
  EXPECT_THAT(found[0].zero_points, ::testing::ElementsAre(124, 116, 104));  // 255 * mean, to the next level
}

TEST(LatticeInput, LeavesOtherDataAlone) {
  EXPECT_TRUE(find({testing::Random(1).normal({1, 3, 16, 16})}).empty());
  EXPECT_TRUE(find(pictures(8, 200, [](int level, int) { return 1000.0f + static_cast<float>(level); })).empty())
      << "zero is not on the grid";
  EXPECT_TRUE(find(pictures(8, 256, [](int level, int) { return (static_cast<float>(level) / 255 - 0.5f) / 0.5f; })).empty())
      << "every level is a tie";
  EXPECT_TRUE(find(pictures(8, 256, [](int level, int) { return static_cast<float>(level * level); })).empty())
      << "not evenly spaced";
}

const Node* input_quantizer(const Model& model) {
  for (const Use& use : model.graph->inputs()[0]->uses())
    if (use.node->is("QuantizeLinear")) return use.node;
  return nullptr;
}

TEST(LatticeInput, IsQuantisedPerChannel) {
  const Model model = residual_model();
  const FixedData data(pictures(8, 256, imagenet));
  const auto quantized = quantize(model, &data, {});
  ASSERT_OK(quantized);
  const Node* node = input_quantizer(quantized->model);
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->int_attribute("axis", -1), 1);
  EXPECT_EQ(node->input(1)->constant().size(), 3u);
}

TEST(LatticeInput, GivesWayWhenALaterSampleLeavesTheGrid) {
  const Model model = residual_model();
  auto tensors = pictures(16, 256, imagenet);
  for (float& value : tensors[1].as_mutable<float>()) value *= 3;  // not among the eight that are looked at
  const FixedData data(tensors);
  const auto quantized = quantize(model, &data, {});
  ASSERT_OK(quantized);
  EXPECT_EQ(input_quantizer(quantized->model), nullptr);  // the scaled input is quantised, for the tensor as a whole
}

}  // namespace
}  // namespace headrace
