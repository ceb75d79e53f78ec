// MobileNetV2 as in torchvision. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
// https://arxiv.org/abs/1801.04381.
#include <algorithm>
#include <array>

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

// How a convolution and its normalisation are called.
struct Names {
  std::string conv, norm;
};

struct Place {
  size_t stage;
  int block;  // within the stage
  int index;  // of the block in the whole network, from 1
  int part;   // of the convolution within the block
  bool last;  // of the block's convolutions
};

// The two sources of checkpoints, and the widths they publish.
struct Layout {
  Names (*stem)();
  Names (*part)(const Place&);
  Names (*head)();
  const char* classifier;
};

// Names tell positions: "0" is a convolution, "1" its normalisation.
constexpr Layout kTorchvision = {
    [] {
      return Names{"features.0.0", "features.0.1"};
    },
    [](const Place& place) {
      const std::string name = "features." + std::to_string(place.index) + ".conv.";
      const std::string part = name + std::to_string(place.part);
      if (place.last) return Names{part, name + std::to_string(place.part + 1)};
      return Names{part + ".0", part + ".1"};
    },
    [] {
      return Names{"features.18.0", "features.18.1"};
    },
    "classifier.1",
};

// "conv_dw" is depthwise, "conv_pw" pointwise, "conv_pwl" pointwise and linear.
constexpr Layout kTimm = {
    [] {
      return Names{"conv_stem", "bn1"};
    },
    [](const Place& place) {
      constexpr std::array<const char*, 3> kExpanded = {"conv_pw", "conv_dw", "conv_pwl"}, kFirst = {"conv_dw", "conv_pw", ""};
      const std::string name = "blocks." + std::to_string(place.stage) + "." + std::to_string(place.block) + ".";
      const auto part = static_cast<size_t>(place.part);
      return Names{name + (place.stage == 0 ? kFirst[part] : kExpanded[part]), name + "bn" + std::to_string(place.part + 1)};
    },
    [] {
      return Names{"conv_head", "bn2"};
    },
    "classifier",
};

Value* conv_norm(Network& net, Value* x, const Names& names, ConvLayer layer) {
  layer.pads = centred_pads(layer.kernel);
  return net.batch_norm(net.conv(x, names.conv, layer), names.norm, layer.out, kEpsilon);
}

Value* inverted_residual(Network& net, Value* x, const Layout& layout, Place place, int64_t in, int64_t out) {
  const Stage& stage = kStages[place.stage];
  const int64_t inner = in * stage.expansion, stride = place.block == 0 ? stage.stride : 1;
  const auto next = [&] {
    const Names names = layout.part(place);
    ++place.part;
    return names;
  };
  Value* y = x;
  if (stage.expansion != 1) y = net.relu6(conv_norm(net, y, next(), {.in = in, .out = inner}));
  y = net.relu6(conv_norm(net, y, next(), {.in = inner, .out = inner, .kernel = 3, .stride = stride, .groups = inner}));
  place.last = true;
  y = conv_norm(net, y, next(), {.in = inner, .out = out});
  return stride == 1 && in == out ? net.add(x, y) : y;
}

void write(Network& net, const Layout& layout, double width, int64_t classes, int64_t channels) {
  int64_t in = divisible_by_8(32 * width);
  Value* x = net.relu6(conv_norm(net, net.input(), layout.stem(), {.in = channels, .out = in, .kernel = 3, .stride = 2}));
  int index = 1;
  for (size_t stage = 0; stage < kStages.size(); ++stage) {
    const int64_t out = divisible_by_8(static_cast<double>(kStages[stage].channels) * width);
    for (int block = 0; block < kStages[stage].blocks; ++block) {
      x = inverted_residual(net, x, layout, {stage, block, index++, 0, false}, in, out);
      in = out;
    }
  }
  const int64_t last = divisible_by_8(1280 * std::max(1.0, width));
  x = net.relu6(conv_norm(net, x, layout.head(), {.in = in, .out = last}));
  net.classifier(x, layout.classifier, last, classes);
}

struct Variant {
  const char* name;
  const Layout& layout;
  double width;
};
constexpr std::array kVariants = {
    Variant{"mobilenet_v2", kTorchvision, 1.0},     Variant{"mobilenet_v2_1.4", kTorchvision, 1.4},
    Variant{"mobilenet_v2_1.3", kTorchvision, 1.3}, Variant{"mobilenet_v2_0.75", kTorchvision, 0.75},
    Variant{"mobilenet_v2_0.5", kTorchvision, 0.5}, Variant{"mobilenet_v2_0.35", kTorchvision, 0.35},
    Variant{"mobilenetv2_100", kTimm, 1.0},         Variant{"mobilenetv2_140", kTimm, 1.4},
    Variant{"mobilenetv2_075", kTimm, 0.75},        Variant{"mobilenetv2_050", kTimm, 0.5},
    Variant{"mobilenetv2_035", kTimm, 0.35},
};

}  // namespace

Family mobilenet_v2_family() {
  Family family{"MobileNetV2", "torchvision's mobilenet_v2, timm's mobilenetv2, of width 1, 1.4, 1.3, 0.75, 0.5 or 0.35", {}};
  for (const Variant& variant : kVariants)
    family.list.push_back({variant.name, 224, variant.layout.classifier, variant.layout.stem().conv,
                           [&variant](Network& net, int64_t classes, int64_t channels) {
                             write(net, variant.layout, variant.width, classes, channels);
                           }});
  return family;
}

}  // namespace headrace
