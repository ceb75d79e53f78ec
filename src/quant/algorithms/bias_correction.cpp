#include "quant/algorithms/bias_correction.h"

namespace headrace {

Status correct_bias(LayerPlan& plan, std::span<const double> input_mean) {
  const Node& node = *plan.layer.node;
  const int64_t channels = plan.form.inner * (node.is("Conv") || node.is("ConvTranspose") ? plan.layer.groups() : 1);
  if (static_cast<int64_t>(input_mean.size()) != channels)
    return internal_error(node.describe() + " reads " + std::to_string(channels) + " channels, but means of " +
                          std::to_string(input_mean.size()) + " were gathered");
  for (int64_t r = 0; r < plan.form.rows; ++r) {
    const float* weights = plan.form.row(r);
    const int8_t* levels = plan.weights.data() + r * plan.form.columns;
    const auto scale = static_cast<double>(plan.scale(r));
    double shift = 0;
    for (int64_t k = 0; k < plan.form.columns; ++k) {
      const auto channel = static_cast<size_t>(input_channel(plan.layer, plan.form, r, k));
      shift += (static_cast<double>(weights[k]) - scale * levels[k]) * input_mean[channel];
    }
    plan.bias[static_cast<size_t>(r)] += static_cast<float>(shift);
  }
  return Ok{};
}

}  // namespace headrace
