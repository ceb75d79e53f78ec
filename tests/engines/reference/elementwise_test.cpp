// Elementwise operators in float32, and on integers where shapes need them.
#include <gtest/gtest-spi.h>

#include <cmath>
#include <limits>

#include "engines/reference/against_ort.h"

namespace headrace {
namespace {

using namespace headrace::testing;

class ReferenceElementwise : public AgainstOrt {};

TEST_F(ReferenceElementwise, OneOperand) {
  for (const std::string op :
       {"Abs",       "Ceil", "Celu",           "Cos",  "Elu",   "Erf",  "Exp",     "Floor", "HardSigmoid", "HardSwish",
        "LeakyRelu", "Neg",  "Reciprocal",     "Relu", "Round", "Selu", "Sigmoid", "Sign",  "Sin",         "Softplus",
        "Softsign",  "Tanh", "ThresholdedRelu"})
    expect_op(op, {{2, 3, 5}});
  expect_op("Gelu", {{4, 7}}, {}, 20);
  expect_op("Gelu", {{4, 7}}, {{"approximate", std::string("tanh")}}, 20);
  expect_op("Mish", {{4, 7}}, {}, 18);
}

TEST_F(ReferenceElementwise, OnPositiveNumbers) {
  for (const std::string op : {"Sqrt", "Log"}) {
    OpModel model;
    expect_same(model, {model.node(op, {model.input({3, 4}, 0.1f, 5)})});
  }
}

TEST_F(ReferenceElementwise, Attributes) {
  expect_op("LeakyRelu", {{9}}, {{"alpha", 0.3f}});
  expect_op("Elu", {{9}}, {{"alpha", 0.7f}});
  expect_op("HardSigmoid", {{9}}, {{"alpha", 0.4f}, {"beta", 0.1f}});
  expect_op("Selu", {{9}}, {{"alpha", 1.5f}, {"gamma", 2.0f}});
}

TEST_F(ReferenceElementwise, TwoOperands) {
  for (const std::string op : {"Add", "Sub", "Mul", "Div", "Min", "Max"}) {
    expect_op(op, {{2, 3, 4}, {2, 3, 4}});
    expect_op(op, {{2, 1, 4}, {3, 1}});
    expect_op(op, {{}, {5}});
  }
  expect_op("Sum", {{2, 3}, {3}, {1, 1}});
  expect_op("Max", {{2, 3}, {3}, {1, 1}});
}

TEST_F(ReferenceElementwise, Pow) {
  OpModel model;
  expect_same(model, {model.node("Pow", {model.input({3, 4}, 0.5f, 3), model.input({4})}),
                      model.node("Pow", {model.input({3}), model.constant(Tensor::scalar<int64_t>(2))})});
}

TEST_F(ReferenceElementwise, ClipWithAndWithoutBounds) {
  OpModel model;
  Value* x = model.input({20});
  Value *low = model.constant(Tensor::scalar(-0.5f)), *high = model.constant(Tensor::scalar(1.0f));
  expect_same(model, {model.node("Clip", {x, low, high}), model.node("Clip", {x, low}), model.node("Clip", {x, nullptr, high}),
                      model.node("Clip", {x})});
}

TEST_F(ReferenceElementwise, PRelu) {
  expect_op("PRelu", {{2, 3, 4, 4}, {3, 1, 1}});
  expect_op("PRelu", {{2, 5}, {1}});
}

TEST_F(ReferenceElementwise, Integers) {
  for (const std::string op : {"Add", "Sub", "Mul", "Div"}) {
    OpModel model;
    Value* a = model.given(Tensor::from<int64_t>({4}, std::vector<int64_t>{7, -7, 100, int64_t{1} << 60}));
    expect_same(model, {model.node(op, {a, model.constant(Tensor::from<int64_t>({4}, std::vector<int64_t>{2, 2, -3, 8}))})});
  }
}

TEST_F(ReferenceElementwise, ComparisonsAndSelection) {
  OpModel model;
  Value *a = model.input({3, 4}, -1, 1), *b = model.input({4}, -1, 1);
  Value *less = model.node("Less", {a, b}), *more = model.node("GreaterOrEqual", {a, b});
  expect_same(model, {less, more, model.node("Equal", {a, a}), model.node("Or", {less, more}), model.node("Not", {less}),
                      model.node("Where", {less, a, b})});
}

TEST(Reference, DividesNoIntegerByZero) {
  OpModel made;
  Value* zero = made.given(Tensor::from<int64_t>({1}, std::vector<int64_t>{0}));
  Model model = made.builder.finish({made.node("Div", {made.ints({1}), zero})});
  EXPECT_NONFATAL_FAILURE(outputs_of("reference", model, made.inputs), "an integer is divided by zero");
}

TEST(Reference, LetsNaNThrough) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  OpModel made;
  Value* x = made.given(Tensor::from<float>({2}, std::vector<float>{kNaN, 1}));
  Value *low = made.constant(Tensor::scalar(0.0f)), *high = made.constant(Tensor::scalar(6.0f));
  Model model = made.builder.finish(
      {made.node("Relu", {x}), made.node("Clip", {x, low, high}), made.node("Max", {x, low}), made.node("Max", {low, x})});
  for (const Tensor& y : outputs_of("reference", model, made.inputs)) EXPECT_TRUE(std::isnan(y.as<float>()[0]));
}

}  // namespace
}  // namespace headrace
