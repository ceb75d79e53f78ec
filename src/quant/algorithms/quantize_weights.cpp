#include "quant/algorithms/quantize_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "quant/algorithms/pair_rule.h"

namespace headrace {
namespace {

constexpr int kScalesTried = 6;  // from the plain scale to the one that needs no repair

// The smallest scale whose int32 bias of scale * input_scale keeps clear of overflow.
double bias_floor(float bias, float input_scale) { return std::abs(static_cast<double>(bias)) / (static_cast<double>(input_scale) * (1 << 30)); }

struct Row {
  std::vector<int8_t> levels;
  double scale = 0;
  double error = std::numeric_limits<double>::infinity();
};

Row round_row(std::span<const float> weights, double scale, const PairRule* rule) {
  Row row{std::vector<int8_t>(weights.size()), static_cast<double>(static_cast<float>(scale)), 0};
  for (size_t k = 0; k < weights.size(); ++k)
    row.levels[k] = static_cast<int8_t>(std::clamp(std::nearbyint(static_cast<double>(weights[k]) / row.scale), -127.0, 127.0));
  if (rule != nullptr) repair_pairs(*rule, weights, row.scale, row.levels);
  for (size_t k = 0; k < weights.size(); ++k) {
    const double difference = static_cast<double>(weights[k]) - row.scale * row.levels[k];
    row.error += difference * difference;
  }
  return row;
}

double largest_magnitude(std::span<const float> weights) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(static_cast<double>(w)));
  return largest;
}

Row best_row(std::span<const float> weights, double plain, const PairRule* rule) {
  if (rule == nullptr) return round_row(weights, plain, nullptr);
  const double proof = std::max(plain, largest_pair_sum(*rule, weights) / PairRule::kLimit);
  Row best;
  for (int i = 0; i < kScalesTried; ++i) {
    const double scale = plain * std::pow(proof / plain, static_cast<double>(i) / (kScalesTried - 1));
    Row row = round_row(weights, scale, rule);
    if (row.error < best.error) best = std::move(row);
    if (proof == plain) break;
  }
  return best;
}

}  // namespace

LayerPlan quantize_weights(const WeightedLayer& layer, float input_scale, const WeightOptions& options) {
  LayerPlan plan{layer, weight_rows(layer), {}, {}, bias_values(layer)};
  const WeightRows& form = plan.form;
  const PairRule rule = PairRule::of(layer, form);
  const PairRule* proof = options.saturation_proof && rule.applies ? &rule : nullptr;
  const auto columns = static_cast<size_t>(form.columns);
  const auto row_of = [&](size_t r) { return std::span(form.row(static_cast<int64_t>(r)), columns); };
  constexpr double kTiny = 1e-20;

  std::vector<double> plain(static_cast<size_t>(form.rows));
  for (size_t r = 0; r < plain.size(); ++r)
    plain[r] = std::max({largest_magnitude(row_of(r)) / 127, bias_floor(plan.bias[r], input_scale), kTiny});
  if (!options.per_channel || !layer.per_channel_ok()) {  // one scale: the largest that any row wants
    double largest = *std::max_element(plain.begin(), plain.end());
    for (size_t r = 0; r < plain.size() && proof != nullptr; ++r) largest = std::max(largest, largest_pair_sum(rule, row_of(r)) / PairRule::kLimit);
    std::fill(plain.begin(), plain.end(), largest);
  }
  std::vector<Row> rows(plain.size());
  parallel_for(rows.size(), 0, [&](size_t r) { rows[r] = best_row(row_of(r), plain[r], proof); });

  plan.weights.resize(plain.size() * columns);
  for (size_t r = 0; r < rows.size(); ++r) {
    std::copy(rows[r].levels.begin(), rows[r].levels.end(), plan.weights.begin() + static_cast<std::ptrdiff_t>(r * columns));
    plan.scales.push_back(static_cast<float>(rows[r].scale));
  }
  if (!options.per_channel || !layer.per_channel_ok()) plan.scales.resize(1);
  return plan;
}

double weight_sqnr_db(const LayerPlan& plan) {
  double signal = 0, noise = 0;
  for (int64_t r = 0; r < plan.form.rows; ++r)
    for (int64_t k = 0; k < plan.form.columns; ++k) {
      const auto w = static_cast<double>(plan.form.row(r)[k]);
      const double difference = w - static_cast<double>(plan.scale(r)) * plan.weights[static_cast<size_t>(r * plan.form.columns + k)];
      signal += w * w, noise += difference * difference;
    }
  return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

}  // namespace headrace
