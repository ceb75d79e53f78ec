#include <algorithm>

#include "passes/pass_test.h"

namespace headrace {
namespace {

using namespace testing;

constexpr std::string_view kPass = "fold_constants";

// Stands in for an engine: every op doubles its first input.
PassContext doubling(int* calls = nullptr) {
  PassContext context;
  context.evaluate = [calls](const Model&, const Node& node) -> Result<std::vector<Tensor>> {
    if (calls != nullptr) ++*calls;
    Tensor out = node.input(0)->constant().clone();
    for (float& value : out.as_mutable<float>()) value *= 2;
    return std::vector<Tensor>(node.outputs().size(), out);
  };
  return context;
}

TEST(FoldConstants, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 2, 4});
  Value* c = b.node("Constant", {}, {{"value_floats", std::vector<float>{1, 2}}});
  Value* twice = b.node("Exp", {b.node("Exp", {c})});
  Value* length = b.node("Gather", {b.node("Shape", {x}), b.constant("last", Tensor::scalar(int64_t{-1}))});
  Value* target = b.node("Concat", {ints(b, "minus_one", {-1}), b.node("Unsqueeze", {length, ints(b, "zero", {0})})});
  Value* y = b.node("Mul", {b.node("Reshape", {x, target}), b.node("Gather", {twice, ints(b, "first", {0})})});
  expect_golden(kPass, kPass, b.finish({y}), doubling());
}

TEST(FoldConstants, FoldsKnownShapesWithoutAnEngine) {
  ModelBuilder b;
  Value* shape = b.node("Shape", {b.input("x", {2, 3, 4})}, {{"start", int64_t{-2}}});
  Value* product = b.node("Mul", {b.node("Slice", {shape, ints(b, "from", {0}), ints(b, "to", {1})}), ints(b, "four", {4})});
  Model model = b.finish({b.node("Expand", {b.input("y", {1}), product})});
  EXPECT_EQ(run_pass(kPass, model), 3);
  ASSERT_EQ(ops_of(model), "Expand");
  const Tensor& folded = model.graph->nodes()[0]->input(1)->constant();
  EXPECT_TRUE(folded.same_bits(Tensor::from(Dims{1}, std::vector<int64_t>{12})));
}

TEST(FoldConstants, NeverBakesADynamicDimensionIn) {
  ModelBuilder b;
  Value* shape = b.node("Shape", {b.input("x", {-1, 3})});
  Value* batch = b.node("Gather", {shape, ints(b, "zero", {0})});
  expect_unchanged(kPass, b.finish({b.node("Expand", {b.input("y", {1}), b.node("Mul", {batch, ints(b, "two", {2})})})}),
                   doubling());
}

Model on_constant(const std::string& op, const std::string& domain = "", std::map<std::string, Attribute> attributes = {}) {
  ModelBuilder b;
  Value* y = b.node(op, {floats(b, "c", {2}, {1, 2}), floats(b, "d", {}, {1})}, std::move(attributes));
  y->producer()->domain = domain;
  Model model = b.finish({b.node("Add", {b.input("x", {2}), y})});
  model.opsets[domain] = 17;
  return model;
}

TEST(FoldConstants, LeavesRandomForeignAndQuantisedNodes) {
  int calls = 0;
  for (const char* op : {"RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial", "Dropout", "QuantizeLinear",
                         "DequantizeLinear", "DynamicQuantizeLinear"}) {
    SCOPED_TRACE(op);
    expect_unchanged(kPass, on_constant(op), doubling(&calls));
  }
  expect_unchanged(kPass, on_constant("Add", "com.example"), doubling(&calls));
  expect_unchanged(kPass, on_constant("If", "", {{"then_branch", OpaqueAttribute{"bytes", true}}}), doubling(&calls));
  EXPECT_EQ(calls, 0);
}

TEST(FoldConstants, LeavesOutputsInputsAndPinnedValues) {
  ModelBuilder b;
  Value* c = floats(b, "c", {2}, {1, 2});
  Value* overridable = floats(b, "overridable", {2}, {1, 2});
  b.graph().add_input(overridable);
  Value* pinned = b.node("Exp", {c});
  pinned->pin();
  Value* out = b.node("Neg", {c});
  expect_unchanged(kPass, b.finish({out, b.node("Abs", {overridable}), b.node("Relu", {pinned})}), doubling());
}

TEST(FoldConstants, RespectsTheLimit) {
  PassContext context = doubling();
  context.max_folded_bytes = 4;
  expect_unchanged(kPass, on_constant("Exp"), context);
  context.max_folded_bytes = 8;
  Model model = on_constant("Exp");
  EXPECT_EQ(run_pass(kPass, model, context), 1);
}

TEST(FoldConstants, DoesNotTryToExpandToAnUnknownShape) {
  int calls = 0;
  expect_unchanged(kPass, on_constant("Expand"), doubling(&calls));
  Model huge = on_constant("Expand");
  typed(huge.graph->nodes()[0]->output(), {int64_t{1} << 40, int64_t{1} << 30});
  expect_unchanged(kPass, std::move(huge), doubling(&calls));
  EXPECT_EQ(calls, 0);
}

TEST(FoldConstants, LeavesWhatTheEngineRefuses) {
  PassContext context;
  context.evaluate = [](const Model&, const Node&) -> Result<std::vector<Tensor>> { return unsupported("no kernel"); };
  expect_unchanged(kPass, on_constant("Exp"), context);
}

}  // namespace
}  // namespace headrace
