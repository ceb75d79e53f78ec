// Reshapes are written so that every dimension but one is a constant, which engines with static shapes need.
#include "readers/aten/shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace::aten {
namespace {

const Dim kBatch{-1, "s77"}, kWidth{-1, "s10"};
Dim fixed(int64_t extent) { return {extent, {}}; }

class Reshaped : public ::testing::Test {
 protected:
  Value* input(const Shape& shape) {
    Value* value = graph_.add_value("x");
    value->dtype = DType::kFloat32;
    value->shape = shape;
    graph_.add_input(value);
    return value;
  }
  // The constant target, or {} where it is computed.
  static Ints target_of(const Value* reshaped) {
    const Value* target = reshaped->producer()->input(1);
    if (!target->is_constant()) return {};
    const auto values = target->constant().as<int64_t>();
    return {values.begin(), values.end()};
  }
  Graph graph_;
  Builder builder_{graph_};
};

TEST_F(Reshaped, TheBatchIsCopied) {
  Value* x = input({kBatch, fixed(64), fixed(7), fixed(7)});
  EXPECT_EQ(target_of(reshaped(builder_, x, {kBatch, fixed(3136)})), (Ints{0, 3136}));
}

TEST_F(Reshaped, AComputedDimensionIsInferred) {
  Value* x = input({kBatch, fixed(64), fixed(49)});
  EXPECT_EQ(target_of(reshaped(builder_, x, {{-1, "8*s77"}, fixed(8), fixed(49)})), (Ints{-1, 8, 49}));
}

TEST_F(Reshaped, TwoDynamicDimensionsOfWhichOneStays) {
  Value* x = input({kBatch, fixed(64), fixed(7), kWidth});
  EXPECT_EQ(target_of(reshaped(builder_, x, {kBatch, fixed(64), {-1, "7*s10"}})), (Ints{0, 64, -1}));
}

TEST_F(Reshaped, TheSameShapeIsNoNode) {
  Value* x = input({kBatch, fixed(64)});
  EXPECT_EQ(reshaped(builder_, x, {kBatch, fixed(64)}), x);
}

TEST_F(Reshaped, TwoThatMoveAreComputed) {
  Value* x = input({kBatch, fixed(64), kWidth});
  const std::vector<Size> sizes{size_of(x, 2), Size::known(64), size_of(x, 0)};
  EXPECT_TRUE(target_of(reshaped(builder_, x, {kWidth, fixed(64), kBatch}, sizes)).empty());
  EXPECT_THROW(reshaped(builder_, x, {kWidth, fixed(64), kBatch}), Refused);
}

TEST_F(Reshaped, AnEmptyTensorHasNothingToInferFrom) {
  Value* x = input({fixed(0), fixed(4)});
  EXPECT_EQ(target_of(reshaped(builder_, x, {fixed(0), fixed(2), fixed(2)})), (Ints{0, 2, 2}));
}

TEST(Size, KnownSizesAreFolded) {
  const auto folded = [](const char* op, int64_t a, int64_t b) {
    return Size::computed(op, Size::known(a), Size::known(b), "").constant();
  };
  EXPECT_EQ(folded("Mul", 6, 7), 42);
  EXPECT_EQ(folded("Div", -7, 2), -4);
  EXPECT_EQ(folded("Mod", -7, 3), 2);
  EXPECT_EQ(folded("Div", 7, 0), std::nullopt);
  EXPECT_EQ(folded("Mul", int64_t{1} << 62, 4), std::nullopt);
}

}  // namespace
}  // namespace headrace::aten
