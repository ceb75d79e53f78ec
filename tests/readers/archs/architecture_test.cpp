// Networks from bare state dicts: what is recognised, and what is said about the rest. That the networks compute what PyTorch
// computes is tested in tests/models/test_architectures.py.
#include "readers/archs/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/verify.h"
#include "support/test_support.h"

namespace headrace {
namespace {

// Zeros that all tensors share: the largest layer of ResNet-18 is 512 x 512 x 3 x 3.
std::shared_ptr<const std::vector<double>> zeros() {
  static const auto held = std::make_shared<const std::vector<double>>(512 * 512 * 9);
  return held;
}

struct Builder {
  StateDict state;

  void tensor(const std::string& name, Dims dims, DType dtype = DType::kFloat32) {
    const auto bytes = bytes_for(dtype, static_cast<size_t>(element_count(dims).value()));
    const auto* data = reinterpret_cast<const std::byte*>(zeros()->data());
    state.tensors.push_back({name, Tensor::wrap(dtype, std::move(dims), zeros(), data, bytes).value()});
  }
  void conv_norm(const std::string& conv, const std::string& norm, Dims dims, DType dtype = DType::kFloat32) {
    const int64_t channels = dims[0];
    tensor(conv + ".weight", std::move(dims), dtype);
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) tensor(norm + part, {channels}, dtype);
    tensor(norm + ".num_batches_tracked", {}, DType::kInt64);
  }
};

StateDict resnet18(int64_t classes = 1000, int64_t channels = 3, DType dtype = DType::kFloat32) {
  Builder b;
  b.conv_norm("conv1", "bn1", {64, channels, 7, 7}, dtype);
  int64_t in = 64;
  for (int stage = 1; stage <= 4; ++stage) {
    const int64_t planes = int64_t{32} << stage;
    for (const char* block : {".0.", ".1."}) {
      const std::string name = "layer" + std::to_string(stage) + block;
      b.conv_norm(name + "conv1", name + "bn1", {planes, in, 3, 3}, dtype);
      b.conv_norm(name + "conv2", name + "bn2", {planes, planes, 3, 3}, dtype);
      if (in != planes) b.conv_norm(name + "downsample.0", name + "downsample.1", {planes, in, 1, 1}, dtype);
      in = planes;
    }
  }
  b.tensor("fc.weight", {classes, 512}, dtype);
  b.tensor("fc.bias", {classes}, dtype);
  return b.state;
}

NamedTensor& named(StateDict& state, const std::string& name) {
  return *std::find_if(state.tensors.begin(), state.tensors.end(), [&](const NamedTensor& held) { return held.name == name; });
}

TEST(Architecture, ResNet18IsRecognised) {
  Architecture found;
  const auto model = build_architecture(resnet18(), &found);
  ASSERT_OK(model);
  EXPECT_EQ(found.family, "ResNet");
  EXPECT_EQ(found.name, "resnet18");
  EXPECT_EQ(found.classes, 1000);
  EXPECT_EQ(found.resolution, 224);
  ASSERT_OK(verify(*model));
  EXPECT_EQ(model->graph->name, "resnet18");
  EXPECT_EQ(to_string(*model->graph->inputs()[0]->shape), "[batch, 3, 224, 224]");
  EXPECT_EQ(model->graph->outputs()[0]->name(), "logits");
  EXPECT_EQ(to_string(*model->graph->outputs()[0]->shape), "[batch, 1000]");
}

TEST(Architecture, WeightsAreNotCopiedAndKeepTheirNames) {
  const StateDict state = resnet18();
  const auto model = build_architecture(state);
  ASSERT_OK(model);
  const Value* weight = model->graph->find("layer2.0.downsample.0.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->constant().bytes().data(), reinterpret_cast<const std::byte*>(zeros()->data()));
}

TEST(Architecture, ClassesChannelsAndPrecisionAreTheStateDicts) {
  Architecture found;
  const auto model = build_architecture(resnet18(10, 1, DType::kFloat16), &found);
  ASSERT_OK(model);
  EXPECT_EQ(found.classes, 10);
  EXPECT_EQ(to_string(*model->graph->inputs()[0]->shape), "[batch, 1, 224, 224]");
  EXPECT_EQ(model->graph->find("fc.weight")->constant().dtype(), DType::kFloat32);
}

TEST(Architecture, EveryDifferenceIsListed) {
  StateDict state = resnet18();
  named(state, "bn1.weight").name = "layer1.0.attention.weight";
  named(state, "layer4.1.bn2.bias").name = "\x1b[2J";
  named(state, "conv1.weight").tensor = Tensor::allocate(DType::kFloat32, {64, 3, 3, 3});
  named(state, "fc.bias").tensor = Tensor::allocate(DType::kInt64, {1000});
  const auto model = build_architecture(state);
  EXPECT_ERROR(model, "the nearest is resnet18, but missing: bn1.weight, layer4.1.bn2.bias;");
  EXPECT_ERROR(model, "left over: \\x1b[2J, layer1.0.attention.weight;");
  EXPECT_ERROR(model,
               "of another shape: conv1.weight is [64, 3, 3, 3] instead of [64, 3, 7, 7], fc.bias is int64 instead of float32;");
  EXPECT_ERROR(model, "resnext101_64x4d");
  EXPECT_ERROR(model, "MobileNetV2 (");
  EXPECT_ERROR(model, "EfficientNet-Lite (");
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
}

TEST(Architecture, OtherNetworksAreNotComparedNameByName) {
  Builder b;
  b.tensor("encoder.layer.0.attention.self.query.weight", {4, 4});
  const auto model = build_architecture(b.state);
  EXPECT_ERROR(model, "the weights belong to no network that is known without its graph");
  EXPECT_THAT(model.error().message, ::testing::Not(::testing::HasSubstr("the nearest")));
  EXPECT_FALSE(build_architecture(StateDict{}).ok());
}

}  // namespace
}  // namespace headrace
