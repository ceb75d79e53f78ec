#include "quant/algorithms/quantize_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "quant/algorithms/pair_rule.h"
#include "quant/algorithms/second_order_rounding.h"

namespace headrace {
namespace {

// The smallest scale whose int32 bias of scale * input_scale keeps clear of overflow.
double bias_floor(float bias, float input_scale) {
  return std::abs(static_cast<double>(bias)) / (static_cast<double>(input_scale) * (1 << 30));
}

void round_to_nearest(std::span<const float> row, double scale, const PairRule* rule, std::span<int8_t> levels) {
  for (size_t k = 0; k < row.size(); ++k)
    levels[k] = static_cast<int8_t>(std::clamp(std::nearbyint(static_cast<double>(row[k]) / scale), -127.0, 127.0));
  if (rule != nullptr) repair_pairs(*rule, row, scale, levels);
}

double largest_magnitude(std::span<const float> weights) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(static_cast<double>(w)));
  return largest;
}

// Each row's own smallest scale; all the largest of them when there is to be one.
std::vector<float> choose_scales(const LayerPlan& plan, float input_scale, bool one_for_all, const PairRule* rule) {
  constexpr double kTiny = 1e-20;
  std::vector<float> scales;
  for (int64_t r = 0; r < plan.form.rows; ++r) {
    const std::span row(plan.form.row(r), static_cast<size_t>(plan.form.columns));
    const double pairs = rule == nullptr ? 0 : largest_pair_sum(*rule, row) / PairRule::kLimit;
    scales.push_back(static_cast<float>(
        std::max({largest_magnitude(row) / 127, pairs, bias_floor(plan.bias[static_cast<size_t>(r)], input_scale), kTiny})));
  }
  if (one_for_all) scales = {*std::max_element(scales.begin(), scales.end())};
  return scales;
}

}  // namespace

LayerPlan quantize_weights(const WeightedLayer& layer, float input_scale, const WeightOptions& options,
                           const InputMoments* moments) {
  LayerPlan plan{layer, weight_rows(layer), {}, {}, bias_values(layer)};
  const WeightRows& form = plan.form;
  const PairRule rule = PairRule::of(layer, form);
  const PairRule* proof = options.saturation_proof && rule.applies ? &rule : nullptr;
  plan.scales = choose_scales(plan, input_scale, !options.per_channel || !layer.per_channel_ok(), proof);
  plan.weights.resize(form.values.size());

  const int64_t groups = moments != nullptr ? moments->groups() : 1, rows_per_group = form.rows / groups;
  const auto round_row = [&](const RoundingFactors* factors, int64_t r) {
    const auto columns = static_cast<size_t>(form.columns);
    const std::span row(form.row(r), columns);
    const std::span levels(plan.weights.data() + r * form.columns, columns);
    const auto scale = static_cast<double>(plan.scale(r));
    if (factors != nullptr) factors->round(row, scale, proof, levels);
    else round_to_nearest(row, scale, proof, levels);
  };
  if (moments == nullptr) {
    parallel_for(static_cast<size_t>(form.rows), 0, [&](size_t r) { round_row(nullptr, static_cast<int64_t>(r)); });
  } else if (groups == 1) {
    const RoundingFactors factors(*moments, 0, options.bias_is_corrected);
    parallel_for(static_cast<size_t>(form.rows), 0, [&](size_t r) { round_row(&factors, static_cast<int64_t>(r)); });
  } else {
    parallel_for(static_cast<size_t>(groups), 0, [&](size_t g) {
      const RoundingFactors factors(*moments, static_cast<int64_t>(g), options.bias_is_corrected);
      for (int64_t r = 0; r < rows_per_group; ++r) round_row(&factors, static_cast<int64_t>(g) * rows_per_group + r);
    });
  }
  return plan;
}

double weight_sqnr_db(const LayerPlan& plan) {
  double signal = 0, noise = 0;
  for (int64_t r = 0; r < plan.form.rows; ++r)
    for (int64_t k = 0; k < plan.form.columns; ++k) {
      const auto w = static_cast<double>(plan.form.row(r)[k]);
      const double difference =
          w - static_cast<double>(plan.scale(r)) * plan.weights[static_cast<size_t>(r * plan.form.columns + k)];
      signal += w * w, noise += difference * difference;
    }
  return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

}  // namespace headrace
