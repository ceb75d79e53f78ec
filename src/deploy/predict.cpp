#include "deploy/predict.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "base/mapped_file.h"
#include "data/picture_tensor.h"
#include "deploy/deploy.h"
#include "deploy/import.h"
#include "deploy/labels.h"
#include "deploy/open_data.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

bool is_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

Result<Sample> load_picture(const Recipe& recipe, const fs::path& path, const Signature& signature) {
  if (signature.inputs.size() != 1)
    return invalid_argument("the model has " + std::to_string(signature.inputs.size()) +
                            " inputs and a picture is only one; give a .npz with an array per input")
        .at(path.string());
  HEADRACE_TRY(const Preprocess preprocess, parse_preprocess(recipe.preprocess));
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  Result<Tensor> pixels = picture_tensor(file->bytes(), preprocess, signature.inputs.front());
  if (!pixels) return std::move(pixels).error().at(path.string());
  Sample sample;
  sample.inputs = {std::move(*pixels)};
  sample.source = path.string();
  return sample;
}

Result<std::vector<Sample>> load_samples(const Recipe& recipe, const std::string& input, const Signature& signature) {
  if (is_picture(input)) {
    HEADRACE_TRY(Sample sample, load_picture(recipe, input, signature));
    return std::vector<Sample>{std::move(sample)};
  }
  HEADRACE_TRY(const auto data, open_data(recipe, input, signature));
  std::vector<Sample> samples;
  for (size_t i = 0; i < data->size(); ++i) {
    HEADRACE_TRY(Sample sample, data->load(i));
    samples.push_back(std::move(sample));
  }
  return samples;
}

// The first output that looks like class scores of one sample: float, [1, classes].
const Tensor* class_scores(const std::vector<Tensor>& outputs) {
  for (const Tensor& output : outputs)
    if (output.dtype() == DType::kFloat32 && output.rank() == 2 && output.dims()[0] == 1 && output.dims()[1] > 1) return &output;
  return nullptr;
}

bool are_probabilities(std::span<const float> scores) {
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  return std::abs(sum - 1) < 1e-3 && std::all_of(scores.begin(), scores.end(), [](float score) { return score >= 0; });
}

}  // namespace

std::vector<Candidate> top_candidates(std::span<const float> scores, size_t count, std::span<const std::string> labels) {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  count = std::min(count, order.size());
  const auto better = [&](int64_t a, int64_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), better);
  const bool probabilities = are_probabilities(scores);
  const float largest = scores.empty() ? 0 : *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (const float score : scores) sum += std::exp(double{score} - largest);
  std::vector<Candidate> top;
  for (size_t i = 0; i < count; ++i) {
    const int64_t index = order[i];
    const double probability = probabilities ? scores[index] : std::exp(double{scores[index]} - largest) / sum;
    top.push_back({index, static_cast<size_t>(index) < labels.size() ? labels[index] : std::string(), probability});
  }
  return top;
}

Result<Predictor> Predictor::open(const fs::path& given, const RecipeOverlay& overlay, const AutoOptions& options) {
  Predictor predictor;
  std::optional<EngineChoice> recorded;
  if (is_bundle(given)) {
    HEADRACE_TRY(Bundle bundle, open_bundle(given));
    recorded = std::move(bundle.choice);
    // Its own choice may be made anew on another machine; an engine that someone has written there since stays.
    if (recorded && recorded->engine == bundle.engine) bundle.recipe.serve.engine.clear();
    predictor.recipe_ = std::move(bundle.recipe);
    predictor.labels_ = std::move(bundle.labels);
  }
  predictor.recipe_.labels.clear();  // what the overlay leaves here was asked for
  if (overlay) HEADRACE_CHECK(overlay(predictor.recipe_));
  if (!predictor.recipe_.labels.empty()) {
    HEADRACE_TRY(predictor.labels_, resolve_labels(predictor.recipe_.labels));
  }
  HEADRACE_TRY(const fs::path file, model_file(given));
  HEADRACE_TRY(predictor.engine_, engine_for(file, predictor.recipe_.serve, recorded, options));
  HEADRACE_TRY(const Engine* engine, find_engine(predictor.engine_.engine));
  SessionOptions session_options;
  session_options.threads = predictor.recipe_.serve.threads;
  HEADRACE_TRY(predictor.session_, engine->load(file, session_options));
  return predictor;
}

Result<std::vector<Prediction>> Predictor::run(const std::string& input, size_t top) const {
  HEADRACE_TRY(const std::vector<Sample> samples, load_samples(recipe_, input, signature()));
  std::vector<Prediction> predictions;
  for (const Sample& sample : samples) {
    Prediction prediction;
    prediction.source = sample.source;
    Status ran = session_->run(sample.inputs, prediction.outputs);
    if (!ran) return std::move(ran).error().at(sample.source);
    if (const Tensor* scores = class_scores(prediction.outputs))
      prediction.top = top_candidates(scores->as<float>(), top, labels_);
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

}  // namespace headrace
