// Verify: the answers of every version against those of the model as it was given, and the error of each layer.
#include <algorithm>
#include <cmath>
#include <utility>

#include "deploy/pipeline.h"

namespace headrace {
namespace {

constexpr double kFusedSqnrDb = 100;  // fusing only reorders float arithmetic: less than this is a bug, and said to be one
constexpr size_t kLayerSamples = 16;

Side side(const std::filesystem::path& model, const Engine* engine) {
  SessionOptions options;
  options.threads = 0;
  return {model.string(), engine, options};
}

std::string decibels(double value) {
  return std::isinf(value) ? std::string("the same bits") : std::to_string(static_cast<int>(std::lround(value))) + " dB";
}

void fill(Variant& variant, const Comparison& comparison) {
  variant.top1 = comparison.b.top1;
  variant.top5 = comparison.b.top5;
  variant.agreement_top1 = comparison.agreement_top1;
  variant.sqnr_db = comparison.sqnr_db;
}

// Answers do not depend on threads or batch: one comparison serves every variant of this file and engine.
Status compare_version(Pipeline& pipeline, const Engine* reference, const std::string& precision,
                       const std::string& engine_name) {
  HEADRACE_TRY(const Engine* engine, find_engine(engine_name));
  const auto& file = precision == "fp32" ? pipeline.fp32 : pipeline.int8;
  Result<Comparison> comparison =
      compare(side(pipeline.original, reference), side(file, engine), pipeline.samples(), pipeline.progress);
  if (!comparison && comparison.error().code == ErrorCode::kCancelled) return std::move(comparison).error();
  for (Variant& variant : pipeline.report.variants) {
    const bool given = variant.name.starts_with("FP32 as given");
    if (given && comparison.ok()) variant.top1 = comparison->a.top1, variant.top5 = comparison->a.top5;
    if (given || !variant.error.empty() || variant.precision != precision || variant.engine != engine_name) continue;
    if (!comparison) {
      variant.error = comparison.error().describe();
      continue;
    }
    fill(variant, *comparison);
    pipeline.comparisons.emplace(variant.name, *comparison);
  }
  return Ok{};
}

Status check_fused(Pipeline& pipeline) {
  for (const auto& [name, comparison] : pipeline.comparisons)
    if (name.starts_with("FP32, ort") && comparison.sqnr_db < kFusedSqnrDb)
      return internal_error("the fused FP32 model differs from the one given by " + decibels(comparison.sqnr_db) + " (" +
                            std::to_string(static_cast<int>(kFusedSqnrDb)) +
                            " dB is the least allowed): a pass of Headrace is wrong for this model; please report it");
  return Ok{};
}

void compare_all_layers(Pipeline& pipeline, const Engine* engine) {
  Result<std::vector<LayerError>> layers = compare_layers(side(pipeline.fp32, engine), side(pipeline.int8, engine),
                                                          pipeline.samples(), kLayerSamples, pipeline.progress);
  if (layers) pipeline.report.layer_errors = std::move(*layers);
  else pipeline.report.warnings.push_back("the error per layer could not be measured: " + layers.error().describe());
}

}  // namespace

Result<std::string> verify_step(Pipeline& pipeline) {
  HEADRACE_TRY(const Engine* reference, find_engine("ort"));
  std::vector<std::pair<std::string, std::string>> versions;
  const auto& variants = pipeline.report.variants;
  for (size_t i = pipeline.options.measured.size(); i < variants.size(); ++i) {  // what the caller measured is not ours to run
    const Variant& variant = variants[i];
    const std::pair version{variant.precision, variant.engine};
    if (variant.error.empty() && std::find(versions.begin(), versions.end(), version) == versions.end())
      versions.push_back(version);
  }
  for (const auto& [precision, engine] : versions) HEADRACE_CHECK(compare_version(pipeline, reference, precision, engine));
  HEADRACE_CHECK(check_fused(pipeline));
  if (!pipeline.int8.empty()) compare_all_layers(pipeline, reference);
  HEADRACE_CHECK(pipeline.progress.check());
  return std::to_string(versions.size()) + " versions on " + std::to_string(pipeline.samples().size()) + " samples";
}

}  // namespace headrace
