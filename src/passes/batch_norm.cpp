#include "passes/batch_norm.h"

#include <cmath>

#include "passes/pattern.h"

namespace headrace::passes {
namespace {

std::optional<std::vector<double>> parameter(const Node& node, size_t index) {
  const Tensor* tensor = constant_of(node.input(index));
  if (tensor == nullptr || tensor->rank() != 1) return std::nullopt;
  return doubles_of(*tensor);
}

}  // namespace

std::optional<ChannelAffine> inference_affine(const Node& node) {
  const bool inference = node.int_attribute("training_mode", 0) == 0 && only_first_output_used(node);
  if (!node.is("BatchNormalization") || !inference) return std::nullopt;
  const auto gamma = parameter(node, 1), beta = parameter(node, 2), mean = parameter(node, 3), variance = parameter(node, 4);
  if (!gamma || !beta || !mean || !variance) return std::nullopt;
  const size_t channels = gamma->size();
  if (channels == 0 || beta->size() != channels || mean->size() != channels || variance->size() != channels) return std::nullopt;

  const auto epsilon = static_cast<double>(node.float_attribute("epsilon", 1e-5f));
  ChannelAffine affine;
  for (size_t c = 0; c < channels; ++c) {
    affine.scale.push_back((*gamma)[c] / std::sqrt((*variance)[c] + epsilon));
    affine.shift.push_back((*beta)[c] - (*mean)[c] * affine.scale[c]);
    if (!std::isfinite(affine.scale[c]) || !std::isfinite(affine.shift[c])) return std::nullopt;
  }
  return affine;
}

}  // namespace headrace::passes
