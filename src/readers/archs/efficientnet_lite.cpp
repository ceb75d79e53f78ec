// EfficientNet-Lite0 to 4 as in the package efficientnet-lite-pytorch: EfficientNet without squeeze-and-excitation, with ReLU6,
// stem and head of fixed width, and TensorFlow's "same" padding, which depends on the resolution. Tan and Le, "EfficientNet",
// https://arxiv.org/abs/1905.11946; https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
#include <algorithm>
#include <cmath>

#include "readers/archs/families.h"

namespace headrace {
namespace {

constexpr float kEpsilon = 1e-3F;

struct Stage {
  int blocks;
  int64_t kernel, stride, expansion, channels;
};
constexpr std::array kStages = {Stage{1, 3, 1, 1, 16},  Stage{2, 3, 2, 6, 24},  Stage{2, 5, 2, 6, 40}, Stage{3, 3, 2, 6, 80},
                                Stage{3, 5, 1, 6, 112}, Stage{4, 5, 2, 6, 192}, Stage{1, 3, 1, 6, 320}};

struct Variant {
  const char* name;
  double width, depth;
  int64_t resolution;
};
constexpr std::array kVariants = {
    Variant{"efficientnet-lite0", 1.0, 1.0, 224}, Variant{"efficientnet-lite1", 1.0, 1.1, 240},
    Variant{"efficientnet-lite2", 1.1, 1.2, 260}, Variant{"efficientnet-lite3", 1.2, 1.4, 280},
    Variant{"efficientnet-lite4", 1.4, 1.8, 300},
};

// A network under way: its last value, that value's channels and height (and width).
struct Writer {
  Network& net;
  Value* x;
  int64_t channels, size;

  // As much padding as makes the output ceil(size / stride), the odd one behind. Changes `size`.
  std::array<int64_t, 4> same_pads(int64_t kernel, int64_t stride) {
    const int64_t out = (size + stride - 1) / stride;
    const int64_t total = std::max<int64_t>((out - 1) * stride + kernel - size, 0), before = total / 2;
    size = out;
    return {before, before, total - before, total - before};
  }

  void conv_norm(const std::string& conv, const std::string& norm, ConvLayer layer) {
    layer.in = channels;
    layer.pads = same_pads(layer.kernel, layer.stride);
    x = net.batch_norm(net.conv(x, conv, layer), norm, layer.out, kEpsilon);
    channels = layer.out;
  }

  void block(const std::string& name, const Stage& stage, int64_t out, bool first) {
    Value* shortcut = x;
    if (stage.expansion != 1) {
      conv_norm(name + "._expand_conv", name + "._bn0", {.out = channels * stage.expansion});
      x = net.relu6(x);
    }
    const int64_t inner = channels;
    conv_norm(name + "._depthwise_conv", name + "._bn1",
              {.out = inner, .kernel = stage.kernel, .stride = first ? stage.stride : 1, .groups = inner});
    x = net.relu6(x);
    conv_norm(name + "._project_conv", name + "._bn2", {.out = out});
    if (!first) x = net.add(x, shortcut);
  }
};

// Stem, head, first and last stage are not scaled in depth; stem and head not in width.
void write(Network& net, const Variant& variant, int64_t classes, int64_t channels) {
  Writer writer{net, net.input(), channels, variant.resolution};
  writer.conv_norm("_conv_stem", "_bn0", {.out = 32, .kernel = 3, .stride = 2});
  writer.x = net.relu6(writer.x);
  int index = 0;
  for (const Stage& stage : kStages) {
    const bool fixed = &stage == &kStages.front() || &stage == &kStages.back();
    const int blocks = fixed ? stage.blocks : static_cast<int>(std::ceil(variant.depth * stage.blocks));
    const int64_t out = divisible_by_8(static_cast<double>(stage.channels) * variant.width);
    for (int i = 0; i < blocks; ++i) writer.block("_blocks." + std::to_string(index++), stage, out, i == 0);
  }
  writer.conv_norm("_conv_head", "_bn1", {.out = 1280});
  net.classifier(net.relu6(writer.x), "_fc", 1280, classes);
}

}  // namespace

Family efficientnet_lite_family() {
  Family family{"EfficientNet-Lite", "efficientnet-lite0 to 4 of the package efficientnet-lite-pytorch", {}};
  for (const Variant& variant : kVariants)
    family.list.push_back(
        {variant.name, variant.resolution, "_fc", "_conv_stem",
         [&variant](Network& net, int64_t classes, int64_t channels) { write(net, variant, classes, channels); }});
  return family;
}

}  // namespace headrace
