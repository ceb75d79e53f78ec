// Rule 3: means over windows and planes of quantised values.
#include <algorithm>

#include "engines/reference/groups/groups.h"
#include "engines/reference/groups/quantized_value.h"
#include "engines/reference/ops/averages.h"

namespace headrace::reference {
namespace {

// A ReduceMean over the last two axes of a tensor of rank 4: a global pool, with or without its spatial axes kept.
bool plane_mean(const Node& node) {
  const Value* x = node.input(0);
  if (!node.is("ReduceMean") || x == nullptr || !x->shape || x->shape->size() != 4) return false;
  std::vector<int64_t> axes = node.ints_attribute("axes");
  if (const Value* given = node.input(1); given != nullptr) {
    if (!given->is_constant()) return false;
    axes = to_int64_vector(given->constant()) ? *to_int64_vector(given->constant()) : axes;
  }
  for (int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
  std::sort(axes.begin(), axes.end());
  return axes == std::vector<int64_t>{2, 3};
}

Result<Averages<int32_t>> averages_of(const Node& node, const Dims& dims, const std::vector<int32_t>& x) {
  if (node.is("AveragePool")) return window_averages<int32_t>(node, dims, x.data());
  if (dims.size() < 3) return invalid_model("it wants an input [N, C, spatial...], not one of shape " + to_string(dims));
  const bool keep = node.is("GlobalAveragePool") || node.int_attribute("keepdims", 1) != 0;
  return axis_averages<int32_t>(dims, spatial_axes(dims), keep, x.data());
}

Result<Tensors> run(const Node& node, const Quantization& input, const Target& target, const Tensor& codes) {
  HEADRACE_TRY(const auto averages, averages_of(node, codes.dims(), centred_codes(codes, input.zero())));
  std::vector<int32_t> out(averages.sums.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const float multiplier = input.scale() / (static_cast<float>(averages.counts[i]) * target.quantization.scale());
    out[i] = target.code(static_cast<float>(averages.sums[i]) * multiplier);
  }
  return Tensors{tensor_of_codes(target.quantization.dtype, averages.dims, out)};
}

}  // namespace

std::optional<Step> integer_mean(const Node& quantize) {
  const auto target = target_of(quantize);
  const Node* node = target ? target->source->producer() : nullptr;
  if (node == nullptr || !(node->is("GlobalAveragePool") || node->is("AveragePool") || plane_mean(*node))) return std::nullopt;
  const auto input = dequantized_activation(node->input(0));
  if (!input) return std::nullopt;
  Step step{&quantize, {input->codes}, nullptr};
  step.run = [node, input = input->quantization, target = *target](std::span<const Tensor> inputs, int) {
    return run(*node, input, target, inputs[0]);
  };
  return step;
}

}  // namespace headrace::reference
