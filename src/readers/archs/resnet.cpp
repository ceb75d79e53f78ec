// ResNet as in torchvision, v1.5: the stride of a bottleneck sits in its 3x3 convolution. He et al., "Deep Residual Learning for
// Image Recognition", https://arxiv.org/abs/1512.03385; Xie et al., "Aggregated Residual Transformations",
// https://arxiv.org/abs/1611.05431; Zagoruyko and Komodakis, "Wide Residual Networks", https://arxiv.org/abs/1605.07146.
#include "readers/archs/families.h"

namespace headrace {
namespace {

constexpr float kEpsilon = 1e-5F;

struct Variant {
  const char* name;
  bool bottleneck;
  std::array<int, 4> blocks;
  int64_t groups = 1, group_width = 64;
};

constexpr std::array kVariants = {
    Variant{"resnet18", false, {2, 2, 2, 2}},
    Variant{"resnet34", false, {3, 4, 6, 3}},
    Variant{"resnet50", true, {3, 4, 6, 3}},
    Variant{"resnet101", true, {3, 4, 23, 3}},
    Variant{"resnet152", true, {3, 8, 36, 3}},
    Variant{"resnext50_32x4d", true, {3, 4, 6, 3}, 32, 4},
    Variant{"resnext101_32x8d", true, {3, 4, 23, 3}, 32, 8},
    Variant{"resnext101_64x4d", true, {3, 4, 23, 3}, 64, 4},
    Variant{"wide_resnet50_2", true, {3, 4, 6, 3}, 1, 128},
    Variant{"wide_resnet101_2", true, {3, 4, 23, 3}, 1, 128},
};

Value* conv_norm(Network& net, Value* x, const std::string& conv, const std::string& norm, ConvLayer layer) {
  layer.pads = centred_pads(layer.kernel);
  return net.batch_norm(net.conv(x, conv, layer), norm, layer.out, kEpsilon);
}

// One block: its input has `in` channels, its output planes, or four times planes.
struct Block {
  std::string name;
  int64_t in = 0, planes = 0, stride = 1;
};

Value* shortcut(Network& net, Value* x, const Block& block, int64_t out) {
  if (block.stride == 1 && block.in == out) return x;
  const std::string name = block.name + ".downsample.";
  return conv_norm(net, x, name + "0", name + "1", {.in = block.in, .out = out, .stride = block.stride});
}

Value* basic(Network& net, Value* x, const Block& block) {
  const int64_t width = block.planes;
  Value* y = conv_norm(net, x, block.name + ".conv1", block.name + ".bn1",
                       {.in = block.in, .out = width, .kernel = 3, .stride = block.stride});
  y = conv_norm(net, net.relu(y), block.name + ".conv2", block.name + ".bn2", {.in = width, .out = width, .kernel = 3});
  return net.relu(net.add(y, shortcut(net, x, block, width)));
}

Value* bottleneck(Network& net, Value* x, const Block& block, const Variant& variant) {
  const int64_t width = block.planes * variant.group_width / 64 * variant.groups, out = block.planes * 4;
  Value* y = conv_norm(net, x, block.name + ".conv1", block.name + ".bn1", {.in = block.in, .out = width});
  y = conv_norm(net, net.relu(y), block.name + ".conv2", block.name + ".bn2",
                {.in = width, .out = width, .kernel = 3, .stride = block.stride, .groups = variant.groups});
  y = conv_norm(net, net.relu(y), block.name + ".conv3", block.name + ".bn3", {.in = width, .out = out});
  return net.relu(net.add(y, shortcut(net, x, block, out)));
}

void write(Network& net, const Variant& variant, int64_t classes, int64_t channels) {
  Value* x = conv_norm(net, net.input(), "conv1", "bn1", {.in = channels, .out = 64, .kernel = 7, .stride = 2});
  x = net.max_pool(net.relu(x), 3, 2);
  int64_t in = 64;
  for (size_t stage = 0; stage < variant.blocks.size(); ++stage) {
    const int64_t planes = int64_t{64} << stage;
    for (int i = 0; i < variant.blocks[stage]; ++i) {
      const Block block{"layer" + std::to_string(stage + 1) + "." + std::to_string(i), in, planes, stage > 0 && i == 0 ? 2 : 1};
      x = variant.bottleneck ? bottleneck(net, x, block, variant) : basic(net, x, block);
      in = variant.bottleneck ? planes * 4 : planes;
    }
  }
  net.classifier(x, "fc", in, classes);
}

}  // namespace

Family resnet_family() {
  Family family{"ResNet",
                "torchvision's resnet18, 34, 50, 101, 152, resnext50_32x4d, resnext101_32x8d, resnext101_64x4d, "
                "wide_resnet50_2, wide_resnet101_2",
                {}};
  for (const Variant& variant : kVariants)
    family.list.push_back({variant.name, 224, "fc", "conv1", [&variant](Network& net, int64_t classes, int64_t channels) {
                             write(net, variant, classes, channels);
                           }});
  return family;
}

}  // namespace headrace
