// Arithmetic with constants, in float32: per channel, one for all, and from either side.
#include "engines/native/against_reference.h"
#include "engines/native/net.h"

namespace headrace {
namespace {

using namespace headrace::testing;

class NativeConstants : public ::testing::Test {
 protected:
  NativeConstants() : x_(net_.activation(net_.picture(7, -1, -1), "Sigmoid")) {}

  Value* constant(const Dims& dims) {
    return net_.builder().constant("k" + std::to_string(count_++), random_.uniform(dims, 0.5f, 2));
  }
  Value* node(const std::string& op, std::vector<Value*> inputs) { return net_.builder().node(op, std::move(inputs)); }
  void expect_near(std::vector<Value*> outputs) {
    Model model = net_.finish(outputs);
    const std::vector<Inputs> runs{random_inputs(model, 1), random_inputs(model, 3, 8)};
    expect_near_reference(std::move(model), runs, 120);
  }

  Net net_{Arithmetic::kFloat};
  Random random_{4};
  Value* x_;
  int count_ = 0;
};

TEST_F(NativeConstants, PerChannel) {
  const Dims channels{1, 7, 1, 1};
  expect_near({node("Add", {x_, constant(channels)}), node("Add", {constant({7, 1, 1}), x_}),
               node("Mul", {x_, constant({7, 1, 1})}), node("Mul", {constant(channels), x_}),
               node("Sub", {x_, constant(channels)}), node("Div", {x_, constant(channels)})});
}

TEST_F(NativeConstants, OneForAll) {
  expect_near({node("Add", {x_, constant({})}), node("Mul", {constant({1}), x_}), node("Sub", {x_, constant({1, 1})}),
               node("Div", {x_, constant({1, 1, 1, 1})}), node("Relu", {node("Sub", {x_, constant({})})})});
}

TEST_F(NativeConstants, OfVectors) {
  Value* v = node("Flatten", {node("GlobalAveragePool", {x_})});
  expect_near({node("Add", {v, constant({7})}), node("Mul", {constant({1, 7}), v})});
}

// Neither per channel nor one for all: refused, not computed for some of it.
TEST_F(NativeConstants, PerColumnIsRefused) {
  for (const Dims& dims : {Dims{7}, Dims{1, 7}, Dims{7, 1}}) {
    Net net(Arithmetic::kFloat);
    Value* k = net.builder().constant("k", random_.uniform(dims, 0.5f, 2));
    Model model = net.finish({net.builder().node("Add", {net.picture(7, 7, 7), k}, {}, "the_sum")});
    EXPECT_ERROR(load_model("native", model, 1), "'the_sum'");
  }
}

TEST_F(NativeConstants, SoftmaxOverClasses) {
  Value* v = node("Flatten", {node("GlobalAveragePool", {net_.conv(x_, {.channels = 13})})});
  expect_near({node("Softmax", {v}), node("Softmax", {node("Mul", {v, constant({})})})});
}

}  // namespace
}  // namespace headrace
