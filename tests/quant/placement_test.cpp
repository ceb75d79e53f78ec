// Which values each target quantises, on a small residual network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quant/small_models.h"
#include "quant/targets/target.h"

namespace headrace {
namespace {

using testing::residual_model;

// "name" for a value all of whose readers are quantised, "name>reader" where only some are.
std::vector<std::string> placed(const Placement& placement) {
  std::vector<std::string> out;
  for (const QuantizedValue& value : placement.values) {
    std::string text = value.value->name();
    if (!value.whole)
      for (const Use& use : value.readers) text += ">" + use.node->name;
    out.push_back(text);
  }
  return out;
}

TEST(PlaceOrt, QuantisesEveryInputAndOutputOfIntegerOps) {
  const Model model = residual_model();
  const Placement placement = place_ort_x86(*model.graph, {});
  EXPECT_THAT(placed(placement), ::testing::ElementsAre("x>stem_conv", "stem", "expand", "depthwise", "project", "sum", "head",
                                                        "max_pool", "average", "flat"));
  EXPECT_EQ(placement.layers.size(), 6u);
  EXPECT_EQ(placement.absorbed.size(), 4u);
  EXPECT_EQ(placement.integer_nodes, 10);
  EXPECT_EQ(placement.shared.size(), 2u);  // MaxPool and Flatten move values only
  EXPECT_THAT(placement.kept_float, ::testing::IsEmpty());
}

TEST(PlaceOrt, KeepsWhatTheUserAsksInFloat) {
  const Model model = residual_model();
  QuantOptions options;
  options.skip_nodes = {"head_conv"};
  const Placement placement = place_ort_x86(*model.graph, options);
  EXPECT_THAT(placed(placement), ::testing::Not(::testing::Contains("head")));
  EXPECT_THAT(placement.kept_float, ::testing::ElementsAre("Conv 'head_conv': skipped as asked"));
}

TEST(PlaceOpenVino, QuantisesInputsOnly) {
  const Model model = residual_model();
  EXPECT_THAT(placed(place_openvino(*model.graph, {})),
              ::testing::ElementsAre("x>stem_conv", "stem>expand_conv>sum", "expand>depthwise_conv", "depthwise>project",
                                     "project>sum", "sum>head_conv", "flat>logits"));
}

TEST(PlaceTensorRt, QuantisesInputsOfWeightsAndTheResidual) {
  const Model model = residual_model();
  const Placement placement = place_tensorrt(*model.graph, {});
  EXPECT_THAT(placed(placement), ::testing::ElementsAre("x>stem_conv", "stem>expand_conv>sum", "expand>depthwise_conv",
                                                        "depthwise>project", "sum>head_conv", "flat>logits"));
  EXPECT_THAT(placement.absorbed, ::testing::IsEmpty());
}

}  // namespace
}  // namespace headrace
