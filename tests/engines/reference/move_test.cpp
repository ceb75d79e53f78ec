// Operators that move values, make shapes, resize and cast.
#include "engines/reference/against_ort.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;

class ReferenceMove : public AgainstOrt {};

TEST_F(ReferenceMove, ShapesOfOneTensor) {
  OpModel model;
  Value* x = model.input({2, 1, 3, 4});
  expect_same(model, {model.node("Reshape", {x, model.ints({0, -1, 2})}), model.node("Flatten", {x}, {{"axis", int64_t{-1}}}),
                      model.node("Flatten", {x}, {{"axis", int64_t{0}}}), model.node("Squeeze", {x}),
                      model.node("Squeeze", {x, model.ints({1})}), model.node("Unsqueeze", {x, model.ints({0, -1})}),
                      model.node("Transpose", {x}), model.node("Transpose", {x}, {{"perm", Ints{0, 3, 1, 2}}}),
                      model.node("Identity", {x}), model.node("Dropout", {x})});
}

TEST_F(ReferenceMove, AxesAsAttributes) {
  OpModel model(11);
  Value* x = model.input({2, 1, 3});
  expect_same(model, {model.node("Squeeze", {x}, {{"axes", Ints{1}}}), model.node("Unsqueeze", {x}, {{"axes", Ints{0, 4}}})});
}

TEST_F(ReferenceMove, Concat) {
  expect_op("Concat", {{2, 3, 4}, {2, 1, 4}, {2, 2, 4}}, {{"axis", int64_t{1}}});
  expect_op("Concat", {{2, 3}, {2, 5}}, {{"axis", int64_t{-1}}});
}

TEST_F(ReferenceMove, Split) {
  OpModel model;
  Value* x = model.input({2, 7});
  std::vector<Value*> outputs{model.builder.graph().add_value("left"), model.builder.graph().add_value("right")};
  model.builder.graph().append("Split", {x, model.ints({3, 4})}, outputs)->attributes["axis"] = int64_t{1};
  expect_same(model, outputs);
}

TEST_F(ReferenceMove, Slice) {
  OpModel model;
  Value* x = model.input({5, 6, 7});
  const auto slice = [&](const Ints& begin, const Ints& end, const Ints& axes, const Ints& steps) {
    return model.node("Slice", {x, model.ints(begin), model.ints(end), model.ints(axes), model.ints(steps)});
  };
  expect_same(model, {slice({1}, {4}, {0}, {2}), slice({-3, 0}, {INT64_MAX, -1}, {2, 1}, {1, 3}),
                      slice({-1}, {INT64_MIN}, {1}, {-1}), slice({5, 4}, {0, 1}, {1, -1}, {-2, -1}), slice({4}, {2}, {0}, {1}),
                      model.node("Slice", {x, model.ints({1, 2}), model.ints({3, 100})})});
}

TEST_F(ReferenceMove, GatherExpandTile) {
  OpModel model;
  Value* x = model.input({3, 4});
  Value* indices = model.constant(Tensor::from<int64_t>({2, 2}, Ints{0, -1, 2, 1}));
  expect_same(model, {model.node("Gather", {x, indices}), model.node("Gather", {x, indices}, {{"axis", int64_t{1}}}),
                      model.node("Gather", {x, model.constant(Tensor::scalar<int64_t>(2))}),
                      model.node("Expand", {x, model.ints({2, 1, 4})}), model.node("Tile", {x, model.ints({2, 3})})});
}

TEST_F(ReferenceMove, Pad) {
  OpModel model;
  Value* x = model.input({2, 4, 5});
  Value* pads = model.ints({0, 2, 1, 0, 1, 3});
  std::vector<Value*> outputs{model.node("Pad", {x, pads, model.constant(Tensor::scalar(1.5f))}),
                              model.node("Pad", {x, model.ints({0, -1, 2, 1, 0, -2})})};
  for (const std::string mode : {"reflect", "edge"}) outputs.push_back(model.node("Pad", {x, pads}, {{"mode", mode}}));
  expect_same(model, outputs);
}

TEST_F(ReferenceMove, SpaceAndDepth) {
  expect_op("DepthToSpace", {{2, 8, 3, 4}}, {{"blocksize", int64_t{2}}});
  expect_op("DepthToSpace", {{2, 8, 3, 4}}, {{"blocksize", int64_t{2}}, {"mode", std::string("CRD")}}, 13);
  expect_op("SpaceToDepth", {{2, 3, 4, 6}}, {{"blocksize", int64_t{2}}});
}

TEST_F(ReferenceMove, ShapesAsValues) {
  OpModel model;
  Value* x = model.input({2, 3, 4});
  Value* shape = model.node("Shape", {x});
  const Tensor seven = Tensor::from<int64_t>({1}, Ints{7});
  expect_same(model, {shape, model.node("Shape", {x}, {{"start", int64_t{-2}}, {"end", int64_t{-1}}}), model.node("Size", {x}),
                      model.node("ConstantOfShape", {shape}, {{"value", seven}}),
                      model.node("Range", {model.constant(Tensor::scalar<int64_t>(9)), model.constant(Tensor::scalar<int64_t>(1)),
                                           model.constant(Tensor::scalar<int64_t>(-3))}),
                      model.node("NonZero", {x})});
}

TEST_F(ReferenceMove, Cast) {
  OpModel model;
  Value* x = model.input({40}, -120, 120);
  std::vector<Value*> outputs;
  for (const DType to : {DType::kInt64, DType::kInt32, DType::kInt8, DType::kBool, DType::kFloat64})
    outputs.push_back(model.node("Cast", {x}, {{"to", static_cast<int64_t>(to)}}));
  expect_same(model, outputs);
}

TEST_F(ReferenceMove, ResizeNearest) {
  for (const std::string coordinates : {"asymmetric", "half_pixel", "align_corners"})
    for (const std::string rounding : {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}) {
      SCOPED_TRACE(coordinates + " " + rounding);
      OpModel model;
      Value* x = model.input({1, 2, 4, 5});
      Value* scales = model.constant(Tensor::from<float>({4}, std::vector<float>{1, 1, 2, 2}));
      expect_same(model, {model.node("Resize", {x, nullptr, scales},
                                     {{"coordinate_transformation_mode", coordinates}, {"nearest_mode", rounding}})});
    }
}

TEST_F(ReferenceMove, ResizeLinearAndCubic) {
  for (const std::string mode : {"linear", "cubic"})
    for (const std::string coordinates : {"asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"}) {
      SCOPED_TRACE(mode + " " + coordinates);
      OpModel model;
      Value* x = model.input({1, 2, 6, 5});
      expect_same(model, {model.node("Resize", {x, nullptr, nullptr, model.ints({1, 2, 9, 3})},
                                     {{"mode", mode}, {"coordinate_transformation_mode", coordinates}})});
    }
}

}  // namespace
}  // namespace headrace
