#include <algorithm>
#include <cmath>

#include "deploy/predict.h"
#include "serve/http/infer_response.h"
#include "serve/json_text.h"

namespace headrace::serve::http {
namespace {

// The first output that looks like class scores of one picture: [1, classes].
const Tensor* class_scores(const std::vector<NamedTensor>& outputs) {
  for (const auto& [name, tensor] : outputs)
    if (tensor.dtype() == DType::kFloat32 && tensor.rank() == 2 && tensor.dims()[0] == 1 && tensor.dims()[1] > 1) return &tensor;
  return nullptr;
}

void append_candidate(const Candidate& candidate, std::string& out) {
  out += "{\"index\":";
  append_json_number(candidate.index, out);
  out += ",\"label\":";
  append_json_string(candidate.label, out);
  out += ",\"probability\":";
  append_json_number(candidate.probability, out);
  out += '}';
}

void append_timing(const RequestTiming& timing, std::string& out) {
  const int64_t compute = timing.compute_input_ns + timing.compute_infer_ns + timing.compute_output_ns;
  out += "\"timing\":{\"queue_ms\":";
  append_json_number(static_cast<double>(timing.queue_ns) / 1e6, out);
  out += ",\"compute_ms\":";
  append_json_number(static_cast<double>(compute) / 1e6, out);
  out += ",\"batch_size\":";
  append_json_number(timing.batch_size, out);
  out += '}';
}

Response candidates_response(const InferenceResponse& inference, const std::vector<Candidate>& candidates) {
  Response response;
  std::string& out = response.body;
  out += "{\"model_name\":";
  append_json_string(inference.model, out);
  out += ",\"model_version\":";
  append_json_string(inference.version, out);
  out += ",\"top\":[";
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) out += ',';
    append_candidate(candidates[i], out);
  }
  out += "],";
  append_timing(inference.timing, out);
  out += '}';
  return response;
}

}  // namespace

Response picture_response(InferenceResponse&& inference, size_t count, std::span<const std::string> labels) {
  Response response;
  if (const Tensor* scores = class_scores(inference.outputs)) {
    const std::span<const float> values = scores->as<float>();
    const bool finite = std::all_of(values.begin(), values.end(), [](float score) { return std::isfinite(score); });
    response = finite ? candidates_response(inference, top_candidates(values, count, labels))
                      : error_response(internal_error("the model's scores are not finite numbers"));
  } else {
    response =
        error_response(unsupported("no output of this model looks like the scores of classes (FP32, [1, classes]): use infer"));
  }
  response.model = std::move(inference.model);
  response.version = std::move(inference.version);
  response.timing = inference.timing;
  return response;
}

}  // namespace headrace::serve::http
