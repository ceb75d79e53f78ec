#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/model.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::ModelBuilder;

Model small_model() {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 2});
  Value* w = b.constant("w", Tensor::from(Dims{2}, std::vector<float>{1, -0.5f}));
  return b.finish({b.node("Relu", {b.node("Mul", {x, w})})});
}

TEST(Text, ShowsTypesConstantsAndAttributes) {
  EXPECT_EQ(to_text(small_model()),
            "graph main opset 17\n"
            "  input x: float32[N, 2]\n"
            "  const w: float32[2] = {1, -0.5} #033d4afb\n"
            "  mul_0: undefined[...] = Mul(x, w)\n"
            "  relu_1: undefined[...] = Relu(mul_0)\n"
            "  output relu_1: undefined[...]\n");
}

TEST(Graph, CloneIsEqualAndIndependent) {
  const Model model = small_model();
  Model copy = clone(model);
  EXPECT_EQ(to_text(copy), to_text(model));
  copy.graph->remove(copy.graph->nodes()[0].get());
  EXPECT_EQ(model.graph->nodes().size(), 2u);
  ASSERT_OK(verify(model));
}

TEST(Graph, BypassKeepsTheNameOfAGraphOutput) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  Value* y = b.node("Identity", {b.node("Relu", {x})}, {}, "y");
  Model model = b.finish({y});
  Node* identity = model.graph->nodes()[1].get();
  ASSERT_TRUE(model.graph->bypass(identity, identity->input(0)));
  ASSERT_OK(verify(model));
  ASSERT_EQ(model.graph->nodes().size(), 1u);
  EXPECT_EQ(model.graph->nodes()[0]->output()->name(), "y");
}

TEST(Graph, BypassRefusesWhenInputWouldBecomeOutput) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  Model model = b.finish({b.node("Identity", {x}, {}, "y")});
  EXPECT_FALSE(model.graph->bypass(model.graph->nodes()[0].get(), x));
  ASSERT_OK(verify(model));
}

TEST(Graph, SortPutsProducersFirstAndFindsCycles) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  Value* late = b.graph().add_value("late");
  Value* y = b.node("Relu", {late});
  b.graph().append("Abs", {x}, {late});
  Model model = b.finish({y});
  EXPECT_ERROR(verify(model), "before it is computed");
  EXPECT_EQ(model.graph->sort(), nullptr);
  ASSERT_OK(verify(model));
  model.graph->set_input(late->producer(), 0, y);
  EXPECT_NE(model.graph->sort(), nullptr);
}

TEST(Verify, NamesAMissingProducer) {
  ModelBuilder b;
  Value* ghost = b.graph().add_value("ghost");
  Model model = b.finish({b.node("Relu", {ghost})});
  EXPECT_ERROR(verify(model), "'ghost'");
}

TEST(Verify, NamesAnUndeclaredDomain) {
  Model model = small_model();
  model.graph->nodes()[0]->domain = "com.example";
  EXPECT_ERROR(verify(model), "com.example");
}

}  // namespace
}  // namespace headrace
