// Models for bare state dicts: networks so common that their checkpoints come without a graph. Recognised by the names and shapes
// of all parameters; what a state dict does not tell (strides, activations, epsilons) is the published network's.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "ir/model.h"
#include "readers/checkpoint/state_dict.h"

namespace headrace {

struct Architecture {
  std::string family;      // "ResNet", "MobileNetV2", "EfficientNet-Lite"
  std::string name;        // "resnet50", "efficientnet-lite0"
  int64_t classes = 0;     // of the classifier
  int64_t resolution = 0;  // of the input, in both directions
};

// The network that `state` belongs to: ONNX opset 17, input "input" float32 [batch, channels, resolution, resolution], output
// "logits" float32 [batch, classes]. Constants have the parameters' names; weights of other floating types become float32; others
// are not copied. Known: torchvision's ResNet-18 to 152, ResNeXt, wide ResNet (with timm's of the same names) and MobileNetV2
// (any width that is published); EfficientNet-Lite0 to 4 of the package efficientnet-lite-pytorch. Errors: unsupported, listing
// what is known and every name of the nearest network that is missing, left over, or of another shape.
Result<Model> build_architecture(const StateDict& state, Architecture* recognised = nullptr);

}  // namespace headrace
