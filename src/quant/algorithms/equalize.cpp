#include "quant/algorithms/equalize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

namespace headrace {
namespace {

// How far a channel goes towards filling the range: g = (largest / own) ^ exponent. All the way costs nothing where the reading weights have a scale per channel
// of their own (depthwise); elsewhere it makes the columns of the reading weights unequal.
constexpr double kDepthwiseExponent = 1.0;
constexpr double kOtherExponent = 0.5;
constexpr double kLargestGain = 64;

// Values that must be scaled alike, by union-find.
class Groups {
 public:
  const Value* find(const Value* value) {
    const Value*& parent = parents_.try_emplace(value, value).first->second;
    return parent == value ? value : parent = find(parent);
  }
  void join(const Value* a, const Value* b) { parents_[find(a)] = find(b); }
  std::map<const Value*, std::vector<const Value*>> sets() {
    std::map<const Value*, std::vector<const Value*>> result;
    for (const auto& [value, parent] : std::map(parents_)) result[find(value)].push_back(value);
    return result;
  }

 private:
  std::map<const Value*, const Value*> parents_;
};

bool same_shape(const Value& a, const Value& b) { return a.shape && b.shape && *a.shape == *b.shape; }

// [N, C, 1, 1] to [N, C].
bool flattens_single_pixels(const Node& node) {
  const Value* input = node.input(0);
  if (!(node.is("Flatten") || node.is("Reshape")) || !input->shape || input->shape->size() != 4 || !node.output()->shape) return false;
  const Shape& from = *input->shape;
  const Shape& to = *node.output()->shape;
  return from[2].extent == 1 && from[3].extent == 1 && to.size() == 2 && from[1].known() && to[1].extent == from[1].extent;
}

class Equalizer {
 public:
  Equalizer(Model& model, Placement& placement, const Calibration& calibration)
      : model_(model), placement_(placement), calibration_(calibration), absorbed_(placement.absorbed.begin(), placement.absorbed.end()) {
    for (WeightedLayer& layer : placement.layers) layers_[layer.node] = &layer;
  }

  Gains run() {
    join_all();
    Gains gains;
    for (const auto& [root, members] : groups_.sets()) {
      if (!scalable(members)) continue;
      const auto factors = factors_for(members);
      if (factors.empty()) continue;
      for (const Value* value : members) gains[value] = factors;
      rescale(members, factors);
    }
    return gains;
  }

 private:
  // Whether scaling a channel of the inputs scales the same channel of the output.
  bool carries_gains(const Node& node) const {
    if (node.is("Relu") || node.is("MaxPool") || node.is("AveragePool") || node.is("GlobalAveragePool")) return true;
    if (node.is("Clip")) return absorbed_.contains(&node);
    if (node.is("Add")) return !node.input(0)->is_constant() && !node.input(1)->is_constant() && same_shape(*node.input(0), *node.input(1));
    return flattens_single_pixels(node);
  }

  void join_all() {
    for (const auto& node : model_.graph->nodes()) {
      if (node->outputs().empty() || node->output() == nullptr) continue;
      if (layers_.contains(node.get())) groups_.find(node->output());
      if (!carries_gains(*node)) continue;
      for (size_t i = 0; i < (node->is("Add") ? 2u : 1u); ++i) groups_.join(node->input(i), node->output());
    }
  }

  const WeightedLayer* producer_layer(const Value* value) const {
    const auto found = layers_.find(value->producer());
    return found == layers_.end() ? nullptr : found->second;
  }

  // Every value comes from weights or from within, and goes to weights or stays within.
  bool scalable(const std::vector<const Value*>& members) const {
    bool read = false;
    for (const Value* value : members) {
      if (!value->only_read_by_nodes() || value->producer() == nullptr) return false;
      const WeightedLayer* made_by = producer_layer(value);
      if (made_by != nullptr ? !made_by->is_conv() || made_by->weight->uses().size() != 1 : !carries_gains(*value->producer())) return false;
      for (const Use& use : value->uses()) {
        const auto reader = layers_.find(use.node);
        if (reader != layers_.end()) {
          if (use.index != 0 || !(reader->second->is_conv() || use.node->is("Gemm")) || reader->second->weight->uses().size() != 1) return false;
          read = true;
        } else if (!carries_gains(*use.node)) {
          return false;
        }
      }
    }
    return read;
  }

  double exponent_for(const std::vector<const Value*>& members) const {
    for (const Value* value : members)
      for (const Use& use : value->uses())
        if (const auto reader = layers_.find(use.node); reader != layers_.end() && !reader->second->depthwise()) return kOtherExponent;
    return kDepthwiseExponent;
  }

  std::vector<float> factors_for(const std::vector<const Value*>& members) const {
    std::vector<double> reach;  // the largest magnitude of each channel
    for (const Value* value : members) {
      const auto found = calibration_.statistics.find(value->name());
      if (found == calibration_.statistics.end()) continue;
      const TensorStatistics& statistics = found->second;
      if (reach.empty()) reach.assign(statistics.channels(), 0);
      if (reach.size() != statistics.channels()) return {};
      for (size_t c = 0; c < reach.size(); ++c)
        reach[c] = std::max(reach[c], static_cast<double>(std::max(-statistics.min()[c], statistics.max()[c])));
    }
    const double largest = reach.empty() ? 0 : *std::max_element(reach.begin(), reach.end());
    if (largest <= 0) return {};
    const double exponent = exponent_for(members);
    std::vector<float> factors(reach.size(), 1.0f);
    for (size_t c = 0; c < reach.size(); ++c)
      if (reach[c] > 0) factors[c] = static_cast<float>(std::min(std::pow(largest / reach[c], exponent), kLargestGain));
    return factors;
  }

  void rescale(const std::vector<const Value*>& members, const std::vector<float>& factors) {
    for (const Value* value : members) {
      if (const WeightedLayer* layer = producer_layer(value)) scale_outputs(*layer, factors);
      for (const Use& use : value->uses())
        if (const auto reader = layers_.find(use.node); reader != layers_.end()) scale_inputs(*reader->second, factors);
    }
  }

  void scale_outputs(const WeightedLayer& layer, const std::vector<float>& factors) {
    WeightRows form = weight_rows(layer);
    for (int64_t r = 0; r < form.rows; ++r)
      for (int64_t k = 0; k < form.columns; ++k) form.row(r)[k] *= factors[static_cast<size_t>(r)];
    layer.weight->set_constant(from_rows(layer, form, form.values));
    if (layer.bias == nullptr) return;
    std::vector<float> bias = bias_values(layer);
    for (size_t r = 0; r < bias.size(); ++r) bias[r] *= factors[r];
    layer.bias->set_constant(Tensor::from(layer.bias->constant().dims(), bias));
  }

  void scale_inputs(const WeightedLayer& layer, const std::vector<float>& factors) {
    WeightRows form = weight_rows(layer);
    for (int64_t r = 0; r < form.rows; ++r)
      for (int64_t k = 0; k < form.columns; ++k) form.row(r)[k] /= factors[static_cast<size_t>(input_channel(layer, form, r, k))];
    layer.weight->set_constant(from_rows(layer, form, form.values));
  }

  Model& model_;
  Placement& placement_;
  const Calibration& calibration_;
  std::set<const Node*> absorbed_;
  std::map<const Node*, WeightedLayer*> layers_;
  Groups groups_;
};

}  // namespace

Gains equalize(Model& model, Placement& placement, const Calibration& calibration) { return Equalizer(model, placement, calibration).run(); }

}  // namespace headrace
