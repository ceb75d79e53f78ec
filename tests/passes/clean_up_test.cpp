#include "passes/pass_test.h"

namespace headrace {
namespace {

using namespace testing;

TEST(EliminateDeadCode, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  floats(b, "unused", {1}, {1});
  Value* y = b.node("Relu", {x});
  b.node("Exp", {b.node("Mul", {y, floats(b, "read by the dead", {1}, {2})})});
  expect_golden("eliminate_dead_code", "eliminate_dead_code", b.finish({y}));
}

TEST(EliminateDeadCode, LeavesOutputsInputsAndPinnedValues) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  b.input("unused input", {2});
  floats(b, "captured", {1}, {1})->pin();
  b.node("Exp", {x})->pin();
  expect_unchanged("eliminate_dead_code", b.finish({b.node("Relu", {x})}));
}

TEST(EliminateDeadCode, LeavesANodeWithOneLiveOutput) {
  ModelBuilder b;
  Value* a = b.graph().add_value("a");
  Value* c = b.graph().add_value("c");
  b.graph().append("Split", {b.input("x", {2})}, {a, c});
  expect_unchanged("eliminate_dead_code", b.finish({c}));
}

TEST(EliminateCommonSubexpressions, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  Value* first = b.node("Relu", {b.node("Mul", {x, floats(b, "w", {2}, {1, 2})})});
  Value* second = b.node("Relu", {b.node("Mul", {x, floats(b, "w again", {2}, {1, 2})})});
  expect_golden("eliminate_common_subexpressions", "eliminate_common_subexpressions", b.finish({b.node("Add", {first, second})}));
}

TEST(EliminateCommonSubexpressions, ComparesTensorAttributesByBytes) {
  for (const float value : {1.0f, 2.0f}) {
    ModelBuilder b;
    Value* shape = b.input("shape", {1}, DType::kInt64);
    Value* a = b.node("ConstantOfShape", {shape}, {{"value", Tensor::from(Dims{1}, std::vector<float>{1})}});
    Value* c = b.node("ConstantOfShape", {shape}, {{"value", Tensor::from(Dims{1}, std::vector<float>{value})}});
    Model model = b.finish({b.node("Add", {a, c})});
    EXPECT_EQ(run_pass("eliminate_common_subexpressions", model), value == 1 ? 1 : 0);
  }
}

TEST(EliminateCommonSubexpressions, LeavesWhatDiffersOrIsRandom) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  Value* sum = b.node(
      "Sum", {b.node("RandomNormalLike", {x}), b.node("RandomNormalLike", {x}), b.node("LeakyRelu", {x}, {{"alpha", 0.1f}}),
              b.node("LeakyRelu", {x}, {{"alpha", 0.2f}}), b.node("LeakyRelu", {x})});
  Value* one = b.node("Mul", {x, floats(b, "a", {1}, {1})});
  Value* other_shape = b.node("Mul", {x, floats(b, "b", {}, {1})});
  expect_unchanged("eliminate_common_subexpressions", b.finish({sum, one, other_shape}));
}

TEST(EliminateCommonSubexpressions, LeavesOutputsSubgraphsAndQuantisedPairs) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  const std::map<std::string, Attribute> branch{{"then_branch", OpaqueAttribute{"bytes", true}}};
  Value* scale = floats(b, "scale", {}, {1});
  Value* zero = b.constant("zero", Tensor::scalar(uint8_t{3}));
  Value* q = b.node("QuantizeLinear", {x, scale, zero});
  Value* sum = b.node("Sum", {b.node("If", {x}, branch), b.node("If", {x}, branch), b.node("DequantizeLinear", {q, scale, zero}),
                              b.node("DequantizeLinear", {q, scale, zero})});
  expect_unchanged("eliminate_common_subexpressions", b.finish({sum, b.node("Exp", {x}), b.node("Exp", {x})}));
}

std::string activation_of(const Model& model) {
  const auto& notes = model.graph->nodes()[0]->annotations;
  const auto found = notes.find("fused_activation");
  return found == notes.end() ? "" : found->second;
}

TEST(GroupActivation, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 1, 4});
  Value* w = b.constant("w", Random().normal({1, 1, 1}));
  Value* a = b.node("Relu", {b.node("Conv", {x, w})});
  Value* c = b.node("Conv", {a, w});
  Value* silu = b.node("Mul", {c, b.node("Sigmoid", {c})});
  Value* sum = b.node("Clip", {b.node("Add", {silu, a}), floats(b, "low", {}, {0}), floats(b, "high", {}, {6})});
  expect_golden("group_activation", "group_activation", b.finish({sum}));
}

TEST(GroupActivation, KnowsHardSwishSpeltOut) {
  for (const float alpha : {1 / 6.0f, 0.2f}) {
    ModelBuilder b;
    Value* y = b.node("MatMul", {b.input("x", {2, 2}), b.input("w", {2, 2})});
    Model model = b.finish({b.node("Mul", {b.node("HardSigmoid", {y}, {{"alpha", alpha}}), y})});
    run_pass("group_activation", model);
    EXPECT_EQ(activation_of(model), alpha == 0.2f ? "" : "HardSwish");
  }
}

TEST(GroupActivation, LeavesWhatIsReadTwiceOrShownOrNotAnActivation) {
  const auto conv = [](ModelBuilder& b) { return b.node("Conv", {b.input("x", {1, 1, 4}), b.input("w", {1, 1, 1})}); };
  {
    ModelBuilder b;
    Value* y = conv(b);
    expect_unchanged("group_activation", b.finish({b.node("Relu", {y}), b.node("Exp", {y})}));
  }
  {
    ModelBuilder b;
    Value* y = conv(b);
    expect_unchanged("group_activation", b.finish({b.node("Relu", {y}), y}));
  }
  {
    ModelBuilder b;
    Value* y = conv(b);
    expect_unchanged("group_activation", b.finish({b.node("Clip", {y, b.input("low", {})})}));
  }
  {
    ModelBuilder b;
    expect_unchanged("group_activation", b.finish({b.node("Exp", {conv(b)})}));
  }
}

TEST(GroupActivation, ClearsANoteThatIsNoLongerTrue) {
  ModelBuilder b;
  Value* y = b.node("MatMul", {b.input("x", {2, 2}), b.input("w", {2, 2})});
  Model model = b.finish({b.node("Exp", {y})});
  model.graph->nodes()[0]->annotations["fused_activation"] = "Relu";
  EXPECT_EQ(run_pass("group_activation", model), 1);
  EXPECT_EQ(activation_of(model), "");
}

}  // namespace
}  // namespace headrace
