#include "quant/algorithms/bias_correction.h"

namespace headrace {

void correct_bias(LayerPlan& plan, std::span<const double> input_mean) {
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
}

}  // namespace headrace
