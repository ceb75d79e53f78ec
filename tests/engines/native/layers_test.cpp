// Each kind of layer, in float32 and in codes of both signs, on channel counts that fill no vector.
#include "engines/native/against_reference.h"
#include "engines/native/net.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;

class NativeLayers : public ::testing::TestWithParam<Arithmetic> {
 protected:
  // One picture, then five, then other sizes where the model takes them.
  void expect_reference(Net& net, const std::vector<Value*>& outputs) {
    Model model = net.finish(outputs);
    const std::vector<Inputs> runs{random_inputs(model, 1), random_inputs(model, 5, 14, 6), random_inputs(model, 2, 11, 7)};
    if (GetParam() == Arithmetic::kFloat) expect_near_reference(std::move(model), runs);
    else expect_reference_bits(std::move(model), runs);
  }
  void expect_conv(int channels, const LayerShape& shape) {
    Net net(GetParam());
    Value* x = net.picture(channels, -1, -1);
    expect_reference(net, {net.conv(x, shape)});
  }
};

TEST_P(NativeLayers, Pointwise) {
  expect_conv(3, {.channels = 5, .kernel = 1});
  expect_conv(37, {.channels = 70, .kernel = 1, .activation = "Relu"});
  expect_conv(16, {.channels = 33, .kernel = 1, .stride = 2, .pads = {0, 0, 0, 0}});
}
TEST_P(NativeLayers, ThreeByThree) {
  expect_conv(3, {.channels = 9, .stride = 2, .activation = "Clip"});
  expect_conv(19, {.channels = 23, .activation = "Relu"});  // has a Winograd form
  expect_conv(32, {.channels = 48});
}
TEST_P(NativeLayers, LargeKernels) {
  expect_conv(3, {.channels = 8, .kernel = 7, .stride = 2, .pads = {3, 3, 3, 3}});
  expect_conv(6, {.channels = 10, .kernel = 4});
}
TEST_P(NativeLayers, DilationsAndUnevenPadding) {
  expect_conv(10, {.channels = 12, .dilation = 2});
  expect_conv(5, {.channels = 7, .stride = 2, .pads = {0, 0, 1, 1}});
  expect_conv(20, {.channels = 17, .pads = {2, 0, 1, 3}, .activation = "Relu"});
  expect_conv(4, {.channels = 6, .dilation = 3, .pads = {0, 5, 6, 1}});
}
TEST_P(NativeLayers, Groups) {
  expect_conv(12, {.channels = 18, .groups = 3});
  expect_conv(7, {.channels = 14, .groups = 7, .activation = "Relu"});  // two outputs an input
  expect_conv(10, {.channels = 4, .kernel = 1, .groups = 2});
}
TEST_P(NativeLayers, Depthwise) {
  for (const LayerShape& shape : {LayerShape{.activation = "Relu"}, LayerShape{.kernel = 5, .activation = "Clip"},
                                  LayerShape{.stride = 2, .pads = {0, 0, 1, 1}}, LayerShape{.kernel = 5, .stride = 2},
                                  LayerShape{.dilation = 2}, LayerShape{.kernel = 7, .pads = {3, 2, 3, 4}}})
    for (const int channels : {9, 67}) {
      Net net(GetParam());
      expect_reference(net, {net.depthwise(net.picture(channels, -1, -1), shape)});
    }
}

// The later convolution takes up the sum, whichever operand it is; a sum of two inputs stays a layer of its own.
TEST_P(NativeLayers, Additions) {
  for (const std::string activation : {"", "Relu", "Clip"})
    for (const bool own_first : {true, false}) {
      Net net(GetParam());
      Value* x = net.conv(net.picture(6, -1, -1), {.channels = 21, .activation = "Relu"});
      Value* y = net.conv(net.conv(x, {.channels = 21, .activation = "Relu"}), {.channels = 21});
      expect_reference(net, {own_first ? net.add(y, x, activation) : net.add(x, y, activation)});
    }
  Net net(GetParam());
  Value* x = net.picture(13, -1, -1);
  expect_reference(net, {net.add(net.activation(x, "Relu"), x), net.add(x, x)});
}
TEST_P(NativeLayers, AdditionsOfTwoConvolutions) {
  Net net(GetParam());
  Value* x = net.picture(11, -1, -1);
  Value *a = net.conv(x, {.channels = 18, .kernel = 1}), *b = net.conv(x, {.channels = 18});
  expect_reference(net, {net.add(a, b, "Relu")});
}
TEST_P(NativeLayers, ASumWhoseOperandsAreReadAgain) {
  Net net(GetParam());
  Value* x = net.picture(10, -1, -1);
  Value *a = net.conv(x, {.channels = 10}), *b = net.conv(a, {.channels = 10});
  expect_reference(net, {net.conv(b, {.channels = 4}), net.add(net.add(a, b, "Relu"), b)});
}

TEST_P(NativeLayers, Activations) {
  for (const std::string op : {"Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu"}) {
    SCOPED_TRACE(op);
    Net net(GetParam());
    expect_reference(net, {net.activation(net.picture(35, -1, -1), op)});
  }
}
TEST_P(NativeLayers, Gates) {
  for (const std::string gate : {"Sigmoid", "HardSigmoid"}) {
    SCOPED_TRACE(gate);
    const std::map<std::string, Attribute> sixth{{"alpha", 1 / 6.0f}};
    Net net(GetParam());
    Value* x = net.conv(net.picture(3, -1, -1), {.channels = 21});
    expect_reference(net, {net.gated(x, gate, gate == "Sigmoid" ? std::map<std::string, Attribute>{} : sixth)});
  }
}
TEST_P(NativeLayers, SqueezeAndExcitation) {
  for (const bool gate_first : {true, false}) {
    Net net(GetParam());
    Value* x = net.depthwise(net.conv(net.picture(3, -1, -1), {.channels = 26, .activation = "Relu"}), {});
    Value* squeezed = net.conv(net.global_mean(x), {.channels = 7, .kernel = 1, .activation = "Relu"});
    Value* gate = net.activation(net.conv(squeezed, {.channels = 26, .kernel = 1}), "Sigmoid");
    Value* y = gate_first ? net.multiply(gate, x) : net.multiply(x, gate);
    expect_reference(net, {net.conv(y, {.channels = 12, .kernel = 1})});
  }
}
TEST_P(NativeLayers, Products) {
  Net net(GetParam());
  Value *x = net.picture(5, -1, -1), *y = net.picture(5, -1, -1);
  expect_reference(net, {net.multiply(x, y), net.multiply(x, x)});
}

TEST_P(NativeLayers, GlobalMeansAndGemm) {
  for (const bool ends_in_float : {true, false}) {
    Net net(GetParam());
    Value* x = net.conv(net.picture(3, -1, -1), {.channels = 45, .stride = 2, .activation = "Relu"});
    expect_reference(net, {net.gemm(net.flattened(net.global_mean(x)), 45, 13, ends_in_float)});
  }
}
TEST_P(NativeLayers, GemmOfAPictureLaidFlat) {
  Net net(GetParam());
  Value* x = net.conv(net.picture(3, 10, 8), {.channels = 6, .stride = 2});
  expect_reference(net, {net.gemm(net.flattened(x), 6 * 5 * 4, 17)});
}
TEST_P(NativeLayers, ActivationsOfAPictureLaidFlat) {
  Net net(GetParam());
  Value* x = net.activation(net.flattened(net.conv(net.picture(3, 10, 8), {.channels = 6, .stride = 2})), "Relu");
  expect_reference(net, {net.gemm(x, 6 * 5 * 4, 17)});
}
TEST_P(NativeLayers, PicturesLaidFlatAreOutputs) {
  Net net(GetParam());
  Value* x = net.conv(net.picture(3, 10, 8), {.channels = 6, .stride = 2});
  expect_reference(net, {net.flattened(x), net.activation(net.flattened(x), "Relu"), x});
}
TEST_P(NativeLayers, GemmsOfVectors) {
  Net net(GetParam());
  Value* x = net.gemm(net.vector(33), 33, 70);
  expect_reference(net, {net.gemm(net.activation(x, "Relu"), 70, 9), net.gemm(x, 70, 5, true)});
}

TEST_P(NativeLayers, Pools) {
  const std::vector<std::map<std::string, Attribute>> windows{
      {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}},
      {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}},
      {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}},
      {{"kernel_shape", Ints{5, 3}}, {"strides", Ints{1, 2}}, {"pads", Ints{2, 0, 2, 1}}}};
  for (const auto& window : windows) {
    SCOPED_TRACE(&window - windows.data());
    Net net(GetParam());
    Value* x = net.picture(22, -1, -1);
    expect_reference(net, {net.pool(x, "MaxPool", window), net.pool(x, "AveragePool", window)});
  }
}
TEST_P(NativeLayers, AveragesThatCountPadding) {
  Net net(GetParam());
  expect_reference(net,
                   {net.pool(net.picture(9, -1, -1), "AveragePool",
                             {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}, {"count_include_pad", int64_t{1}}})});
}

// Branches pad the same value with its zero point and with the smallest code.
TEST_P(NativeLayers, Inception) {
  Net net(GetParam());
  Value* x = net.conv(net.picture(3, -1, -1), {.channels = 18, .activation = "Relu"});
  Value* pooled = net.pool(x, "MaxPool", {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
  Value* mean = net.pool(x, "AveragePool", {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
  Value* y = net.concat({net.conv(x, {.channels = 7}), net.conv(pooled, {.channels = 9, .kernel = 1}),
                         net.conv(x, {.channels = 5, .kernel = 5}), mean, pooled});
  expect_reference(net, {net.conv(y, {.channels = 20})});
}

// Parts of a concatenation that are read on their own, and one that stands in two.
TEST_P(NativeLayers, DenseConnections) {
  Net net(GetParam());
  Value* x = net.conv(net.picture(3, -1, -1), {.channels = 11, .activation = "Relu"});
  Value* a = net.conv(x, {.channels = 6, .activation = "Relu"});
  Value* first = net.concat({x, a});
  Value* b = net.conv(first, {.channels = 6, .activation = "Relu"});
  Value* second = net.concat({first, b, b});
  expect_reference(net, {net.conv(second, {.channels = 8, .kernel = 1}), net.conv(a, {.channels = 3})});
}
TEST_P(NativeLayers, Enlargement) {
  Net net(GetParam());
  Value* x = net.conv(net.picture(3, -1, -1), {.channels = 10, .stride = 2, .pads = {1, 1, 1, 1}});
  Value* y = net.conv(x, {.channels = 14});
  expect_reference(net, {net.concat({net.enlarged(y, 2, 2), net.enlarged(x, 2, 2)}), net.enlarged(y, 3, 1)});
}

// Large enough that layers run depth-first, a band of rows at a time.
TEST_P(NativeLayers, BandsOfRows) {
  Net net(GetParam());
  const int side = GetParam() == Arithmetic::kFloat ? 76 : 150;
  Value* x = net.conv(net.picture(3, side, side), {.channels = 27, .activation = "Relu"});
  Value* y = net.conv(net.depthwise(net.conv(x, {.channels = 40, .kernel = 1, .activation = "Clip"}), {.activation = "Clip"}),
                      {.channels = 27, .kernel = 1});
  y = net.conv(net.add(x, y), {.channels = 17});  // has a Winograd form
  y = net.pool(y, "MaxPool", {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  Model model = net.finish({net.depthwise(y, {.kernel = 5, .stride = 2})});
  const std::vector<Inputs> runs{random_inputs(model, 2)};
  GetParam() == Arithmetic::kFloat ? expect_near_reference(std::move(model), runs)
                                   : expect_reference_bits(std::move(model), runs);
}

std::string name_of(const ::testing::TestParamInfo<Arithmetic>& info) {
  return std::vector<std::string>{"Float", "UnsignedCodes", "SignedCodes"}[static_cast<size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(All, NativeLayers,
                         ::testing::Values(Arithmetic::kFloat, Arithmetic::kUnsignedCodes, Arithmetic::kSignedCodes), name_of);

}  // namespace
}  // namespace headrace
