#include <algorithm>
#include <filesystem>

#include "engines/evaluate.h"
#include "measure/compare.h"
#include "measure/layer_noise.h"
#include "measure/layer_pairs.h"
#include "readers/onnx/read.h"

namespace headrace {
namespace {

// A model with some of its intermediate values as outputs, loaded.
class Probe {
 public:
  static Result<Probe> load(const Side& side, Model& model, const std::vector<Value*>& values) {
    model.graph->set_outputs(values);
    SessionOptions options = side.options;
    // Outputs inside fused patterns keep these from being fused anyway; at this level QDQ models are computed in float between
    // Q and DQ, on every CPU alike.
    options.optimization = GraphOptimization::kBasic;
    auto session = load_model(*side.engine, model, options);
    if (!session) return std::move(session).error().at(side.model);
    return Probe(side.model, std::move(*session));
  }

  Status run(const Sample& sample) {
    auto status = session_->run(sample.inputs, outputs_);
    if (!status) return std::move(status).error().at(model_ + ": " + sample.source);
    return status;
  }
  std::span<const float> values(size_t index) const { return outputs_[index].as<float>(); }
  const Dims& dims(size_t index) const { return outputs_[index].dims(); }

 private:
  Probe(std::string model, std::unique_ptr<Session> session) : model_(std::move(model)), session_(std::move(session)) {}
  std::string model_;
  std::unique_ptr<Session> session_;
  std::vector<Tensor> outputs_;
};

Status accumulate(const Probe& a, const Probe& b, const std::vector<LayerPair>& pairs, std::vector<LayerNoise>& noise) {
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (a.values(i).size() != b.values(i).size())
      return invalid_argument("tensor '" + pairs[i].float_value->name() + "' has " + std::to_string(a.values(i).size()) +
                              " elements in the float model and " + std::to_string(b.values(i).size()) +
                              " in the quantised one: these are not versions of one model");
    noise[i].add(a.dims(i), a.values(i), b.values(i));
  }
  return Ok{};
}

Status check_sides(const Side& a, const Side& b, size_t samples) {
  if (a.engine == nullptr || b.engine == nullptr) return internal_error("a side of a comparison has no engine");
  if (samples == 0) return invalid_data("there is no sample to compare the layers on");
  return Ok{};
}

Result<std::vector<LayerPair>> find_pairs(const Model& a, const Model& b) {
  std::vector<LayerPair> pairs = pair_layers(a, b);
  if (pairs.empty())
    return invalid_argument(
        "the two models have no computed float tensor of the same name: layers can be compared only between a model and "
        "its quantised version");
  return pairs;
}

}  // namespace

Result<std::vector<LayerError>> compare_layers(const Side& a, const Side& b, const Dataset& data, size_t max_samples,
                                               const Progress& progress) {
  const size_t samples = std::min(data.size(), max_samples);
  HEADRACE_CHECK(check_sides(a, b, samples));
  HEADRACE_TRY(Model float_model, read_onnx(a.model));
  HEADRACE_TRY(Model quantized_model, read_onnx(b.model));
  HEADRACE_TRY(const std::vector<LayerPair> pairs, find_pairs(float_model, quantized_model));
  std::vector<Value*> values_a, values_b;
  std::vector<LayerNoise> noise;
  for (const LayerPair& pair : pairs) {
    values_a.push_back(pair.float_value);
    values_b.push_back(pair.quantized_value);
    noise.emplace_back(!pair.float_value->is_graph_output());
  }
  HEADRACE_TRY(Probe probe_a, Probe::load(a, float_model, values_a));
  HEADRACE_TRY(Probe probe_b, Probe::load(b, quantized_model, values_b));

  for (size_t i = 0; i < samples; ++i) {
    progress.update("comparing layers", static_cast<int64_t>(i), static_cast<int64_t>(samples));
    HEADRACE_CHECK(progress.check());
    HEADRACE_TRY(const Sample sample, data.load(i));
    HEADRACE_CHECK(probe_a.run(sample));
    HEADRACE_CHECK(probe_b.run(sample));
    HEADRACE_CHECK(accumulate(probe_a, probe_b, pairs, noise));
  }
  progress.update("comparing layers", static_cast<int64_t>(samples), static_cast<int64_t>(samples));
  std::vector<LayerError> errors;
  for (size_t i = 0; i < pairs.size(); ++i)
    errors.push_back({pairs[i].node->name, pairs[i].node->op_type, pairs[i].float_value->name(), noise[i].db()});
  return errors;
}

}  // namespace headrace
