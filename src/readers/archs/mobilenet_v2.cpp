// MobileNetV2 as in torchvision. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
// https://arxiv.org/abs/1801.04381.
#include <algorithm>

#include "readers/archs/families.h"

namespace headrace {
namespace {

constexpr float kEpsilon = 1e-5F;

// Table 2 of the paper.
struct Stage {
  int64_t expansion, channels;
  int blocks;
  int64_t stride;
};
constexpr std::array kStages = {Stage{1, 16, 1, 1}, Stage{6, 24, 2, 2},  Stage{6, 32, 3, 2}, Stage{6, 64, 4, 2},
                                Stage{6, 96, 3, 1}, Stage{6, 160, 3, 2}, Stage{6, 320, 1, 1}};

// Names carry no type: "0" is the convolution, "1" its normalisation.
Value* conv_norm(Network& net, Value* x, const std::string& name, ConvLayer layer) {
  layer.pads = centred_pads(layer.kernel);
  return net.relu6(net.batch_norm(net.conv(x, name + ".0", layer), name + ".1", layer.out, kEpsilon));
}

Value* inverted_residual(Network& net, Value* x, const std::string& name, int64_t in, int64_t out, int64_t expansion,
                         int64_t stride) {
  const int64_t inner = in * expansion;
  int part = 0;
  const auto next = [&] { return name + ".conv." + std::to_string(part++); };
  Value* y = expansion == 1 ? x : conv_norm(net, x, next(), {.in = in, .out = inner});
  y = conv_norm(net, y, next(), {.in = inner, .out = inner, .kernel = 3, .stride = stride, .groups = inner});
  y = net.conv(y, next(), {.in = inner, .out = out});
  y = net.batch_norm(y, next(), out, kEpsilon);
  return stride == 1 && in == out ? net.add(x, y) : y;
}

void write(Network& net, double width, int64_t classes, int64_t channels) {
  int64_t in = divisible_by_8(32 * width);
  Value* x = conv_norm(net, net.input(), "features.0", {.in = channels, .out = in, .kernel = 3, .stride = 2});
  int index = 1;
  for (const Stage& stage : kStages) {
    const int64_t out = divisible_by_8(static_cast<double>(stage.channels) * width);
    for (int i = 0; i < stage.blocks; ++i) {
      const std::string name = "features." + std::to_string(index++);
      x = inverted_residual(net, x, name, in, out, stage.expansion, i == 0 ? stage.stride : 1);
      in = out;
    }
  }
  const int64_t last = divisible_by_8(1280 * std::max(1.0, width));
  x = conv_norm(net, x, "features." + std::to_string(index), {.in = in, .out = last});
  net.classifier(x, "classifier.1", last, classes);
}

struct Width {
  const char* name;
  double width;
};
constexpr std::array kWidths = {Width{"mobilenet_v2", 1.0},     Width{"mobilenet_v2_1.4", 1.4},
                                Width{"mobilenet_v2_1.3", 1.3}, Width{"mobilenet_v2_0.75", 0.75},
                                Width{"mobilenet_v2_0.5", 0.5}, Width{"mobilenet_v2_0.35", 0.35}};

}  // namespace

Family mobilenet_v2_family() {
  Family family{"MobileNetV2", "torchvision's mobilenet_v2, of width 1, 1.4, 1.3, 0.75, 0.5 or 0.35", {}};
  for (const Width& width : kWidths)
    family.list.push_back(
        {width.name, 224, "classifier.1", "features.0.0",
         [&width](Network& net, int64_t classes, int64_t channels) { write(net, width.width, classes, channels); }});
  return family;
}

}  // namespace headrace
